create table "Sales"."Order Lines" ("Id" int, "a""B" int, primary key ("Id")) distkey("Id");
select "Id" as "The Id", 'The "Id"' from "Sales"."Order Lines" where `Ab` = 1;
comment on column "Sales"."Order Lines"."Id" is 'The "Id"';
grant select on "Sales"."Order Lines" to "IAM:Bob";
alter table "T" alter column "Ä" type varchar(20);
create view v (abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghi_) as select 1;
create view v (abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefgh_) as select 1;
create procedure p() as $$ begin select 1 into "ääääääääääääääääääääääääääääääää"; end $$ language plpgsql;
