delete from sales.orders;

delete from sales.customers;
