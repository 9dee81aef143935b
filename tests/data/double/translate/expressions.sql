select getdate(), sysdate, nvl(a, b, 'c'), nvl2(a, 'x', nvl(b, 'y')), len(name) from t;
insert into t values ('it\'s', 'tab\t', '\\', e'\n', 'plain', '\'), ('like', like '%\\_%');
select dateadd(day, 1, '2024-01-31'), dateadd('qtr', n + 1, dateadd(hour, -2, at)), date_add(month, 1, d) from t;
select datediff(day, a, getdate()), datediff(month, a, b), datediff(week, min(a), max(b)), datediff(minutes, a, b) from t;
select datediff(century, a, b) from t;
select date_part(dow, d), t.len, s.getdate(), `odd name` from t minus select 1;
create or replace view v_orders (select o_orderkey from orders);
create view v as select a::nvarchar from s.t with no schema binding;
update t set max = 1, x = (select max(y) from u);
