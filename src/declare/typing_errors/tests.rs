//! Each typing error in a file that is right otherwise: one problem, at the line of the error, with what to type.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::declare::file;
use crate::declare::problem::Problem;
use crate::model::config::Config;

const AGENT: &str = r#"status: active
role: agent
public:
  first_name: Sara
  last_name: Khan
  email: sara.khan@palmgate.example
  phone: "+971501234567"
  position: {en: Senior Consultant, ar: مستشارة}
  languages:
    - en
    - ar
  descriptions:
    - lang: en
      content: Sara has sold homes in Dubai Marina
    - lang: ar
      content: |
        تبيع سارة المنازل
        في دبي مارينا
private:
  first_name: Sara
  email: sara@palmgate.example
  mobile: "+971509876543"
  landline: "+97144201171"
theme: onyx
"#;

fn problems(text: &str) -> Vec<Problem> {
    file::read("agents/sara-khan.yaml", text.as_bytes(), &Config::default().property_finder.languages).1
}

/// The one problem of a text: its line, and what to do.
fn only(text: &str) -> (usize, String) {
    let problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:#?}\n{text}");
    (problems[0].start.0, problems[0].help.clone().unwrap_or_default())
}

fn check(rows: &[(&str, &str, usize, &str)]) {
    for (right, wrong, line, advice) in rows {
        assert_eq!(AGENT.matches(right).count(), 1, "{right}");
        let (at, help) = only(&AGENT.replace(right, wrong));
        assert!(help.contains(advice) && at == *line, "line {at}: {help}\nfor line {line}: {advice}\n{wrong}");
    }
}

mod lists_and_sections;

#[test]
fn the_file_of_these_tests_is_right() {
    assert!(problems(AGENT).is_empty(), "{:#?}", problems(AGENT));
}

#[test]
fn characters_that_look_like_those_of_yaml() {
    check(&[
        ("  last_name: Khan", "  last_name:\u{a0}Khan", 5, "type a space: `last_name: Khan`"),
        ("status: active", "status:\u{a0}active", 1, "type a space: `status: active`"),
        ("theme: onyx", "theme:\u{3000}onyx", 24, "type a space: `theme: onyx`"),
        ("  email: sara@", "  email:\u{200b}sara@", 21, "type a space: `email: …`"),
        ("    - lang: en", "    -\u{a0}lang: en", 13, "type a space: `- lang: en`"),
        ("  position: {", "  position： {", 8, "type : and a space: `position: {en: Senior Consultant, ar: مستشارة}`"),
        ("theme: onyx", "theme：onyx", 24, "`theme: onyx`"),
        ("    - en\n    - ar", "    • en\n    • ar", 10, "also in the items below: `- en`"),
        ("    - en\n    - ar", "    – en\n    – ar", 10, "also in the items below: `- en`"),
        ("    - en\n    - ar", "    * en\n    * ar", 10, "also in the items below: `- en`"),
        ("    - en\n    - ar", "    -en\n    -ar", 10, "also in the items below: `- en`"),
        ("    - lang: en", "    -lang: en", 13, "`- lang: en`"),
        ("  last_name: Khan", "  last_name:Khan", 5, "put a space behind it: `last_name: Khan`"),
        ("  email: sara@", "  email:sara@", 21, "put a space behind it: `email: …`"),
        ("  last_name: Khan", "\u{a0}\u{a0}last_name: Khan", 5, "type the spaces again"),
        ("status: active", "```yaml\nstatus: active", 1, "remove each line that begins with three backticks"),
        ("theme: onyx\n", "theme: onyx\n```\n", 25, "remove each line that begins with three backticks"),
        ("theme: onyx\n", "theme: onyx\n>>>>>>> main\n", 25, "remove the lines that begin with <<<<<<<"),
    ]);
}

#[test]
fn quotes() {
    let text = "Sara has sold homes in Dubai Marina";
    check(&[
        ("\"+971501234567\"", "\"+971501234567", 7, "`phone: \"+971501234567\"`"),
        ("\"+971501234567\"", "\"+971501234567'", 7, "`phone: \"+971501234567\"`"),
        ("\"+971501234567\"", "\"+971501234567”", 7, "at both ends: `phone: \"+971501234567\"`"),
        ("\"+971501234567\"", "\"+971501234567\",", 7, "remove it: `phone: \"+971501234567\"`"),
        ("\"+971509876543\"", "\"+971509876543", 22, "`mobile: \"…\"`"),
        (text, "“Sara: number one.”", 14, "at both ends: `content: \"Sara: number one.\"`"),
        (text, "\"Sara\" has sold homes", 14, "`content: '\"Sara\" has sold homes'`"),
        (text, "\"Sara \"the best\" Khan\"", 14, "`content: \"Sara \\\"the best\\\" Khan\"`"),
        (text, "'Sara is Dubai's best'", 14, "`content: \"Sara is Dubai's best\"`"),
        ("{en: Senior Consultant", "{en: “Senior, Consultant”", 8, "at both ends: \"Senior, Consultant\""),
    ]);
    let photo = "  phone: \"+971501234567\"\n  photo: \"agents\\photos\\sara.jpg\"";
    check(&[("  phone: \"+971501234567\"", photo, 8, "`photo: agents/photos/sara.jpg`")]);
}

#[test]
fn brackets() {
    let list = "  languages:\n    - en\n    - ar";
    let position = "{en: Senior Consultant, ar: مستشارة}";
    check(&[
        (list, "  languages: [en, ar", 9, "`languages: [en, ar]`"),
        (list, "  languages: [en, ar]]", 9, "remove it: `languages: [en, ar]`"),
        (list, "  languages: [en, ar],", 9, "remove it: `languages: [en, ar]`"),
        (position, "{en: Senior Consultant, ar: مستشارة", 8, "ar: مستشارة}`"),
        (position, "{en: Senior Consultant ar: مستشارة}", 8, "`position: {en: Senior Consultant, ar: مستشارة}`"),
        (position, "{en: Senior Consultant، ar: مستشارة}", 8, "`position: {en: Senior Consultant, ar: مستشارة}`"),
        (position, "{en: Consultant: villas}", 8, "`position: {en: \"Consultant: villas\"}`"),
        (position, "en: Senior Consultant", 8, "`position: {en: Senior Consultant}`"),
        ("Sara has sold", "[New] Sara has sold", 14, "`content: \"[New] Sara has sold homes in Dubai Marina\"`"),
        ("Sara has sold", "{name} has sold", 14, "`content: \"{name} has sold homes in Dubai Marina\"`"),
    ]);
}

#[test]
fn texts_that_begin_with_a_sign_or_have_a_colon() {
    for sign in ["@", "%", "*Sara* ", "& ", "`", "? ", "- ", "> ", "| "] {
        let (line, help) = only(&AGENT.replace("Sara has sold", &format!("{sign}Sara has sold")));
        let corrected = format!("`content: \"{sign}Sara has sold homes in Dubai Marina\"`");
        assert!(line == 14 && help.contains(&corrected), "{sign}: line {line}: {help}");
    }
    check(&[
        ("Sara has sold", "Sara: has sold", 14, "`content: \"Sara: has sold homes in Dubai Marina\"`"),
        ("content: |\n        تبيع", "content: | تبيع", 16, "begin a new line behind the |, and the text in column 9"),
    ]);
}

#[test]
fn lines_without_a_key() {
    let text = "      content: Sara has sold homes in Dubai Marina";
    check(&[
        ("  last_name: Khan", "  last_name Khan", 5, "`last_name: Khan`"),
        ("theme: onyx", "theme = onyx", 24, "`theme: onyx`"),
        (text, "      content: Sara has sold homes\nin Dubai Marina", 15, "in column 9"),
        (text, "      content: Sara has sold homes\nin Dubai: Marina", 15, "write `content: |`"),
        (text, "      content: Sara has sold homes\n        in Dubai: Marina", 15, "write `content: |`"),
        (text, "      content: Sara has sold homes\n        - email: replies in an hour", 15, "write `content: |`"),
        (text, "      content:\n        Sara: homes\n        in Dubai", 15, "write `content: |`"),
        ("        في دبي", "      في دبي", 18, "begin it in column 9"),
        ("        تبيع سارة المنازل\n        في دبي", "تبيع سارة المنازل\nفي دبي", 17, "column 9 or further right"),
    ]);
}

#[test]
fn columns() {
    check(&[
        ("  last_name: Khan", "    last_name: Khan", 5, "begin it in column 3, like `first_name`"),
        ("  last_name: Khan", " last_name: Khan", 5, "begin it in column 3, like `first_name`"),
        ("public:\n  first_name", "public:\n    first_name", 4, "begin it in column 3, like `last_name`"),
        ("  phone: \"", "phone: \"", 7, "begin it in column 3, like `position`"),
        ("private:\n  first_name", "private:\nfirst_name", 20, "begin it in column 3, like `email`"),
        ("status: active", " status: active", 1, "delete the spaces"),
        ("theme: onyx", " theme: onyx", 24, "delete the spaces"),
        ("private:\n", "  private:\n", 19, "delete the spaces"),
        ("    - lang: ar", "   - lang: ar", 15, "begin it in column 5, like the other `-` of the list"),
        ("public:\n", "", 3, "write `public:` at the left margin"),
    ]);
    let twice = format!("{AGENT}{}", AGENT.replace("Sara", "Lina"));
    assert_eq!(only(&twice).0, 25);
}

#[test]
fn lines_that_were_copied_or_joined() {
    check(&[
        ("status: active\nrole", "> status: active\n> role", 1, "remove `>` in front of `status`"),
        (
            "  first_name: Sara\n  last_name",
            "4   first_name: Sara\n5   last_name",
            4,
            "remove `4` in front of `first_name`",
        ),
        ("  phone: \"", "+  phone: \"", 7, "remove `+` in front of `phone`"),
        ("\n  last_name", "  last_name", 4, "begin a new line in front of `last_name`, in column 3"),
        ("    - lang: en\n      content:", "    - lang: en content:", 13, "in front of `content`, in column 7"),
        ("        في دبي مارينا\n", "        في دبي مارينا ", 18, "begin a new line in front of `private:`"),
        ("      content: Sara", "content: Sara", 14, "begin it in column 7, like `lang`"),
        ("      content: Sara", "    content: Sara", 14, "begin it in column 7, like `lang`"),
        ("\"+971501234567\"", "\"+971501234567\" (mobile)", 7, "`phone: \"+971501234567\"`"),
        ("\"+971501234567\"", "[29/11/2026, 10:15] Sara: +971501234567", 7, "`phone: \"+971501234567\"`"),
        ("Sara has sold homes in Dubai Marina", "\"\"\"Sara\"\" has sold\"", 14, "`content: '\"Sara\" has sold'`"),
        ("homes in Dubai Marina", "homes:\n      - villas\n      - flats", 14, "write `content: |`"),
        ("  last_name: Khan", "  last_name\tKhan", 5, "`last_name: Khan`"),
    ]);
}

#[test]
fn lines_that_were_deleted() {
    check(&[
        ("private:\n", "", 19, "write `private:` at the left margin"),
        ("  descriptions:\n", "", 12, "write `descriptions:` in column 3"),
        ("  languages:\n", "", 9, "write `languages:` in column 3"),
        ("    - lang: en\n", "", 13, "write `- lang: en` in column 5"),
        ("    - lang: ar\n", "", 15, "write `- lang: ar` in column 5"),
        ("      content: |\n", "", 16, "write `content: |` in column 7"),
        ("public:\n  first_name", "public:\n first_name", 4, "begin it in column 3, like `last_name`"),
    ]);
}

/// The signs of all these errors inside texts are right, and the error below them is found.
#[test]
fn texts_are_not_mistaken_for_errors() {
    let text = "|\n        • Sara: homes\n        – villas\n        ```\n        *bold*, @sara\n        email:x\n\n        - one\n        theme onyx\n        “quoted";
    let text = AGENT.replace("Sara has sold homes in Dubai Marina", text);
    assert!(problems(&text).is_empty(), "{:#?}", problems(&text));
    let (line, help) = only(&text.replace("theme: onyx", "theme onyx"));
    assert_eq!((line, help.as_str()), (33, "write a colon and a space: `theme: …`"));
    let quoted = "\"Sara:\n\n        • homes # and\n        theme onyx\"";
    let text = AGENT.replace("Sara has sold homes in Dubai Marina", quoted);
    assert!(problems(&text).is_empty(), "{:#?}", problems(&text));
    assert_eq!(only(&text.replace("theme: onyx", "theme onyx")).0, 27);
}

#[test]
fn quotes_and_links_inside_brackets() {
    check(&[
        (
            "  position: {en: Senior Consultant,",
            "  position: {en: \"Senior Consultant,",
            8,
            "close it behind the text: `position: {en: \"Senior Consultant\", ar: مستشارة}`",
        ),
        ("ar: مستشارة}", "ar: \"مستشارة}", 8, "ar: \"مستشارة\"}`"),
        ("  languages:\n    - en\n    - ar", "  languages: [\"en, ar]", 9, "remove it: `languages: [en, ar]`"),
        (
            "  email: sara.khan@palmgate.example",
            "  email: [sara@x.ae](mailto:sara@x.ae)",
            6,
            "write the address alone: `email: sara@x.ae`",
        ),
        ("theme: onyx", "theme: @onyx", 24, "write the word alone: `theme: onyx`"),
        ("  phone: \"+971501234567\"", "  phone: \"+971 (0) 50 123 4567\"", 7, "did you mean `\"+971501234567\"`?"),
        ("  phone: \"+971501234567\"", "  phone: 9.71501234567E+11", 7, "did you mean `\"+971501234567\"`?"),
        ("  phone: \"+971501234567\"", "  phone: 9.71501E+11", 7, "a spreadsheet has shortened it"),
    ]);
}

#[test]
fn lines_and_signs_that_came_with_a_copied_text() {
    let private = "private:\n  first_name: Sara";
    for line in [
        "-----------------",
        "==========",
        "——————",
        "***",
        "+-----+",
        "PRIVATE",
        "PRIVATE PART",
        "Private:",
        "--- PRIVATE ---",
    ] {
        let (at, help) = only(&AGENT.replace(private, &format!("{line}\n{private}")));
        assert!(at == 19 && help == "remove this line", "{line}: line {at}: {help}");
    }
    check(&[
        (private, &format!("...\n{private}"), 19, "remove the `...`"),
        ("status: active\nrole", "Here is the updated file:\n\nstatus: active\nrole", 1, "remove this line"),
        ("status: active\nrole", "Here is the updated file\nstatus: active\nrole", 1, "remove this line"),
        ("status: active\nrole", "yaml\nstatus: active\nrole", 1, "remove this line"),
        ("status: active\nrole", "Updated file:\nstatus: active\nrole", 1, "remove this line"),
        ("theme: onyx\n", "theme: onyx\nPF_API_SECRET=8fj3kd93\n", 25, "revoke the key"),
        ("theme: onyx\n", "theme: onyx\n\nTell me if it is right!\n", 26, "remove this line"),
        ("theme: onyx\n", "theme: onyx\n\nTell me if it is right:\n", 26, "remove this line"),
        ("  phone: \"", "[12/03/2027, 10:15] Sara Khan:\n  phone: \"", 7, "remove this line"),
        ("  phone: \"", "[10:15 AM, 12/3/2027] Sara Khan: phone: \"", 7, "remove everything in front of `phone`"),
        ("theme: onyx\n", "theme: onyx\n\nThanks!\n", 26, "remove this line"),
        ("  phone: \"", "12/03/2027, 10:15 - Sara Khan: phone: \"", 7, "remove everything in front of `phone`"),
        ("status: active\nrole", "1. status: active\nrole", 1, "remove `1.` in front of `status`"),
        ("theme: onyx", "**theme**: onyx", 24, "remove each `**`: `theme: …`"),
        ("theme: onyx", "**theme:** onyx", 24, "remove each `**`: `theme: …`"),
        ("  email: sara@", "  `email`: sara@", 21, "`email: …`"),
        ("theme: onyx", "- theme: onyx", 24, "remove the `-` in front of `theme`, and begin the key in column 1"),
        ("  phone: \"", "- phone: \"", 7, "remove the `-` in front of `phone`, and begin the key in column 3"),
        ("  phone: \"", "  - phone: \"", 7, "begin the key in column 3"),
        ("theme: onyx", "\"theme\": \"onyx\",    # new", 24, "remove the comma and the quotes: `theme: onyx`"),
    ]);
}

#[test]
fn values_in_the_place_of_a_section() {
    check(&[
        ("public:\n", "public: Sara Khan\n", 3, "remove it, or write two spaces, # and a space in front of it"),
        ("private:\n", "private: (office only)\n", 19, "remove it, or write two spaces, # and a space"),
        ("private:\n", "private: // office only\n", 19, "remove it, or write two spaces, # and a space"),
        ("  languages:\n", "  languages: English and Arabic\n", 9, "remove it, or write two spaces"),
        ("  descriptions:\n", "  descriptions: two texts\n", 12, "remove it, or write two spaces"),
        ("theme: onyx\n", "fields:\n\"1\": Marina\n", 25, "begin it in column 3, below `fields`"),
        ("theme: onyx\n", "subscriptions:\ntype.property: {receive_sms: true}\n", 25, "below `subscriptions`"),
        ("    - lang: ar\n", "      lang: ar\n", 15, "write `- ` in front of `lang`, in column 5"),
        ("    - lang: ar\n", "    lang: ar\n", 15, "write `- ` in front of `lang`, in column 5"),
    ]);
    assert_eq!(
        only(&AGENT.repeat(2)),
        (25, "delete one of the two copies: this line and all lines below it, or all lines above it".to_owned())
    );
}

#[test]
fn values_that_are_not_what_was_meant() {
    check(&[
        ("status: active", "status: [x] active", 1, "write the word alone: `status: active`"),
        (
            "\"+971501234567\"",
            "\"+971501234567\" -> \"+971501234568\"",
            7,
            "if the second one is new: `phone: \"+971501234568\"`",
        ),
        ("\"+971509876543\"", "\"+971509876543\" / \"+971509876544\"", 22, "keep the number that is right"),
        ("theme: onyx", "theme: onyx\nfields: {\"1\": x, 3:true}", 25, "put a space behind `3:`"),
    ]);
    let photo = |value: &str, advice: &str| {
        let text = format!("  phone: \"+971501234567\"\n  photo: {value}");
        let (at, help) = only(&AGENT.replace("  phone: \"+971501234567\"", &text));
        assert!(at == 8 && help.contains(advice), "{value}: line {at}: {help}");
    };
    photo("\"C:\\Users\\Sara\\sara.jpg\"", "add the picture to the repository");
    photo("![sara](https://cdn.example.ae/s.jpg)", "`photo: https://cdn.example.ae/s.jpg`");
    photo("https: //cdn.example.ae/s.jpg", "`photo: https://cdn.example.ae/s.jpg`");
}

/// A shortened text would be pasted as it is.
#[test]
fn a_long_text_is_described_and_not_shortened() {
    let words = "has sold homes in Dubai Marina for many years and knows each of the towers there by its name";
    for (start, advice) in [
        ("Sara: ", "put \" in front of `Sara:` at the beginning of the text, and \" behind `name` at its end"),
        ("\"Sara\" ", "put ' in front of `\"Sara\"` at the beginning of the text, and ' behind `name` at its end"),
        ("\"Sara ", "close it: write \" at the end of the text"),
        ("[New] Sara ", "put \" in front of `[New]`"),
        ("*Sara* ", "put \" in front of `*Sara*`"),
    ] {
        let (at, help) = only(&AGENT.replace("Sara has sold homes in Dubai Marina", &format!("{start}{words}")));
        assert!(at == 14 && help.contains(advice) && !help.contains('…'), "{start}: line {at}: {help}");
    }
}

#[test]
fn lines_below_a_signature_are_lines() {
    let text = "  email: sara@palmgate.example\n  email_signature: Sara Khan\nPalm Gate Properties";
    check(&[("  email: sara@palmgate.example", text, 23, "write `email_signature: |`, and begin each line")]);
}
