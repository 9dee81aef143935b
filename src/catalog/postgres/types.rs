//! Types, domains and collations. The columns of composite types are asked with those of tables.

use super::query::{IN_USE, NONE, Source, collation, comment, no_member};

pub(super) fn queries() -> Vec<String> {
    // Neither the row types of tables nor the arrays and multiranges that come with other types.
    let condition = format!(
        "(t.typrelid = 0 or exists (select 1 from pg_class k where k.oid = t.typrelid and k.relkind = 'c')) \
         and t.typtype <> 'm' and not exists (select 1 from pg_type ar where ar.typarray = t.oid) and {IN_USE} and {}",
        no_member("pg_type", "t.oid")
    );
    let types = Source {
        kind: "case t.typtype when 'd' then 'domain' else 'type' end",
        schema: "n.nspname",
        name: "t.typname",
        arguments: NONE,
        table: NONE,
        from: "pg_type t join pg_namespace n on n.oid = t.typnamespace",
        condition: &condition,
    };
    let constraints = format!("{} join pg_constraint con on con.contypid = t.oid", types.from);
    vec![
        types.facts(&[
            ("definition", &definition()),
            ("owner", "pg_get_userbyid(t.typowner)"),
            ("comment", &comment("pg_type", "t.oid")),
        ]),
        types.grants("t.typacl", "'T'", "t.typowner"),
        Source { from: &constraints, ..types }.facts_of_part(
            "'constraint ' || con.conname",
            &[("definition", "pg_get_constraintdef(con.oid)"), ("comment", &comment("pg_constraint", "con.oid"))],
        ),
        collations(),
    ]
}

fn definition() -> String {
    let labels = "(select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e \
        where e.enumtypid = t.oid)";
    let domain = format!(
        "concat_ws(' ', format_type(t.typbasetype, t.typtypmod), {}, case when t.typnotnull then 'not null' end, \
         'default ' || coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault))",
        collation("t.typcollation", "(select b.typcollation from pg_type b where b.oid = t.typbasetype)")
    );
    // By join, because `regcollation` came with 13.
    let range = "(select concat_ws(' ', 'range of', format_type(r.rngsubtype, null), 'operator class', oc.opcname, \
        'collation ' || co.collname, 'canonical', r.rngcanonical, 'difference', r.rngsubdiff) from pg_range r \
        left join pg_opclass oc on oc.oid = r.rngsubopc left join pg_collation co on co.oid = r.rngcollation \
        where r.rngtypid = t.oid)";
    let base = "concat_ws(' ', 'base type, length', t.typlen, 'input', t.typinput, 'output', t.typoutput, 'align', \
        t.typalign, 'storage', t.typstorage, 'category', t.typcategory, 'default ' || t.typdefault)";
    format!(
        "case when not t.typisdefined then 'shell' else case t.typtype when 'e' then 'enum (' || coalesce({labels}, '') \
         || ')' when 'd' then {domain} when 'r' then {range} when 'c' then 'composite' else {base} end end"
    )
}

fn collations() -> String {
    Source {
        kind: "'collation'",
        schema: "n.nspname",
        name: "co.collname",
        arguments: NONE,
        table: NONE,
        from: "pg_collation co join pg_namespace n on n.oid = co.collnamespace",
        condition: &format!("{IN_USE} and {}", no_member("pg_collation", "co.oid")),
    }
    .facts(&[
        // Its columns differ with the server's version. The version of the locale is the machine's.
        ("definition", "to_jsonb(co) - '{oid,collname,collnamespace,collowner,collversion}'::text[]"),
        ("owner", "pg_get_userbyid(co.collowner)"),
        ("comment", &comment("pg_collation", "co.oid")),
    ])
}
