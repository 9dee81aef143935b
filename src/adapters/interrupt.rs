//! Requests to stop that the system passes on: Ctrl-C, and the end that a pipeline sends.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits until the process is asked to stop. From the first call on, such a request no longer ends the process by itself.
///
/// # Errors
///
/// Fails if the system refuses to pass requests on.
pub async fn interrupted() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (interrupt, terminate) = (std::pin::pin!(interrupt.recv()), std::pin::pin!(terminate.recv()));
    futures_util::future::select(interrupt, terminate).await;
    Ok(())
}
