-- Hash functions, and VARBYTE.

-- https://docs.aws.amazon.com/redshift/latest/dg/SHA1.html. PostgreSQL has no SHA-1 without an extension. FIPS 180-4,
-- section 6.1; words of 32 bits stand in bigint.
create or replace function pg_double.sha1(message bytea) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    mask constant bigint := 4294967295;
    padded bytea := message || '\x80'::bytea;
    words bigint[];
    state bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    a bigint; b bigint; c bigint; d bigint; e bigint;
    mixed bigint; constant_word bigint; fresh bigint; word bigint;
begin
    padded := padded || decode(repeat('00', (119 - length(message) % 64) % 64), 'hex')
        || int8send(length(message)::bigint * 8);
    for block in 0..length(padded) / 64 - 1 loop
        words := array[]::bigint[];
        for i in 0..15 loop
            word := block * 64 + i * 4;
            words[i] := (get_byte(padded, word::integer)::bigint << 24) | (get_byte(padded, word::integer + 1) << 16)
                | (get_byte(padded, word::integer + 2) << 8) | get_byte(padded, word::integer + 3);
        end loop;
        for i in 16..79 loop
            word := words[i - 3] # words[i - 8] # words[i - 14] # words[i - 16];
            words[i] := ((word << 1) & mask) | (word >> 31);
        end loop;
        a := state[1]; b := state[2]; c := state[3]; d := state[4]; e := state[5];
        for i in 0..79 loop
            if i < 20 then
                mixed := (b & c) | ((b # mask) & d);
                constant_word := 1518500249;
            elsif i < 40 then
                mixed := b # c # d;
                constant_word := 1859775393;
            elsif i < 60 then
                mixed := (b & c) | (b & d) | (c & d);
                constant_word := 2400959708;
            else
                mixed := b # c # d;
                constant_word := 3395469782;
            end if;
            fresh := ((((a << 5) & mask) | (a >> 27)) + mixed + e + constant_word + words[i]) & mask;
            e := d;
            d := c;
            c := ((b << 30) & mask) | (b >> 2);
            b := a;
            a := fresh;
        end loop;
        state := array[(state[1] + a) & mask, (state[2] + b) & mask, (state[3] + c) & mask, (state[4] + d) & mask,
            (state[5] + e) & mask];
    end loop;
    return (select string_agg(lpad(to_hex(s.word), 8, '0'), '' order by s.place)
        from unnest(state) with ordinality s(word, place));
end $$;
create or replace function pg_catalog.sha1(text text) returns varchar
language sql immutable parallel safe return pg_double.sha1(convert_to(text, 'UTF8'));
create or replace function pg_catalog.sha(text text) returns varchar
language sql immutable parallel safe return pg_double.sha1(convert_to(text, 'UTF8'));
create or replace function pg_catalog.func_sha1(text text) returns varchar
language sql immutable parallel safe return pg_double.sha1(convert_to(text, 'UTF8'));
create or replace function pg_catalog.sha1(value varbyte) returns varchar
language sql immutable parallel safe return pg_double.sha1(value);

-- https://docs.aws.amazon.com/redshift/latest/dg/SHA2.html
create or replace function pg_double.sha2(message bytea, bits integer) returns text
language plpgsql immutable strict parallel safe
as $$
begin
    case bits
        when 224 then return encode(sha224(message), 'hex');
        when 0 then return encode(sha256(message), 'hex');
        when 256 then return encode(sha256(message), 'hex');
        when 384 then return encode(sha384(message), 'hex');
        when 512 then return encode(sha512(message), 'hex');
        else raise exception 'SHA2 does not support % bits: 0, 224, 256, 384 or 512', bits using errcode = '22023';
    end case;
end $$;
create or replace function pg_catalog.sha2(text text, bits integer) returns varchar
language sql immutable parallel safe return pg_double.sha2(convert_to(text, 'UTF8'), bits);
create or replace function pg_catalog.sha2(value varbyte, bits integer) returns varchar
language sql immutable parallel safe return pg_double.sha2(value, bits);

-- https://docs.aws.amazon.com/redshift/latest/dg/crc32-function.html
create or replace function pg_catalog.crc32(text text) returns varchar
language plpgsql immutable strict parallel safe
as $$
declare
    message bytea := convert_to(text, 'UTF8');
    remainder bigint := 4294967295;
begin
    for i in 0..length(message) - 1 loop
        remainder := remainder # get_byte(message, i);
        for bit in 1..8 loop
            remainder := case when remainder & 1 = 1 then (remainder >> 1) # 3988292384 else remainder >> 1 end;
        end loop;
    end loop;
    return lpad(to_hex(remainder # 4294967295), 8, '0');
end $$;

-- 64-bit FNV-1a of the value's bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_FNV_HASH.html. The prime is
-- 2^40 + 435; both halves are kept apart so that nothing overflows.
create or replace function pg_double.fnv_hash(message bytea, seed bigint) returns bigint
language plpgsql immutable strict parallel safe
as $$
declare
    mask constant bigint := 4294967295;
    high bigint := (seed >> 32) & mask;
    low bigint := seed & mask;
    product bigint;
begin
    for i in 0..length(message) - 1 loop
        low := low # get_byte(message, i);
        product := low * 435;
        high := (high * 435 + (product >> 32) + (low << 8)) & mask;
        low := product & mask;
    end loop;
    return (high << 32) | low;
end $$;

-- The bytes of a number, the lowest first.
create or replace function pg_double.reversed(message bytea) returns bytea
language sql immutable strict parallel safe
as $$ select coalesce(string_agg(substr(message, place, 1), ''::bytea order by place desc), ''::bytea)
    from generate_series(1, length(message)) place $$;

create or replace function pg_catalog.fnv_hash(text text, seed bigint default -3750763034362895579) returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(convert_to(text, 'UTF8'), seed);
create or replace function pg_catalog.fnv_hash(value varbyte, seed bigint default -3750763034362895579) returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(value, seed);
create or replace function pg_catalog.fnv_hash(value smallint, seed bigint default -3750763034362895579) returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(pg_double.reversed(int2send(value)), seed);
create or replace function pg_catalog.fnv_hash(value integer, seed bigint default -3750763034362895579) returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(pg_double.reversed(int4send(value)), seed);
create or replace function pg_catalog.fnv_hash(value bigint, seed bigint default -3750763034362895579) returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(pg_double.reversed(int8send(value)), seed);
create or replace function pg_catalog.fnv_hash(value double precision, seed bigint default -3750763034362895579)
returns bigint
language sql immutable parallel safe return pg_double.fnv_hash(pg_double.reversed(float8send(value)), seed);

-- VARBYTE: https://docs.aws.amazon.com/redshift/latest/dg/varbyte-functions.html
create or replace function pg_catalog.to_varbyte(text text, format text) returns varbyte
language plpgsql immutable strict parallel safe
as $$
begin
    case lower(format)
        when 'hex' then return decode(text, 'hex');
        when 'base64' then return decode(text, 'base64');
        when 'utf8' then return convert_to(text, 'UTF8');
        when 'utf-8' then return convert_to(text, 'UTF8');
        when 'binary' then return (select decode(coalesce(string_agg(lpad(to_hex(substr(text, place, 8)::bit(8)::integer), 2, '0'),
            '' order by place), ''), 'hex') from generate_series(1, char_length(text), 8) place);
        else raise exception 'Invalid format "%": hex, binary, base64, utf8 or utf-8', format using errcode = '22023';
    end case;
end $$;
create or replace function pg_catalog.from_varbyte(value varbyte, format text) returns varchar
language plpgsql immutable strict parallel safe
as $$
begin
    case lower(format)
        when 'hex' then return encode(value, 'hex');
        when 'base64' then return translate(encode(value, 'base64'), E'\n', '');
        when 'utf8' then return convert_from(value, 'UTF8');
        when 'utf-8' then return convert_from(value, 'UTF8');
        when 'binary' then return (select coalesce(string_agg(get_byte(value, place)::bit(8)::text, '' order by place), '')
            from generate_series(0, length(value) - 1) place);
        else raise exception 'Invalid format "%": hex, binary, base64, utf8 or utf-8', format using errcode = '22023';
    end case;
end $$;
create or replace function pg_catalog.from_hex(text text) returns varbyte
language sql immutable parallel safe return decode(text, 'hex');
create or replace function pg_catalog.to_hex(value varbyte) returns varchar
language sql immutable parallel safe return encode(value, 'hex');
-- Bit 0 is the lowest: https://docs.aws.amazon.com/redshift/latest/dg/r_GETBIT.html
create or replace function pg_catalog.getbit(value varbyte, "position" integer) returns integer
language sql immutable parallel safe
return (get_byte(value, octet_length(value) - 1 - "position" / 8) >> ("position" % 8)) & 1;

-- A VARCHAR cast to VARBYTE is its bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html
create or replace function pg_double.to_bytes(text text) returns bytea
language sql immutable strict parallel safe return convert_to(text, 'UTF8');
create or replace function pg_double.to_bytes(text varchar) returns bytea
language sql immutable strict parallel safe return convert_to(text, 'UTF8');

delete from pg_catalog.pg_cast where oid between 9920 and 9939;
insert into pg_catalog.pg_cast (oid, castsource, casttarget, castfunc, castcontext, castmethod) values
    (9920, 'text'::regtype, 'bytea'::regtype, 'pg_double.to_bytes(text)'::regprocedure, 'a', 'f'),
    (9921, 'varchar'::regtype, 'bytea'::regtype, 'pg_double.to_bytes(varchar)'::regprocedure, 'a', 'f');
