//! What a server says of a session besides its answers, in Redshift's words.

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::Frame;

/// What Redshift calls itself to clients: the version of PostgreSQL that it comes from
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-and-postgres-sql.html>).
const SERVER_VERSION: &str = "8.0.2";

/// The session as the server last told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    transaction: u8,
    key: Bytes,
}

impl Default for Status {
    fn default() -> Self {
        Self { transaction: b'I', key: Bytes::new() }
    }
}

impl Status {
    /// Takes a message of the server; the client gets what comes back.
    pub fn follow(&mut self, frame: Frame) -> Frame {
        match frame.tag {
            b'Z' => self.transaction = frame.read().u8().unwrap_or(b'I'),
            b'C' => self.transaction = self.after(frame.read().bytes_to_zero().unwrap_or_default()),
            b'K' => self.key = frame.body.clone(),
            b'S' => return parameter(frame),
            _ => {}
        }
        frame
    }

    /// The state after a completed command: in a pipeline the server does not tell it before the next Sync.
    fn after(&self, command: &[u8]) -> u8 {
        match command {
            b"BEGIN" | b"START TRANSACTION" => b'T',
            b"COMMIT" | b"ROLLBACK" => b'I',
            _ => self.transaction,
        }
    }

    /// Whether a transaction is open, be it failed.
    pub fn is_in_transaction(&self) -> bool {
        self.transaction != b'I'
    }

    /// That the server waits for the next query.
    pub fn ready(&self) -> Frame {
        Frame::new(b'Z', vec![self.transaction])
    }

    /// The message that asks to cancel what this session runs.
    pub fn cancel_request(&self) -> BytesMut {
        cancel_request(&self.key)
    }
}

/// The message that asks to cancel what the session with this number and key runs.
fn cancel_request(key: &[u8]) -> BytesMut {
    let mut body = BytesMut::new();
    body.put_u32(super::startup::CANCEL);
    body.put_slice(key);
    let mut message = BytesMut::new();
    super::frame::put_length(&mut message, &body);
    message
}

fn parameter(frame: Frame) -> Frame {
    if frame.read().bytes_to_zero() != Some(b"server_version") {
        return frame;
    }
    Frame::new(frame.tag, format!("server_version\0{SERVER_VERSION}\0").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_redshift() {
        let mut status = Status::default();
        let told = status.follow(Frame::new(b'S', &b"server_version\x0018.6\0"[..]));
        assert_eq!(told.body, &b"server_version\x008.0.2\0"[..]);
        let other = Frame::new(b'S', &b"TimeZone\0UTC\0"[..]);
        assert_eq!(status.follow(other.clone()), other);
    }

    #[test]
    fn a_transaction_is_open_once_its_begin_is_done() {
        let mut status = Status::default();
        for (command, open) in [("SELECT 1", false), ("BEGIN", true), ("INSERT 0 1", true), ("COMMIT", false)] {
            status.follow(Frame::new(b'C', format!("{command}\0").into_bytes()));
            assert_eq!(status.is_in_transaction(), open, "{command}");
        }
    }

    #[test]
    fn the_state_of_the_transaction_and_the_key_are_kept() {
        let mut status = Status::default();
        status.follow(Frame::new(b'K', &b"\0\0\0\x01\0\0\0\x02"[..]));
        status.follow(Frame::new(b'Z', &b"E"[..]));
        assert!(status.is_in_transaction());
        assert_eq!(&status.cancel_request()[..], b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x01\0\0\0\x02");
        assert_eq!(status.ready(), Frame::new(b'Z', &b"E"[..]));
    }
}
