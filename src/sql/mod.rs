//! SQL text of Redshift and PostgreSQL: tokens, statements, what kind of statement each is, and quoting.
//!
//! Nothing here needs a full parse: text that no parser accepts is still split, classified and run. The source text is
//! kept, and nothing is ever printed from a syntax tree.

mod body;
mod classify;
mod code;
mod error;
mod fingerprint;
mod grant;
mod inverse;
mod kind;
pub mod lexer;
mod names;
mod pattern;
pub mod probe;
mod quote;
mod reach;
mod read;
mod refusal;
mod session;
mod signature;
mod split;
mod statement;
mod subject;
mod table;
mod translate;
mod treatment;
mod word_set;

pub use body::body_commits;
pub use classify::{parse_script, sources};
pub use error::SqlError;
pub use fingerprint::{code_text, fingerprint_text, same_code};
pub use grant::Grant;
pub use inverse::{Inverse, backup_instead, drop_of, drop_statement, inverse, or_replace};
pub use kind::Kind;
pub use lexer::{Token, TokenKind, is_blank, tokens};
pub use names::{called_names, referenced_names};
pub use probe::{Probe, probe};
pub use quote::{
    literal_offset, push_literal, quote_identifier, quote_literal, quote_name, unquote_identifier, unquote_literal,
};
pub use reach::{Reach, reaches_beyond_database};
pub use read::{ReadStatement, read_script};
pub use refusal::{Refusal, redshift_refusal};
pub use session::{SessionSetting, Setting, isolation_level, session_settings};
pub use signature::{same_routine, signature};
pub use split::split;
pub use statement::{Dialect, Effect, ObjectName, Statement, TxMode};
pub use subject::table_of;
pub use translate::{
    ColumnEncoding, DesignSubject, Distribution, Lacks, LongName, Note, OffsetMap, PhysicalDesign, QuotedNames,
    SortKey, Surroundings, Translation, Untranslatable, alter_external_columns, as_stored, drop_external_table,
    fold_quoted_names, quoted_names, stored_name, translate, translate_read, written_query,
};
pub use treatment::{Treatment, treat};
