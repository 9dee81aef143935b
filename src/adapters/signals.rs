//! Signals by which a person or a build server asks to stop.

use std::io;

use futures_util::future::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT (Ctrl-C) and SIGTERM. While this exists they do not end the process.
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Begins to listen. It needs a running tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        select(std::pin::pin!(self.interrupt.recv()), std::pin::pin!(self.terminate.recv())).await;
    }
}
