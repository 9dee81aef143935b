//! The queries of Redshift's catalogues. **They never ran on a Redshift**: none was at hand when they were written. A
//! test runs them on a PostgreSQL whose catalogues are made to look like Redshift's, which shows that they fit together
//! and not that Redshift takes them.
//!
//! They keep to catalogue tables that every user can read on the leader node, and to what AWS itself does with them:
//!
//! - tables, columns with encodings, distribution and sort keys, constraints: `v_generate_tbl_ddl.sql`; views:
//!   `v_generate_view_ddl.sql`; access control lists and default privileges: `v_generate_user_grant_revoke_ddl.sql`;
//!   all in <https://github.com/awslabs/amazon-redshift-utils/tree/master/src/AdminViews>
//! - routines: <https://docs.aws.amazon.com/redshift/latest/dg/r_PG_PROC_INFO.html>
//!
//! Not told: grants to roles and by data shares, row security and masking policies, tables of external schemas. What
//! Redshift chooses by itself for `ENCODE AUTO` and `SORTKEY AUTO` is told as if somebody had changed it.

/// Begins a transaction that only reads. Redshift isolates all transactions.
pub(super) const OPENING: [&str; 1] = ["begin transaction read only"];

/// A condition on `n`: neither the server's schema nor vesto's.
const IN_USE: &str = "substring(n.nspname, 1, 3) <> 'pg_' \
    and n.nspname not in ('information_schema', 'catalog_history', 'vesto')";

/// A condition on `c`: a table or view that a user made. Materialized views keep their rows in tables `mv_tbl__...`.
const MADE: &str = "c.relkind in ('r', 'v') and substring(c.relname, 1, 8) <> 'mv_tbl__'";

const KIND: &str = "case when c.relkind = 'v' then 'view' else 'table' end as kind";

/// All queries, in the order in which they are sent.
pub(super) fn queries() -> Vec<String> {
    vec![schemas(), relations(), columns(), constraints(), routines(), default_privileges()]
}

fn schemas() -> String {
    format!(
        "select 'schema' as kind, null as schema, n.nspname as name, null as arguments, null as \"table\", \
         null as part, pg_get_userbyid(n.nspowner) as owner, array_to_string(n.nspacl, ',') as grants, \
         d.description as comment from pg_namespace n left join pg_description d on d.objoid = n.oid \
         and d.objsubid = 0 where {IN_USE}"
    )
}

fn relations() -> String {
    format!(
        "select {KIND}, n.nspname as schema, c.relname as name, null as arguments, null as \"table\", null as part, \
         pg_get_userbyid(c.relowner) as owner, array_to_string(c.relacl, ',') as grants, d.description as comment, \
         case when c.relkind <> 'r' then null when c.reldiststyle = 0 then 'even' when c.reldiststyle = 1 then 'key' \
         when c.reldiststyle = 8 then 'all' when c.reldiststyle = 9 then 'auto' else 'unknown' end as diststyle, \
         case when c.relkind = 'v' then pg_get_viewdef(c.oid) else null end as definition \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_description d \
         on d.objoid = c.oid and d.objsubid = 0 where {MADE} and {IN_USE}"
    )
}

fn columns() -> String {
    // The default of an identity column is a call with the table's object id, which is no fact.
    format!(
        "select {KIND}, n.nspname as schema, c.relname as name, null as arguments, null as \"table\", \
         'column ' || a.attname as part, format_type(a.atttypid, a.atttypmod) \
         || case when a.attnotnull then ' not null' else '' end \
         || case when f.adsrc is null then '' when f.adsrc like '%identity%(%' then \
         ' identity ' || split_part(f.adsrc, '''', 2) else ' default ' || f.adsrc end \
         || case when c.relkind = 'r' then ' encode ' || format_encoding(a.attencodingtype::integer) else '' end \
         || case when a.attisdistkey then ' distkey' else '' end \
         || case when a.attsortkeyord > 0 then ' sortkey ' || a.attsortkeyord::varchar \
         when a.attsortkeyord < 0 then ' interleaved sortkey ' || abs(a.attsortkeyord)::varchar else '' end \
         as definition, d.description as comment, quote_ident(a.attname) as \"column order\" \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum \
         left join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum \
         where {MADE} and {IN_USE} order by c.oid, a.attnum"
    )
}

fn constraints() -> String {
    format!(
        "select 'table' as kind, n.nspname as schema, c.relname as name, null as arguments, null as \"table\", \
         'constraint ' || con.conname as part, pg_get_constraintdef(con.oid) as definition \
         from pg_constraint con join pg_class c on c.oid = con.conrelid \
         join pg_namespace n on n.oid = c.relnamespace where con.contype in ('p', 'u', 'f') and {MADE} and {IN_USE}"
    )
}

fn routines() -> String {
    // Everybody may execute a new function, but not a new procedure; the list is null until the first grant.
    format!(
        "select case when p.prokind = 'p' then 'procedure' when p.prokind = 'a' then 'aggregate' else 'function' end \
         as kind, n.nspname as schema, p.proname as name, oidvectortypes(p.proargtypes) as arguments, \
         null as \"table\", null as part, pg_get_userbyid(p.proowner) as owner, \
         case when p.proacl is null and p.prokind <> 'p' then '=X/' || quote_ident(pg_get_userbyid(p.proowner)) \
         else array_to_string(p.proacl, ',') end as grants, p.prosrc as definition, l.lanname as language, \
         format_type(p.prorettype, null) as returns, array_to_string(p.proargnames, ', ') as \"names of arguments\", \
         p.provolatile as volatility, case when p.prosecdef then 't' else null end as \"security definer\", \
         d.description as comment \
         from pg_proc_info p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang \
         left join pg_description d on d.objoid = p.prooid and d.objsubid = 0 where {IN_USE}"
    )
}

fn default_privileges() -> String {
    format!(
        "select 'default privileges' as kind, null as schema, 'of ' || pg_get_userbyid(f.defacluser) || ' on ' \
         || case f.defaclobjtype when 'r' then 'tables' when 'f' then 'functions' when 'p' then 'procedures' \
         else 'others' end || case when n.nspname is null then '' else ' in schema ' || n.nspname end as name, \
         null as arguments, null as \"table\", null as part, pg_get_userbyid(f.defacluser) as owner, \
         array_to_string(f.defaclacl, ',') as grants \
         from pg_default_acl f left join pg_namespace n on n.oid = f.defaclnamespace \
         where n.nspname is null or ({IN_USE})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::fold::IDENTITY;

    #[test]
    fn every_query_begins_with_what_names_the_object() {
        for query in queries() {
            let mut rest = query.as_str();
            for heading in IDENTITY {
                let found = [format!(" as {heading},"), format!(" as \"{heading}\",")];
                let end = found.iter().find_map(|text| rest.find(text).map(|at| at + text.len()));
                assert!(end.is_some(), "no `{heading}` in {query}");
                rest = &rest[end.unwrap_or_default()..];
            }
            assert!(!query.contains("  "), "{query}");
        }
    }
}
