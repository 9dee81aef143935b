-- Derived from the comment once; the shop writes it itself from now on.
alter table sales.orders add column channel varchar(8) default 'web' encode bytedict;

update sales.orders set channel = 'phone' where comment like '%\\_phone%';

-- vesto: rollback
alter table sales.orders drop column channel;
