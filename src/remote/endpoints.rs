//! Hosts and keys. They come from the environment alone, since a pull request can change every file of the repository.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::retry::Timing;
use super::waits::WaitListener;
use crate::redact::Secrets;

/// Both systems' addresses and keys.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The CRM's.
    pub crm: CrmEndpoint,
    /// Property Finder's.
    pub pf: PfEndpoint,
    /// Where photos with an address are downloaded from instead of there; for a sandbox, which has no internet.
    pub photos: Option<BaseUrl>,
    /// How long requests may take; the defaults, unless a test shortens them.
    pub timing: Timing,
    /// Where long waits are announced; nowhere, unless a command sets it.
    pub waits: WaitListener,
    /// The keys above, and every token that is given for them.
    pub secrets: Arc<Secrets>,
}

/// The CRM's addresses and keys (docs/vendor-apis.md, "CRM: hosts").
#[derive(Clone, Debug)]
pub struct CrmEndpoint {
    /// Paths such as `/users` follow it.
    pub base: BaseUrl,
    /// The token call itself.
    pub token: BaseUrl,
    /// Where photos are uploaded: `/upload` follows it.
    pub upload: BaseUrl,
    /// `CRM_API_KEY` and `CRM_API_SECRET`.
    pub keys: Keys,
}

/// Property Finder's address and keys (docs/vendor-apis.md, "Property Finder: hosts").
#[derive(Clone, Debug)]
pub struct PfEndpoint {
    /// Paths such as `/v1/users` follow it.
    pub base: BaseUrl,
    /// The token call itself, where it is not at its usual path behind the base.
    pub token: Option<BaseUrl>,
    /// `PF_API_KEY` and `PF_API_SECRET`.
    pub keys: Keys,
}

/// An API key and its secret. `Debug` prints neither.
#[derive(Clone, Debug)]
pub struct Keys {
    pub key: SecretString,
    pub secret: SecretString,
}

/// A URL that requests may be sent to: https, or plain http to this machine; without credentials, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    /// The variable that sets it.
    variable: &'static str,
}

/// Why there is nothing to send requests to; one line a problem, each with its remedy and none with a value in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct EndpointsError {
    problems: Vec<String>,
}

const CRM_URL: (&str, &str) = ("ROSTER_CRM_URL", "https://api-v2.mycrm.com");
const CRM_TOKEN_URL: (&str, &str) = ("ROSTER_CRM_TOKEN_URL", "https://auth.propertyfinder.com/auth/oauth/v1/token");
const CRM_UPLOAD_URL: (&str, &str) = ("ROSTER_CRM_UPLOAD_URL", "https://api-upload.mycrm.com");
const PF_URL: (&str, &str) = ("ROSTER_PF_URL", "https://atlas.propertyfinder.com");
/// The whole URL of Property Finder's token call.
const PF_TOKEN_URL: &str = "ROSTER_PF_TOKEN_URL";

/// Behind it, the host and the path of a photo's address.
const PHOTO_URL: &str = "ROSTER_PHOTO_URL";

/// The exact lengths of Property Finder's key and secret (docs/vendor-apis.md, "Property Finder: token").
const PF_KEY_LENGTHS: [(&str, usize); 2] = [("PF_API_KEY", 40), ("PF_API_SECRET", 32)];

impl Endpoints {
    /// Reads the environment through `get`. A variable that is set but empty counts as not set, since that is what CI
    /// makes of a secret that is not there; white space around a value is dropped, since keys are pasted.
    ///
    /// # Errors
    /// All that is wrong or missing, at once.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, EndpointsError> {
        let read = EnvironmentReading::of(get);
        let mut problems = read.problems;
        if !read.missing.is_empty() {
            let problem = format!(
                "not set: {}; set them in the environment (in CI as secrets), or try `--sandbox`, which needs no keys",
                read.missing.join(", ")
            );
            problems.insert(0, problem);
        }
        match read.endpoints {
            Some(endpoints) if problems.is_empty() => Ok(endpoints),
            _ => Err(EndpointsError { problems }),
        }
    }
}

/// Both systems' addresses and keys, as far as the environment has them.
#[derive(Debug)]
pub(crate) struct EnvironmentReading {
    /// A key that is not set is empty here. None where an address is invalid.
    pub endpoints: Option<Endpoints>,
    /// The keys that are not set.
    pub missing: Vec<&'static str>,
    /// What is wrong with the variables that are set, without their values.
    pub problems: Vec<String>,
    /// Whether the keys of Property Finder are there and have its shape.
    pub pf_keys_fit: bool,
}

impl EnvironmentReading {
    /// Reads the environment, as [`Endpoints::from_env`] does.
    pub(crate) fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut environment = Environment { get, missing: Vec::new(), problems: Vec::new() };
        let (crm, pf) = (environment.crm(), environment.pf());
        let photos = environment.value(PHOTO_URL).map(|url| environment.url((PHOTO_URL, &url)));
        let photos_are_invalid = matches!(photos, Some(None));
        let endpoints = crm.zip(pf).filter(|_| !photos_are_invalid).map(|(crm, pf)| {
            let secrets = Arc::<Secrets>::default();
            for keys in [&crm.keys, &pf.keys] {
                secrets.learn_pair(&keys.key, &keys.secret);
            }
            let (timing, waits) = (Timing::default(), WaitListener::default());
            Endpoints { crm, pf, photos: photos.flatten(), timing, waits, secrets }
        });
        // Another server may have keys of another shape; the vendor's own are known to be refused, so this is reported now.
        let is_missing = PF_KEY_LENGTHS.iter().any(|(name, _)| environment.missing.contains(name));
        let pf =
            endpoints.as_ref().map(|endpoints| &endpoints.pf).filter(|pf| pf.base.is_vendors(PF_URL) && !is_missing);
        let odd = pf.and_then(PfEndpoint::odd_keys);
        let pf_keys_fit = odd.is_none() && !is_missing;
        let copy = |odd| format!("{odd}: copy both again from PF Expert, Developer Resources, API Credentials");
        environment.problems.extend(odd.map(copy));
        Self { endpoints, missing: environment.missing, problems: environment.problems, pf_keys_fit }
    }
}

impl PfEndpoint {
    /// The address of the token call, and the path behind it; `usual` is the path in the server's contract.
    #[must_use]
    pub(super) fn token_call(&self, usual: &'static str) -> (BaseUrl, &'static str) {
        self.token.clone().map_or_else(|| (self.base.clone(), usual), |token| (token, ""))
    }

    /// What is odd about the keys' shape, without their values: Property Finder's own have 40 and 32 characters.
    #[must_use]
    pub(crate) fn odd_keys(&self) -> Option<String> {
        let lengths = [&self.keys.key, &self.keys.secret].map(|secret| secret.expose_secret().chars().count());
        let odd: Vec<String> = PF_KEY_LENGTHS
            .iter()
            .zip(lengths)
            .filter(|((_, want), have)| want != have)
            .map(|((name, want), have)| format!("{name} has {have} characters, and Property Finder's have {want}"))
            .collect();
        (!odd.is_empty()).then(|| odd.join("; "))
    }
}

impl BaseUrl {
    /// Takes a text as a URL that may be asked.
    ///
    /// # Errors
    /// What is wrong with it, without the text itself, which may hold a password.
    pub(crate) fn parse(variable: &'static str, text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|error| format!("is not a URL ({error})"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user name or password: keys go into their own variables".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment (? or #), which a base address cannot have".to_owned());
        }
        let base = Self { url, variable };
        match base.url.scheme() {
            "https" => Ok(base),
            "http" if base.is_loopback() => Ok(base),
            "http" => {
                Err("is plain http to another machine, which would show the keys on the way: use https".to_owned())
            }
            other => Err(format!("has the scheme {other}: use https")),
        }
    }

    /// Whether it is on this machine: 127.0.0.0/8, `::1` or `localhost`.
    #[must_use]
    pub(crate) fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        }
    }

    /// The URL of a path behind this base; an empty path is the base itself.
    #[must_use]
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if !path.is_empty() {
            url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        }
        url
    }

    /// The host, and the port where it is not the usual one.
    #[must_use]
    pub(crate) fn place(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// What to check where the server does not know what it is asked for.
    #[must_use]
    pub(crate) fn may_be_wrong(&self) -> String {
        format!("the address may be wrong: check {}, which is {}", self.variable, self.url)
    }

    fn is_vendors(&self, variable: (&str, &str)) -> bool {
        Url::parse(variable.1).is_ok_and(|vendor| vendor.host() == self.url.host())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(out)
    }
}

/// The environment, and what was found wrong in it so far.
struct Environment<G> {
    get: G,
    missing: Vec<&'static str>,
    problems: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Environment<G> {
    fn crm(&mut self) -> Option<CrmEndpoint> {
        let (base, token) = (self.url(CRM_URL), self.url(CRM_TOKEN_URL));
        // A CRM at another address has its uploads there too: its token is not sent to the vendor's host.
        let elsewhere = base.as_ref().filter(|base| !base.is_vendors(CRM_URL)).map(ToString::to_string);
        let (name, usual) = CRM_UPLOAD_URL;
        let upload = self.url((name, elsewhere.as_deref().unwrap_or(usual)));
        let keys = self.keys("CRM_API_KEY", "CRM_API_SECRET");
        Some(CrmEndpoint { base: base?, token: token?, upload: upload?, keys })
    }

    fn pf(&mut self) -> Option<PfEndpoint> {
        let base = self.url(PF_URL);
        let token = self.value(PF_TOKEN_URL).map(|url| self.url((PF_TOKEN_URL, &url)));
        let keys = self.keys("PF_API_KEY", "PF_API_SECRET");
        // An address that is set and invalid is a problem, and not the usual address.
        let token = match token {
            None => None,
            Some(token) => Some(token?),
        };
        Some(PfEndpoint { base: base?, token, keys })
    }

    fn url(&mut self, (name, default): (&'static str, &str)) -> Option<BaseUrl> {
        let text = self.value(name).unwrap_or_else(|| default.to_owned());
        BaseUrl::parse(name, &text).map_err(|why| self.problems.push(format!("{name} {why}"))).ok()
    }

    /// A key that is not set is empty.
    fn keys(&mut self, key: &'static str, secret: &'static str) -> Keys {
        let mut take = |name| {
            let value = self.value(name);
            if value.is_none() {
                self.missing.push(name);
            }
            SecretString::from(value.unwrap_or_default())
        };
        Keys { key: take(key), secret: take(secret) }
    }

    fn value(&self, name: &str) -> Option<String> {
        let value = (self.get)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
