-- Aggregates. All may also stand before OVER. `array_append` itself appends in place; a function of ours
-- copies the list for each row, and is used where there is no other way.

-- MEDIAN: https://docs.aws.amazon.com/redshift/latest/dg/r_MEDIAN.html. NULLs do not count.
create or replace function pg_double.median(list double precision[]) returns double precision
language sql immutable parallel safe
as $$ select percentile_cont(0.5) within group (order by item) from unnest(list) item $$;
create or replace function pg_double.median(list numeric[]) returns numeric
language sql immutable parallel safe
as $$
    select case count(*) when 1 then min(sorted.item) else avg(sorted.item) end from (
        select item, row_number() over (order by item) as place, count(*) over () as items
        from unnest(list) item where item is not null
    ) sorted where sorted.place in ((items + 1) / 2, (items + 2) / 2)
$$;
create or replace function pg_double.median(list timestamp[]) returns timestamp
language sql immutable parallel safe
as $$ select timestamp 'epoch' + percentile_cont(0.5) within group (order by item - timestamp 'epoch') from unnest(list) item $$;
create or replace function pg_double.median(list timestamptz[]) returns timestamptz
language sql immutable parallel safe
as $$ select timestamptz 'epoch' + percentile_cont(0.5) within group (order by item - timestamptz 'epoch')
    from unnest(list) item $$;
create or replace function pg_double.median(list date[]) returns date
language sql immutable parallel safe
as $$ select pg_double.median(list::timestamp[])::date $$;

create or replace aggregate pg_catalog.median(double precision) (sfunc = array_append, stype = double precision[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(numeric) (sfunc = array_append, stype = numeric[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(timestamp) (sfunc = array_append, stype = timestamp[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(timestamptz) (sfunc = array_append, stype = timestamptz[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(date) (sfunc = array_append, stype = date[], finalfunc = pg_double.median);

create or replace function pg_double.median(list bigint[]) returns numeric
language sql immutable parallel safe as $$ select pg_double.median(list::numeric[]) $$;
create or replace function pg_double.median(list integer[]) returns numeric
language sql immutable parallel safe as $$ select pg_double.median(list::numeric[]) $$;
create or replace function pg_double.median(list smallint[]) returns numeric
language sql immutable parallel safe as $$ select pg_double.median(list::numeric[]) $$;
create or replace aggregate pg_catalog.median(bigint) (sfunc = array_append, stype = bigint[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(integer) (sfunc = array_append, stype = integer[],
    finalfunc = pg_double.median);
create or replace aggregate pg_catalog.median(smallint) (sfunc = array_append, stype = smallint[],
    finalfunc = pg_double.median);

-- LISTAGG: https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html. The result is a VARCHAR(65535).
create or replace function pg_double.listed(list text, item text, delimiter text) returns text
language plpgsql immutable parallel safe
as $$
begin
    if item is null or list is null then
        return coalesce(list, item);
    end if;
    if octet_length(list) + octet_length(item) + coalesce(octet_length(delimiter), 0) > 65535 then
        raise exception 'Result size exceeds LISTAGG limit' using errcode = 'XX000', detail = 'LISTAGG limit: 65535';
    end if;
    return list || coalesce(delimiter, '') || item;
end $$;
create or replace function pg_double.listed(list text, item text) returns text
language plpgsql immutable parallel safe
as $$ begin return pg_double.listed(list, item, ''); end $$;
create or replace function pg_double.listed(list text, item super, delimiter text) returns text
language plpgsql immutable parallel safe
as $$ begin return pg_double.listed(list, item::text, delimiter); end $$;
create or replace function pg_double.listed(list text, item super) returns text
language plpgsql immutable parallel safe
as $$ begin return pg_double.listed(list, item::text, ''); end $$;
create or replace aggregate pg_catalog.listagg(text, text) (sfunc = pg_double.listed, stype = text);
create or replace aggregate pg_catalog.listagg(text) (sfunc = pg_double.listed, stype = text);
create or replace aggregate pg_catalog.listagg(super, text) (sfunc = pg_double.listed, stype = text);
create or replace aggregate pg_catalog.listagg(super) (sfunc = pg_double.listed, stype = text);

-- PERCENTILE_CONT and PERCENTILE_DISC as window functions:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_WF_PERCENTILE_CONT.html
create or replace function pg_double.append_after_fraction(list double precision[], fraction double precision,
    item double precision) returns double precision[]
language plpgsql immutable parallel safe
as $$
begin
    if item is not null then
        if list is null then
            list := array[fraction];
        end if;
        list := array_append(list, item);
    end if;
    return list;
end $$;
create or replace function pg_double.percentile_cont(list double precision[]) returns double precision
language sql immutable parallel safe
as $$ select percentile_cont(list[1]) within group (order by item) from unnest(list[2:]) item $$;
create or replace aggregate pg_catalog.redshift_percentile_cont(double precision, double precision) (
    sfunc = pg_double.append_after_fraction, stype = double precision[], finalfunc = pg_double.percentile_cont);

create or replace function pg_double.append_text_after_fraction(list text[], fraction double precision, item anyelement)
returns text[]
language plpgsql immutable parallel safe
as $$
begin
    if item is not null then
        if list is null then
            list := array[fraction::text];
        end if;
        list := array_append(list, item::text);
    end if;
    return list;
end $$;
-- The last two arguments only tell the type; the server gives NULL for them.
create or replace function pg_double.percentile_disc(list text[], fraction double precision, item anyelement)
returns anyelement
language plpgsql immutable parallel safe
as $$
declare
    found text;
begin
    execute format('select percentile_disc($1) within group (order by item::%s)::text from unnest($2) item',
        pg_typeof(item)) into found using list[1]::double precision, list[2:];
    item := found;
    return item;
end $$;
create or replace aggregate pg_catalog.redshift_percentile_disc(double precision, anyelement) (
    sfunc = pg_double.append_text_after_fraction, stype = text[], finalfunc = pg_double.percentile_disc, finalfunc_extra);

-- FIRST_VALUE and LAST_VALUE with IGNORE NULLS: https://docs.aws.amazon.com/redshift/latest/dg/r_WF_first_value.html
create or replace function pg_double.former(one anyelement, other anyelement) returns anyelement
language sql immutable strict parallel safe as $$ select one $$;
create or replace function pg_double.latter(one anyelement, other anyelement) returns anyelement
language sql immutable strict parallel safe as $$ select other $$;
create or replace aggregate pg_catalog.redshift_first_value(anyelement) (sfunc = pg_double.former, stype = anyelement);
create or replace aggregate pg_catalog.redshift_last_value(anyelement) (sfunc = pg_double.latter, stype = anyelement);

-- PostgreSQL 16 has it too.
do $$
begin
    if to_regprocedure('pg_catalog.any_value(anyelement)') is null then
        create aggregate pg_catalog.any_value(anyelement) (sfunc = pg_double.former, stype = anyelement);
    end if;
end $$;

-- The average of whole numbers is a whole number: https://docs.aws.amazon.com/redshift/latest/dg/r_AVG.html
create or replace function pg_double.whole_average(sums numeric[]) returns bigint
language sql immutable parallel safe
as $$ select trunc(sums[1] / nullif(sums[2], 0))::bigint $$;
create or replace function pg_double.add_to_average(sums numeric[], item bigint) returns numeric[]
language sql immutable strict parallel safe
as $$ select array[sums[1] + item, sums[2] + 1] $$;
create or replace aggregate pg_catalog.redshift_avg(bigint) (sfunc = pg_double.add_to_average, stype = numeric[],
    initcond = '{0,0}', finalfunc = pg_double.whole_average);

-- HLL estimates a number of distinct values; the exact number is as good. Sketches are not imitated:
-- https://docs.aws.amazon.com/redshift/latest/dg/hyperloglog-functions.html
create or replace function pg_double.distinct_items(list anycompatiblearray) returns bigint
language sql immutable parallel safe
as $$ select count(distinct item) from unnest(list) item $$;
create or replace aggregate pg_catalog.hll(anycompatible) (sfunc = array_append, stype = anycompatiblearray,
    finalfunc = pg_double.distinct_items);
create or replace function pg_double.no_sketch(sketch hllsketch, item anyelement) returns hllsketch
language plpgsql volatile
as $$ begin perform pg_double.unsupported('HLL_CREATE_SKETCH'); return null; end $$;
create or replace aggregate pg_catalog.hll_create_sketch(anyelement) (sfunc = pg_double.no_sketch, stype = hllsketch);
create or replace function pg_double.no_combination(sketch hllsketch, item hllsketch) returns hllsketch
language plpgsql volatile
as $$ begin perform pg_double.unsupported('HLL_COMBINE'); return null; end $$;
create or replace aggregate pg_catalog.hll_combine(hllsketch) (sfunc = pg_double.no_combination, stype = hllsketch);
create or replace function pg_catalog.hll_cardinality(sketch hllsketch) returns bigint
language plpgsql volatile strict
as $$ begin perform pg_double.unsupported('HLL_CARDINALITY'); return null; end $$;
create or replace function pg_catalog.hll_combine_sketches(one hllsketch, other hllsketch) returns hllsketch
language plpgsql volatile strict
as $$ begin perform pg_double.unsupported('HLL_COMBINE_SKETCHES'); return null; end $$;
