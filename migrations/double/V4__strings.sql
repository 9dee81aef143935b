-- Functions of strings.

-- Characters, not bytes; blanks at the end of a CHAR do not count: https://docs.aws.amazon.com/redshift/latest/dg/r_LEN.html
create or replace function pg_catalog.len(text text) returns integer
language sql immutable parallel safe return char_length(text);
create or replace function pg_catalog.len(value varbyte) returns integer
language sql immutable parallel safe return octet_length(value);
create or replace function pg_catalog.textlen(text text) returns integer
language sql immutable parallel safe return char_length(text);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CHARINDEX.html
create or replace function pg_catalog.charindex(part text, text text) returns integer
language sql immutable parallel safe return strpos(text, part);

-- The place in bytes, 0 if there is none: https://docs.aws.amazon.com/redshift/latest/dg/OCTETINDEX.html
create or replace function pg_catalog.octetindex(part text, text text) returns integer
language sql immutable parallel safe return position(convert_to(part, 'UTF8') in convert_to(text, 'UTF8'));

-- https://docs.aws.amazon.com/redshift/latest/dg/r_REPLICATE.html
create or replace function pg_catalog.replicate(text text, times integer) returns text
language sql immutable parallel safe return repeat(text, times);

-- NULL if either is NULL, where PostgreSQL's leaves NULL out: https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html
create or replace function pg_catalog.concat(one text, other text) returns text
language sql immutable parallel safe return one || other;

-- `+` of strings is their concatenation.
create operator pg_catalog.+ (leftarg = text, rightarg = text, function = textcat);

-- -1, 0 or 1 without blanks at the end: https://docs.aws.amazon.com/redshift/latest/dg/r_BPCHARCMP.html
create or replace function pg_catalog.bpcharcmp(one text, other text) returns integer
language sql immutable parallel safe
as $$ select case when rtrim(one, ' ') < rtrim(other, ' ') then -1 when rtrim(one, ' ') > rtrim(other, ' ') then 1
    when rtrim(one, ' ') = rtrim(other, ' ') then 0 end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STRTOL.html
create or replace function pg_catalog.strtol(number text, base integer) returns bigint
language plpgsql immutable strict parallel safe
as $$
declare
    sign integer := case when left(trim(number), 1) = '-' then -1 else 1 end;
    digits text := lower(regexp_replace(trim(number), '^[+-]', ''));
    value numeric := 0;
    digit integer;
begin
    if base not between 2 and 36 then
        raise exception 'Invalid base %: it must be between 2 and 36', base using errcode = '22023';
    end if;
    if base = 16 then
        digits := regexp_replace(digits, '^0x', '');
    end if;
    for place in 1..char_length(digits) loop
        digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substr(digits, place, 1)) - 1;
        if digit not between 0 and base - 1 then
            raise exception 'The input % is not valid to be converted to base %', number, base using errcode = '22023';
        end if;
        value := value * base + digit;
    end loop;
    return sign * value;
end $$;

-- A sign may stand behind the number: https://docs.aws.amazon.com/redshift/latest/dg/r_TEXT_TO_INT_ALT.html
create or replace function pg_double.leading_sign(number text) returns text
language sql immutable parallel safe return regexp_replace(trim(number), '^(.*\d)\s*([+-])$', '\2\1');
create or replace function pg_catalog.text_to_int_alt(number text) returns integer
language sql immutable parallel safe return round(pg_double.leading_sign(number)::numeric)::integer;
create or replace function pg_catalog.text_to_int_alt(number text, format text) returns integer
language sql stable parallel safe return to_number(number, format)::integer;
create or replace function pg_catalog.text_to_numeric_alt(number text) returns numeric
language sql immutable parallel safe return pg_double.leading_sign(number)::numeric;
create or replace function pg_catalog.text_to_numeric_alt(number text, format text) returns numeric
language sql stable parallel safe return to_number(number, format);

-- The first letter and three digits for the consonants after it: https://docs.aws.amazon.com/redshift/latest/dg/SOUNDEX.html
create or replace function pg_catalog.soundex(text text) returns varchar
language plpgsql immutable strict parallel safe
as $$
declare
    letters text := regexp_replace(upper(text), '[^A-Z]', '', 'g');
    code text := '';
    digit text;
    former text;
begin
    if letters = '' then
        return '';
    end if;
    for place in 1..char_length(letters) loop
        -- Vowels part equal digits, H and W do not.
        digit := translate(substr(letters, place, 1), 'BFPVCGJKQSXZDTLMNRAEIOUYHW', '11112222222233455600000099');
        if place = 1 then
            code := left(letters, 1);
            former := digit;
        elsif digit <> '9' then
            if digit <> '0' and digit <> former then
                code := code || digit;
            end if;
            former := digit;
        end if;
    end loop;
    return rpad(left(code, 4), 4, '0');
end $$;

-- How many of four places agree: https://docs.aws.amazon.com/redshift/latest/dg/DIFFERENCE.html
create or replace function pg_catalog.difference(one text, other text) returns integer
language sql immutable parallel safe
as $$ select count(*)::integer from generate_series(1, 4) place
    where substr(pg_catalog.soundex(one), place, 1) = substr(pg_catalog.soundex(other), place, 1)
    and one is not null and other is not null $$;

-- Regular expressions. PostgreSQL's also know what the parameter p (Perl's dialect) is mostly used for: \d, \w, \s,
-- (?=, (?!, (?<=, (?<! and lazy repetition.
create or replace function pg_double.regexp_flags(parameters text) returns text
language plpgsql immutable strict parallel safe
as $$
begin
    if parameters !~ '^[ceip]*$' then
        raise exception 'invalid option in regular expression parameters: %', parameters using errcode = '22023';
    end if;
    return translate(parameters, 'ep', '');
end $$;

-- All occurrences; https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_REPLACE.html
create or replace function pg_catalog.redshift_regexp_replace(source text, pattern text, replacement text default '',
    "position" integer default 1, parameters text default '') returns text
language sql immutable strict parallel safe
as $$
    select case when "position" > char_length(source) then source
        else pg_catalog.regexp_replace(source, pattern, pg_catalog.regexp_replace(replacement, '\$(\d)', '\\\1', 'g'),
            greatest("position", 1), 0, pg_double.regexp_flags(parameters)) end
$$;

-- Whether a pattern has a subexpression.
create or replace function pg_double.has_group(pattern text) returns boolean
language sql immutable strict parallel safe
as $$ select pg_catalog.regexp_replace(pattern, '\\.|\[\^?\]?[^]]*\]', '', 'g') ~ '\((?!\?)' $$;

-- An empty string if there is none; https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html
create or replace function pg_catalog.redshift_regexp_substr(source text, pattern text, "position" integer default 1,
    occurrence integer default 1, parameters text default '') returns text
language sql immutable strict parallel safe
as $$
    select case when "position" > char_length(source) then ''
        when occurrence < 1 or occurrence > char_length(source) then null
        else coalesce(pg_catalog.regexp_substr(source, pattern, greatest("position", 1), occurrence,
            pg_double.regexp_flags(parameters),
            case when strpos(parameters, 'e') > 0 and pg_double.has_group(pattern) then 1 else 0 end), '') end
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_COUNT.html
create or replace function pg_catalog.redshift_regexp_count(source text, pattern text, "position" integer default 1,
    parameters text default '') returns integer
language sql immutable strict parallel safe
as $$
    select case when "position" > char_length(source) then 0
        else pg_catalog.regexp_count(source, pattern, greatest("position", 1), pg_double.regexp_flags(parameters)) end
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_INSTR.html
create or replace function pg_catalog.redshift_regexp_instr(source text, pattern text, "position" integer default 1,
    occurrence integer default 1, "end" integer default 0, parameters text default '') returns integer
language sql immutable strict parallel safe
as $$
    select case when "position" > char_length(source) or occurrence < 1 or occurrence > char_length(source) then 0
        else pg_catalog.regexp_instr(source, pattern, greatest("position", 1), occurrence, "end",
            pg_double.regexp_flags(parameters),
            case when strpos(parameters, 'e') > 0 and pg_double.has_group(pattern) then 1 else 0 end) end
$$;

-- Numbers.
create or replace function pg_catalog.round(number double precision, digits integer) returns double precision
language sql immutable parallel safe return round(number::numeric, digits)::double precision;
create or replace function pg_catalog.trunc(number double precision, digits integer) returns double precision
language sql immutable parallel safe return trunc(number::numeric, digits)::double precision;
