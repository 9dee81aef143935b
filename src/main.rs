//! The `vesto` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Files are read and changes are parsed on several threads, and glibc grows the heap of each but the first page by page.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    vesto::cli::main()
}
