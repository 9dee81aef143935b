//! Values that print as `****`.

use std::fmt;

const MASK: &str = "****";

/// A value that is never printed, neither by `Display` nor by `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Call it only where the value leaves the process for its purpose, such as a login.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A connection URL that prints without its password and without secret parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct SafeUrl(String);

impl SafeUrl {
    /// Wraps a URL; nothing is checked.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL with everything secret in it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        if scheme.is_empty() && !rest.contains('@') {
            // No URL at all: what stands in its place may be the password.
            return f.write_str(MASK);
        }
        if !scheme.is_empty() {
            write!(f, "{scheme}://")?;
        }
        // A password may hold unescaped `@`, `/` and `?`, so all from the first `:` to the last `@` is taken for it.
        let place = match rest.rsplit_once('@') {
            Some((login, place)) => {
                let end = login.find([':', '/', '?']).unwrap_or(login.len());
                let masked = if end < login.len() { format!(":{MASK}") } else { String::new() };
                write!(f, "{}{masked}@", &login[..end])?;
                place
            }
            None => {
                let location = rest.split(['/', '?']).next().unwrap_or_default();
                // Without an `@`, what follows a `:` is a port, or a password whose host was forgotten.
                match location.split_once(':').filter(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit())) {
                    Some((user, _)) => return write!(f, "{user}:{MASK}"),
                    None => rest,
                }
            }
        };
        for (index, part) in place.split_inclusive(['?', '&']).enumerate() {
            let (parameter, separator) = part.split_at(part.trim_end_matches(['?', '&']).len());
            match parameter.split_once('=').filter(|(name, _)| index > 0 && is_secret_parameter(name)) {
                Some((name, _)) => write!(f, "{name}={MASK}{separator}")?,
                None => f.write_str(part)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token", "credential", "signature"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_as_stars() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "**** **** Some(****)");
    }

    #[test]
    fn urls_print_without_password() {
        let check = |url: &str, shown: &str| assert_eq!(SafeUrl::new(url).to_string(), shown);
        check("postgres://u:p@h:5432/d", "postgres://u:****@h:5432/d");
        check("postgres://u:p@ss/w@h/d?sslmode=require", "postgres://u:****@h/d?sslmode=require");
        check("postgres://u@h/d", "postgres://u@h/d");
        check("postgres://h/d?user=u&password=p", "postgres://h/d?user=u&password=****");
        check("https://b/k?X-Amz-Signature=abc&x=1", "https://b/k?X-Amz-Signature=****&x=1");
        check("u:p@h", "u:****@h");
        check("postgres://u:s?r@h:1/d?sslmode=require", "postgres://u:****@h:1/d?sslmode=require");
        check("postgres://u:secret", "postgres://u:****");
        check("postgres://h:5432/d?password=p&sslmode=disable", "postgres://h:5432/d?password=****&sslmode=disable");
        check("postgres://h/d?password=p@x&token=t", "postgres://h:****@x&token=****");
        check("hunter2", "****");
    }
}
