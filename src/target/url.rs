//! Connection URLs, as libpq reads them: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>.

use crate::text::{SafeUrl, closest, host_and_port, percent_decoded};

use super::LoginError;

/// The parts of a connection URL, percent-decoded; absent parts are `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ConnectionUrl {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
}

const PARAMETERS: [&str; 9] =
    ["host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "application_name", "connect_timeout"];

/// Takes a URL apart. No error shows more of it than [`SafeUrl`] does.
pub(super) fn parse(url: &SafeUrl) -> Result<ConnectionUrl, LoginError> {
    let text = url.expose();
    let rest = ["postgres://", "postgresql://", "redshift://", "jdbc:redshift://", "jdbc:postgresql://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or_else(|| malformed(url, "it does not begin with postgres://"))?;
    let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
    // The last `@` ends the login: a password may hold one, and a `/`, too.
    let (login, place) = location.rsplit_once('@').unwrap_or(("", location));
    let (place, database) = place.split_once('/').unwrap_or((place, ""));
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (login, None),
    };
    let (host, port) = host_and_port(place);
    let mut parsed = ConnectionUrl {
        host: decoded(url, host)?,
        port: port.map(|port| number(url, port)).transpose()?,
        user: decoded(url, user)?,
        password: decoded(url, password.unwrap_or_default())?,
        database: decoded(url, database)?,
        ..ConnectionUrl::default()
    };
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        set(&mut parsed, url, name, decoded(url, value)?)?;
    }
    Ok(parsed)
}

fn set(parsed: &mut ConnectionUrl, url: &SafeUrl, name: &str, value: Option<String>) -> Result<(), LoginError> {
    match name {
        "host" => parsed.host = value,
        "port" => parsed.port = value.map(|port| number(url, &port)).transpose()?,
        "user" => parsed.user = value,
        "password" => parsed.password = value,
        "dbname" => parsed.database = value,
        "sslmode" => parsed.sslmode = value,
        "sslrootcert" => parsed.sslrootcert = value,
        // vesto sets these itself.
        "application_name" | "connect_timeout" => {}
        _ => {
            let meant = closest(name, PARAMETERS).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            return Err(malformed(url, &format!("its parameter `{name}` is not known{meant}")));
        }
    }
    Ok(())
}

fn number(url: &SafeUrl, port: &str) -> Result<u16, LoginError> {
    port.parse().map_err(|_| malformed(url, "its port is not a number from 0 to 65535"))
}

/// `None` for an empty part.
fn decoded(url: &SafeUrl, part: &str) -> Result<Option<String>, LoginError> {
    let decoded = percent_decoded(part).map_err(|why| malformed(url, why))?;
    Ok(Some(decoded).filter(|text| !text.is_empty()))
}

fn malformed(url: &SafeUrl, why: &str) -> LoginError {
    LoginError { message: format!("the url `{url}` cannot be used: {why}"), hint: Some(FORM.into()) }
}

const FORM: &str = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full, special characters as %XX";

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> ConnectionUrl {
        parse(&SafeUrl::new(url)).unwrap()
    }

    #[test]
    fn urls_are_taken_apart() {
        let url = parts("postgres://a%40b:p%3Aw/@[::1]:5439/d?sslmode=require");
        assert_eq!(url.host.as_deref(), Some("::1"));
        assert_eq!((url.port, url.user.as_deref(), url.password.as_deref()), (Some(5439), Some("a@b"), Some("p:w/")));
        assert_eq!((url.database.as_deref(), url.sslmode.as_deref()), (Some("d"), Some("require")));
        assert_eq!(parts("postgresql://h"), ConnectionUrl { host: Some("h".into()), ..Default::default() });
        assert_eq!(parts("postgres:///d?host=/run/pg").host.as_deref(), Some("/run/pg"));
    }

    #[test]
    fn errors_do_not_show_the_password() {
        for url in [
            "mysql://u:hunter2@h",
            "postgres://u:hunter2@h:x/d",
            "postgres://u:hunter2%@h/d",
            "postgres://u:hunter2@h/d?ssl=1",
        ] {
            let message = parse(&SafeUrl::new(url)).unwrap_err().message;
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
