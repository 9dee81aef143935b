-- database: here
select * from there.public.orders o where o.id > 1;
select there.public.orders.id, "There".Public."Orders".amount + i.amount from there.public.orders, here.public.items i where there.public.orders.id = i.id;
create view seen as select id from there.public.orders where id in (select order_id from there.shop.items where there.public.orders.day = day);
select c.orders.id, o.id from customers c, c.orders o, c.orders.items i;
insert into mine select * from there.public.orders union all select * from elsewhere.public.orders;
select * exclude id from there.public.orders;
create table there.public.orders (id int);
select t.a, there.public.t.b from t, there.public.t where there.public.t.a = t.a;
drop schema if exists lent drop external database cascade;
select user, current_aws_account;
select * from (select region, amount from s) pivot (sum(amount) for region in ('x'));
grant select on there.public.orders to bob;
grant select on table here.public.orders to bob;
