-- What COPY and UNLOAD of the double did. The views stl_* and sys_* read these tables.
-- Times are UTC, as in Redshift's system tables. A session writes down what it did itself, so every user may write.

grant usage on schema pg_double to public;

-- Numbers of queries.
create sequence pg_double.query_id;
grant usage, select on sequence pg_double.query_id to public;

create function pg_double.user_id() returns integer
language sql stable
return (select u.oid::integer from pg_catalog.pg_roles u where u.rolname = current_user);

create function pg_double.now_utc() returns timestamp
language sql volatile
return clock_timestamp() at time zone 'UTC';

-- One row a COPY from a store.
create table pg_double.load (
    query bigint primary key default nextval('pg_double.query_id'),
    userid integer not null default pg_double.user_id(),
    transaction_id bigint not null default (pg_current_xact_id()::text::bigint),
    session_id integer not null default pg_backend_pid(),
    database_name text not null default current_database(),
    statement text not null,
    table_id oid not null,
    table_name text not null,
    data_source text not null,
    file_format text not null
        check (file_format in ('text', 'csv', 'json', 'fixedwidth', 'parquet', 'avro', 'orc')),
    status text not null check (status in ('running', 'completed', 'failed', 'canceled')),
    start_time timestamp not null default pg_double.now_utc(),
    end_time timestamp,
    loaded_rows bigint not null default 0,
    loaded_bytes bigint not null default 0,
    source_file_count integer not null default 0,
    source_file_bytes bigint not null default 0,
    error_count bigint not null default 0,
    error_message text
);

-- One row a file that a COPY read.
create table pg_double.load_file (
    query bigint not null,
    userid integer not null default pg_double.user_id(),
    file_name text not null,
    file_format text not null,
    bytes_scanned bigint not null,
    lines_scanned bigint not null,
    loaded_rows bigint not null,
    error_count bigint not null default 0,
    start_time timestamp not null default pg_double.now_utc(),
    end_time timestamp not null default pg_double.now_utc()
);

-- One row a line that a COPY refused.
create table pg_double.load_error (
    error_id bigint generated always as identity primary key,
    query bigint not null,
    userid integer not null default pg_double.user_id(),
    session_id integer not null default pg_backend_pid(),
    transaction_id bigint not null default (pg_current_xact_id()::text::bigint),
    database_name text not null default current_database(),
    table_id oid not null,
    start_time timestamp not null default pg_double.now_utc(),
    file_name text not null,
    -- Counted from 1, header lines included.
    line_number bigint not null,
    -- The column that failed; empty if it was not about one.
    column_name text not null default '',
    -- As format_type names it, without length.
    column_type text not null default '',
    -- Length of the column as declared, for instance 10, or 10,2; empty if it has none.
    column_length text not null default '',
    -- Byte at which the field begins in the line, counted from 0.
    position integer not null default 0,
    raw_line text not null default '',
    raw_field_value text not null default '',
    error_code integer not null,
    error_message text not null
);

-- The fields of a refused line up to the one that failed, in order.
create table pg_double.load_error_field (
    error_id bigint not null,
    field integer not null,
    column_name text not null,
    column_type text not null,
    column_length text not null,
    -- NULL if the field was read as NULL.
    value text,
    primary key (error_id, field)
);

-- One row an UNLOAD.
create table pg_double.unload (
    query bigint primary key default nextval('pg_double.query_id'),
    userid integer not null default pg_double.user_id(),
    transaction_id bigint not null default (pg_current_xact_id()::text::bigint),
    session_id integer not null default pg_backend_pid(),
    database_name text not null default current_database(),
    statement text not null,
    destination text not null,
    file_format text not null check (file_format in ('text', 'csv', 'json', 'fixedwidth', 'parquet')),
    status text not null check (status in ('running', 'completed', 'failed', 'canceled')),
    start_time timestamp not null default pg_double.now_utc(),
    end_time timestamp,
    unloaded_rows bigint not null default 0,
    unloaded_files_count bigint not null default 0,
    unloaded_files_size bigint not null default 0,
    error_message text
);

-- One row a file that an UNLOAD wrote.
create table pg_double.unload_file (
    query bigint not null,
    userid integer not null default pg_double.user_id(),
    file_name text not null,
    file_format text not null,
    line_count bigint not null,
    transfer_size bigint not null,
    start_time timestamp not null default pg_double.now_utc(),
    end_time timestamp not null default pg_double.now_utc()
);

grant select, insert, update on pg_double.load, pg_double.load_file, pg_double.load_error,
    pg_double.load_error_field, pg_double.unload, pg_double.unload_file to public;

create index load_file_query on pg_double.load_file (query);
create index load_error_query on pg_double.load_error (query);
create index unload_file_query on pg_double.unload_file (query);
