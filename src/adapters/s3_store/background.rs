//! A thread that carries out requests while others wait for them.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

/// The thread, which begins with the first request and ends with the last owner.
#[derive(Clone, Default)]
pub(super) struct Background(Arc<OnceLock<Running>>);

struct Running {
    handle: Handle,
    /// Dropped, it ends the thread.
    _until: oneshot::Sender<()>,
}

impl Background {
    /// Where work can be given to the thread.
    pub(super) fn handle(&self) -> io::Result<Handle> {
        if let Some(running) = self.0.get() {
            return Ok(running.handle.clone());
        }
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (until, ended) = oneshot::channel::<()>();
        thread::Builder::new().name("s3".to_owned()).spawn(move || {
            // An error is the sender's end, for which it waits.
            drop(runtime.block_on(ended));
        })?;
        Ok(self.0.get_or_init(|| Running { handle, _until: until }).handle.clone())
    }

    /// Lets the thread do this and waits for it.
    pub(super) fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
        wait_here(self.handle()?.spawn(work)).map_err(io::Error::other)
    }
}

/// Parks this thread until the work of another is done. Tokio's own way refuses on a thread that runs tasks, as the one
/// that waits here does.
pub(super) fn wait_here<F: Future>(work: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    // The task around it would run out of its budget, which is renewed only after it has yielded.
    let mut work = pin!(unconstrained(work));
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
