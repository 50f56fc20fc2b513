//! E-mail addresses.

use std::borrow::Cow;

use email_address::{EmailAddress, Error, Options};

use super::characters::{is_invisible, is_typographic_quote};
use super::{InvalidValue, text_value};

/// A bare e-mail address whose host has a dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

text_value!(Email, "email", {});

impl Email {
    /// Takes a text as an address.
    ///
    /// # Errors
    /// When it is not an address, or carries a display name, or its host is a number or has no dot.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        match EmailAddress::parse_with_options(text, options) {
            Ok(_) if text.chars().any(|c| c.is_whitespace() || c.is_control()) => Err(fault("it contains a space")),
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(fault(&odd_part(text).unwrap_or_else(|| reason(&error).into())).meant(meant(text))),
        }
    }

    /// The address as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling by which addresses are compared.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

fn is_address(text: &str) -> bool {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    EmailAddress::parse_with_options(text, options).is_ok()
        && !text.chars().any(|c| is_invisible(c) || c.is_whitespace())
}

/// What people type in place of a dot, and the dot of Chinese.
const COMMAS: [char; 4] = [',', '،', '٫', '。'];

/// The address that was meant: without what was pasted around it, and without what cannot be seen.
fn meant(text: &str) -> Option<String> {
    let mut found: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || "<>\"'()[],;:".contains(c))
        .filter(|part| *part != text && is_address(part))
        .collect();
    found.sort_unstable();
    found.dedup();
    if let [one] = found.as_slice() {
        return Some((*one).to_owned());
    }
    if found.len() > 1 {
        return None;
    }
    let text = &["(at)", "[at]", " at "].iter().fold(text.to_owned(), |text, at| text.replace(at, "@"));
    let inside = |open: char, close: char| Some(text.split_once(open)?.1.split_once(close)?.0);
    let bare = inside('<', '>').or_else(|| inside('[', ']')).unwrap_or(text);
    let bare: String = bare.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).collect();
    let bare = bare.replace('\u{ff20}', "@");
    let start = bare.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:")).map_or(0, str::len);
    let bare = bare.get(start..)?.trim_matches(|c: char| ".,;:\"'`()<>".contains(c) || is_typographic_quote(c));
    let dotted = bare.split_once('@').map(|(name, host)| format!("{name}@{}", host.replace(COMMAS, ".")));
    [Some(bare.to_owned()), dotted].into_iter().flatten().find(|bare| is_address(bare))
}

/// What is wrong with an address that looks right.
fn odd_part(text: &str) -> Option<Cow<'static, str>> {
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        return Some(
            format!("it contains an invisible character, U+{:04X}; delete it and type it again", u32::from(c)).into(),
        );
    }
    if text.matches('@').count() > 1 && text.contains([',', ';', ' ', '/']) {
        return Some("there are two of them; write one".into());
    }
    let with_dots = |(name, host): (&str, &str)| format!("{name}@{}", host.replace(COMMAS, "."));
    if text.contains(COMMAS) && text.split_once('@').map(with_dots).is_some_and(|dotted| is_address(&dotted)) {
        return Some("there is a comma after the @ in place of a dot".into());
    }
    if text.contains('\u{ff20}') {
        return Some("its @ is not the one of the keyboard".into());
    }
    (text.contains(char::is_whitespace) && !text.contains('<')).then(|| "it contains a space".into())
}

fn fault(reason: &str) -> InvalidValue {
    InvalidValue::new(format!("is not an e-mail address: {reason}"))
        .help("write the bare address, such as sara@example.com")
}

const fn reason(error: &Error) -> &'static str {
    match error {
        Error::MissingSeparator => "there is no @",
        Error::LocalPartEmpty => "there is nothing before the @",
        Error::LocalPartTooLong => "the part before the @ is longer than 64 characters",
        Error::DomainEmpty => "there is nothing after the @",
        Error::DomainTooLong | Error::SubDomainTooLong => "the part after the @ is too long",
        Error::DomainTooFew => "the part after the @ has no dot",
        Error::SubDomainEmpty | Error::DomainInvalidSeparator => "a dot is in the wrong place after the @",
        Error::UnsupportedDomainLiteral | Error::InvalidIPAddress => "the part after the @ is not a name",
        Error::UnsupportedDisplayName | Error::MissingDisplayName | Error::MissingEndBracket => {
            "it has a display name or angle brackets"
        }
        Error::InvalidCharacter | Error::UnbalancedQuotes | Error::InvalidComment => {
            "a character or a dot is where none may be"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for right in ["sara.khan@example.ae", "o'neil+dubai@mail.example.co.uk", "S@Example.AE"] {
            assert!(Email::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "sara",
            "sara@",
            "@example.ae",
            "a..b@example.ae",
            "a@localhost",
            "a@[127.0.0.1]",
            "Sara <a@b.ae>",
            "a b@c.ae",
            "a@b..ae",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_with_something_around_it_is_suggested_without_it() {
        let slips = [
            "sara\u{200b}@example.ae",
            "mailto:sara@example.ae",
            "Mailto:sara@example.ae",
            "sara @example.ae",
            "sara(at)example.ae",
            "<a href=\"mailto:sara@example.ae\">sara@example.ae</a>",
            "sara@example.ae.",
            "sara@example.ae,",
            "sara@example,ae",
            "sara@example،ae",
            "sara\u{ff20}example.ae",
            "“sara@example.ae”",
            "Sara Khan <sara@example.ae>",
            "[sara@example.ae](mailto:sara@example.ae)",
        ];
        for slip in slips {
            let meant = Email::parse(slip).err().and_then(|fault| fault.meant);
            assert_eq!(meant.as_deref(), Some("sara@example.ae"), "{slip:?}");
        }
        for slip in ["a@example.ae; b@example.ae", "sara", ""] {
            assert_eq!(Email::parse(slip).err().and_then(|fault| fault.meant), None, "{slip:?}");
        }
    }
}
