-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion: dates and numbers become VARCHAR
-- where one is wanted
select substring(timestamp '2008-01-24 06:43:29', 6, 2), substring(timestamp '2008-01-24 06:43:29' from 6 for 2);
--> 01 | 01
select timestamp '2008-09-01 10:00:00' like '2008-09%', trim(date '2008-09-01'), position('.' in 4.50), left(12345, 2);
--> t | 2008-09-01 | 2 | 12
select 'days: ' || 30, 30 || ' days', 'at ' || timestamp '2008-01-01 00:00:00', 1.5 || '%', concat('a', 1), concat(1, 2);
--> days: 30 | 30 days | at 2008-01-01 00:00:00 | 1.5% | a1 | 12
select 'CONNECTION LIMIT '::text + 5;
--> CONNECTION LIMIT 5
-- what was one before stays so
select 1 + '2', date '2008-01-01' = '2008-01-01', 3 = '3'::varchar, 'a' || 'b', null || 'a';
--> 3 | t | t | ab | NULL
select 10 in ('10', '11'), len(12345), round(2.456, 1), to_char(5, '009'), regexp_replace(123, '2', 'x');
--> t | 5 | 2.5 |  005 | 1x3
create table prices (id integer, price numeric(8, 2), sold date);
insert into prices values (1, '2.50', '2008-01-02'), ('2', 3, date '2008-01-03');
select id || ':' || price || ':' || sold from prices where sold like '2008%' and price in (2.5, '3') order by id;
--> 1:2.50:2008-01-02
--> 2:3.00:2008-01-03
-- a number is days
select timestamp '2008-01-31 10:00:00' + 1, date '2008-03-01' - 1::bigint, timestamp '2008-01-31 10:00:00' - 31;
--> 2008-02-01 10:00:00 | 2008-02-29 | 2007-12-31 10:00:00

-- https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_OPERATORS.html
select from_varbyte(~'a'::varbyte, 'binary'), from_varbyte('a'::varbyte & 'b'::varbyte, 'binary');
--> 10011110 | 01100000
select to_hex('a'::varbyte | 'b'::varbyte), to_hex('a'::varbyte # 'b'::varbyte), from_varbyte('a'::varbyte + 'b'::varbyte, 'utf8');
--> 63 | 03 | ab
select to_varbyte('01100001', 'binary') = 'a'::varbyte;
--> t

-- https://docs.aws.amazon.com/redshift/latest/dg/r_COLLATE.html
select collate('John', 'case_insensitive') = 'john', collate('John', 'case_sensitive') = 'john';
--> t | f

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TRY_CAST.html
select try_cast('10' as integer), try_cast('ten' as integer), try_cast('2024-02-30' as date), try_cast(100000 as smallint), try_cast(1.6 as integer);
--> 10 | NULL | NULL | NULL | 2
select try_cast(json_parse('7') as integer), try_cast(json_parse('"x"') as integer), try_cast(null as integer) is null;
--> 7 | NULL | t

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CONNECT_BY_clause.html
create table employee (id int, name varchar(20), manager_id int);
insert into employee values (100, 'Carlos', null), (101, 'John', 100), (102, 'Jorge', 101), (103, 'Kwaku', 101),
    (110, 'Liu', 101), (106, 'Mateo', 102), (110, 'Nikki', 103), (104, 'Paulo', 103), (105, 'Richard', 103),
    (120, 'Saanvi', 104), (200, 'Shirley', 104), (201, 'Sofía', 102), (205, 'Zhang', 104);
select name, level from employee where level < 3 start with name = 'John' connect by prior id = manager_id order by 2, 1;
--> John | 1
--> Jorge | 2
--> Kwaku | 2
--> Liu | 2
select count(*) from employee e connect by manager_id = prior e.id and level <= 3 start with e.name = 'John';
--> 9
select * from employee start with id = 102 connect by prior id = manager_id order by id;
--> 102 | Jorge | 101
--> 106 | Mateo | 102
--> 201 | Sofía | 102
