-- test: orders by status
select status, count(*) as orders, sum(total) as revenue
from sales.orders
group by status
order by status;
-- expect:
--   C | 2 | 140.00
--   N | 3 | 377.50
--   S | 7 | 2184.24

-- test: order ids are unique, which Redshift does not check
select order_id from sales.orders group by order_id having count(*) > 1;
-- expect: no rows

-- test: no orphans
select o.order_id
from sales.orders o
left join sales.customers c on c.customer_id = o.customer_id
where c.customer_id is null;
-- expect: no rows

-- test: escaped delimiters and line ends survive the load
select comment from sales.orders where order_id = 1005;
-- expect cell: left | right

-- test: phone orders are found by their mark
select order_id from sales.orders where channel = 'phone' order by order_id;
-- expect:
--   1003
--   1010

-- test: comments take eighty characters
update sales.orders set comment = repeat('x', 80) where order_id = 1001;
select length(comment) from sales.orders where order_id = 1001;
-- expect cell: 80

-- test: and no more
update sales.orders set comment = repeat('x', 81) where order_id = 1001;
-- expect error: value too long
