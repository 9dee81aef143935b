//! Which processes belong to a data directory: a pid in a file may by now be anybody's.

use std::path::Path;

use rustix::process::Pid;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{end_orphans, is_server};
#[cfg(target_os = "linux")]
pub(super) use linux::{end_orphans, is_server};

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Signal, kill_process};

    use super::{Path, Pid};

    /// Whether `pid` is a living PostgreSQL process on `data`, which is where every one of them has its working directory.
    pub(in super::super) fn is_server(pid: Pid, data: &Path) -> bool {
        let process = format!("/proc/{}", pid.as_raw_pid());
        let directory = fs::read_link(format!("{process}/cwd")).ok();
        let is_there = directory.is_some_and(|directory| data.canonicalize().is_ok_and(|data| data == directory));
        is_there && fs::read_to_string(format!("{process}/comm")).is_ok_and(|name| name.starts_with("postgres"))
    }

    /// Ends the sessions that a killed server left on `data`: a new server must not run beside them.
    pub(in super::super) fn end_orphans(data: &Path) {
        let since = Instant::now();
        let mut signal = Signal::QUIT;
        while since.elapsed() < Duration::from_secs(10) {
            let orphans = on(data);
            if orphans.is_empty() {
                return;
            }
            for pid in orphans {
                let _ = kill_process(pid, signal);
            }
            if since.elapsed() > Duration::from_secs(2) {
                signal = Signal::KILL;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn on(data: &Path) -> Vec<Pid> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
            .filter(|pid| is_server(*pid, data))
            .collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::process::{Command, Stdio};

    use super::{Path, Pid};

    /// Whether `pid` is a living PostgreSQL process. Without /proc its directory is not known.
    pub(in super::super) fn is_server(pid: Pid, _data: &Path) -> bool {
        let pid = pid.as_raw_pid().to_string();
        let output = Command::new("ps").args(["-o", "comm=", "-p", &pid]).stdin(Stdio::null()).output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("postgres"))
    }

    /// Leaves it to the server, which refuses to start beside them.
    pub(in super::super) fn end_orphans(_data: &Path) {}
}
