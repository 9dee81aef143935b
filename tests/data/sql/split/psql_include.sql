create schema a;
  \i tables.sql
select 1;
