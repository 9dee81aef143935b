-- dialect: postgres
create trigger w before insert or update of a on s.t for each row execute function f();
create or replace trigger w before insert on s.t for each row execute function f();
create constraint trigger w after insert on t from s.u for each row execute function f();
drop trigger w on s.t;
drop trigger if exists w on s.t cascade;
alter trigger w on s.t rename to x;
create rule r as on delete to s.t do instead nothing;
drop rule r on s.t;
alter rule r on s.t rename to q;
create policy p on s.t using (a = 1);
drop policy if exists p on s.t;
alter policy p on s.t rename to q;
alter policy p on s.t using (a = 2);
