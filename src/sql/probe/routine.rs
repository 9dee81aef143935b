//! Functions and procedures: the same name may stand for several, told apart by their arguments.

use super::super::code::Code;
use super::super::quote::quote_literal;
use super::super::signature::signature;
use super::super::{Kind, ObjectName};
use super::base::Base;
use super::data_type::catalogue_type;
use super::lifetime::{Head, gone};
use super::place::{ROUTINE, kind};
use super::{Case, Dialect, Query};

/// Whether a routine that is created is there, or one that is dropped is gone.
pub(super) fn probe(case: &Case<'_>) -> Option<Query> {
    let head = Head::read(case)?;
    let code = &case.code;
    let (object, next) = code.name(head.name)?;
    let noun = match case.statement.kind {
        Kind::CreateProcedure | Kind::DropProcedure => "procedure",
        _ => "function",
    };
    if case.statement.kind.creates() {
        let base = of(case, &object, head.name)?;
        let sql = base.created(kind(noun, case.engine))?;
        let words =
            format!("does the {noun} `{object}` exist, with these arguments? it does if the statement was carried out");
        return Some(base.ask(sql, &words));
    }
    if code.is(1, "external") {
        return None;
    }
    let listed = code.token(next) == "(";
    let end = if listed { code.close(next) } else { next };
    let last = end + usize::from(code.is_any(end, &["cascade", "restrict"]));
    if last != code.tokens.len() {
        // Several at once.
        return None;
    }
    let base = if listed { of(case, &object, head.name)? } else { Base::new(ROUTINE, &object, case.engine)? };
    let sql = gone(ROUTINE, 1, &base.condition()?);
    let words = format!("is the {noun} `{object}` gone, with these arguments? it is if the statement was carried out");
    Some(Query { end_suffices: head.conditional, ..base.ask(sql, &words) })
}

/// The routine whose name and arguments begin at `at`.
///
/// Arguments are compared by type where the text names them as PostgreSQL does, else by their number: several routines
/// of the same number then give `unknown`.
pub(super) fn of(case: &Case<'_>, object: &ObjectName, at: usize) -> Option<Base> {
    let code = &case.code;
    let open = code.past_name(at)?;
    if code.token(open) != "(" {
        return None;
    }
    let inside = open + 1..code.close(open).saturating_sub(1);
    let goes_out = inside.clone().any(|at| code.is_any(at, &["out", "inout", "variadic"]));
    if goes_out && case.engine == Dialect::Redshift {
        // Its catalogue is not known to count those.
        return None;
    }
    let text = format!("function {}", code.source(at..code.close(open)));
    let written = signature(&text, code.dialect)?;
    let list = written.get(written.rfind('(')? + 1..written.len().checked_sub(1)?)?;
    if list.contains('"') || inside.clone().any(|at| code.token(at) == "*") {
        return None;
    }
    let types: Vec<&str> = list.split(", ").filter(|one| !one.is_empty()).collect();
    let mut base = Base::new(ROUTINE, object, case.engine)?;
    base.filter(format!("o.pronargs = {}", types.len()));
    let exact = code.dialect == Dialect::Postgres && case.engine == Dialect::Postgres;
    if let Some(known) = known_types(&types).filter(|_| exact) {
        base.filter(format!("oidvectortypes(o.proargtypes) = {}", quote_literal(&known.join(", "), case.engine)));
    }
    Some(base)
}

fn known_types(types: &[&str]) -> Option<Vec<String>> {
    let one = |text: &&str| {
        let code = Code::new(text, Dialect::Postgres);
        catalogue_type(&code, 0..code.tokens.len(), false, Dialect::Postgres)
    };
    types.iter().map(one).collect()
}
