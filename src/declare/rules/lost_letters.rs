//! Texts whose letters another program lost or replaced, since it read or wrote another encoding.

use super::RuleContext;
use super::texts::each_text;
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::declare::source::path_in_words;

pub(super) fn letters_are_whole(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        // Most texts have none of the bytes with which a lost letter begins: nothing else is looked for in them.
        if !LOST.iter().any(|byte| text.as_bytes().contains(byte)) {
            return;
        }
        let what = if text.contains(char::REPLACEMENT_CHARACTER) {
            "contains U+FFFD, which stands for a letter that was lost"
        } else if is_of_question_marks(text) {
            "consists of question marks, which stand for letters that were lost"
        } else if is_in_another_encoding(text) {
            "has the letters of another encoding: UTF-8 was read as Windows-1252"
        } else {
            return;
        };
        let help = "type the text again, or copy it from the first document, and save the file as UTF-8";
        problems.push(person.error_at(path, format!("{} {what}", path_in_words(path))).warning().help(help));
    });
}

/// The first bytes of U+FFFD, of a question mark, and of À to ÿ, which are what the first byte of a letter becomes.
const LOST: [u8; 3] = [0xef, b'?', 0xc3];

/// Most words have nothing but question marks.
fn is_of_question_marks(text: &str) -> bool {
    let words = text.split_whitespace();
    let (lost, all) = words.fold((0, 0), |(lost, all), word| {
        let is_lost = word.len() > 1 && word.bytes().all(|byte| byte == b'?');
        (lost + usize::from(is_lost), all + 1)
    });
    lost * 2 > all
}

/// The letters that Windows-1252 has at 0x80 to 0x9F. Other programs keep the five bytes without a letter as they are.
const FROM_0X80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The byte above 0x7F that a letter has in Windows-1252.
fn byte_of(c: char) -> Option<u8> {
    match c {
        '\u{80}'..='\u{ff}' => u8::try_from(u32::from(c)).ok(),
        '\u{152}'..='\u{192}' | '\u{2c6}'..='\u{2dc}' | '\u{2013}'..='\u{2122}' => {
            FROM_0X80.iter().position(|one| *one == c).and_then(|at| u8::try_from(0x80 + at).ok())
        }
        _ => None,
    }
}

/// Whether letters that follow each other are the bytes of other letters in UTF-8.
fn is_in_another_encoding(text: &str) -> bool {
    text.split(|c: char| byte_of(c).is_none()).any(|run| {
        // No letter of UTF-8 above 0x7F has a single byte.
        if run.chars().nth(1).is_none() {
            return false;
        }
        let bytes: Vec<u8> = run.chars().filter_map(byte_of).collect();
        let decoded = String::from_utf8_lossy(&bytes);
        let meant = decoded.chars().filter(|c| is_common(*c)).count();
        let others = decoded.chars().count() - meant;
        // One letter may be by chance: `É»` are the bytes of a letter of phonetics. `Ã©` and `â€™` are no words.
        let is_certain = meant > 1 || run.starts_with('Ã') || run.starts_with("â€");
        meant > others * 3 && is_certain
    })
}

/// Letters of Europe, Russia, the Arab world and India, and the signs of typography.
fn is_common(c: char) -> bool {
    let is_sign = matches!(c, '\u{a0}'..='\u{bf}' | '\u{200c}' | '\u{200d}' | '\u{2010}'..='\u{203a}');
    is_sign
        || matches!(c, '\u{c0}'..='\u{17f}' | '\u{400}'..='\u{52f}' | '\u{600}'..='\u{6ff}' | '\u{900}'..='\u{dff}' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_another_encoding_are_distinguished_from_right_ones() {
        for text in [
            "Ù„ÙŠÙ†Ø§",
            "JosÃ© Garc\u{c3}\u{ad}a",
            "Dubaiâ€™s best",
            "Ð\u{90}Ð½Ð½Ð°",
            "homes Ù\u{81}ÙŠ Dubai",
            "à¤®à¥‡à¤¨à¤¨",
            "é™ˆä¼Ÿ",
        ] {
            assert!(is_in_another_encoding(text), "{text}");
        }
        for text in [
            "لينا سعد",
            "José García",
            "«CAFÉ»",
            "Pelé”…",
            "Größe „Ä“ – 5 €",
            "Dubai’s “best” — ever…",
            "£5 ± 2°",
            "Ærø Åse",
            "São Tomé, ÑÖÜß",
            "Łukasz Żółć",
            "تبيع سارة «المنازل» – دبي",
        ] {
            assert!(!is_in_another_encoding(text), "{text}");
        }
    }

    #[test]
    fn question_marks_are_distinguished_from_questions() {
        for text in ["?????? ??????", "???", "?? ???? Khan"] {
            assert!(is_of_question_marks(text), "{text}");
        }
        for text in ["Really??", "Why? Because.", "", "Is it ??? or not"] {
            assert!(!is_of_question_marks(text), "{text}");
        }
    }
}
