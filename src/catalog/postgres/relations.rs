//! Tables, views, materialized views, sequences and foreign tables; their columns and constraints.

use super::query::{IN_USE, NONE, Source, collation, comment, no_member, sorted};

const KIND: &str = "case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' \
    when 'f' then 'foreign table' when 'c' then 'type' else 'table' end";

/// The table whose column draws from the sequence `c`.
const OWNING_COLUMN: &str = "from pg_depend d join pg_class o on o.oid = d.refobjid join pg_attribute oa \
    on oa.attrelid = o.oid and oa.attnum = d.refobjsubid where c.relkind = 'S' and d.classid = 'pg_class'::regclass \
    and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')";

pub(super) fn queries() -> Vec<String> {
    let condition = |kinds: &str| format!("c.relkind in ({kinds}) and {IN_USE} and {}", no_member("pg_class", "c.oid"));
    let owning_table = format!("(select o.relname {OWNING_COLUMN})");
    let all = condition("'r', 'p', 'v', 'm', 'S', 'f'");
    let with_columns = condition("'r', 'p', 'v', 'm', 'f', 'c'");
    let relations = Source {
        kind: KIND,
        schema: "n.nspname",
        name: "c.relname",
        arguments: NONE,
        table: &owning_table,
        from: "pg_class c join pg_namespace n on n.oid = c.relnamespace",
        condition: &all,
    };
    let columns = format!(
        "{} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         join pg_type t on t.oid = a.atttypid",
        relations.from
    );
    let constraints = format!("{} join pg_constraint con on con.conrelid = c.oid", relations.from);
    let columns = Source { from: &columns, condition: &with_columns, table: NONE, ..relations };
    let constraints = Source { from: &constraints, table: NONE, ..relations };
    vec![
        facts(&relations),
        relations.grants("c.relacl", "(case c.relkind when 'S' then 's' else 'r' end)::\"char\"", "c.relowner"),
        columns_in_order(&columns),
        columns.grants_on_part("'on column ' || a.attname || ' '", "a.attacl", "'c'", "c.relowner"),
        // A constraint trigger is told as a trigger.
        Source { condition: &format!("{} and con.contype <> 't'", relations.condition), ..constraints }.facts_of_part(
            "'constraint ' || con.conname",
            &[("definition", "pg_get_constraintdef(con.oid)"), ("comment", &comment("pg_constraint", "con.oid"))],
        ),
    ]
}

fn facts(relations: &Source<'_>) -> String {
    let inherits = "(select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) from pg_inherits i \
        where i.inhrelid = c.oid)";
    relations.facts(&[
        ("definition", &definition()),
        ("owner", "pg_get_userbyid(c.relowner)"),
        ("comment", &comment("pg_class", "c.oid")),
        ("unlogged", "case when c.relpersistence = 'u' then 't' end"),
        ("populated", "case when c.relkind = 'm' then c.relispopulated end"),
        ("partitioned", "case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end"),
        ("inherits", inherits),
        ("bounds", "case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end"),
        ("row security", "case when c.relrowsecurity then 'enabled' end"),
        ("forced row security", "case when c.relforcerowsecurity then 'for the owner too' end"),
        ("options", &sorted("c.reloptions")),
        (
            "toast options",
            &format!("(select {} from pg_class k where k.oid = c.reltoastrelid)", sorted("k.reloptions")),
        ),
        ("tablespace", "(select ts.spcname from pg_tablespace ts where ts.oid = c.reltablespace)"),
        ("access method", "(select am.amname from pg_am am where am.oid = c.relam)"),
        ("of type", "case when c.reloftype <> 0 then format_type(c.reloftype, null) end"),
        ("replica identity", &replica_identity()),
        ("owned by", &format!("(select format('%s.%I', o.oid::regclass, oa.attname) {OWNING_COLUMN})")),
    ])
}

/// What a relation that is no table is made of.
fn definition() -> String {
    let sequence = "(select format('%s start %s increment %s minimum %s maximum %s cache %s%s', \
        format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, \
        case when s.seqcycle then ' cycle' else '' end) from pg_sequence s where s.seqrelid = c.oid)";
    let foreign = format!(
        "(select concat_ws(' ', 'server', quote_ident(fs.srvname), 'options', {}) from pg_foreign_table ft \
         join pg_foreign_server fs on fs.oid = ft.ftserver where ft.ftrelid = c.oid)",
        sorted("ft.ftoptions")
    );
    format!(
        "case c.relkind when 'v' then pg_get_viewdef(c.oid) when 'm' then pg_get_viewdef(c.oid) when 'S' then \
         {sequence} when 'f' then {foreign} end"
    )
}

fn replica_identity() -> String {
    let identity_index = "coalesce((select ' ' || ri.relname from pg_index x join pg_class ri \
        on ri.oid = x.indexrelid where x.indrelid = c.oid and x.indisreplident), '')";
    format!(
        "case c.relreplident when 'f' then 'full' when 'i' then 'index' || {identity_index} when 'n' then \
         case when c.relkind in ('r', 'p', 'm') then 'nothing' end end"
    )
}

fn columns_in_order(columns: &Source<'_>) -> String {
    // Columns of `pg_attribute` that came with 12 and 14.
    let from = format!("{} cross join lateral (select to_jsonb(a) as newer offset 0) j", columns.from);
    let default = "(select pg_get_expr(ad.adbin, ad.adrelid) from pg_attrdef ad where ad.adrelid = c.oid \
        and ad.adnum = a.attnum)";
    let definition = format!(
        "concat_ws(' ', format_type(a.atttypid, a.atttypmod), {}, case when a.attnotnull then 'not null' end, \
         case a.attidentity when 'a' then 'generated always as identity' when 'd' then \
         'generated by default as identity' end, case when a.atthasdef then case newer ->> 'attgenerated' when 's' \
         then format('generated always as (%s) stored', {default}) when 'v' then format('generated always as (%s) \
         virtual', {default}) else 'default ' || {default} end end, case when a.attstorage <> t.typstorage then \
         'storage ' || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else \
         'extended' end end, case newer ->> 'attcompression' when 'p' then 'compression pglz' when 'l' then \
         'compression lz4' end, 'options ' || {}, 'options ' || {})",
        collation("a.attcollation", "t.typcollation"),
        sorted("a.attoptions"),
        sorted("a.attfdwoptions"),
    );
    let query = Source { from: &from, ..*columns }.facts_of_part(
        "'column ' || a.attname",
        &[
            ("definition", &definition),
            ("comment", "col_description(c.oid, a.attnum)"),
            ("column order", "quote_ident(a.attname)"),
        ],
    );
    format!("{query} order by c.oid, a.attnum")
}
