//! The `vesto` command.

fn main() {}
