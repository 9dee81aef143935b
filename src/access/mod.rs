//! Who may reach what in AWS: a role for COPY and UNLOAD that may do no more than it has to, and which addresses a port
//! is opened for.

mod belonging;
mod ingress;
mod location;
mod policy;
mod role;
mod source;

pub use belonging::{Belonging, EXPIRES_AT};
pub use ingress::{ADDRESS_SERVICE, Ingress, Opened, OwnRule, expired_rules, group_of, own_source};
pub use location::{Location, LocationError};
pub use policy::{RoleWishes, rights, trust};
pub use role::{DeletableRole, RoleError, Standing, WantedRole};
pub use source::{Source, SourceError};
