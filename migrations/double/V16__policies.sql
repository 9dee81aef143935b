-- Row level security and masking policies. Those of masking are kept and shown, and cannot be attached.

-- RLS policies: https://docs.aws.amazon.com/redshift/latest/dg/t_rls.html. A policy is kept under its name, and becomes one
-- of PostgreSQL's on each table that it is attached to.
create table pg_double.rls_policy (
    name text primary key,
    columns text not null,
    condition text not null
);
create table pg_double.rls_attachment (
    policy text not null references pg_double.rls_policy,
    relation oid not null,
    role text not null,
    primary key (policy, relation, role)
);
grant select, insert, update, delete on pg_double.rls_policy, pg_double.rls_attachment to public;

create or replace procedure pg_catalog.redshift_create_rls_policy(name text, columns text, condition text,
    or_replace boolean)
language plpgsql
as $$
begin
    if not or_replace and exists (select from pg_double.rls_policy p where p.name = $1) then
        raise exception 'RLS policy "%" already exists', name using errcode = '42710';
    end if;
    insert into pg_double.rls_policy values ($1, $2, $3)
    on conflict on constraint rls_policy_pkey do update set condition = excluded.condition;
end $$;
create or replace procedure pg_catalog.redshift_drop_rls_policy(name text, if_exists boolean)
language plpgsql
as $$
begin
    if exists (select from pg_double.rls_attachment a join pg_class c on c.oid = a.relation where a.policy = $1) then
        raise exception 'RLS policy "%" is still attached', name using errcode = '2BP01', hint = 'detach it first';
    end if;
    delete from pg_double.rls_attachment a where a.policy = $1;
    delete from pg_double.rls_policy p where p.name = $1;
    if not found and not if_exists then
        raise exception 'RLS policy "%" does not exist', name using errcode = '42704';
    end if;
end $$;
create or replace procedure pg_catalog.redshift_attach_rls_policy(policy text, "table" text, roles text[])
language plpgsql
as $$
declare
    rule text;
    member text;
    who text;
begin
    select p.condition into rule from pg_double.rls_policy p where p.name = $1;
    if not found then
        raise exception 'RLS policy "%" does not exist', policy using errcode = '42704';
    end if;
    -- The translation writes this where the policy calls the row by an alias.
    rule := replace(rule, '"row of the table"', (select quote_ident(c.relname) from pg_class c
        where c.oid = $2::regclass));
    foreach member in array roles loop
        insert into pg_double.rls_attachment values ($1, $2::regclass, member);
        who := case lower(member) when 'public' then 'public' else quote_ident(member) end;
        -- A row must pass all policies: https://docs.aws.amazon.com/redshift/latest/dg/t_rls_ownership.html. PostgreSQL
        -- asks for one of the permissive ones and all of the restrictive ones, so each is both.
        execute format('create policy %I on %s to %s using (%s)', policy || ' for ' || member, $2::regclass, who, rule);
        execute format('create policy %I on %s as restrictive to %s using (%s)', policy || ' also for ' || member,
            $2::regclass, who, rule);
    end loop;
end $$;
create or replace procedure pg_catalog.redshift_detach_rls_policy(policy text, "table" text, roles text[])
language plpgsql
as $$
declare
    member text;
begin
    foreach member in array roles loop
        delete from pg_double.rls_attachment a where a.policy = $1 and a.relation = $2::regclass and a.role = member;
        execute format('drop policy %I on %s', policy || ' for ' || member, $2::regclass);
        execute format('drop policy %I on %s', policy || ' also for ' || member, $2::regclass);
    end loop;
end $$;

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
create or replace view pg_catalog.svv_masking_policy as
select current_database()::text as policy_database, p.name as policy_name, p.shown_inputs as input_columns,
    jsonb_build_array(jsonb_build_object('expr', p.expression))::text as policy_expression,
    p.modified_by as policy_modified_by, p.modified_at as policy_modified_time
from pg_double.masking_policy p;
