//! Values that are valid, and most likely not what was meant.

use icu_properties::CodePointSetData;
use icu_properties::props::ExtendedPictographic;
use url::Url;

use super::RuleContext;
use super::texts::{each_text, leaf};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, path_in_words};
use crate::model::agent::value::{Phone, Photo};
use crate::model::agent::{Field, Setting};

pub(super) fn phones_exist(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let (public, private) = (&person.agent.public, &person.agent.private);
    let optional = [
        (Field::PhoneSecondary, &public.phone_secondary),
        (Field::WhatsappPhone, &public.whatsapp_phone),
        (Field::Landline, &private.landline),
    ];
    let optional = optional.into_iter().filter_map(|(field, phone)| Some((field, phone.set()?)));
    let phones = [(Field::Phone, &public.phone), (Field::Mobile, &private.mobile)].into_iter().chain(optional);
    for (field, _) in phones.filter(|(_, phone)| !Phone::exists(phone)) {
        let message = format!("`{field}` is not a number that its country has");
        let help = "check each digit; a mobile number of the United Arab Emirates is +971 5 and eight more digits";
        problems.push(person.error(&field, message).warning().help(help));
    }
}

/// Sites on which the address of a picture shows a page with the picture in it.
const GALLERIES: [&str; 10] = [
    "drive.google.com",
    "docs.google.com",
    "photos.google.com",
    "photos.app.goo.gl",
    "dropbox.com",
    "onedrive.live.com",
    "1drv.ms",
    "sharepoint.com",
    "icloud.com",
    "wetransfer.com",
];

pub(super) fn photos_are_pictures(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let photos = [(Field::Photo, &person.agent.public.photo), (Field::PrivatePhoto, &person.agent.private.photo)];
    for (field, photo) in photos {
        let Setting::Set(Photo::Web(address)) = photo else { continue };
        let host = Url::parse(address.as_str()).ok().and_then(|url| Some(url.host_str()?.to_owned()));
        let host = host.unwrap_or_default();
        let within = |site: &&&str| host == **site || host.ends_with(&format!(".{site}"));
        if let Some(site) = GALLERIES.iter().find(within) {
            let message = format!("`{field}` is the address of a page on {site}, not of a picture");
            let help = "write an address that shows the picture alone, or keep the picture in agents/photos/";
            problems.push(person.error(&field, message).warning().help(help));
        }
    }
}

pub(super) fn texts_are_no_html(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        // A signature may be HTML, and what a custom field holds is the account's own affair.
        if first_key(path) == "public" && has_html(text) {
            let message = format!("{} contains HTML, which clients would see as it is written", path_in_words(path));
            let decoded = html_escape::decode_html_entities(text);
            let help = match decoded.chars().count() {
                _ if has_tag(text) => "write plain text; a blank line begins a new paragraph".to_owned(),
                0..=80 => format!("write the letters themselves: `{decoded}`"),
                _ => "write the letters themselves in place of each & with its ;".to_owned(),
            };
            problems.push(person.error_at(path, message).at_part(first_html(text)).warning().help(help));
        }
    });
}

pub(super) fn names_have_no_emoji(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let pictures = CodePointSetData::new::<ExtendedPictographic>();
    let is_emoji = |c: char| pictures.contains(c) || matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    for field in [Field::FirstName, Field::LastName, Field::PrivateFirstName, Field::PrivateLastName] {
        let name = person.declaration.record.get(&field).and_then(|name| name.as_text()).unwrap_or_default();
        if name.contains(is_emoji) {
            let message = format!("`{field}` contains an emoji");
            problems.push(person.error(&field, message).warning().help("remove it: a name has letters only"));
        }
    }
}

pub(super) fn quotes_are_typed(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        if is_in_typographic_quotes(text) && is_plain(person, path) {
            let message = format!("{} is in typographic quotes, which become part of the value", path_in_words(path));
            let help = "remove them, or type the straight quotes of the keyboard: \"";
            problems.push(person.error_at(path, message).warning().help(help));
        }
    });
}

fn first_key(path: &[PathStep]) -> &str {
    match path.first() {
        Some(PathStep::Key(key)) => key,
        _ => "",
    }
}

fn is_plain(person: &AgentFile, path: &[PathStep]) -> bool {
    leaf(person, path).is_some_and(|(_, plain)| plain)
}

fn is_in_typographic_quotes(text: &str) -> bool {
    let (opening, closing) = (['“', '”', '„', '«', '‘', '’'], ['”', '“', '»', '’', '‘']);
    let inside = text.strip_prefix(opening).and_then(|text| text.strip_suffix(closing));
    inside.is_some_and(|inside| !inside.contains(opening) && !inside.contains(closing))
}

/// A tag such as `<b>` or `</p>`, or an entity such as `&nbsp;`.
pub(super) fn has_html(text: &str) -> bool {
    has_tag(text) || html_escape::decode_html_entities(text) != text
}

fn has_tag(text: &str) -> bool {
    first_tag(text).is_some()
}

fn first_tag(text: &str) -> Option<&str> {
    let is_tag = |tag: &&str| {
        let name = tag.strip_prefix("</").or_else(|| tag.strip_prefix('<')).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    // Of a file that is full of such signs no part is read often.
    let to_end = |(at, _): (usize, &str)| {
        let mut behind = text.bytes().enumerate().skip(at + 1).take(LONGEST_TAG);
        let (end, _) = behind.find(|(_, byte)| matches!(byte, b'<' | b'>')).filter(|(_, byte)| *byte == b'>')?;
        text.get(at..=end)
    };
    text.match_indices('<').filter_map(to_end).find(is_tag)
}

/// The first tag, or else the first entity.
fn first_html(text: &str) -> &str {
    let to_end = |(at, _): (usize, &'_ str)| {
        let mut behind = text.bytes().enumerate().skip(at).take(LONGEST_ENTITY);
        let (end, _) = behind.find(|(_, byte)| *byte == b';')?;
        text.get(at..=end)
    };
    let is_entity = |entity: &&str| html_escape::decode_html_entities(entity) != *entity;
    let entities = || text.match_indices('&').filter_map(to_end).find(is_entity);
    first_tag(text).or_else(entities).unwrap_or_default()
}

/// In bytes. A longer text between two angle brackets is not a tag.
const LONGEST_TAG: usize = 202;
/// In bytes, with its `&` and its `;`.
const LONGEST_ENTITY: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_distinguished_from_arithmetic() {
        for html in ["<b>Sara</b>", "a<br/>b", "a&nbsp;b", "&#39;", "<a href=\"x\">y</a>"] {
            assert!(has_html(html), "{html}");
        }
        // Without a limit on what is read behind each sign, this would take minutes.
        for sign in ["<", "&"] {
            assert!(!has_tag(&format!("{}>;", sign.repeat(250_000))) && first_html(&sign.repeat(250_000)).is_empty());
        }
        for plain in ["2 < 3 and 5 > 4", "Khan & Sons; more", "R&D", "<3", "a <b", "&;"] {
            assert!(!has_html(plain), "{plain}");
        }
    }

    #[test]
    fn quotes_around_a_whole_value_are_a_mistake_and_inside_it_are_not() {
        for text in ["“Senior Consultant”", "„Beraterin“", "«Conseillère»", "’x‘"] {
            assert!(is_in_typographic_quotes(text), "{text}");
        }
        for text in ["“Best broker” of “Dubai”", "Sara’s", "the “best”", "“", "\"Sara\""] {
            assert!(!is_in_typographic_quotes(text), "{text}");
        }
    }
}
