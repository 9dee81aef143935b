//! A progress bar below the lines of another reporter.

use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Reporter, visible_line};
use crate::run::Event;

const TEMPLATE: &str = "{bar:24} {pos}/{len} {elapsed} {wide_msg}";

/// Draws how far a run is while another reporter writes above it, and leaves nothing behind.
pub struct Progress {
    inner: Box<dyn Reporter>,
    target: Option<ProgressDrawTarget>,
    bar: ProgressBar,
}

impl Progress {
    /// A bar around a reporter. Where to draw is for the caller to say: only it knows the terminal.
    pub fn around(inner: Box<dyn Reporter>, target: ProgressDrawTarget) -> Self {
        Self { inner, target: Some(target), bar: ProgressBar::hidden() }
    }

    fn begin(&mut self, total: usize) {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let Some(target) = self.target.take() else {
            self.bar.reset();
            self.bar.set_length(total);
            return;
        };
        self.bar = ProgressBar::with_draw_target(Some(total), target)
            .with_style(ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar()));
        if !self.bar.is_hidden() {
            // A long statement sends no event: the clock alone shows that vesto still waits.
            self.bar.enable_steady_tick(Duration::from_millis(250));
        }
    }
}

impl Reporter for Progress {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { total, .. } => self.begin(*total),
            Event::ChangeStarted { title, .. } => self.bar.set_message(visible_line(title).into_owned()),
            Event::ChangeFinished { .. } | Event::TestFinished { .. } | Event::ChangeProven { .. } => self.bar.inc(1),
            Event::RunFinished { .. } => self.bar.finish_and_clear(),
            Event::ChangeAnswered { .. }
            | Event::ChangeFailed { .. }
            | Event::ChangeSkipped { .. }
            | Event::StepRetried { .. }
            | Event::Warned { .. } => {}
        }
        let inner = &mut self.inner;
        self.bar.suspend(|| inner.event(event))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bar.finish_and_clear();
        self.inner.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, rendered};
    use std::sync::{Arc, Mutex, PoisonError};

    struct Kept(Arc<Mutex<Vec<Event>>>);

    impl Reporter for Kept {
        fn event(&mut self, event: &Event) -> io::Result<()> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
            Ok(())
        }

        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn events_pass_through_and_the_bar_follows() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let mut progress = Progress::around(Box::new(Kept(Arc::clone(&kept))), ProgressDrawTarget::hidden());
        let events = [samples::failed_apply(), samples::tests()].concat();
        for event in &events[..events.len() - 1] {
            assert!(progress.event(event).is_ok());
        }
        assert_eq!((progress.bar.position(), progress.bar.length()), (4, Some(5)));
        rendered(&mut progress, &events[events.len() - 1..]);
        assert_eq!(*kept.lock().unwrap_or_else(PoisonError::into_inner), events);
        assert!(progress.bar.is_finished());
    }
}
