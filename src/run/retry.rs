//! Refusals that go away by themselves, and how long to wait before a step is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::ports::{DbError, DbErrorKind};

/// How often a step is tried again.
pub(super) const RETRIES: u32 = 4;

/// The pause before the first repetition; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Whether a server refused a step because of what others did at the same time. The step was undone as a whole.
///
/// PostgreSQL: serialization failure and deadlock
/// (<https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>). Redshift tells most of its
/// conflicts by words only (<https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html>); its catalogue is
/// read without a snapshot, so an object that another session has just dropped can still be found there.
pub(super) fn is_transient(error: &DbError) -> bool {
    const WORDS: [&str; 4] = [
        "serializable isolation violation",
        "conflict with concurrent transaction",
        "could not open relation with oid",
        "dropped by concurrent transaction",
    ];
    let message = || error.message.to_lowercase();
    error.kind == DbErrorKind::Statement
        && (error.has_code("40001")
            || error.has_code("40P01")
            || WORDS.iter().any(|words| message().contains(words))
            // `ERROR: 1023 DETAIL: Serializable isolation violation on table ...`
            || error.message.starts_with("1023"))
}

/// How long to wait before the repetition with this number, from 1: up to half more than it would be, by chance, so that
/// two runs that met do not meet again.
pub(super) fn pause(repetition: u32) -> Duration {
    let whole = FIRST_PAUSE * 2u32.saturating_pow(repetition.saturating_sub(1));
    // The keys of a hash table are random in each process, which is enough chance for this.
    let chance = RandomState::new().hash_one(repetition) % 1000;
    whole + whole.mul_f64(chance as f64 / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: Option<&str>, message: &str) -> DbError {
        DbError { code: code.map(str::to_owned), ..DbError::new(DbErrorKind::Statement, message) }
    }

    #[test]
    fn only_what_others_caused_is_transient() {
        assert!(is_transient(&refusal(Some("40001"), "could not serialize access")));
        assert!(is_transient(&refusal(Some("40P01"), "deadlock detected")));
        assert!(is_transient(&refusal(Some("XX000"), "1023")));
        assert!(is_transient(&refusal(Some("XX000"), "Could not open relation with OID 1234")));
        assert!(is_transient(&refusal(None, "could not complete because of conflict with concurrent transaction")));
        assert!(!is_transient(&refusal(Some("42P01"), "relation \"t\" does not exist")));
        assert!(!is_transient(&refusal(Some("55P03"), "canceling statement due to lock timeout")));
        assert!(!is_transient(&DbError::new(DbErrorKind::Lost, "serializable isolation violation")));
    }

    #[test]
    fn pauses_grow_and_vary_by_half_at_most() {
        for (repetition, least) in [(1, 200), (2, 400), (3, 800), (4, 1600)] {
            let pause = pause(repetition);
            let least = Duration::from_millis(least);
            assert!(pause >= least && pause <= least.mul_f64(1.5), "{repetition}: {pause:?}");
        }
    }
}
