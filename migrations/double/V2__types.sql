-- Redshift's types, and character types that count bytes.

-- Refuses what the double has no honest answer for.
create or replace function pg_double.unsupported(what text) returns boolean
language plpgsql volatile
as $$
begin
    raise exception '% is not supported by the double', what using errcode = '0A000';
end $$;

-- SUPER: https://docs.aws.amazon.com/redshift/latest/dg/r_SUPER_type.html. jsonb keeps no order of attributes.
create domain pg_catalog.super as jsonb;

-- VARBYTE: https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html
create domain pg_catalog.varbyte as bytea;

-- Columns of these types can be made and stay NULL: whatever would make a value is refused.
create domain pg_catalog.hllsketch as text 
    check (value is null or pg_double.unsupported('a value of type HLLSKETCH'));
create domain pg_catalog.geometry as text 
    check (value is null or pg_double.unsupported('a value of type GEOMETRY'));
create domain pg_catalog.geography as text 
    check (value is null or pg_double.unsupported('a value of type GEOGRAPHY'));

-- COLLATE CASE_INSENSITIVE: https://docs.aws.amazon.com/redshift/latest/dg/r_COLLATE.html. A server without ICU cannot
-- have it, and refuses the columns that ask for it.
do $$
begin
    create collation if not exists pg_catalog.case_insensitive
        (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
exception when feature_not_supported then
    null;
end $$;

-- VARCHAR(n) and CHAR(n) hold n bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html.
-- PostgreSQL calls these functions wherever a length applies: in casts, for columns and for variables. Only
-- COPY ... FROM STDIN does without, so the double's COPY counts for itself. A type modifier is the length and 4.
-- They are not in SQL: the planner would put that in place of the call, and CREATE TABLE AS would lose the length.

create or replace function pg_double.first_bytes(value text, bytes integer) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    whole bytea := convert_to(value, 'UTF8');
    kept integer := least(bytes, length(whole));
begin
    -- A byte 10xxxxxx goes on with a character.
    while kept > 0 and kept < length(whole) and get_byte(whole, kept) & 192 = 128 loop
        kept := kept - 1;
    end loop;
    return convert_from(substr(whole, 1, kept), 'UTF8');
end $$;

create or replace function pg_catalog.redshift_varchar(value varchar, modifier integer, explicit boolean) returns varchar
language plpgsql immutable strict parallel safe support pg_catalog.varchar_support
as $$
begin
    if modifier < 4 or octet_length(value) <= modifier - 4 then
        return value;
    end if;
    -- Blanks at the end that do not fit are cut without a word.
    if not explicit and octet_length(rtrim(value, ' ')) > modifier - 4 then
        raise exception 'value too long for type character varying(%)', modifier - 4 using errcode = '22001';
    end if;
    return pg_double.first_bytes(value, modifier - 4);
end $$;

create or replace function pg_catalog.redshift_char(value bpchar, modifier integer, explicit boolean) returns bpchar
language plpgsql immutable strict parallel safe
as $$
declare
    wrong text;
begin
    if octet_length(value::text) <> char_length(value::text) then
        wrong := encode(convert_to(substring(value from '[^\x01-\x7f]'), 'UTF8'), 'hex');
        raise exception 'Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: %',
            rtrim(regexp_replace(wrong, '(..)', '\1 ', 'g')) using errcode = '22021';
    end if;
    return pg_catalog.bpchar(value, modifier, explicit);
end $$;

update pg_catalog.pg_cast set castfunc = 'pg_catalog.redshift_varchar(varchar, integer, boolean)'::regprocedure
where castsource = 'varchar'::regtype and casttarget = 'varchar'::regtype;
update pg_catalog.pg_cast set castfunc = 'pg_catalog.redshift_char(bpchar, integer, boolean)'::regprocedure
where castsource = 'bpchar'::regtype and casttarget = 'bpchar'::regtype;

-- JSON without blanks between the tokens, as JSON_SERIALIZE writes it.
create or replace function pg_double.compact(value jsonb) returns text
language plpgsql immutable strict parallel safe
as $$
begin
    case jsonb_typeof(value)
        when 'object' then
            return '{' || coalesce((select string_agg(to_json(m.key)::text || ':' || pg_double.compact(m.value), ',')
                from jsonb_each(value) m), '') || '}';
        when 'array' then
            return '[' || coalesce((select string_agg(pg_double.compact(e.value), ',' order by e.place)
                from jsonb_array_elements(value) with ordinality e(value, place)), '') || ']';
        when 'null' then return 'null';
        when 'string' then return to_json(value #>> '{}')::text;
        -- A cast to text is the one below, which comes here.
        else return value #>> '{}';
    end case;
end $$;

-- A SUPER becomes a value of another type without the quotes of JSON:
-- https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
create or replace function pg_double.scalar_text(value jsonb) returns text
language sql immutable strict parallel safe
as $$ select case jsonb_typeof(value) when 'null' then null when 'string' then value #>> '{}'
    else pg_double.compact(value) end $$;

create or replace function pg_double.to_varchar(value jsonb) returns varchar
language sql immutable strict parallel safe return pg_double.scalar_text(value)::varchar;
create or replace function pg_double.to_bpchar(value jsonb) returns bpchar
language sql immutable strict parallel safe return pg_double.scalar_text(value)::bpchar;
create or replace function pg_double.to_date(value jsonb) returns date
language sql stable strict parallel safe return pg_double.scalar_text(value)::date;
create or replace function pg_double.to_time(value jsonb) returns time
language sql stable strict parallel safe return pg_double.scalar_text(value)::time;
create or replace function pg_double.to_timestamp(value jsonb) returns timestamp
language sql stable strict parallel safe return pg_double.scalar_text(value)::timestamp;
create or replace function pg_double.to_timestamptz(value jsonb) returns timestamptz
language sql stable strict parallel safe return pg_double.scalar_text(value)::timestamptz;

-- A cast has no schema, and those of users are dumped: these have numbers of the server's own.
delete from pg_catalog.pg_cast where oid between 9900 and 9919;
insert into pg_catalog.pg_cast (oid, castsource, casttarget, castfunc, castcontext, castmethod) values
    (9900, 'jsonb'::regtype, 'text'::regtype, 'pg_double.scalar_text(jsonb)'::regprocedure, 'a', 'f'),
    (9901, 'jsonb'::regtype, 'varchar'::regtype, 'pg_double.to_varchar(jsonb)'::regprocedure, 'a', 'f'),
    (9902, 'jsonb'::regtype, 'bpchar'::regtype, 'pg_double.to_bpchar(jsonb)'::regprocedure, 'a', 'f'),
    (9903, 'jsonb'::regtype, 'date'::regtype, 'pg_double.to_date(jsonb)'::regprocedure, 'a', 'f'),
    (9904, 'jsonb'::regtype, 'time'::regtype, 'pg_double.to_time(jsonb)'::regprocedure, 'a', 'f'),
    (9905, 'jsonb'::regtype, 'timestamp'::regtype, 'pg_double.to_timestamp(jsonb)'::regprocedure, 'a', 'f'),
    (9906, 'jsonb'::regtype, 'timestamptz'::regtype, 'pg_double.to_timestamptz(jsonb)'::regprocedure, 'a', 'f');

-- A number that is not 0 is true: https://docs.aws.amazon.com/redshift/latest/dg/limitations-super.html
create or replace function pg_double.to_bool(value jsonb) returns boolean
language sql immutable strict parallel safe
as $$ select case jsonb_typeof(value) when 'number' then (value #>> '{}')::numeric <> 0
    when 'boolean' then (value #>> '{}')::boolean end $$;
update pg_catalog.pg_cast set castfunc = 'pg_double.to_bool(jsonb)'::regprocedure
where castsource = 'jsonb'::regtype and casttarget = 'boolean'::regtype;

-- Drivers look up the types of results by their numbers: those of Redshift's own types are found beside the ones that the
-- double has beneath.
insert into pg_catalog.pg_type
select (jsonb_populate_record(t, jsonb_build_object('oid', other.number, 'typname', other.name,
    'typnamespace', 'pg_double'::regnamespace::oid::bigint, 'typarray', 0))).*
from (values (4000, 'super', 'jsonb'::regtype), (6551, 'varbyte', 'bytea'::regtype)) other(number, name, base)
join pg_catalog.pg_type t on t.oid = other.base
where not exists (select from pg_catalog.pg_type made where made.oid = other.number);
