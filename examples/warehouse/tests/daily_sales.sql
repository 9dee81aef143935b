-- setup:
call sales.refresh_daily_sales('2026-01-01', '2026-02-28');

-- test: days are summed up
select day, orders, revenue from sales.daily_sales where day < '2026-01-10' order by day;
-- expect:
--   2026-01-03 | 2 | 180.50
--   2026-01-05 | 1 | 99.99

-- test: a second refresh changes nothing
call sales.refresh_daily_sales('2026-01-01', '2026-02-28');
select count(*), sum(orders), sum(revenue) from sales.daily_sales;
-- expect:
--   11 | 12 | 2701.74

-- test: days in the wrong order are refused
call sales.refresh_daily_sales('2026-02-01', '2026-01-01');
-- expect error: last day 2026-01-01 is before first day 2026-02-01
