-- https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html: lengths are bytes
create table words (v varchar(4), c char(4), plain varchar);
insert into words (v) values ('français');
--> error 22001: value too long for type character varying(4)
insert into words (v) values ('ää');
insert into words (v) values ('äää');
--> error 22001: value too long for type character varying(4)
insert into words (v) values ('abcd    ');
select '>' || v || '<' from words order by 1;
--> >abcd<
--> >ää<
select 'français'::varchar(5), 'a€'::varchar(3), 'abcdef'::varchar(3);
--> fran | a | abc
update words set v = v || 'x';
--> error 22001: value too long for type character varying(4)
insert into words (c) values ('ab'), ('cd  ');
select c, len(c), octet_length(c), c = 'ab' from words where c is not null order by c;
--> ab   | 2 | 4 | t
--> cd   | 2 | 4 | f
insert into words (c) values ('é');
--> error 22021: Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9
insert into words (c) values ('abcde');
--> error 22001: value too long for type character(4)
create table copied as select v::varchar(3) as short from words where v is not null;
select "column", type from pg_table_def where tablename = 'copied';
--> short | character varying(3)
alter table words alter column v type varchar(6);
insert into words (v) values ('äää');

-- what the double has no values of
create table shapes (id int, g geometry, s hllsketch);
insert into shapes (id) values (1);
insert into shapes (g) values ('POINT(1 1)'::varchar);
--> error 0A000: a value of type GEOMETRY is not supported by the double
select checksum('x'::varchar);
--> error 0A000: CHECKSUM is not supported by the double

-- https://docs.aws.amazon.com/redshift/latest/dg/varbyte-functions.html
select to_varbyte('616263', 'hex'), from_varbyte('abc'::varbyte, 'hex'), from_hex('616263') = 'abc'::varbyte, to_hex('abc'::varbyte), from_varbyte(to_varbyte('YWJj', 'base64'), 'utf8');
--> \x616263 | 616263 | t | 616263 | abc
select getbit(from_hex('8a'), 0), getbit(from_hex('8a'), 1), getbit(from_hex('8a'), 7);
--> 0 | 1 | 1

-- https://docs.aws.amazon.com/redshift/latest/dg/limitations-super.html
select 5::bool, 5::super::bool, 5.0::super::bool, 0::super::bool;
--> t | t | t | f
select 5::decimal::bool;
--> error 42846: cannot cast type numeric to boolean
