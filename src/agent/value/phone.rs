//! Phone numbers.

use std::sync::LazyLock;

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, ValidationError};

use super::{Fault, text_value};

/// A phone number with its country code, of a length that its country has. Spaces, dots, dashes and brackets may stand
/// between the digits, since Property Finder takes them too (api.md 1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone(String);

text_value!(Phone, "phone", {
    "pattern": "^\\+[1-9][0-9 ().-]{6,17}$",
    "patternErrorMessage": "not a phone number with + and its country code, such as \"+971501234567\""
});

impl Phone {
    /// Reads the tables of the world's numbers, which otherwise the first number does.
    pub fn prepare() {
        LazyLock::force(&PHONE_NUMBER_UTIL);
    }

    /// Takes a text as a phone number.
    ///
    /// # Errors
    /// When there is no + with a country code, or the country has no number of that length.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let e164 = e164(text)?;
        let number = PhoneNumber::parse(&e164, None).map_err(|error| unreadable(&error))?;
        number.is_possible_with_reason().map_err(impossible)?;
        if number.format_as(PhoneNumberFormat::E164) != e164 {
            return Err(Fault::new("has a 0 behind the country code")
                .help("leave out the 0 that is only dialled inside the country: +971 50…, not +971 050…"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits under which a number is known inside its own country, with and without the trunk prefix:
    /// `0501234567` and `501234567`. None for a text that is not a number with its country code.
    #[must_use]
    pub(in crate::agent) fn national_digits(text: &str) -> Option<[String; 2]> {
        let e164 = e164(text.trim()).ok()?;
        let number = PhoneNumber::parse(&e164, None).ok()?;
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let bare = number.national_number.to_string();
        Some([digits(&number.format_as(PhoneNumberFormat::National)), bare])
    }

    /// The number as it was declared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number without what only makes it readable: `+` and 7 to 15 digits.
fn e164(text: &str) -> Result<String, Fault> {
    let Some(rest) = text.strip_prefix('+') else {
        let message = if text.starts_with("00") { "starts with 00 instead of +" } else { "has no + and country code" };
        return Err(
            Fault::new(message).help("write it in quotes with + and the country code, such as \"+971501234567\"")
        );
    };
    if let Some(stray) = rest.chars().find(|c| !c.is_ascii_digit() && !" .-()".contains(*c)) {
        let what = if stray.is_alphabetic() {
            "a letter"
        } else if stray == '+' {
            "a second +"
        } else {
            "a character that no phone number has"
        };
        return Err(Fault::new(format!("contains {what}"))
            .help("use digits; spaces, dots, dashes and brackets may stand between them"));
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let shape =
        rest.starts_with(|c: char| ('1'..='9').contains(&c)) && (6..=17).contains(&(rest.len().saturating_sub(1)));
    if !shape || !(7..=15).contains(&digits.len()) {
        return Err(Fault::new("is not a phone number: 7 to 15 digits, at most 18 characters behind the +")
            .help("write it with + and the country code, such as \"+971501234567\""));
    }
    Ok(format!("+{digits}"))
}

fn unreadable(error: &ParseError) -> Fault {
    match error {
        ParseError::InvalidCountryCode => Fault::new("starts with a country code that does not exist")
            .help("+971 is the United Arab Emirates; check the digits behind the +"),
        ParseError::TooLongNsn => impossible(ValidationError::TooLong),
        _ => impossible(ValidationError::TooShort),
    }
}

fn impossible(error: ValidationError) -> Fault {
    let fault = Fault::new(match error {
        ValidationError::InvalidCountryCode => "starts with a country code that does not exist",
        ValidationError::TooShort => "has too few digits for its country",
        ValidationError::TooLong => "has too many digits for its country",
        ValidationError::InvalidLength => "has a number of digits that its country does not use",
    });
    fault.help("a mobile number of the United Arab Emirates is +971 5 and eight more digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for right in [
            "+971501234567",
            "+971 50 123 4567",
            "+971 (4) 123-45.67",
            "+97141234567",
            "+442079460958",
            "+16175550123",
            "+923001234567",
        ] {
            assert!(Phone::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "0501234567",
            "00971501234567",
            "971501234567",
            "+97150",
            "+9715012345678901",
            "+971 050 123 4567",
            "+9990000000",
            "+971 50 CALL ME",
            "+971 50 123 4567 ext 3",
            "+",
            "+971+501234567",
            "+ 971501234567",
        ] {
            assert!(Phone::parse(wrong).is_err(), "{wrong}");
        }
    }
}
