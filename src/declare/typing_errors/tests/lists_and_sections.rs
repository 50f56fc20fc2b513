//! Items, sections and values that are in the wrong place, or under another name.

use super::{AGENT, check, only, problems};

const LIST: &str = "  languages:\n    - en\n    - ar\n";
const DESCRIPTION: &str = "    - lang: en\n      content: Sara has sold homes in Dubai Marina\n";

#[test]
fn items_without_a_dash_or_below_brackets() {
    check(&[
        ("    - lang: en\n", "    lang: en\n", 13, "with a dash, in column 5: `- lang: en`"),
        (
            "    - lang: en\n      content: Sara",
            "  lang: en\n  content: Sara",
            13,
            "`- lang: en`, and begin `content` in column 7",
        ),
        ("    - lang: en\n", "      lang: en\n", 13, "with a dash, in column 5: `- lang: en`"),
        (&format!("{DESCRIPTION}    - lang: ar"), "      lang: ar", 13, "with a dash, in column 5: `- lang: ar`"),
        ("    - en\n    - ar", "    - en\n   -ar", 11, "begin it in column 5, like the `-` above: `- ar`"),
        (
            LIST,
            "  languages: [en, hi]\n    - ur\n",
            10,
            "into the brackets above, and remove this line: `languages: [en, hi, ur]`",
        ),
        (LIST, "  languages: [en, hi]\n  - ur\n  - ar\n", 10, "and the other items: `languages: [en, hi, ur, ar]`"),
        (LIST, "  languages:\n    - en, ar, ur\n", 10, "one item on each line: `- en`, `- ar`, `- ur`"),
        (LIST, "  languages: -\n", 9, "write [] to clear the list"),
    ]);
}

#[test]
fn sections_under_another_name() {
    let section = "public:\n  first_name: Sara\n  last_name: Khan\n";
    check(&[
        ("private:\n", "public:\n", 19, "write `private:` in its place"),
        (section, &section.replace("public", "private"), 3, "write `public:` in its place"),
        (
            "theme: onyx\n",
            "private:\n  lang: en\n",
            24,
            "move its lines below `private:` in line 19, and remove this line",
        ),
        ("private:\n", "public:\n  licence: \"123\"\nprivate:\n", 19, "move its lines below `public:` in line 3"),
        ("theme: onyx\n", "private:\n  mobile: \"+971509876544\"\n", 24, "keep one of the two"),
    ]);
}

#[test]
fn signs_and_quotes_around_a_value() {
    let landline = "  landline: \"+97144201171\"\n";
    let doubled = format!("{landline}  landline_extension: \"\"231\"\"\n");
    check(&[
        (landline, "  landline: -\n", 23, "write null, without quotes, to clear the field; or remove the line"),
        ("  last_name: Khan", "  last_name: -", 5, "write the value: it is required"),
        ("theme: onyx", "theme: ?", 24, "write null, without quotes"),
        (landline, &doubled, 24, "write one quote at each end: `landline_extension: \"…\"`"),
        ("  last_name: Khan", "  last_name: \"\"Khan\"\"", 5, "`last_name: \"Khan\"`"),
        ("  phone: \"+", "  \"phone: +", 7, "around the value alone: `phone: \"+971501234567\"`"),
        ("  phone: \"+971501234567\"", "  \"phone: +971501234567", 7, "`phone: \"+971501234567\"`"),
        ("theme: onyx", "\"theme: onyx\"", 24, "remove the quotes: `theme: onyx`"),
    ]);
}

#[test]
fn values_in_brackets_that_begin_with_a_sign() {
    for (start, sign) in [("& ", "&"), ("&", "&"), ("*", "*"), ("@ ", "@"), ("% ", "%"), ("! ", "!"), ("- ", "-")] {
        let text = AGENT.replace("{en: Senior", &format!("{{en: {start}Senior"));
        let (line, help) = only(&text);
        let right = format!("put the text in quotes: `position: {{en: \"{start}Senior Consultant\", ar: مستشارة}}`");
        assert!(line == 8 && help == right, "{sign}: line {line}: {help}");
    }
    let rows = [
        ("| \"Sara has sold\"", "remove the |: `- {lang: en, content: \"Sara has sold\"}`"),
        ("| Sara, and more", "remove the |, and put the text in quotes: `- {lang: en, content: \"Sara, and more\"}`"),
    ];
    for (content, advice) in rows {
        check(&[(DESCRIPTION, &format!("    - {{lang: en, content: {content}}}\n"), 13, advice)]);
    }
}

#[test]
fn tabs_in_front_of_a_line() {
    check(&[
        ("        في دبي", "\tفي دبي", 18, "replace the tab by 8 spaces, so that the line begins in column 9"),
        ("        تبيع", "\tتبيع", 17, "8 spaces"),
        ("homes in Dubai Marina", "homes\n\tin Dubai Marina", 15, "8 spaces"),
        ("  last_name: Khan", "\tlast_name: Khan", 5, "2 spaces, so that the line begins in column 3"),
        ("    - ar\n", "\t- ar\n", 11, "4 spaces"),
        ("    - lang: ar\n", "\t- lang: ar\n", 15, "4 spaces"),
        ("      content: Sara", "    \tcontent: Sara", 14, "2 spaces, so that the line begins in column 7"),
        ("theme: onyx", "\ttheme: onyx", 24, "delete the tab, so that the line begins in column 1"),
        ("      content: Sara", "\t  content: Sara", 14, "replace the tab and the spaces behind it by 6 spaces"),
    ]);
}

#[test]
fn lines_that_lost_their_key() {
    let address = "  phone: \"+971501234567\"\n  https://www.linkedin.com/in/sara-khan";
    let phone = "  phone: \"+971501234567\"";
    check(&[
        (phone, address, 8, "write its key in front of it: `linked_in: https://…`"),
        (phone, &format!("{phone}\n  Dubai Marina"), 8, "write `key: value`, or"),
        (
            "role: agent",
            "Please change his mobile number\nrole: agent",
            2,
            "remove this line, if it is not part of a text",
        ),
        ("theme: onyx\n", "theme: onyx\nThank you\n", 25, "remove this line, if it is not part of a text"),
        ("theme: onyx\n", "theme: onyx\nRegards,\nYousef\n", 25, "remove this line, if it is not part of a text"),
        ("theme: onyx\n", "theme: onyx\nشكرا جزيلا\n", 25, "remove this line, if it is not part of a text"),
    ]);
    let (public, private) = AGENT.split_once("private:").unwrap();
    let last = format!("private:{private}{public}");
    let (line, help) = only(&format!("{last}Thank you\n"));
    assert_eq!(
        (line, help.as_str()),
        (25, "remove this line, if it is not part of a text; if it is, begin it in column 9, like the text above")
    );
}

#[test]
fn a_signature_without_its_first_line() {
    let private = "  landline: \"+97144201171\"\n  use_email_signature: true\n";
    let whole = format!("{private}  email_signature: |\n    Sara Khan\n    Tel: 04 420\n");
    let text = AGENT.replace("  landline: \"+97144201171\"\n", &whole);
    assert!(problems(&text).is_empty());
    for text in [text.replace("    Tel: 04 420\n", ""), text.replace("Sara Khan\n    ", "Sara: "), text] {
        let (line, help) = only(&text.replace("  email_signature: |\n", ""));
        assert!(line == 25 && help.contains("write `email_signature: |` in column 3"), "line {line}: {help}");
    }
}
