//! What belongs to a table or view: indexes, triggers, rules, policies and extended statistics.

use super::query::{IN_USE, NONE, Source, comment, no_member};

/// `O`, the default, is told by its absence.
fn firing(column: &str) -> String {
    format!("case {column} when 'D' then 'disabled' when 'R' then 'on replicas' when 'A' then 'always' end")
}

pub(super) fn queries() -> Vec<String> {
    let in_use = format!("{IN_USE} and {}", no_member("pg_class", "c.oid"));
    vec![indexes(&in_use), triggers(&in_use), rules(&in_use), policies(&in_use), statistics(&in_use)]
}

const OF_TABLE: Source<'static> = Source {
    kind: NONE,
    schema: "n.nspname",
    name: NONE,
    arguments: NONE,
    table: "c.relname",
    from: "pg_class c join pg_namespace n on n.oid = c.relnamespace",
    condition: "true",
};

fn indexes(in_use: &str) -> String {
    let from =
        format!("{} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid", OF_TABLE.from);
    Source { kind: "'index'", name: "i.relname", from: &from, condition: in_use, ..OF_TABLE }.facts(&[
        ("definition", "pg_get_indexdef(i.oid)"),
        ("comment", &comment("pg_class", "i.oid")),
        ("invalid", "case when not x.indisvalid then 't' end"),
        ("clusters the table", "case when x.indisclustered then 't' end"),
        ("tablespace", "(select ts.spcname from pg_tablespace ts where ts.oid = i.reltablespace)"),
        ("partition of", "(select h.inhparent::regclass from pg_inherits h where h.inhrelid = i.oid)"),
    ])
}

fn triggers(in_use: &str) -> String {
    let from = format!("{} join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal", OF_TABLE.from);
    Source { kind: "'trigger'", name: "g.tgname", from: &from, condition: in_use, ..OF_TABLE }.facts(&[
        ("definition", "pg_get_triggerdef(g.oid)"),
        ("comment", &comment("pg_trigger", "g.oid")),
        ("fires", &firing("g.tgenabled")),
    ])
}

fn rules(in_use: &str) -> String {
    // The rule that makes a view is the view's definition.
    let from = format!("{} join pg_rewrite r on r.ev_class = c.oid and r.rulename <> '_RETURN'", OF_TABLE.from);
    Source { kind: "'rule'", name: "r.rulename", from: &from, condition: in_use, ..OF_TABLE }.facts(&[
        ("definition", "pg_get_ruledef(r.oid)"),
        ("comment", &comment("pg_rewrite", "r.oid")),
        ("fires", &firing("r.ev_enabled")),
    ])
}

fn policies(in_use: &str) -> String {
    let from = format!("{} join pg_policy p on p.polrelid = c.oid", OF_TABLE.from);
    let roles = "(select string_agg(case role when 0 then 'public' else pg_get_userbyid(role) end, ', ' order by \
        case role when 0 then 'public' else pg_get_userbyid(role) end collate \"C\") from unnest(p.polroles) role)";
    let definition = format!(
        "concat_ws(' ', case when p.polpermissive then 'permissive' else 'restrictive' end, 'for', \
         case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' \
         else 'all' end, 'to', {roles}, format('using (%s)', pg_get_expr(p.polqual, p.polrelid)), \
         format('with check (%s)', pg_get_expr(p.polwithcheck, p.polrelid)))"
    );
    Source { kind: "'policy'", name: "p.polname", from: &from, condition: in_use, ..OF_TABLE }
        .facts(&[("definition", &definition), ("comment", &comment("pg_policy", "p.oid"))])
}

fn statistics(in_use: &str) -> String {
    let from = "pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace join pg_class c on c.oid = s.stxrelid";
    // They may stand in another schema than their table, and then only their definition names it.
    let table = "case when c.relnamespace = n.oid then c.relname end";
    Source { kind: "'statistics'", name: "s.stxname", table, from, condition: in_use, ..OF_TABLE }.facts(&[
        ("definition", "pg_get_statisticsobjdef(s.oid)"),
        ("owner", "pg_get_userbyid(s.stxowner)"),
        ("comment", &comment("pg_statistic_ext", "s.oid")),
    ])
}
