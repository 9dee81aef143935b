create or replace view sales.order_totals as
select
    c.customer_id,
    c.full_name,
    nvl(c.region, 'unknown') as region,
    count(o.order_id) as orders,
    nvl(sum(o.total), 0) as revenue,
    max(datediff(day, o.ordered_at, o.shipped_at)) as slowest_days
from sales.customers c
left join sales.orders o on o.customer_id = c.customer_id
group by c.customer_id, c.full_name, nvl(c.region, 'unknown');
