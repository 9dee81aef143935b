create table sales.orders (
    order_key   bigint        identity(1, 1),
    order_id    integer       not null encode az64,
    customer_id integer       not null encode az64 distkey references sales.customers (customer_id),
    status      char(1)       not null encode bytedict,
    total       decimal(12,2) not null encode az64,
    ordered_at  timestamp     not null encode raw sortkey,
    shipped_at  timestamp     encode az64,
    comment     varchar(40)   encode lzo,
    unique (order_id)
);

create table sales.daily_sales (
    day          date          not null,
    orders       integer       not null,
    revenue      decimal(14,2) not null,
    refreshed_at timestamp     not null default sysdate
)
distkey (day)
compound sortkey (day);
