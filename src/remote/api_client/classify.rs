//! Classifies the last try of a call: a success, or which error it is.

use std::sync::atomic::Ordering;

use url::Url;

use super::ApiClient;
use crate::redact::Untrusted;
use crate::remote::api_request::ApiRequest;
use crate::remote::http_response::{HttpResponse, TryResult};
use crate::remote::remote_error::ErrorKind;
use crate::remote::retry::{ConnectFailure, RequestKind};

/// What is known of a call beside the answer to its last try.
pub(super) struct CallHistory {
    /// The server refuses the keys, not this request alone.
    pub(super) keys_refused: bool,
    /// The server's `Retry-After` is longer than a run waits.
    pub(super) postponed: Option<ErrorKind>,
}

/// The reply that explains the end of a call. A try that was late only because the request's time ended hides the reason of the
/// answer before it.
pub(super) fn last_answer(reply: TryResult, before: Option<TryResult>, earlier: Option<Untrusted>) -> TryResult {
    match (reply, before, earlier) {
        (TryResult::Late(_), Some(before), _) => before,
        (TryResult::Late(_), None, Some(said)) => TryResult::Lost(said),
        (reply, ..) => reply,
    }
}

impl ApiClient {
    /// Classifies the last try. A write that was sent without a clear answer may have been carried out, though it is safe
    /// to repeat.
    pub(super) fn classify(
        &self,
        call: &ApiRequest,
        reply: TryResult,
        history: CallHistory,
    ) -> Result<HttpResponse, ErrorKind> {
        let writes = call.kind.writes();
        let answer = match reply {
            TryResult::Lost(why) if writes => return Err(ErrorKind::Unknown(why)),
            TryResult::Late(why) if writes => return Err(ErrorKind::Late(why)),
            TryResult::NotSent(ConnectFailure::Refused | ConnectFailure::Lookup | ConnectFailure::Tls, why)
                if !self.reached.load(Ordering::Relaxed) =>
            {
                return Err(ErrorKind::Unreachable(why.followed_by(&format!("; {}", self.base.may_be_wrong()))));
            }
            TryResult::Lost(why) | TryResult::Late(why) | TryResult::NotSent(_, why) => {
                return Err(ErrorKind::Unreachable(why));
            }
            TryResult::Answered(answer) => answer,
        };
        let status = answer.status.as_u16();
        if answer.status.is_success() {
            return Ok(answer);
        }
        let said = answer.refusal(call.kind);
        match (status, history.postponed) {
            (300..400, _) => Err(ErrorKind::Refused { status, said: self.elsewhere(answer.location.as_deref()) }),
            (400..500, None) if call.kind == RequestKind::Token && status != 429 => {
                let wrong_address = matches!(status, 404 | 405 | 410) || answer.is_html();
                let remedy = if wrong_address { self.base.may_be_wrong() } else { call.remedy.clone() };
                Err(ErrorKind::Denied { status, said, remedy })
            }
            (401, _) if history.keys_refused => {
                let remedy = if answer.is_html() { self.base.may_be_wrong() } else { call.remedy.clone() };
                Err(ErrorKind::Denied { status, said, remedy })
            }
            (401 | 403, _) => Err(self.forbidden(call, &answer, said)),
            (404, _) if call.names_row => Err(ErrorKind::Missing(said)),
            (404, _) => Err(ErrorKind::Missing(said.followed_by(&format!("; {}", self.base.may_be_wrong())))),
            (429, Some(postponed)) => Err(postponed),
            (400..500, _) => Err(ErrorKind::Refused { status, said: said.followed_by(&answer.requested_wait()) }),
            // A gateway that did not wait reports nothing of what the server behind it still does.
            (504, _) if writes => Err(ErrorKind::Late(said.after("answered 504: "))),
            (_, _) if writes => Err(ErrorKind::Unknown(said.after(&format!("answered {status}: ")))),
            (_, Some(postponed)) => Err(postponed),
            (_, None) => Err(ErrorKind::ServerError { status, said }),
        }
    }

    /// One request that is not allowed. A page is not the system's own answer, and a key whose right was enough for
    /// another request of the same kind is not the reason.
    fn forbidden(&self, call: &ApiRequest, answer: &HttpResponse, said: Untrusted) -> ErrorKind {
        let page = answer.is_html();
        let proven = self.successes.evidence(call.kind, call.wants).of_this_kind > 0;
        let remedy = (!page && !proven).then(|| call.remedy.clone());
        ErrorKind::Forbidden { status: answer.status.as_u16(), said, remedy, page }
    }

    fn elsewhere(&self, location: Option<&str>) -> Untrusted {
        let target = location.and_then(|location| self.base.at("").join(location).ok());
        let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere").to_owned();
        let asked = format!(", which roster does not follow: check the address {}", self.base);
        Untrusted::from(host).after("it redirects to ").followed_by(&asked)
    }
}
