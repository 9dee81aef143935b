//! Names that nobody can guess: request ids, statement ids and passwords.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::text::Secret;

use super::refusal::Refusal;

/// A random UUID (version 4).
pub(super) fn uuid() -> Result<String, Refusal> {
    let mut bytes: [u8; 16] = random()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// A password of 192 bits.
pub(super) fn password() -> Result<Secret<String>, Refusal> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::<24>()?)))
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    let none = |error| Refusal::new(500, "InternalFailure", format!("the system gives no random numbers: {error}"));
    getrandom::fill(&mut bytes).map_err(none)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_differ() {
        let id = uuid().unwrap();
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(id, uuid().unwrap());
        assert_ne!(password().unwrap().expose(), password().unwrap().expose());
        assert_eq!(password().unwrap().expose().len(), 32);
    }
}
