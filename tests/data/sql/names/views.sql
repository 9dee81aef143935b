create or replace view mart.daily as
with orders as (select * from orders), big as (select * from orders where extract(day from placed) > 1)
select o.id, mart.tax(o.price), trim(both ' ' from c.name), o.a is distinct from c.b
from big o
join "Raw".Customers c using (id)
left join lateral mart.explode(o.id) e on true, raw.regions r, (select 1 from raw.inner_one) x, o.lines l
where exists (select 1 from raw.flags where id = o.id)
with no schema binding;
