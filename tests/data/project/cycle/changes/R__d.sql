create view d as select 1;
