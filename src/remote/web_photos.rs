//! Downloads of photos that a file names by their address, so that they can be uploaded to the CRM.
//!
//! Whoever writes an agent's file chooses the address. So the request carries no key, and nothing of this machine or of its
//! network answers it: the host must have a public address, and a redirect is followed on the same host alone. What comes
//! back is read up to a limit and is never shown. No proxy is used: it would look the host up itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode};
use url::{Host, Url};

use super::endpoints::{BaseUrl, Endpoints};
use super::http_connection::tls;
use crate::model::picture::LARGEST;

/// Downloads photos from their addresses.
#[derive(Clone, Debug)]
pub struct WebPhotos {
    client: Client,
    /// The wait before the first retry.
    first_wait: Duration,
    /// Where everything is downloaded from instead.
    instead: Option<BaseUrl>,
}

/// Why a photo was not downloaded. It holds no part of the address, which may be private.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebPhotoError {
    /// The address is not one that is asked.
    #[error("is not at a public https:// address")]
    NotPublic,
    /// The server sends the request on to another host, or too often.
    #[error("is at an address that redirects to another host")]
    Redirects,
    /// The server answered something else.
    #[error("could not be downloaded: its server answered {0}")]
    Status(u16),
    /// It has no end, or is no photo.
    #[error("is larger than 15 MB")]
    TooLarge,
    /// There was no whole answer.
    #[error("could not be downloaded: {0}")]
    Unreachable(&'static str),
    /// There was no whole answer in time.
    #[error("could not be downloaded: its server did not answer in time")]
    Late,
    /// Its server is not asked any more in this run.
    #[error("was not downloaded: its server did not answer several requests in a row")]
    GivenUp,
}

impl WebPhotoError {
    /// What to do about it.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::NotPublic => "name an address that everybody can open, or put the picture into the repository",
            Self::Redirects => "write the address that it leads to",
            Self::Status(404 | 410) => "name the address at which the photo is, or put the picture into the repository",
            Self::Status(_) | Self::Unreachable(_) | Self::Late | Self::GivenUp => {
                "see whether a browser opens it, then apply again; it is downloaded without a proxy"
            }
            Self::TooLarge => "save the photo in a smaller size",
        }
    }

    /// Whether a server cannot be used at the moment.
    pub(crate) const fn is_outage(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Late | Self::Status(429 | 500 | 502..=504))
    }

    /// Whether the same request may be answered a moment later. A server that is slow is not asked twice.
    const fn may_pass(&self) -> bool {
        self.is_outage() && !matches!(self, Self::Late)
    }
}

/// From the first byte of the request to the last one of the answer.
const LONGEST: Duration = Duration::from_secs(30);

/// So often a download is tried again.
const MOST_RETRIES: usize = 2;

/// So many redirects are followed on one host.
const MOST_REDIRECTS: usize = 3;

impl WebPhotos {
    /// Prepares to download; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints) -> Result<Self, String> {
        let instead = endpoints.photos.clone();
        let headers =
            HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("image/jpeg, image/png, image/webp"))]);
        let builder = Client::builder()
            .tls_backend_preconfigured(tls().map_err(|error| error.to_string())?)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(Policy::custom(
                |attempt| if is_same_origin(&attempt) { attempt.follow() } else { attempt.stop() },
            ))
            .connect_timeout(endpoints.timing.connect)
            .timeout(LONGEST)
            .no_proxy();
        let builder = if instead.is_some() { builder } else { builder.dns_resolver(Arc::new(PublicHosts)) };
        let client = builder.build().map_err(|error| error.without_url().to_string())?;
        Ok(Self { client, first_wait: endpoints.timing.first_wait, instead })
    }

    /// The bytes at an address.
    ///
    /// # Errors
    /// When the address is not public, or does not answer with at most the size of a photo.
    pub async fn download(&self, address: &str) -> Result<Vec<u8>, WebPhotoError> {
        let url = Url::parse(address).ok().filter(|url| url.scheme() == "https").ok_or(WebPhotoError::NotPublic)?;
        let url = match (&self.instead, url.host()) {
            (Some(base), Some(host)) => base.at(&format!("/{host}{}", url.path())),
            (None, Some(Host::Domain(_))) => url,
            (None, Some(Host::Ipv4(address))) if is_public(address.into()) => url,
            (None, Some(Host::Ipv6(address))) if is_public(address.into()) => url,
            (_, _) => return Err(WebPhotoError::NotPublic),
        };
        let retries = ExponentialBuilder::default().with_min_delay(self.first_wait).with_max_times(MOST_RETRIES);
        let download = || self.download_once(url.clone());
        download.retry(retries).sleep(tokio::time::sleep).when(WebPhotoError::may_pass).await
    }

    async fn download_once(&self, url: Url) -> Result<Vec<u8>, WebPhotoError> {
        let mut response = self.client.get(url).send().await.map_err(|error| unreachable(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(WebPhotoError::Redirects),
            status => return Err(WebPhotoError::Status(status.as_u16())),
        }
        let mut content = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            content.extend_from_slice(&chunk);
            if content.len() as u64 > LARGEST {
                return Err(WebPhotoError::TooLarge);
            }
        }
        Ok(content)
    }
}

/// Whether a redirect stays at the host, and the protocol, that was asked first.
fn is_same_origin(attempt: &Attempt<'_>) -> bool {
    let origin = attempt.previous().first().map(Url::origin);
    attempt.previous().len() <= MOST_REDIRECTS && origin == Some(attempt.url().origin())
}

fn unreachable(error: &reqwest::Error) -> WebPhotoError {
    let mut causes = std::iter::successors(std::error::Error::source(error), |error| (*error).source());
    if causes.any(|cause| cause.downcast_ref::<NotPublic>().is_some()) {
        return WebPhotoError::NotPublic;
    }
    if error.is_timeout() {
        return WebPhotoError::Late;
    }
    WebPhotoError::Unreachable(match error {
        error if error.is_connect() => "there is no connection to its server",
        _ => "the connection broke",
    })
}

/// Looks up hosts, and leaves out every address that is not public.
#[derive(Debug)]
struct PublicHosts;

/// A host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
struct NotPublic;

impl Resolve for PublicHosts {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: io::Result<Vec<SocketAddr>> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map(Iterator::collect);
            let public: Vec<SocketAddr> = found?.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // Of this network, shared (RFC 6598), for protocols, of 6to4 relays, for benchmarks, multicast, reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // An address of the other protocol: mapped, translated (RFC 6052), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            embedded(high, low)
        }
        // For protocols (Teredo, benchmarks, identifiers), and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // The only block that is given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        let public = [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "198.17.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ];
        let special = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "192.88.99.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "3fff::1",
            "::127.0.0.1",
        ];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in special {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
