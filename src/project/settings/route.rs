//! The way to a server that cannot be reached directly: `ssh` and `proxy` of a target.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::text::{Secret, host_and_port, percent_decoded};

/// The way to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Through a host that OpenSSH logs in to.
    Jump(JumpHost),
    /// Through a SOCKS5 proxy, which looks the server's name up.
    Proxy(SocksProxy),
}

impl Route {
    /// The same with its paths starting at this folder.
    #[must_use]
    pub fn within(self, project: &Path) -> Self {
        match self {
            Self::Jump(jump) => Self::Jump(JumpHost { config: jump.config.map(|path| project.join(path)), ..jump }),
            proxy @ Self::Proxy(_) => proxy,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jump(jump) => write!(f, "the jump host {jump}"),
            Self::Proxy(proxy) => write!(f, "the proxy {proxy}"),
        }
    }
}

/// A host that OpenSSH logs in to: `[USER@]HOST[:PORT]`. What is left out is in OpenSSH's own configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JumpHost {
    /// The user there.
    pub user: Option<String>,
    /// Host name, address, or a `Host` of the configuration.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// The file to read instead of OpenSSH's own configuration.
    pub config: Option<PathBuf>,
}

impl JumpHost {
    /// Nothing for what is no host. ssh takes a leading `-` for an option, and hands host and user to a shell if its
    /// configuration has a command with `%h` or `%r`, so only what names are made of is taken.
    pub fn parse(text: &str) -> Option<Self> {
        let (user, place) = match text.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, text),
        };
        let (host, port) = host_and_port(place);
        let is_named = |name: &str, also: &str| {
            let fits = |letter: char| letter.is_alphanumeric() || also.contains(letter);
            !name.is_empty() && !name.starts_with('-') && name.chars().all(fits)
        };
        let is_address = place.starts_with('[');
        let fits = is_named(host, if is_address { ":" } else { "._-" }) && user.is_none_or(|it| is_named(it, "._-@+"));
        let port = port.map(str::parse).transpose().ok()?;
        fits.then(|| Self { user: user.map(str::to_owned), host: host.to_owned(), port, config: None })
    }
}

impl fmt::Display for JumpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write_place(f, &self.host, self.port)
    }
}

/// A SOCKS5 proxy: `socks5h://[USER:PASSWORD@]HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocksProxy {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password, if it asks for them.
    pub login: Option<(String, Secret<String>)>,
}

impl SocksProxy {
    /// Nothing for another URL. `socks5`, by which curl means that the client looks names up, is one: names behind a proxy
    /// are often known only there.
    pub fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("socks5h://")?;
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (host, port) = host_and_port(place.strip_suffix('/').unwrap_or(place));
        let login = match login {
            Some(login) => {
                let (user, password) = login.split_once(':')?;
                Some((percent_decoded(user).ok()?, Secret::new(percent_decoded(password).ok()?)))
            }
            None => None,
        };
        let is_host = !host.is_empty() && !host.contains('/');
        // RFC 1929 sends either with one byte for its length.
        let sendable = |text: &str| (1..=255).contains(&text.len());
        let may_log_in = login.as_ref().is_none_or(|(user, password)| sendable(user) && sendable(password.expose()));
        let port = port?.parse().ok()?;
        (is_host && may_log_in).then(|| Self { host: host.to_owned(), port, login })
    }
}

impl fmt::Display for SocksProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, &self.host, Some(self.port))
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, host: &str, port: Option<u16>) -> fmt::Result {
    match port {
        Some(port) if host.contains(':') => write!(f, "[{host}]:{port}"),
        Some(port) => write!(f, "{host}:{port}"),
        None => f.write_str(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jump_hosts_are_read_as_ssh_names_them() {
        for same in ["bastion", "deployer@jump.example.com:2222", "joe@corp.example@i-0abc", "[2001:db8::1]:22"] {
            assert_eq!(JumpHost::parse(same).map(|jump| jump.to_string()).as_deref(), Some(same));
        }
        for wrong in
            ["", "-oProxyCommand=x", "u@-h", "-u@h", "h:port", "a b", "h;x", "$(x)@h", "2001:db8::1", "u@", "h/x"]
        {
            assert_eq!(JumpHost::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn proxies_are_urls_and_keep_their_password() {
        let proxy = SocksProxy::parse("socks5h://joe:p%40ss@proxy.example.com:1080/").expect("a proxy");
        assert_eq!(
            proxy.login.as_ref().map(|(user, password)| (user.as_str(), password.expose().as_str())),
            Some(("joe", "p@ss"))
        );
        assert_eq!(format!("{}", Route::Proxy(proxy.clone())), "the proxy proxy.example.com:1080");
        assert!(!format!("{proxy:?}").contains("p@ss"));
        assert_eq!(
            SocksProxy::parse("socks5h://[::1]:1080").map(|proxy| proxy.to_string()).as_deref(),
            Some("[::1]:1080")
        );
        for wrong in
            ["", "socks5://h:1", "socks5h://h", "socks5h://:1", "socks5h://u@h:1", "socks5h://u:%zz@h:1", "h:1"]
        {
            assert_eq!(SocksProxy::parse(wrong), None, "{wrong}");
        }
    }
}
