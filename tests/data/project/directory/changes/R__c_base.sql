create or replace view base as select * from carrier.parcels;
