create table sales (id int, seller varchar(10), price numeric(8, 2), day date);
insert into sales values (1, 'ann', 10, '2024-01-01'), (2, 'bob', 20, '2024-01-02'), (3, 'ann', 40, '2024-01-03'), (4, null, null, null);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_MEDIAN.html: NULLs do not count
select median(price), median(id), median(day) from sales;
--> 20.00 | 2.5000000000000000 | 2024-01-02
select median(price) from sales where seller = 'ann';
--> 25.0000000000000000
select median(price) from sales where id > 3;
--> NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html
select listagg(seller, ', ') within group (order by id) from sales;
--> ann, bob, ann
select listagg(distinct seller, ';') within group (order by seller) from sales;
--> ann;bob
select listagg(id) within group (order by id desc) from sales;
--> 4321
select seller, listagg(id, '-') within group (order by id) from sales where seller is not null group by seller order by seller;
--> ann | 1-3
--> bob | 2
select listagg(repeat('x', 1000)) from generate_series(1, 100) n;
--> error XX000: Result size exceeds LISTAGG limit

-- https://docs.aws.amazon.com/redshift/latest/dg/r_WF_PERCENTILE_CONT.html
select id, percentile_cont(0.5) within group (order by price) over (partition by seller) from sales where price is not null order by id;
--> 1 | 25
--> 2 | 20
--> 3 | 25

-- an exact number of distinct values is what HLL estimates
select hll(seller) from sales;
--> 2
select any_value(seller) from sales where seller = 'ann';
--> ann

-- https://docs.aws.amazon.com/redshift/latest/dg/r_GROUP_BY_clause.html
create table grouped (region varchar(9), product varchar(9), amount integer);
insert into grouped values ('n', 'a', 1), ('n', 'a', 2), ('s', 'b', 4);
select region, sum(amount), product from grouped group by all order by 1;
--> n | 3 | a
--> s | 4 | b
select sum(amount), grouping_id(region) from grouped group by rollup(region) order by 1;
--> 3 | 0
--> 4 | 0
--> 7 | 1
