-- The ledger: what was done to this database, when, by whom and with which text.
-- Only types and clauses that both PostgreSQL and Redshift know; times are UTC.

-- One row a run of vesto that may write.
create table vesto.run (
    run_id varchar(36) not null,
    command varchar(32) not null,
    project varchar(256) not null,
    author varchar(256) not null,
    host varchar(256) not null,
    tool_version varchar(32) not null,
    source_commit varchar(64),
    started_at timestamp not null,
    finished_at timestamp,
    outcome varchar(32),
    primary key (run_id)
);

-- One row each time that a change was applied, rolled back, failed or was marked; never updated.
create table vesto.entry (
    sequence_no bigint not null,
    run_id varchar(36) not null,
    change_id varchar(512) not null,
    title varchar(512) not null,
    action varchar(16) not null,
    checksum varchar(80) not null,
    statement_count integer not null,
    started_at timestamp not null,
    finished_at timestamp not null,
    message varchar(4096),
    forward_text varchar(65535),
    rollback_text varchar(65535),
    primary key (sequence_no)
);

-- What of a text did not fit into its entry, in order.
create table vesto.entry_text (
    sequence_no bigint not null,
    direction varchar(8) not null,
    part_no integer not null,
    content varchar(65535) not null,
    primary key (sequence_no, direction, part_no)
);

-- One row a step of a change that takes more than one step: written in the step's transaction, or before (intent) and
-- after (done) a statement that cannot run in one.
create table vesto.journal (
    sequence_no bigint not null,
    run_id varchar(36) not null,
    change_id varchar(512) not null,
    direction varchar(8) not null,
    step_state varchar(8) not null,
    first_statement integer not null,
    statement_count integer not null,
    prefix_checksum varchar(80) not null,
    probe_answer varchar(512),
    reason varchar(4096),
    written_at timestamp not null,
    primary key (sequence_no)
);

-- Who holds the lock of a target that has no advisory locks (Redshift), and until when: at most one row.
create table vesto.holder (
    fence_no bigint not null,
    run_id varchar(36) not null,
    author varchar(256) not null,
    host varchar(256) not null,
    database_user varchar(256) not null,
    server_process integer not null,
    session_started varchar(64),
    expires_at timestamp not null
);

-- The number of the last run that took that lock, and the run: one row, which stays when the lock is given back. Only
-- the run that it names may write, and each of its transactions locks this table first.
create table vesto.fence (
    fence_no bigint not null,
    run_id varchar(36) not null
);

insert into vesto.fence (fence_no, run_id) values (0, '');
