-- dialect: postgres
create or replace function add_tax(price numeric) returns numeric
begin atomic
  select case when price > 0 then case price when 1 then 2 else 3 end else 0 end;
  select price * 1.2;
end;
create rule log_it as on insert to orders do also (insert into log values (1); insert into log values (2));
begin; select t.end from t; end;
