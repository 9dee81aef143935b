//! Who may log in: what is asked of the client, and whether its answer is right.
//!
//! Redshift asks old drivers for an MD5 hash, and every driver can give one. So that is asked wherever it can be
//! checked: against an MD5 hash that the double keeps, which is how it keeps passwords that are set through the emulator,
//! and against a temporary password. A password that PostgreSQL keeps as SCRAM is asked for as it is. Both are in
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP>.

use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{BufMut, BytesMut};
use md5::{Digest, Md5};
use ring::{digest, hmac, pbkdf2};

use super::frame::Frame;
use super::refusal::Refusal;
use crate::text::Secret;

/// Bytes of a key of SCRAM-SHA-256.
const KEY: usize = digest::SHA256_OUTPUT_LEN;

/// What proves who a user is.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Nothing is asked.
    Trust,
    /// One of the hashes that the user's passwords have: `md5` of the password and the name, in hexadecimal digits.
    Md5(Vec<Secret<String>>),
    /// A password that PostgreSQL keeps in its form of [RFC 5803](https://www.rfc-editor.org/rfc/rfc5803).
    Scram(Secret<Scram>),
    /// Nothing does: the user is unknown, or has no password.
    None,
}

/// What PostgreSQL keeps of a password.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scram {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Vec<u8>,
}

impl Proof {
    /// Reads what `pg_authid` keeps.
    pub fn of_stored(stored: &str) -> Self {
        match stored.strip_prefix("md5").filter(|hash| hash.len() == 32) {
            Some(hash) => Self::Md5(vec![Secret::new(hash.to_owned())]),
            None => Scram::parse(stored).map_or(Self::None, |scram| Self::Scram(Secret::new(scram))),
        }
    }

    /// Any of these passwords of a user.
    pub fn of_passwords<'a>(login: &str, passwords: impl IntoIterator<Item = &'a Secret<String>>) -> Self {
        let hash = |password: &Secret<String>| Secret::new(md5_hex(&[password.expose().as_bytes(), login.as_bytes()]));
        Self::Md5(passwords.into_iter().map(hash).collect())
    }

    /// What to ask the client for; nothing if it is let in. `salt` is chance.
    pub fn question(&self, salt: [u8; 4]) -> Option<Frame> {
        let mut body = BytesMut::new();
        match self {
            Self::Trust => return None,
            Self::Scram(_) => body.put_i32(3),
            // An unknown user is asked as well, so that nobody learns who is known.
            Self::Md5(_) | Self::None => {
                body.put_i32(5);
                body.put_slice(&salt);
            }
        }
        Some(Frame::new(b'R', body))
    }

    /// Which of the passwords the client gave in its answer to [`Proof::question`], counted from 0.
    pub fn check(&self, answer: &[u8], salt: [u8; 4]) -> Option<usize> {
        let answer = answer.strip_suffix(&[0]).unwrap_or(answer);
        match self {
            Self::Trust => Some(0),
            Self::Md5(hashes) => {
                let given = |hash: &Secret<String>| {
                    answer.strip_prefix(b"md5") == Some(md5_hex(&[hash.expose().as_bytes(), &salt]).as_bytes())
                };
                hashes.iter().position(given)
            }
            Self::Scram(scram) => scram.expose().holds(answer).then_some(0),
            Self::None => None,
        }
    }
}

impl Scram {
    /// Reads `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.
    fn parse(stored: &str) -> Option<Self> {
        let rest = stored.strip_prefix("SCRAM-SHA-256$")?;
        let (how, keys) = rest.split_once('$')?;
        let (iterations, salt) = how.split_once(':')?;
        let (stored_key, _) = keys.split_once(':')?;
        Some(Self {
            iterations: iterations.parse().ok()?,
            salt: BASE64_STANDARD.decode(salt).ok()?,
            stored_key: BASE64_STANDARD.decode(stored_key).ok()?,
        })
    }

    /// Whether it was made from this password: <https://www.rfc-editor.org/rfc/rfc5802#section-3>.
    fn holds(&self, password: &[u8]) -> bool {
        let Some(iterations) = NonZeroU32::new(self.iterations) else { return false };
        let mut salted = [0; KEY];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &self.salt, password, &mut salted);
        let client_key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &salted), b"Client Key");
        digest::digest(&digest::SHA256, client_key.as_ref()).as_ref() == self.stored_key
    }
}

/// What Redshift says to a temporary password that has expired:
/// <https://github.com/aws/amazon-redshift-jdbc-driver/issues/97>.
pub fn expired() -> Refusal {
    Refusal::fatal("28000", "IAM Authentication token has expired")
}

/// What Redshift says to a wrong password and to a user that does not exist, with the code of PostgreSQL 8.0:
/// <https://github.com/aws/amazon-redshift-jdbc-driver/issues/21>.
pub fn refused(login: &str) -> Refusal {
    Refusal::fatal("28000", format!("password authentication failed for user \"{login}\""))
}

fn md5_hex(parts: &[&[u8]]) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 4] = [1, 2, 3, 4];

    /// What a client answers: <https://www.postgresql.org/docs/current/protocol-flow.html>.
    fn answer(password: &str, user: &str) -> Vec<u8> {
        let inner = md5_hex(&[password.as_bytes(), user.as_bytes()]);
        format!("md5{}\0", md5_hex(&[inner.as_bytes(), &SALT])).into_bytes()
    }

    #[test]
    fn an_md5_hash_is_checked_with_the_salt() {
        let stored = format!("md5{}", md5_hex(&[b"Passw0rd", b"bob"]));
        let proof = Proof::of_stored(&stored);
        assert_eq!(proof.check(&answer("Passw0rd", "bob"), SALT), Some(0));
        assert_eq!(proof.check(&answer("Passw0rd", "eve"), SALT), None);
        assert_eq!(proof.check(&answer("Passw0rd", "bob"), [0; 4]), None);
        assert_eq!(proof.question(SALT).map(|asked| asked.body.to_vec()), Some(vec![0, 0, 0, 5, 1, 2, 3, 4]));
    }

    #[test]
    fn one_of_several_passwords_is_enough() {
        let passwords = ["first", "second"].map(|password| Secret::new(password.to_owned()));
        let proof = Proof::of_passwords("IAM:bob", &passwords);
        assert_eq!(proof.check(&answer("second", "IAM:bob"), SALT), Some(1));
        assert_eq!(proof.check(&answer("third", "IAM:bob"), SALT), None);
    }

    #[test]
    fn a_password_that_is_kept_as_scram_is_asked_for_as_it_is() {
        // The password `pencil` of https://www.rfc-editor.org/rfc/rfc7677#section-3.
        let stored = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:\
                      wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        let proof = Proof::of_stored(stored);
        assert_eq!(proof.question(SALT).map(|asked| asked.body.to_vec()), Some(vec![0, 0, 0, 3]));
        assert_eq!(proof.check(b"pencil\0", SALT), Some(0));
        assert_eq!(proof.check(b"pencils\0", SALT), None);
    }

    #[test]
    fn who_has_no_password_is_asked_and_refused() {
        for stored in ["", "md5short", "SCRAM-SHA-256$x"] {
            let proof = Proof::of_stored(stored);
            assert!(matches!(proof, Proof::None) && proof.question(SALT).is_some());
            assert_eq!(proof.check(&answer("", "bob"), SALT), None);
        }
        assert!(Proof::Trust.question(SALT).is_none());
    }
}
