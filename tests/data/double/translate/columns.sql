-- known: sales (id, region, amount, sold_at)
-- known: shop.region (id, name, secret)
-- known: #staged (id, payload)
select * exclude sold_at from sales;
select * exclude (region, sold_at) from sales where id > 3;
select s.*, r.name exclude sold_at from sales s join shop.region r on r.id = s.region;
select * exclude (secret) from sales join shop.region using (id);
select * exclude (secret) from sales natural join shop.region;
select *, upper(region) as region exclude region from sales;
select * exclude missing from sales;
select * exclude secret from nowhere.at_all;
with newest(number, place) as (select * exclude (amount, sold_at) from sales) select * exclude place from newest;
select * exclude b from (select * exclude sold_at from sales) as s(a, b);
select * exclude payload from #staged;
select * exclude x from generate_series(1, 3) as g(x);
select * from sales pivot (sum(amount) for region in ('north', 'south' as s)) order by 1;
select * from sales s pivot (count(*) as n for region in ('north')) as p;
select * from shop.region unpivot include nulls (value for kind in (name, secret as 'hidden')) u;
select * from (select * exclude secret from shop.region) unpivot (value for kind in (name));
create view v as select * exclude secret from shop.region;
create procedure p() as $$ begin insert into t select * exclude secret from shop.region; end $$ language plpgsql;
create procedure p() as $$ begin insert into t select * exclude secret from nowhere; end $$ language plpgsql;
select c.id, o exclude id from customers c, c.orders o;
select exclude, 1 as exclude from t;
create or replace view shop.late(a, "B") as (select x, y from shop.t) with no schema binding;
create view late as select s.id, nvl(s.name, 'it''s') as name, count(*) over () as "All" from shop.t s with no schema binding;
create view late as with a as (select 1) select * from a, shop.t with no schema binding;
create procedure p() as $$ begin create view late as select 1 as a from shop.t with no schema binding; end $$ language plpgsql;
