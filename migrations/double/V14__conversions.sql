-- Conversions and operators that Redshift applies without being asked, and PostgreSQL no longer does or never did.

-- Numbers, dates and times become VARCHAR wherever one is wanted:
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion (implicit conversion types).
-- So `trim(starttime)`, `saletime like '2008-09%'` and `substring(listtime, 6, 2)` do as there. PostgreSQL had these casts
-- until 8.3. `||` of such a value needs an operator of its own, because PostgreSQL's with `anynonarray` is as near.
delete from pg_catalog.pg_cast where oid between 9920 and 9959;
do $$
declare
    source record;
    number integer := 9920;
begin
    for source in select type::regtype as type, 'concatenated_' || type as name from unnest(array['int2', 'int4', 'int8',
        'numeric', 'float4', 'float8', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'oid']) type
    loop
        insert into pg_catalog.pg_cast (oid, castsource, casttarget, castfunc, castcontext, castmethod) values
            (number, source.type, 'text'::regtype, 0, 'i', 'i'), (number + 1, source.type, 'varchar'::regtype, 0, 'i', 'i');
        number := number + 2;
        execute format('create function pg_double.%I(one text, other %s) returns text language sql stable parallel safe
            return pg_catalog.textcat(one, other::text)', source.name, source.type);
        execute format('create function pg_double.%I(one %s, other text) returns text language sql stable parallel safe
            return pg_catalog.textcat(one::text, other)', source.name, source.type);
        execute format('create operator pg_catalog.|| (leftarg = text, rightarg = %s, function = pg_double.%I)',
            source.type, source.name);
        execute format('create operator pg_catalog.|| (leftarg = %s, rightarg = text, function = pg_double.%I)',
            source.type, source.name);
    end loop;
end $$;

-- Functions of PostgreSQL that take a value of any type: beside them nobody could tell which one is meant. Redshift has only
-- those of strings.
alter function pg_catalog.concat(variadic "any") rename to concat_any;
alter function pg_catalog.quote_literal(anyelement) rename to quote_literal_any;
alter function pg_catalog.quote_nullable(anyelement) rename to quote_nullable_any;

-- A number added to a point of time is days, as for dates; without these `+` would take both for strings.
create function pg_double.add_days(moment timestamp, days integer) returns timestamp
language sql immutable parallel safe return moment + make_interval(days => days);
create function pg_double.add_days(days integer, moment timestamp) returns timestamp
language sql immutable parallel safe return moment + make_interval(days => days);
create function pg_double.subtract_days(moment timestamp, days integer) returns timestamp
language sql immutable parallel safe return moment - make_interval(days => days);
create operator pg_catalog.+ (leftarg = timestamp, rightarg = integer, function = pg_double.add_days);
create operator pg_catalog.+ (leftarg = integer, rightarg = timestamp, function = pg_double.add_days);
create operator pg_catalog.- (leftarg = timestamp, rightarg = integer, function = pg_double.subtract_days);
create function pg_double.add_days(moment timestamptz, days integer) returns timestamptz
language sql stable parallel safe return moment + make_interval(days => days);
create function pg_double.add_days(days integer, moment timestamptz) returns timestamptz
language sql stable parallel safe return moment + make_interval(days => days);
create function pg_double.subtract_days(moment timestamptz, days integer) returns timestamptz
language sql stable parallel safe return moment - make_interval(days => days);
create operator pg_catalog.+ (leftarg = timestamptz, rightarg = integer, function = pg_double.add_days);
create operator pg_catalog.+ (leftarg = integer, rightarg = timestamptz, function = pg_double.add_days);
create operator pg_catalog.- (leftarg = timestamptz, rightarg = integer, function = pg_double.subtract_days);

-- Days may also be BIGINT, as row_number() is.
create function pg_double.add_days(day date, days bigint) returns date
language sql immutable parallel safe return day + days::integer;
create function pg_double.subtract_days(day date, days bigint) returns date
language sql immutable parallel safe return day - days::integer;
create operator pg_catalog.+ (leftarg = date, rightarg = bigint, function = pg_double.add_days);
create operator pg_catalog.- (leftarg = date, rightarg = bigint, function = pg_double.subtract_days);
create function pg_double.add_days(moment timestamp, days bigint) returns timestamp
language sql immutable parallel safe return moment + make_interval(days => days::integer);
create function pg_double.subtract_days(moment timestamp, days bigint) returns timestamp
language sql immutable parallel safe return moment - make_interval(days => days::integer);
create operator pg_catalog.+ (leftarg = timestamp, rightarg = bigint, function = pg_double.add_days);
create operator pg_catalog.- (leftarg = timestamp, rightarg = bigint, function = pg_double.subtract_days);

-- Bits of VARBYTE values: https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_OPERATORS.html. Both have one length.
create function pg_double.bits(value bytea) returns varbit
language sql immutable strict parallel safe
as $$ select coalesce((select string_agg(get_byte(value, place)::bit(8)::text, '' order by place)
    from generate_series(0, length(value) - 1) place), '')::varbit $$;
create function pg_double.bytes(bits varbit) returns bytea
language sql immutable strict parallel safe
as $$ select coalesce(decode(string_agg(lpad(to_hex(substring(bits from place for 8)::bit(8)::integer), 2, '0'), ''
    order by place), 'hex'), '') from generate_series(1, length(bits), 8) place $$;
create function pg_double.byte_and(one bytea, other bytea) returns bytea
language sql immutable strict parallel safe return pg_double.bytes(pg_double.bits(one) & pg_double.bits(other));
create function pg_double.byte_or(one bytea, other bytea) returns bytea
language sql immutable strict parallel safe return pg_double.bytes(pg_double.bits(one) | pg_double.bits(other));
create function pg_double.byte_xor(one bytea, other bytea) returns bytea
language sql immutable strict parallel safe return pg_double.bytes(pg_double.bits(one) # pg_double.bits(other));
create function pg_double.byte_not(value bytea) returns bytea
language sql immutable strict parallel safe return pg_double.bytes(~ pg_double.bits(value));
create operator pg_catalog.& (leftarg = bytea, rightarg = bytea, function = pg_double.byte_and);
create operator pg_catalog.| (leftarg = bytea, rightarg = bytea, function = pg_double.byte_or);
create operator pg_catalog.# (leftarg = bytea, rightarg = bytea, function = pg_double.byte_xor);
create operator pg_catalog.~ (rightarg = bytea, function = pg_double.byte_not);
create operator pg_catalog.+ (leftarg = bytea, rightarg = bytea, function = byteacat);

-- CASE_INSENSITIVE, where the server knows ICU: https://docs.aws.amazon.com/redshift/latest/dg/r_COLLATE.html
do $$
begin
    if not exists (select from pg_collation where collname = 'case_insensitive' and collnamespace = 'pg_catalog'::regnamespace) then
        create collation pg_catalog.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    end if;
exception when feature_not_supported then
    null;
end $$;

-- The value if it has a form of another type, else NULL, for TRY_CAST.
do $$
declare
    source regtype;
begin
    foreach source in array array['text', 'double precision', 'numeric', 'date', 'timestamp', 'timestamptz', 'super']::regtype[]
    loop
        execute format('create function pg_double.castable(value %1$s, type text) returns %1$s language plpgsql stable strict as $body$
            begin
                execute format(''select ($1)::%%s'', type) using value;
                return value;
            exception when data_exception then
                return null;
            end $body$', source);
    end loop;
end $$;

-- SUPER values against numbers of any type, as against NUMERIC: an INTEGER might as well be a string.
do $$
declare
    number regtype;
    comparison record;
begin
    foreach number in array array['smallint', 'integer', 'bigint', 'real', 'double precision']::regtype[] loop
        for comparison in select * from (values ('=', '=', 'eq'), ('<>', '<>', 'ne'), ('<', '>', 'lt'), ('<=', '>=', 'le'),
            ('>', '<', 'gt'), ('>=', '<=', 'ge')) c(sign, turned, name)
        loop
            execute format('create function pg_double.super_%2$s(one jsonb, other %1$s) returns boolean
                language sql immutable strict parallel safe return pg_double.super_%2$s(one, other::numeric)',
                number, comparison.name);
            execute format('create function pg_double.super_%2$s(one %1$s, other jsonb) returns boolean
                language sql immutable strict parallel safe return pg_double.super_%2$s(one::numeric, other)',
                number, comparison.name);
            execute format('create operator pg_catalog.%2$s (leftarg = jsonb, rightarg = %1$s, function = pg_double.super_%4$s,
                commutator = operator(pg_catalog.%3$s))', number, comparison.sign, comparison.turned, comparison.name);
            execute format('create operator pg_catalog.%2$s (leftarg = %1$s, rightarg = jsonb, function = pg_double.super_%4$s,
                commutator = operator(pg_catalog.%3$s))', number, comparison.sign, comparison.turned, comparison.name);
        end loop;
    end loop;
end $$;

-- A number is a condition, unless it is 0, as implicit conversion has it:
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#implicit-conversion-types
update pg_catalog.pg_cast set castcontext = 'a' where castsource = 'integer'::regtype and casttarget = 'boolean'::regtype;
