//! Web addresses.

use url::{Host, Url};

use super::{InvalidValue, text_value};

/// A web address that every visitor can open: https (or http), a host with a dot, no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

text_value!(WebUrl, "web-url", {
    "pattern": "^https?://[^\\s/?#@]+\\.[^\\s@]+$",
    "patternErrorMessage": "not a web address that starts with https://"
});

impl WebUrl {
    /// Takes a text as a web address.
    ///
    /// # Errors
    /// When it is none, when it would be repaired before it is opened, or when it carries a user or password.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let plain = text.starts_with("https://") || text.starts_with("http://");
        let url = Url::parse(text).ok().filter(|_| plain);
        let url = url.ok_or_else(|| fault("is not a web address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidValue::new("carries a user name or password").help("remove the text before the @"));
        }
        let dotted = matches!(url.host(), Some(Host::Domain(host)) if host.trim_end_matches('.').contains('.'));
        if !dotted {
            return Err(fault("has no host name that others can reach"));
        }
        if text.contains(|c: char| c.is_whitespace() || c == '\\' || c.is_control()) {
            return Err(fault("contains a space or a backslash"));
        }
        if text.get(..=url.scheme().len() + 3).is_some_and(|start| start.ends_with('/')) {
            return Err(fault("has too many slashes before the host"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn fault(message: &'static str) -> InvalidValue {
    InvalidValue::new(message)
        .help("write the whole address as the browser shows it, such as https://www.example.com/sara")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for right in [
            "https://www.linkedin.com/in/sara-khan",
            "http://example.ae",
            "https://cdn.example.ae/a%20b.jpg?x=1@2",
            "https://مثال.إختبار/x",
        ] {
            assert!(WebUrl::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "linkedin.com/in/sara",
            "ftp://example.ae",
            "https:x.y",
            "https:///x.y",
            "https://",
            "https://localhost/x",
            "https://127.0.0.1/x",
            "https://a:b@example.ae",
            "https://exa mple.ae",
            "javascript:alert(1)",
            " https://example.ae",
            "https://example.ae\\x",
        ] {
            assert!(WebUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
