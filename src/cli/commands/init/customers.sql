-- test: customers by country
select country, customers from customers_by_country order by country;
-- expect:
--   AT | 1
--   GB | 1
--   US | 1

-- test: nobody without a country
select * from customers where country is null;
-- expect: no rows
