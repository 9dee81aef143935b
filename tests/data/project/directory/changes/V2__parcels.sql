-- vesto: transaction=one, timeout=90s
create table ${schema}.parcels (id bigint, note text default '${schema};');
create index on ${schema}.parcels (id);

-- vesto: rollback
drop table ${schema}.parcels;
