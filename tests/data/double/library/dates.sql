-- https://docs.aws.amazon.com/redshift/latest/dg/r_DATEADD_function.html
select dateadd(month,18,'2008-02-28');
--> 2009-08-28 00:00:00
select dateadd(m,30,'2008-02-28');
--> 2008-02-28 00:30:00
select dateadd(hour, 8, time '13:24:55');
--> 21:24:55
select dateadd(hour, 12, time '13:24:55');
--> 01:24:55
select dateadd(hour, 2, timetz '13:24:55 PST');
--> 23:24:55+00
select dateadd(month,1,'2008-04-30');
--> 2008-05-30 00:00:00
select dateadd(month,12,'2016-02-29');
--> 2017-02-28 00:00:00
select dateadd(year, 1, '2016-02-29');
--> 2017-03-01 00:00:00
-- not documented: four years later there is a 29 February again, and other times of day stay
select dateadd(year, 4, timestamp '2016-02-29 12:00:00'), dateadd(year, -1, date '2016-02-29'), dateadd(quarter, -1, date '2024-05-31');
--> 2020-02-29 12:00:00 | 2015-03-01 00:00:00 | 2024-02-29 00:00:00
select dateadd(us, 1, timestamp '2020-01-01'), dateadd(ms, -1, timestamp '2020-01-01'), dateadd(w, 1, date '2020-01-01');
--> 2020-01-01 00:00:00.000001 | 2019-12-31 23:59:59.999 | 2020-01-08 00:00:00
select dateadd(day, null, date '2020-01-01'), dateadd(day, 1, null::date);
--> NULL | NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html
select datediff(week,'2009-01-01','2009-12-31');
--> 52
select datediff(hour, time '20:00:00', time '15:24:45'), datediff(hour, time '00:00:00.5550', time '15:24:45'), datediff(hour, time '00:58:00', time '15:24:45');
--> -5 | 15 | 15
select datediff(minute, time '20:00:00', time '21:00:00');
--> 60
select datediff(hours, timetz '20:00:00 PST', timetz '04:00:00+00'), datediff(hours, timetz '20:00:00 PST', timetz '00:00:00.5550+00'), datediff(hours, timetz '20:00:00 PST', timetz '05:58:00+00');
--> 0 | -4 | 1
select datediff(hours, timetz '20:00:00 PST', timetz '00:58:00 EST');
--> 1
-- the text of that page: boundaries count, not elapsed time
select datediff(year, '2008-12-31', '2009-01-01'), datediff(hour, '2009-01-01 8:30:00', '2009-01-01 10:00:00');
--> 1 | 2
select datediff(day, timestamp '2020-01-01 23:59:59', timestamp '2020-01-02'), datediff(month, date '2020-01-31', date '2019-12-01'), datediff(second, timestamp '2020-01-01 00:00:00.9', timestamp '2020-01-01 00:00:01.1');
--> 1 | -1 | 1
select datediff(minute, timestamp '1969-12-31 23:59:59', timestamp '1970-01-01'), datediff(qtr, '1998-07-01', date '2008-06-05'), datediff(millisecond, '2020-01-01', '2020-01-02');
--> 1 | 39 | 86400000

-- https://docs.aws.amazon.com/redshift/latest/dg/r_ADD_MONTHS.html
select add_months('2008-03-31',1), add_months('2008-04-30',1);
--> 2008-04-30 00:00:00 | 2008-05-31 00:00:00
select add_months('2008-01-15', -1), add_months(timestamp '2008-01-31 10:30:00', 1);
--> 2007-12-15 00:00:00 | 2008-02-29 10:30:00

-- https://docs.aws.amazon.com/redshift/latest/dg/r_MONTHS_BETWEEN_function.html
select months_between('1969-01-18', '1969-03-18');
--> -2
select round(months_between(timestamp '2008-12-25 15:00:00', timestamp '2008-01-21 19:30:00'), 2), round(months_between(timestamp '2008-12-01 19:30:00', timestamp '2008-01-03 15:00:00'), 2), round(months_between(timestamp '2008-12-07 14:00:00', timestamp '2008-01-16 19:30:00'), 2);
--> 11.12 | 10.94 | 10.7
select months_between('2014-09-30', '2014-08-31');
--> 1

-- https://docs.aws.amazon.com/redshift/latest/dg/r_NEXT_DAY.html
select next_day('2014-08-20','Tuesday'), next_day(date '2008-07-06', 'Monday'), next_day('2014-08-26', 'tu');
--> 2014-08-26 | 2008-07-07 | 2014-09-02
select next_day('2014-08-20','Lundi');
--> error 22023: Invalid day of week: Lundi

-- https://docs.aws.amazon.com/redshift/latest/dg/r_LAST_DAY.html
select last_day(date '2004-01-25'), last_day(timestamp '2024-02-01 10:00:00');
--> 2004-01-31 | 2024-02-29

-- https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html
select convert_timezone('PST', timestamp '2008-08-24 09:36:12'), convert_timezone('US/Pacific', timestamp '2008-08-24 09:36:12');
--> 2008-08-24 01:36:12 | 2008-08-24 02:36:12
select convert_timezone('EST', 'PST', '20080305 12:25:29');
--> 2008-03-05 09:25:29
select convert_timezone('America/New_York', '2013-02-01 08:00:00'), convert_timezone('America/New_York', '2013-06-01 08:00:00');
--> 2013-02-01 03:00:00 | 2013-06-01 04:00:00
select convert_timezone('GMT','NEWZONE +2','2014-05-17 12:00:00'), convert_timezone('GMT','NEWZONE-2:15','2014-05-17 12:00:00'), convert_timezone('GMT','America/Los_Angeles+2','2014-05-17 12:00:00'), convert_timezone('GMT','GMT+2','2014-05-17 12:00:00');
--> 2014-05-17 10:00:00 | 2014-05-17 14:15:00 | 2014-05-17 10:00:00 | 2014-05-17 10:00:00

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNC_date.html
select trunc(timestamp '2011-07-21 10:32:38.248109');
--> 2011-07-21

-- https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_TRUNC.html: of a date it makes a timestamp
select date_trunc('week', date '2020-04-30'), date_trunc('month', timestamp '2020-04-30 22:19:25');
--> 2020-04-27 00:00:00 | 2020-04-01 00:00:00

-- https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_CMP.html
select date_cmp('2008-01-01', '2008-01-04'), date_cmp('2008-01-05', '2008-01-04'), date_cmp('2008-01-04', '2008-01-04');
--> -1 | 1 | 0

select date_part_year(date '2008-03-01'), getdate() <= sysdate, trunc(getdate()) = current_date;
--> 2008 | t | t

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TO_DATE_function.html
select to_date('20010631', 'YYYYMMDD', false);
--> 2001-07-01
select to_date('20010631', 'YYYYMMDD', true);
--> error 22008: date/time field value out of range: "20010631"
