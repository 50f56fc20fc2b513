//! Nothing that comes from a file or a system is read as a page.

use proptest::prelude::*;

use super::{Everything, SUBJECTS, read};
use crate::report::text::escaped;

/// What would do harm, if any of it were read as a page.
const HOSTILE: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=\"alert(1)\">",
    "' onmouseover='alert(1)' style='position:fixed",
    "</style ><style>*{display:none}</style><base href=//evil.example>",
    "&lt;b&gt; &amp; &#x3c;i> <!-- ]]> --> <plaintext>",
    "javascript:alert(1)",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{7}\u{0}",
    "</td></tr></table></article> مرحبا <svg onload=alert(1)>",
    "line one\nline two </textarea></title>\ttab",
];

/// The same text with a letter in place of everything that could mean something in a page.
fn harmless(text: &str) -> String {
    text.chars().map(|char| if char.is_whitespace() || char.is_alphanumeric() { char } else { '中' }).collect()
}

fn nothing_is_injected(text: &str) {
    for subject in SUBJECTS {
        let (hostile, same) = (Everything::of(subject, text), Everything::of(subject, &harmless(text)));
        let (hostile, same) = (read(&hostile.page()), read(&same.page()));
        let other = hostile.elements.iter().zip(&same.elements).position(|(one, other)| one != other);
        let other = other.map(|at| (&hostile.elements[at.saturating_sub(3)..=at], &same.elements[at]));
        assert_eq!(other, None, "{subject:?} {text:?}");
        assert_eq!(hostile.elements.len(), same.elements.len(), "{subject:?} {text:?}");
        assert_eq!(hostile.code, same.code, "{subject:?} {text:?}");
        for (element, name, value) in &hostile.attributes {
            assert!(!name.starts_with("on") && name != "style" && name != "src", "{element} {name}");
            if name == "href" {
                let own = value.starts_with("https://github.com/palmgate/agents/") || value.starts_with('#');
                assert!(own || (element == "link" && value == "data:,"), "{value}");
            }
        }
    }
}

#[test]
fn hostile_strings_change_nothing_but_text() {
    HOSTILE.into_iter().for_each(nothing_is_injected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_string_changes_anything_but_text(text in r#"[<>&"'/a-su-z=!\-\n\u{0}-\u{1f}\u{80}-\u{9f}\u{600}-\u{6ff}\u{2000}-\u{206f}\u{e000}-\u{f8ff}]{0,40}"#) {
        nothing_is_injected(&text);
    }
}

#[test]
fn hostile_strings_are_all_there() {
    for text in HOSTILE {
        for subject in SUBJECTS {
            let read = read(&Everything::of(subject, text).page());
            let lines = |text: &str| text.split('\n').map(escaped).collect::<Vec<_>>().join("\n");
            // Once in each place: warning, orphan, unmanaged, blocked, two names, texts, positions, values.
            assert!(read.text.matches(&lines(text)).count() >= 20, "{subject:?} {text:?}");
            assert!(!read.text.contains(['\u{0}', '\u{7}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{fffd}']));
        }
    }
}
