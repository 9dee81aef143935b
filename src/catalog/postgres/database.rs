//! The database itself, its schemas, its extensions, default privileges, publications, and what is rarely made.

use super::query::{IN_USE, NONE, Source, comment, no_member, of_its_own, sorted};

pub(super) fn queries() -> Vec<String> {
    let schemas = Source {
        kind: "'schema'",
        name: "n.nspname",
        from: "pg_namespace n",
        condition: &format!("{IN_USE} and {}", no_member("pg_namespace", "n.oid")),
        ..ALONE
    };
    let mut queries = vec![
        schemas.facts(&[("owner", "pg_get_userbyid(n.nspowner)"), ("comment", &comment("pg_namespace", "n.oid"))]),
        schemas.grants("n.nspacl", "'n'", "n.nspowner"),
        extensions(),
        publications(),
        rarely_made(),
    ];
    queries.extend(database());
    queries.extend(default_privileges());
    queries
}

/// An object in no schema.
pub(super) const ALONE: Source<'static> =
    Source { kind: NONE, schema: NONE, name: NONE, arguments: NONE, table: NONE, from: "", condition: "true" };

fn database() -> [String; 3] {
    let database = Source {
        kind: "'database'",
        name: "d.datname",
        from: "pg_database d",
        condition: "d.datname = current_database()",
        ..ALONE
    };
    let from = "pg_database d join pg_db_role_setting s on s.setdatabase = d.oid";
    [
        database
            .facts(&[("owner", "pg_get_userbyid(d.datdba)"), ("comment", "shobj_description(d.oid, 'pg_database')")]),
        database.grants("d.datacl", "'d'", "d.datdba"),
        Source { from, ..database }.facts_of_part(
            "'settings' || case s.setrole when 0 then '' else ' of ' || pg_get_userbyid(s.setrole) end",
            &[("definition", &sorted("s.setconfig"))],
        ),
    ]
}

fn extensions() -> String {
    let from = "pg_extension x join pg_namespace n on n.oid = x.extnamespace";
    Source { kind: "'extension'", name: "x.extname", from, ..ALONE }.facts(&[
        ("version", "x.extversion"),
        ("in schema", "n.nspname"),
        ("owner", "pg_get_userbyid(x.extowner)"),
        ("comment", &comment("pg_extension", "x.oid")),
    ])
}

fn default_privileges() -> [String; 2] {
    let objects = "case f.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' \
        when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' end";
    let name = format!(
        "'of ' || pg_get_userbyid(f.defaclrole) || ' on ' || {objects} || coalesce(' in schema ' || n.nspname, '')"
    );
    let privileges = Source {
        kind: "'default privileges'",
        name: &name,
        from: "pg_default_acl f left join pg_namespace n on n.oid = f.defaclnamespace",
        condition: &format!("(n.oid is null or {IN_USE})"),
        ..ALONE
    };
    // The list is never null; its class is only asked for nothing.
    [privileges.facts(&[]), privileges.grants("f.defaclacl", "'r'", "f.defaclrole")]
}

fn publications() -> String {
    // What can be published, and how, differs with the server's version.
    let tables = "(select string_agg(to_jsonb(t) - 'pubname' #>> '{}', ', ' order by t.schemaname collate \"C\", \
        t.tablename collate \"C\") from pg_publication_tables t where t.pubname = u.pubname and not u.puballtables)";
    Source {
        kind: "'publication'",
        name: "u.pubname",
        from: "pg_publication u",
        condition: &no_member("pg_publication", "u.oid"),
        ..ALONE
    }
    .facts(&[
        ("definition", "to_jsonb(u) - '{oid,pubname,pubowner}'::text[]"),
        ("tables", tables),
        ("owner", "pg_get_userbyid(u.pubowner)"),
        ("comment", &comment("pg_publication", "u.oid")),
    ])
}

/// Catalogues of which it is only known what is there, with comments.
const RARE: [&str; 11] = [
    "pg_operator",
    "pg_opclass",
    "pg_opfamily",
    "pg_cast",
    "pg_conversion",
    "pg_language",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_am",
];

fn rarely_made() -> String {
    // Object ids below 16384 are those that a new database has.
    let all = RARE.map(|catalog| {
        format!(
            "select '{catalog}'::regclass as catalog, o.oid, obj_description(o.oid, '{catalog}') as remark \
             from {catalog} o where o.oid >= 16384 and {}",
            of_its_own(catalog, "o.oid")
        )
    });
    let from = format!("({}) o cross join lateral pg_identify_object(o.catalog, o.oid, 0) i", all.join(" union all "));
    // A name such as `a_schema.=(integer,text)`, which already holds the schema.
    // The double's library has operators in the server's own schema.
    let condition = "left(coalesce(i.schema, ''), 3) <> 'pg_'";
    Source { kind: "i.type", name: "i.identity", from: &from, condition, ..ALONE }.facts(&[("comment", "o.remark")])
}
