//! Where the catalogue keeps each sort of object, on either engine.

use super::super::Dialect;

/// The rows of one sort of object. The object's own row is `o`, that of its schema `n`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// What stands after FROM.
    pub(super) from: &'static str,
    /// The number that no later object of the same name has.
    pub(super) number: Option<&'static str>,
    pub(super) name: &'static str,
    /// The name of the schema, for what lives in one.
    pub(super) schema: Option<&'static str>,
    /// The number of the owner, where it may be changed.
    pub(super) owner: Option<&'static str>,
    /// Further condition; may be empty.
    pub(super) filter: &'static str,
}

const fn global(from: &'static str, name: &'static str, owner: Option<&'static str>) -> Option<Place> {
    Some(Place { from, number: Some("o.oid"), name, schema: None, owner, filter: "" })
}

const fn in_schema(from: &'static str, name: &'static str, owner: &'static str) -> Option<Place> {
    Some(Place { from, number: Some("o.oid"), name, schema: Some("n.nspname"), owner: Some(owner), filter: "" })
}

/// Tables, views, indexes and sequences share their names, so which of them it is does not matter.
const fn relation() -> Option<Place> {
    in_schema("pg_class o join pg_namespace n on n.oid = o.relnamespace", "o.relname", "o.relowner")
}

/// Types and domains.
const fn data_type() -> Option<Place> {
    in_schema("pg_type o join pg_namespace n on n.oid = o.typnamespace", "o.typname", "o.typowner")
}

/// Functions and procedures.
pub(super) const ROUTINE: Place = Place {
    from: "pg_proc o join pg_namespace n on n.oid = o.pronamespace",
    number: Some("o.oid"),
    name: "o.proname",
    schema: Some("n.nspname"),
    owner: Some("o.proowner"),
    filter: "",
};

/// What tells an object of this noun from others that share its names, and so may be found in its stead.
///
/// PG catalog-pg-class, catalog-pg-type: each table and view has a type of its name.
pub(super) fn kind(noun: &str, engine: Dialect) -> Option<&'static str> {
    Some(match (noun, engine) {
        ("table", Dialect::Postgres) => "o.relkind in ('r', 'p')",
        ("foreign table", Dialect::Postgres) => "o.relkind = 'f'",
        ("materialized view", Dialect::Postgres) => "o.relkind = 'm'",
        ("sequence", Dialect::Postgres) => "o.relkind = 'S'",
        ("table", Dialect::Redshift) => "o.relkind = 'r'",
        ("view", _) => "o.relkind = 'v'",
        ("domain", Dialect::Postgres) => "o.typtype = 'd'",
        ("type", Dialect::Postgres) => {
            "o.typtype <> 'd' and (o.typrelid = 0 \
             or exists (select 1 from pg_class c where c.oid = o.typrelid and c.relkind = 'c'))"
        }
        ("function", Dialect::Postgres) => "o.prokind in ('f', 'w')",
        ("procedure", Dialect::Postgres) => "o.prokind = 'p'",
        _ => return None,
    })
}

/// Where objects of this noun are; `relation` is a table, view, index or sequence, whichever it is.
///
/// The pages are PG catalogs and RS c_intro_catalog_views. Redshift shows the columns of PostgreSQL 8.0 and views of its
/// own.
pub(super) fn place(noun: &str, engine: Dialect) -> Option<Place> {
    match noun {
        "relation" => relation(),
        "database" => global("pg_database o", "o.datname", Some("o.datdba")),
        "schema" => global("pg_namespace o", "o.nspname", Some("o.nspowner")),
        _ => match engine {
            Dialect::Redshift => on_redshift(noun),
            Dialect::Postgres => on_postgres(noun),
        },
    }
}

fn on_redshift(noun: &str) -> Option<Place> {
    let by = |from, number, name| Some(Place { from, number, name, schema: None, owner: None, filter: "" });
    match noun {
        // A materialized view is a view there, over a table of its own.
        "table" | "view" | "materialized view" => relation(),
        "user" => by("pg_user o", Some("o.usesysid"), "o.usename"),
        "group" => by("pg_group o", Some("o.grosysid"), "o.groname"),
        // RS r_SVV_ROLES
        "role" => by("svv_roles o", Some("o.role_id"), "o.role_name"),
        // RS r_SVV_EXTERNAL_SCHEMAS
        "external schema" => by("svv_external_schemas o", Some("o.esoid"), "o.schemaname"),
        // RS r_SVV_EXTERNAL_TABLES
        "external table" => {
            let table = by("svv_external_tables o", None, "o.tablename")?;
            Some(Place { schema: Some("o.schemaname"), ..table })
        }
        _ => None,
    }
}

fn on_postgres(noun: &str) -> Option<Place> {
    match noun {
        "table" | "foreign table" | "view" | "materialized view" | "index" | "sequence" => relation(),
        "type" | "domain" => data_type(),
        "collation" => {
            let from = "pg_collation o join pg_namespace n on n.oid = o.collnamespace";
            in_schema(from, "o.collname", "o.collowner")
        }
        "statistics" => {
            let from = "pg_statistic_ext o join pg_namespace n on n.oid = o.stxnamespace";
            in_schema(from, "o.stxname", "o.stxowner")
        }
        "user" | "group" | "role" => global("pg_roles o", "o.rolname", None),
        "tablespace" => global("pg_tablespace o", "o.spcname", Some("o.spcowner")),
        "publication" => global("pg_publication o", "o.pubname", Some("o.pubowner")),
        "subscription" => {
            let subscription = global("pg_subscription o", "o.subname", Some("o.subowner"))?;
            let filter = "o.subdbid = (select d.oid from pg_database d where d.datname = current_database())";
            Some(Place { filter, ..subscription })
        }
        "extension" => global("pg_extension o", "o.extname", None),
        "event trigger" => global("pg_event_trigger o", "o.evtname", Some("o.evtowner")),
        "language" => global("pg_language o", "o.lanname", Some("o.lanowner")),
        "server" => global("pg_foreign_server o", "o.srvname", Some("o.srvowner")),
        "foreign data wrapper" => global("pg_foreign_data_wrapper o", "o.fdwname", Some("o.fdwowner")),
        "access method" => global("pg_am o", "o.amname", None),
        _ => None,
    }
}
