{% snapshot customers_over_time %}
{{ config(target_schema='shop', unique_key='id', strategy='check', check_cols=['name', 'joined_on']) }}
select * from {{ ref('raw_customers') }}
{% endsnapshot %}
