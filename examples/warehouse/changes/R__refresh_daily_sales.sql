create or replace procedure sales.refresh_daily_sales(first_day in date, last_day in date)
as $$
declare
    days integer;
begin
    if last_day < first_day then
        raise exception 'last day % is before first day %', last_day, first_day;
    end if;
    create temp table fresh_sales
    distkey (day)
    as
    select ordered_at::date as day, count(*) as orders, sum(total) as revenue
    from sales.orders
    where ordered_at >= first_day and ordered_at < dateadd(day, 1, last_day)
    group by 1;
    delete from sales.daily_sales where day between first_day and last_day;
    insert into sales.daily_sales (day, orders, revenue, refreshed_at)
    select day, orders, revenue, getdate() from fresh_sales;
    select count(*) into days from fresh_sales;
    drop table fresh_sales;
    raise info '% days refreshed', days;
end;
$$ language plpgsql;
