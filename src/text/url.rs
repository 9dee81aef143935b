//! Pieces of URLs: hosts with ports, and what `%XX` stands for.

/// Splits `host:port`; an IPv6 address stands in brackets.
pub fn host_and_port(place: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return (address, rest.strip_prefix(':'));
    }
    match place.rsplit_once(':') {
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (place, None),
    }
}

/// The text with two hexadecimal digits after each `%` replaced by their byte.
///
/// # Errors
///
/// Why it cannot be decoded, without showing it.
pub fn percent_decoded(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            // Two hexadecimal digits are at most 255.
            (Some(high), Some(low)) => bytes.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX)),
            _ => return Err("a `%` in it is not followed by two hexadecimal digits: write `%25`"),
        }
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 once decoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_ports_or_none() {
        assert_eq!(host_and_port("h:1"), ("h", Some("1")));
        assert_eq!(host_and_port("h:"), ("h", None));
        assert_eq!(host_and_port("[::1]:22"), ("::1", Some("22")));
        assert_eq!(host_and_port("[::1]"), ("::1", None));
    }

    #[test]
    fn only_what_can_be_decoded_is() {
        assert_eq!(percent_decoded("p%40%2fw").as_deref(), Ok("p@/w"));
        assert!(percent_decoded("p%4").is_err());
        assert!(percent_decoded("%ff").is_err());
    }
}
