//! Which database a session is on, as the server itself says where it can.

use crate::plan::saved::TargetIdentity;
use crate::ports::{Address, Batch, DbError, DbErrorKind, Outcome, Session};
use crate::sql::Dialect;

use super::Lease;

/// The database, the user, the search path as set, and the schema of the user's name if there is one.
const WHERE: &str = "select current_database(), current_user, current_setting('search_path'), \
    (select n.nspname from pg_namespace n where n.nspname = current_user)";

impl Lease {
    /// Where this lease leads; `name` is the target's name in the settings. It asks the server, outside a transaction.
    pub async fn identity(&mut self, name: &str) -> Result<TargetIdentity, DbError> {
        let answers = ask(self.session.as_mut(), WHERE).await?;
        let row = answers.first().and_then(|answer| answer.rows.as_ref()?.rows.first());
        let cell = |at: usize| row.and_then(|row| row.get(at)?.clone());
        let (host, port) = match &self.address {
            None => (None, None),
            Some(Address::Tcp { host, port }) => (Some(host.clone()), Some(*port)),
            Some(Address::Socket { directory, port }) => (Some(directory.display().to_string()), Some(*port)),
        };
        let server = self.server_name().await?;
        Ok(TargetIdentity {
            name: name.to_owned(),
            kind: self.kind.as_str().to_owned(),
            dialect: self.dialect,
            engine: self.engine,
            host,
            port,
            database: cell(0).unwrap_or_default(),
            user: cell(1).unwrap_or_default(),
            search_path: effective_path(&cell(2).unwrap_or_default(), cell(3).as_deref()),
            server,
        })
    }

    /// What the server calls itself. Not every user may ask, and not every server can tell.
    ///
    /// <https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_NAMESPACE.html>
    async fn server_name(&mut self) -> Result<Option<String>, DbError> {
        let sql = match self.engine {
            Dialect::Postgres => "select system_identifier from pg_control_system()",
            Dialect::Redshift => "select current_namespace",
        };
        match ask(self.session.as_mut(), sql).await {
            Ok(answers) => Ok(answers.first().and_then(|answer| Some(answer.rows.as_ref()?.first_cell()?.to_owned()))),
            Err(error) if error.kind == DbErrorKind::Statement => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn ask(session: &mut dyn Session, sql: &str) -> Result<Vec<Outcome>, DbError> {
    let mut batch = Batch::default();
    batch.own(sql);
    session.run(&batch).await.map_err(|error| error.error)
}

/// The search path with the user's own schema by its name, if there is one: two users without see the same.
fn effective_path(set: &str, own_schema: Option<&str>) -> String {
    let schemas = set.split(',').map(str::trim).filter_map(|schema| match schema.trim_matches('"') {
        "$user" => own_schema,
        _ => Some(schema),
    });
    schemas.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_schema_has_the_path_of_others() {
        assert_eq!(effective_path("\"$user\", public", None), "public");
        assert_eq!(effective_path("$user, public", Some("joe")), "joe, public");
        assert_eq!(effective_path("\"a b\", c", Some("joe")), "\"a b\", c");
        assert_eq!(effective_path("", None), "");
    }
}
