//! Private values and control characters do not reach an output.

use super::*;

/// A lone carriage return would write over the line, and the others reorder or hide what is read.
#[test]
fn control_characters_of_a_file_are_not_printed() {
    let strange = ["\u{1b}[2J", "\u{7}", "\r", "\u{9b}31m", "\u{85}", "\u{202e}", "\u{2066}", "\u{2028}", "\u{e0041}"];
    for part in strange {
        for text in [
            agent("sara", "").replace("status: active", &format!("status: activ # {part}shown")),
            agent("sara", "").replace("last_name: ", &format!("last_name: \"{part}\"\n  \"x{part}\": ")),
            agent("sara", &format!("a{part}b: [\n")),
        ] {
            let repo = repo_of(&[("agents/sara.yaml", &text)]);
            for reveal in [false, true] {
                let (_, talk, _) = validate(repo.folder(), ProblemStyle { reveal, ..PLAIN });
                assert!(!talk.contains(part), "{talk:?}");
            }
        }
    }
}

/// No private value is in any output, also of a file that is broken at any place, unless it goes to a person's screen.
#[test]
fn private_values_are_masked_in_every_broken_file() {
    const CANARY: &str = "kanarie";
    let whole = format!(
        "status: active\npublic:\n  first_name: Sara\n  last_name: Khan\n  email: sara.khan@palmgate.example\n  phone: \"+971501234567\"\n\
         private:\n  # {CANARY}\n  first_name: {CANARY}\n  last_name: \"{CANARY}\"\n  email: {CANARY}@palmgate.example\n  mobile: \"{CANARY}\"\n  \
         landline: {{{CANARY}: {CANARY}}}\n  lang: {CANARY}\n  use_email_signature: {CANARY}\n  email_signature: |\n    {CANARY}\n    Note: {CANARY}\n\
         \x20 photo: ../{CANARY}\nfields: {{\"1\": {CANARY}, \"2\": [{CANARY}]}}\ntheme: onyx\n"
    );
    let strikes =
        ["\"", "'", "[", "}", "\t", ": ", "\0", "&", "*", "- ", "\n", "\n---\n", "!", "#", "private", "\u{202e}"];
    for at in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        for strike in strikes {
            let broken = [&whole[..at], strike, &whole[at..]].concat();
            let split = strike == "\n"
                || !whole[..at].ends_with(char::is_alphanumeric)
                || !whole[at..].starts_with(char::is_alphanumeric);
            if !split {
                continue;
            }
            let (_, problems) =
                file::read("agents/sara.yaml", broken.as_bytes(), &Config::default().property_finder.languages);
            let loaded = Loaded { problems, files: 1, ..Loaded::default() };
            let shown = problems::terminal("agents", &loaded, PLAIN) + &problems::json(loaded.files, &loaded.problems);
            let shown = shown + &formats::annotated(&loaded.problems) + &formats::sarif(&loaded.problems);
            assert!(!shown.contains(CANARY), "{strike:?} at {at}:\n{shown}");
        }
    }
    let (_, problems) = file::read("agents/sara.yaml", whole.as_bytes(), &Config::default().property_finder.languages);
    let loaded = Loaded { problems, files: 1, ..Loaded::default() };
    assert!(problems::terminal("agents", &loaded, ProblemStyle { reveal: true, ..PLAIN }).contains(CANARY));
}

#[test]
fn private_values_are_masked_at_every_position_of_their_key() {
    const CANARY: &str = "kanarie";
    let public = "status: active\npublic:\n  first_name: Sara\n  last_name: Khan\n  email: sara.khan@palmgate.example\n  phone: \"+971501234567\"\n";
    let values = format!(
        "email: \"{CANARY}\"\n  email: {CANARY}\n  licence: [{CANARY}]\n  photo: {CANARY}://\n  languages: {CANARY}\n  # {CANARY}\n"
    );
    let strays = [
        format!("  private:\n  {values}"),
        format!("  \"fields\": \n  {values}"),
        format!("  privat:\n  {values}"),
        format!("  private:\n    x: {CANARY}\n  {values}"),
        format!("  position:\n    private:\n    en: {CANARY}\n    en: {CANARY}\n  {values}"),
        format!("  position: {{fields: {{en: {CANARY}, en: {CANARY}}}}}\n"),
        format!("  position: {{private: , en: {CANARY}, en: {CANARY}}}\n"),
        format!("  position: {{private: , {CANARY}: x}}\n"),
        format!("  descriptions:\n  - fields:\n    lang: {CANARY}\n    lang: {CANARY}\n"),
        format!("subscriptions:\n  private:\n  {values}"),
        format!("handover:\n  private:\n  {values}"),
    ];
    for stray in strays {
        for rest in [
            "",
            "private: {}\n",
            "private:\n  landline: x\ntheme: onix\n",
            "theme: onix\nprivate: {a: b}\n",
            "theme: [\n",
        ] {
            let broken = format!("{public}{stray}{rest}");
            let repo = repo_of(&[("agents/sara.yaml", &broken)]);
            let (_, talk, json) = validate(repo.folder(), PLAIN);
            assert!(!format!("{talk}{json}").contains(CANARY), "{broken}\n{talk}");
        }
    }
}
