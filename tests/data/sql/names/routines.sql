create or replace procedure etl.run(day date) as $$
declare r record;
begin
  create temp table work (like raw.events);
  insert into work select * from raw.events;
  select count(*) into total from raw.totals;
  update mart.orders set a = 1 from raw.fixes f where f.id = orders.id;
  delete from mart.old using raw.gone g where g.id = old.id;
  for r in select * from raw.list loop null; end loop;
  call etl.helper(day);
  truncate stage.t;
  execute 'insert into audit.log select * from raw.audit';
end;
$$ language plpgsql;
unload ('select * from mart.daily') to 's3://b' iam_role default;
copy stage.events from 's3://b' iam_role default;
