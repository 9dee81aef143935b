//! The heartbeat of a run that holds the lock: it renews the term while a statement of the run may take hours.
//!
//! It is a thread with a session of its own, because the run's session waits for its statement, and its thread may be busy
//! with files. A short run ends before the first beat and opens no second session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::ports::Session;
use crate::target::Opener;

use super::fence::Claim;

/// Beats in a term: two may fail and the third still comes in time.
const BEATS: u32 = 4;

/// Beats until it is dropped.
pub(super) struct Heartbeat {
    lost: Arc<AtomicBool>,
    warnings: Receiver<String>,
    /// The thread ends when this is gone.
    _stop: oneshot::Sender<()>,
}

impl Heartbeat {
    /// Begins to renew a lock that was taken or renewed just now.
    pub(super) fn start(claim: Claim, opener: Opener) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let (tell, warnings) = channel();
        let (stop, stopped) = oneshot::channel();
        let pulse = Pulse { claim, opener, lost: lost.clone(), tell: tell.clone() };
        let thread = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || pulse.run(stopped));
        if let Err(error) = thread {
            // Nobody is left to listen only if the run is over.
            let _ = tell.send(format!("the lock of the target will not be renewed: {error}"));
        }
        Self { lost, warnings, _stop: stop }
    }

    /// Whether a beat found that the row is no longer the run's.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// What went wrong since this was asked the last time.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.try_iter().collect()
    }
}

/// What the thread works with.
struct Pulse {
    claim: Claim,
    opener: Opener,
    lost: Arc<AtomicBool>,
    tell: Sender<String>,
}

impl Pulse {
    fn run(self, stopped: oneshot::Receiver<()>) {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.beat_until(stopped)),
            Err(error) => self.warn(&error.to_string()),
        }
    }

    async fn beat_until(self, mut stopped: oneshot::Receiver<()>) {
        let mut session = None;
        let mut failing = false;
        while timeout(self.claim.term / BEATS, &mut stopped).await.is_err() {
            match self.beat(&mut session).await {
                Ok(true) => failing = false,
                Ok(false) => {
                    self.lost.store(true, Ordering::Relaxed);
                    return;
                }
                Err(reason) => {
                    // The session may be in a transaction that failed, or lost.
                    session = None;
                    if !failing {
                        self.warn(&reason);
                    }
                    failing = true;
                }
            }
        }
    }

    /// Whether the row is still the run's and has a new term; else why that is not known.
    async fn beat(&self, session: &mut Option<Box<dyn Session>>) -> Result<bool, String> {
        // Whatever hangs must leave time for another try.
        let patience = self.claim.term / 2;
        let renewal = async {
            let session = match session {
                Some(session) => session,
                None => session.insert(self.opener.open().await.map_err(|error| error.to_string())?),
            };
            let answers = session.run(&self.claim.renewal()).await.map_err(|error| error.to_string())?;
            Ok(Claim::is_renewed(&answers))
        };
        timeout(patience, renewal).await.unwrap_or_else(|_| Err("the server does not answer".to_owned()))
    }

    fn warn(&self, reason: &str) {
        let term = self.claim.term.as_secs();
        // The run may be over.
        let _ = self.tell.send(format!(
            "the lock of the target could not be renewed, and another run may take it {term} s after it last was: {reason}"
        ));
    }
}
