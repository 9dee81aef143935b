//! The API face of the emulator, as AWS's own clients see it: boto3 with its waiters and paginators, and the AWS CLI.
//!
//! What stands behind it is a database a cluster on the PostgreSQL of this test run ([`doubles`]), which is quick, or the
//! emulator itself ([`whole`]).

mod clients;
mod command_line;
mod doubles;
mod face;
mod whole;
