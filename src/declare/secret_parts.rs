//! Values of keys that look like those of credentials. They are masked in every file and on every screen: roster reads keys from
//! the environment alone, so a credential in a file is there by mistake, and an output would spread it.

use std::ops::Range;

/// A part of a name that only credentials have.
const PARTS: [&str; 12] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "api_key",
    "apikey",
    "authorization",
    "bearer",
    "كلمة_المرور",
    "كلمة_السر",
    "الرمز_السري",
];

/// What to do about a credential.
pub(super) const CREDENTIAL: &str = "roster reads keys from the environment alone: remove this line, and revoke the key, since \
                                     everybody who can read this file has it";

/// Whether a key has the name of a credential, such as `api_key`, `PF_API_SECRET` or `accessKey`. `key_expires` and `secretary` have
/// not.
pub(super) fn is_name_of_a_credential(key: &str) -> bool {
    let name = key.trim().to_lowercase().replace(['-', ' ', '.'], "_");
    let is_secret = |word: &str| matches!(word, "secrets" | "pwd" | "pass") || word.ends_with("secret");
    PARTS.iter().any(|part| name.contains(part))
        || name.split('_').any(is_secret)
        || name.split('_').next_back().is_some_and(|last| matches!(last, "key" | "keys"))
        // In two words without a sign between them, as programmers write them.
        || key.trim().ends_with("Key")
}

/// The bytes of these values, in order, none of them crossing a line's end. The lines are read and not the tree, since a file that is
/// not YAML has none.
pub(super) fn secret_parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open: Option<OpenValue> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_end();
        let indent = written.len() - written.trim_start().len();
        let hidden = if open.as_mut().is_some_and(|value| value.goes_on(written, indent)) {
            Some(indent)
        } else {
            let value = value_of_a_credential(written);
            open = value.map(|at| OpenValue::new(written, indent, at));
            value
        };
        parts.extend(hidden.filter(|at| *at < written.len()).map(|at| start + at..start + written.len()));
        start += line.len();
    }
    parts
}

/// A value that may go on in the next lines.
struct OpenValue {
    /// The spaces in front of its key.
    indent: usize,
    /// Whether its key begins an item of a list, whose next item is another one.
    is_item: bool,
    /// What ends it, where it has an end of its own: a quote, or the last line of a certificate.
    end: Option<&'static str>,
}

impl OpenValue {
    fn new(line: &str, indent: usize, at: usize) -> Self {
        let value = line.get(at..).unwrap_or_default();
        let open_quote = |quote: &&str| value.starts_with(*quote) && value.matches(*quote).count() == 1;
        let end =
            ["\"", "'"].into_iter().find(open_quote).or_else(|| value.contains("-----BEGIN").then_some("-----END"));
        Self { indent, is_item: line.trim_start().starts_with('-'), end }
    }

    fn goes_on(&mut self, line: &str, indent: usize) -> bool {
        if let Some(end) = self.end {
            if line.contains(end) {
                self.end = None;
            }
            return true;
        }
        if line.contains("-----BEGIN") {
            self.end = Some("-----END");
        }
        let is_item_of_it = !self.is_item && indent == self.indent && line.trim_start().starts_with("- ");
        // Also lines of a certificate, which people do not indent.
        indent > self.indent || is_item_of_it || !line.contains(':')
    }
}

/// What separates a name from its value, also in the files of other programs.
const SIGNS: [char; 3] = [':', '=', '\u{ff1a}'];

/// The name of a credential that begins a line.
pub(super) fn credential_of_line(line: &str) -> Option<&str> {
    let word = line.trim_start_matches([' ', '\t', '-', '#', '+', '>', '"', '\'']);
    let (name, _) = word.strip_prefix("export ").unwrap_or(word).split_once(SIGNS)?;
    let name = name.trim_end_matches([' ', '\t', '"', '\'']);
    // More words are a sentence.
    (name.split_whitespace().count() <= 3 && is_name_of_a_credential(name)).then_some(name)
}

/// The place in a line of the value behind the first name of a credential.
fn value_of_a_credential(line: &str) -> Option<usize> {
    let begins_the_line = credential_of_line(line).is_some();
    let is_behind_a_name =
        |(at, _): &(usize, &str)| begins_the_line || is_between_braces(line.get(..*at).unwrap_or_default());
    let (at, sign) = line.match_indices(SIGNS).find(is_behind_a_name)?;
    let behind = at + sign.len();
    let rest = line.get(behind..)?;
    Some(behind + rest.len() - rest.trim_start().len())
}

/// Whether a text ends with the name of a credential in a list or a map between braces. In a sentence such a word is none.
fn is_between_braces(before: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let before = before.trim_end_matches([' ', '\t', '"', '\'']);
    let ahead = before.trim_end_matches(is_of_name);
    let name = before.get(ahead.len()..).unwrap_or_default();
    is_name_of_a_credential(name) && ahead.trim_end_matches([' ', '\t', '"', '\'']).ends_with(['{', '[', ','])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::string_slice)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_credential_is_found() {
        for text in [
            "api_key: CANARY\n",
            "crm:\n  api_key: CANARY  # CANARY\n  rate: 1/s\n",
            "PF_API_SECRET: \"CANARY\"\n",
            "PF_API_SECRET=CANARY\n",
            "# pf-token : CANARY\n",
            "api key: CANARY\n",
            "كلمة المرور: CANARY\n",
            "export PF_API_KEY=CANARY",
            "crm: {rate: 1/s, \"apiKey\": CANARY, CANARY: 1}\n",
            "access_token:\n  CANARY\n  - CANARY\nlinks: crm\n",
            "tokens:\n- CANARY\nlinks: crm\n",
            "private_key: \"-----BEGIN\nCANARY\nCANARY\"\nlinks: crm\n",
            "- password： CANARY",
            "tokens:\n- pf:CANARY\n- https://host.example/CANARY\nlinks: crm\n",
            "private_key: \"-----BEGIN\nProc-Type: 4,CANARY\n\nCANARY: CANARY\nCANARY\"\nlinks: crm\n",
            "pem_key: |\n-----BEGIN KEY-----\nProc-Type: 4\nCANARY: CANARY\n-----END KEY-----\nlinks: crm\n",
            "accessKey: CANARY\nprivateKey: CANARY\npwd: CANARY\npass: CANARY\nlinks: crm\n",
        ] {
            let mut hidden = text.to_owned();
            for part in secret_parts(text).into_iter().rev() {
                hidden.replace_range(part, "•");
            }
            assert!(!hidden.contains("CANARY"), "{hidden}");
            assert_eq!(hidden.contains("links: crm"), text.contains("links: crm"), "{hidden}");
        }
    }

    #[test]
    fn other_keys_and_sentences_are_shown() {
        for text in [
            "key_expires: 2027-01-01\n",
            "content: Her secret: hard work\n",
            "The one secret of hers: work\n",
            "monkey: x\n",
            "secretary_mobile: x\n",
            "secretary = Lina\n",
            "passport: x\n",
            "rate: 300/60s\n",
        ] {
            assert!(secret_parts(text).is_empty(), "{text}");
        }
    }
}
