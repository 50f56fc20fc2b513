//! One call to one server, with its retries, until it is answered or given up.
//!
//! Requests go to this one server only. It follows no redirect, so that a token goes to the host it was made for.

mod classify;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderName};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use classify::{CallHistory, last_answer};

use super::RemoteError;
use super::answer_times::AnswerTimes;
use super::api_request::{ApiRequest, Probe, RequestBody};
use super::authorization::{Authorization, Credentials};
use super::endpoints::{BaseUrl, Endpoints};
use super::http_connection::HttpConnection;
use super::http_response::{HttpResponse, TryResult};
use super::rate_limiter::{Permit, Permits, RateLimiter};
use super::remote_error::{EarlierTries, ErrorKind};
use super::retry::{self, Attempt, ConnectFailure, RequestKind, RetryBudget, RetryDecision, Timing};
use super::success_counts::SuccessCounts;
use super::waits::{self, Waits};
use crate::model::record::System;
use crate::model::server_facts::ServerFacts;
use crate::redact::{Secrets, Untrusted, lenient_text};

/// One server: how it is connected to and how fast it may be asked.
#[derive(Debug)]
pub(super) struct ApiClient {
    pub(super) system: System,
    connection: HttpConnection,
    base: BaseUrl,
    limiter: RateLimiter,
    timing: Timing,
    waits: Waits,
    successes: SuccessCounts,
    /// Whether the server has answered anything.
    reached: AtomicBool,
    answer_times: AnswerTimes,
    /// Why nothing more is sent in this run.
    closed: OnceLock<String>,
    /// Secrets to mask in messages.
    secrets: Arc<Secrets>,
    /// The header in which the server warns about a request, where it has one.
    warning: Option<HeaderName>,
    /// A cheap read that shows whether the server still accepts the keys.
    probe: Option<Probe>,
    /// The warnings of the server, oldest first, each once.
    warnings: Mutex<Vec<Untrusted>>,
}

/// A server that warns at every request is not to fill the memory.
const MOST_WARNINGS: usize = 100;

impl ApiClient {
    /// Prepares the connection to a server; nothing is sent yet.
    pub(super) fn new(
        system: System,
        base: BaseUrl,
        limiter: RateLimiter,
        headers: HeaderMap,
        endpoints: &Endpoints,
    ) -> Result<Self, RemoteError> {
        let timing = endpoints.timing;
        let connection = HttpConnection::new(&base, timing, headers)
            .map_err(|why| RemoteError::new(system, "preparing the connection", ErrorKind::Unreachable(why.into())))?;
        Ok(Self {
            system,
            connection,
            base,
            limiter,
            timing,
            waits: Waits::new(endpoints.waits.clone()),
            successes: SuccessCounts::default(),
            reached: AtomicBool::new(false),
            answer_times: AnswerTimes::default(),
            closed: OnceLock::new(),
            secrets: Arc::clone(&endpoints.secrets),
            warning: None,
            probe: None,
            warnings: Mutex::default(),
        })
    }

    /// Keeps the warning of this header.
    pub(super) fn noting(self, warning: HeaderName) -> Self {
        Self { warning: Some(warning), ..self }
    }

    /// Sends this read before a refusal with 401 closes the system: the keys are refused only if it is refused too.
    pub(super) fn probing(self, path: &'static str, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { probe: Some(Probe { path, query }), ..self }
    }

    /// Takes note of a token before it is used.
    pub(super) fn learn(&self, token: &SecretString) {
        self.secrets.learn(token);
    }

    /// Takes permits of the rate limit for so many requests together.
    pub(super) async fn reserve(&self, requests: usize) -> Permits<'_> {
        self.announcing(self.limiter.reserve(requests)).await
    }

    /// Whether the rate limit lets a request through at once.
    pub(super) fn has_free_permit(&self) -> bool {
        self.limiter.has_free_permit()
    }

    /// Waits for a permit, and announces a long wait.
    async fn announcing<T>(&self, taking: impl Future<Output = T>) -> T {
        let mut taking = pin!(taking);
        loop {
            if let Ok(taken) = tokio::time::timeout(waits::LONG, &mut taking).await {
                return taken;
            }
            let free_at = self.limiter.next_permit().filter(|free_at| *free_at > Instant::now());
            if let Some(free_at) = free_at {
                self.waits.for_permit(free_at.saturating_duration_since(Instant::now()), &self.base.place());
            }
        }
    }

    /// No permits: each request waits for its own.
    pub(super) fn no_permits(&self) -> Permits<'_> {
        self.limiter.no_permits()
    }

    /// Sends a call until it is answered with a success or must be given up.
    pub(super) async fn send(
        &self,
        call: &ApiRequest,
        credentials: &impl Credentials,
    ) -> Result<HttpResponse, RemoteError> {
        self.send_with(&mut self.no_permits(), call, credentials).await
    }

    /// As [`send`](Self::send), with permits that are held already.
    pub(super) async fn send_with(
        &self,
        permits: &mut Permits<'_>,
        call: &ApiRequest,
        credentials: &impl Credentials,
    ) -> Result<HttpResponse, RemoteError> {
        let sent = self.tries(permits, call, credentials).await;
        match &sent {
            Ok(_) => self.successes.success(call.kind, call.wants),
            Err(error) => {
                if let Some(why) = error.what.closes().filter(|_| call.kind != RequestKind::Optional) {
                    self.close(why);
                }
            }
        }
        sent
    }

    /// Whether the keys are refused, not this request alone: nothing has succeeded since the token was renewed, and the
    /// server refuses the probe too. Where the probe gets no answer nothing is known, and the next request decides.
    async fn keys_are_refused(
        &self,
        permits: &mut Permits<'_>,
        call: &ApiRequest,
        at_renewal: u64,
        credentials: &impl Credentials,
    ) -> bool {
        let alone = self.successes.evidence(call.kind, call.wants).of_any_kind == at_renewal;
        // The probe and the token call need no right, and decide by themselves.
        let Some(probe) = self.probe.as_ref().filter(|_| call.wants.is_some()) else { return alone };
        if !alone || call.kind == RequestKind::Optional {
            return false;
        }
        let probe = probe.request();
        // The request has ended, and the probe may wait for the permits that it did not use.
        permits.give_back();
        // Boxed, since `tries` and this function call each other. That is rare.
        match Box::pin(self.tries(&mut self.no_permits(), &probe, credentials)).await {
            Ok(_) => {
                self.successes.success(probe.kind, probe.wants);
                false
            }
            Err(error) => error.what.closes().is_some(),
        }
    }

    /// Why nothing more is sent in this run, if the server or its refusal of the keys has ended it.
    pub(super) fn closed(&self) -> Option<&str> {
        self.closed.get().map(String::as_str)
    }

    fn close(&self, why: String) {
        // The first reason is the one that ended it.
        let _ = self.closed.set(why);
    }

    /// The last error of a write whose earlier try may have been carried out. An error that closes the system still closes it.
    fn lost_earlier(&self, error: RemoteError) -> RemoteError {
        error.what.closes().into_iter().for_each(|why| self.close(why));
        error.after_a_lost_try()
    }

    async fn tries(
        &self,
        permits: &mut Permits<'_>,
        call: &ApiRequest,
        credentials: &impl Credentials,
    ) -> Result<HttpResponse, RemoteError> {
        let EarlierTries { lost: mut lost_before, mut spent, answer: earlier_answer } = permits.take_earlier();
        let mut waits = self.timing.waits();
        let mut at_renewal = 0;
        let mut answer_before = None;
        loop {
            let (permit, authorization, number) = match self.ready(permits, call, credentials).await {
                Ok(Some(ready)) => ready,
                Ok(None) => {
                    let before = answer_before.map(|reply: TryResult| reply.said(call.kind));
                    let earlier = EarlierTries { lost: lost_before, spent, answer: before.or(earlier_answer) };
                    return Err(self.error_of(call, ErrorKind::Outdated(Box::new(earlier))));
                }
                Err(error) if lost_before && call.kind.writes() => return Err(self.lost_earlier(error)),
                Err(error) => return Err(error),
            };
            let started = Instant::now();
            let (limit, cut_short) = self.time_for_next_try(call.kind, &spent);
            let reply = self.send_once(call, &authorization, limit).await;
            let happened = reply.happened();
            let refused = matches!(happened, Attempt::Answered { status: 429, .. });
            if !refused {
                spent.time += started.elapsed();
            }
            spent.reached = self.reached.load(Ordering::Relaxed);
            spent.paused_in_run = self.limiter.paused();
            let own_wait = waits.next().unwrap_or(self.timing.longest_wait);
            let next = retry::next(call.kind, happened, &spent, own_wait, &self.timing);
            match next {
                // The limiter delays each call from here on, this one included.
                RetryDecision::Pause(asked) => {
                    if let Some(wait) = permit.refused(asked) {
                        self.waits.begin(wait, &self.base.place(), &reply.reason());
                    }
                }
                _ if matches!(happened, Attempt::Answered { .. }) && !refused => permit.accepted(),
                _ => drop(permit),
            }
            match next {
                RetryDecision::GiveUp | RetryDecision::CloseSystem => {
                    let keys_refused = matches!(happened, Attempt::Answered { status: 401, .. })
                        && self.keys_are_refused(permits, call, at_renewal, credentials).await;
                    let postponed = (next == RetryDecision::CloseSystem).then(|| self.postponed(call.kind, &reply));
                    let reply = if cut_short { last_answer(reply, answer_before, earlier_answer) } else { reply };
                    let history = CallHistory { keys_refused, postponed };
                    let is_lost = lost_before && call.kind.writes();
                    let ended = self.give_up(call, reply, history);
                    return ended.map_err(|error| if is_lost { self.lost_earlier(error) } else { error });
                }
                RetryDecision::Pause(asked) => {
                    spent.pauses += 1;
                    spent.asked += asked.unwrap_or_default();
                }
                RetryDecision::RenewToken => {
                    spent.renewed = true;
                    at_renewal = self.successes.evidence(call.kind, call.wants).of_any_kind;
                    credentials.discard(number).await;
                }
                RetryDecision::Wait(wait) => {
                    lost_before |= !matches!(happened, Attempt::NotSent(_));
                    spent.time += own_wait;
                    spent.asked += wait.saturating_sub(own_wait);
                    self.waits.begin(wait, &self.base.place(), &reply.reason());
                    answer_before = Some(reply).filter(|reply| matches!(reply, TryResult::Answered(_)));
                    sleep(wait).await;
                }
            }
        }
    }

    /// The end of a call that is not tried again.
    fn give_up(&self, call: &ApiRequest, reply: TryResult, history: CallHistory) -> Result<HttpResponse, RemoteError> {
        if let Some(why) = history.postponed.as_ref().and_then(ErrorKind::closes) {
            self.close(why);
        }
        self.classify(call, reply, history).map_err(|what| self.error_of(call, what))
    }

    /// A permit of the rate limit, and then what the request shows: a token that is taken before a long wait for the permit
    /// expires during that wait. Nothing where the row that a write rests on was read too long ago.
    async fn ready<'s>(
        &self,
        permits: &mut Permits<'s>,
        call: &ApiRequest,
        credentials: &impl Credentials,
    ) -> Result<Option<(Permit<'s>, Authorization, u64)>, RemoteError> {
        let permit = self.announcing(permits.next()).await;
        if let Some(why) = self.closed() {
            permit.unused();
            return Err(self.error_of(call, ErrorKind::NotSent(why.to_owned())));
        }
        match credentials.show().await {
            // Last, since the token call may take long.
            Ok(_) if permits.are_outdated() => {
                permit.unused();
                Ok(None)
            }
            Ok((authorization, number)) => {
                if let Authorization::Bearer(token) = &authorization {
                    self.learn(token);
                }
                Ok(Some((permit, authorization, number)))
            }
            Err(error) => {
                permit.unused();
                Err(error)
            }
        }
    }

    /// How long the next try may take, and whether the end of the request's time makes that shorter.
    fn time_for_next_try(&self, kind: RequestKind, spent: &RetryBudget) -> (Duration, bool) {
        let one_try = match kind {
            RequestKind::Optional => self.timing.optional,
            RequestKind::Upload => self.timing.upload,
            _ => self.timing.one_try,
        };
        let left = self.timing.of_request(kind).saturating_sub(spent.time);
        (one_try.min(left), left < one_try)
    }

    /// The error for a server that asks for a pause longer than a run waits.
    fn postponed(&self, kind: RequestKind, reply: &TryResult) -> ErrorKind {
        let (status, asked, said) = match reply {
            TryResult::Answered(answer) => (answer.status.as_u16(), answer.retry_after, answer.refusal(kind)),
            _ => (429, None, Untrusted::from("")),
        };
        let until = match asked.filter(|asked| *asked > retry::LONGEST_WAIT) {
            Some(asked) => retry::until(SystemTime::now(), asked),
            None => format!("later, after pauses of {} minutes in this run", self.limiter.paused().as_secs() / 60),
        };
        ErrorKind::Postponed { status, until, said }
    }

    fn error_of(&self, call: &ApiRequest, what: ErrorKind) -> RemoteError {
        RemoteError { evidence: self.successes.evidence(call.kind, call.wants), ..self.error(&call.doing, what) }
    }

    /// What went wrong here, for people.
    pub(super) fn error(&self, doing: &str, what: ErrorKind) -> RemoteError {
        RemoteError::new(self.system, &format!("{doing} at {}", self.base.place()), what)
    }

    /// What is known of the server beside the content of its answers.
    pub(super) fn facts(&self) -> ServerFacts {
        let (latency, clock_ahead) = self.answer_times.seen();
        let limit_headers = self.answer_times.limit_headers();
        let proxy = self.connection.proxy.clone();
        ServerFacts { place: self.base.place(), proxy, latency, clock_ahead, limit_headers }
    }

    /// The warnings since this was last asked.
    pub(super) fn take_warnings(&self) -> Vec<Untrusted> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn send_once(&self, call: &ApiRequest, authorization: &Authorization, limit: Duration) -> TryResult {
        let mut url = self.base.at(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = self.connection.client.request(call.method.clone(), url).timeout(limit);
        let request = authorization.put_on(request);
        let request = match &call.body {
            Some(RequestBody::Json(body)) => request.json(body),
            Some(RequestBody::File(file)) => match file.form() {
                Ok(form) => request.multipart(form),
                Err(error) => return TryResult::NotSent(ConnectFailure::Other, self.connection.explain(error)),
            },
            None => request,
        };
        let sent = Instant::now();
        match request.send().await {
            Ok(response) => {
                self.reached.store(true, Ordering::Relaxed);
                self.answer_times.note(sent.elapsed(), response.headers());
                self.note_warnings(response.headers());
                match HttpResponse::read(response).await {
                    Ok(answer) => TryResult::Answered(answer),
                    Err(error) => self.lost(error),
                }
            }
            Err(error) if error.is_connect() || error.is_builder() => {
                TryResult::NotSent(self.connection.cause(&error), self.connection.explain(error))
            }
            Err(error) => self.lost(error),
        }
    }

    /// It was sent, or may have been, and no whole answer came back.
    fn lost(&self, error: reqwest::Error) -> TryResult {
        let late = error.is_timeout();
        let why = self.connection.explain(error);
        if late { TryResult::Late(why) } else { TryResult::Lost(why) }
    }

    fn note_warnings(&self, headers: &HeaderMap) {
        let Some(name) = &self.warning else { return };
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for value in headers.get_all(name).iter().filter(|value| !value.is_empty()) {
            let warning = Untrusted::from(lenient_text(value.as_bytes()));
            if warnings.len() < MOST_WARNINGS && !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
}
