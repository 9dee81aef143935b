{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='delete+insert') }}
select order_id, getdate() as seen_at from {{ ref('orders') }}
