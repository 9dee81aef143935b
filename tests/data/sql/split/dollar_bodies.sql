create or replace procedure etl.load_day(day date) as $body$
declare sql varchar(max);
begin
  -- don't; stop here
  sql := $q$insert into t select ';' from s;$q$;
  execute sql;
end;
$body$ language plpgsql;
call etl.load_day('2024-01-01');
unload ($$select 'a;b' from t;$$) to 's3://lake/x' iam_role default;
select cost$ , $1 from a$b;
