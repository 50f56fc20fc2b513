//! Faults for tests, each at an exact request.

use std::fmt;
use std::str::FromStr;

use hyper::Method;
use serde_json::Value;

use super::http_exchange::SandboxRequest;
use crate::model::record::System;

/// Something that goes wrong at an exact request: the `at`-th of those that it concerns, counted from when it was added.
///
/// As text, which `--fault` takes: `[crm|pf] [read|write|token|body=TEXT|listing=PATH|METHOD [/PATH]] [#K|#KxN|#K+] EFFECT`, where the effect
/// is `STATUS [html] [retry-after=VALUE] [after]`, `drop`, `drop-after`, `cut`, `hang`, `hang-after` or `expire`. So
/// `pf POST /v1/users #2 drop-after` carries the second create out and closes the connection without an answer.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The system that it concerns; none is both.
    pub system: Option<System>,
    /// The requests that it concerns.
    pub on: FaultTarget,
    /// The first of these that goes wrong, from 1.
    pub at: u32,
    /// How many of them go wrong, one after the other.
    pub times: u32,
    /// What goes wrong.
    pub effect: FaultEffect,
}

/// The requests that a fault concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultTarget {
    /// Every one, token calls too.
    Any,
    /// GETs.
    Read,
    /// POST, PUT, PATCH and DELETE, but for token calls.
    Write,
    /// Token calls.
    Token,
    /// Requests whose body holds this text, which has no white space: a filter in front of a server refuses some texts.
    Body(String),
    /// GETs of exactly this path that page through everything: with no filter but `status`.
    Listing(String),
    /// This method on paths that start so, without the system's prefix: `/users`, `/v1/users`.
    Route(Method, String),
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum FaultEffect {
    /// Another answer than its own.
    Answer {
        /// Its status.
        status: u16,
        /// A `Retry-After`, as it is to be sent: seconds, or a date.
        retry_after: Option<String>,
        /// An HTML page instead of the system's error body (docs/vendor-apis.md, "Property Finder: errors").
        html: bool,
        /// Whether the request was carried out all the same.
        acted: bool,
    },
    /// The connection is closed without a byte of answer.
    Drop {
        /// Whether the request was carried out before.
        acted: bool,
    },
    /// It is carried out, and the connection is closed in the middle of the answer's body.
    Cut,
    /// The answer never comes.
    Hang {
        /// Whether the request was carried out before.
        acted: bool,
    },
    /// Every token of the system ends just before this request.
    Expire,
    /// It is carried out, and the answer's JSON comes changed: a wrong total, a repeated id, a short page.
    Edit(fn(&mut Value)),
}

impl FaultEffect {
    /// Whether the request is carried out.
    pub(super) const fn acts(&self) -> bool {
        match self {
            Self::Answer { acted, .. } | Self::Drop { acted } | Self::Hang { acted } => *acted,
            Self::Cut | Self::Expire | Self::Edit(_) => true,
        }
    }
}

/// The faults that were added, and how many requests each has seen.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    /// What goes wrong with this request: the first fault that fires. It counts for all of them.
    pub(super) fn strike(&mut self, request: &SandboxRequest) -> Option<FaultEffect> {
        let mut struck = None;
        for (fault, seen) in self.0.iter_mut().filter(|(fault, _)| fault.concerns(request)) {
            *seen += 1;
            if *seen >= fault.at && *seen - fault.at < fault.times && struck.is_none() {
                struck = Some(fault.effect.clone());
            }
        }
        struck
    }
}

impl Fault {
    fn concerns(&self, request: &SandboxRequest) -> bool {
        self.system.is_none_or(|system| system == request.system)
            && match &self.on {
                FaultTarget::Any => true,
                FaultTarget::Read => request.method == Method::GET,
                FaultTarget::Write => request.is_write(),
                FaultTarget::Token => request.is_token_call(),
                FaultTarget::Body(text) => request.body_holds(text),
                FaultTarget::Listing(path) => {
                    request.method == Method::GET && request.path == *path && is_unfiltered(request)
                }
                FaultTarget::Route(method, path) => request.method == *method && request.path.starts_with(path),
            }
    }
}

fn is_unfiltered(request: &SandboxRequest) -> bool {
    let pages = ["page", "perPage", "per_page", "status"];
    request.query.iter().all(|(name, _)| pages.contains(&name.as_str()))
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace().peekable();
        let system = match words.peek() {
            Some(&"crm") => Some(System::Crm),
            Some(&"pf") => Some(System::Pf),
            _ => None,
        };
        if system.is_some() {
            words.next();
        }
        let on = words.peek().and_then(|word| FaultTarget::of_word(word)).map_or(FaultTarget::Any, |on| {
            words.next();
            on
        });
        let on = match (on, words.next_if(|word| word.starts_with('/'))) {
            (FaultTarget::Route(method, _), Some(path)) => FaultTarget::Route(method, path.to_owned()),
            (on, None) => on,
            (_, Some(path)) => return Err(format!("`{text}`: `{path}` needs a method before it, such as GET")),
        };
        let (at, times) = match words.next_if(|word| word.starts_with('#')) {
            Some(word) => places(word).ok_or_else(|| format!("`{text}`: `{word}` is not #K, #KxN or #K+"))?,
            None => (1, 1),
        };
        let words: Vec<&str> = words.collect();
        let effect = FaultEffect::of_words(&words).ok_or_else(|| {
            format!("`{text}` ends in no effect: a status, drop, drop-after, cut, hang, hang-after or expire")
        })?;
        Ok(Self { system, on, at, times, effect })
    }
}

impl FaultTarget {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "read" => Self::Read,
            "write" => Self::Write,
            "token" => Self::Token,
            _ if word.starts_with("listing=") => Self::Listing(word.strip_prefix("listing=")?.to_owned()),
            _ if word.starts_with("body=") => Self::Body(word.strip_prefix("body=")?.to_owned()),
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" => Self::Route(word.parse().ok()?, String::new()),
            _ => return None,
        })
    }
}

fn places(word: &str) -> Option<(u32, u32)> {
    let word = word.strip_prefix('#')?;
    let (at, times) = match (word.strip_suffix('+'), word.split_once('x')) {
        (Some(at), _) => (at.parse().ok()?, u32::MAX),
        (None, Some((at, times))) => (at.parse().ok()?, times.parse().ok()?),
        (None, None) => (word.parse().ok()?, 1),
    };
    (at > 0).then_some((at, times))
}

impl FaultEffect {
    fn of_words(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["drop"] => Self::Drop { acted: false },
            ["drop-after"] => Self::Drop { acted: true },
            ["cut"] => Self::Cut,
            ["hang"] => Self::Hang { acted: false },
            ["hang-after"] => Self::Hang { acted: true },
            ["expire"] => Self::Expire,
            [status, more @ ..] => {
                let status = status.parse().ok().filter(|status| (100..600).contains(status))?;
                let (mut retry_after, mut html, mut acted) = (None, false, false);
                for word in more {
                    match (*word, word.strip_prefix("retry-after=")) {
                        (_, Some(value)) => retry_after = Some(value.to_owned()),
                        ("html", None) => html = true,
                        ("after", None) => acted = true,
                        _ => return None,
                    }
                }
                Self::Answer { status, retry_after, html, acted }
            }
            [] => return None,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(system) = self.system {
            write!(out, "{system} ")?;
        }
        match &self.on {
            FaultTarget::Any => {}
            FaultTarget::Read => out.write_str("read ")?,
            FaultTarget::Write => out.write_str("write ")?,
            FaultTarget::Token => out.write_str("token ")?,
            FaultTarget::Body(text) => write!(out, "body={text} ")?,
            FaultTarget::Listing(path) => write!(out, "listing={path} ")?,
            FaultTarget::Route(method, path) if path.is_empty() => write!(out, "{method} ")?,
            FaultTarget::Route(method, path) => write!(out, "{method} {path} ")?,
        }
        match self.times {
            1 => write!(out, "#{} ", self.at)?,
            u32::MAX => write!(out, "#{}+ ", self.at)?,
            times => write!(out, "#{}x{times} ", self.at)?,
        }
        match &self.effect {
            FaultEffect::Drop { acted } => write!(out, "drop{}", if *acted { "-after" } else { "" }),
            FaultEffect::Cut => out.write_str("cut"),
            FaultEffect::Hang { acted } => write!(out, "hang{}", if *acted { "-after" } else { "" }),
            FaultEffect::Expire => out.write_str("expire"),
            FaultEffect::Edit(_) => out.write_str("edit"),
            FaultEffect::Answer { status, retry_after, html, acted } => {
                write!(out, "{status}")?;
                out.write_str(if *html { " html" } else { "" })?;
                if let Some(value) = retry_after {
                    write!(out, " retry-after={value}")?;
                }
                out.write_str(if *acted { " after" } else { "" })
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_parsed_and_printed_alike() {
        for text in [
            "#1 drop",
            "pf POST /v1/users #2 drop-after",
            "crm write #3x2 503 retry-after=1",
            "crm GET /users #1 403 html",
            "token #1+ 401",
            "pf body=<script> #1+ 403 html",
            "crm listing=/users #1 500",
            "read #4 hang",
            "pf PATCH #1 500 after",
            "pf POST #1 cut",
            "crm #7 expire",
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        assert_eq!("pf drop".parse::<Fault>().unwrap().to_string(), "pf #1 drop");
    }

    #[test]
    fn a_wrong_fault_names_its_mistake() {
        for (text, says) in [
            ("", "ends in no effect"),
            ("pf write", "ends in no effect"),
            ("crm /users 500", "`/users` needs a method"),
            ("crm write #0 500", "`#0` is not #K"),
            ("crm write 500 loudly", "ends in no effect"),
            ("crm 700", "ends in no effect"),
        ] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
