//! Both systems together, and the order in which a request meets them.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::auth_and_limits::AuthAndLimits;
use super::behaviour::Behaviour;
use super::faults::{FaultEffect, Faults};
use super::http_exchange::{SandboxRequest, SandboxResponse};
use super::schema::Schemas;
use super::store::SandboxState;
use super::{crm, pf, pf_documented, photo_host};
use crate::model::config::PfContract;
use crate::model::record::System;

/// Both systems, as they are now.
#[derive(Debug)]
pub(super) struct SandboxWorld {
    pub(super) state: SandboxState,
    pub(super) behaviour: Behaviour,
    pub(super) faults: Faults,
    pub(super) log: Vec<LoggedRequest>,
    file: Option<PathBuf>,
    auth_and_limits: AuthAndLimits,
    schemas: &'static Schemas,
}

/// One request, as the server saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedRequest {
    /// The system that it was sent to.
    pub system: System,
    /// GET, POST and so on.
    pub method: String,
    /// Path and query, without the system's prefix: `/v1/users?page=1`.
    pub target: String,
    /// The status it was answered with; none, when it was dropped or hangs.
    pub status: Option<u16>,
    /// The JSON that it carried; that of a token call is not kept.
    pub body: Option<Value>,
}

/// How a request ends.
pub(super) enum ResponseMode {
    Answer(SandboxResponse),
    /// Half of the answer.
    Cut(SandboxResponse),
    Drop,
    Hang,
}

impl SandboxWorld {
    pub(super) fn new(state: SandboxState, file: Option<PathBuf>, behaviour: Behaviour) -> io::Result<Self> {
        let schemas = Schemas::compiled().map_err(io::Error::other)?;
        let (faults, log, auth_and_limits) = (Faults::default(), Vec::new(), AuthAndLimits::default());
        Ok(Self { state, behaviour, faults, log, file, auth_and_limits, schemas })
    }

    /// Answers a request, or fails to in the way that a fault wants.
    pub(super) fn exchange(&mut self, request: &SandboxRequest) -> ResponseMode {
        let struck = self.faults.strike(request);
        if matches!(struck, Some(FaultEffect::Expire)) {
            self.auth_and_limits.expire(request.system);
        }
        let acts = struck.as_ref().is_none_or(FaultEffect::acts);
        let answer = acts.then(|| self.act(request));
        let ending = match (struck, answer) {
            (Some(FaultEffect::Answer { status, retry_after, html, .. }), _) => {
                ResponseMode::Answer(instead(request, status, retry_after.as_deref(), html))
            }
            (Some(FaultEffect::Hang { .. }), _) => ResponseMode::Hang,
            (Some(FaultEffect::Drop { .. }), _) | (_, None) => ResponseMode::Drop,
            (Some(FaultEffect::Cut), Some(answer)) => ResponseMode::Cut(answer),
            (Some(FaultEffect::Edit(edit)), Some(answer)) => ResponseMode::Answer(answer.edited(edit)),
            (Some(FaultEffect::Expire) | None, Some(answer)) => ResponseMode::Answer(answer),
        };
        self.log.push(LoggedRequest {
            system: request.system,
            method: request.method.to_string(),
            target: request.target.clone(),
            status: match &ending {
                ResponseMode::Answer(answer) | ResponseMode::Cut(answer) => Some(answer.status),
                ResponseMode::Drop | ResponseMode::Hang => None,
            },
            body: if request.is_token_call() { None } else { request.json() },
        });
        ending
    }

    /// What the system itself answers. A write is on the disk before its answer leaves.
    fn act(&mut self, request: &SandboxRequest) -> SandboxResponse {
        let now = Instant::now();
        if let Err(wait) = self.auth_and_limits.admit(request, &self.behaviour, now) {
            let answer = refusal(request, 429, "too many requests");
            return if self.behaviour.retry_after {
                answer.with("retry-after", &seconds(wait).to_string())
            } else {
                answer
            };
        }
        let answer = match photo_host::answer(request) {
            Some(photo) => photo,
            None if request.is_token_call() => self.token(request, now),
            None => self.route(request, now),
        };
        let SandboxState { crm, pf, .. } = &mut self.state;
        let changed = crm.users.take_changed() | crm.files.take_changed() | pf.users.take_changed();
        match changed.then(|| self.save()) {
            Some(Err(error)) => refusal(request, 500, &error.to_string()),
            _ => answer,
        }
    }

    fn token(&mut self, request: &SandboxRequest, now: Instant) -> SandboxResponse {
        let refused = match request.system {
            System::Crm => crm::token::check(request),
            System::Pf => match self.behaviour.pf_contract {
                PfContract::Enterprise => pf::token::check(request, self.schemas),
                PfContract::Documented => pf_documented::check_token_call(request),
            },
        };
        if let Err(answer) = refused {
            return answer;
        }
        let token = self.auth_and_limits.issue(request.system, &self.behaviour, now);
        match request.system {
            System::Crm => crm::token::granted(&token, self.behaviour.token_seconds),
            System::Pf => match self.behaviour.pf_contract {
                PfContract::Enterprise => pf::token::granted(&token, self.behaviour.token_seconds),
                PfContract::Documented => pf_documented::granted(&token, self.behaviour.token_seconds),
            },
        }
    }

    fn route(&mut self, request: &SandboxRequest, now: Instant) -> SandboxResponse {
        let known = self.auth_and_limits.knows(request, now);
        let (behaviour, schemas) = (&self.behaviour, self.schemas);
        match request.system {
            System::Crm => crm::answer(&mut self.state.crm, request, known, behaviour, schemas),
            System::Pf => match behaviour.pf_contract {
                PfContract::Enterprise => pf::answer(&mut self.state.pf, request, known, behaviour, schemas),
                PfContract::Documented => pf_documented::answer(&mut self.state.pf, request, known, behaviour, schemas),
            },
        }
    }

    /// Writes the state to its file, if it has one.
    pub(super) fn save(&self) -> io::Result<()> {
        self.file.as_deref().map_or(Ok(()), |file| self.state.save(file))
    }
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn refusal(request: &SandboxRequest, status: u16, why: &str) -> SandboxResponse {
    match request.system {
        System::Crm => crm::error::refuse(status, why, &[]),
        System::Pf => pf::error::refuse(request, status, why, &[]),
    }
}

/// The answer that a fault gives instead of the system's own.
fn instead(request: &SandboxRequest, status: u16, retry_after: Option<&str>, html: bool) -> SandboxResponse {
    let answer = if html { page(status) } else { refusal(request, status, "a fault was asked for") };
    match retry_after {
        Some(value) => answer.with("retry-after", value),
        None => answer,
    }
}

/// The HTML page of a content delivery network (docs/vendor-apis.md, "Property Finder: errors").
fn page(status: u16) -> SandboxResponse {
    let body = format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>The request could not be satisfied</h1>\
         <p>Request blocked. <code>{status}</code></p></body></html>\n"
    );
    SandboxResponse::of(status, "text/html; charset=utf-8", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_never_too_early() {
        let table = [(0, 0), (1, 1), (1000, 1), (1001, 2)];
        for (millis, want) in table {
            assert_eq!(seconds(Duration::from_millis(millis)), want, "{millis}");
        }
    }
}
