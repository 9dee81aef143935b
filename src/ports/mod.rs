//! The outside world as vesto needs it: a few small traits that `adapters` implement for real.
//!
//! A port says what is asked of a database, a local server, a store, AWS or a clock; it never says how.

mod access;
mod cloud;
mod database;
mod interrupt;
mod local_server;
mod store;

pub use access::{NewRole, NewRule, RoleFacts, RolePolicies, Roles, RuleFacts, SecurityGroups, WhichRules};
pub use cloud::{
    Cloud, CloudError, CloudErrorKind, ClusterFacts, DataApiLogin, DataApiRequest, LoginRequest, NewCluster, Origin,
    TemporaryLogin, Warehouse, WorkgroupFacts,
};
pub use database::{
    Address, Author, Batch, BatchError, Connect, DbError, DbErrorKind, Endpoint, Outcome, Piece, ResultColumn,
    RowTaker, Rows, Session, TlsMode,
};
pub use interrupt::{Cancel, Interrupt};
pub use local_server::{LocalAddress, LocalServer, LocalServerError};
pub use store::{NewObject, ObjectHead, ObjectWriter, Store, StoreError};
