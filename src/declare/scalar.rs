//! What an unquoted scalar is: the core schema of YAML 1.2, without its surprises.

use serde_json::{Number, Value};

/// What a plain scalar turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ScalarValue {
    /// A value.
    Is(Value),
    /// `.inf`, `.nan`, or a number too large to keep.
    NoNumber,
}

/// Reads a plain scalar. Digits with a leading zero stay a text: they are a phone number or a code, never a quantity.
pub(super) fn plain(text: &str) -> ScalarValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarValue::Is(Value::Null),
        "true" | "True" | "TRUE" => return ScalarValue::Is(Value::Bool(true)),
        "false" | "False" | "FALSE" => return ScalarValue::Is(Value::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return ScalarValue::Is(Value::String(text.to_owned()));
    }
    number(text).unwrap_or_else(|| ScalarValue::Is(Value::String(text.to_owned())))
}

fn number(text: &str) -> Option<ScalarValue> {
    if let Some(based) = based(text) {
        return Some(based);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(ScalarValue::NoNumber);
    }
    let digits = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    let padded =
        unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if padded || !is_decimal(unsigned) {
        return None;
    }
    let written = text.strip_prefix('+').unwrap_or(text);
    if digits {
        if let Ok(whole) = written.parse::<i64>() {
            return Some(ScalarValue::Is(Value::from(whole)));
        }
        if let Ok(whole) = written.parse::<u64>() {
            return Some(ScalarValue::Is(Value::from(whole)));
        }
    }
    let float = written.parse::<f64>().ok().and_then(Number::from_f64);
    Some(float.map_or(ScalarValue::NoNumber, |number| ScalarValue::Is(Value::Number(number))))
}

/// `0x1F` and `0o17`.
fn based(text: &str) -> Option<ScalarValue> {
    let (digits, radix) =
        text.strip_prefix("0x").map(|hex| (hex, 16)).or_else(|| text.strip_prefix("0o").map(|octal| (octal, 8)))?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(u64::from_str_radix(digits, radix).map_or(ScalarValue::NoNumber, |whole| ScalarValue::Is(Value::from(whole))))
}

/// `[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` or `\.[0-9]+` with the same exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_good = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_good && exponent_good
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars() {
        let table = [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("no", json!("no")),
            ("NO", json!("NO")),
            ("on", json!("on")),
            ("2014", json!(2014)),
            ("-3", json!(-3)),
            ("+971501234567", json!(971_501_234_567_u64)),
            ("0501234567", json!("0501234567")),
            ("00971501234567", json!("00971501234567")),
            ("0", json!(0)),
            ("1.10", json!(1.1)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0xZ", json!("0xZ")),
            ("1_000", json!("1_000")),
            ("12:30", json!("12:30")),
            ("2027-03-31", json!("2027-03-31")),
            ("1.2.3", json!("1.2.3")),
            ("-", json!("-")),
            ("+", json!("+")),
            (".", json!(".")),
            ("1e", json!("1e")),
            ("١٢", json!("١٢")),
        ];
        for (text, want) in table {
            assert_eq!(plain(text), ScalarValue::Is(want), "{text}");
        }
        for text in [".inf", "-.INF", ".nan", "1e999"] {
            assert_eq!(plain(text), ScalarValue::NoNumber, "{text}");
        }
    }
}
