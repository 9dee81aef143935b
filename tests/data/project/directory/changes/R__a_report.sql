create or replace view carrier.report as select * from carrier.heavy;
