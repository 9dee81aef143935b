select cast(a as varchar), a::varchar, a::nvarchar(5), a::decimal, cast(a as numeric(10, 2)), a::text, a::varchar(max), try_convert from t;
select convert(varchar(10), a), convert(integer, a + 1), convert(decimal, nvl(a, 0)) from t;
select try_cast(a as int) from t;
select a::varbyte(10), cast(a as varbinary), a::bpchar, a::datetime, b::character varying from t;
create table t (window int, "array" int, returning varchar(3) default 'a' || 'b' not null encode lzo, amount decimal, at datetime, raw binary varying(12));
create table t (name varchar(20) collate case_insensitive, code varchar(5) collate case_sensitive);
create table t (id int identity not null, n int default null encode raw);
