-- Functions of dates and times.

-- A date part under its full name:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html
create or replace function pg_double.date_part_name(part text) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    name text := case lower(part)
        when 'mil' then 'millennium' when 'mils' then 'millennium' when 'millennia' then 'millennium'
        when 'millennium' then 'millennium'
        when 'c' then 'century' when 'cent' then 'century' when 'cents' then 'century' when 'century' then 'century'
        when 'centuries' then 'century'
        when 'dec' then 'decade' when 'decs' then 'decade' when 'decade' then 'decade' when 'decades' then 'decade'
        when 'y' then 'year' when 'yr' then 'year' when 'yrs' then 'year' when 'year' then 'year' when 'years' then 'year'
        when 'qtr' then 'quarter' when 'qtrs' then 'quarter' when 'quarter' then 'quarter' when 'quarters' then 'quarter'
        when 'mon' then 'month' when 'mons' then 'month' when 'month' then 'month' when 'months' then 'month'
        when 'w' then 'week' when 'week' then 'week' when 'weeks' then 'week'
        when 'd' then 'day' when 'day' then 'day' when 'days' then 'day'
        when 'h' then 'hour' when 'hr' then 'hour' when 'hrs' then 'hour' when 'hour' then 'hour' when 'hours' then 'hour'
        when 'm' then 'minute' when 'min' then 'minute' when 'mins' then 'minute' when 'minute' then 'minute'
        when 'minutes' then 'minute'
        when 's' then 'second' when 'sec' then 'second' when 'secs' then 'second' when 'second' then 'second'
        when 'seconds' then 'second'
        when 'ms' then 'millisecond' when 'msec' then 'millisecond' when 'msecs' then 'millisecond'
        when 'msecond' then 'millisecond' when 'mseconds' then 'millisecond' when 'millisec' then 'millisecond'
        when 'millisecs' then 'millisecond' when 'millisecon' then 'millisecond' when 'millisecond' then 'millisecond'
        when 'milliseconds' then 'millisecond'
        when 'us' then 'microsecond' when 'usec' then 'microsecond' when 'usecs' then 'microsecond'
        when 'usecond' then 'microsecond' when 'useconds' then 'microsecond' when 'microsec' then 'microsecond'
        when 'microsecs' then 'microsecond' when 'microsecond' then 'microsecond' when 'microseconds' then 'microsecond'
        when 'epoch' then 'epoch'
        when 'dow' then 'dow' when 'dayofweek' then 'dow' when 'dw' then 'dow' when 'weekday' then 'dow'
        when 'doy' then 'doy' when 'dayofyear' then 'doy' when 'dy' then 'doy' when 'yearday' then 'doy'
        when 'timezone' then 'timezone' when 'timezone_hour' then 'timezone_hour'
        when 'timezone_minute' then 'timezone_minute'
    end;
begin
    if name is null then
        raise exception 'date part "%" is not recognized', part using errcode = '22023';
    end if;
    return name;
end $$;

-- What one of a part adds, where that is a fixed interval.
create or replace function pg_double.date_part_interval(part text) returns interval
language plpgsql immutable strict parallel safe
as $$
declare
    name text := pg_double.date_part_name(part);
begin
    return case name when 'quarter' then interval '3 months' when 'millennium' then interval '1000 years'
        when 'century' then interval '100 years' when 'decade' then interval '10 years'
        when 'epoch' then interval '1 second' when 'dow' then interval '1 day' when 'doy' then interval '1 day'
        else ('1 ' || name)::interval end;
end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_DATEADD_function.html: a year after 29 February is 1 March, twelve
-- months after it are 28 February.
create or replace function pg_catalog.dateadd(part text, amount bigint, moment timestamp) returns timestamp
language sql immutable parallel safe
as $$
    select moment + pg_double.date_part_interval(part) * amount + case
        when to_char(moment, 'MMDD') = '0229' and pg_double.date_part_interval(part) >= interval '1 year'
            and to_char(moment + pg_double.date_part_interval(part) * amount, 'MMDD') = '0228' then interval '1 day'
        else interval '0' end
$$;
create or replace function pg_catalog.dateadd(part text, amount bigint, moment timestamptz) returns timestamptz
language sql stable parallel safe
return moment + pg_double.date_part_interval(part) * amount;
create or replace function pg_catalog.dateadd(part text, amount bigint, day date) returns timestamp
language sql immutable parallel safe return pg_catalog.dateadd(part, amount, day::timestamp);
create or replace function pg_catalog.dateadd(part text, amount bigint, moment text) returns timestamp
language sql stable parallel safe return pg_catalog.dateadd(part, amount, moment::timestamp);
create or replace function pg_catalog.dateadd(part text, amount bigint, hour time) returns time
language sql immutable parallel safe return hour + pg_double.date_part_interval(part) * amount;
create or replace function pg_catalog.dateadd(part text, amount bigint, hour timetz) returns timetz
language sql immutable parallel safe return (hour + pg_double.date_part_interval(part) * amount) at time zone 'UTC';

create or replace function pg_catalog.date_add(part text, amount bigint, moment timestamp) returns timestamp
language sql immutable parallel safe return pg_catalog.dateadd(part, amount, moment);
create or replace function pg_catalog.date_add(part text, amount bigint, moment timestamptz) returns timestamptz
language sql stable parallel safe return pg_catalog.dateadd(part, amount, moment);
create or replace function pg_catalog.date_add(part text, amount bigint, day date) returns timestamp
language sql immutable parallel safe return pg_catalog.dateadd(part, amount, day);
create or replace function pg_catalog.date_add(part text, amount bigint, moment text) returns timestamp
language sql stable parallel safe return pg_catalog.dateadd(part, amount, moment);
create or replace function pg_catalog.date_add(part text, amount bigint, hour time) returns time
language sql immutable parallel safe return pg_catalog.dateadd(part, amount, hour);
create or replace function pg_catalog.date_add(part text, amount bigint, hour timetz) returns timetz
language sql immutable parallel safe return pg_catalog.dateadd(part, amount, hour);

-- The number of boundaries between two moments: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html.
-- A week begins on Sunday here, though not in DATE_TRUNC.
create or replace function pg_double.boundary_number(part text, moment timestamp) returns bigint
language sql immutable strict parallel safe
as $$
    select case pg_double.date_part_name(part)
        when 'millennium' then extract(millennium from moment)::bigint
        when 'century' then extract(century from moment)::bigint
        when 'decade' then extract(decade from moment)::bigint
        when 'year' then extract(year from moment)::bigint
        when 'quarter' then extract(year from moment)::bigint * 4 + extract(quarter from moment)::bigint
        when 'month' then extract(year from moment)::bigint * 12 + extract(month from moment)::bigint
        when 'week' then floor((moment::date - date '2000-01-02') / 7.0)::bigint
        when 'hour' then floor(extract(epoch from moment) / 3600)::bigint
        when 'minute' then floor(extract(epoch from moment) / 60)::bigint
        when 'second' then floor(extract(epoch from moment))::bigint
        when 'epoch' then floor(extract(epoch from moment))::bigint
        when 'millisecond' then floor(extract(epoch from moment) * 1000)::bigint
        when 'microsecond' then (extract(epoch from moment) * 1000000)::bigint
        else (moment::date - date '2000-01-01')::bigint end
$$;

create or replace function pg_catalog.datediff(part text, "from" timestamp, "to" timestamp) returns bigint
language sql immutable parallel safe
return pg_double.boundary_number(part, "to") - pg_double.boundary_number(part, "from");
create or replace function pg_catalog.datediff(part text, "from" timestamptz, "to" timestamptz) returns bigint
language sql stable parallel safe
return pg_catalog.datediff(part, "from" at time zone 'UTC', "to" at time zone 'UTC');
create or replace function pg_catalog.datediff(part text, "from" date, "to" date) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" date, "to" timestamp) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to");
create or replace function pg_catalog.datediff(part text, "from" timestamp, "to" date) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from", "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" timestamp, "to" timestamptz) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from", "to" at time zone 'UTC');
create or replace function pg_catalog.datediff(part text, "from" timestamptz, "to" timestamp) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from" at time zone 'UTC', "to");
create or replace function pg_catalog.datediff(part text, "from" date, "to" timestamptz) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to" at time zone 'UTC');
create or replace function pg_catalog.datediff(part text, "from" timestamptz, "to" date) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from" at time zone 'UTC', "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" text, "to" text) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" text, "to" timestamp) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to");
create or replace function pg_catalog.datediff(part text, "from" timestamp, "to" text) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from", "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" text, "to" date) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" date, "to" text) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from"::timestamp, "to"::timestamp);
create or replace function pg_catalog.datediff(part text, "from" time, "to" time) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, date '2000-01-01' + "from", date '2000-01-01' + "to");
create or replace function pg_catalog.datediff(part text, "from" timetz, "to" timetz) returns bigint
language sql immutable parallel safe
return pg_catalog.datediff(part, ("from" at time zone 'UTC')::time, ("to" at time zone 'UTC')::time);

create or replace function pg_catalog.date_diff(part text, "from" timestamp, "to" timestamp) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from", "to");
create or replace function pg_catalog.date_diff(part text, "from" timestamptz, "to" timestamptz) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from", "to");
create or replace function pg_catalog.date_diff(part text, "from" date, "to" date) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from", "to");
create or replace function pg_catalog.date_diff(part text, "from" text, "to" text) returns bigint
language sql stable parallel safe return pg_catalog.datediff(part, "from", "to");
create or replace function pg_catalog.date_diff(part text, "from" time, "to" time) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from", "to");
create or replace function pg_catalog.date_diff(part text, "from" timetz, "to" timetz) returns bigint
language sql immutable parallel safe return pg_catalog.datediff(part, "from", "to");

-- The start of the current statement, to the second: https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html
create or replace function pg_catalog.getdate() returns timestamp
language sql stable parallel safe return date_trunc('second', statement_timestamp()::timestamp);
-- SYSDATE: https://docs.aws.amazon.com/redshift/latest/dg/r_SYSDATE.html
create or replace function pg_catalog.redshift_sysdate() returns timestamp
language sql stable parallel safe return localtimestamp;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_LAST_DAY.html
create or replace function pg_catalog.last_day(moment timestamp) returns date
language sql immutable parallel safe return (date_trunc('month', moment) + interval '1 month - 1 day')::date;
create or replace function pg_catalog.last_day(moment timestamptz) returns date
language sql stable parallel safe return pg_catalog.last_day(moment::timestamp);
create or replace function pg_catalog.last_day(day date) returns date
language sql immutable parallel safe return pg_catalog.last_day(day::timestamp);
create or replace function pg_catalog.last_day(moment text) returns date
language sql stable parallel safe return pg_catalog.last_day(moment::timestamp);

-- The last day of a month goes to the last day: https://docs.aws.amazon.com/redshift/latest/dg/r_ADD_MONTHS.html
create or replace function pg_catalog.add_months(moment timestamp, months bigint) returns timestamp
language sql immutable parallel safe
as $$
    select case when moment::date = pg_catalog.last_day(moment)
        then pg_catalog.last_day(date_trunc('month', moment) + interval '1 month' * months) + moment::time
        else moment + interval '1 month' * months end
$$;
create or replace function pg_catalog.add_months(moment timestamptz, months bigint) returns timestamp
language sql stable parallel safe return pg_catalog.add_months(moment::timestamp, months);
create or replace function pg_catalog.add_months(day date, months bigint) returns timestamp
language sql immutable parallel safe return pg_catalog.add_months(day::timestamp, months);
create or replace function pg_catalog.add_months(moment text, months bigint) returns timestamp
language sql stable parallel safe return pg_catalog.add_months(moment::timestamp, months);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_MONTHS_BETWEEN_function.html
create or replace function pg_catalog.months_between(later timestamp, earlier timestamp) returns double precision
language sql immutable parallel safe
as $$
    select (extract(year from later) * 12 + extract(month from later)
        - extract(year from earlier) * 12 - extract(month from earlier)
        + case when extract(day from later) = extract(day from earlier)
            or later::date = pg_catalog.last_day(later) and earlier::date = pg_catalog.last_day(earlier) then 0
        else (extract(epoch from later - date_trunc('month', later))
            - extract(epoch from earlier - date_trunc('month', earlier))) / (31 * 86400) end)::double precision
$$;
create or replace function pg_catalog.months_between(later date, earlier date) returns double precision
language sql immutable parallel safe return pg_catalog.months_between(later::timestamp, earlier::timestamp);
create or replace function pg_catalog.months_between(later text, earlier text) returns double precision
language sql stable parallel safe return pg_catalog.months_between(later::timestamp, earlier::timestamp);
create or replace function pg_catalog.months_between(later timestamp, earlier date) returns double precision
language sql immutable parallel safe return pg_catalog.months_between(later, earlier::timestamp);
create or replace function pg_catalog.months_between(later date, earlier timestamp) returns double precision
language sql immutable parallel safe return pg_catalog.months_between(later::timestamp, earlier);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_NEXT_DAY.html
create or replace function pg_catalog.next_day(day date, weekday text) returns date
language plpgsql immutable strict parallel safe
as $$
declare
    wanted integer := case lower(weekday)
        when 'sunday' then 0 when 'sun' then 0 when 'su' then 0 when 'monday' then 1 when 'mon' then 1 when 'mo' then 1
        when 'tuesday' then 2 when 'tues' then 2 when 'tue' then 2 when 'tu' then 2
        when 'wednesday' then 3 when 'wed' then 3 when 'we' then 3
        when 'thursday' then 4 when 'thurs' then 4 when 'thu' then 4 when 'th' then 4
        when 'friday' then 5 when 'fri' then 5 when 'fr' then 5
        when 'saturday' then 6 when 'sat' then 6 when 'sa' then 6 end;
begin
    if wanted is null then
        raise exception 'Invalid day of week: %', weekday using errcode = '22023';
    end if;
    return day + 1 + (wanted - extract(dow from day)::integer + 6) % 7;
end $$;
create or replace function pg_catalog.next_day(moment timestamp, weekday text) returns date
language sql immutable parallel safe return pg_catalog.next_day(moment::date, weekday);
create or replace function pg_catalog.next_day(moment text, weekday text) returns date
language sql stable parallel safe return pg_catalog.next_day(moment::date, weekday);

-- https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html
create or replace function pg_catalog.convert_timezone(source text, target text, moment timestamp) returns timestamp
language sql immutable parallel safe return moment at time zone source at time zone target;
create or replace function pg_catalog.convert_timezone(target text, moment timestamp) returns timestamp
language sql immutable parallel safe return pg_catalog.convert_timezone('UTC', target, moment);
create or replace function pg_catalog.convert_timezone(source text, target text, moment timestamptz) returns timestamp
language sql immutable parallel safe return pg_catalog.convert_timezone(source, target, moment at time zone 'UTC');
create or replace function pg_catalog.convert_timezone(target text, moment timestamptz) returns timestamp
language sql immutable parallel safe return moment at time zone target;
create or replace function pg_catalog.convert_timezone(source text, target text, day date) returns timestamp
language sql immutable parallel safe return pg_catalog.convert_timezone(source, target, day::timestamp);
create or replace function pg_catalog.convert_timezone(target text, day date) returns timestamp
language sql immutable parallel safe return pg_catalog.convert_timezone('UTC', target, day::timestamp);
create or replace function pg_catalog.convert_timezone(source text, target text, moment text) returns timestamp
language sql stable parallel safe return pg_catalog.convert_timezone(source, target, moment::timestamp);
create or replace function pg_catalog.convert_timezone(target text, moment text) returns timestamp
language sql stable parallel safe return pg_catalog.convert_timezone('UTC', target, moment::timestamp);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNC_date.html
create or replace function pg_catalog.trunc(moment timestamp) returns date
language sql immutable parallel safe return moment::date;
create or replace function pg_catalog.trunc(moment timestamptz) returns date
language sql stable parallel safe return moment::date;
create or replace function pg_catalog.trunc(day date) returns date
language sql immutable parallel safe return day;

-- Of a DATE, Redshift makes a TIMESTAMP: https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_TRUNC.html
create or replace function pg_catalog.date_trunc(part text, day date) returns timestamp
language sql immutable parallel safe return date_trunc(part, day::timestamp);
create or replace function pg_catalog.date_trunc(part text, moment text) returns timestamp
language sql stable parallel safe return date_trunc(part, moment::timestamp);

create or replace function pg_catalog.date_part_year(day date) returns integer
language sql immutable parallel safe return extract(year from day)::integer;

-- The decade of 2000 is 201, and seconds have no fraction: EXTRACT differs from DATE_PART in
-- https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html
create or replace function pg_catalog.redshift_extract(part text, moment timestamp) returns integer
language sql immutable parallel safe
as $$
    select case pg_double.date_part_name(part)
        when 'decade' then extract(decade from moment) + 1
        when 'second' then floor(extract(second from moment))
        when 'millisecond' then floor(extract(milliseconds from moment))::bigint % 1000
        when 'microsecond' then extract(microseconds from moment)::bigint % 1000000
        when 'epoch' then floor(extract(epoch from moment))
        else date_part(pg_double.date_part_name(part), moment)::numeric end::integer
$$;

-- Comparisons: -1, 0 or 1, as in https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_CMP.html
create or replace function pg_catalog.date_cmp_timestamptz(one date, other timestamptz) returns integer
language sql stable parallel safe return case when one < other then -1 when one > other then 1 when one = other then 0 end;
create or replace function pg_catalog.timestamp_cmp_timestamptz(one timestamp, other timestamptz) returns integer
language sql stable parallel safe return case when one < other then -1 when one > other then 1 when one = other then 0 end;
create or replace function pg_catalog.timestamptz_cmp_timestamp(one timestamptz, other timestamp) returns integer
language sql stable parallel safe return case when one < other then -1 when one > other then 1 when one = other then 0 end;
create or replace function pg_catalog.timestamptz_cmp_date(one timestamptz, other date) returns integer
language sql stable parallel safe return case when one < other then -1 when one > other then 1 when one = other then 0 end;

-- A date whose day runs over the end of its month.
create or replace function pg_double.overflowing_date(text text, format text) returns date
language plpgsql stable strict parallel safe
as $$
declare
    days text;
    place integer := strpos(upper(format), 'DD');
begin
    -- Only for formats of fixed width up to the day, where its digits can be found.
    if place = 0 or upper(format) !~ '^[^A-Z]*((YYYY|MM)[^A-Z]*)*DD' then
        raise exception 'date/time field value out of range: "%"', text using errcode = '22008';
    end if;
    days := substr(text, place, 2);
    if days !~ '^[0-3][0-9]$' or days::integer > 31 then
        raise exception 'date/time field value out of range: "%"', text using errcode = '22008';
    end if;
    return pg_catalog.to_date(overlay(text placing '01' from place for 2), format) + (days::integer - 1);
end $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TO_DATE_function.html: without the third argument a day beyond the
-- end of its month runs over into the next.
create or replace function pg_catalog.to_date(text text, format text, strict boolean) returns date
language plpgsql stable strict parallel safe
as $$
begin
    if strict then
        return pg_catalog.to_date(text, format);
    end if;
    return pg_catalog.redshift_to_date(text, format);
end $$;
create or replace function pg_catalog.redshift_to_date(text text, format text) returns date
language plpgsql stable strict parallel safe
as $$
begin
    return pg_catalog.to_date(text, format);
exception when datetime_field_overflow then
    return pg_double.overflowing_date(text, format);
end $$;

-- Strict: https://docs.aws.amazon.com/redshift/latest/dg/r_TO_TIMESTAMP.html. A value out of range is an error either way.
create or replace function pg_catalog.to_timestamp(text text, format text, strict boolean) returns timestamptz
language sql stable parallel safe return pg_catalog.to_timestamp(text, format);
