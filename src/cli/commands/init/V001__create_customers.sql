create table customers (
    customer_id integer not null,
    name varchar(100) not null,
    country char(2) encode zstd
)
distkey (customer_id)
sortkey (customer_id);

insert into customers values (1, 'Ada', 'GB'), (2, 'Grace', 'US'), (3, 'Hedy', 'AT');

-- vesto: rollback
drop table customers;
