//! Builds queries that answer in the form that `fold` reads.

/// Where the rows of a query come from, and which object each is about. All texts are SQL.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// What the object is.
    pub(super) kind: &'a str,
    /// Its schema.
    pub(super) schema: &'a str,
    /// Its name.
    pub(super) name: &'a str,
    /// Types of the arguments of a routine.
    pub(super) arguments: &'a str,
    /// The table that it belongs to.
    pub(super) table: &'a str,
    /// Tables and joins.
    pub(super) from: &'a str,
    /// Which rows.
    pub(super) condition: &'a str,
}

/// For the parts of a [`Source`] that an object does not have.
pub(super) const NONE: &str = "null::text";

impl Source<'_> {
    /// Facts of the objects themselves: headings and what stands below them.
    pub(super) fn facts(&self, facts: &[(&str, &str)]) -> String {
        self.facts_of_part(NONE, facts)
    }

    /// Facts of a part of each object, such as a column.
    pub(super) fn facts_of_part(&self, part: &str, facts: &[(&str, &str)]) -> String {
        let facts: String = facts.iter().map(|(heading, value)| format!(", {value} as \"{heading}\"")).collect();
        format!("select {}{facts} from {} where {}", self.identity(part), self.from, self.condition)
    }

    /// Who may do what, a row for each grantee. No list means what the server grants on new objects of that class, so
    /// an object whose grants were all taken back is as one that never had any.
    pub(super) fn grants(&self, list: &str, class: &str, owner: &str) -> String {
        self.grants_on_part("''", list, class, owner)
    }

    /// Who may do what with a part, whose text stands between `grants` and `to`.
    pub(super) fn grants_on_part(&self, part: &str, list: &str, class: &str, owner: &str) -> String {
        let grantee = "case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee) end";
        let identity = self.identity(&format!("'grants ' || {part} || 'to ' || {grantee}"));
        format!(
            "select {identity}, string_agg(g.privilege_type || case when g.is_grantable then ' with grant option' \
             else '' end || case when g.grantor = {owner} then '' else ' granted by ' || pg_get_userbyid(g.grantor) \
             end, ', ' order by g.privilege_type collate \"C\", pg_get_userbyid(g.grantor) collate \"C\") as definition \
             from {} cross join lateral aclexplode(coalesce({list}, acldefault({class}, {owner}))) as g \
             where {} group by 1, 2, 3, 4, 5, 6",
            self.from, self.condition
        )
    }

    fn identity(&self, part: &str) -> String {
        let Self { kind, schema, name, arguments, table, .. } = self;
        format!(
            "{kind} as kind, {schema} as schema, {name} as name, {arguments} as arguments, {table} as \"table\", \
             {part} as part"
        )
    }
}

/// A condition on `n`, a row of `pg_namespace`: not the server's schema, and not vesto's. All names that begin with
/// `pg_` are the server's.
pub(super) const IN_USE: &str = "left(n.nspname, 3) <> 'pg_' and n.nspname not in ('information_schema', 'vesto')";

/// The condition that an object of this catalogue belongs to no extension.
pub(super) fn no_member(catalog: &str, oid: &str) -> String {
    no_dependent(catalog, oid, "= 'e'")
}

/// The condition that an object of this catalogue belongs to no extension and did not come with another object, as the
/// constructors of a range type do.
pub(super) fn of_its_own(catalog: &str, oid: &str) -> String {
    no_dependent(catalog, oid, "in ('e', 'i')")
}

fn no_dependent(catalog: &str, oid: &str, dependency: &str) -> String {
    format!(
        "not exists (select 1 from pg_depend e where e.classid = '{catalog}'::regclass and e.objid = {oid} \
         and e.deptype {dependency})"
    )
}

/// The comment on an object of this catalogue.
pub(super) fn comment(catalog: &str, oid: &str) -> String {
    format!("obj_description({oid}, '{catalog}')")
}

/// An array of texts such as options, sorted and joined.
pub(super) fn sorted(array: &str) -> String {
    format!("(select string_agg(o, ', ' order by o collate \"C\") from unnest({array}) o)")
}

/// The name of a collation, where it is not the one of the type.
pub(super) fn collation(oid: &str, of_type: &str) -> String {
    format!(
        "(select format('collate %I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn \
         on cn.oid = co.collnamespace where co.oid = {oid} and {oid} <> {of_type})"
    )
}
