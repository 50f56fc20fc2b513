//! Web addresses.

use url::{Host, Url};

use super::characters::{is_invisible, is_typographic_quote};
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
    /// When the text is not a web address, when a browser would repair it, or when it contains a user or password.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let plain = text.starts_with("https://") || text.starts_with("http://");
        let url = Url::parse(text).ok().filter(|_| plain);
        let url = url.ok_or_else(|| fault("is not a web address").meant(meant(text)))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidValue::new("carries a user name or password").help("remove the text before the @"));
        }
        let dotted = matches!(url.host(), Some(Host::Domain(host)) if host.trim_end_matches('.').contains('.'));
        if !dotted {
            return Err(fault("has no host name that others can reach"));
        }
        if text.contains(|c: char| c.is_whitespace() || c == '\\' || c.is_control()) {
            return Err(fault("contains a space or a backslash").meant(meant(text)));
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

/// The https:// address of a folder, to which paths are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebFolder(String);

text_value!(WebFolder, "web-folder", {
    "pattern": "^https://[^\\s/?#@]+\\.[^\\s@?#]+$",
    "patternErrorMessage": "not the https:// address of a folder"
});

impl WebFolder {
    /// Takes a text as the address of a folder.
    ///
    /// # Errors
    /// When it is not a web address, not https, or has a part that a path cannot be added to.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        WebUrl::parse(text)?;
        if let Some(rest) = text.strip_prefix("http://") {
            let help = "Property Finder downloads photos from https:// addresses alone";
            return Err(InvalidValue::new("is an http:// address").help(help).meant(Some(format!("https://{rest}"))));
        }
        match text.split_once(['?', '#']) {
            None => Ok(Self(text.to_owned())),
            Some((folder, _)) => Err(InvalidValue::new("has a ? or a #, behind which no path can be added")
                .help("write the address of the folder alone")
                .meant(Some(folder.to_owned()))),
        }
    }

    /// The address as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address that was meant: with `https://`, and without what was pasted around it.
fn meant(text: &str) -> Option<String> {
    let text = text.split_once("](").map_or(text, |(_, address)| address);
    let bare = text.trim_matches(|c: char| {
        c.is_whitespace() || "<>()[],;\"'`".contains(c) || is_invisible(c) || is_typographic_quote(c)
    });
    let bare = bare.replace('\\', "/");
    let lower = bare.to_lowercase();
    let address = if lower.starts_with("https://") || lower.starts_with("http://") {
        let (scheme, rest) = bare.split_once("://")?;
        format!("{}://{rest}", scheme.to_lowercase())
    } else if lower.starts_with("www.") || lower.contains(".com/") {
        format!("https://{bare}")
    } else {
        return None;
    };
    let whole = address.replace(' ', "%20");
    Some(whole).filter(|whole| whole != text && WebUrl::parse(whole).is_ok())
}

fn fault(message: &'static str) -> InvalidValue {
    InvalidValue::new(message)
        .help("write the whole address as the browser shows it, such as https://www.example.com/sara")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_an_https_address_without_query_and_fragment() {
        assert!(WebFolder::parse("https://cdn.example.ae/people").is_ok());
        for (slip, meant) in [
            ("http://cdn.example.ae/people", "https://cdn.example.ae/people"),
            ("https://cdn.example.ae/people?key=7", "https://cdn.example.ae/people"),
            ("https://cdn.example.ae/people#a", "https://cdn.example.ae/people"),
        ] {
            assert_eq!(WebFolder::parse(slip).err().and_then(|fault| fault.meant).as_deref(), Some(meant), "{slip}");
        }
    }

    #[test]
    fn an_address_without_its_scheme_or_with_something_around_it_is_suggested() {
        for slip in [
            "www.linkedin.com/in/sara",
            "linkedin.com/in/sara",
            "<https://www.linkedin.com/in/sara>",
            "HTTPS://www.linkedin.com/in/sara",
        ] {
            let meant = WebUrl::parse(slip).err().and_then(|fault| fault.meant).unwrap_or_default();
            assert!(meant.starts_with("https://") && meant.ends_with("linkedin.com/in/sara"), "{slip}: {meant}");
        }
        assert_eq!(meant("https://example.com/a b.jpg").as_deref(), Some("https://example.com/a%20b.jpg"));
        for slip in ["sara-khan", "javascript:alert(1)", ""] {
            assert_eq!(meant(slip), None, "{slip}");
        }
    }

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
