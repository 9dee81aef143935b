//! Every kind of statement that vesto tells apart.

use std::fmt;

macro_rules! kinds {
    ($($name:ident = $text:literal,)*) => {
        /// What a statement does, by its leading words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = concat!("`", $text, "`")] $name,)*
            /// Not known: it is run as it is and reported as unknown.
            Other,
        }

        impl Kind {
            /// Every kind, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$name,)* Self::Other];

            /// The words that people know it by, in lower case.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "statement",
                }
            }
        }
    };
}

kinds! {
    Select = "select",
    SelectInto = "select into",
    Values = "values",
    Insert = "insert",
    Update = "update",
    Delete = "delete",
    Merge = "merge",
    Copy = "copy",
    CopyWithClient = "copy from stdin or to stdout",
    Unload = "unload",
    Truncate = "truncate",
    Lock = "lock",
    Call = "call",
    Do = "do",
    Explain = "explain",
    ExplainAnalyze = "explain analyze",
    Begin = "begin",
    BeginReadOnly = "begin read only",
    Commit = "commit",
    Rollback = "rollback",
    Savepoint = "savepoint",
    ReleaseSavepoint = "release savepoint",
    RollbackToSavepoint = "rollback to savepoint",
    PrepareTransaction = "prepare transaction",
    CommitPrepared = "commit prepared",
    RollbackPrepared = "rollback prepared",
    Set = "set",
    SetSessionAuthorization = "set session authorization",
    SetRole = "set role",
    Reset = "reset",
    Show = "show",
    Use = "use",
    Discard = "discard",
    Prepare = "prepare",
    Execute = "execute",
    Deallocate = "deallocate",
    DeclareCursor = "declare cursor",
    Fetch = "fetch",
    Move = "move",
    Close = "close",
    Cancel = "cancel",
    Listen = "listen",
    Notify = "notify",
    Checkpoint = "checkpoint",
    Load = "load",
    Analyze = "analyze",
    AnalyzeCompression = "analyze compression",
    Vacuum = "vacuum",
    Reindex = "reindex",
    Cluster = "cluster",
    Comment = "comment",
    SecurityLabel = "security label",
    Grant = "grant",
    GrantRole = "grant role",
    Revoke = "revoke",
    RevokeRole = "revoke role",
    AlterDefaultPrivileges = "alter default privileges",
    ReassignOwned = "reassign owned",
    DropOwned = "drop owned",
    CreateTable = "create table",
    CreateTableAs = "create table as",
    CreateExternalTable = "create external table",
    CreateExternalTableAs = "create external table as",
    CreateForeignTable = "create foreign table",
    CreateView = "create view",
    CreateExternalView = "create external view",
    CreateMaterializedView = "create materialized view",
    CreateSchema = "create schema",
    CreateExternalSchema = "create external schema",
    CreateDatabase = "create database",
    CreateFunction = "create function",
    CreateExternalFunction = "create external function",
    CreateProcedure = "create procedure",
    CreateAggregate = "create aggregate",
    CreateUser = "create user",
    CreateGroup = "create group",
    CreateRole = "create role",
    CreateIndex = "create index",
    CreateSequence = "create sequence",
    CreateType = "create type",
    CreateDomain = "create domain",
    CreateCast = "create cast",
    CreateOperator = "create operator",
    CreateCollation = "create collation",
    CreateTextSearch = "create text search",
    CreateTrigger = "create trigger",
    CreateEventTrigger = "create event trigger",
    CreateRule = "create rule",
    CreatePolicy = "create policy",
    CreateExtension = "create extension",
    CreateLanguage = "create language",
    CreateLibrary = "create library",
    CreateModel = "create model",
    CreateDatashare = "create datashare",
    CreateRlsPolicy = "create rls policy",
    CreateMaskingPolicy = "create masking policy",
    CreateIdentityProvider = "create identity provider",
    CreateTablespace = "create tablespace",
    CreatePublication = "create publication",
    CreateSubscription = "create subscription",
    CreateServer = "create server",
    CreateUserMapping = "create user mapping",
    CreateForeignDataWrapper = "create foreign data wrapper",
    CreateStatistics = "create statistics",
    CreateAccessMethod = "create access method",
    CreateIntegration = "create integration",
    AlterTable = "alter table",
    AlterTableAppend = "alter table append",
    AlterTableRename = "alter table rename",
    AlterTableRenameColumn = "alter table rename column",
    AlterTableRenameConstraint = "alter table rename constraint",
    AlterTableSetSchema = "alter table set schema",
    AlterTableOwner = "alter table owner",
    AlterTableAddColumn = "alter table add column",
    AlterTableDropColumn = "alter table drop column",
    AlterTableAddConstraint = "alter table add constraint",
    AlterTableDropConstraint = "alter table drop constraint",
    AlterTableAlterColumn = "alter table alter column",
    AlterTableAlterColumnType = "alter table alter column type",
    AlterTableAlterColumnEncode = "alter table alter column encode",
    AlterTableAlterDistribution = "alter table alter distribution",
    AlterTableAlterSortKey = "alter table alter sort key",
    AlterTableAlterEncode = "alter table alter encode",
    AlterTableRowLevelSecurity = "alter table row level security",
    AlterTableAttachPartition = "alter table attach partition",
    AlterTableDetachPartition = "alter table detach partition",
    AlterExternalTable = "alter external table",
    AlterForeignTable = "alter foreign table",
    AlterView = "alter view",
    AlterExternalView = "alter external view",
    AlterMaterializedView = "alter materialized view",
    AlterSchema = "alter schema",
    AlterExternalSchema = "alter external schema",
    AlterDatabase = "alter database",
    AlterFunction = "alter function",
    AlterProcedure = "alter procedure",
    AlterUser = "alter user",
    AlterGroup = "alter group",
    AlterRole = "alter role",
    AlterIndex = "alter index",
    AlterSequence = "alter sequence",
    AlterType = "alter type",
    AlterTypeAddValue = "alter type add value",
    AlterDomain = "alter domain",
    AlterTrigger = "alter trigger",
    AlterPolicy = "alter policy",
    AlterExtension = "alter extension",
    AlterDatashare = "alter datashare",
    AlterRlsPolicy = "alter rls policy",
    AlterMaskingPolicy = "alter masking policy",
    AlterIdentityProvider = "alter identity provider",
    AlterModel = "alter model",
    AlterSystem = "alter system",
    AlterTablespace = "alter tablespace",
    AlterPublication = "alter publication",
    AlterSubscription = "alter subscription",
    AlterServer = "alter server",
    AlterUserMapping = "alter user mapping",
    AlterOtherObject = "alter other object",
    AttachPolicy = "attach policy",
    DetachPolicy = "detach policy",
    DescribeDatashare = "describe datashare",
    DescribeIdentityProvider = "describe identity provider",
    RefreshMaterializedView = "refresh materialized view",
    ImportForeignSchema = "import foreign schema",
    DropTable = "drop table",
    DropExternalTable = "drop external table",
    DropForeignTable = "drop foreign table",
    DropView = "drop view",
    DropExternalView = "drop external view",
    DropMaterializedView = "drop materialized view",
    DropSchema = "drop schema",
    DropDatabase = "drop database",
    DropFunction = "drop function",
    DropProcedure = "drop procedure",
    DropAggregate = "drop aggregate",
    DropUser = "drop user",
    DropGroup = "drop group",
    DropRole = "drop role",
    DropIndex = "drop index",
    DropSequence = "drop sequence",
    DropType = "drop type",
    DropDomain = "drop domain",
    DropTrigger = "drop trigger",
    DropEventTrigger = "drop event trigger",
    DropRule = "drop rule",
    DropPolicy = "drop policy",
    DropExtension = "drop extension",
    DropLibrary = "drop library",
    DropModel = "drop model",
    DropDatashare = "drop datashare",
    DropRlsPolicy = "drop rls policy",
    DropMaskingPolicy = "drop masking policy",
    DropIdentityProvider = "drop identity provider",
    DropTablespace = "drop tablespace",
    DropPublication = "drop publication",
    DropSubscription = "drop subscription",
    DropServer = "drop server",
    DropUserMapping = "drop user mapping",
    DropCast = "drop cast",
    DropIntegration = "drop integration",
    DropOtherObject = "drop other object",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Kind {
    /// Whether it only answers a question: it changes neither data nor definitions.
    pub fn is_question(self) -> bool {
        matches!(
            self,
            Self::Select
                | Self::Values
                | Self::Show
                | Self::Explain
                | Self::Fetch
                | Self::DescribeDatashare
                | Self::DescribeIdentityProvider
        )
    }

    /// What a `create`, `alter` or `drop` is about, such as `materialized view`.
    pub fn noun(self) -> Option<&'static str> {
        let text = self.as_str();
        ["create ", "alter ", "drop "].iter().find_map(|verb| text.strip_prefix(verb))
    }

    /// Whether it makes an object.
    pub fn creates(self) -> bool {
        self.as_str().starts_with("create ") || self == Self::SelectInto
    }

    /// Whether it makes a routine: several may have one name.
    pub fn creates_routine(self) -> bool {
        matches!(
            self,
            Self::CreateProcedure | Self::CreateFunction | Self::CreateExternalFunction | Self::CreateAggregate
        )
    }

    /// Whether it takes an object away.
    pub fn drops(self) -> bool {
        self.as_str().starts_with("drop ")
    }
}
