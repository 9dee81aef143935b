-- Keys that nothing enforces are constraints all the same; a reference without columns is to the primary key.
create schema trade;
create table trade.region (id int, "Part" int, name varchar(10) unique, constraint region_key primary key (id, "Part"));
create table trade.sale (id int primary key, region int, part int, foreign key (region, part) references trade.region, constraint both_twice unique (region, part));
select conname, contype, conkey, confkey, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'trade.region'::regclass order by 1;
--> region_key | p | {1,2} | NULL | PRIMARY KEY (id, part)
--> region_name_key | u | {3} | NULL | UNIQUE (name)
select t.conname, t.contype, t.conkey, t.confrelid::regclass, t.confkey, pg_catalog.pg_get_constraintdef(t.oid, true) from pg_catalog.pg_constraint t where t.conrelid = 'trade.sale'::regclass order by 1;
--> both_twice | u | {2,3} | - | NULL | UNIQUE (region, part)
--> sale_pkey | p | {1} | - | NULL | PRIMARY KEY (id)
--> sale_region_part_fkey | f | {2,3} | trade.region | {1,2} | FOREIGN KEY (region, part) REFERENCES trade.region(id, part)
select i.indrelid::regclass, c.relname, a.attname, a.attnum, i.indisprimary from pg_index i join pg_class c on c.oid = i.indexrelid join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'trade'::regnamespace and i.indisprimary order by 1, 4;
--> trade.region | region_key | id | 1 | t
--> trade.region | region_key | part | 2 | t
--> trade.sale | sale_pkey | id | 1 | t
alter table trade.sale add column price numeric(10, 2);
alter table trade.sale add constraint of_price unique (price);
alter table trade.region rename to area;
select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'trade.area'::regclass and contype = 'p';
--> PRIMARY KEY (id, part)
select conname, conkey from pg_constraint where conname = 'of_price';
--> of_price | {4}
drop table trade.area cascade;
select count(*) from pg_constraint where conname = 'region_key';
--> 0
-- Materialized views are views.
create materialized view trade.total as select count(*) as many from trade.sale;
select table_name, table_type from information_schema.tables where table_schema = 'trade' order by 1;
--> sale | BASE TABLE
--> total | VIEW
select view_definition ilike 'create materialized view%' from information_schema.views where table_name = 'total';
--> t
select viewname, definition ilike '%create materialized view%' from pg_views where schemaname = 'trade';
--> total | t
-- Of the same name in another schema.
create table lone (a int);
select schema_name, table_name from svv_all_tables where table_name = 'lone';
--> public | lone
select schema_name, table_owner = current_user from svv_redshift_tables where table_name = 'lone';
--> public | t
select oid, typname from pg_type where oid in (4000, 6551) order by 1;
--> 4000 | super
--> 6551 | varbyte
-- Names of the list in WHERE, where the catalogues have no such column.
select n.nspname as schema, c.relname as "table_name" from pg_catalog.pg_class c join pg_namespace n on n.oid = c.relnamespace where schema = 'trade' and table_name = 'sale';
--> trade | sale
select view_schema as "schema" from pg_get_late_binding_view_cols() cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int) where 1 and schema = 'trade';
select relname as nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = 'trade' order by 1;
--> sale
--> total
-- A number is a condition, and needs no blank behind it.
select case when 2 then 4when false then 2 end where 1;
--> 4
select 1 where 0;
show server_version;
--> 8.0.2
