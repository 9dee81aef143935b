-- External schemas and tables: https://docs.aws.amazon.com/redshift/latest/dg/c-using-spectrum.html.
--
-- An external table is a view over a temporary table, into which the double reads the files right before a statement that
-- may name the view, and which it drops right after. So rights are those of a view, each session has its own files in
-- hand, and a statement that the double did not foresee fails instead of finding old rows.

create table if not exists pg_double.external_schema (
    namespace oid primary key,
    -- 1 a data catalog, 2 a Hive metastore, and what PG_EXTERNAL_SCHEMA does not name in its documentation: 3 PostgreSQL,
    -- 4 Redshift, 5 MySQL, 6 a stream.
    kind integer not null,
    database text not null,
    options jsonb not null
);

create sequence if not exists pg_double.external_table_id as integer;

create table if not exists pg_double.external_table (
    id integer primary key,
    relation oid not null unique,
    -- location, input_format, output_format, serde, serde_parameters, parameters, types (as written, by column).
    definition jsonb not null,
    -- The columns that are in no file, in their order.
    keys text[] not null
);

create table if not exists pg_double.external_partition (
    id integer not null,
    key_values text[] not null,
    location text not null,
    primary key (id, key_values)
);

grant select, insert, update, delete on pg_double.external_schema, pg_double.external_table, pg_double.external_partition
    to public;
grant usage on sequence pg_double.external_table_id to public;

-- The rows of an external table, if the double has read its files. Why it could not is in a setting of the session.
create or replace function pg_double.external_rows(id integer) returns setof record
language plpgsql volatile rows 100000
as $$
declare
    why jsonb;
begin
    if to_regclass('pg_temp.external_' || id) is null then
        why := nullif(current_setting('pg_double.unread_' || id, true), '')::jsonb;
        raise exception '%', coalesce(why ->> 'message', format('the files of external table "%s" were not read',
                (select t.relation::regclass from pg_double.external_table t where t.id = $1)))
            using errcode = coalesce(why ->> 'code', '55000'), detail = coalesce(why ->> 'detail', ''),
                hint = coalesce(why ->> 'hint', 'the double did not see that this statement reads it: name it in the statement itself, '
                    'and run the statement again if the table was made by another session after this one began');
    end if;
    return query execute format('select * from pg_temp.external_%s', id);
end $$;

-- Makes room for the rows of one external table; $path and $size say from which file a row is. The event triggers of late
-- views have nothing to do with it.
create or replace procedure pg_double.open_external(id integer)
language plpgsql
as $$
begin
    perform set_config('pg_double.binding', 'on', true);
    execute format('drop table if exists pg_temp.external_%s', id);
    execute format('create temp table external_%s as select *, null::varchar as "$path", null::bigint as "$size" from %s with no data',
        id, (select t.relation::regclass from pg_double.external_table t where t.id = $1));
    execute format('grant select on pg_temp.external_%s to public', id);
end $$;

create or replace procedure pg_double.close_external(ids integer[])
language plpgsql
as $$
begin
    perform set_config('pg_double.binding', 'on', true);
    for i in 1 .. cardinality(ids) loop
        execute format('drop table if exists pg_temp.external_%s', ids[i]);
        perform set_config('pg_double.unread_' || ids[i], '', false);
    end loop;
    perform set_config('pg_double.binding', 'off', true);
end $$;

-- The names in a text of SQL, and what could be one.
create or replace function pg_double.words(text text) returns text[]
language sql immutable
as $$
    select coalesce(array_agg(distinct lower(w[1])), '{}') from regexp_matches(text, '[[:alnum:]_$#]+', 'g') w
$$;

-- The external tables that a text with these words may read: those it names, and those that views, routines, cursors and
-- prepared statements read that it names.
create or replace function pg_double.external_reached(words text[]) returns setof pg_double.external_table
language plpgsql stable
as $$
declare
    fresh text[] := words;
    known text[] := words;
    own oid[] := '{pg_catalog,pg_double,information_schema}'::regnamespace[];
begin
    while cardinality(fresh) > 0 loop
        select coalesce(array_agg(distinct w), '{}') into fresh
        from (
            select pg_get_viewdef(c.oid) || coalesce(' ' || l.definition, '') as body
            from pg_class c left join pg_double.late_view l on l.relation = c.oid
            where c.relname = any (fresh) and c.relkind in ('v', 'm') and c.relnamespace <> all (own)
            and (c.relkind = 'v' or 'refresh' = any (words))
            union all
            select p.prosrc from pg_proc p
            where p.proname = any (fresh) and p.pronamespace <> all (own)
            union all
            select s.statement from pg_prepared_statements s where lower(s.name) = any (fresh)
            union all
            select c.statement from pg_cursors c where lower(c.name) = any (fresh)
        ) reached, unnest(pg_double.words(reached.body)) w
        where w <> all (known);
        known := known || fresh;
    end loop;
    return query select t.* from pg_double.external_table t join pg_class c on c.oid = t.relation
        where lower(c.relname) = any (known);
end $$;

-- The same with what the double needs to read them.
create or replace function pg_double.external_found(words text[]) returns setof text
language sql stable
as $$
    select jsonb_build_object('id', t.id, 'schema', n.nspname, 'name', c.relname, 'keys', t.keys, 'definition', t.definition,
        'columns', (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
            order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
        'partitions', coalesce((select jsonb_agg(jsonb_build_object('values', p.key_values, 'location', p.location)
            order by p.key_values) from pg_double.external_partition p where p.id = t.id), '[]'))::text
    from pg_double.external_reached(words) t
    join pg_class c on c.oid = t.relation join pg_namespace n on n.oid = c.relnamespace
    order by t.id
$$;

create or replace procedure pg_catalog.redshift_create_external_schema(name text, if_not_exists boolean, kind integer,
    database text, options jsonb)
language plpgsql
as $$
begin
    if if_not_exists and to_regnamespace(name) is not null then
        raise notice 'schema % already exists, skipping', name;
        return;
    end if;
    execute format('create schema %s', name);
    delete from pg_double.external_schema s where not exists (select from pg_namespace n where n.oid = s.namespace);
    insert into pg_double.external_schema values (to_regnamespace(name), kind, database, options);
end $$;

create or replace procedure pg_catalog.redshift_alter_external_schema(name text, options jsonb)
language plpgsql
as $$
begin
    update pg_double.external_schema s set options = s.options || $2 where s.namespace = name::regnamespace;
    if not found then
        raise exception 'schema % is not an external schema', name using errcode = '42809';
    end if;
end $$;

-- The view of an external table, over the columns that it is to have.
create or replace procedure pg_double.put_external(id integer, name text, columns text[], types text[])
language plpgsql
as $$
declare
    listed text := (select string_agg(format('%I', c), ', ' order by o) from unnest(columns) with ordinality u(c, o));
    typed text := (select string_agg(format('%I %s', c, t), ', ' order by o) from unnest(columns, types) with ordinality u(c, t, o));
begin
    execute format('create view %s as select %s from pg_double.external_rows(%s) as files (%s, "$path" varchar, "$size" bigint)',
        name, listed, id, typed);
    execute format('grant select on %s to public', name);
end $$;

create or replace procedure pg_catalog.redshift_create_external_table(name text, if_not_exists boolean, columns text[],
    types text[], keys text[], definition jsonb)
language plpgsql
as $$
declare
    identifiers text[] := parse_ident(name);
    made integer;
begin
    if cardinality(identifiers) > 1 and to_regnamespace(quote_ident(identifiers[1])) is null then
        raise exception 'schema "%" does not exist', identifiers[1] using errcode = '3F000';
    end if;
    if cardinality(identifiers) < 2 or not exists (select from pg_double.external_schema s
        where s.namespace = to_regnamespace(quote_ident(identifiers[1]))) then
        raise exception 'an external table must be created in an external schema' using errcode = '42P16',
            hint = 'make one with CREATE EXTERNAL SCHEMA, and put its name in front of the table''s';
    end if;
    if if_not_exists and to_regclass(name) is not null then
        raise notice 'relation % already exists, skipping', name;
        return;
    end if;
    delete from pg_double.external_table t where not exists (select from pg_class c where c.oid = t.relation);
    delete from pg_double.external_partition p where not exists (select from pg_double.external_table t where t.id = p.id);
    made := nextval('pg_double.external_table_id');
    call pg_double.put_external(made, name, columns, types);
    insert into pg_double.external_table values (made, name::regclass, definition, keys);
end $$;

-- CREATE EXTERNAL TABLE AS: the columns are those of the query, those that name partitions behind the others.
create or replace procedure pg_catalog.redshift_create_external_table_as(name text, if_not_exists boolean, query text,
    keys text[], definition jsonb)
language plpgsql
as $$
declare
    columns text[];
    types text[];
begin
    execute format('create temp view external_query as %s', query);
    select array_agg(a.attname::text order by k nulls first, a.attnum),
        array_agg(format_type(a.atttypid, a.atttypmod) order by k nulls first, a.attnum)
    into columns, types
    from pg_attribute a cross join lateral (select array_position(keys, a.attname::text) as k) at_key
    where a.attrelid = 'pg_temp.external_query'::regclass and a.attnum > 0;
    drop view pg_temp.external_query;
    if not keys <@ columns then
        raise exception 'a column of PARTITIONED BY is not in the query' using errcode = '42703';
    end if;
    call pg_catalog.redshift_create_external_table(name, if_not_exists, columns, types, keys, definition);
end $$;

-- The id of an external table.
create or replace function pg_double.external_id(name text) returns integer
language plpgsql stable
as $$
declare
    found integer := (select t.id from pg_double.external_table t where t.relation = name::regclass);
begin
    if found is null then
        raise exception '% is not an external table', name using errcode = '42809';
    end if;
    return found;
end $$;

-- The values of a partition in the order of the table's keys.
create or replace function pg_double.partition_values(id integer, named jsonb) returns text[]
language plpgsql stable
as $$
declare
    keys text[] := (select t.keys from pg_double.external_table t where t.id = $1);
begin
    if not (keys <@ array(select jsonb_object_keys(named)) and cardinality(keys) = (select count(*) from jsonb_object_keys(named))) then
        raise exception 'a partition needs a value for each partition column: %', array_to_string(keys, ', ') using errcode = '42601';
    end if;
    return array(select named ->> k from unnest(keys) with ordinality u(k, o) order by o);
end $$;

create or replace procedure pg_catalog.redshift_alter_external_table(name text, change jsonb)
language plpgsql
as $$
declare
    altered integer := pg_double.external_id(name);
    partition jsonb;
    these text[];
begin
    update pg_double.external_table t
    set definition = t.definition || (change - '{add,drop,partition,parameters,if_not_exists}'::text[])
        || case when change ? 'parameters' then jsonb_build_object('parameters', t.definition -> 'parameters' || (change -> 'parameters'))
            else '{}'::jsonb end
    where t.id = altered and not change ? 'partition';
    for partition in select * from jsonb_array_elements(coalesce(change -> 'add', '[]')) loop
        these := pg_double.partition_values(altered, partition -> 'values');
        if exists (select from pg_double.external_partition p where p.id = altered and p.key_values = these) then
            if not (change -> 'if_not_exists')::boolean then
                raise exception 'Partition already exists.' using errcode = '42710', detail = partition ->> 'values';
            end if;
        else
            insert into pg_double.external_partition values (altered, these, partition ->> 'location');
        end if;
    end loop;
    for partition in select * from jsonb_array_elements(coalesce(change -> 'drop', '[]')) loop
        these := pg_double.partition_values(altered, partition);
        delete from pg_double.external_partition p where p.id = altered and p.key_values = these;
        if not found then
            raise exception 'Partition does not exist.' using errcode = '42704', detail = partition;
        end if;
    end loop;
    if change ? 'partition' then
        these := pg_double.partition_values(altered, change -> 'partition');
        update pg_double.external_partition p set location = change ->> 'location' where p.id = altered and p.key_values = these;
        if not found then
            raise exception 'Partition does not exist.' using errcode = '42704', detail = change ->> 'partition';
        end if;
    end if;
end $$;

-- ADD COLUMN behind the columns of the files, or DROP COLUMN. The view is made anew.
create or replace procedure pg_double.external_columns(name text, added text, added_type text, dropped text)
language plpgsql
as $$
declare
    altered integer := pg_double.external_id(name);
    partition_keys text[] := (select t.keys from pg_double.external_table t where t.id = altered);
    columns text[];
    types text[];
begin
    if dropped is not null and (dropped = any (partition_keys) or not exists (select from pg_attribute a
        where a.attrelid = name::regclass and a.attname = dropped)) then
        raise exception 'column "%" of relation "%" does not exist, or names partitions', dropped, name using errcode = '42703';
    end if;
    select array_agg(c order by k nulls first, o), array_agg(t order by k nulls first, o) into columns, types
    from (
        select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnum, array_position(partition_keys, a.attname::text)
        from pg_attribute a where a.attrelid = name::regclass and a.attnum > 0 and a.attname is distinct from dropped
        union all
        select added, added_type, 10000, null where added is not null
    ) all_columns(c, t, o, k);
    execute format('drop view %s', name);
    call pg_double.put_external(altered, name, columns, types);
    update pg_double.external_table t set relation = name::regclass,
        definition = jsonb_set(t.definition, '{types}'::text[], (t.definition -> 'types') - coalesce(dropped, '')
            || case when added is null then '{}'::jsonb else jsonb_build_object(added, added_type) end)
    where t.id = altered;
end $$;

-- What an INSERT or CREATE EXTERNAL TABLE AS has written.
create or replace procedure pg_double.external_written(altered integer, partitions jsonb, row_count bigint)
language plpgsql
as $$
begin
    insert into pg_double.external_partition
    select altered, array(select jsonb_array_elements_text(p -> 'values')), p ->> 'location' from jsonb_array_elements(partitions) p
    on conflict do nothing;
    update pg_double.external_table t
    set definition = jsonb_set(t.definition, '{parameters,numRows}',
        to_jsonb((coalesce((t.definition #>> '{parameters,numRows}')::bigint, 0) + row_count)::text))
    where t.id = altered;
end $$;

create or replace view pg_catalog.svv_external_schemas as
select n.oid as esoid, s.kind as eskind, n.nspname as schemaname, n.nspowner::integer as esowner, s.database as databasename,
    s.options::text as esoptions
from pg_double.external_schema s join pg_namespace n on n.oid = s.namespace;

create or replace view pg_catalog.pg_external_schema as
select e.esoid, e.eskind, e.databasename as esdbname, e.esoptions from pg_catalog.svv_external_schemas e;

create or replace view pg_catalog.svv_external_databases as
select distinct e.eskind, e.esoptions, e.databasename, null::text as location, null::text as parameters
from pg_catalog.svv_external_schemas e;

create or replace view pg_catalog.svv_external_tables as
select current_database()::text as redshift_database_name, n.nspname::text as schemaname, c.relname::text as tablename,
    'EXTERNAL TABLE'::text as tabletype, t.definition ->> 'location' as location, t.definition ->> 'input_format' as input_format,
    t.definition ->> 'output_format' as output_format, t.definition ->> 'serde' as serialization_lib,
    (t.definition -> 'serde_parameters')::text as serde_parameters, 0 as compressed,
    (t.definition -> 'parameters')::text as parameters
from pg_double.external_table t join pg_class c on c.oid = t.relation join pg_namespace n on n.oid = c.relnamespace;

create or replace view pg_catalog.svv_external_columns as
select current_database()::text as redshift_database_name, n.nspname::text as schemaname, c.relname::text as tablename,
    a.attname::text as columnname, coalesce(t.definition -> 'types' ->> a.attname, format_type(a.atttypid, a.atttypmod)) as external_type,
    a.attnum::integer as columnnum, coalesce(array_position(t.keys, a.attname::text), 0) as part_key, 'true'::text as is_nullable
from pg_double.external_table t join pg_class c on c.oid = t.relation join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped;

create or replace view pg_catalog.svv_external_partitions as
select t.schemaname, t.tablename, to_jsonb(p.key_values)::text as "values", rtrim(p.location, '/') as location, t.input_format,
    t.output_format, t.serialization_lib, t.serde_parameters, t.compressed, '{}'::text as parameters
from pg_double.external_partition p join pg_double.external_table e on e.id = p.id
join pg_class c on c.oid = e.relation join pg_namespace n on n.oid = c.relnamespace
join pg_catalog.svv_external_tables t on t.schemaname = n.nspname and t.tablename = c.relname;
