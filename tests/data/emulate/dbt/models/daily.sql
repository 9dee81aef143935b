{{ config(materialized='materialized_view', auto_refresh=False, dist='even') }}
select date_trunc('day', ordered_at) as day, sum(amount) as amount from {{ ref('orders') }} group by 1
