-- STL_* and SYS_* over what COPY and UNLOAD wrote down. Users see their own rows, superusers all:
-- https://docs.aws.amazon.com/redshift/latest/dg/c_visibility-of-data.html. Where Redshift has CHAR, these have VARCHAR: names
-- and lines may hold more than ASCII.

create or replace function pg_double.may_see(owner integer) returns boolean
language sql stable
as $$ select owner = pg_double.user_id() or current_setting('is_superuser') = 'on' $$;

create or replace view pg_catalog.stl_load_errors as
select e.userid, 0 as slice, e.table_id::integer as tbl, e.start_time as starttime, e.session_id as session,
    e.query::integer as query, pg_double.first_bytes(e.file_name::text, 256)::varchar(256) as filename, e.line_number, pg_double.first_bytes(e.column_name::text, 127)::varchar(127) as colname,
    pg_double.first_bytes(e.column_type::text, 10)::varchar(10) as type, pg_double.first_bytes(e.column_length::text, 10)::varchar(10) as col_length, e.position,
    pg_double.first_bytes(e.raw_line, 1024)::varchar(1024) as raw_line,
    pg_double.first_bytes(e.raw_field_value, 1024)::varchar(1024) as raw_field_value, e.error_code as err_code,
    pg_double.first_bytes(e.error_message, 100)::varchar(100) as err_reason, 0 as is_partial, 0::bigint as start_offset,
    null::bigint as copy_job_id
from pg_double.load_error e where pg_double.may_see(e.userid);

create or replace view pg_catalog.stl_loaderror_detail as
select e.userid, 0 as slice, e.session_id as session, e.query::integer as query, pg_double.first_bytes(e.file_name::text, 256)::varchar(256) as filename, e.line_number,
    f.field, f.column_name::varchar(1024) as colname, pg_double.first_bytes(f.value, 1024)::varchar(1024) as value,
    case when f.value is null then 1 else 0 end as is_null, pg_double.first_bytes(f.column_type::text, 10)::varchar(10) as type,
    pg_double.first_bytes(f.column_length::text, 10)::varchar(10) as col_length
from pg_double.load_error e join pg_double.load_error_field f on f.error_id = e.error_id
where pg_double.may_see(e.userid);

create or replace view pg_catalog.stl_load_commits as
select f.userid, f.query::integer as query, 0 as slice, pg_double.first_bytes(f.file_name::text, 256)::varchar(256) as name, pg_double.first_bytes(f.file_name::text, 256)::varchar(256) as filename,
    0 as byte_offset, f.lines_scanned::integer as lines_scanned, f.error_count::integer as errors, f.end_time as curtime,
    1 as status, pg_double.first_bytes(f.file_format::text, 16)::varchar(16) as file_format, 0 as is_partial, 0::bigint as start_offset,
    null::bigint as copy_job_id
from pg_double.load_file f where pg_double.may_see(f.userid);

create or replace view pg_catalog.sys_load_history as
select l.userid as user_id, l.query as query_id, l.transaction_id, l.session_id, l.database_name, l.status, l.table_name,
    l.start_time, l.end_time, (extract(epoch from l.end_time - l.start_time) * 1000000)::bigint as duration, l.data_source,
    l.file_format, l.loaded_rows, l.loaded_bytes, l.source_file_count, l.source_file_bytes,
    l.source_file_count as file_count_scanned, l.source_file_bytes as file_bytes_scanned, l.error_count,
    null::bigint as copy_job_id
from pg_double.load l where pg_double.may_see(l.userid);

create or replace view pg_catalog.sys_load_detail as
select f.userid as user_id, f.query as query_id, pg_double.first_bytes(f.file_name::text, 256)::varchar(256) as file_name, f.bytes_scanned, f.lines_scanned,
    1 as splits_scanned, f.end_time as record_time, f.start_time, f.end_time
from pg_double.load_file f where pg_double.may_see(f.userid);

create or replace view pg_catalog.sys_load_error_detail as
select e.userid as user_id, e.query as query_id, e.transaction_id, e.session_id, pg_double.first_bytes(e.database_name::text, 64)::varchar(64) as database_name,
    e.table_id::integer as table_id, e.start_time, pg_double.first_bytes(e.file_name::text, 256)::varchar(256) as file_name, e.line_number,
    pg_double.first_bytes(e.column_name::text, 127)::varchar(127) as column_name, pg_double.first_bytes(e.column_type::text, 10)::varchar(10) as column_type,
    pg_double.first_bytes(e.column_length::text, 10)::varchar(10) as column_length, e.position, e.error_code,
    pg_double.first_bytes(e.error_message, 512)::varchar(512) as error_message, 0 as is_partial, 0::bigint as start_offset,
    null::bigint as copy_job_id
from pg_double.load_error e where pg_double.may_see(e.userid);

create or replace view pg_catalog.stl_unload_log as
select f.userid, f.query::integer as query, 0 as slice, u.session_id as pid, f.file_name::varchar(1280) as path, f.start_time, f.end_time,
    f.line_count, f.transfer_size, pg_double.first_bytes(f.file_format::text, 10)::varchar(10) as file_format
from pg_double.unload_file f join pg_double.unload u on u.query = f.query where pg_double.may_see(f.userid);

create or replace view pg_catalog.sys_unload_history as
select u.userid as user_id, u.query as query_id, u.file_format, u.start_time, u.end_time,
    (extract(epoch from u.end_time - u.start_time) * 1000000)::bigint as duration, u.unloaded_rows, u.unloaded_files_count,
    u.unloaded_files_size, u.transaction_id, u.session_id, u.database_name, u.status, u.error_message
from pg_double.unload u where pg_double.may_see(u.userid);

create or replace view pg_catalog.sys_unload_detail as
select f.userid as user_id, f.query as query_id, f.file_name, f.start_time, f.end_time, f.line_count as unloaded_rows,
    f.transfer_size as file_size, f.file_format
from pg_double.unload_file f where pg_double.may_see(f.userid);

-- Statements: only COPY and UNLOAD have numbers and are kept.
create or replace view pg_double.statement as
select query, userid, transaction_id, session_id, database_name, statement, status, start_time, end_time,
    'COPY' as kind, loaded_rows as rows, loaded_bytes as bytes, error_message from pg_double.load
union all
select query, userid, transaction_id, session_id, database_name, statement, status, start_time, end_time,
    'UNLOAD', unloaded_rows, unloaded_files_size, error_message from pg_double.unload;
grant select on pg_double.statement to public;

create or replace view pg_catalog.stl_query as
select s.userid, s.query::integer as query, 'default'::varchar(320) as label, s.transaction_id as xid, s.session_id as pid,
    pg_double.first_bytes(s.database_name::text, 32)::varchar(32) as database, pg_double.first_bytes(s.statement, 4000)::varchar(4000) as querytxt,
    s.start_time as starttime, s.end_time as endtime, case s.status when 'completed' then 0 else 1 end as aborted,
    0 as insert_pristine, 0 as concurrency_scaling_status
from pg_double.statement s where pg_double.may_see(s.userid);
create or replace view pg_catalog.stl_querytext as
select s.userid, s.transaction_id as xid, s.session_id as pid, s.query::integer as query, part.number as sequence,
    substr(s.statement, part.number * 200 + 1, 200)::varchar(800) as text
from pg_double.statement s
cross join lateral generate_series(0, (char_length(s.statement) - 1) / 200) part(number)
where pg_double.may_see(s.userid);
create or replace view pg_catalog.svl_statementtext as
select s.userid, s.transaction_id as xid, s.session_id as pid, 'default'::varchar(320) as label, s.start_time as starttime,
    s.end_time as endtime, t.sequence, 'QUERY'::varchar(10) as type, t.text
from pg_double.statement s join pg_catalog.stl_querytext t on t.query = s.query where pg_double.may_see(s.userid);
create or replace view pg_catalog.svl_qlog as
select s.userid, s.query::integer as query, s.transaction_id as xid, s.session_id as pid, s.start_time as starttime,
    s.end_time as endtime, (extract(epoch from s.end_time - s.start_time) * 1000000)::bigint as elapsed,
    case s.status when 'completed' then 0 else 1 end as aborted, 'default'::varchar(320) as label,
    pg_double.first_bytes(s.statement, 60)::varchar(60) as substring, null::integer as source_query,
    '0 - Ran on the main cluster'::text as concurrency_scaling_status_txt, 0 as from_sp_call
from pg_double.statement s where pg_double.may_see(s.userid);
create or replace view pg_catalog.sys_query_history as
select s.userid as user_id, s.query as query_id, 'default'::text as query_label, s.transaction_id, s.session_id,
    s.database_name, s.kind as query_type, case s.status when 'completed' then 'success' else s.status end as status,
    false as result_cache_hit, s.start_time, s.end_time,
    (extract(epoch from s.end_time - s.start_time) * 1000000)::bigint as elapsed_time, 0::bigint as queue_time,
    (extract(epoch from s.end_time - s.start_time) * 1000000)::bigint as execution_time, s.error_message,
    s.rows as returned_rows, s.bytes as returned_bytes, pg_double.first_bytes(s.statement, 4000) as query_text,
    pg_catalog.redshift_version() as redshift_version, null::text as usage_limit, 'primary'::text as compute_type,
    0::bigint as compile_time, 0::bigint as planning_time, 0::bigint as lock_wait_time
from pg_double.statement s where pg_double.may_see(s.userid);
create or replace view pg_catalog.sys_query_text as
select t.userid as user_id, t.query::bigint as query_id, t.xid as transaction_id, t.pid as session_id,
    s.start_time, t.sequence, t.text
from pg_catalog.stl_querytext t join pg_double.statement s on s.query = t.query;

-- Sessions and locks of the server. Times are UTC.
create or replace view pg_catalog.stv_sessions as
select a.backend_start at time zone 'UTC' as starttime, a.pid as process, pg_double.first_bytes(a.usename::text, 50)::varchar(50) as user_name,
    pg_double.first_bytes(a.datname::text, 50)::varchar(50) as db_name, 0 as timeout_sec
from pg_stat_activity a where a.datname is not null;
create or replace view pg_catalog.stv_recents as
select a.usesysid::integer as userid, case a.state when 'active' then 'Running' else 'Done' end::varchar(20) as status,
    a.query_start at time zone 'UTC' as starttime,
    case a.state when 'active' then (extract(epoch from clock_timestamp() - a.query_start) * 1000000)::integer else 0 end as duration,
    pg_double.first_bytes(a.usename::text, 50)::varchar(50) as user_name, pg_double.first_bytes(a.datname::text, 50)::varchar(50) as db_name, pg_double.first_bytes(a.query, 600)::varchar(600) as query,
    case a.state when 'active' then a.pid else -1 end as pid
from pg_stat_activity a where a.datname is not null;
create or replace view pg_catalog.stv_inflight as
select a.usesysid::integer as userid, 0 as slice, null::integer as query, 'default'::varchar(320) as label,
    a.backend_xid::text::bigint as xid, a.pid, a.query_start at time zone 'UTC' as starttime,
    pg_double.first_bytes(a.query, 100)::varchar(100) as text, 0 as suspended, 0 as insert_pristine,
    0 as concurrency_scaling_status
from pg_stat_activity a where a.datname is not null and a.state = 'active' and a.pid <> pg_backend_pid();
create or replace view pg_catalog.svv_transactions as
select a.usename::text as txn_owner, a.datname::text as txn_db,
    coalesce(a.backend_xid, a.backend_xmin)::text::bigint as xid, a.pid, a.xact_start at time zone 'UTC' as txn_start,
    l.mode as lock_mode, l.locktype as lockable_object_type, l.relation, l.granted
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype in ('relation', 'transactionid') and a.datname is not null;
create or replace view pg_catalog.stv_locks as
select l.relation::integer as table_id, null::timestamp as last_commit, null::timestamp as last_update,
    a.usesysid::bigint as lock_owner, a.pid::bigint as lock_owner_pid, a.xact_start at time zone 'UTC' as lock_owner_start_ts,
    null::timestamp as lock_owner_end_ts, pg_double.first_bytes(l.mode::text, 22)::varchar(22) as lock_status
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.relation >= 16384;
create or replace view pg_catalog.stv_tbl_perm as
select 0 as slice, c.oid::integer as id, pg_double.first_bytes(c.relname::text, 72)::varchar(72) as name, greatest(c.reltuples, 0)::bigint as rows,
    greatest(c.reltuples, 0)::bigint as sorted_rows, case c.relpersistence when 't' then 1 else 0 end as temp,
    (select d.oid::integer from pg_database d where d.datname = current_database()) as db_id, 0 as insert_pristine,
    0 as delete_pristine, case when d.backup = false then 0 else 1 end as backup
from pg_class c left join pg_double.design d on d.relation = c.oid
where c.relkind in ('r', 'p') and c.oid >= 16384;
create or replace view pg_catalog.stv_slices as select 0 as node, 0 as slice, 0 as localslice, 'D'::char(1) as type;
