//! Random moments that come again for the same seed.

use std::time::{Duration, Instant, SystemTime};

use crate::rig::say;

/// SplitMix64: the same moments for the same seed.
pub(crate) struct Moments(u64);

impl Moments {
    pub(crate) fn new() -> Self {
        let clock = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
        let seed = std::env::var("VESTO_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(clock);
        say(&format!("VESTO_TEST_SEED={seed}"));
        Self(seed)
    }

    /// At least 0, less than 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }

    /// From 1 to `most`.
    pub(crate) fn number(&mut self, most: usize) -> usize {
        let drawn = Duration::from_nanos(most as u64).mul_f64(self.next()).as_nanos();
        usize::try_from(drawn).expect("small").min(most - 1) + 1
    }
}

/// Spends the time until a random moment: that is the experiment, nothing waits for it.
pub(crate) fn let_run(span: Duration) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(200));
    }
}
