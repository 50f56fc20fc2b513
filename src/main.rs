//! The `roster` program: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    roster::commands::cli::main().into()
}
