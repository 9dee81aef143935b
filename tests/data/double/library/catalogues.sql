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
-- https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_COLS.html: with the types of the columns
select view_name, col_name, col_num from pg_get_cols('shop.names') cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int);
--> names | name | 1
select * from pg_get_iam_role_by_user('boss') as res(username text, iam_role text, cmd text);
select change_user_priority('boss', 'lowest'), change_session_priority(30311, 'Lowest');
--> Succeeded to change user priority. Changed user (boss) priority to lowest. | Succeeded to change session priority. Changed session (pid:30311) priority to lowest.
select change_user_priority('boss', 'urgent');
--> error 22023: invalid priority "urgent"
-- columns that only Redshift's catalogues have
create table shop.keyed (id int encode zstd, name varchar(9)) diststyle key distkey (id) sortkey (name);
select a.attname, a.attisdistkey, a.attsortkeyord, format_encoding(a.attencodingtype) from pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid where c.relname = 'keyed' and a.attnum > 0 order by a.attnum;
--> id | t | 0 | zstd
--> name | f | 1 | none
select reldiststyle from pg_class where relname = 'keyed';
--> 1
select adsrc from pg_attrdef where adrelid = 'shop.items'::regclass;
--> 'x'::character varying
select datconnlimit from pg_database_info where datname = current_database();
--> UNLIMITED
