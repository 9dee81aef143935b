//! A state that time moves on: what is going on, until when, and what comes of it.

use std::collections::VecDeque;
use std::time::Duration;

use time::OffsetDateTime;

/// Where something stands: stages that end at a time, and a state to rest in. Of what has no such state nothing is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulate::api) struct Progress<S> {
    stages: VecDeque<(S, OffsetDateTime)>,
    rest: Option<S>,
    /// Whether work is under way whose end nobody knows: time does not move it on.
    working: bool,
}

impl<S: Copy> Progress<S> {
    /// Rests.
    pub(super) fn resting(state: S) -> Self {
        Self { stages: VecDeque::new(), rest: Some(state), working: false }
    }

    /// Work begins.
    pub(super) fn working(state: S) -> Self {
        Self { working: true, ..Self::resting(state) }
    }

    /// Goes through the stages, each for a time, and rests then, or is gone.
    pub(super) fn through(stages: &[(S, Duration)], rest: Option<S>, now: OffsetDateTime) -> Self {
        let mut until = now;
        let stages = stages.iter().map(|(state, time)| {
            until += *time;
            (*state, until)
        });
        Self { stages: stages.collect(), rest, working: false }
    }

    /// The state at a time; `None` for what is gone.
    pub(in crate::emulate::api) fn at(&self, now: OffsetDateTime) -> Option<S> {
        self.stages.iter().find(|(_, until)| *until > now).map(|(state, _)| *state).or(self.rest)
    }

    /// Whether work is under way.
    pub(super) fn is_working(&self) -> bool {
        self.working
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn stages_follow_one_another_up_to_the_end() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let second = Duration::from_secs(1);
        let gone = Progress::through(&[('a', second), ('b', 2 * second)], None, now);
        let at = |seconds: u32| gone.at(now + seconds * second);
        assert_eq!([at(0), at(1), at(2), at(3), at(9)], [Some('a'), Some('b'), Some('b'), None, None]);
        let stays = Progress::through(&[('a', second)], Some('c'), now);
        assert_eq!([stays.at(now), stays.at(now + second)], [Some('a'), Some('c')]);
        assert_eq!(Progress::through(&[('a', Duration::ZERO)], Some('c'), now).at(now), Some('c'));
    }

    #[test]
    fn work_does_not_end_with_time() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let working = Progress::working('w');
        assert!(working.is_working());
        assert_eq!(working.at(now + Duration::from_secs(9_999)), Some('w'));
    }
}
