create schema sales;

create table sales.customers (
    customer_id integer      not null encode az64,
    full_name   varchar(60)  not null encode zstd,
    region      varchar(12)  encode bytedict,
    signed_up   date         encode az64,
    notes       varchar(max) encode zstd,
    primary key (customer_id)
)
diststyle all
sortkey (customer_id);
