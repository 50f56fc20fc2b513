//! E-mail addresses.

use email_address::{EmailAddress, Error, Options};

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
            Err(error) => Err(fault(reason(&error))),
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

fn fault(reason: &'static str) -> InvalidValue {
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
}
