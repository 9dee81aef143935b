-- Catalogues that are empty here, because the double has nothing of what they tell of: clusters, queues, blocks, plans,
-- datashares. Their columns are those of Redshift, so that what joins them works.

do $$
declare
    catalogue record;
    columns text;
begin
    for catalogue in select * from (values
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
        ('svv_iam_privileges', 'iam_arn text, command_type text, identity_id integer, identity_name text, identity_type text'),
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
        ('stl_query_metrics', 'userid integer, service_class integer, query integer, segment integer, step integer, step_type integer, starttime timestamp, slices integer, max_rows bigint, rows bigint, max_cpu_time bigint, cpu_time bigint, max_blocks_read bigint, blocks_read bigint, max_run_time bigint, run_time bigint, max_blocks_to_disk bigint, blocks_to_disk bigint, max_query_scan_size bigint, query_scan_size bigint, query_priority text, query_queue_time bigint, service_class_name text'),
        ('svl_query_metrics_summary', 'userid integer, query integer, service_class integer, query_cpu_time bigint, query_blocks_read bigint, query_execution_time bigint, query_cpu_usage_percent numeric(38,2), query_temp_blocks_to_disk bigint, segment_execution_time bigint, cpu_skew numeric(38,2), io_skew numeric(38,2), scan_row_count bigint, join_row_count bigint, nested_loop_join_row_count bigint, return_row_count bigint, spectrum_scan_row_count bigint, spectrum_scan_size_mb bigint, query_queue_time bigint, service_class_name text, query_priority text'),
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
        ('stv_query_metrics', 'userid integer, service_class integer, query integer, segment integer, step integer, step_type integer, starttime timestamp, slices integer, max_rows bigint, rows bigint, max_cpu_time bigint, cpu_time bigint, max_blocks_read bigint, blocks_read bigint, max_run_time bigint, run_time bigint, max_blocks_to_disk bigint, blocks_to_disk bigint, max_query_scan_size bigint, query_scan_size bigint, query_priority text, query_queue_time bigint, service_class_name text'),
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
        ('svl_query_metrics', 'userid integer, query integer, service_class integer, dimension text, segment integer, step integer, step_label text, query_cpu_time bigint, query_blocks_read bigint, query_execution_time bigint, query_cpu_usage_percent numeric(38,2), query_temp_blocks_to_disk bigint, segment_execution_time bigint, cpu_skew numeric(38,2), io_skew numeric(38,2), scan_row_count bigint, join_row_count bigint, nested_loop_join_row_count bigint, return_row_count bigint, spectrum_scan_row_count bigint, spectrum_scan_size_mb bigint, query_queue_time bigint, service_class_name text'),
        ('stl_aggr', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, slots integer, occupied integer, maxlength integer, tbl integer, is_diskbased text, workmem bigint, type text, resizes integer, flushable integer, preagg_flush integer, used_unique_sparse integer'),
        ('stl_bcast', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, packets integer, checksum bigint'),
        ('stl_dist', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, packets integer, checksum bigint'),
        ('stl_disk_full_diag', 'currenttime bigint, node_num bigint, query_id bigint, temp_blocks bigint'),
        ('stl_file_scan', 'userid integer, query integer, slice integer, name text, lines bigint, bytes bigint, loadtime bigint, curtime timestamp, is_partial integer, start_offset bigint'),
        ('stl_hash', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, slots integer, occupied integer, maxlength integer, tbl integer, is_diskbased text, workmem bigint, num_parts integer, est_rows bigint, num_blocks_permitted integer, resizes integer, checksum bigint, runtime_filter_size integer, max_runtime_filter_size integer'),
        ('stl_hashjoin', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, tbl integer, num_parts integer, join_type integer, hash_looped text, switched_parts text, used_prefetching text, hash_segment integer, hash_step integer, checksum bigint, distribution integer'),
        ('stl_limit', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, checksum bigint'),
        ('stl_merge', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint'),
        ('stl_mergejoin', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, tbl integer, checksum bigint'),
        ('stl_nestloop', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, tbl integer, checksum bigint'),
        ('stl_parse', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint'),
        ('stl_project', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, checksum bigint'),
        ('stl_save', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, tbl integer, is_diskbased text, workmem bigint'),
        ('stl_sort', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, bytes bigint, tbl integer, is_diskbased text, workmem bigint, checksum bigint'),
        ('stl_stream_segs', 'userid integer, query integer, stream integer, segment integer'),
        ('stl_undone', 'userid integer, xact_id bigint, xact_id_undone bigint, undo_start_ts timestamp, undo_end_ts timestamp, table_id bigint'),
        ('stl_unique', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, is_diskbased text, slots integer, workmem bigint, max_buffers_used bigint, resizes integer, occupied integer, flushable integer, used_unique_sparse integer'),
        ('stl_window', 'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint, is_diskbased text, workmem bigint'),
        ('stl_sshclient_error', 'userid integer, query integer, slice integer, recordtime timestamp, pid integer, ssh_username text, endpoint text, command text, error text'),
        ('stl_wlm_error', 'userid integer, recordtime timestamp, pid integer, error_string text'),
        ('stl_wlm_rule_action', 'userid integer, query integer, service_class integer, rule text, action text, recordtime timestamp, action_value text, service_class_name text'),
        ('stl_usage_control', 'eventtime timestamp, query integer, xid bigint, pid integer, usage_limit_id text, feature_type text'),
        ('stl_mv_state', 'userid bigint, starttime timestamp, xid bigint, event_desc text, db_name text, base_table_schema text, base_table_name text, mv_schema text, mv_name text, state text'),
        ('stl_compression_log', 'message text'),
        ('svl_compile', 'userid integer, xid bigint, pid integer, query integer, segment integer, locus integer, starttime timestamp, endtime timestamp, compile integer'),
        ('svl_federated_query', 'userid integer, xid bigint, pid integer, query integer, sourcetype text, recordtime timestamp, querytext text, num_rows bigint, num_bytes bigint, duration bigint'),
        ('svl_s3list', 'query integer, segment integer, node integer, eventtime timestamp, bucket text, prefix text, recursive text, retrieved_files integer, max_file_size bigint, avg_file_size double precision, generated_splits integer, avg_split_length double precision, duration bigint'),
        ('svl_s3log', 'pid integer, query integer, segment integer, step integer, node integer, slice integer, eventtime timestamp, message text'),
        ('svl_s3partition', 'query integer, segment integer, node integer, slice integer, starttime timestamp, endtime timestamp, duration bigint, total_partitions integer, qualified_partitions integer, assigned_partitions integer, assignment text'),
        ('svl_s3partition_summary', 'query integer, segment integer, assignment text, min_starttime timestamp, max_endtime timestamp, min_duration bigint, max_duration bigint, avg_duration bigint, total_partitions integer, qualified_partitions integer, min_assigned_partitions integer, max_assigned_partitions integer, avg_assigned_partitions bigint'),
        ('svl_s3query', 'userid integer, query integer, segment integer, step integer, node integer, slice integer, starttime timestamp, endtime timestamp, elapsed bigint, external_table_name text, file_format text, is_partitioned text, is_rrscan text, is_nested text, s3_scanned_rows bigint, s3_scanned_bytes bigint, s3query_returned_rows bigint, s3query_returned_bytes bigint, files integer, splits integer, total_split_size bigint, max_split_size bigint, total_retries integer, max_retries integer, max_request_duration bigint, avg_request_duration double precision, max_request_parallelism integer, avg_request_parallelism double precision'),
        ('svl_s3query_summary', 'userid integer, query integer, xid bigint, pid integer, segment integer, step integer, starttime timestamp, endtime timestamp, elapsed bigint, aborted integer, external_table_name text, file_format text, is_partitioned text, is_rrscan text, is_nested text, s3_scanned_rows bigint, s3_scanned_bytes bigint, s3query_returned_rows bigint, s3query_returned_bytes bigint, files bigint, files_max integer, files_avg bigint, splits bigint, splits_max integer, splits_avg bigint, total_split_size bigint, max_split_size bigint, avg_split_size bigint, total_retries bigint, max_retries integer, max_request_duration bigint, avg_request_duration double precision, max_request_parallelism integer, avg_request_parallelism double precision, total_slowdown_count bigint, max_slowdown_count integer'),
        ('svl_s3retries', 'query integer, segment integer, node integer, slice integer, eventtime timestamp, retries integer, successful_fetches bigint, file_size bigint, location text, message text'),
        ('svl_spectrum_scan_error', 'userid integer, query integer, location text, rowid text, colname text, original_value text, modified_value text, trigger text, action text, action_value text, error_code integer'),
        ('svl_udf_log', 'query bigint, message text, created timestamp, traceback text, funcname text, node integer, slice integer, seq integer'),
        ('svl_datashare_change_log', 'userid integer, username text, pid integer, xid bigint, share_id integer, share_name text, source_database_id integer, source_database_name text, consumer_database_id integer, consumer_database_name text, recordtime timestamp, action text, status integer, share_object_type text, share_object_id integer, share_object_name text, target_user_type text, target_userid integer, target_username text, consumer_account text, consumer_namespace text, producer_account text, producer_namespace text, attribute_name text, attribute_value text, message text'),
        ('svl_datashare_usage_consumer', 'userid integer, pid integer, xid bigint, request_id text, request_type text, transaction_uid text, recordtime timestamp, status integer, error text'),
        ('svl_datashare_usage_producer', 'share_id integer, share_name text, request_id text, request_type text, object_type text, object_oid integer, object_name text, consumer_account text, consumer_namespace text, consumer_transaction_uid text, recordtime timestamp, status integer, error text'),
        ('svv_identity_providers', 'uid integer, name text, type text, instanceid text, namespc text, params text, enabled boolean'),
        ('svv_integration', 'integration_id text, target_database text, source text, state text, current_lag bigint, last_replicated_checkpoint text, total_tables_replicated integer, total_tables_failed integer, creation_time timestamp, refresh_interval integer, source_database text, is_history_mode boolean, query_all_states boolean, truncatecolumns boolean, acceptinvchars boolean'),
        ('svv_integration_table_state', 'integration_id text, target_database text, schema_name text, table_name text, table_state text, table_last_replicated_checkpoint text, reason text, last_updated_timestamp timestamp, table_rows bigint, table_size bigint, is_history_mode boolean'),
        ('svv_language_privileges', 'language_name text, privilege_type text, identity_id integer, identity_name text, identity_type text, admin_option boolean'),
        ('svv_ml_model_privileges', 'namespace_name text, model_name text, model_version integer, privilege_type text, identity_id integer, identity_name text, identity_type text, admin_option boolean'),
        ('svv_query_state', 'userid integer, query integer, seg integer, step integer, maxtime interval, avgtime interval, rows bigint, bytes bigint, cpu integer, memory integer, rate_row double precision, rate_byte double precision, label text, is_diskbased text, workmem bigint, num_parts integer, is_rrscan text, is_delayed_scan text'),
        ('svv_system_privileges', 'system_privilege text, identity_id integer, identity_name text, identity_type text'),
        ('svv_copy_job_integrations', 'oid integer, job_id integer, database_name text, integration_arn text'),
        ('stv_cursor_configuration', 'current_cursor_count integer, max_diskspace_usable integer, current_diskspace_used integer'),
        ('stv_startup_recovery_state', 'db_id integer, table_id integer, table_name text'),
        ('stv_tbl_trans', 'slice integer, id integer, rows bigint, size bigint, query_id bigint, ref_cnt integer, from_suspended integer, prep_swap integer'),
        ('stv_wlm_qmr_config', 'service_class integer, rule_name text, action text, metric_name text, metric_operator text, metric_value double precision, action_value text'),
        ('stv_wlm_query_queue_state', 'service_class integer, position integer, task integer, query integer, slot_count integer, start_time timestamp, queue_time bigint'),
        ('stv_wlm_query_task_state', 'service_class integer, task integer, query integer, level integer, start_time timestamp, exec_time bigint'),
        ('stv_xrestore_alter_queue_state', 'userid integer, db_id integer, schema text, table_name text, tbl integer, status text, task_type integer, phase integer, scheduled_time timestamp'),
        ('sys_analyze_history', 'user_id integer, transaction_id bigint, database_name text, schema_name text, table_name text, table_id integer, is_automatic text, status text, start_time timestamp, end_time timestamp, rows double precision, modified_rows double precision, analyze_threshold_percent integer, last_analyze_time timestamp'),
        ('sys_analyze_compression_history', 'user_id integer, start_time timestamp, transaction_id bigint, table_id integer, table_name text, column_position integer, old_encoding text, new_encoding text, mode text'),
        ('sys_auto_table_optimization', 'table_id integer, table_owner_id integer, database_name text, schema_name text, table_name text, alter_table_type text, alter_table_statement text, status text, event_time timestamp, alter_from text'),
        ('sys_copy_job', 'job_id bigint, job_name text, job_owner integer, data_source text, copy_query text, iam_role text, file_format text, is_auto_copy integer, job_state integer, database_name text'),
        ('sys_copy_replacements', 'user_id integer, query_id bigint, table_id integer, file_name text, line_number bigint, column_name text, raw_line text'),
        ('sys_datashare_change_log', 'user_id integer, user_name text, session_id integer, transaction_id bigint, share_id integer, share_name text, source_database_id integer, source_database_name text, consumer_database_id integer, consumer_database_name text, record_time timestamp, action text, status integer, share_object_type text, share_object_id integer, share_object_name text, target_user_type text, target_user_id integer, target_user_name text, consumer_account text, consumer_namespace text, producer_account text, producer_namespace text, attribute_name text, attribute_value text, message text'),
        ('sys_datashare_usage_consumer', 'user_id integer, session_id integer, transaction_id bigint, request_id text, request_type text, transaction_uid text, record_time timestamp, status integer, error text'),
        ('sys_datashare_usage_producer', 'share_id integer, share_name text, request_id text, request_type text, object_type text, object_oid integer, object_name text, consumer_account text, consumer_namespace text, consumer_transaction_uid text, record_time timestamp, status integer, error text, consumer_region text'),
        ('sys_datashare_cross_region_usage', 'query_id bigint, segment_id integer, requester_account_id text, share_name text, transferred_data bigint, start_time timestamp, end_time timestamp, source_region text'),
        ('sys_external_query_error', 'user_id integer, query_id bigint, file_location text, rowid text, column_name text, original_value text, modified_value text, trigger text, action text, action_value text, error_code integer'),
        ('sys_integration_activity', 'integration_id text, target_database text, source text, checkpoint_name text, checkpoint_type text, checkpoint_bytes bigint, last_commit_timestamp timestamp, modified_tables integer, integration_start_time timestamp, integration_end_time timestamp'),
        ('sys_mv_state', 'user_id integer, transaction_id bigint, database_name text, event_desc text, start_time timestamp, base_table_database_name text, base_table_schema text, base_table_name text, mv_schema text, mv_name text, state text'),
        ('sys_procedure_call', 'user_id integer, query_id bigint, query_text text, start_time timestamp, end_time timestamp, duration bigint, status text, session_user_name text, procedure_owner_name text, transaction_id bigint, session_id integer, from_sp_call bigint'),
        ('sys_procedure_messages', 'transaction_id bigint, query_id bigint, record_time timestamp, log_level text, message text, line_number integer'),
        ('sys_query_explain', 'user_id integer, query_id bigint, child_query_sequence integer, plan_node_id integer, plan_parent_id integer, plan_node text, plan_info text'),
        ('sys_restore_log', 'event_time timestamp, database_name text, schema_name text, table_name text, table_id integer, action text, size bigint, remaining_data bigint, completed_data bigint, message text'),
        ('sys_restore_state', 'user_id integer, database_id integer, schema_name text, table_name text, table_id integer, redistribution_status text, percentage_data_redistributed numeric(5,2), redistribution_type text'),
        ('sys_schema_quota_violations', 'owner_id integer, user_id integer, transaction_id bigint, session_id integer, schema_id integer, schema_name text, quota integer, disk_usage integer, record_time timestamp'),
        ('sys_session_history', 'session_id integer, database_name text, status text, session_timeout integer, idle_timeout integer, user_name text, session_start_time timestamp, session_end_time timestamp'),
        ('sys_spatial_simplify', 'query_id bigint, line_number bigint, maximum_tolerance double precision, initial_size bigint, is_simplified text, final_size bigint, final_tolerance double precision'),
        ('sys_stream_scan_errors', 'external_schema_name text, stream_name text, mv_name text, transaction_id bigint, query_id bigint, record_time timestamp, partition_id text, position text, error_code integer, error_reason text'),
        ('sys_stream_scan_states', 'external_schema_name text, stream_name text, mv_name text, transaction_id bigint, query_id bigint, record_time timestamp, partition_id text, latest_position text, scanned_rows bigint, skipped_rows bigint, scanned_bytes bigint, stream_record_time_min timestamp, stream_record_time_max timestamp'),
        ('sys_transaction_history', 'user_id integer, transaction_id bigint, isolation_level text, status text, transaction_start_time timestamp, commit_start_time timestamp, commit_end_time timestamp, blocks_committed integer, undo_start_time timestamp, undo_end_time timestamp, undo_transaction_id bigint'),
        ('sys_udf_log', 'query_id bigint, function_name text, record_time timestamp, sequence integer, message text, traceback text'),
        ('sys_userlog', 'user_id integer, user_name text, original_user_name text, action text, has_create_db_privs integer, is_superuser integer, has_update_catalog_privs integer, password_expiration timestamp, session_id integer, transaction_id bigint, record_time timestamp'),
        ('pg_conf', 'key text, value text'),
        ('sys_serverless_usage', 'start_time timestamp, end_time timestamp, compute_seconds double precision, compute_capacity double precision, data_storage integer, cross_region_transferred_data integer, charged_seconds integer')
    ) c(name, columns) loop
        -- `numeric(19,2)` holds a comma, so columns are cut at a comma and a blank.
        select string_agg(format('null::%s as %s', substr(d, strpos(d, ' ') + 1), left(d, strpos(d, ' ') - 1)), ', ' order by p)
        into columns from unnest(string_to_array(catalogue.columns, ', ')) with ordinality u(d, p);
        execute format('create or replace view pg_catalog.%I as select %s where false', catalogue.name, columns);
    end loop;
end $$;

-- SVCS_* are the STL_* and SVL_* of clusters of concurrency scaling too: https://docs.aws.amazon.com/redshift/latest/dg/svcs_views.html
do $$
declare
    source text;
begin
    foreach source in array array['stl_alert_event_log', 'svl_compile', 'stl_explain', 'stl_plan_info', 'svl_query_report',
        'svl_query_summary', 'svl_s3list', 'svl_s3log', 'svl_s3partition_summary', 'svl_s3query_summary', 'stl_stream_segs',
        'stl_unload_log', 'stl_s3client']
    loop
        execute format('create or replace view pg_catalog.%I as select * from pg_catalog.%I', 'svcs_' || substr(source, 5), source);
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
