copy sales.customers
from 's3://acme-raw/customers/'
iam_role '${load_role}'
region 'eu-west-1'
format as csv
ignoreheader 1
null as 'NULL';

copy sales.orders (order_id, customer_id, status, total, ordered_at, shipped_at, comment)
from 's3://acme-raw/orders/2026-'
iam_role '${load_role}'
region 'eu-west-1'
delimiter '|'
gzip
escape
compupdate off;
