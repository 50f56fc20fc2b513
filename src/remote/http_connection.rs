//! How a server is connected to: TLS, the proxy where one is set, and what went wrong below HTTP.

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
use crate::redact::Untrusted;

/// An idle connection is not used again after this: many servers close theirs after 5 s, and a request that meets the
/// closing is lost, which for a create means looking before trying again.
const IDLE: Duration = Duration::from_secs(4);

/// The way to one server.
#[derive(Debug)]
pub(super) struct HttpConnection {
    pub(super) client: Client,
    /// Host and port of the proxy that requests go through.
    proxy: Option<String>,
}

impl HttpConnection {
    /// Prepares it; nothing is sent yet.
    pub(super) fn new(base: &BaseUrl, timing: Timing, mut headers: HeaderMap) -> Result<Self, String> {
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let builder = Client::builder()
            .tls_backend_preconfigured(tls().map_err(|error| error.to_string())?)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
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
        let through = self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
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

/// The proxy that the environment (or the system) sets for this server, by the same rules as the client's own, and without
/// the user name and password that its URL may hold.
fn proxy(base: &BaseUrl) -> Option<String> {
    let uri: Uri = base.at("").as_str().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&uri)?;
    let host = proxy.uri().host()?;
    Some(proxy.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
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
