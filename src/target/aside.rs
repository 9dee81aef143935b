//! Calls of AWS that give back what was made, from wherever it is dropped.

use crate::ports::{CloudError, CloudErrorKind};

/// Makes the calls and waits for them, on a thread of its own: this one may be within a runtime that is about to end.
pub(super) fn wait_aside<F>(calls: impl FnOnce() -> F + Send + 'static) -> Result<(), CloudError>
where
    F: Future<Output = Result<(), CloudError>>,
{
    let refused = |reason: String| CloudError::new(CloudErrorKind::Refused, reason);
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| refused(error.to_string()))?.block_on(calls())
    };
    let panicked = |_| Err(refused("the thread that gives it back panicked".to_owned()));
    std::thread::spawn(work).join().unwrap_or_else(panicked)
}
