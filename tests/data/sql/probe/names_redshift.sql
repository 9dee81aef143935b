-- dialect: redshift
create table s."A\b" (a int);
create table "STRAßE"."Ä" (a int);
drop table s.`T`;
alter table s."T" rename column "A" to "B";
