-- setup:
insert into carrier.parcels values (1, 'a');

-- test: one parcel
select id, note from ${schema}.parcels;
-- expect:
--   1 | a

-- test: refused
select * from nowhere;
-- expect error [42P01]: nowhere
