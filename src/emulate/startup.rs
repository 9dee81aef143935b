//! The first message of a connection: what it asks for, and what Redshift refuses in it
//! (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP>).

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{self, Frame, FrameError, Reader};
use super::refusal::Refusal;

/// The longest first message that PostgreSQL takes.
const LONGEST: usize = 10_000;

/// Codes in place of a version of the protocol.
pub(super) const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// Version 3 of the protocol, which stands in the upper half.
const MAJOR: u32 = 3;

/// What Redshift takes: <https://docs.aws.amazon.com/redshift/latest/dg/r_extra_float_digits.html>.
const EXTRA_FLOAT_DIGITS: std::ops::RangeInclusive<i64> = -15..=2;

/// Settings of PostgreSQL that clients begin a session with. Redshift's drivers send others, and more with each version,
/// to clusters that know nothing of them: those go no further.
const SETTINGS: &[&str] = &[
    "application_name",
    "client_encoding",
    "client_min_messages",
    "datestyle",
    "geqo",
    "intervalstyle",
    "search_path",
    "statement_timeout",
    "timezone",
];

/// What the first message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// TLS for what follows.
    Tls,
    /// Encryption by GSSAPI, which is not offered.
    Gss,
    /// That another session gives up what it runs: the whole message, to be handed on.
    Cancel(Bytes),
    /// A session.
    Session(Startup),
}

/// What a session is to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// The minor version of the protocol that the client would like.
    pub minor: u16,
    /// The name to log in with.
    pub user: String,
    /// The database; that of the user's name if none is given.
    pub database: String,
    /// Settings of the session, in order, as PostgreSQL takes them.
    pub settings: Vec<(String, String)>,
    /// Extensions of the protocol that nobody here knows.
    pub extensions: Vec<String>,
}

/// Why no session begins.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// What came is no message at all.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What came is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Opening {
    /// Takes the first message out of what was received; nothing if it is not complete.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or asks for what Redshift refuses.
    pub fn take(received: &mut BytesMut) -> Result<Option<Self>, StartupError> {
        let Some(body) = frame::take_first(received, LONGEST)? else { return Ok(None) };
        let mut reader = Reader::new(&body);
        let code = reader.u32().ok_or(FrameError::Length(i64::try_from(body.len()).unwrap_or(i64::MAX)))?;
        match code {
            TLS => Ok(Some(Self::Tls)),
            GSS => Ok(Some(Self::Gss)),
            CANCEL => Ok(Some(Self::Cancel(body))),
            version if version >> 16 == MAJOR => {
                let minor = u16::try_from(version & 0xffff).unwrap_or_default();
                Ok(Some(Self::Session(Startup::read(minor, reader)?)))
            }
            version => {
                let (major, minor) = (version >> 16, version & 0xffff);
                Err(Refusal::fatal("08P01", format!("unsupported frontend protocol {major}.{minor}")).into())
            }
        }
    }
}

impl Startup {
    fn read(minor: u16, mut reader: Reader<'_>) -> Result<Self, Refusal> {
        let layout = || Refusal::fatal("08P01", "invalid startup packet layout: expected terminator as last byte");
        let mut startup = Self { minor, ..Self::default() };
        loop {
            let name = reader.text().ok_or_else(layout)?;
            if name.is_empty() {
                break;
            }
            startup.take_parameter(name, reader.text().ok_or_else(layout)?)?;
        }
        if startup.user.is_empty() {
            return Err(Refusal::fatal("28000", "no PostgreSQL user name specified in startup packet"));
        }
        if startup.database.is_empty() {
            startup.database.clone_from(&startup.user);
        }
        Ok(startup)
    }

    fn take_parameter(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        match name.to_ascii_lowercase().as_str() {
            "user" => value.clone_into(&mut self.user),
            "database" => value.clone_into(&mut self.database),
            "replication" if !matches!(value, "false" | "off" | "no" | "0") => {
                return Err(Refusal::fatal("0A000", "replication connections are not supported"));
            }
            "replication" => {}
            "client_encoding" if !is_utf8(value) => {
                return Err(
                    Refusal::fatal("0A000", format!("client_encoding \"{value}\" is not supported")).hint("use UTF8")
                );
            }
            "extra_float_digits" => {
                check_float_digits(value)?;
                self.settings.push((name.to_owned(), value.to_owned()));
            }
            "options" => {
                if let Some((_, rest)) = value.split_once("extra_float_digits=") {
                    check_float_digits(rest.split_ascii_whitespace().next().unwrap_or_default())?;
                }
                self.settings.push((name.to_owned(), value.to_owned()));
            }
            name if name.starts_with("_pq_.") => self.extensions.push(name.to_owned()),
            known if SETTINGS.contains(&known) => self.settings.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// The message that begins the session on PostgreSQL as `user`, with the settings that `options` gives besides, in
    /// the form of a command line.
    pub fn for_server(&self, user: &str, options: &str) -> BytesMut {
        let mut body = BytesMut::new();
        body.put_u32(MAJOR << 16);
        let mut all_options = options.to_owned();
        let mut say = |name: &str, value: &str| {
            for text in [name, value] {
                body.put_slice(text.as_bytes());
                body.put_u8(0);
            }
        };
        say("user", user);
        say("database", &self.database);
        for (name, value) in &self.settings {
            if name.eq_ignore_ascii_case("options") {
                all_options = format!("{all_options} {value}");
            } else {
                say(name, value);
            }
        }
        say("options", all_options.trim());
        body.put_u8(0);
        let mut message = BytesMut::new();
        frame::put_length(&mut message, &body);
        message
    }
}

impl Startup {
    /// What says which version of the protocol is spoken, to a client that would like a newer one.
    pub fn negotiation(&self) -> Option<Frame> {
        if self.minor == 0 && self.extensions.is_empty() {
            return None;
        }
        let mut body = BytesMut::new();
        body.put_u32(MAJOR << 16);
        body.put_u32(u32::try_from(self.extensions.len()).unwrap_or_default());
        for name in &self.extensions {
            body.put_slice(name.as_bytes());
            body.put_u8(0);
        }
        Some(Frame::new(b'v', body))
    }
}

fn is_utf8(encoding: &str) -> bool {
    let name: String = encoding.chars().filter(char::is_ascii_alphanumeric).collect();
    matches!(name.to_ascii_lowercase().as_str(), "utf8" | "unicode" | "auto")
}

/// Redshift's words: <https://github.com/launchbadge/sqlx/issues/801>.
fn check_float_digits(value: &str) -> Result<(), Refusal> {
    let (from, to) = (EXTRA_FLOAT_DIGITS.start(), EXTRA_FLOAT_DIGITS.end());
    let text = match value.trim().parse::<i64>() {
        Ok(digits) if EXTRA_FLOAT_DIGITS.contains(&digits) => return Ok(()),
        Ok(_) => format!("{value} is outside the valid range for parameter \"extra_float_digits\" ({from} .. {to})"),
        Err(_) => "parameter \"extra_float_digits\" requires an integer value".to_owned(),
    };
    Err(Refusal::fatal("22023", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(version: u32, parameters: &[(&str, &str)]) -> BytesMut {
        let mut body = BytesMut::new();
        body.put_u32(version);
        for text in parameters.iter().flat_map(|(name, value)| [*name, *value]) {
            body.put_slice(text.as_bytes());
            body.put_u8(0);
        }
        body.put_u8(0);
        let mut message = BytesMut::new();
        frame::put_length(&mut message, &body);
        message
    }

    fn session(parameters: &[(&str, &str)]) -> Result<Startup, String> {
        match Opening::take(&mut message(3 << 16, parameters)) {
            Ok(Some(Opening::Session(startup))) => Ok(startup),
            Err(error) => Err(error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_parameters_of_redshift_drivers_are_taken_and_go_no_further() {
        let startup = session(&[
            ("user", "alice"),
            ("database", "dev"),
            ("driver_version", "Redshift Python Driver 2.2.0"),
            ("client_protocol_version", "2"),
            ("application_name", "x"),
        ]);
        let startup = startup.expect("a session");
        assert_eq!(startup.settings, [("application_name".to_owned(), "x".to_owned())]);
        assert_eq!((startup.user.as_str(), startup.database.as_str()), ("alice", "dev"));
    }

    #[test]
    fn extra_float_digits_goes_up_to_two() {
        let with = |digits| session(&[("user", "alice"), ("extra_float_digits", digits)]);
        assert!(with("2").is_ok() && with("-15").is_ok());
        let refused = "3 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 2)";
        assert_eq!(with("3"), Err(refused.to_owned()));
        let options = |options| session(&[("user", "alice"), ("options", options)]);
        assert_eq!(options("-c geqo=off -c extra_float_digits=3 -c x.y=z"), Err(refused.to_owned()));
        assert!(options("-c extra_float_digits=1").is_ok());
    }

    #[test]
    fn the_server_gets_the_settings_and_the_options_of_both() {
        let startup = session(&[("user", "a"), ("options", "-c geqo=off"), ("timezone", "UTC")]).expect("a session");
        let mut sent = startup.for_server("b", "-c x=y");
        let Ok(Some(Opening::Session(read))) = Opening::take(&mut sent) else { panic!("no session") };
        assert_eq!((read.user.as_str(), read.database.as_str()), ("b", "a"));
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read.settings, [setting("timezone", "UTC"), setting("options", "-c x=y -c geqo=off")]);
    }

    #[test]
    fn other_versions_and_broken_messages_are_refused() {
        let take = |mut bytes: BytesMut| Opening::take(&mut bytes).map_err(|error| error.to_string());
        assert_eq!(take(message(2 << 16, &[])), Err("unsupported frontend protocol 2.0".to_owned()));
        assert_eq!(take(message(TLS, &[])), Ok(Some(Opening::Tls)));
        assert!(take(BytesMut::from(&b"\0\0\0\x09\0\x03\0\0u"[..])).is_err());
        assert!(take(BytesMut::from(&b"\0\0\x27\x16"[..])).is_err_and(|error| error.contains("longer than")));
        assert_eq!(take(BytesMut::from(&b"\0\0"[..])), Ok(None));
    }
}
