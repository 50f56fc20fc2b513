//! Phone numbers.

use std::borrow::Cow;
use std::sync::LazyLock;

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region, ValidationError,
};

use super::characters::{digit, is_invisible, is_typographic_dash, is_typographic_quote};
use super::{InvalidValue, text_value};

/// A phone number with its country code, of a length that its country has. Spaces, dots, dashes and brackets may
/// separate the digits, as at Property Finder (docs/vendor-apis.md, "Property Finder: phone numbers").
#[derive(Clone, Debug)]
pub struct Phone {
    written: String,
    /// As it was parsed, which takes longer than anything else that a file needs.
    number: PhoneNumber,
}

impl PartialEq for Phone {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Phone {}

text_value!(Phone, "phone", {
    "pattern": "^\\+[1-9][0-9 ().-]{6,17}$",
    "patternErrorMessage": "not a phone number with + and its country code, such as \"+971501234567\""
});

impl Phone {
    /// Reads the tables of the world's numbers, which otherwise the first number does.
    pub(crate) fn prepare() {
        LazyLock::force(&PHONE_NUMBER_UTIL);
    }

    /// Takes a text as a phone number.
    ///
    /// # Errors
    /// When there is no + with a country code, or the country has no number of that length.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let e164 = e164(text)?;
        let number = PhoneNumber::parse(&e164, None).map_err(|error| unreadable(&error))?;
        number.is_possible_with_reason().map_err(impossible)?;
        if number.format_as(PhoneNumberFormat::E164) != e164 {
            return Err(InvalidValue::new("has a 0 behind the country code")
                .help("leave out the 0 that is only dialled inside the country: +971 50…, not +971 050…"));
        }
        Ok(Self { written: text.to_owned(), number })
    }

    /// Whether the country has such a number, as far as its ranges are known.
    #[must_use]
    pub(crate) fn exists(&self) -> bool {
        self.number.is_valid()
    }

    /// Whether it is certainly no mobile number.
    #[must_use]
    pub(crate) fn is_landline(&self) -> bool {
        self.number.get_type() == PhoneNumberType::FixedLine
    }

    /// The digits under which a number is known inside its own country, with and without the trunk prefix:
    /// `0501234567` and `501234567`. None for a text that is not a number with its country code.
    #[must_use]
    pub(in crate::model::agent) fn national_digits(text: &str) -> Option<[String; 2]> {
        let e164 = e164(text.trim()).ok()?;
        let number = PhoneNumber::parse(&e164, None).ok()?;
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let bare = number.national_number.to_string();
        Some([digits(&number.format_as(PhoneNumberFormat::National)), bare])
    }

    /// A number that a system holds, with + and its country code. One without + is of the Emirates, where both systems are,
    /// if the Emirates have such a number; else its country code is the one that it begins with, if that country has it.
    /// Any other text is returned as it is, so that a person sees what a number alone would lose, such as an extension.
    #[must_use]
    pub(in crate::model::agent) fn international(text: &str) -> String {
        let digits = text.strip_prefix("00").map_or_else(|| text.to_owned(), |rest| format!("+{rest}"));
        let read = |text: &str, region| PhoneNumber::parse(text, region).ok();
        let number = if digits.starts_with('+') {
            read(&digits, None)
        } else {
            let exists = |number: &PhoneNumber| number.is_valid();
            read(&digits, Some(Region::AE)).filter(exists).or_else(|| read(&format!("+{digits}"), None).filter(exists))
        };
        let alone = number.filter(|number| number.extension().is_empty());
        alone.map_or_else(|| text.to_owned(), |number| number.format_as(PhoneNumberFormat::E164).to_string())
    }

    /// The number as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }
}

/// The number without what only makes it readable: `+` and 7 to 15 digits.
fn e164(text: &str) -> Result<String, InvalidValue> {
    if let Some(fault) = similar_characters(text) {
        return Err(fault);
    }
    if let Some(fault) = more_than_a_number(text) {
        return Err(fault);
    }
    let Some(rest) = text.strip_prefix('+') else {
        let message = if text.starts_with("00") { "starts with 00 instead of +" } else { "has no + and country code" };
        return Err(InvalidValue::new(message)
            .help("write it in quotes with + and the country code, such as \"+971501234567\"")
            .meant(with_country_code(text)));
    };
    if rest.contains("(0)") {
        let without = text.replacen("(0)", "", 1);
        return Err(InvalidValue::new("has a (0), which is not dialled behind a country code")
            .help("remove the (0)")
            .meant(e164(&without).ok().map(|phone| format!("\"{phone}\""))));
    }
    if let Some(stray) = rest.chars().find(|c| !c.is_ascii_digit() && !" .-()".contains(*c)) {
        let what = if stray.is_alphabetic() {
            "a letter"
        } else if stray == '+' {
            "a second +"
        } else {
            "a character that no phone number has"
        };
        return Err(InvalidValue::new(format!("contains {what}"))
            .help("use digits; spaces, dots, dashes and brackets are allowed between them"));
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let shape =
        rest.starts_with(|c: char| ('1'..='9').contains(&c)) && (6..=17).contains(&(rest.len().saturating_sub(1)));
    if !shape || !(7..=15).contains(&digits.len()) {
        return Err(InvalidValue::new("is not a phone number: 7 to 15 digits, at most 18 characters behind the +")
            .help("write it with + and the country code, such as \"+971501234567\""));
    }
    Ok(format!("+{digits}"))
}

/// A number with characters that only look like those of a number, or are not seen at all.
fn similar_characters(text: &str) -> Option<InvalidValue> {
    let (what, help) = text.chars().find_map(odd)?;
    let plain: String = text.trim().chars().filter_map(plain).collect();
    let typed = Phone::parse(&plain).is_ok().then(|| format!("\"{plain}\""));
    Some(InvalidValue::new(what).help(help).meant(typed.or_else(|| with_country_code(&plain))))
}

/// An extension, a second number, or other things that were written with the number.
fn more_than_a_number(text: &str) -> Option<InvalidValue> {
    let lower = text.to_lowercase();
    if ["ext", " x", "#", "تحويلة"].iter().any(|sign| lower.contains(sign))
        && text.contains(|c: char| c.is_ascii_digit())
    {
        return Some(
            InvalidValue::new("has an extension")
                .help("write the number alone; the extension of `landline` belongs in `landline_extension`"),
        );
    }
    let parts = text
        .split(['/', ',', ';', '|', '\n'])
        .flat_map(|part| part.split(" or "))
        .flat_map(|part| part.split(['>', '→', '،']))
        .filter(|part| !part.trim().is_empty());
    let numbers = parts.filter(|part| part.chars().filter(char::is_ascii_digit).count() >= 7).count();
    if numbers > 1 {
        return Some(
            InvalidValue::new("holds two numbers")
                .help("write the one that is right; a second one for clients belongs in `phone_secondary`"),
        );
    }
    let bare = text.trim_matches(|c: char| c.is_whitespace() || ",;.\"'".contains(c));
    let bare = bare.strip_prefix("tel:").unwrap_or(bare).trim();
    (bare.len() < text.trim().len() && bare.starts_with('+')).then(|| {
        InvalidValue::new("has something in front of it or behind it")
            .help("write the number alone, in quotes")
            .meant(e164(bare).is_ok().then(|| format!("\"{bare}\"")))
    })
}

/// A number without its country code as the one that it most likely is.
fn with_country_code(text: &str) -> Option<String> {
    let number = Phone::international(text.trim());
    let international = number.starts_with('+').then_some(number)?;
    let phone = Phone::parse(&international).ok().filter(Phone::exists)?;
    Some(format!("\"{}\"", phone.as_str()))
}

fn odd(c: char) -> Option<(Cow<'static, str>, &'static str)> {
    Some(match c {
        c if is_typographic_quote(c) => {
            ("has typographic quotes around it".into(), "use the straight quotes of the keyboard: \"+971501234567\"")
        }
        c if is_typographic_dash(c) => {
            ("contains a dash that is not a hyphen".into(), "leave it out, or type the - of the keyboard")
        }
        '\u{ff0b}' => ("begins with another character than +".into(), "type the + of the keyboard"),
        c if digit(c).is_some() && !c.is_ascii() => {
            ("is not in the digits 0 to 9".into(), "write it with the digits 0 to 9")
        }
        c if is_invisible(c) || c.is_control() => (
            format!("contains an invisible character, U+{:04X}", u32::from(c)).into(),
            "delete the whole number and type it: it was copied with a character that cannot be seen",
        ),
        c if c.is_whitespace() && c != ' ' => ("contains a space of another kind".into(), "type the number again"),
        _ => return None,
    })
}

/// The character that was meant, if any.
fn plain(c: char) -> Option<char> {
    match c {
        c if is_typographic_dash(c) => Some('-'),
        '\u{ff0b}' => Some('+'),
        c if c.is_whitespace() => Some(' '),
        c => digit(c).or_else(|| odd(c).is_none().then_some(c)),
    }
}

fn unreadable(error: &ParseError) -> InvalidValue {
    match error {
        ParseError::InvalidCountryCode => InvalidValue::new("starts with a country code that does not exist")
            .help("+971 is the United Arab Emirates; check the digits behind the +"),
        ParseError::TooLongNsn => impossible(ValidationError::TooLong),
        _ => impossible(ValidationError::TooShort),
    }
}

fn impossible(error: ValidationError) -> InvalidValue {
    let fault = InvalidValue::new(match error {
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
        let lookalikes = [
            "“+971501234567”",
            "\u{202a}+971501234567\u{202c}",
            "+٩٧١٥٠١٢٣٤٥٦٧",
            "+971\u{2013}50\u{2013}1234567",
            "+971\u{a0}50 123 4567",
            "\u{ff0b}971501234567",
        ];
        for wrong in lookalikes {
            let meant = Phone::parse(wrong).err().and_then(|fault| fault.meant).unwrap_or_default();
            assert!(Phone::parse(meant.trim_matches('"')).is_ok(), "{wrong:?}: {meant:?}");
        }
        for (written, meant) in [
            ("tel:+971501234567", "+971501234567"),
            ("+971501234567\"", "+971501234567"),
            ("+971501234567,", "+971501234567"),
            ("0501234567", "+971501234567"),
            ("971501234567", "+971501234567"),
            ("00971501234567", "+971501234567"),
            ("٠٥٠١٢٣٤٥٦٧", "+971501234567"),
        ] {
            let suggested = Phone::parse(written).err().and_then(|fault| fault.meant).unwrap_or_default();
            assert_eq!(suggested.trim_matches('"'), meant, "{written}");
        }
        for (written, message) in [
            ("+97144201171 ext. 214", "has an extension"),
            ("+97144201171 x214", "has an extension"),
            ("+971501234567 / +971551234567", "holds two numbers"),
            ("0501234567 or 0551234567", "holds two numbers"),
            ("+971501234567 -> +971551234567", "holds two numbers"),
        ] {
            assert_eq!(Phone::parse(written).map_err(|fault| fault.message), Err(message.into()), "{written}");
        }
        for (number, exists, landline) in [
            ("+971501234567", true, false),
            ("+97150123456", false, false),
            ("+97144201170", true, true),
            ("+442079460958", true, true),
        ] {
            let phone = Phone::parse(number);
            assert_eq!(phone.as_ref().map(Phone::exists), Ok(exists), "{number}");
            assert_eq!(phone.as_ref().map(Phone::is_landline), Ok(landline), "{number}");
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
