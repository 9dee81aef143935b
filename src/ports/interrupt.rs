//! The wish to stop, from outside of the work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

/// Makes a server give up what a session runs at this moment.
#[async_trait]
pub trait Cancel: Send + Sync {
    /// Asks the server. Whether the statement was still running is told by its answer.
    async fn cancel(&self);
}

/// Whether somebody asked to stop: shared between who asks and who works.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    working: AtomicBool,
    raised: AtomicBool,
    heard: AtomicBool,
    canceller: Mutex<Option<Arc<dyn Cancel>>>,
}

impl Interrupt {
    /// What stops the session that works; in place of an earlier one.
    pub fn watch(&self, canceller: Arc<dyn Cancel>) {
        *self.0.canceller.lock().unwrap_or_else(PoisonError::into_inner) = Some(canceller);
    }

    /// What stops the session that works, if there is one.
    pub fn canceller(&self) -> Option<Arc<dyn Cancel>> {
        self.0.canceller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that work on the target begins, which a wish to stop must let end in order.
    pub fn begin(&self) {
        self.0.working.store(true, Ordering::SeqCst);
    }

    /// Whether there is work to end in order.
    pub fn is_working(&self) -> bool {
        self.0.working.load(Ordering::SeqCst)
    }

    /// Asks to stop.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
    }

    /// Whether to stop.
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// Says that the work has stopped and only puts its things away: what it still sends must not be cancelled.
    pub fn hear(&self) {
        self.0.heard.store(true, Ordering::SeqCst);
    }

    /// Whether the work has stopped.
    pub fn is_heard(&self) -> bool {
        self.0.heard.load(Ordering::SeqCst)
    }
}
