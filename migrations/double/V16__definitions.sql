-- Masking policies, which are kept and shown and cannot be attached; definitions of procedures; and what the double can say
-- of AWS.

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_MASKING_POLICY.html
create table if not exists pg_double.masking_policy (
    name text primary key,
    -- A query for one row of the input columns.
    inputs text not null,
    -- As SVV_MASKING_POLICY shows them.
    shown_inputs text not null,
    expression text not null,
    modified_by text not null,
    modified_at timestamp not null
);
grant select, insert, update, delete on pg_double.masking_policy to public;

-- Fails as the expression would.
create or replace procedure pg_double.check_mask(inputs text, expression text)
language plpgsql
as $$ begin execute format('select %s from (%s) input limit 0', expression, inputs); end $$;

create or replace procedure pg_catalog.redshift_create_masking_policy(name text, if_not_exists boolean, inputs text,
    shown_inputs text, expression text)
language plpgsql
as $$
begin
    if exists (select from pg_double.masking_policy p where p.name = $1) then
        if if_not_exists then
            return;
        end if;
        raise exception 'masking policy "%" already exists', name using errcode = '42710';
    end if;
    call pg_double.check_mask(inputs, expression);
    insert into pg_double.masking_policy values ($1, $3, $4, $5, current_user, localtimestamp);
end $$;
create or replace procedure pg_catalog.redshift_alter_masking_policy(name text, expression text)
language plpgsql
as $$
declare
    inputs text := (select p.inputs from pg_double.masking_policy p where p.name = $1);
begin
    if inputs is null then
        raise exception 'masking policy "%" does not exist', name using errcode = '42704';
    end if;
    call pg_double.check_mask(inputs, expression);
    update pg_double.masking_policy p
    set expression = $2, modified_by = current_user, modified_at = localtimestamp where p.name = $1;
end $$;
create or replace procedure pg_catalog.redshift_drop_masking_policy(name text, if_exists boolean)
language plpgsql
as $$
begin
    delete from pg_double.masking_policy p where p.name = $1;
    if not found and not if_exists then
        raise exception 'masking policy "%" does not exist', name using errcode = '42704';
    end if;
end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_MASKING_POLICY.html
drop view if exists pg_catalog.svv_masking_policy;
create view pg_catalog.svv_masking_policy as
select current_database()::text as policy_database, p.name as policy_name, p.shown_inputs as input_columns,
    jsonb_build_array(jsonb_build_object('expr', p.expression))::text as policy_expression,
    p.modified_by as policy_modified_by, p.modified_at as policy_modified_time
from pg_double.masking_policy p;

-- No cluster has the number of this one: https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_NAMESPACE.html
create or replace function pg_double.current_namespace() returns text
language sql stable
return (select md5('vesto double ' || c.system_identifier)::uuid::text from pg_control_system() c);

-- There is none: https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_AWS_ACCOUNT.html
create or replace function pg_double.current_aws_account() returns bigint
language sql stable return null::bigint;

-- No role is the default: https://docs.aws.amazon.com/redshift/latest/dg/r_DEFAULT_IAM_ROLE.html
create or replace function pg_catalog.default_iam_role() returns text
language sql volatile return null::text;

-- All may use each role before somebody takes that away, which does nothing here:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
create or replace function pg_catalog.has_assumerole_privilege(member text, role text, command text) returns boolean
language sql volatile return true;
create or replace function pg_catalog.has_assumerole_privilege(role text, command text) returns boolean
language sql volatile return true;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PROCEDURE.html. The body is the translated one.
create or replace function pg_catalog.redshift_show_procedure(name text) returns setof text
language plpgsql stable
as $$
declare
    found oid := case when strpos(name, '(') > 0 then to_regprocedure(name)::oid else to_regproc(name)::oid end;
begin
    if found is null then
        raise exception 'procedure % does not exist', name using errcode = '42883';
    end if;
    return next pg_get_functiondef(found);
end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_object_transform_function.html; paths are `"a"."b"`.
create or replace function pg_double.put(target jsonb, path text[], value jsonb) returns jsonb
language sql immutable parallel safe
as $$
    select case when cardinality(path) < 2 then target || jsonb_build_object(path[1], value)
        else target || jsonb_build_object(path[1], pg_double.put(
            case jsonb_typeof(target -> path[1]) when 'object' then target -> path[1] else '{}' end, path[2:], value)) end
$$;
create or replace function pg_double.path_of(path text) returns text[]
language sql immutable parallel safe return string_to_array(trim(both '"' from path), '"."');
create or replace function pg_catalog.redshift_object_transform(value jsonb, kept text[], changes jsonb) returns jsonb
language plpgsql immutable parallel safe
as $$
declare
    made jsonb := '{}';
    path text;
begin
    if jsonb_typeof(value) is distinct from 'object' or kept = '{}' and changes = '[]' then
        return value;
    end if;
    foreach path in array kept loop
        if value #> pg_double.path_of(path) is not null then
            made := pg_double.put(made, pg_double.path_of(path), value #> pg_double.path_of(path));
        end if;
    end loop;
    for place in 0 .. jsonb_array_length(changes) / 2 - 1 loop
        made := pg_double.put(made, pg_double.path_of(changes ->> (2 * place)), changes -> (2 * place + 1));
    end loop;
    return made;
end $$;

-- Of a schema of another database, that which stands for it.
create or replace function pg_double.schema_here(database text, schema text) returns text
language sql stable
return case when database <> current_database() then database || '$' || schema else schema end;
create or replace function pg_catalog.redshift_show_tables(database text default null, schema text default null,
    pattern text default null)
returns table (database_name text, schema_name text, table_name text, table_type text, table_acl text, remarks text)
language sql stable
as $$
    select coalesce(database, t.database_name), coalesce(schema, t.schema_name), t.table_name, t.table_type, t.table_acl, t.remarks
    from pg_catalog.svv_all_tables t
    where t.schema_name = coalesce(pg_double.schema_here(database, schema), schema, t.schema_name)
        and t.table_name like coalesce(pattern, '%') order by 2, 3
$$;
create or replace function pg_catalog.redshift_show_columns(database text default null, schema text default null,
    "table" text default null, pattern text default null)
returns table (database_name text, schema_name text, table_name text, column_name text, ordinal_position integer,
    column_default text, is_nullable text, data_type text, character_maximum_length integer, numeric_precision integer,
    numeric_scale integer, remarks text)
language sql stable
as $$
    select coalesce(database, c.database_name), coalesce(schema, c.schema_name), c.table_name, c.column_name, c.ordinal_position,
        c.column_default, c.is_nullable, c.data_type, c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.remarks
    from pg_catalog.svv_all_columns c
    where c.schema_name = coalesce(pg_double.schema_here(database, schema), schema, c.schema_name)
        and c.table_name = coalesce("table", c.table_name) and c.column_name like coalesce(pattern, '%') order by 2, 3, 5
$$;
create or replace function pg_catalog.redshift_show_schemas(database text default null, pattern text default null)
returns table (database_name text, schema_name text, schema_owner integer, schema_type text, schema_acl text,
    source_database text, schema_option text)
language sql stable
as $$
    select coalesce(database, s.database_name), n.name, s.schema_owner, s.schema_type, s.schema_acl, s.source_database,
        s.schema_option
    from pg_catalog.svv_all_schemas s
    cross join lateral (select case when database <> current_database()
        then case when starts_with(s.schema_name, database || '$') then substr(s.schema_name, length(database) + 2) end
        else s.schema_name end as name) n
    where n.name like coalesce(pattern, '%') order by 2
$$;

call pg_double.show_catalogues_to_all();
