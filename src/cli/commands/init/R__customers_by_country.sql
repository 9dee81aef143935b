create or replace view customers_by_country as
select country, count(*) as customers
from customers
group by country;
