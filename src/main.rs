//! The `roster` program: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Reading the tables of the world's phone numbers takes longer than a hundred files, so it goes on beside the rest.
    // The thread is left to itself: the first user of the result waits for it.
    std::thread::spawn(roster::model::agent::value::Phone::prepare);
    roster::commands::cli::main().into()
}
