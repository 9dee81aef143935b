select decode(a, 1, 'one', 2, 'two', 'many'), decode(a, b, 1, null, 2), decode(decode(a, 1, 2), 2, nvl2(b, c, d)) from t;
select nvl2(nvl(a, b), dateadd(month, -1, c), null) from t;
select date_part(weekday, a), date_part('y', a), date_trunc('mon', a), extract(dayofyear from a), extract(epoch from a) from t;
