select * from (select region, quarter, amount from sales) pivot (sum(amount) for quarter in ('Q1', 'Q2' as second));
select * from (select kind, amount from sales) as s pivot (count(*) as n, max(amount) as top for kind in (1, 2, null)) as p where p."1_n" > 0;
with source as (select id, jan, feb from plan) select * from source unpivot (amount for month in (jan, feb as 'February'));
select u.month from (select id, jan, feb from plan) unpivot include nulls (amount for month in (jan, feb)) as u;
select * from plan unpivot (amount for month in (jan, feb));
select pivot, unpivot from t;
