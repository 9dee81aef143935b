alter table sales.customers add column tier varchar(8) default 'basic';
