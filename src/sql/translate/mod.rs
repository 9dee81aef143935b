//! Redshift's SQL as PostgreSQL's SQL, token by token: what both understand stays as the user wrote it.
//!
//! What PostgreSQL has no use for is left out and what it writes differently is rewritten; both become notes unless the
//! meaning is the same. What cannot be done honestly is refused. Text that is wrong on both servers is passed on, so that
//! the server says so.
//!
//! A statement is rewritten in two passes. The first looks at its leading words (tables, rights, accounts, routines).
//! The second goes over all tokens from the last to the first, so that what stands inside of a call or a query is done
//! before it. Functions that only lack a definition stay as they are: the double's library has them.
//!
//! Most statements need few of the passes: [`features`] tells from one look at the tokens which ones.

mod account;
mod aggregate;
mod alter_table;
mod catalogue;
mod column;
mod columns;
mod data_type;
mod date;
mod design;
mod edits;
mod expression;
mod external;
mod features;
mod grouping;
mod hierarchy;
mod long_name;
mod masking;
mod merge;
mod name;
mod other_database;
mod outer_join;
mod pivot;
mod policy;
mod query;
mod refusal;
mod rights;
mod routine;
mod select;
mod session;
mod storage;
mod super_type;
mod surroundings;
mod table;
mod view;

use std::borrow::Cow;
use std::ops::Range;

use super::code::Code;
use super::{Dialect, Kind, ReadStatement};

pub use design::{ColumnEncoding, DesignSubject, Distribution, PhysicalDesign, SortKey};
use edits::Edits;
pub use edits::OffsetMap;
pub use external::{alter_external_columns, drop_external_table, written_query};
use features::Features;
pub use long_name::{LongName, as_stored, stored_name};
pub(super) use name::is_about_quoted_names;
pub use name::{QuotedNames, fold_quoted_names, quoted_names};
pub use surroundings::{Lacks, Surroundings};

/// A statement of Redshift as PostgreSQL takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The text to send; `None` if nothing is left to do.
    pub sql: Option<String>,
    /// What was left out or means something else now, in the order of the text.
    pub notes: Vec<Note>,
    /// Where each byte of `sql` comes from.
    pub map: OffsetMap,
    /// What the statement says of storage and of keys, which PostgreSQL has no place for.
    pub design: Option<PhysicalDesign>,
    /// Names that PostgreSQL gets shorter, each once.
    pub long_names: Vec<LongName>,
}

/// Something that Redshift would have done and PostgreSQL does not, or does differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Lower case, without full stop.
    pub message: Cow<'static, str>,
    /// Byte offset in the statement.
    pub offset: usize,
}

/// Why a statement cannot be carried out on PostgreSQL as Redshift would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Untranslatable {
    /// Lower case, naming the construct.
    pub message: String,
    /// Byte offset in the statement.
    pub offset: usize,
    /// What would have to be known for a translation.
    pub lacks: Option<Lacks>,
}

impl Untranslatable {
    /// The same about a text that begins `shift` bytes further on.
    fn moved(self, shift: usize) -> Self {
        Self { offset: self.offset + shift, ..self }
    }

    /// The same at another place.
    fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}

/// Whether PostgreSQL has nothing like statements of this kind, so that one of them can be left out without a loss of
/// data.
pub(super) fn lacks_counterpart(kind: Kind) -> bool {
    refusal::lacks_counterpart(kind)
}

/// Translates one statement, given its kind.
///
/// `names` is how the session reads quoted names, which a [`quoted_names`] statement before may have changed. `known` is
/// what the server says of its database: where it does not say enough, the error tells what is lacking.
/// `COPY` and `UNLOAD` have no translation: whoever has a store carries them out.
pub fn translate(
    text: &str,
    kind: Kind,
    names: QuotedNames,
    known: &Surroundings,
) -> Result<Translation, Untranslatable> {
    let code = Code::new(text, Dialect::Redshift);
    translate_with(Features::of(&code), &code, kind, names, known)
}

/// As [`translate`], of a statement that was read.
pub fn translate_read(
    read: &ReadStatement<'_>,
    names: QuotedNames,
    known: &Surroundings,
) -> Result<Translation, Untranslatable> {
    translate_with(Features::of(&read.code), &read.code, read.statement.kind, names, known)
}

fn translate_with(
    features: Features,
    code: &Code<'_>,
    kind: Kind,
    names: QuotedNames,
    known: &Surroundings,
) -> Result<Translation, Untranslatable> {
    if let Some(message) = refusal::of(kind) {
        return Err(Untranslatable { message, offset: 0, lacks: None });
    }
    let text = if features.capitals { name::folded(code, names) } else { Cow::Borrowed(code.text) };
    let folded = match &text {
        Cow::Borrowed(_) => None,
        // Folding leaves every token in its place.
        Cow::Owned(text) => Some(Code { text, tokens: code.tokens.clone(), dialect: code.dialect }),
    };
    let code = folded.as_ref().unwrap_or(code);
    let shortened = if features.long_names { long_name::shorten(code, kind) } else { None };
    match shortened {
        None => rewrite(features, Edits::new(code, names, known), kind),
        Some(shortened) => long_name::within(shortened, |text| {
            let code = Code::new(text, Dialect::Redshift);
            rewrite(Features::of(&code), Edits::new(&code, names, known), kind)
        }),
    }
}

fn rewrite(features: Features, mut edits: Edits<'_>, kind: Kind) -> Result<Translation, Untranslatable> {
    let anything_left = match kind {
        Kind::Vacuum
        | Kind::AnalyzeCompression
        | Kind::CreateDatashare
        | Kind::AlterDatashare
        | Kind::DropDatashare => {
            let why = refusal::without_effect(kind);
            edits.note(0, why);
            false
        }
        Kind::Grant | Kind::GrantRole | Kind::Revoke | Kind::RevokeRole | Kind::AlterDefaultPrivileges => {
            rights::rewrite(&mut edits)?
        }
        Kind::CreateUser | Kind::AlterUser | Kind::CreateRole | Kind::AlterRole => account::user(&mut edits, kind)?,
        Kind::DropRole => {
            account::drop_role(&mut edits);
            true
        }
        Kind::DropDatabase => {
            account::drop_database(&mut edits);
            true
        }
        Kind::AlterSystem => {
            edits.note(0, "ALTER SYSTEM does nothing here: it is about the cluster");
            false
        }
        Kind::CreateSchema | Kind::AlterSchema => account::schema(&mut edits),
        Kind::DropSchema => {
            refusal::drop_schema(&mut edits);
            true
        }
        Kind::CreateExternalSchema
        | Kind::AlterExternalSchema
        | Kind::CreateExternalTable
        | Kind::CreateExternalTableAs
        | Kind::AlterExternalTable => {
            external::rewrite(&mut edits, kind)?;
            return Ok(edits.finish());
        }
        Kind::CreateDatabase | Kind::AlterDatabase => account::database(&mut edits)?,
        Kind::Set | Kind::Reset => {
            session::parameter(&mut edits, 1, 0);
            true
        }
        Kind::Show => {
            session::show(&mut edits)?;
            true
        }
        Kind::Cancel => {
            session::cancel(&mut edits);
            true
        }
        Kind::AlterMaterializedView => view::alter_materialized(&mut edits),
        Kind::RefreshMaterializedView => {
            view::refresh(&mut edits);
            true
        }
        Kind::Comment => refusal::comment(&mut edits),
        Kind::CreateProcedure | Kind::CreateFunction => {
            routine::rewrite(&mut edits)?;
            true
        }
        _ => {
            let all = 0..edits.len();
            statement(&mut edits, all)?;
            true
        }
    };
    if !anything_left {
        return Ok(edits.finish_without_text());
    }
    if features.catalogues {
        catalogue::rewrite(&mut edits);
    }
    if features.expressions {
        expression::rewrite(&mut edits)?;
    }
    if edits.design.as_ref().is_some_and(|design| design.late_binding.is_some()) {
        return Ok(view::late(edits));
    }
    if matches!(kind, Kind::CreateMaskingPolicy | Kind::AlterMaskingPolicy | Kind::DropMaskingPolicy) {
        masking::rewrite(&mut edits, kind)?;
    }
    if matches!(
        kind,
        Kind::CreateRlsPolicy | Kind::AlterRlsPolicy | Kind::DropRlsPolicy | Kind::AttachPolicy | Kind::DetachPolicy
    ) {
        policy::rewrite(&mut edits, kind)?;
    }
    Ok(edits.finish())
}

/// Rewrites a statement that may also stand in the body of a procedure, by its leading words.
fn statement(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let at = range.start;
    if code.is(at, "alter") && code.is(at + 1, "table") {
        return alter_table::rewrite(edits, range);
    }
    if code.is(at, "merge") {
        return merge::rewrite(edits, range);
    }
    if code.is(at, "delete") && !code.is(at + 1, "from") && range.len() > 1 {
        edits.insert_after(at, " from");
        return Ok(());
    }
    if code.is(at, "analyze") {
        if let Some(extra) =
            (at..range.end).find(|at| code.is_any(*at, &["predicate", "all"]) && code.is(at + 1, "columns"))
        {
            edits.note(extra, "the choice of columns is left out: all columns are analyzed");
            edits.drop(extra..extra + 2);
        }
        return Ok(());
    }
    if !code.is(at, "create") {
        return Ok(());
    }
    let head = (at + 1..(at + 6).min(range.end)).find(|at| code.is_any(*at, &["table", "view"]));
    match head {
        Some(view) if code.is(view - 1, "materialized") => view::create_materialized(edits, view, range.end),
        Some(view) if code.is(view, "view") => view::create(edits, view, range),
        Some(table) => table::create(edits, table, range.end)?,
        None => {}
    }
    Ok(())
}
