{{ config(materialized='view', bind=false) }}
select id as customer_id, nvl(name, 'nobody') as name, joined_on from {{ ref('raw_customers') }}
