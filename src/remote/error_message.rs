//! The part of a response body that may be quoted.
//!
//! Error bodies come in several forms (docs/vendor-apis.md, "Property Finder: errors"): two kinds of problem JSON,
//! other JSON, HTML pages, plain text. Of an error, the sentences are quoted. The body of a success is described and
//! never quoted, since it may hold a token or data of people whom this run does not know yet.

use serde_json::{Map, Value};

use crate::redact::{Untrusted, lenient_text};

/// A longer body of a refusal is a page; its words would be cut in the middle of a value.
pub(super) const LONGEST_REFUSAL: usize = 64 << 10;

/// The message of a refusal; `no further words` if it is empty.
#[must_use]
pub(super) fn refusal(body: &[u8]) -> Untrusted {
    let text = lenient_text(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let said = match serde_json::from_str::<Value>(text) {
        _ if body.len() >= LONGEST_REFUSAL => described(text, body.len()),
        Ok(value) => of_json(&value),
        Err(_) if is_html(text) => of_html(text),
        // Data that was cut or put together wrongly.
        Err(_) if text.starts_with(['{', '[']) => described(text, body.len()),
        Err(_) => one_line(text),
    };
    Untrusted::from(if said.is_empty() { "no further words".to_owned() } else { said })
}

/// The message of a refused token call: the sentences that the standard and both vendors know, since the rest of the body may
/// repeat the keys or hold a token.
#[must_use]
pub(super) fn token_refusal(body: &[u8]) -> Untrusted {
    const KNOWN: [&str; 4] = ["title", "error", "detail", "error_description"];
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return "no further words".into() };
    let known = KNOWN.iter().filter_map(|name| object.get(*name)?.as_str()).map(one_line);
    let said = joined(known, ": ");
    Untrusted::from(if said.is_empty() { "no further words".to_owned() } else { said })
}

/// What a success is that was not expected: its media type, its length, and the title of a page.
#[must_use]
pub(super) fn success(media_type: Option<&str>, body: &[u8]) -> Untrusted {
    let media_type = media_type.map_or("no media type", |name| name.split(';').next().unwrap_or_default().trim());
    let head = lenient_text(body.get(..LONGEST_REFUSAL).unwrap_or(body));
    Untrusted::from(format!("{}, {media_type}", described(&head, body.len())))
}

/// A body by its kind and length, without its words.
fn described(text: &str, length: usize) -> String {
    let length = match length {
        0..1024 => format!("{length} bytes"),
        _ => format!("{} KB", length / 1024),
    };
    match title(text) {
        Some(title) => format!("an HTML page with the title {title}, {length}"),
        None if is_html(text) => format!("an HTML page, {length}"),
        None if text.is_empty() => "an empty answer".to_owned(),
        None => format!("{length} of text or data"),
    }
}

/// The title of a page.
fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = is_html(page).then(|| lower.find("<title"))??;
    let open = start + lower.get(start..)?.find('>')? + 1;
    let end = open + lower.get(open..)?.find("</title")?;
    Some(one_line(page.get(open..end)?)).filter(|title| !title.is_empty())
}

/// Whether a text is a page rather than data.
pub(super) fn is_html(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Members that hold a sentence, in the order in which they read best: Property Finder's two shapes (`title`, `detail`),
/// OAuth's (`error`, `error_description`) and what others use.
const SENTENCES: [&str; 9] =
    ["title", "error", "message", "detail", "error_description", "description", "reason", "msg", "errorMessage"];

/// Members that list the problems one by one. The CRM's name for them is unknown (docs/vendor-apis.md, "CRM: errors").
const PROBLEMS: [&str; 4] = ["errors", "fields", "details", "violations"];

fn of_json(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Object(object) => of_object(object),
        Value::Array(items) => joined(items.iter().map(of_json), "; "),
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

fn of_object(object: &Map<String, Value>) -> String {
    let sentences = SENTENCES.iter().filter_map(|name| match object.get(*name)? {
        Value::String(text) => Some(one_line(text)),
        Value::Object(inner) => Some(of_object(inner)),
        _ => None,
    });
    let mut parts: Vec<String> = vec![joined(sentences, ": ")];
    for problems in PROBLEMS.iter().filter_map(|name| object.get(*name)) {
        match problems {
            Value::Array(items) => parts.extend(items.iter().map(of_item)),
            // Some frameworks name the field as the key: {"errors": {"email": ["is taken"]}}.
            Value::Object(fields) => {
                parts.extend(fields.iter().map(|(field, says)| format!("{field} {}", of_json(says))));
            }
            _ => {}
        }
    }
    let said = joined(parts.into_iter(), "; ");
    if said.is_empty() { members(object) } else { said }
}

/// JSON of a make that is not known, which may hold personal data: the names of its members alone.
fn members(object: &Map<String, Value>) -> String {
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!("JSON with the members {}", names.join(", ")) }
}

/// One of `errors[]`: its pointer, and its message.
fn of_item(item: &Value) -> String {
    let pointer = item.get("pointer").and_then(Value::as_str).map(one_line).unwrap_or_default();
    joined([pointer, of_json(item)].into_iter(), " ")
}

fn joined(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An HTML page's text, in its order, so the title first. Scripts and styles are left out.
fn of_html(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag_on)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let name: String = tag_on.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        rest = match name.as_str() {
            "script" | "style" => after_element(tag_on, &name),
            _ => tag_on.split_once('>').map_or("", |(_, after)| after),
        };
    }
    text.push_str(rest);
    let text = one_line(&text);
    if text.is_empty() { "an empty HTML page".to_owned() } else { format!("an HTML page: {text}") }
}

/// The text after the end tag of the element; nothing if it never ends.
fn after_element<'a>(page: &'a str, name: &str) -> &'a str {
    let lower = page.to_ascii_lowercase();
    let end = lower.find(&format!("</{name}")).and_then(|at| page.get(at..));
    end.and_then(|end| end.split_once('>')).map_or("", |(_, after)| after)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_known_error_shape_gives_its_message() {
        let table = [
            // Property Finder: the default error body and the newer one
            // (docs/vendor-apis.md, "Property Finder: errors").
            (
                r#"{"type":"SCHEMA_VALIDATION","title":"Bad Request","detail":"","errors":[{"type":"RequiredField","detail":"is required","pointer":"/email"}]}"#,
                "Bad Request; /email is required",
            ),
            (
                r#"{"type":"https://problems.atlas.propertyfinder.com/x/","title":"Unprocessable Entity","status":422,"code":"common_http_422-unprocessable-entity","detail":"one problem","attributes":{"trace_id":"0f"},"errors":[{"detail":"taken","pointer":"/email"},{"title":"Too short","detail":"two or more","pointer":"/firstName"}]}"#,
                "Unprocessable Entity: one problem; /email taken; /firstName Too short: two or more",
            ),
            (r#"{"error":"invalid_client","error_description":"Unknown key"}"#, "invalid_client: Unknown key"),
            (r#"{"error":{"code":4,"message":"No right"}}"#, "No right"),
            (r#"{"message":"Invalid","errors":{"email":["is taken","is odd"]}}"#, "Invalid; email is taken; is odd"),
            (
                r#"{"error":{"status":422,"message":"not valid","fields":{"private.email":"is taken"}}}"#,
                "not valid; private.email is taken",
            ),
            (r#"[{"message":"one"},"two"]"#, "one; two"),
            (r#"{"code":17,"user":{"email":"x@y"}}"#, "JSON with the members code, user"),
            (r#"{"users":[{"email":"x@y"}"#, "25 bytes of text or data"),
            ("[1, null, {}]", "no further words"),
            ("\u{feff}\"just text\"", "just text"),
            (
                "<!doctype html><html><head><title>403 Forbidden</title><style>b{}</style></head>\n<body><SCRIPT>if (a<b) x()</SCRIPT><h1>Request blocked &amp; logged</h1></body></html>",
                "an HTML page: 403 Forbidden Request blocked &amp; logged",
            ),
            ("<html></html>", "an empty HTML page"),
            ("404 page not\n found\n", "404 page not found"),
            ("", "no further words"),
            ("null", "no further words"),
        ];
        for (body, want) in table {
            assert_eq!(refusal(body.as_bytes()), Untrusted::from(want), "{body}");
        }
        let page = format!("<html><title>Blocked</title>{}", "<p>words ".repeat(LONGEST_REFUSAL / 9));
        let want = "an HTML page with the title Blocked, 64 KB";
        assert_eq!(refusal(&page.as_bytes()[..LONGEST_REFUSAL]), want.into());
    }

    #[test]
    fn only_known_sentences_of_a_token_error_are_quoted() {
        let table = [
            (
                r#"{"error":"invalid_client","error_description":"Unknown key","apiKey":"x"}"#,
                "invalid_client: Unknown key",
            ),
            (r#"{"title":"Unauthorized","detail":"no","errors":[{"detail":"x"}],"message":"x"}"#, "Unauthorized: no"),
            (r#"{"error":{"message":"x"}}"#, "no further words"),
            (r#"{"error":"x"}}"#, "no further words"),
            ("x", "no further words"),
            ("<title>x</title>", "no further words"),
        ];
        for (body, want) in table {
            assert_eq!(token_refusal(body.as_bytes()), want.into(), "{body}");
        }
    }

    #[test]
    fn a_success_is_described() {
        let table = [
            (
                "<html><Title>Sign in</Title>x",
                Some("text/html; charset=utf-8"),
                "an HTML page with the title Sign in, 29 bytes, text/html",
            ),
            ("<html>x", None, "an HTML page, 7 bytes, no media type"),
            ("access_token=x", Some("text/plain"), "14 bytes of text or data, text/plain"),
            ("", Some("application/json"), "an empty answer, application/json"),
        ];
        for (body, media_type, want) in table {
            assert_eq!(success(media_type, body.as_bytes()), want.into(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..200), page in "[<>/a-z &;ßم]{0,60}") {
            prop_assert_ne!(refusal(&body), Untrusted::from(""));
            let page = format!("<script{page}");
            prop_assert_ne!(refusal(page.as_bytes()), Untrusted::from(""));
        }
    }
}
