//! `vesto local`: the project's own PostgreSQL server.

use crate::adapters::local_server::{Status, Stopped};
use crate::adapters::project_server::ProjectServer;

use crate::cli::arguments::{CommonArguments, LocalCommand};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::workspace;

/// Starts, stops, resets, shows or opens the server.
pub(in crate::cli) fn local(
    common: &CommonArguments,
    own: &LocalCommand,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let root = workspace::root(common, environment)?;
    let server = ProjectServer::new(&root, &environment.variables);
    match own {
        LocalCommand::Start => {
            let address = server.start_and_keep()?;
            console::answer(&format!(
                "PostgreSQL {} runs until `vesto local stop`; connect with\n  psql -h {} -p {} -U {} dev\n",
                address.version,
                address.socket_directory.display(),
                address.port,
                address.superuser
            ))?;
        }
        LocalCommand::Stop => console::answer(match server.stop()? {
            Stopped::WasDown => "it was not running\n",
            Stopped::Now => "stopped\n",
            Stopped::WithLastUser => "it stops when the last command that uses it ends\n",
        })?,
        LocalCommand::Reset => {
            server.reset()?;
            // What a killed `prove` may have left.
            ProjectServer::aside(&root, &environment.variables).reset()?;
            console::answer("the local server and its data are gone\n")?;
        }
        LocalCommand::Status => console::answer(&describe(&server.status()?))?,
        LocalCommand::Psql { arguments } => return psql(&server, arguments),
    }
    Ok(ExitCode::Done)
}

fn describe(status: &Status) -> String {
    match status {
        Status::Absent => "there is no local server yet; `vesto apply` makes one\n".into(),
        Status::Down { major } => format!("stopped; its data are of PostgreSQL {major}\n"),
        Status::Up { address, kept } => format!(
            "running, PostgreSQL {}, {}; socket in {}\n",
            address.version,
            if *kept { "until `vesto local stop`" } else { "while commands use it" },
            address.socket_directory.display()
        ),
    }
}

fn psql(server: &ProjectServer, arguments: &[String]) -> Result<ExitCode, Failure> {
    let status = server.psql(arguments)?;
    match status {
        Some(0) => Ok(ExitCode::Done),
        _ => Ok(ExitCode::StatementFailed),
    }
}
