-- Functions of JSON texts and of SUPER.

create or replace function pg_double.json_or_null(text text) returns json
language plpgsql immutable strict parallel safe
as $$
begin
    return text::json;
exception when invalid_text_representation or untranslatable_character then
    return null;
end $$;

create or replace function pg_double.valid_json(text text, null_if_invalid boolean, what text default 'object') returns json
language plpgsql immutable strict parallel safe
as $$
declare
    value json := pg_double.json_or_null(text);
begin
    if value is null and not null_if_invalid then
        raise exception 'invalid json % %', what, text using errcode = 'XX000';
    end if;
    return value;
end $$;

-- Objects only: https://docs.aws.amazon.com/redshift/latest/dg/IS_VALID_JSON.html
create or replace function pg_catalog.is_valid_json(text text) returns boolean
language sql immutable strict parallel safe
as $$ select coalesce(json_typeof(pg_double.json_or_null(text)) = 'object', false) $$;
-- https://docs.aws.amazon.com/redshift/latest/dg/IS_VALID_JSON_ARRAY.html
create or replace function pg_catalog.is_valid_json_array(text text) returns boolean
language sql immutable strict parallel safe
as $$ select coalesce(json_typeof(pg_double.json_or_null(text)) = 'array', false) $$;
-- https://docs.aws.amazon.com/redshift/latest/dg/CAN_JSON_PARSE.html
create or replace function pg_catalog.can_json_parse(text text) returns boolean
language sql immutable strict parallel safe
as $$ select pg_double.json_or_null(text) is not null $$;

-- NULL if there is nothing at the path: https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_PATH_TEXT.html
create or replace function pg_double.json_at(text text, path text[], null_if_invalid boolean) returns text
language sql immutable parallel safe
as $$ select pg_double.valid_json(text, null_if_invalid) #>> path $$;

create or replace function pg_catalog.json_extract_path_text(text text, variadic path text[]) returns text
language sql immutable parallel safe return pg_double.json_at(text, path, false);
create or replace function pg_catalog.json_extract_path_text(text text, p1 text, null_if_invalid boolean) returns text
language sql immutable parallel safe return pg_double.json_at(text, array[p1], null_if_invalid);
create or replace function pg_catalog.json_extract_path_text(text text, p1 text, p2 text, null_if_invalid boolean)
returns text
language sql immutable parallel safe return pg_double.json_at(text, array[p1, p2], null_if_invalid);
create or replace function pg_catalog.json_extract_path_text(text text, p1 text, p2 text, p3 text, null_if_invalid boolean)
returns text
language sql immutable parallel safe return pg_double.json_at(text, array[p1, p2, p3], null_if_invalid);
create or replace function pg_catalog.json_extract_path_text(text text, p1 text, p2 text, p3 text, p4 text,
    null_if_invalid boolean) returns text
language sql immutable parallel safe return pg_double.json_at(text, array[p1, p2, p3, p4], null_if_invalid);
create or replace function pg_catalog.json_extract_path_text(text text, p1 text, p2 text, p3 text, p4 text, p5 text,
    null_if_invalid boolean) returns text
language sql immutable parallel safe return pg_double.json_at(text, array[p1, p2, p3, p4, p5], null_if_invalid);

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_ARRAY_ELEMENT_TEXT.html
create or replace function pg_catalog.json_extract_array_element_text(text text, "position" integer,
    null_if_invalid boolean default false) returns text
language sql immutable parallel safe
as $$ select case when json_typeof(pg_double.valid_json(text, null_if_invalid, 'array object')) = 'array' and "position" >= 0
    then pg_double.valid_json(text, null_if_invalid) ->> "position" end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_ARRAY_LENGTH.html
create or replace function pg_catalog.json_array_length(text text, null_if_invalid boolean default false) returns integer
language plpgsql immutable strict parallel safe
as $$
declare
    value json := pg_double.valid_json(text, null_if_invalid, 'array object');
begin
    if json_typeof(value) <> 'array' and not null_if_invalid then
        raise exception 'invalid json array object %', text using errcode = 'XX000';
    end if;
    return case when json_typeof(value) = 'array' then pg_catalog.json_array_length(value) end;
end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_PARSE.html
create or replace function pg_catalog.json_parse(text text) returns super
language sql immutable strict parallel safe
as $$ select pg_double.valid_json(text, false)::jsonb $$;
create or replace function pg_catalog.json_parse(value varbyte) returns super
language sql immutable strict parallel safe
as $$ select pg_double.valid_json(convert_from(value, 'UTF8'), false)::jsonb $$;
-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_SERIALIZE.html
create or replace function pg_catalog.json_serialize(value jsonb) returns varchar
language sql immutable strict parallel safe
as $$ select pg_double.compact(value) $$;
create or replace function pg_catalog.json_serialize_to_varbyte(value jsonb) returns varbyte
language sql immutable strict parallel safe
as $$ select convert_to(pg_double.compact(value), 'UTF8') $$;

-- What is in a SUPER: https://docs.aws.amazon.com/redshift/latest/dg/c_Type_Info_Functions.html
create or replace function pg_catalog.json_typeof(value jsonb) returns varchar
language sql immutable strict parallel safe return jsonb_typeof(value);
create or replace function pg_catalog.json_size(value jsonb) returns integer
language sql immutable strict parallel safe return octet_length(pg_double.compact(value));
create or replace function pg_catalog.is_array(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'array', false);
create or replace function pg_catalog.is_object(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'object', false);
create or replace function pg_catalog.is_scalar(value jsonb) returns boolean
language sql immutable parallel safe
return coalesce(jsonb_typeof(value) in ('string', 'number', 'boolean'), false);
create or replace function pg_catalog.is_varchar(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'string', false);
create or replace function pg_catalog.is_char(value jsonb) returns boolean
language sql immutable parallel safe
return coalesce(jsonb_typeof(value) = 'string' and octet_length(value #>> '{}') = char_length(value #>> '{}'), false);
create or replace function pg_catalog.is_boolean(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'boolean', false);
-- A number of a SUPER, if it is whole and between these.
create or replace function pg_double.is_whole(value jsonb, lowest numeric, highest numeric) returns boolean
language sql immutable parallel safe
as $$ select coalesce(case when jsonb_typeof(value) = 'number'
    then (value #>> '{}')::numeric between lowest and highest and value #>> '{}' !~ '[.]' end, false) $$;
create or replace function pg_catalog.is_smallint(value jsonb) returns boolean
language sql immutable parallel safe return pg_double.is_whole(value, -32768, 32767);
create or replace function pg_catalog.is_integer(value jsonb) returns boolean
language sql immutable parallel safe return pg_double.is_whole(value, -2147483648, 2147483647);
create or replace function pg_catalog.is_bigint(value jsonb) returns boolean
language sql immutable parallel safe return pg_double.is_whole(value, -9223372036854775808, 9223372036854775807);
-- jsonb does not tell a DECIMAL from a FLOAT, so a number with a fraction is both.
create or replace function pg_catalog.is_decimal(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'number', false);
create or replace function pg_catalog.is_float(value jsonb) returns boolean
language sql immutable parallel safe return coalesce(jsonb_typeof(value) = 'number' and value #>> '{}' ~ '[.]', false);
create or replace function pg_catalog.decimal_precision(value jsonb) returns integer
language sql immutable strict parallel safe
as $$ select case when jsonb_typeof(value) = 'number'
    then greatest(char_length(ltrim(pg_catalog.regexp_replace(value #>> '{}', '[-.]', '', 'g'), '0')), 1) end $$;
create or replace function pg_catalog.decimal_scale(value jsonb) returns integer
language sql immutable strict parallel safe
as $$ select case when jsonb_typeof(value) = 'number' then scale((value #>> '{}')::numeric) end $$;
create or replace function pg_catalog.size(value jsonb) returns integer
language sql immutable strict parallel safe return octet_length(pg_double.compact(value));

-- Arrays: https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html
create or replace function pg_double.array_or_error(value jsonb, name text) returns jsonb
language plpgsql immutable strict parallel safe
as $$
begin
    if jsonb_typeof(value) <> 'array' then
        raise exception 'Invalid input: % expects an array, not %', name, jsonb_typeof(value) using errcode = '22023';
    end if;
    return value;
end $$;
create or replace function pg_catalog.get_array_length(value jsonb) returns integer
language sql immutable strict parallel safe
as $$ select jsonb_array_length(pg_double.array_or_error(value, 'GET_ARRAY_LENGTH')) $$;
create or replace function pg_catalog.array_concat(one jsonb, other jsonb) returns super
language sql immutable strict parallel safe
as $$ select pg_double.array_or_error(one, 'ARRAY_CONCAT') || pg_double.array_or_error(other, 'ARRAY_CONCAT') $$;
create or replace function pg_catalog.array_flatten(value jsonb) returns super
language sql immutable strict parallel safe
as $$
    with recursive flat(item, place) as (
        select e.item, array[e.place]
        from jsonb_array_elements(pg_double.array_or_error(value, 'ARRAY_FLATTEN')) with ordinality e(item, place)
        union all
        select e.item, f.place || e.place
        from flat f cross join lateral jsonb_array_elements(case jsonb_typeof(f.item) when 'array' then f.item else '[]' end)
            with ordinality e(item, place)
    )
    select coalesce(jsonb_agg(item order by place) filter (where jsonb_typeof(item) <> 'array'), '[]') from flat
$$;
create or replace function pg_catalog.subarray(value jsonb, start integer, length integer) returns super
language sql immutable strict parallel safe
as $$
    select coalesce(jsonb_agg(e.item order by e.place), '[]')
    from jsonb_array_elements(pg_double.array_or_error(value, 'SUBARRAY')) with ordinality e(item, place)
    where e.place > case when start < 0 then jsonb_array_length(value) + start else start end
        and e.place <= case when start < 0 then jsonb_array_length(value) + start else start end + length
$$;
create or replace function pg_catalog.split_to_array(text text, delimiter text default ',') returns super
language sql immutable strict parallel safe
as $$ select to_jsonb(string_to_array(text, delimiter)) $$;
create or replace function pg_double.with_names(value jsonb, upper boolean) returns jsonb
language plpgsql immutable strict parallel safe
as $$
begin
    return case jsonb_typeof(value)
        when 'object' then (select coalesce(jsonb_object_agg(case when upper then upper(m.key) else lower(m.key) end,
            pg_double.with_names(m.value, upper)), '{}') from jsonb_each(value) m)
        when 'array' then (select coalesce(jsonb_agg(pg_double.with_names(e.item, upper) order by e.place), '[]')
            from jsonb_array_elements(value) with ordinality e(item, place))
        else value end;
end $$;
create or replace function pg_catalog.lower_attribute_names(value jsonb) returns super
language sql immutable strict parallel safe return pg_double.with_names(value, false);
create or replace function pg_catalog.upper_attribute_names(value jsonb) returns super
language sql immutable strict parallel safe return pg_double.with_names(value, true);

-- Iteration, as the translator writes it: `from t, t.orders o`, `t.orders as o at i`, `unpivot t.attributes as v at k`.
create or replace function pg_catalog.redshift_elements(value jsonb) returns setof super
language sql immutable strict parallel safe rows 10
as $$ select e.item::super from jsonb_array_elements(case jsonb_typeof(value) when 'array' then value
    else jsonb_build_array(value) end) e(item) $$;
create or replace function pg_catalog.redshift_elements_at(value jsonb)
returns table (element super, "position" bigint)
language sql immutable strict parallel safe rows 10
as $$ select e.item::super, e.place - 1 from jsonb_array_elements(case jsonb_typeof(value) when 'array' then value
    else jsonb_build_array(value) end) with ordinality e(item, place) $$;
create or replace function pg_catalog.redshift_attributes(value jsonb) returns table (value super, attribute varchar)
language sql immutable strict parallel safe rows 10
as $$ select e.value::super, e.key::varchar
    from jsonb_each(case jsonb_typeof($1) when 'object' then $1 else '{}' end) e $$;

-- Dynamic comparison: values of different types are neither equal nor ordered:
-- https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
create or replace function pg_double.number_of(value jsonb) returns numeric
language sql immutable strict parallel safe
as $$ select case when jsonb_typeof(value) = 'number' then (value #>> '{}')::numeric end $$;
create or replace function pg_double.string_of(value jsonb) returns text
language sql immutable strict parallel safe
as $$ select case when jsonb_typeof(value) = 'string' then value #>> '{}' end $$;

create or replace function pg_double.super_eq(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) = other;
create or replace function pg_double.super_eq(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one = pg_double.number_of(other);
create operator pg_catalog.= (leftarg = jsonb, rightarg = numeric, function = pg_double.super_eq,
    commutator = operator(pg_catalog.=));
create operator pg_catalog.= (leftarg = numeric, rightarg = jsonb, function = pg_double.super_eq,
    commutator = operator(pg_catalog.=));

create or replace function pg_double.super_ne(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) <> other;
create or replace function pg_double.super_ne(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one <> pg_double.number_of(other);
create operator pg_catalog.<> (leftarg = jsonb, rightarg = numeric, function = pg_double.super_ne,
    commutator = operator(pg_catalog.<>));
create operator pg_catalog.<> (leftarg = numeric, rightarg = jsonb, function = pg_double.super_ne,
    commutator = operator(pg_catalog.<>));

create or replace function pg_double.super_lt(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) < other;
create or replace function pg_double.super_lt(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one < pg_double.number_of(other);
create operator pg_catalog.< (leftarg = jsonb, rightarg = numeric, function = pg_double.super_lt,
    commutator = operator(pg_catalog.>));
create operator pg_catalog.< (leftarg = numeric, rightarg = jsonb, function = pg_double.super_lt,
    commutator = operator(pg_catalog.>));

create or replace function pg_double.super_le(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) <= other;
create or replace function pg_double.super_le(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one <= pg_double.number_of(other);
create operator pg_catalog.<= (leftarg = jsonb, rightarg = numeric, function = pg_double.super_le,
    commutator = operator(pg_catalog.>=));
create operator pg_catalog.<= (leftarg = numeric, rightarg = jsonb, function = pg_double.super_le,
    commutator = operator(pg_catalog.>=));

create or replace function pg_double.super_gt(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) > other;
create or replace function pg_double.super_gt(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one > pg_double.number_of(other);
create operator pg_catalog.> (leftarg = jsonb, rightarg = numeric, function = pg_double.super_gt,
    commutator = operator(pg_catalog.<));
create operator pg_catalog.> (leftarg = numeric, rightarg = jsonb, function = pg_double.super_gt,
    commutator = operator(pg_catalog.<));

create or replace function pg_double.super_ge(one jsonb, other numeric) returns boolean
language sql immutable strict parallel safe return pg_double.number_of(one) >= other;
create or replace function pg_double.super_ge(one numeric, other jsonb) returns boolean
language sql immutable strict parallel safe return one >= pg_double.number_of(other);
create operator pg_catalog.>= (leftarg = jsonb, rightarg = numeric, function = pg_double.super_ge,
    commutator = operator(pg_catalog.<=));
create operator pg_catalog.>= (leftarg = numeric, rightarg = jsonb, function = pg_double.super_ge,
    commutator = operator(pg_catalog.<=));

create or replace function pg_double.super_eq(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) = other;
create or replace function pg_double.super_eq(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one = pg_double.string_of(other);
create operator pg_catalog.= (leftarg = jsonb, rightarg = text, function = pg_double.super_eq,
    commutator = operator(pg_catalog.=));
create operator pg_catalog.= (leftarg = text, rightarg = jsonb, function = pg_double.super_eq,
    commutator = operator(pg_catalog.=));

create or replace function pg_double.super_ne(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) <> other;
create or replace function pg_double.super_ne(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one <> pg_double.string_of(other);
create operator pg_catalog.<> (leftarg = jsonb, rightarg = text, function = pg_double.super_ne,
    commutator = operator(pg_catalog.<>));
create operator pg_catalog.<> (leftarg = text, rightarg = jsonb, function = pg_double.super_ne,
    commutator = operator(pg_catalog.<>));

create or replace function pg_double.super_lt(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) < other;
create or replace function pg_double.super_lt(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one < pg_double.string_of(other);
create operator pg_catalog.< (leftarg = jsonb, rightarg = text, function = pg_double.super_lt,
    commutator = operator(pg_catalog.>));
create operator pg_catalog.< (leftarg = text, rightarg = jsonb, function = pg_double.super_lt,
    commutator = operator(pg_catalog.>));

create or replace function pg_double.super_le(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) <= other;
create or replace function pg_double.super_le(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one <= pg_double.string_of(other);
create operator pg_catalog.<= (leftarg = jsonb, rightarg = text, function = pg_double.super_le,
    commutator = operator(pg_catalog.>=));
create operator pg_catalog.<= (leftarg = text, rightarg = jsonb, function = pg_double.super_le,
    commutator = operator(pg_catalog.>=));

create or replace function pg_double.super_gt(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) > other;
create or replace function pg_double.super_gt(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one > pg_double.string_of(other);
create operator pg_catalog.> (leftarg = jsonb, rightarg = text, function = pg_double.super_gt,
    commutator = operator(pg_catalog.<));
create operator pg_catalog.> (leftarg = text, rightarg = jsonb, function = pg_double.super_gt,
    commutator = operator(pg_catalog.<));

create or replace function pg_double.super_ge(one jsonb, other text) returns boolean
language sql immutable strict parallel safe return pg_double.string_of(one) >= other;
create or replace function pg_double.super_ge(one text, other jsonb) returns boolean
language sql immutable strict parallel safe return one >= pg_double.string_of(other);
create operator pg_catalog.>= (leftarg = jsonb, rightarg = text, function = pg_double.super_ge,
    commutator = operator(pg_catalog.<=));
create operator pg_catalog.>= (leftarg = text, rightarg = jsonb, function = pg_double.super_ge,
    commutator = operator(pg_catalog.<=));

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
