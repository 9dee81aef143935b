{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='merge', dist='customer_id', sort=['ordered_at', 'order_id'], on_schema_change='append_new_columns') }}
select id as order_id, customer_id, amount::numeric(12, 2) as amount, ordered_at from {{ ref('raw_orders') }}
{% if is_incremental() %} where ordered_at >= (select dateadd(day, -1, max(ordered_at)) from {{ this }}) {% endif %}
