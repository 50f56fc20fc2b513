//! What all tests share: repositories, runs of the program, servers and people.

pub(crate) mod behaviours;
pub(crate) mod field_locations;
mod people;
mod pipeline;
mod repo;
mod run;
pub(crate) mod scripted_server;

pub(crate) use people::{Person, agent};
pub(crate) use pipeline::{Pipeline, config, endpoints, picture, waits};
pub(crate) use repo::Repo;
pub(crate) use run::{Run, Running, until};

use std::sync::Arc;

use roster::redact::{PrivateValues, Redactor};
use roster::remote::RemoteError;
use roster::sandbox::Sandbox;

/// The text of an error when nothing in it is private.
pub(crate) fn error_text(error: &RemoteError) -> String {
    error.quoted(&Redactor::new(Arc::default(), true, PrivateValues::default))
}

/// The writes that a sandbox received: `crm PUT /users/3`.
pub(crate) fn writes(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests();
    let writes = requests.iter().filter(|logged| logged.method != "GET" && !logged.target.contains("/token"));
    writes.map(|logged| format!("{} {} {}", logged.system, logged.method, logged.target)).collect()
}
