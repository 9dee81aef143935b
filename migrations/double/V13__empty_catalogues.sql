-- Catalogues that are empty here, because the double has nothing of what they tell of: clusters, queues, blocks, plans,
-- external schemas, datashares. Their columns are those of Redshift, so that what joins them works.

do $$
declare
    catalogue record;
    columns text;
begin
    for catalogue in select * from (values
        ('svv_external_schemas', 'esoid oid, eskind integer, schemaname name, esowner integer, databasename text, esoptions text'),
        ('svv_external_tables', 'redshift_database_name text, schemaname text, tablename text, tabletype text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed integer, parameters text'),
        ('svv_external_columns', 'redshift_database_name text, schemaname text, tablename text, columnname text, external_type text, columnnum integer, part_key integer, is_nullable text'),
        ('svv_external_partitions', 'schemaname text, tablename text, "values" text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed integer, parameters text'),
        ('svv_external_databases', 'eskind integer, esoptions text, databasename text, location text, parameters text'),
        ('pg_external_schema', 'esoid oid, eskind integer, esdbname text, esoptions text'),
        ('pg_library', 'name name, language_oid oid, file_store_id integer, owner integer'),
        ('svv_datashares', 'share_name text, share_id integer, share_owner integer, source_database text, consumer_database text, share_type text, createdate timestamp, is_publicaccessible boolean, share_acl text, producer_account text, producer_namespace text, managed_by text'),
        ('svv_datashare_objects', 'share_type text, share_name text, object_type text, object_name text, producer_account text, producer_namespace text, include_new boolean'),
        ('svv_datashare_consumers', 'share_name text, consumer_account text, consumer_namespace text, share_date timestamp'),
        ('svv_datashare_privileges', 'datashare_name text, privilege_type text, identity_id integer, identity_name text, identity_type text, admin_option boolean'),
        ('svv_rls_policy', 'polname text, polalias text, polatts text, polqual text, polenabled boolean, polmodifiedby text, polmodifiedtime timestamp, poldb text'),
        ('svv_rls_relation', 'datname text, relschema text, relname text, relkind text, is_rls_on boolean, is_rls_datashare_on boolean, rls_conjunction_type text'),
        ('svv_rls_attached_policy', 'relschema text, relname text, relkind text, polname text, grantor text, grantee text, granteekind text, is_pol_on boolean, is_rls_on boolean, rls_conjunction_type text'),
        ('svv_rls_applied_policy', 'username text, query integer, xid bigint, pid integer, recordtime timestamp, command text, datname text, relschema text, relname text, polname text, poldefault text'),
        ('svv_masking_policy', 'policy_database text, policy_name text, input_columns text, policy_expression text, policy_modified_by text, policy_modified_time timestamp'),
        ('svv_attached_masking_policy', 'policy_name text, schema_name text, table_name text, table_type text, grantor text, grantee text, grantee_type text, priority integer, input_columns text, output_columns text'),
        ('svv_iam_privileges', 'iam_arn text, command_type text, identity_type text, identity_name text'),
        ('svv_ml_model_info', 'database_name text, schema_name text, user_name text, model_name text, life_cycle text, is_refreshable integer, model_state text'),
        ('stv_ml_model_info', 'database_name text, schema_name text, user_name text, model_name text, life_cycle text, is_refreshable integer, model_state text'),
        ('svl_mv_refresh_status', 'db_name text, userid bigint, schema_name text, mv_name text, xid bigint, starttime timestamp, endtime timestamp, status text, refresh_type text'),
        ('sys_mv_refresh_history', 'user_id integer, session_id integer, transaction_id bigint, database_name text, schema_name text, mv_id bigint, mv_name text, refresh_type text, status text, start_time timestamp, end_time timestamp, duration bigint'),
        ('stl_error', 'userid integer, process text, recordtime timestamp, pid integer, errcode integer, file text, linenum integer, context text, error text'),
        ('stl_tr_conflict', 'xact_id bigint, process_id bigint, xact_start_ts timestamp, abort_time timestamp, table_id bigint'),
        ('stl_utilitytext', 'userid integer, xid bigint, pid integer, label text, starttime timestamp, endtime timestamp, sequence integer, text text'),
        ('stl_ddltext', 'userid integer, xid bigint, pid integer, label text, starttime timestamp, endtime timestamp, sequence integer, text text'),
        ('stl_connection_log', 'event text, recordtime timestamp, remotehost text, remoteport text, pid integer, dbname text, username text, authmethod text, duration bigint, sslversion text, sslcipher text, mtu integer, sslcompression text, sslexpansion text, iamauthguid text, application_name text, os_version text, driver_version text, plugin_name text, protocol_version integer, sessionid text, compression text'),
        ('stl_sessions', 'userid integer, starttime timestamp, endtime timestamp, process integer, user_name text, db_name text, timeout_sec integer, timed_out integer'),
        ('stl_userlog', 'userid integer, username text, oldusername text, action text, usecreatedb integer, usesuper integer, usecatupd integer, valuntil timestamp, pid integer, xid bigint, recordtime timestamp'),
        ('stl_analyze', 'userid integer, xid bigint, database text, table_id integer, status text, rows double precision, modified_rows double precision, threshold_percent integer, is_auto text, starttime timestamp, endtime timestamp, prevtime timestamp, num_predicate_cols integer, num_new_predicate_cols integer, is_background text, auto_analyze_phase text'),
        ('stl_vacuum', 'userid integer, xid bigint, table_id integer, status text, rows bigint, sortedrows integer, blocks integer, max_merge_partitions integer, eventtime timestamp, reclaimable_rows bigint, reclaimable_space_mb bigint, cutoff_xid bigint, is_recluster integer'),
        ('svv_vacuum_progress', 'table_name text, status text, time_remaining_estimate text'),
        ('svv_vacuum_summary', 'table_name text, xid bigint, sort_partitions bigint, merge_increments bigint, elapsed_time bigint, row_delta bigint, sortedrow_delta bigint, block_delta integer, max_merge_partitions integer'),
        ('svl_vacuum_percentage', 'xid bigint, table_id integer, percentage bigint'),
        ('sys_vacuum_history', 'user_id integer, transaction_id bigint, query_id bigint, database_name text, schema_name text, table_name text, table_id integer, vacuum_type text, is_automatic boolean, status text, start_time timestamp, end_time timestamp, duration bigint'),
        ('stl_commit_stats', 'xid bigint, node integer, startqueue timestamp, startwork timestamp, endtime timestamp, queuelen bigint, permblocks bigint, newblocks bigint, dirtyblocks bigint, headers bigint, numxids bigint, oldestxid bigint, extwritelatency bigint, metadatawritten integer, tombstonedblocks bigint, tossedblocks bigint, batched_by bigint'),
        ('stl_alert_event_log', 'userid integer, query integer, slice integer, segment integer, step integer, pid integer, xid bigint, event text, solution text, event_time timestamp'),
        ('stl_explain', 'userid integer, query integer, nodeid integer, parentid integer, plannode text, info text'),
        ('stl_plan_info', 'userid integer, query integer, nodeid integer, segment integer, step integer, locus integer, plannode integer, startupcost double precision, totalcost double precision, rows bigint, bytes bigint'),
        ('stl_scan', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, fetches bigint, type integer, tbl integer, is_rrscan text, is_delayed_scan text, rows_pre_filter bigint, rows_pre_user_filter bigint, perm_table_name text'),
        ('stl_insert', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, tbl integer, inserted_mega_value text'),
        ('stl_delete', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, tbl integer'),
        ('stl_return', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, packets integer, checksum bigint'),
        ('stl_query_metrics', 'userid integer, service_class integer, query integer, segment integer, step_type integer, starttime timestamp, slices integer, max_rows bigint, rows bigint, max_cpu_time bigint, cpu_time bigint, max_blocks_read bigint, blocks_read bigint, max_run_time bigint, run_time bigint'),
        ('svl_query_metrics_summary', 'userid integer, query integer, service_class integer, query_cpu_time bigint, query_blocks_read bigint, query_execution_time bigint, query_cpu_usage_percent numeric, query_temp_blocks_to_disk bigint, segment_execution_time bigint, return_row_count bigint, scan_row_count bigint, join_row_count bigint, query_queue_time bigint, service_class_name text'),
        ('svl_query_summary', 'userid integer, query integer, stm integer, seg integer, step integer, maxtime bigint, avgtime bigint, rows bigint, bytes bigint, rate_row double precision, rate_byte double precision, label text, is_diskbased text, workmem bigint, is_rrscan text, is_delayed_scan text, rows_pre_filter bigint'),
        ('svl_query_report', 'userid integer, query integer, slice integer, segment integer, step integer, start_time timestamp, end_time timestamp, elapsed_time bigint, rows bigint, bytes bigint, label text, is_diskbased text, workmem bigint, is_rrscan text, is_delayed_scan text, rows_pre_filter bigint'),
        ('svl_query_queue_info', 'database text, query integer, xid bigint, userid integer, querytxt text, queue_start_time timestamp, exec_start_time timestamp, service_class integer, slots integer, queue_elapsed bigint, exec_elapsed bigint, wlm_total_elapsed bigint, commit_queue_elapsed bigint, commit_exec_time bigint, service_class_name text'),
        ('svv_query_inflight', 'userid integer, slice integer, query integer, pid integer, starttime timestamp, suspended integer, text text, sequence integer'),
        ('svl_stored_proc_call', 'userid integer, session_userid integer, query integer, label text, xid bigint, pid integer, database text, querytxt text, starttime timestamp, endtime timestamp, aborted integer, from_sp_call integer'),
        ('svl_stored_proc_messages', 'userid integer, session_userid integer, pid integer, xid bigint, query integer, recordtime timestamp, loglevel integer, loglevel_text text, message text, linenum integer, querytxt text, label text, aborted integer, message_xid bigint'),
        ('svl_multi_statement_violations', 'userid integer, database text, cmdname text, xid bigint, pid integer, label text, starttime timestamp, endtime timestamp, sequence integer, type text, text text'),
        ('svl_terminate', 'pid integer, eventtime timestamp, userid integer, type text'),
        ('stl_wlm_query', 'userid integer, xid bigint, task integer, query integer, service_class integer, slot_count integer, service_class_start_time timestamp, queue_start_time timestamp, queue_end_time timestamp, total_queue_time bigint, exec_start_time timestamp, exec_end_time timestamp, total_exec_time bigint, service_class_end_time timestamp, final_state text, est_peak_mem bigint, query_priority text, service_class_name text'),
        ('stv_wlm_query_state', 'xid bigint, task integer, query integer, service_class integer, slot_count integer, wlm_start_time timestamp, state text, queue_time bigint, exec_time bigint, query_priority text'),
        ('stv_wlm_service_class_config', 'service_class integer, queueing_strategy text, num_query_tasks integer, target_num_query_tasks integer, evictable text, eviction_threshold bigint, query_working_mem integer, target_query_working_mem integer, min_step_mem integer, name text, max_execution_time bigint, user_group_wild_card boolean, query_group_wild_card boolean, concurrency_scaling text, query_priority text'),
        ('stv_wlm_service_class_state', 'service_class integer, num_queued_queries integer, num_executing_queries integer, num_serviced_queries integer, num_executed_queries integer, query_working_mem integer, num_query_tasks integer, target_num_query_tasks integer, num_concurrency_scaling_queries integer'),
        ('stv_wlm_classification_config', 'id integer, condition text, action_seq integer, action text, action_service_class integer'),
        ('stv_exec_state', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, currenttime timestamp, tasknum integer, rows bigint, bytes bigint, label text, is_diskbased text, workmem bigint, num_parts integer, is_rrscan text, is_delayed_scan text'),
        ('stv_query_metrics', 'userid integer, service_class integer, query integer, segment integer, step_type integer, starttime timestamp, slices integer, max_rows bigint, rows bigint, max_cpu_time bigint, cpu_time bigint, max_blocks_read bigint, blocks_read bigint, max_run_time bigint, run_time bigint'),
        ('stv_active_cursors', 'userid integer, name text, xid bigint, pid integer, starttime timestamp, row_count bigint, byte_count bigint, fetched_rows bigint'),
        ('stv_blocklist', 'slice integer, col integer, tbl integer, blocknum integer, num_values integer, extended_limits integer, minvalue bigint, maxvalue bigint, sb_pos integer, pinned integer, on_disk integer, modified integer, hdr_modified integer, unsorted integer, tombstone integer, preferred_diskno integer, temporary integer, newblock integer'),
        ('stv_partitions', 'owner integer, host integer, diskno integer, part_begin bigint, part_end bigint, used integer, tossed integer, capacity integer, reads bigint, writes bigint, seek_forward integer, seek_back integer, is_san integer, failed integer, mbps integer, mount text'),
        ('stv_node_storage_capacity', 'node integer, used bigint, capacity bigint'),
        ('svv_diskusage', 'db_id integer, name text, slice integer, col integer, tbl integer, blocknum integer, num_values integer, minvalue bigint, maxvalue bigint, sb_pos integer, pinned integer, on_disk integer, modified integer, hdr_modified integer, unsorted integer, tombstone integer, preferred_diskno integer, temporary integer, newblock integer'),
        ('svv_interleaved_columns', 'tbl integer, col integer, interleaved_skew numeric(19,2), last_reindex timestamp'),
        ('svv_alter_table_recommendations', 'type text, database text, table_id integer, group_id integer, ddl text, auto_eligible text'),
        ('svl_auto_worker_action', 'table_id integer, type text, status text, eventtime timestamp, sequence integer, previous_state text'),
        ('stl_s3client', 'userid integer, query integer, slice integer, recordtime timestamp, pid integer, http_method text, bucket text, key text, transfer_size bigint, data_size bigint, start_time bigint, end_time bigint, transfer_time bigint, compression_time bigint, connect_time bigint, app_connect_time bigint, retries bigint, request_id text, extended_request_id text, ip_address text, is_partial integer, start_offset bigint'),
        ('stl_s3client_error', 'userid integer, query integer, sliceid integer, recordtime timestamp, pid integer, http_method text, bucket text, key text, error text, is_partial integer, start_offset bigint'),
        ('stl_replacements', 'userid integer, query integer, slice integer, tbl integer, starttime timestamp, session integer, filename text, line_number bigint, colname text, raw_line text'),
        ('stl_restarted_sessions', 'currenttime timestamp, dbname text, newpid integer, oldpid integer, username text, remotehost text, remoteport text, parkedtime timestamp, session_vars text'),
        ('stl_schema_quota_violations', 'ownerid integer, xid bigint, pid integer, userid integer, schema_name text, quota integer, disk_usage integer, disk_usage_pct double precision, "timestamp" timestamp'),
        ('svv_schema_quota_state', 'schema_id integer, schema_name text, schema_owner integer, quota integer, disk_usage integer, disk_usage_pct double precision'),
        ('sys_external_query_detail', 'user_id integer, query_id bigint, transaction_id bigint, child_query_sequence integer, segment_id integer, source_type text, start_time timestamp, end_time timestamp, duration bigint, total_partitions integer, qualified_partitions integer, scanned_files bigint, returned_rows bigint, returned_bytes bigint, file_format text, file_location text, external_query_text text, warning_message text'),
        ('sys_query_detail', 'user_id integer, query_id bigint, child_query_sequence integer, stream_id integer, segment_id integer, step_id integer, step_name text, table_id integer, table_name text, is_rrscan text, start_time timestamp, end_time timestamp, duration bigint, alert text, input_bytes bigint, input_rows bigint, output_bytes bigint, output_rows bigint'),
        ('sys_connection_log', 'event text, record_time timestamp, remote_host text, remote_port text, session_id integer, database_name text, user_name text, auth_method text, duration bigint, ssl_version text, ssl_cipher text'),
        ('sys_serverless_usage', 'start_time timestamp, end_time timestamp, compute_seconds double precision, compute_capacity double precision, data_storage integer, cross_region_transferred_data integer, charged_seconds integer')
    ) c(name, columns) loop
        -- `numeric(19,2)` holds a comma, so columns are cut at a comma and a blank.
        select string_agg(format('null::%s as %s', substr(d, strpos(d, ' ') + 1), left(d, strpos(d, ' ') - 1)), ', ' order by p)
        into columns from unnest(string_to_array(catalogue.columns, ', ')) with ordinality u(d, p);
        execute format('create or replace view pg_catalog.%I as select %s where false', catalogue.name, columns);
    end loop;
end $$;

-- All can read them, as all can read the server's own; and, as of those, a dump of the database says nothing of it.
do $$
declare
    relation regclass;
begin
    for relation in select c.oid from pg_class c
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.oid >= 16384
    loop
        execute format('grant select on %s to public', relation);
        delete from pg_init_privs p where p.objoid = relation and p.classoid = 'pg_class'::regclass;
        insert into pg_init_privs
        select relation, 'pg_class'::regclass, 0, 'i', c.relacl from pg_class c where c.oid = relation;
    end loop;
end $$;
