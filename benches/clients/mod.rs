//! The clients that the benchmarks of COPY and UNLOAD compare, with what they needed.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vesto::adapters::local_server::ServerAddress;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// What a client needed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_kilobytes: u64,
}

/// Runs one `\copy` of psql.
pub(crate) fn psql(address: &ServerAddress, copy: &str) -> Outcome<Spent> {
    let ServerAddress { socket_directory, port, superuser, .. } = address;
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-U", superuser, "-c", copy]);
    measured(command.arg("-h").arg(socket_directory).args(["-p", &port.to_string()]))
}

/// Applies one change of SQL, whose bucket `bench` is the folder `data` of the project in `folder`.
pub(crate) fn vesto(address: &ServerAddress, folder: &Path, number: usize, change: &str) -> Outcome<Spent> {
    let ServerAddress { socket_directory, port, superuser, .. } = address;
    let settings = format!(
        "[project]\nname = bench\ntarget = bench\n[target bench]\nkind = postgres\ndialect = redshift\nhost = {}\n\
         port = {port}\nuser = {superuser}\ndatabase = postgres\n[store bench]\nbucket = bench\nfolder = data\n",
        socket_directory.display()
    );
    fs::create_dir_all(folder.join("changes"))?;
    fs::write(folder.join("vesto.ini"), settings)?;
    fs::write(folder.join(format!("changes/V{number:02}__c.sql")), change)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_vesto"));
    measured(command.args(["apply", "-q", "--project"]).arg(folder))
}

/// Runs a client, and looks at its CPU time and memory every few milliseconds as long as it lives.
fn measured(command: &mut Command) -> Outcome<Spent> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let mut spent = Spent::default();
    loop {
        if let Some((cpu, peak)) = usage(&process) {
            (spent.cpu, spent.peak_kilobytes) = (cpu.max(spent.cpu), peak.max(spent.peak_kilobytes));
        }
        if let Some(status) = child.try_wait()? {
            spent.elapsed = begun.elapsed();
            return if status.success() { Ok(spent) } else { Err(format!("the client ended with {status}").into()) };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// CPU time and peak memory in kilobytes: <https://man7.org/linux/man-pages/man5/proc.5.html>.
fn usage(process: &Path) -> Option<(Duration, u64)> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = times.next()?.parse::<u64>().ok()? + times.next()?.parse::<u64>().ok()?;
    // Linux counts in hundredths of a second.
    Some((Duration::from_millis(ticks * 10), peak))
}
