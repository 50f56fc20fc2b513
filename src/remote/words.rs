//! A system's own words: what an error's body says, as one line for a person.
//!
//! Neither vendor can be relied on for one shape (api.md 1.12, 2.8): there are two kinds of problem JSON, JSON of any
//! other make, HTML pages from a CDN, and plain text. All of them are read; none of them is trusted: the words are
//! escaped, masked and cut where they are shown.

use serde_json::{Map, Value};

/// Nobody reads more of an answer than this, in bytes.
const MOST: usize = 64 << 10;

/// What the body says; `no further words` if it is empty.
#[must_use]
pub(super) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..MOST).unwrap_or(body));
    let text = text.trim_start_matches('\u{feff}').trim();
    let said = match serde_json::from_str::<Value>(text) {
        Ok(value) => of_json(&value),
        Err(_) if is_html(text) => of_html(text),
        Err(_) => one_line(text),
    };
    if said.is_empty() { "no further words".to_owned() } else { said }
}

/// Whether a text is a page rather than data.
pub(super) fn is_html(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Members that hold a sentence, in the order in which they read best: Property Finder's two shapes (`title`, `detail`),
/// OAuth's (`error`, `error_description`) and what others use.
const SENTENCES: [&str; 7] = ["title", "error", "message", "detail", "error_description", "description", "reason"];

/// Members that hold what is wrong one by one. What the CRM calls it is not known (api.md 2.8).
const PROBLEMS: [&str; 4] = ["errors", "fields", "details", "violations"];

fn of_json(value: &Value) -> String {
    let said = match value {
        Value::String(text) => one_line(text),
        Value::Object(object) => of_object(object),
        Value::Array(items) => joined(items.iter().map(of_json), "; "),
        _ => String::new(),
    };
    // JSON of a make that we do not know is still worth showing.
    if said.is_empty() && !value.is_null() { value.to_string() } else { said }
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
    joined(parts.into_iter(), "; ")
}

/// One of `errors[]`: where it points, and what it says there.
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

/// An HTML page's text, the title first since it stands first. Scripts and styles are no text.
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
    let text = one_line(&unescaped(&text));
    if text.is_empty() { "an empty HTML page".to_owned() } else { format!("an HTML page: {text}") }
}

/// What stands behind the end tag of the element; nothing if it never ends.
fn after_element<'a>(page: &'a str, name: &str) -> &'a str {
    let lower = page.to_ascii_lowercase();
    let end = lower.find(&format!("</{name}")).and_then(|at| page.get(at..));
    end.and_then(|end| end.split_once('>')).map_or("", |(_, after)| after)
}

fn unescaped(text: &str) -> String {
    let entities = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_shape_of_error_gives_its_words() {
        let table = [
            // Property Finder, the legacy shape and the newer one (api.md 1.12).
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
            (r#"{"code":17}"#, r#"{"code":17}"#),
            ("\u{feff}\"just text\"", "just text"),
            (
                "<!doctype html><html><head><title>403 Forbidden</title><style>b{}</style></head>\n<body><SCRIPT>if (a<b) x()</SCRIPT><h1>Request blocked &amp; logged</h1></body></html>",
                "an HTML page: 403 Forbidden Request blocked & logged",
            ),
            ("<html></html>", "an empty HTML page"),
            ("404 page not\n found\n", "404 page not found"),
            ("", "no further words"),
            ("null", "no further words"),
        ];
        for (body, want) in table {
            assert_eq!(words(body.as_bytes()), want, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd_to_be_read(body in prop::collection::vec(any::<u8>(), 0..200), page in "[<>/a-z &;ßم]{0,60}") {
            prop_assert!(!words(&body).is_empty());
            let page = format!("<script{page}");
            prop_assert!(!words(page.as_bytes()).is_empty());
        }
    }
}
