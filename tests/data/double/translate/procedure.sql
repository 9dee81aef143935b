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
create or replace procedure totals(region in varchar, found out int, total out decimal(10, 2)) nonatomic language plpgsql set query_group to 'etl' as $$
declare
    row record;
    label varchar(max) = 'none';
    places cursor for select top 3 id from regions order by id;
begin
    execute 'create table #x (id int encode raw) distkey(id)';
    for row in select top 2 id from regions qualify row_number() over (order by id) < 9 loop
        delete regions where id = row.id;
        alter table regions append from stage;
    end loop;
    merge into t using s on t.id = s.id remove duplicates;
    open places;
    fetch places into row;
    close places;
exception when others then
    raise info 'error % %', sqlstate, sqlerrm;
end;
$$;
create procedure mixed(a out int, b int) as 'begin a := nvl(b, 0); raise info ''it''; end;' language plpgsql;
create procedure rights(t varchar) as $$
declare comment varchar = 'x'; copy int;
begin
    copy := 1;
    comment := 'y';
    grant select on s.t to role readers;
    if copy = 1 then vacuum t; set query_group to default; end if;
    unload ('select 1') to 's3://b/k' iam_role default;
    execute 'create masking policy m using (1)';
    execute 'truncate ' || quote_ident(t);
    execute t;
    create user u password disable;
    refresh materialized view mv cascade;
end $$ language plpgsql set query_group to default;
create procedure mixed_case() as $$ declare "Row" record; begin select "Id" into "Row" from "Sales"; raise info 'Id %', "Row"."Id"; execute 'select "Id" from "Sales"'; end $$ language plpgsql;
create procedure refill() as $$ begin truncate a; execute 'Truncate table b'; execute 'truncate ' || c; end $$ language plpgsql;
create procedure refill() as $$ begin truncate a; end $$ language plpgsql security definer;
create procedure refill() as 'begin truncate a; insert into a select 1; exception when others then raise info ''x''; end' language plpgsql;
create procedure blocks() as $$ <<first>> declare copy int; begin declare vacuum int; begin vacuum; end; end $$ language plpgsql;
