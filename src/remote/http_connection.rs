//! How a server is connected to: TLS, the proxy where one is set, and what went wrong below HTTP.

use std::env;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Client;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;

use super::endpoints::BaseUrl;
use super::retry::{ConnectFailure, Timing};
use crate::model::server_facts::ProxyInUse;
use crate::redact::Untrusted;

/// An idle connection is not used again after this: many servers close theirs after 5 s, and a request that meets the
/// closing is lost, which for a create means looking before trying again.
const IDLE: Duration = Duration::from_secs(4);

/// The connection to one server.
#[derive(Debug)]
pub(super) struct HttpConnection {
    pub(super) client: Client,
    pub(super) proxy: Option<ProxyInUse>,
}

impl HttpConnection {
    /// Prepares it; nothing is sent yet.
    pub(super) fn new(base: &BaseUrl, timing: Timing, mut headers: HeaderMap) -> Result<Self, String> {
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let builder = Client::builder()
            .tls_backend_preconfigured(tls().map_err(|error| error.to_string())?)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // A redirect is refused: a token goes only to the host that it was made for.
            .redirect(Policy::none())
            .connect_timeout(timing.connect)
            .pool_idle_timeout(IDLE);
        // This machine is never asked through a proxy, whatever the environment sets.
        let (builder, proxy) = if base.is_loopback() { (builder.no_proxy(), None) } else { (builder, proxy(base)) };
        let client = builder.build().map_err(|error| error.without_url().to_string())?;
        Ok(Self { client, proxy })
    }

    /// What went wrong below HTTP, without the URL, whose query may hold an e-mail address.
    pub(super) fn explain(&self, error: reqwest::Error) -> Untrusted {
        let through =
            self.proxy.as_ref().map(|proxy| format!(" through the proxy {}", proxy.place)).unwrap_or_default();
        if error.is_timeout() {
            return Untrusted::from(format!("no answer in time{through}"));
        }
        let error = error.without_url();
        let deepest = chain(&error).last().map(ToString::to_string).unwrap_or_default();
        let what = if error.is_connect() { "no connection" } else { "the connection broke" };
        Untrusted::from(deepest).after(&format!("{what}{through}: "))
    }

    /// Why there was no connection.
    pub(super) fn cause(&self, error: &reqwest::Error) -> ConnectFailure {
        if let Some(cause) = chain(error).find_map(cause) {
            return cause;
        }
        // A proxy that answers, and does not connect, refuses.
        if self.proxy.is_some() && !error.is_timeout() { ConnectFailure::Refused } else { ConnectFailure::Other }
    }
}

/// The cause that an error is by itself, or the one inside it: `source` passes over what an I/O error wraps.
fn cause(error: &(dyn Error + 'static)) -> Option<ConnectFailure> {
    if error.is::<rustls::Error>() {
        return Some(ConnectFailure::Tls);
    }
    let error = error.downcast_ref::<io::Error>()?;
    if let Some(inner) = error.get_ref().and_then(|inner| cause(inner)) {
        return Some(inner);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(ConnectFailure::Refused),
        // The standard library has no kind for it.
        _ if error.to_string().starts_with("failed to lookup address information") => Some(ConnectFailure::Lookup),
        _ if error.raw_os_error().is_some() => Some(ConnectFailure::Other),
        _ => None,
    }
}

/// An error and everything below it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The proxy that the environment (or the system) sets for this server, by the same rules as the client's own.
fn proxy(base: &BaseUrl) -> Option<ProxyInUse> {
    let uri: Uri = base.at("").as_str().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&uri)?;
    let host = proxy.uri().host()?;
    let place = proxy.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Some(ProxyInUse { place, variable: proxy_variable(|name| env::var(name).ok()) })
}

/// The variable that names the proxy for HTTPS: that of the protocol, and where it names none, that of all protocols.
fn proxy_variable(get: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let first = |names: [&'static str; 2]| {
        let (name, value) = names.into_iter().find_map(|name| Some((name, get(name)?)))?;
        (!value.trim().is_empty()).then_some(name)
    };
    first(["HTTPS_PROXY", "https_proxy"]).or_else(|| first(["ALL_PROXY", "all_proxy"]))
}

/// TLS with the roots that are built in, so that it works on a machine without a store of certificates.
pub(super) fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is set, and the variable that counts.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn the_variable_of_the_proxy_is_the_one_that_the_client_uses() {
        let table: [Case<'_>; 6] = [
            (&[], None),
            (&[("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", "http://q:1")], Some("HTTPS_PROXY")),
            (&[("https_proxy", "http://p:1")], Some("https_proxy")),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "http://p:1")], None),
            (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://p:1")], Some("ALL_PROXY")),
            (&[("HTTP_PROXY", "http://p:1"), ("all_proxy", "http://q:1")], Some("all_proxy")),
        ];
        for (set, want) in table {
            let get = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(proxy_variable(get), want, "{set:?}");
        }
    }
}
