//! Commands on this machine, and notifications over HTTP, each with a time limit.

use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::crypto::install_provider;
use crate::text::Secret;

/// Why a command or a notification did not do.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The program could not be started.
    #[error("`{0}` cannot be started: {1}")]
    NotStarted(String, #[source] io::Error),
    /// The program said that it failed.
    #[error("`{0}` ended with {1}")]
    Failed(String, std::process::ExitStatus),
    /// The limit was over.
    #[error("it was ended after {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The address did not take the notification. The URL is not told: who has it may post too.
    #[error("the notification was not taken: {0}")]
    NotTaken(String),
}

/// Runs a program, without a shell, in a folder. It gets `input` on its standard input and these variables besides those
/// of this process; what it prints goes to standard error. What it has started ends with it when the limit is over, and goes on
/// where it ends by itself.
///
/// # Errors
///
/// Anything but an end with status 0 in time.
pub async fn run(
    words: &[String],
    folder: &Path,
    variables: &[(&str, String)],
    input: &str,
    limit: Duration,
) -> Result<(), HookError> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let not_started = |error| HookError::NotStarted(program.clone(), error);
    // A path is the project's; a name is looked for in PATH.
    let place = if program.contains('/') { folder.join(program) } else { program.into() };
    let output = io::stderr().as_fd().try_clone_to_owned().map_err(not_started)?;
    let mut command = Command::new(place);
    command.args(arguments).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::from(output)).process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(not_started)?;
    let mut group = Group::of(&child);
    let ended = timeout(limit, fed(&mut child, input)).await;
    if let Ok(Ok(_)) = &ended {
        // Its number may be another's from now on.
        group.0 = None;
    }
    match ended {
        Err(_) => Err(HookError::TimedOut(limit)),
        Ok(Err(error)) => Err(not_started(error)),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(HookError::Failed(program.clone(), status)),
    }
}

async fn fed(child: &mut Child, input: &str) -> io::Result<std::process::ExitStatus> {
    if let Some(mut to) = child.stdin.take() {
        match to.write_all(input.as_bytes()).await {
            // It need not read.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    child.wait().await
}

/// A program that still runs and what it has started; dropped, all of it is killed.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // It fails if nobody is left.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Posts a JSON document. It follows no redirections, since the address is a secret.
///
/// # Errors
///
/// No answer in time, or one that is no success.
pub async fn post(url: &Secret<String>, document: String, limit: Duration) -> Result<(), HookError> {
    install_provider();
    let not_taken = |error: reqwest::Error| {
        let error = error.without_url();
        if error.is_timeout() { HookError::TimedOut(limit) } else { HookError::NotTaken(innermost(&error)) }
    };
    let client = reqwest::Client::builder().timeout(limit).redirect(Policy::none()).build().map_err(not_taken)?;
    let request = client.post(url.expose()).header(CONTENT_TYPE, "application/json").body(document);
    let answer = request.send().await.map_err(not_taken)?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(HookError::NotTaken(format!("the answer is {}", answer.status())))
}

/// The last cause, which names no address.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
