-- SVV_* about tables, columns, schemas, users and grants; names and types as Redshift documents them.

create or replace function pg_double.is_users(schema text) returns boolean
language sql immutable parallel safe
as $$ select left(schema, 3) <> 'pg_' and schema not in ('information_schema', 'vesto') $$;

-- Whether a view stands for an external table, and a schema for an external one.
create or replace function pg_double.is_external(relation oid) returns boolean
language sql stable
as $$ select exists (select from pg_double.external_table t where t.relation = $1) $$;
create or replace function pg_double.is_external_schema(namespace oid) returns boolean
language sql stable
as $$ select exists (select from pg_double.external_schema s where s.namespace = $1) $$;
create or replace function pg_double.kind_of(relation oid, kind "char") returns text
language sql stable
as $$
    select case when kind = 'v' and pg_double.is_external(relation) then 'EXTERNAL TABLE' when kind in ('v', 'm') then 'VIEW'
        else 'TABLE' end
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLES.html
create or replace view pg_catalog.svv_tables as
select current_database()::text as table_catalog, pg_double.full_name(n.nspname) as table_schema, pg_double.full_name(c.relname) as table_name,
    case when c.relkind in ('r', 'p') then 'BASE TABLE' else pg_double.kind_of(c.oid, c.relkind) end as table_type,
    obj_description(c.oid, 'pg_class') as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname <> 'pg_double' and left(n.nspname, 8) <> 'pg_toast'
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_COLUMNS.html
create or replace view pg_catalog.svv_columns as
select current_database()::text as table_catalog, pg_double.full_name(n.nspname) as table_schema, pg_double.full_name(c.relname) as table_name,
    pg_double.full_name(a.attname) as column_name, a.attnum::integer as ordinal_position, pg_get_expr(d.adbin, d.adrelid) as column_default,
    case when a.attnotnull then 'NO' else 'YES' end as is_nullable,
    pg_double.type_name(a.atttypid, null) as data_type,
    case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end
        as character_maximum_length,
    case a.atttypid when 'smallint'::regtype then 16 when 'integer'::regtype then 32 when 'bigint'::regtype then 64
        when 'real'::regtype then 24 when 'double precision'::regtype then 53
        when 'numeric'::regtype then case when a.atttypmod > 4 then ((a.atttypmod - 4) >> 16) & 65535 end end
        as numeric_precision,
    case when a.atttypid = 'numeric'::regtype then 10 when a.atttypid in ('smallint'::regtype, 'integer'::regtype,
        'bigint'::regtype, 'real'::regtype, 'double precision'::regtype) then 2 end as numeric_precision_radix,
    case when a.atttypid = 'numeric'::regtype then case when a.atttypmod > 4 then (a.atttypmod - 4) & 2047 end
        when a.atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) then 0 end as numeric_scale,
    case when a.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype, 'time'::regtype, 'timetz'::regtype) then 6 end
        as datetime_precision,
    null::text as interval_type, null::integer as interval_precision, null::text as character_set_catalog,
    null::text as character_set_schema, null::text as character_set_name, null::text as collation_catalog,
    null::text as collation_schema, null::text as collation_name, null::text as domain_name,
    col_description(c.oid, a.attnum) as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname <> 'pg_double' and left(n.nspname, 8) <> 'pg_toast'
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_column_privilege(c.oid, a.attnum, 'select, insert, update, references'));

create or replace view pg_catalog.svv_all_tables as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name,
    pg_double.full_name(c.relname) as table_name, pg_double.kind_of(c.oid, c.relkind) as table_type,
    array_to_string(c.relacl, '~') as table_acl, obj_description(c.oid, 'pg_class') as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname)
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));
create or replace view pg_catalog.svv_all_columns as
select table_catalog as database_name, table_schema as schema_name, table_name, column_name, ordinal_position,
    column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale, remarks
from pg_catalog.svv_columns where pg_double.is_users(table_schema);
create or replace view pg_catalog.svv_all_schemas as
select current_database()::text as database_name, n.nspname::text as schema_name, n.nspowner::integer as schema_owner,
    case when pg_double.is_external_schema(n.oid) then 'external' else 'local' end as schema_type,
    array_to_string(n.nspacl, '~') as schema_acl, null::text as source_database, null::text as schema_option
from pg_namespace n where pg_double.is_users(n.nspname);

create or replace view pg_catalog.svv_redshift_databases as
select d.datname::text as database_name, d.datdba::integer as database_owner, 'local'::text as database_type,
    array_to_string(d.datacl, '~') as database_acl, null::text as database_options,
    'Snapshot Isolation'::text as database_isolation_level
from pg_database d where not d.datistemplate;
create or replace view pg_catalog.svv_redshift_schemas as
select database_name, schema_name, schema_owner, schema_type, schema_acl, schema_option from pg_catalog.svv_all_schemas
where schema_type = 'local';
create or replace view pg_catalog.svv_redshift_tables as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name,
    pg_double.full_name(c.relname) as table_name, case c.relkind when 'v' then 'VIEW' when 'm' then 'VIEW' else 'TABLE' end as table_type,
    array_to_string(c.relacl, '~') as table_acl, obj_description(c.oid, 'pg_class') as remarks,
    pg_get_userbyid(c.relowner)::text as table_owner
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname) and not pg_double.is_external(c.oid)
    and (has_table_privilege(c.oid, 'select, insert, update, delete, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'));
create or replace view pg_catalog.svv_redshift_columns as
select current_database()::text as database_name, pg_double.full_name(n.nspname) as schema_name, pg_double.full_name(c.relname) as table_name,
    pg_double.full_name(a.attname) as column_name, a.attnum::integer as ordinal_position,
    pg_double.type_name(a.atttypid, a.atttypmod) as data_type, pg_get_expr(f.adbin, f.adrelid) as column_default,
    case when a.attnotnull then 'NO' else 'YES' end as is_nullable,
    pg_double.encoding_of(c.oid, a.attnum, a.atttypid) as encoding,
    coalesce(d.distribution_key = a.attnum, false) as distkey, pg_double.sort_place(c.oid, a.attnum) as sortkey,
    array_to_string(a.attacl, '~') as column_acl, col_description(c.oid, a.attnum) as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum
left join pg_double.design d on d.relation = c.oid
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname);
create or replace view pg_catalog.svv_redshift_functions as
select current_database()::text as database_name, n.nspname::text as schema_name, p.proname::text as function_name,
    case p.prokind when 'p' then 'STORED PROCEDURE' when 'a' then 'AGGREGATE FUNCTION' else 'REGULAR FUNCTION' end
        as function_type,
    oidvectortypes(p.proargtypes) as argument_type, format_type(p.prorettype, null) as result_type
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where pg_double.is_users(n.nspname);

-- Users.
create or replace view pg_catalog.pg_user_info as
select u.usename, u.usesysid, u.usecreatedb, u.usesuper, false as usecatupd, u.passwd, u.valuntil, u.useconfig,
    case r.rolconnlimit when -1 then 'UNLIMITED' else r.rolconnlimit::text end as useconnlimit,
    'RESTRICTED'::text as syslogaccess, null::timestamp as last_ddl_ts, null::integer as sessiontimeout,
    null::text as external_user_id
from pg_user u join pg_roles r on r.oid = u.usesysid;
create or replace view pg_catalog.svv_user_info as
select usename::text as user_name, usesysid::integer as user_id, usecreatedb as createdb, usesuper as superuser,
    usecatupd as catalog_update, useconnlimit as connection_limit, syslogaccess as syslog_access, last_ddl_ts,
    sessiontimeout as session_timeout, external_user_id as external_id
from pg_catalog.pg_user_info;
create or replace view pg_catalog.pg_database_info as
select d.datname, d.oid as datid, d.datdba, d.encoding, d.datistemplate, d.datallowconn, d.dattablespace, d.datacl,
    case d.datconnlimit when -1 then 'UNLIMITED' else d.datconnlimit::text end as datconnlimit
from pg_database d;
-- Roles are the roles that nobody can log in as.
create or replace view pg_catalog.svv_roles as
select r.oid::integer as role_id, r.rolname::text as role_name, null::text as role_owner, null::text as external_id
from pg_roles r where not r.rolcanlogin and left(r.rolname, 3) <> 'pg_';
create or replace view pg_catalog.svv_user_grants as
select m.member::integer as user_id, u.rolname::text as user_name, m.roleid::integer as role_id, r.rolname::text as role_name,
    m.admin_option
from pg_auth_members m join pg_roles u on u.oid = m.member join pg_roles r on r.oid = m.roleid
where u.rolcanlogin and not r.rolcanlogin;
create or replace view pg_catalog.svv_role_grants as
select m.member::integer as role_id, u.rolname::text as role_name, m.roleid::integer as granted_role_id,
    r.rolname::text as granted_role_name
from pg_auth_members m join pg_roles u on u.oid = m.member join pg_roles r on r.oid = m.roleid
where not u.rolcanlogin and not r.rolcanlogin;

-- Grants.
create or replace view pg_catalog.svv_relation_privileges as
select n.nspname::text as namespace_name, c.relname::text as relation_name, a.privilege_type, a.grantee::integer as identity_id,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end as identity_name,
    case when a.grantee = 0 then 'public' when r.rolcanlogin then 'user' else 'role' end as identity_type,
    a.is_grantable as admin_option
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a
left join pg_roles r on r.oid = a.grantee
where c.relkind in ('r', 'p', 'v', 'm') and pg_double.is_users(n.nspname);
create or replace view pg_catalog.svv_schema_privileges as
select n.nspname::text as namespace_name, a.privilege_type, a.grantee::integer as identity_id,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end as identity_name,
    case when a.grantee = 0 then 'public' when r.rolcanlogin then 'user' else 'role' end as identity_type,
    a.is_grantable as admin_option
from pg_namespace n cross join lateral aclexplode(n.nspacl) a left join pg_roles r on r.oid = a.grantee
where pg_double.is_users(n.nspname);
create or replace view pg_catalog.svv_database_privileges as
select d.datname::text as database_name, case a.privilege_type when 'TEMPORARY' then 'TEMP' else a.privilege_type end
    as privilege_type, a.grantee::integer as identity_id,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end as identity_name,
    case when a.grantee = 0 then 'public' when r.rolcanlogin then 'user' else 'role' end as identity_type,
    a.is_grantable as admin_option
from pg_database d cross join lateral aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee;
create or replace view pg_catalog.svv_function_privileges as
select n.nspname::text as namespace_name, p.proname::text as function_name, oidvectortypes(p.proargtypes) as argument_types,
    a.privilege_type, a.grantee::integer as identity_id,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end as identity_name,
    case when a.grantee = 0 then 'public' when r.rolcanlogin then 'user' else 'role' end as identity_type,
    a.is_grantable as admin_option
from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join lateral aclexplode(p.proacl) a
left join pg_roles r on r.oid = a.grantee where pg_double.is_users(n.nspname);
create or replace view pg_catalog.svv_default_privileges as
select n.nspname::text as schema_name,
    case d.defaclobjtype when 'r' then 'RELATION' when 'f' then 'FUNCTION' else d.defaclobjtype::text end as object_type,
    d.defaclrole::integer as owner_id, pg_get_userbyid(d.defaclrole)::text as owner_name, 'user'::text as owner_type,
    a.privilege_type, a.grantee::integer as grantee_id,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end as grantee_name,
    case when a.grantee = 0 then 'public' when r.rolcanlogin then 'user' else 'role' end as grantee_type,
    a.is_grantable as admin_option
from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace cross join lateral aclexplode(d.defaclacl) a
left join pg_roles r on r.oid = a.grantee;

-- Columns of views without schema binding: https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_LATE_BINDING_VIEW_COLS.html
create function pg_catalog.pg_get_late_binding_view_cols()
returns table (view_schema varchar, view_name varchar, col_name varchar, col_type varchar, col_num integer)
language sql stable
as $$
    select pg_double.full_name(n.nspname)::varchar, pg_double.full_name(c.relname)::varchar,
        pg_double.full_name(a.attname)::varchar, pg_double.type_name(a.atttypid, a.atttypmod)::varchar, a.attnum::integer
    from pg_double.design d join pg_class c on c.oid = d.relation join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where d.late_binding is not null order by 1, 2, 5
$$;
create function pg_catalog.pg_get_cols(relation text)
returns table (view_schema varchar, view_name varchar, col_name varchar, col_type varchar, col_num integer)
language sql stable
as $$
    select pg_double.full_name(n.nspname)::varchar, pg_double.full_name(c.relname)::varchar,
        pg_double.full_name(a.attname)::varchar, pg_double.type_name(a.atttypid, a.atttypmod)::varchar, a.attnum::integer
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.oid = relation::regclass order by 5
$$;

create or replace view pg_catalog.svv_mv_info as
select pg_double.first_bytes(current_database()::text, 128)::varchar(128) as database_name, pg_double.first_bytes(n.nspname::text, 128)::varchar(128) as schema_name, pg_double.first_bytes(pg_get_userbyid(c.relowner)::text, 128)::varchar(128) as user_name,
    pg_double.first_bytes(c.relname::text, 128)::varchar(128) as name, null::char(1) as is_stale, 1 as state,
    case when d.auto_refresh then 1 else 0 end as autorewrite, case when d.auto_refresh then 't' else 'f' end::char(1) as autorefresh
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_double.design d on d.relation = c.oid
where c.relkind = 'm' and pg_double.is_users(n.nspname);
create or replace view pg_catalog.stv_mv_info as
select database_name as db_name, schema_name as schema, name, 0 as updated_upto_xid, is_stale, user_name as owner_user_name, state,
    autorewrite, autorefresh from pg_catalog.svv_mv_info;
