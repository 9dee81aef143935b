create or replace view carrier.heavy as select * from base where id > 1;
