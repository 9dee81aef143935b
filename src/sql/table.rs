//! The table that says what each statement is, by its leading words: the one place where this is written down.
//!
//! The first row that fits decides. A pattern is a list of elements with blanks between them:
//!
//! | element | fits |
//! |---|---|
//! | `table` | the word |
//! | `a\|b` | one of the words |
//! | `if_exists` | the words in a row |
//! | `...?` | optionally; taken if it is there |
//! | `@` | a name: the object |
//! | `#` | a name: the column |
//! | `~` | any name |
//! | `(word)` | a parenthesis with that word in it |
//! | `*` | anything, as little as possible, not looking into parentheses |
//!
//! The last column names the page that the row follows: `RS` is AWS's Redshift developer guide, `PG` PostgreSQL's manual.
//! `RS violations` is the list at `SVL_MULTI_STATEMENT_VIOLATIONS` of what is refused in a transaction.

use super::Kind::{self, *};
use super::TxMode::{self, *};

/// What a row says is lost; see `Effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    Keeps,
    Definition,
    Rows,
    Column,
    Empties,
    Data,
}

use Loss::{Column, Data, Definition, Empties, Keeps, Rows};

/// One row.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: &'static str,
    pub(super) kind: Kind,
    pub(super) redshift: TxMode,
    pub(super) postgres: TxMode,
    pub(super) loss: Loss,
    pub(super) source: &'static str,
}

macro_rules! rules {
    ($($pattern:literal => $kind:ident, $redshift:ident, $postgres:ident, $loss:ident, $source:literal;)*) => {
        pub(super) static RULES: &[Rule] = &[$(Rule {
            pattern: $pattern,
            kind: $kind,
            redshift: $redshift,
            postgres: $postgres,
            loss: $loss,
            source: $source,
        },)*];
    };
}

rules! {
    // Queries and rows. `with` is looked through before this table is asked.
    "select * into temporary|temp|unlogged? table? @" => SelectInto, Inside, Inside, Keeps, "RS r_SELECT_INTO, PG sql-selectinto";
    "select" => Select, Inside, Inside, Keeps, "RS r_SELECT_synopsis, PG sql-select";
    "values" => Values, Inside, Inside, Keeps, "PG sql-values";
    "table @" => Select, Inside, Inside, Keeps, "PG sql-select";
    "insert into? @ * on_conflict * do_update" => Insert, Inside, Inside, Rows, "PG sql-insert";
    "insert into? @" => Insert, Inside, Inside, Keeps, "RS r_INSERT_30, PG sql-insert";
    "update only? @" => Update, Inside, Inside, Rows, "RS r_UPDATE, PG sql-update";
    "delete from? only? @ * where|using" => Delete, Inside, Inside, Rows, "RS r_DELETE, PG sql-delete";
    "delete from? only? @" => Delete, Inside, Inside, Empties, "RS r_DELETE, PG sql-delete";
    "merge into? only? @" => Merge, Inside, Inside, Rows, "RS r_MERGE, PG sql-merge";
    "copy * from_stdin|to_stdout" => CopyWithClient, Inside, Inside, Keeps, "PG sql-copy: STDIN, STDOUT";
    "copy @" => Copy, Inside, Inside, Keeps, "RS copy-usage_notes-multiple-files: allowed in BEGIN ... END, PG sql-copy";
    "copy" => Copy, Inside, Inside, Keeps, "PG sql-copy: copy (query) to";
    "unload" => Unload, Inside, Inside, Keeps, "RS r_UNLOAD";
    "truncate table? only? @" => Truncate, Commits, Inside, Empties, "RS r_TRUNCATE: commits the transaction, PG sql-truncate";
    "lock table? only? @" => Lock, Inside, Inside, Keeps, "RS r_LOCK, PG sql-lock";
    "call @" => Call, Inside, Inside, Keeps, "RS r_CALL_procedure, PG sql-call";
    "do" => Do, Inside, Inside, Keeps, "PG sql-do";
    "explain analyze|analyse" => ExplainAnalyze, Inside, Inside, Keeps, "PG sql-explain: runs the statement";
    "explain (analyze)|(analyse)" => ExplainAnalyze, Inside, Inside, Keeps, "PG sql-explain: runs the statement";
    "explain" => Explain, Inside, Inside, Keeps, "RS r_EXPLAIN, PG sql-explain";

    // Transactions.
    "begin|start_transaction * read_only" => BeginReadOnly, Control, Control, Keeps, "RS r_BEGIN, PG sql-begin";
    "begin" => Begin, Control, Control, Keeps, "RS r_BEGIN, PG sql-begin";
    "start transaction" => Begin, Control, Control, Keeps, "RS r_BEGIN, PG sql-start-transaction";
    "commit prepared" => CommitPrepared, Control, Control, Keeps, "PG sql-commit-prepared";
    "commit" => Commit, Control, Control, Keeps, "RS r_COMMIT, PG sql-commit";
    "end" => Commit, Control, Control, Keeps, "RS r_END, PG sql-end";
    "rollback prepared" => RollbackPrepared, Control, Control, Keeps, "PG sql-rollback-prepared";
    "rollback work|transaction? to" => RollbackToSavepoint, Control, Control, Keeps, "PG sql-rollback-to";
    "rollback" => Rollback, Control, Control, Keeps, "RS r_ROLLBACK, PG sql-rollback";
    "abort" => Rollback, Control, Control, Keeps, "RS r_ABORT, PG sql-abort";
    "savepoint" => Savepoint, Control, Control, Keeps, "PG sql-savepoint";
    "release" => ReleaseSavepoint, Control, Control, Keeps, "PG sql-release-savepoint";
    "prepare transaction" => PrepareTransaction, Control, Control, Keeps, "PG sql-prepare-transaction";

    // The session.
    "set session_authorization|session_session_authorization|local_session_authorization" => SetSessionAuthorization, Inside, Inside, Keeps, "RS r_SET_SESSION_AUTHORIZATION, PG sql-set-session-authorization";
    "set session|local? role" => SetRole, Inside, Inside, Keeps, "PG sql-set-role";
    "set" => Set, Inside, Inside, Keeps, "RS r_SET, PG sql-set";
    "reset" => Reset, Inside, Inside, Keeps, "RS r_RESET, PG sql-reset";
    "show" => Show, Inside, Inside, Keeps, "RS r_SHOW, PG sql-show";
    "use" => Use, Inside, Inside, Keeps, "RS r_USE_command";
    "discard all" => Discard, Inside, Alone, Keeps, "PG sql-discard: not in a transaction block";
    "discard" => Discard, Inside, Inside, Keeps, "PG sql-discard";
    "prepare @" => Prepare, Inside, Inside, Keeps, "RS r_PREPARE, PG sql-prepare";
    "execute @" => Execute, Inside, Inside, Keeps, "RS r_EXECUTE, PG sql-execute";
    "deallocate" => Deallocate, Inside, Inside, Keeps, "RS r_DEALLOCATE, PG sql-deallocate";
    "declare @ * cursor" => DeclareCursor, Inside, Inside, Keeps, "RS declare, PG sql-declare";
    "fetch" => Fetch, Inside, Inside, Keeps, "RS fetch, PG sql-fetch";
    "move" => Move, Inside, Inside, Keeps, "PG sql-move";
    "close" => Close, Inside, Inside, Keeps, "RS close, PG sql-close";
    "cancel" => Cancel, Inside, Inside, Keeps, "RS r_CANCEL";
    "listen|unlisten" => Listen, Inside, Inside, Keeps, "PG sql-listen";
    "notify" => Notify, Inside, Inside, Keeps, "PG sql-notify";
    "checkpoint" => Checkpoint, Inside, Inside, Keeps, "PG sql-checkpoint";
    "load" => Load, Inside, Inside, Keeps, "PG sql-load";

    // Upkeep.
    "analyze compression @?" => AnalyzeCompression, Inside, Inside, Keeps, "RS r_ANALYZE_COMPRESSION";
    "analyze|analyse verbose|skip_locked? @?" => Analyze, Inside, Inside, Keeps, "RS r_ANALYZE, PG sql-analyze";
    "vacuum full? freeze? verbose? analyze? sort_only|delete_only|reindex|recluster? @?" => Vacuum, Alone, Alone, Keeps, "RS violations, PG sql-vacuum";
    "reindex * concurrently @?" => Reindex, Alone, Alone, Keeps, "PG sql-reindex: concurrently";
    "reindex (concurrently)" => Reindex, Alone, Alone, Keeps, "PG sql-reindex: concurrently";
    "reindex (verbose)|(tablespace)? schema|database|system" => Reindex, Alone, Alone, Keeps, "RS violations, PG sql-reindex";
    "reindex (verbose)|(tablespace)? index|table @" => Reindex, Alone, Inside, Keeps, "PG sql-reindex";
    "cluster (verbose)? verbose? @" => Cluster, Alone, Inside, Keeps, "RS violations, PG sql-cluster";
    "cluster" => Cluster, Alone, Alone, Keeps, "PG sql-cluster: without a table";
    "comment on constraint|trigger|rule|policy ~ on @" => Comment, Inside, Inside, Keeps, "RS r_COMMENT, PG sql-comment";
    "comment on column|table|view|database|schema|function|procedure|role|index|sequence|type|domain|extension|materialized_view|foreign_table @" => Comment, Inside, Inside, Keeps, "RS r_COMMENT, PG sql-comment";
    "comment on" => Comment, Inside, Inside, Keeps, "RS r_COMMENT, PG sql-comment";
    "security label" => SecurityLabel, Inside, Inside, Keeps, "PG sql-security-label";
    "refresh materialized view concurrently? @" => RefreshMaterializedView, Inside, Inside, Keeps, "RS materialized-view-refresh-sql-command, PG sql-refreshmaterializedview";
    "import foreign schema @" => ImportForeignSchema, Inside, Inside, Keeps, "PG sql-importforeignschema";

    // Rights.
    "grant * on external table|column|schema|function|model @?" => Grant, Alone, Inside, Keeps, "RS r_GRANT: on an external resource, not within a transaction block";
    "grant * on datashare @" => Grant, Inside, Inside, Keeps, "RS r_GRANT";
    "grant * on schema|database|function|procedure|language|model|copy_job|table|sequence|type|domain|tablespace|foreign_server|foreign_data_wrapper @" => Grant, Inside, Inside, Keeps, "RS r_GRANT, PG sql-grant";
    "grant * on all" => Grant, Inside, Inside, Keeps, "RS r_GRANT, PG sql-grant";
    "grant * on @" => Grant, Inside, Inside, Keeps, "RS r_GRANT, PG sql-grant";
    "grant * on" => Grant, Inside, Inside, Keeps, "RS r_GRANT: assumerole on a role of AWS";
    "grant role @" => GrantRole, Inside, Inside, Keeps, "RS r_GRANT";
    "grant" => GrantRole, Inside, Inside, Keeps, "RS r_GRANT: system permissions to a role, PG sql-grant: roles";
    "revoke * on external table|column|schema|function|model @?" => Revoke, Alone, Inside, Definition, "RS r_REVOKE: on an external resource";
    "revoke * on schema|database|function|procedure|language|model|copy_job|datashare|table|sequence|type|domain|tablespace|foreign_server|foreign_data_wrapper @" => Revoke, Inside, Inside, Definition, "RS r_REVOKE, PG sql-revoke";
    "revoke * on all" => Revoke, Inside, Inside, Definition, "RS r_REVOKE, PG sql-revoke";
    "revoke * on @" => Revoke, Inside, Inside, Definition, "RS r_REVOKE, PG sql-revoke";
    "revoke * on" => Revoke, Inside, Inside, Definition, "RS r_REVOKE: assumerole on a role of AWS";
    "revoke admin_option_for? role @" => RevokeRole, Inside, Inside, Definition, "RS r_REVOKE";
    "revoke" => RevokeRole, Inside, Inside, Definition, "RS r_REVOKE, PG sql-revoke";
    "alter default privileges" => AlterDefaultPrivileges, Inside, Inside, Keeps, "RS r_ALTER_DEFAULT_PRIVILEGES, PG sql-alterdefaultprivileges";
    "reassign owned" => ReassignOwned, Inside, Inside, Keeps, "PG sql-reassign-owned";
    "drop owned" => DropOwned, Inside, Inside, Data, "PG sql-drop-owned";
    "attach rls|masking policy @" => AttachPolicy, Inside, Inside, Keeps, "RS r_ATTACH_RLS_POLICY, r_ATTACH_MASKING_POLICY";
    "detach rls|masking policy @" => DetachPolicy, Inside, Inside, Definition, "RS r_DETACH_RLS_POLICY, r_DETACH_MASKING_POLICY";
    "desc|describe datashare @" => DescribeDatashare, Inside, Inside, Keeps, "RS r_DESC_DATASHARE";
    "desc|describe identity provider @" => DescribeIdentityProvider, Inside, Inside, Keeps, "RS r_DESC_IDENTITY_PROVIDER";

    // Create.
    "create external table if_not_exists? @ * as select|with|(select)" => CreateExternalTableAs, Alone, Inside, Keeps, "RS violations";
    "create external table if_not_exists? @" => CreateExternalTable, Alone, Inside, Keeps, "RS violations";
    "create foreign table if_not_exists? @" => CreateForeignTable, Inside, Inside, Keeps, "PG sql-createforeigntable";
    "create local|global? temporary|temp|unlogged? table if_not_exists? @ * as select|with|values|table|execute|(select)|(values)" => CreateTableAs, Inside, Inside, Keeps, "RS r_CREATE_TABLE_AS, PG sql-createtableas";
    "create local|global? temporary|temp|unlogged? table if_not_exists? @" => CreateTable, Inside, Inside, Keeps, "RS r_CREATE_TABLE_NEW, PG sql-createtable";
    "create or_replace? temporary|temp? recursive? view if_not_exists? @" => CreateView, Inside, Inside, Keeps, "RS r_CREATE_VIEW, PG sql-createview";
    "create or_replace? external|external_protected view if_not_exists? @" => CreateExternalView, Inside, Inside, Keeps, "RS r_CREATE_EXTERNAL_VIEW";
    "create materialized view if_not_exists? @" => CreateMaterializedView, Inside, Inside, Keeps, "RS materialized-view-create-sql-command, PG sql-creatematerializedview";
    "create schema if_not_exists? authorization @" => CreateSchema, Inside, Inside, Keeps, "RS r_CREATE_SCHEMA, PG sql-createschema: named after the role";
    "create schema if_not_exists? @" => CreateSchema, Inside, Inside, Keeps, "RS r_CREATE_SCHEMA, PG sql-createschema";
    "create external schema if_not_exists? @" => CreateExternalSchema, Inside, Inside, Keeps, "RS r_CREATE_EXTERNAL_SCHEMA";
    "create database @" => CreateDatabase, Alone, Alone, Keeps, "RS violations, PG sql-createdatabase";
    "create or_replace? external function @" => CreateExternalFunction, Inside, Inside, Keeps, "RS r_CREATE_EXTERNAL_FUNCTION";
    "create or_replace? function @" => CreateFunction, Inside, Inside, Keeps, "RS r_CREATE_FUNCTION, PG sql-createfunction";
    "create or_replace? procedure @" => CreateProcedure, Inside, Inside, Keeps, "RS r_CREATE_PROCEDURE, PG sql-createprocedure";
    "create or_replace? aggregate @" => CreateAggregate, Inside, Inside, Keeps, "PG sql-createaggregate";
    "create user mapping" => CreateUserMapping, Inside, Inside, Keeps, "PG sql-createusermapping";
    "create user @" => CreateUser, Inside, Inside, Keeps, "RS r_CREATE_USER, PG sql-createuser";
    "create group @" => CreateGroup, Inside, Inside, Keeps, "RS r_CREATE_GROUP, PG sql-creategroup";
    "create role @" => CreateRole, Inside, Inside, Keeps, "RS r_CREATE_ROLE, PG sql-createrole";
    "create unique? index concurrently if_not_exists? on @" => CreateIndex, Alone, Alone, Keeps, "PG sql-createindex: concurrently";
    "create unique? index concurrently if_not_exists? @" => CreateIndex, Alone, Alone, Keeps, "PG sql-createindex: concurrently";
    "create unique? index if_not_exists? on" => CreateIndex, Inside, Inside, Keeps, "PG sql-createindex: without a name";
    "create unique? index if_not_exists? @" => CreateIndex, Inside, Inside, Keeps, "PG sql-createindex";
    "create temporary|temp|unlogged? sequence if_not_exists? @" => CreateSequence, Inside, Inside, Keeps, "PG sql-createsequence";
    "create type @" => CreateType, Inside, Inside, Keeps, "PG sql-createtype";
    "create domain @" => CreateDomain, Inside, Inside, Keeps, "PG sql-createdomain";
    "create cast" => CreateCast, Inside, Inside, Keeps, "PG sql-createcast";
    "create operator" => CreateOperator, Inside, Inside, Keeps, "PG sql-createoperator";
    "create collation if_not_exists? @" => CreateCollation, Inside, Inside, Keeps, "PG sql-createcollation";
    "create text search configuration|dictionary|parser|template @" => CreateTextSearch, Inside, Inside, Keeps, "PG sql-createtsconfig";
    "create or_replace? constraint? trigger @" => CreateTrigger, Inside, Inside, Keeps, "PG sql-createtrigger";
    "create event trigger @" => CreateEventTrigger, Inside, Inside, Keeps, "PG sql-createeventtrigger";
    "create or_replace? rule @" => CreateRule, Inside, Inside, Keeps, "PG sql-createrule";
    "create policy @" => CreatePolicy, Inside, Inside, Keeps, "PG sql-createpolicy";
    "create extension if_not_exists? @" => CreateExtension, Inside, Inside, Keeps, "PG sql-createextension";
    "create or_replace? trusted? procedural? language @" => CreateLanguage, Inside, Inside, Keeps, "PG sql-createlanguage";
    "create or_replace? library @" => CreateLibrary, Alone, Inside, Keeps, "RS violations, r_CREATE_LIBRARY";
    "create model @" => CreateModel, Inside, Inside, Keeps, "RS r_CREATE_MODEL";
    "create datashare @" => CreateDatashare, Inside, Inside, Keeps, "RS r_CREATE_DATASHARE";
    "create rls policy @" => CreateRlsPolicy, Inside, Inside, Keeps, "RS r_CREATE_RLS_POLICY";
    "create masking policy if_not_exists? @" => CreateMaskingPolicy, Inside, Inside, Keeps, "RS r_CREATE_MASKING_POLICY";
    "create identity provider @" => CreateIdentityProvider, Inside, Inside, Keeps, "RS r_CREATE_IDENTITY_PROVIDER";
    "create tablespace @" => CreateTablespace, Alone, Alone, Keeps, "RS violations, PG sql-createtablespace";
    "create publication @" => CreatePublication, Inside, Inside, Keeps, "PG sql-createpublication";
    "create subscription @" => CreateSubscription, Inside, Alone, Keeps, "PG sql-createsubscription: when it makes a slot, which is the default";
    "create server if_not_exists? @" => CreateServer, Inside, Inside, Keeps, "PG sql-createserver";
    "create foreign data wrapper @" => CreateForeignDataWrapper, Inside, Inside, Keeps, "PG sql-createforeigndatawrapper";
    "create statistics if_not_exists? @?" => CreateStatistics, Inside, Inside, Keeps, "PG sql-createstatistics";
    "create access method @" => CreateAccessMethod, Inside, Inside, Keeps, "PG sql-create-access-method";
    "create integration @" => CreateIntegration, Inside, Inside, Keeps, "RS zero-etl";

    // Alter a table. Each action of a list is asked about alone.
    "alter table @ append from" => AlterTableAppend, Alone, Inside, Rows, "RS violations, r_ALTER_TABLE_APPEND: commits at once, moves the rows of its source";
    "alter external table @" => AlterExternalTable, Alone, Inside, Keeps, "RS violations";
    "alter table if_exists? only? @ set location|file_format|table_properties" => AlterExternalTable, Alone, Inside, Keeps, "RS r_ALTER_TABLE external-table";
    "alter table if_exists? only? @ add if_not_exists? partition" => AlterExternalTable, Alone, Inside, Keeps, "RS r_ALTER_TABLE external-table";
    "alter table if_exists? only? @ drop partition" => AlterExternalTable, Alone, Inside, Definition, "RS r_ALTER_TABLE external-table: the files stay";
    "alter table if_exists? only? @ partition" => AlterExternalTable, Alone, Inside, Keeps, "RS r_ALTER_TABLE external-table: partition (...) set location";
    "alter table if_exists? only? @ rename to" => AlterTableRename, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ rename constraint" => AlterTableRenameConstraint, Inside, Inside, Keeps, "PG sql-altertable";
    "alter table if_exists? only? @ rename column? # to" => AlterTableRenameColumn, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ set schema" => AlterTableSetSchema, Inside, Inside, Keeps, "PG sql-altertable";
    "alter table if_exists? only? @ owner to" => AlterTableOwner, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ add constraint|primary_key|unique|foreign_key|check|exclude" => AlterTableAddConstraint, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ add column? if_not_exists? #" => AlterTableAddColumn, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ drop constraint" => AlterTableDropConstraint, Inside, Inside, Definition, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ drop column? if_exists? #" => AlterTableDropColumn, Inside, Inside, Column, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ alter distkey|diststyle" => AlterTableAlterDistribution, Inside, Inside, Keeps, "RS r_ALTER_TABLE";
    "alter table if_exists? only? @ alter sortkey|compound_sortkey|interleaved_sortkey" => AlterTableAlterSortKey, Inside, Inside, Keeps, "RS r_ALTER_TABLE";
    "alter table if_exists? only? @ alter encode" => AlterTableAlterEncode, Inside, Inside, Keeps, "RS r_ALTER_TABLE: alter encode auto";
    "alter table if_exists? only? @ alter column? # encode" => AlterTableAlterColumnEncode, Inside, Inside, Keeps, "RS r_ALTER_TABLE";
    "alter table if_exists? only? @ alter column? # type|set_data_type" => AlterTableAlterColumnType, Alone, Inside, Keeps, "RS r_ALTER_TABLE: not within a transaction block, PG sql-altertable";
    "alter table if_exists? only? @ alter column? #" => AlterTableAlterColumn, Inside, Inside, Keeps, "PG sql-altertable";
    "alter table if_exists? only? @ row_level_security|masking|enable_row_level_security|disable_row_level_security|force_row|no_force_row" => AlterTableRowLevelSecurity, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table if_exists? only? @ attach partition" => AlterTableAttachPartition, Inside, Inside, Keeps, "PG sql-altertable";
    "alter table if_exists? only? @ detach partition ~ concurrently" => AlterTableDetachPartition, Alone, Alone, Keeps, "PG sql-altertable: detach concurrently, not in a transaction block";
    "alter table if_exists? only? @ detach partition" => AlterTableDetachPartition, Inside, Inside, Keeps, "PG sql-altertable";
    "alter table if_exists? only? @" => AlterTable, Inside, Inside, Keeps, "RS r_ALTER_TABLE, PG sql-altertable";
    "alter table all" => AlterTable, Inside, Inside, Keeps, "PG sql-altertable: all in tablespace";
    "alter foreign table if_exists? only? @ * drop column? if_exists? #" => AlterForeignTable, Inside, Inside, Definition, "PG sql-alterforeigntable";
    "alter foreign table if_exists? only? @" => AlterForeignTable, Inside, Inside, Keeps, "PG sql-alterforeigntable";

    // Alter anything else.
    "alter external view @" => AlterExternalView, Inside, Inside, Keeps, "RS r_ALTER_EXTERNAL_VIEW";
    "alter view if_exists? @" => AlterView, Inside, Inside, Keeps, "PG sql-alterview";
    "alter materialized view if_exists? @" => AlterMaterializedView, Inside, Inside, Keeps, "RS r_ALTER_MATERIALIZED_VIEW, PG sql-altermaterializedview";
    "alter schema @" => AlterSchema, Inside, Inside, Keeps, "RS r_ALTER_SCHEMA, PG sql-alterschema";
    "alter external schema @" => AlterExternalSchema, Inside, Inside, Keeps, "RS r_ALTER_EXTERNAL_SCHEMA";
    "alter database @ * isolation level" => AlterDatabase, Alone, Inside, Keeps, "RS r_ALTER_DATABASE: not within a transaction block";
    "alter database @ set tablespace" => AlterDatabase, Inside, Alone, Keeps, "PG sql-alterdatabase";
    "alter database @" => AlterDatabase, Inside, Inside, Keeps, "RS r_ALTER_DATABASE, PG sql-alterdatabase";
    "alter function|routine|aggregate @" => AlterFunction, Inside, Inside, Keeps, "PG sql-alterfunction";
    "alter external function @" => AlterFunction, Inside, Inside, Keeps, "RS r_CREATE_EXTERNAL_FUNCTION";
    "alter procedure @" => AlterProcedure, Inside, Inside, Keeps, "RS r_ALTER_PROCEDURE, PG sql-alterprocedure";
    "alter user mapping" => AlterUserMapping, Inside, Inside, Keeps, "PG sql-alterusermapping";
    "alter user @" => AlterUser, Inside, Inside, Keeps, "RS r_ALTER_USER, PG sql-alteruser";
    "alter group @" => AlterGroup, Inside, Inside, Keeps, "RS r_ALTER_GROUP, PG sql-altergroup";
    "alter role @" => AlterRole, Inside, Inside, Keeps, "RS r_ALTER_ROLE, PG sql-alterrole";
    "alter index if_exists? @" => AlterIndex, Inside, Inside, Keeps, "PG sql-alterindex";
    "alter sequence if_exists? @" => AlterSequence, Inside, Inside, Keeps, "PG sql-altersequence";
    "alter type @ add value" => AlterTypeAddValue, Inside, Alone, Keeps, "PG sql-altertype: the value cannot be used before the commit, so it is committed at once";
    "alter type @" => AlterType, Inside, Inside, Keeps, "PG sql-altertype";
    "alter domain @" => AlterDomain, Inside, Inside, Keeps, "PG sql-alterdomain";
    "alter trigger|event_trigger @" => AlterTrigger, Inside, Inside, Keeps, "PG sql-altertrigger";
    "alter rls policy @" => AlterRlsPolicy, Inside, Inside, Keeps, "RS r_ALTER_RLS_POLICY";
    "alter masking policy @" => AlterMaskingPolicy, Inside, Inside, Keeps, "RS r_ALTER_MASKING_POLICY";
    "alter policy @" => AlterPolicy, Inside, Inside, Keeps, "PG sql-alterpolicy";
    "alter extension @" => AlterExtension, Inside, Inside, Keeps, "PG sql-alterextension";
    "alter datashare @" => AlterDatashare, Inside, Inside, Keeps, "RS r_ALTER_DATASHARE";
    "alter identity provider @" => AlterIdentityProvider, Inside, Inside, Keeps, "RS r_ALTER_IDENTITY_PROVIDER";
    "alter model @" => AlterModel, Inside, Inside, Keeps, "RS machine learning";
    "alter system" => AlterSystem, Inside, Alone, Keeps, "RS r_ALTER_SYSTEM, PG sql-altersystem: not in a transaction block";
    "alter tablespace @" => AlterTablespace, Inside, Inside, Keeps, "PG sql-altertablespace";
    "alter publication @" => AlterPublication, Inside, Inside, Keeps, "PG sql-alterpublication";
    "alter subscription @ refresh" => AlterSubscription, Inside, Alone, Keeps, "PG sql-altersubscription: refresh publication";
    "alter subscription @ set|add|drop publication" => AlterSubscription, Inside, Alone, Keeps, "PG sql-altersubscription: refreshes unless told not to";
    "alter subscription @" => AlterSubscription, Inside, Inside, Keeps, "PG sql-altersubscription";
    "alter server|foreign_data_wrapper @" => AlterServer, Inside, Inside, Keeps, "PG sql-alterserver";
    "alter" => AlterOtherObject, Inside, Inside, Keeps, "PG sql-commands";

    // Drop.
    "drop external table if_exists? @" => DropExternalTable, Alone, Inside, Definition, "RS violations: the files stay";
    "drop foreign table if_exists? @" => DropForeignTable, Inside, Inside, Definition, "PG sql-dropforeigntable";
    "drop table if_exists? @" => DropTable, Inside, Inside, Data, "RS r_DROP_TABLE, PG sql-droptable";
    "drop external view if_exists? @" => DropExternalView, Inside, Inside, Definition, "RS r_DROP_EXTERNAL_VIEW";
    "drop view if_exists? @" => DropView, Inside, Inside, Definition, "RS r_DROP_VIEW, PG sql-dropview";
    "drop materialized view if_exists? @" => DropMaterializedView, Inside, Inside, Data, "RS materialized-view-drop-sql-command, PG sql-dropmaterializedview";
    "drop schema if_exists? @ * drop external database" => DropSchema, Inside, Inside, Data, "RS r_DROP_SCHEMA";
    "drop schema if_exists? @" => DropSchema, Inside, Inside, Data, "RS r_DROP_SCHEMA, PG sql-dropschema";
    "drop database if_exists? @" => DropDatabase, Alone, Alone, Data, "RS violations, PG sql-dropdatabase";
    "drop external? function|routine if_exists? @" => DropFunction, Inside, Inside, Definition, "RS r_DROP_FUNCTION, PG sql-dropfunction";
    "drop procedure if_exists? @" => DropProcedure, Inside, Inside, Definition, "RS r_DROP_PROCEDURE, PG sql-dropprocedure";
    "drop aggregate if_exists? @" => DropAggregate, Inside, Inside, Definition, "PG sql-dropaggregate";
    "drop user mapping" => DropUserMapping, Inside, Inside, Definition, "PG sql-dropusermapping";
    "drop user if_exists? @" => DropUser, Inside, Inside, Definition, "RS r_DROP_USER, PG sql-dropuser";
    "drop group if_exists? @" => DropGroup, Inside, Inside, Definition, "RS r_DROP_GROUP, PG sql-dropgroup";
    "drop role if_exists? @" => DropRole, Inside, Inside, Definition, "RS r_DROP_ROLE, PG sql-droprole";
    "drop index concurrently if_exists? @" => DropIndex, Alone, Alone, Definition, "PG sql-dropindex: concurrently";
    "drop index if_exists? @" => DropIndex, Inside, Inside, Definition, "PG sql-dropindex";
    "drop sequence if_exists? @" => DropSequence, Inside, Inside, Data, "PG sql-dropsequence: where it stood is lost";
    "drop type if_exists? @" => DropType, Inside, Inside, Definition, "PG sql-droptype";
    "drop domain if_exists? @" => DropDomain, Inside, Inside, Definition, "PG sql-dropdomain";
    "drop trigger if_exists? @" => DropTrigger, Inside, Inside, Definition, "PG sql-droptrigger";
    "drop event trigger if_exists? @" => DropEventTrigger, Inside, Inside, Definition, "PG sql-dropeventtrigger";
    "drop rule if_exists? @" => DropRule, Inside, Inside, Definition, "PG sql-droprule";
    "drop rls policy if_exists? @" => DropRlsPolicy, Inside, Inside, Definition, "RS r_DROP_RLS_POLICY";
    "drop masking policy if_exists? @" => DropMaskingPolicy, Inside, Inside, Definition, "RS r_DROP_MASKING_POLICY";
    "drop policy if_exists? @" => DropPolicy, Inside, Inside, Definition, "PG sql-droppolicy";
    "drop extension if_exists? @" => DropExtension, Inside, Inside, Definition, "PG sql-dropextension";
    "drop library @" => DropLibrary, Alone, Inside, Definition, "RS violations, r_DROP_LIBRARY";
    "drop model if_exists? @" => DropModel, Inside, Inside, Data, "RS r_DROP_MODEL: the training is lost";
    "drop datashare @" => DropDatashare, Inside, Inside, Definition, "RS r_DROP_DATASHARE";
    "drop identity provider @" => DropIdentityProvider, Inside, Inside, Definition, "RS r_DROP_IDENTITY_PROVIDER";
    "drop tablespace if_exists? @" => DropTablespace, Alone, Alone, Definition, "RS violations, PG sql-droptablespace";
    "drop publication if_exists? @" => DropPublication, Inside, Inside, Definition, "PG sql-droppublication";
    "drop subscription if_exists? @" => DropSubscription, Inside, Alone, Definition, "PG sql-dropsubscription: when it has a slot";
    "drop server|foreign_data_wrapper if_exists? @" => DropServer, Inside, Inside, Definition, "PG sql-dropserver";
    "drop cast" => DropCast, Inside, Inside, Definition, "PG sql-dropcast";
    "drop integration @" => DropIntegration, Inside, Inside, Definition, "RS zero-etl";
    "drop" => DropOtherObject, Inside, Inside, Definition, "PG sql-commands";
}
