//! Functions that do not work on tables of Redshift.

use super::{NOT_SUPPORTED, Refusal};
use crate::sql::Kind;
use crate::sql::code::Code;
use crate::sql::lexer::TokenKind;

/// From the list of
/// [unsupported functions](https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-functions.html), and
/// [those of the leader node](https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html) that
/// people write most.
const FUNCTIONS: &[&str] = &[
    "string_agg",
    "array_agg",
    "every",
    "xmlagg",
    "corr",
    "covar_pop",
    "covar_samp",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "clock_timestamp",
    "justify_days",
    "justify_hours",
    "justify_interval",
    "pg_sleep",
    "transaction_timestamp",
    "div",
    "setseed",
    "width_bucket",
    "generate_series",
    "generate_subscripts",
    "nextval",
    "currval",
    "lastval",
    "setval",
    "bit_length",
    "convert_from",
    "convert_to",
    "format",
    "quote_nullable",
    "regexp_matches",
    "regexp_split_to_array",
    "regexp_split_to_table",
    "unnest",
    "json_agg",
    "jsonb_agg",
    "json_build_object",
    "jsonb_build_object",
    "row_to_json",
    "to_json",
    "to_jsonb",
    "gen_random_uuid",
    "make_date",
    "make_timestamp",
    "now",
    "age",
    "current_schema",
    "current_schemas",
    "pg_advisory_lock",
    "pg_try_advisory_lock",
];

/// The first call of such a function in a statement that the compute nodes run.
pub(super) fn refusal(code: &Code<'_>, kind: Kind) -> Option<Refusal> {
    if !runs_on_compute_nodes(code, kind) {
        return None;
    }
    let call = |at: &usize| {
        code.is_any(*at, FUNCTIONS)
            && code.kind(at + 1) == Some(TokenKind::LeftParenthesis)
            && !(*at > 0 && code.kind(at - 1) == Some(TokenKind::Dot) && !code.is(at.saturating_sub(2), "pg_catalog"))
            // A list of columns may follow the name of a table or of a query.
            && !code.is_any(at.saturating_sub(1), &["into", "table", "with", "as", "view"])
    };
    let at = (0..code.tokens.len()).find(call)?;
    let name = code.token(at).to_lowercase();
    Some(Refusal {
        message: "Specified types or functions (one per INFO message) not supported on Redshift tables.".into(),
        detail: Some(format!("Function \"{name}\" not supported.")),
        hint: match name.as_str() {
            "string_agg" => "use LISTAGG".into(),
            "now" | "clock_timestamp" | "transaction_timestamp" => "use GETDATE() or SYSDATE".into(),
            _ => format!("`{name}` runs without tables at most: write it without"),
        },
        code: NOT_SUPPORTED,
        offset: code.tokens[at].start,
    })
}

/// Queries of the catalogue and those of no table run on the leader node, which is close to PostgreSQL.
fn runs_on_compute_nodes(code: &Code<'_>, kind: Kind) -> bool {
    let any = |wanted: &dyn Fn(usize) -> bool| (0..code.tokens.len()).any(wanted);
    let source = |at: usize| code.is_any(at, &["from", "join"]).then(|| code.name(at + 1)).flatten();
    let of_leader = |part: &String| part.starts_with("pg_") || part == "information_schema";
    let asks_leader = any(&|at| source(at).is_some_and(|(name, _)| name.parts.iter().any(of_leader)));
    let asks_table = any(&|at| source(at).is_some_and(|(_, next)| code.kind(next) != Some(TokenKind::LeftParenthesis)));
    match kind {
        Kind::Insert | Kind::CreateTableAs | Kind::SelectInto => !asks_leader && any(&|at| code.is(at, "select")),
        Kind::Update | Kind::Delete | Kind::CreateView | Kind::CreateMaterializedView | Kind::Select => {
            asks_table && !asks_leader
        }
        _ => false,
    }
}
