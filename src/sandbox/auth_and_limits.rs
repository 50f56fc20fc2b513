//! The common part of both systems: tokens and rate limits.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::behaviour::{Behaviour, RateWindow};
use super::http_exchange::SandboxRequest;
use crate::model::record::System;

/// Tokens and rate limits.
#[derive(Debug, Default)]
pub(super) struct AuthAndLimits {
    issued: u64,
    tokens: HashMap<String, IssuedToken>,
    crm: RateWindow,
    pf: RateWindow,
    pf_tokens: RateWindow,
}

#[derive(Debug)]
struct IssuedToken {
    system: System,
    ends: Instant,
    requests: Option<u32>,
}

impl AuthAndLimits {
    /// A new token, good for one system.
    pub(super) fn issue(&mut self, system: System, behaviour: &Behaviour, now: Instant) -> String {
        self.issued += 1;
        let token = format!("sandbox.{system}.{}", self.issued);
        let ends = now + Duration::from_secs(behaviour.token_seconds);
        self.tokens.insert(token.clone(), IssuedToken { system, ends, requests: behaviour.token_requests });
        token
    }

    /// Whether the request carries a token that is good for its system. It uses one request of it up.
    pub(super) fn knows(&mut self, request: &SandboxRequest, now: Instant) -> bool {
        let bearer = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        let Some(token) = bearer.and_then(|bearer| self.tokens.get_mut(bearer)) else { return false };
        if token.system != request.system || token.ends <= now {
            return false;
        }
        match &mut token.requests {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// Ends every token of a system.
    pub(super) fn expire(&mut self, system: System) {
        self.tokens.retain(|_, token| token.system != system);
    }

    /// Counts the request against its limit, or returns the time until one is accepted.
    pub(super) fn admit(
        &mut self,
        request: &SandboxRequest,
        behaviour: &Behaviour,
        now: Instant,
    ) -> Result<(), Duration> {
        let (window, rate) = match (request.system, request.is_token_call()) {
            (System::Crm, true) => return Ok(()),
            (System::Crm, false) => (&mut self.crm, behaviour.crm_rate),
            (System::Pf, true) => (&mut self.pf_tokens, behaviour.pf_token_rate),
            (System::Pf, false) => (&mut self.pf, behaviour.pf_rate),
        };
        rate.map_or(Ok(()), |rate| window.admit(rate, now))
    }
}
