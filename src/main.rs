//! The `vesto` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    vesto::cli::main()
}
