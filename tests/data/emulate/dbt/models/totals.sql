{{ config(materialized='table', dist='all', sort_type='interleaved', sort=['customer_id']) }}
select c.customer_id, c.name, sum(o.amount) as total, listagg(o.order_id, ',') within group (order by o.order_id) as orders,
  json_parse('{"source": "dbt"}') as details
from {{ ref('customers') }} c left join {{ ref('orders') }} o using (customer_id) group by 1, 2
