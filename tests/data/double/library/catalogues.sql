create schema shop;
create table shop.items (id int identity(1, 1), name varchar(20) not null default 'x', price numeric(10, 2));
select column_name, ordinal_position, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale from svv_columns where table_schema = 'shop' order by 2;
--> id | 1 | NO | integer | NULL | 32 | 0
--> name | 2 | NO | character varying | 20 | NULL | NULL
--> price | 3 | YES | numeric | NULL | 10 | 2
select table_schema, table_name, table_type from svv_tables where table_schema = 'shop';
--> shop | items | BASE TABLE
select schema_name, table_name, table_type from svv_all_tables;
--> shop | items | TABLE
select schema_name, schema_type from svv_redshift_schemas where schema_name = 'shop';
--> shop | local
select count(*) from pg_table_def where tablename = 'items';
--> 0
set search_path to shop, public;
select "column" from pg_table_def where tablename = 'items' order by 1;
--> id
--> name
--> price
select user_name, superuser from svv_user_info where user_name = current_user;
--> boss | t
select count(*) from svv_external_tables;
--> 0
select count(*) from stl_load_errors where query = pg_last_copy_id();
--> 0
select pg_last_copy_id(), pg_last_copy_count(), pg_last_query_id(), pg_last_unload_count();
--> -1 | 0 | -1 | 0
select count(*) > 0 from stv_sessions where process = pg_backend_pid();
--> t
select count(*) > 0 from svv_transactions where pid = pg_backend_pid();
--> t
create view shop.names as select name from shop.items;
select view_name, col_name, col_type from pg_get_cols('shop.names');
--> names | name | character varying(20)
