-- What drivers and tools ask of Redshift's catalogues, and what PostgreSQL 8.0 had in them, and with it Redshift, and
-- PostgreSQL has no longer: clients that read the version of the server ask for it, such as psql for `\d` and `\df`.

create or replace view pg_double.pg_proc as
select p.*, p.prokind = 'a' as proisagg, p.prokind = 'w' as proiswindow from pg_catalog.pg_proc p;

-- Under the name that a result then has.
create or replace function pg_double.version() returns text
language sql stable return pg_catalog.redshift_version();

grant select on pg_double.pg_proc to public;

-- Groups without PostgreSQL's own roles: https://docs.aws.amazon.com/redshift/latest/dg/r_PG_GROUP.html
create or replace view pg_catalog.pg_group as
select rolname as groname, oid as grosysid,
    array(select member from pg_catalog.pg_auth_members where roleid = a.oid) as grolist
from pg_catalog.pg_authid a where not rolcanlogin and rolname not like 'pg\_%';

-- A plain or quoted name as the catalogue has it.
create or replace function pg_double.plain_name(written text) returns text
language sql immutable parallel safe
return case left(written, 1) when '"' then replace(substr(written, 2, length(written) - 2), '""', '"') else lower(written) end;

-- The names in a list such as `a, "B c"`.
create or replace function pg_double.plain_names(list text) returns text[]
language sql immutable parallel safe
return array(select pg_double.plain_name(m[1]) from regexp_matches(list, '("(?:[^"]|"")+"|[^\s,()"]+)', 'g') m);

create or replace function pg_double.attribute_numbers(relation oid, names text[]) returns smallint[]
language sql stable
return array(select a.attnum from unnest(names) with ordinality n(name, place)
    join pg_attribute a on a.attrelid = relation and a.attname = n.name and not a.attisdropped order by n.place);

-- Keys as they were written, taken apart. Their numbers are above those that the server gives.
create or replace view pg_double.written_key as
select 2147483648 + (d.relation::bigint * 64 + k.place) % 2147483648 as number, d.relation, c.relnamespace as namespace,
    case lower(left(m.parts[2], 1)) when 'p' then 'p' when 'u' then 'u' else 'f' end as type,
    pg_double.plain_names(m.parts[3]) as columns,
    coalesce(pg_double.plain_name(m.parts[1]), c.relname || case lower(left(m.parts[2], 1))
        when 'p' then '_pkey'
        when 'u' then '_' || array_to_string(pg_double.plain_names(m.parts[3]), '_') || '_key'
        else '_' || array_to_string(pg_double.plain_names(m.parts[3]), '_') || '_fkey' end) as name,
    coalesce(to_regclass(m.parts[4]), case when m.parts[4] not like '%.%'
        then to_regclass(quote_ident(n.nspname) || '.' || m.parts[4]) end)::oid as foreign_relation,
    pg_double.plain_names(m.parts[5]) as foreign_columns
from pg_double.design d
join pg_class c on c.oid = d.relation
join pg_namespace n on n.oid = c.relnamespace
cross join lateral unnest(d.keys) with ordinality k(text, place)
cross join lateral regexp_match(k.text, '^\s*(?:constraint\s+("(?:[^"]|"")+"|\S+)\s+)?(primary\s+key|unique|foreign\s+key)\s*'
    '\(([^)]*)\)\s*(?:references\s+((?:"(?:[^"]|"")+"|[^\s("])+)\s*(?:\(([^)]*)\))?)?', 'i') m(parts);

-- The same with what a foreign key leaves out: the columns of the other table's primary key.
create or replace view pg_double.key as
select w.number::oid as number, w.relation, w.namespace, w.type, w.name, w.foreign_relation,
    pg_double.attribute_numbers(w.relation, w.columns) as attributes,
    pg_double.attribute_numbers(w.foreign_relation, f.columns) as foreign_attributes,
    case w.type when 'p' then 'PRIMARY KEY' when 'u' then 'UNIQUE' else 'FOREIGN KEY' end
        || ' (' || (select string_agg(quote_ident(c), ', ' order by p) from unnest(w.columns) with ordinality u(c, p)) || ')'
        || coalesce(' REFERENCES ' || w.foreign_relation::regclass::text
            || '(' || (select string_agg(quote_ident(c), ', ' order by p) from unnest(f.columns) with ordinality u(c, p)) || ')', '')
        as definition
from pg_double.written_key w
cross join lateral (select coalesce(nullif(w.foreign_columns, '{}'),
    (select other.columns from pg_double.written_key other where other.relation = w.foreign_relation and other.type = 'p'
     order by other.number limit 1)) as columns) f
-- A foreign key goes with the table that it refers to.
where w.type <> 'f' or w.foreign_relation is not null;

-- Keys are constraints on Redshift too, though nothing enforces them:
-- https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
create or replace view pg_double.pg_constraint as
select c.*, c.tableoid from pg_catalog.pg_constraint c
union all
select made.*, 'pg_catalog.pg_constraint'::regclass from pg_double.key k
cross join lateral jsonb_populate_record(null::pg_catalog.pg_constraint, jsonb_build_object('oid', k.number::bigint,
    'conname', k.name, 'connamespace', k.namespace, 'contype', k.type, 'condeferrable', false, 'condeferred', false,
    'conenforced', false, 'convalidated', true, 'conrelid', k.relation, 'contypid', 0,
    'conindid', case k.type when 'f' then 0 else k.number::bigint end, 'conparentid', 0,
    'confrelid', coalesce(k.foreign_relation, 0), 'confupdtype', case k.type when 'f' then 'a' else ' ' end,
    'confdeltype', case k.type when 'f' then 'a' else ' ' end, 'confmatchtype', case k.type when 'f' then 's' else ' ' end,
    'conislocal', true, 'coninhcount', 0, 'connoinherit', true, 'conperiod', false, 'conkey', k.attributes,
    'confkey', case k.type when 'f' then k.foreign_attributes end)) made;

create or replace function pg_double.pg_get_constraintdef(number oid, pretty boolean default false) returns text
language sql stable
return coalesce((select k.definition from pg_double.key k where k.number = $1), pg_catalog.pg_get_constraintdef($1, $2));

-- Primary keys and unique constraints are among Redshift's indexes, which drivers ask for keys; each has the number of its
-- constraint.
create or replace view pg_double.pg_index as
select i.*, i.tableoid from pg_catalog.pg_index i
union all
select made.*, 'pg_catalog.pg_index'::regclass from pg_double.key k
cross join lateral (select array_to_string(k.attributes, ' ') as attributes,
    array_to_string(array_fill(0, array[cardinality(k.attributes)]), ' ') as zeros) one
cross join lateral jsonb_populate_record(null::pg_catalog.pg_index, jsonb_build_object('indexrelid', k.number::bigint,
    'indrelid', k.relation, 'indnatts', cardinality(k.attributes), 'indnkeyatts', cardinality(k.attributes),
    'indisunique', true, 'indnullsnotdistinct', false, 'indisprimary', k.type = 'p', 'indisexclusion', false,
    'indimmediate', true, 'indisclustered', false, 'indisvalid', true, 'indcheckxmin', false, 'indisready', true,
    'indislive', true, 'indisreplident', false, 'indkey', one.attributes, 'indcollation', one.zeros, 'indclass', one.zeros,
    'indoption', one.zeros)) made
where k.type in ('p', 'u');

-- The catalogues themselves with the columns that only Redshift has, and with these keys.
create or replace view pg_double.pg_class as
select c.*, i.reldiststyle, i.relcreationtime, false as relhasoids, c.tableoid
from pg_catalog.pg_class c join pg_catalog.pg_class_info i on i.reloid = c.oid
union all
select made.*, null, null, false, 'pg_catalog.pg_class'::regclass from pg_double.key k
join pg_catalog.pg_class c on c.oid = k.relation
cross join lateral jsonb_populate_record(c, jsonb_build_object('oid', k.number::bigint, 'relname', k.name, 'reltype', 0,
    'relkind', 'i', 'relam', (select am.oid::bigint from pg_catalog.pg_am am where am.amname = 'btree'), 'relnatts', cardinality(k.attributes), 'relfilenode', 0, 'reltoastrelid', 0)) made
where k.type in ('p', 'u');
create or replace view pg_double.pg_attribute as
select a.*, i.attisdistkey, i.attsortkeyord,
    coalesce(array_position(pg_double.encodings(), i.attencoding), 0) as attencodingtype,
    a.tableoid
from pg_catalog.pg_attribute a join pg_catalog.pg_attribute_info i on i.attrelid = a.attrelid and i.attnum = a.attnum
union all
select made.*, false, 0, 0, 'pg_catalog.pg_attribute'::regclass from pg_double.key k
cross join lateral unnest(k.attributes) with ordinality part(number, place)
join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attnum = part.number
cross join lateral jsonb_populate_record(a, jsonb_build_object('attrelid', k.number::bigint, 'attnum', part.place)) made
where k.type in ('p', 'u');

grant select on pg_double.written_key, pg_double.key, pg_double.pg_constraint, pg_double.pg_index, pg_double.pg_class,
    pg_double.pg_attribute to public;

-- Materialized views are views on Redshift, and their definition says what they are:
-- https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-overview.html
create or replace function pg_double.materialized_definition(relation oid) returns text
language sql stable
return (select format('CREATE MATERIALIZED VIEW %I.%I AS (%s);', n.nspname, c.relname,
        btrim(pg_get_viewdef(c.oid), E' \n;'))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation);

do $do$
declare
    -- The views of the standard have types of their own.
    of_materialized text := $$ from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'm' and (pg_has_role(c.relowner, 'usage') or has_table_privilege(c.oid, 'select')) $$;
    names text := $$ union all select current_database()::information_schema.sql_identifier,
        n.nspname::information_schema.sql_identifier, c.relname::information_schema.sql_identifier, $$;
    no text := $$'NO'::information_schema.yes_or_no$$;
begin
    if pg_get_viewdef('pg_catalog.pg_views'::regclass) like '%materialized_definition%' then
        return;
    end if;
    execute 'create or replace view pg_catalog.pg_views as '
        || rtrim(pg_get_viewdef('pg_catalog.pg_views'::regclass), '; ')
        || $$ union all select n.nspname, c.relname, pg_get_userbyid(c.relowner), pg_double.materialized_definition(c.oid)
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm' $$;
    execute 'create or replace view information_schema.views as '
        || rtrim(pg_get_viewdef('information_schema.views'::regclass), '; ') || names
        || $$ case when pg_has_role(c.relowner, 'usage') then pg_double.materialized_definition(c.oid) end
            ::information_schema.character_data, 'NONE'::information_schema.character_data, $$
        || concat_ws(', ', no, no, no, no, no) || of_materialized;
    execute 'create or replace view information_schema.tables as '
        || rtrim(pg_get_viewdef('information_schema.tables'::regclass), '; ') || names
        || $$ 'VIEW'::information_schema.character_data, null::information_schema.sql_identifier,
            null::information_schema.character_data, null::information_schema.sql_identifier,
            null::information_schema.sql_identifier, null::information_schema.sql_identifier, $$
        || concat_ws(', ', no, no) || ', null::information_schema.character_data' || of_materialized;
end $do$;
