-- Names of 64 to 127 bytes, which PostgreSQL holds under shorter ones, and the catalogues that show them in full.

-- What vesto's translator made of a name; it is the same in every database.
create table if not exists pg_double.long_name (
    stored_name text primary key,
    full_name text not null
);
grant select, insert on pg_double.long_name to public;

create or replace function pg_double.full_name(name text) returns text
language sql stable
as $$
    select case when octet_length(name) >= 60 and name ~ '_[0-9a-f]{16}$'
        then coalesce((select l.full_name from pg_double.long_name l where l.stored_name = name), name) else name end
$$;

drop view if exists pg_catalog.pg_table_def;
create view pg_catalog.pg_table_def as
select pg_double.full_name(n.nspname)::varchar(128) as schemaname, pg_double.full_name(c.relname)::varchar(128) as tablename,
    pg_double.full_name(a.attname)::varchar(128) as "column",
    pg_double.type_name(a.atttypid, a.atttypmod)::varchar as type,
    pg_double.encoding_of(c.oid, a.attnum, a.atttypid)::varchar as encoding,
    coalesce(d.distribution_key = a.attnum, false) as distkey, pg_double.sort_place(c.oid, a.attnum) as sortkey,
    a.attnotnull as "notnull"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_double.design d on d.relation = c.oid
where c.relkind in ('r', 'p') and n.nspname = any (current_schemas(true));

create or replace view pg_catalog.svv_table_info as
select current_database()::text as database, pg_double.full_name(n.nspname) as schema, c.oid as table_id, pg_double.full_name(c.relname) as "table",
    case when exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and pg_double.encoding_of(c.oid, a.attnum, a.atttypid) <> 'none')
        then 'Y' || case when coalesce(d.encode_auto, not exists (select from pg_double.encoding e
            where e.relation = c.oid)) then ', AUTO(ENCODE)' else '' end
        else 'N' end as encoded,
    pg_double.distribution_of(c.oid) as diststyle,
    case coalesce(d.sort_order, 'auto') when 'auto' then 'AUTO(SORTKEY)' when 'interleaved' then 'INTERLEAVED'
        when 'compound' then pg_double.full_name(first.attname) end as sortkey1,
    coalesce((select max(a.atttypmod - 4) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
        and not a.attisdropped and a.atttypid = 'varchar'::regtype), 0) as max_varchar,
    pg_double.encoding_of(c.oid, first.attnum, first.atttypid)::varchar(32) as sortkey1_enc,
    cardinality(coalesce(d.sort_key, '{}')) as sortkey_num,
    greatest(pg_total_relation_size(c.oid) / 1048576, 1)::bigint as size,
    0::numeric(10, 4) as pct_used, 0::bigint as empty, null::numeric(5, 2) as unsorted, 0::numeric(5, 2) as stats_off,
    counted.rows::numeric(38, 0) as tbl_rows, null::numeric(19, 2) as skew_sortkey1, null::numeric(19, 2) as skew_rows,
    counted.rows::numeric(38, 0) as estimated_visible_rows, null::text as risk_event,
    null::numeric(12, 2) as vacuum_sort_benefit, null::timestamp as create_time
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_double.design d on d.relation = c.oid
left join pg_attribute first on first.attrelid = c.oid and first.attnum = d.sort_key[1]
cross join lateral (select pg_double.row_count(c.oid) as rows) counted
where c.relkind in ('r', 'p') and left(n.nspname, 3) <> 'pg_' and n.nspname not in ('information_schema', 'vesto')
    and counted.rows > 0;

create or replace view pg_catalog.svv_tables as
select current_database()::text as table_catalog, pg_double.full_name(n.nspname) as table_schema, pg_double.full_name(c.relname) as table_name,
    case c.relkind when 'v' then 'VIEW' when 'm' then 'VIEW' else 'BASE TABLE' end as table_type,
    obj_description(c.oid, 'pg_class') as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname <> 'pg_double' and left(n.nspname, 8) <> 'pg_toast'
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));

create or replace view pg_catalog.svv_columns as
select current_database()::text as table_catalog, pg_double.full_name(n.nspname) as table_schema, pg_double.full_name(c.relname) as table_name,
    pg_double.full_name(a.attname) as column_name, a.attnum::integer as ordinal_position, pg_get_expr(d.adbin, d.adrelid) as column_default,
    case when a.attnotnull then 'NO' else 'YES' end as is_nullable,
    pg_double.type_name(a.atttypid, null) as data_type,
    case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end
        as character_maximum_length,
    case a.atttypid when 'smallint'::regtype then 16 when 'integer'::regtype then 32 when 'bigint'::regtype then 64
        when 'real'::regtype then 24 when 'double precision'::regtype then 53
        when 'numeric'::regtype then case when a.atttypmod > 4 then ((a.atttypmod - 4) >> 16) & 65535 end end
        as numeric_precision,
    case when a.atttypid = 'numeric'::regtype then 10 when a.atttypid in ('smallint'::regtype, 'integer'::regtype,
        'bigint'::regtype, 'real'::regtype, 'double precision'::regtype) then 2 end as numeric_precision_radix,
    case when a.atttypid = 'numeric'::regtype then case when a.atttypmod > 4 then (a.atttypmod - 4) & 2047 end
        when a.atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) then 0 end as numeric_scale,
    case when a.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype, 'time'::regtype, 'timetz'::regtype) then 6 end
        as datetime_precision,
    null::text as interval_type, null::integer as interval_precision, null::text as character_set_catalog,
    null::text as character_set_schema, null::text as character_set_name, null::text as collation_catalog,
    null::text as collation_schema, null::text as collation_name, null::text as domain_name,
    col_description(c.oid, a.attnum) as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname <> 'pg_double' and left(n.nspname, 8) <> 'pg_toast'
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_column_privilege(c.oid, a.attnum, 'select, insert, update, references'));

create or replace view pg_catalog.svv_all_tables as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name,
    pg_double.full_name(c.relname) as table_name, case c.relkind when 'v' then 'VIEW' when 'm' then 'VIEW' else 'TABLE' end as table_type,
    array_to_string(c.relacl, '~') as table_acl, obj_description(c.oid, 'pg_class') as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname)
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));

create or replace view pg_catalog.svv_redshift_tables as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name,
    pg_double.full_name(c.relname) as table_name, case c.relkind when 'v' then 'VIEW' when 'm' then 'VIEW' else 'TABLE' end as table_type,
    array_to_string(c.relacl, '~') as table_acl, obj_description(c.oid, 'pg_class') as remarks,
    pg_get_userbyid(c.relowner)::text as table_owner
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname)
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));

create or replace view pg_catalog.svv_redshift_columns as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name, pg_double.full_name(c.relname) as table_name,
    pg_double.full_name(a.attname) as column_name, a.attnum::integer as ordinal_position,
    pg_double.type_name(a.atttypid, a.atttypmod) as data_type, pg_get_expr(f.adbin, f.adrelid) as column_default,
    case when a.attnotnull then 'NO' else 'YES' end as is_nullable,
    pg_double.encoding_of(c.oid, a.attnum, a.atttypid) as encoding,
    coalesce(d.distribution_key = a.attnum, false) as distkey, pg_double.sort_place(c.oid, a.attnum) as sortkey,
    array_to_string(a.attacl, '~') as column_acl, col_description(c.oid, a.attnum) as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum
left join pg_double.design d on d.relation = c.oid
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname);

create or replace function pg_catalog.redshift_show_table(relation regclass) returns setof text
language sql stable
as $$
    select 'CREATE ' || case c.relpersistence when 't' then 'TEMP ' else '' end || 'TABLE '
        || format('%I.%I', pg_double.full_name(n.nspname), pg_double.full_name(c.relname)) || E' (\n'
        || (select string_agg('    ' || quote_ident(pg_double.full_name(a.attname)) || ' ' || pg_double.type_name(a.atttypid, a.atttypmod)
                || case when a.attnotnull then ' NOT NULL' else '' end || pg_double.default_clause(c.oid, a.attnum)
                || ' ENCODE ' || replace(pg_double.encoding_of(c.oid, a.attnum, a.atttypid), 'none', 'raw')
                || case when d.distribution_key = a.attnum then ' DISTKEY' else '' end, E',\n' order by a.attnum)
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
        || coalesce((select string_agg(E',\n    ' || k, '') from unnest(d.keys) k), '')
        || E'\n)\nDISTSTYLE ' || upper(coalesce(d.distribution, 'auto'))
        || case when cardinality(d.sort_key) > 0 then E'\n' || case d.sort_order when 'interleaved' then 'INTERLEAVED ' else '' end
            || 'SORTKEY (' || (select string_agg(quote_ident(pg_double.full_name(a.attname)), ', ' order by k.place)
                from unnest(d.sort_key) with ordinality k(attribute, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attribute) || ')'
            else '' end
        || case when d.backup = false then E'\nBACKUP NO' else '' end || ';'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_double.design d on d.relation = c.oid
    where c.oid = relation
$$;

drop function if exists pg_catalog.pg_get_late_binding_view_cols();
create function pg_catalog.pg_get_late_binding_view_cols()
returns table (view_schema varchar, view_name varchar, col_name varchar, col_type varchar, col_num integer)
language sql stable
as $$
    select pg_double.full_name(n.nspname)::varchar, pg_double.full_name(c.relname)::varchar,
        pg_double.full_name(a.attname)::varchar, pg_double.type_name(a.atttypid, a.atttypmod)::varchar, a.attnum::integer
    from pg_double.design d join pg_class c on c.oid = d.relation join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where d.late_binding is not null order by 1, 2, 5
$$;

drop function if exists pg_catalog.pg_get_cols(text);
create function pg_catalog.pg_get_cols(relation text)
returns table (view_schema varchar, view_name varchar, col_name varchar, col_type varchar, col_num integer)
language sql stable
as $$
    select pg_double.full_name(n.nspname)::varchar, pg_double.full_name(c.relname)::varchar,
        pg_double.full_name(a.attname)::varchar, pg_double.type_name(a.atttypid, a.atttypmod)::varchar, a.attnum::integer
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.oid = relation::regclass order by 5
$$;

-- What was made anew can be read by all again, and a dump of the database says nothing of it.
create or replace procedure pg_double.show_catalogues_to_all()
language plpgsql
as $$
declare
    relation regclass;
begin
    for relation in select c.oid from pg_class c
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.oid >= 16384
    loop
        execute format('grant select on %s to public', relation);
        delete from pg_init_privs p where p.objoid = relation and p.classoid = 'pg_class'::regclass;
        insert into pg_init_privs
        select relation, 'pg_class'::regclass, 0, 'i', c.relacl from pg_class c where c.oid = relation;
    end loop;
end $$;
call pg_double.show_catalogues_to_all();
