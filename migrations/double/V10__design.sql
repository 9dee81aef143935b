-- What statements said of distribution, order, compression and keys, and the catalogues that show it.

-- One row a relation of which a statement said something; by numbers, so that it survives every rename.
create table pg_double.design (
    relation oid primary key,
    -- auto, even, all, key
    distribution text,
    distribution_key smallint,
    -- auto, none, compound, interleaved
    sort_order text,
    sort_key smallint[] not null default '{}',
    encode_auto boolean,
    backup boolean,
    auto_refresh boolean,
    -- Keys that are not enforced, as written.
    keys text[] not null default '{}',
    -- The statement of a view WITH NO SCHEMA BINDING, as written.
    late_binding text
);

-- One row a column with an ENCODE of its own.
create table pg_double.encoding (
    relation oid not null,
    attribute smallint not null,
    encoding text not null,
    primary key (relation, attribute)
);
grant select, insert, update, delete on pg_double.design, pg_double.encoding to public;

create or replace function pg_double.attribute_number(relation oid, name text) returns smallint
language sql stable
return (select a.attnum from pg_attribute a where a.attrelid = relation and a.attname = name and a.attnum > 0
    and not a.attisdropped);

create or replace function pg_double.attribute_numbers(relation oid, names jsonb) returns smallint[]
language sql stable
as $$ select coalesce(array_agg(pg_double.attribute_number(relation, n.name) order by n.place), '{}')
    from jsonb_array_elements_text(coalesce(names, '[]')) with ordinality n(name, place) $$;

-- Keeps what a statement said that has just been carried out. What makes a relation counts only if the relation is new:
-- CREATE TABLE IF NOT EXISTS may have found an older one.
create or replace procedure pg_double.set_design(name text, said jsonb)
language plpgsql
as $$
declare
    found oid := to_regclass(name);
    is_new boolean := not (said ->> 'alters')::boolean;
begin
    if found is null then
        return;
    end if;
    if is_new then
        if exists (select from pg_double.design d where d.relation = found) and not exists (select from pg_class c
            where c.oid = found and c.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text) then
            return;
        end if;
        -- Numbers of relations are used again after four thousand million others.
        delete from pg_double.encoding e where e.relation = found
            or not exists (select from pg_class c where c.oid = e.relation);
        delete from pg_double.design d where d.relation = found
            or not exists (select from pg_class c where c.oid = d.relation);
    end if;
    insert into pg_double.design (relation) values (found) on conflict do nothing;
    update pg_double.design d set
        distribution = coalesce(said ->> 'distribution', d.distribution),
        distribution_key = case when said ? 'distribution'
            then pg_double.attribute_number(found, said ->> 'distribution_key') else d.distribution_key end,
        sort_order = coalesce(said ->> 'sort_order', d.sort_order),
        sort_key = case when said ? 'sort_order' then pg_double.attribute_numbers(found, said -> 'sort_key')
            else d.sort_key end,
        encode_auto = coalesce((said ->> 'encode_auto')::boolean, d.encode_auto),
        backup = coalesce((said ->> 'backup')::boolean, d.backup),
        auto_refresh = coalesce((said ->> 'auto_refresh')::boolean, d.auto_refresh),
        keys = d.keys || coalesce(array(select jsonb_array_elements_text(said -> 'keys')), '{}'),
        late_binding = coalesce(said ->> 'late_binding', d.late_binding)
    where d.relation = found;
    insert into pg_double.encoding
    select found, pg_double.attribute_number(found, e ->> 'column'), e ->> 'encoding'
    from jsonb_array_elements(coalesce(said -> 'encodings', '[]')) e
    where pg_double.attribute_number(found, e ->> 'column') is not null
    on conflict (relation, attribute) do update set encoding = excluded.encoding;
end $$;

-- The compression of a column: what was said, or Redshift's choice where nothing was:
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
create or replace function pg_double.encoding_of(relation oid, attribute smallint, type oid) returns text
language sql stable
as $$
    select case coalesce(
        (select e.encoding from pg_double.encoding e where e.relation = $1 and e.attribute = $2),
        case when exists (select from pg_double.design d where d.relation = $1 and $2 = any (d.sort_key)) then 'raw'
            when type in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'date'::regtype,
                'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) then 'az64'
            when type in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'varbyte'::regtype) then 'lzo'
            else 'raw' end)
        when 'raw' then 'none' else coalesce(
            (select e.encoding from pg_double.encoding e where e.relation = $1 and e.attribute = $2),
            case when type in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'varbyte'::regtype) then 'lzo'
                else 'az64' end) end
$$;

-- The place of a column in the sort key, from 1; of an interleaved one every second is negative:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
create or replace function pg_double.sort_place(relation oid, attribute smallint) returns integer
language sql stable
as $$
    select coalesce((select array_position(d.sort_key, $2)
        * case when d.sort_order = 'interleaved' and array_position(d.sort_key, $2) % 2 = 0 then -1 else 1 end
        from pg_double.design d where d.relation = $1), 0)
$$;

-- DISTSTYLE as SVV_TABLE_INFO writes it.
create or replace function pg_double.distribution_of(relation oid) returns text
language sql stable
as $$
    select coalesce((select case d.distribution when 'key' then 'KEY(' || a.attname || ')' when 'auto' then null
            else upper(d.distribution) end
        from pg_double.design d left join pg_attribute a on a.attrelid = d.relation and a.attnum = d.distribution_key
        where d.relation = $1), 'AUTO(ALL)')
$$;

create or replace function pg_double.type_name(type oid, modifier integer) returns text
language sql stable
as $$ select regexp_replace(format_type(type, modifier), '^pg_catalog\.', '') $$;

-- Tables in the schemas of the search path, as there: https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
create or replace view pg_catalog.pg_table_def as
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

-- What a table holds; an estimate would be -1 until somebody analyzes it.
create or replace function pg_double.row_count(relation oid) returns bigint
language plpgsql volatile
as $$
declare
    rows bigint;
begin
    if not has_table_privilege(relation, 'select') then
        return null;
    end if;
    execute format('select count(*) from %s', relation::regclass) into rows;
    return rows;
end $$;

-- Tables of users; empty ones are left out, as there: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html.
-- There are no slices and blocks here, so nothing is unsorted and nothing skewed.
create or replace view pg_catalog.svv_table_info as
select current_database()::text as database, pg_double.full_name(n.nspname) as schema, c.oid as table_id,
    pg_double.full_name(c.relname) as "table",
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
where c.relkind in ('r', 'p', 'm') and left(n.nspname, 3) <> 'pg_' and n.nspname not in ('information_schema', 'vesto')
    and counted.rows > 0;

-- pg_attribute and pg_class with the columns that only Redshift has.
create or replace view pg_catalog.pg_attribute_info as
select a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.atttypmod, a.attnotnull, a.atthasdef, a.attisdropped,
    pg_double.encoding_of(a.attrelid, a.attnum, a.atttypid) as attencoding,
    coalesce(d.distribution_key = a.attnum, false) as attisdistkey,
    pg_double.sort_place(a.attrelid, a.attnum) as attsortkeyord, a.attacl
from pg_attribute a left join pg_double.design d on d.relation = a.attrelid;
create or replace view pg_catalog.pg_class_info as
select c.oid as reloid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relkind, c.relnatts, c.relhasrules,
    greatest(c.reltuples, 0) as reltuples, c.relacl,
    case pg_double.distribution_of(c.oid) when 'EVEN' then 0 when 'ALL' then 8 when 'AUTO(ALL)' then 9 else 1 end
        as reldiststyle,
    null::timestamp as relcreationtime
from pg_class c;
create or replace view pg_catalog.pg_proc_info as select p.oid as prooid, p.* from pg_proc p;

-- The compressions by number: 0 is none. Other numbers are the double's own, since Redshift does not document them.
create or replace function pg_double.encodings() returns text[]
language sql immutable parallel safe
return array['bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'runlength', 'text255', 'text32k',
    'zstd', 'az64'];
create or replace function pg_catalog.format_encoding(encoding integer) returns text
language sql immutable parallel safe return coalesce((pg_double.encodings())[encoding], 'none');

-- The catalogues themselves with the columns that only Redshift has. vesto's translator reads them where a statement names
-- such a column.
create or replace view pg_double.pg_attrdef as
select d.*, pg_get_expr(d.adbin, d.adrelid) as adsrc from pg_catalog.pg_attrdef d;
create or replace view pg_double.pg_default_acl as select d.*, d.defaclrole as defacluser from pg_catalog.pg_default_acl d;
grant select on pg_double.pg_attrdef, pg_double.pg_default_acl to public;
