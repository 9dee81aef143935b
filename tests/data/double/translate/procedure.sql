create or replace procedure load_region(name in varchar(20), loaded inout int)
as $$
declare
    found integer := 0; -- how many
begin
    create temp table stage (id int encode az64, name varchar(max)) distkey(id);
    if name = 'it\'s' then
        create table #x diststyle all as select getdate() as at;
    end if;
    alter table orders alter sortkey (a);
    select count(*) into found from regions where region = name;
    select datediff(day, min(a), max(b)) into found from orders;
    raise info 'found %', found;
end;
$$ language plpgsql;
create procedure p() nonatomic as $$ begin end; $$ language plpgsql;
create procedure p() as $$ begin copy t from 's3://b/k' iam_role default; end; $$ language plpgsql;
