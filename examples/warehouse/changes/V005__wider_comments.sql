-- Redshift refuses this in a transaction, so vesto sends it alone.
alter table sales.orders alter column comment type varchar(80);

-- vesto: rollback
alter table sales.orders alter column comment type varchar(40);
