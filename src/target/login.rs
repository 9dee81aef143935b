//! How to log in: the target's settings, then libpq's environment variables and password file, then defaults.

use std::path::PathBuf;
use std::time::Duration;

use crate::ports::{Address, Endpoint, TlsMode};
use crate::project::settings::{Login, SslMode};
use crate::text::Secret;

use super::Surroundings;
use super::redshift_host::WrittenEndpoint;
use super::url::{self, ConnectionUrl};

/// Login data that are missing or make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoginError {
    /// What is wrong, without anything secret.
    pub message: String,
    /// The cure.
    pub hint: Option<String>,
}

/// The endpoint of a PostgreSQL server. `PG*` variables fill in what the target leaves out, as for libpq.
pub(super) fn postgres(
    login: &Login,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<Endpoint, LoginError> {
    let environment = |name: &str| surroundings.environment.get(name).filter(|value| !value.is_empty()).cloned();
    let sources = Sources::new(login, surroundings, &environment)?;
    let host = sources.text(&login.host, |url| &url.host, "PGHOST").unwrap_or_else(|| "localhost".into());
    let user =
        sources.text(&login.user, |url| &url.user, "PGUSER").or_else(|| environment("USER")).ok_or_else(|| {
            LoginError {
                message: "the target has no `user`".into(),
                hint: Some("set `user` of the target or PGUSER".into()),
            }
        })?;
    let database = sources.text(&login.database, |url| &url.database, "PGDATABASE").unwrap_or_else(|| user.clone());
    let sslmode = sources.sslmode(login)?.unwrap_or(SslMode::Prefer);
    sources.endpoint(login, Found { host, user, database, sslmode, default_port: 5432, connect_timeout })
}

/// What is known of a Redshift beside its login.
pub(super) struct Known {
    /// The endpoint of the settings.
    pub(super) written: Option<WrittenEndpoint>,
    /// What AWS says.
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) database: Option<String>,
}

/// The host of a target of Redshift, as written.
pub(super) fn host(login: &Login, surroundings: &Surroundings) -> Result<Option<String>, LoginError> {
    Ok(Sources::new(login, surroundings, &nothing)?.text(&login.host, |url| &url.host, ""))
}

/// The user of a target of Redshift, as written.
pub(super) fn user(login: &Login, surroundings: &Surroundings) -> Result<Option<String>, LoginError> {
    Ok(Sources::new(login, surroundings, &nothing)?.text(&login.user, |url| &url.user, ""))
}

fn nothing(_: &str) -> Option<String> {
    None
}

/// The endpoint of a Redshift; its user is empty where the settings have none. TLS is verified unless the target says
/// otherwise.
pub(super) fn redshift(
    login: &Login,
    known: Known,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<Endpoint, LoginError> {
    let mut sources = Sources::new(login, surroundings, &nothing)?;
    let user = sources.text(&login.user, |url| &url.user, "").unwrap_or_default();
    let database = sources.text(&login.database, |url| &url.database, "");
    let sslmode = sources.sslmode(login)?.unwrap_or(SslMode::VerifyFull);
    let written = known.written.unwrap_or_default();
    let host = if written.host.is_empty() { known.host.unwrap_or_default() } else { written.host };
    let database = database.or(written.database).or(known.database).unwrap_or_else(|| "dev".into());
    sources.url.port = sources.url.port.or(written.port).or(known.port);
    sources.endpoint(login, Found { host, user, database, sslmode, default_port: 5439, connect_timeout })
}

/// Where values come from, in order: the target's own keys, its URL, the environment.
struct Sources<'a> {
    url: ConnectionUrl,
    environment: &'a dyn Fn(&str) -> Option<String>,
    surroundings: &'a Surroundings,
}

struct Found {
    host: String,
    user: String,
    database: String,
    sslmode: SslMode,
    default_port: u16,
    connect_timeout: Duration,
}

impl<'a> Sources<'a> {
    fn new(
        login: &Login,
        surroundings: &'a Surroundings,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, LoginError> {
        let url = login.url.as_ref().map(url::parse).transpose()?.unwrap_or_default();
        Ok(Self { url, environment, surroundings })
    }

    fn text(
        &self,
        own: &Option<String>,
        of_url: fn(&ConnectionUrl) -> &Option<String>,
        variable: &str,
    ) -> Option<String> {
        own.clone().or_else(|| of_url(&self.url).clone()).or_else(|| (self.environment)(variable))
    }

    fn sslmode(&self, login: &Login) -> Result<Option<SslMode>, LoginError> {
        if let Some(mode) = login.sslmode {
            return Ok(Some(mode));
        }
        let Some(word) = self.url.sslmode.clone().or_else(|| (self.environment)("PGSSLMODE")) else { return Ok(None) };
        match SslMode::from_word(&word) {
            Some(mode) => Ok(Some(mode)),
            None => Err(LoginError {
                message: format!("`{word}` is no sslmode"),
                hint: Some(format!("write one of {}", SslMode::WORDS.map(|(word, _)| word).join(", "))),
            }),
        }
    }

    fn endpoint(&self, login: &Login, found: Found) -> Result<Endpoint, LoginError> {
        let port = match login.port.or(self.url.port) {
            Some(port) => port,
            None => match (self.environment)("PGPORT") {
                Some(text) => text
                    .parse()
                    .map_err(|_| LoginError { message: "PGPORT is not a number from 0 to 65535".into(), hint: None })?,
                None => found.default_port,
            },
        };
        let password = login
            .password
            .as_ref()
            .map(|password| password.expose().clone())
            .or_else(|| self.url.password.clone())
            .or_else(|| (self.environment)("PGPASSWORD"))
            .or_else(|| self.password_of_file(&found, port));
        let certificates =
            self.text(&login.sslrootcert, |url| &url.sslrootcert, "PGSSLROOTCERT").filter(|path| path != "system");
        let address = if found.host.starts_with('/') {
            if let Some(route) = &login.route {
                let message = format!(
                    "the host `{}` is the folder of a Unix socket, which is not reached through {route}",
                    found.host
                );
                let hint = "write the host's name as it is known there, such as `localhost`".to_owned();
                return Err(LoginError { message, hint: Some(hint) });
            }
            Address::Socket { directory: PathBuf::from(&found.host), port }
        } else {
            Address::Tcp { host: found.host, port }
        };
        Ok(Endpoint {
            address,
            host_address: login.host_address,
            route: login.route.clone().map(|route| route.within(&self.surroundings.project)),
            database: found.database,
            user: found.user,
            password: password.map(Secret::new),
            tls: tls_mode(found.sslmode),
            root_certificates: certificates.map(|path| self.surroundings.project.join(path)),
            connect_timeout: found.connect_timeout,
        })
    }

    fn password_of_file(&self, found: &Found, port: u16) -> Option<String> {
        let file = self.surroundings.password_file.as_deref()?;
        let host = if found.host.starts_with('/') { "localhost" } else { &found.host };
        password_from(file, [host, &port.to_string(), &found.database, &found.user])
    }
}

fn tls_mode(mode: SslMode) -> TlsMode {
    match mode {
        SslMode::Disable => TlsMode::Disable,
        // `allow` would try without first; to try with TLS first is the safer half of the same promise.
        SslMode::Allow | SslMode::Prefer => TlsMode::Prefer,
        SslMode::Require => TlsMode::Require,
        SslMode::VerifyCa => TlsMode::VerifyCa,
        SslMode::VerifyFull => TlsMode::VerifyFull,
    }
}

/// The password of the first line that fits: `host:port:database:user:password`, `*` for any, `\` before `:` and `\`
/// (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).
fn password_from(file: &str, wanted: [&str; 4]) -> Option<String> {
    file.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [host, port, database, user, password] = fields.as_slice() else { return None };
        let fits = |field: &String, wanted: &str| field == "*" || field == wanted;
        let all = [host, port, database, user].into_iter().zip(wanted).all(|(field, wanted)| fits(field, wanted));
        all.then(|| password.clone())
    })
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.trim_end_matches('\r').chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '\\' => characters.next().unwrap_or('\\'),
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            other => other,
        };
        if let Some(field) = fields.last_mut() {
            field.push(character);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_files_are_read_as_libpq_reads_them() {
        let file = "# a comment\nh:5432:d:u:p\\:w\\\\x\n*:*:*:v:any:thing\n";
        assert_eq!(password_from(file, ["h", "5432", "d", "u"]).as_deref(), Some("p:w\\x"));
        assert_eq!(password_from(file, ["other", "1", "d", "v"]).as_deref(), Some("any:thing"));
        assert_eq!(password_from(file, ["h", "5433", "d", "u"]), None);
    }
}
