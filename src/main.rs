//! The `roster` program: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Reading the tables of the world's phone numbers takes longer than a hundred files, so it goes on beside the rest.
    // The thread is left to itself: what it prepares is waited for by whoever needs it first.
    std::thread::spawn(roster::model::agent::value::Phone::prepare);
    roster::commands::cli::main().into()
}
