//! How often a step is tried again that others kept from committing, and how long to wait before.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often a step is tried again.
pub(super) const RETRIES: u32 = 4;

/// The pause before the first repetition; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

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

    #[test]
    fn pauses_grow_and_vary_by_half_at_most() {
        for (repetition, least) in [(1, 200), (2, 400), (3, 800), (4, 1600)] {
            let pause = pause(repetition);
            let least = Duration::from_millis(least);
            assert!(pause >= least && pause <= least.mul_f64(1.5), "{repetition}: {pause:?}");
        }
    }
}
