//! Photos: on the web, or in the repository.

use super::{InvalidValue, WebUrl, is_placeholder, text_value};

/// Where a photo is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Photo {
    /// A public HTTPS URL, which Property Finder downloads (docs/vendor-apis.md, "Property Finder: photos").
    Web(WebUrl),
    /// A file in the repository.
    File(RepositoryPath),
}

/// A path from the repository's root that cannot leave it: plain parts between forward slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPath(String);

text_value!(RepositoryPath, "path", { "pattern": "^[^/\\\\]" });

text_value!(Photo, "photo", { "pattern": "\\S" });

impl Photo {
    /// Takes a text as an address if it has a scheme, else as a path.
    ///
    /// # Errors
    /// When the address is not https, or the path could leave the repository.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.starts_with("http://") {
            let secure = text.replacen("http://", "https://", 1);
            return Err(InvalidValue::new("is not https")
                .help("Property Finder fetches photos over https:// only")
                .meant(WebUrl::parse(&secure).is_ok().then_some(secure)));
        }
        if Self::is_on_a_computer(text) {
            return Err(InvalidValue::new("is a file on a computer").help(Self::INTO_THE_REPOSITORY));
        }
        if text.contains("://") || text.starts_with("https:") {
            return WebUrl::parse(text).map(Self::Web);
        }
        let fault = |_| {
            InvalidValue::new("is neither an https:// address nor a path in the repository").help(
                "write the path from the repository's root with forward slashes, such as agents/photos/sara-khan.jpg; \
                 a path needs `photo_base_url` in roster.yaml",
            )
            .meant(Self::with_forward_slashes(text))
        };
        if is_placeholder(text) {
            return Err(InvalidValue::new("has a word for nothing as its value").help("remove the line"));
        }
        RepositoryPath::parse(text).map(Self::File).map_err(fault)
    }

    pub(crate) const ON_A_COMPUTER: &str = "this is a file on a computer";
    pub(crate) const INTO_THE_REPOSITORY: &str = "add the picture to the repository, and write its path, such as \
        agents/photos/sara-khan.jpg; a path needs `photo_base_url` in roster.yaml";

    /// Whether it is the path of a file that nobody else has.
    pub(crate) fn is_on_a_computer(text: &str) -> bool {
        text.starts_with("file:") || text.get(1..3).is_some_and(|drive| matches!(drive, ":\\" | ":/"))
    }

    /// A path as other systems write it, where it is one in the repository.
    fn with_forward_slashes(text: &str) -> Option<String> {
        let path = text.trim().replace('\\', "/");
        let path = path.trim_start_matches("./").trim_start_matches('/');
        (path != text && RepositoryPath::parse(path).is_ok()).then(|| path.to_owned())
    }

    /// The address or path as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Web(url) => url.as_str(),
            Self::File(path) => path.as_str(),
        }
    }
}

impl RepositoryPath {
    /// Takes a text as a path.
    ///
    /// # Errors
    /// When it is absolute, leaves the repository, or is not plain.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && part.trim() == part;
        let strange = |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if text.split('/').all(plain) && !text.contains(strange) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidValue::new("is not a path in the repository").help(
            "write it from the folder of roster.yaml with forward slashes, such as people/dubai; it cannot lead out",
        ))
    }

    /// The path as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_backslashes_and_an_address_without_encryption_are_suggested() {
        for (slip, meant) in [
            ("agents\\photos\\s.jpg", Some("agents/photos/s.jpg")),
            ("./agents/s.jpg", Some("agents/s.jpg")),
            ("http://example.ae/s.jpg", Some("https://example.ae/s.jpg")),
            ("C:\\Users\\s.jpg", None),
        ] {
            assert_eq!(Photo::parse(slip).err().and_then(|fault| fault.meant).as_deref(), meant, "{slip}");
        }
    }

    #[test]
    fn places() {
        for right in ["https://cdn.example.ae/s.jpg", "photos/sara.jpg", "صور/سارة.jpg", "a b/c.png"] {
            assert!(Photo::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "/etc/passwd",
            "../x.jpg",
            "a/../../x.jpg",
            "a//b.jpg",
            "C:\\x.jpg",
            "a\\b.jpg",
            "http://example.ae/s.jpg",
            "https:example.ae",
            "ftp://example.ae/x.jpg",
            "./x.jpg",
        ] {
            assert!(Photo::parse(wrong).is_err(), "{wrong}");
        }
    }
}
