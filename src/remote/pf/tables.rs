//! Property Finder's closed lists of languages (docs/vendor-apis.md, "Property Finder: languages") and nationalities
//! (docs/vendor-apis.md, "Property Finder: nationalities").

use isolang::Language;

/// A spoken language as Property Finder numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpokenLanguage {
    /// Its id in `spokenLanguages`.
    pub id: u64,
    /// What the portal shows.
    pub name: &'static str,
    /// The codes that mean it: ISO 639-1, then 639-3 where one is not enough. Empty: never chosen.
    pub codes: &'static [&'static str],
}

const fn spoken(id: u64, name: &'static str, codes: &'static [&'static str]) -> SpokenLanguage {
    SpokenLanguage { id, name, codes }
}

/// All 69 of them; there is no 31.
///
/// Never chosen: 17 names no language; 41 is Malay a second time (58); 63 reads "Sudanese", which is not a language: it may be
/// a slip for Sundanese (`su`), which is spoken on Java, or mean the Arabic of Sudan (`apd`). A warning can be mended, a
/// wrong word on a public profile is not seen by the people who could correct it.
pub(crate) const LANGUAGES: [SpokenLanguage; 69] = [
    spoken(1, "English", &["en"]),
    spoken(2, "Arabic", &["ar"]),
    spoken(3, "French", &["fr"]),
    spoken(4, "Polish", &["pl"]),
    spoken(5, "German", &["de"]),
    spoken(6, "Russian", &["ru"]),
    spoken(7, "Hindi", &["hi"]),
    spoken(8, "Urdu", &["ur"]),
    spoken(9, "Croatian", &["hr"]),
    spoken(10, "Spanish", &["es"]),
    spoken(11, "Persian/Farsi", &["fa", "pes"]),
    spoken(12, "Greek", &["el"]),
    spoken(13, "Tagalog", &["tl", "fil"]),
    spoken(14, "Bengali", &["bn"]),
    spoken(15, "Tamil", &["ta"]),
    spoken(16, "Malayalam", &["ml"]),
    spoken(17, "Other", &[]),
    spoken(18, "Kyrgyz", &["ky"]),
    spoken(19, "Uzbek", &["uz", "uzn"]),
    spoken(20, "Kazakh", &["kk"]),
    spoken(21, "Mandarin", &["zh", "cmn"]),
    spoken(22, "Italian", &["it"]),
    spoken(23, "Portuguese", &["pt"]),
    spoken(24, "Dutch", &["nl"]),
    spoken(25, "Hungarian", &["hu"]),
    spoken(26, "Azerbaijani", &["az", "azj", "azb"]),
    spoken(27, "Turkish", &["tr"]),
    spoken(28, "Memon", &["mby"]),
    spoken(29, "Gujarati", &["gu"]),
    spoken(30, "Ukrainian", &["uk"]),
    spoken(32, "Bulgarian", &["bg"]),
    spoken(33, "Swedish", &["sv"]),
    spoken(34, "Romanian", &["ro"]),
    spoken(35, "Afrikaans", &["af"]),
    spoken(36, "Punjabi", &["pa", "pnb"]),
    spoken(37, "Danish", &["da"]),
    spoken(38, "Serbian", &["sr"]),
    spoken(39, "Norwegian", &["no", "nb", "nn"]),
    spoken(40, "Cantonese", &["yue"]),
    spoken(41, "Bahasa Melayu", &[]),
    spoken(42, "Shona", &["sn"]),
    spoken(43, "Pashto", &["ps"]),
    spoken(44, "Albanian", &["sq"]),
    spoken(45, "Amharic", &["am"]),
    spoken(46, "Baluchi", &["bal", "bgn", "bgp", "bcc"]),
    spoken(47, "Belarusian", &["be"]),
    // `ber` is the family (ISO 639-2 and -5); the others are the large languages in it, which have codes in ISO 639-3.
    spoken(48, "Berber", &["ber", "kab", "rif", "shi", "tzm", "zgh"]),
    spoken(49, "Catalan", &["ca"]),
    spoken(50, "Czech", &["cs"]),
    spoken(51, "Finnish", &["fi"]),
    spoken(52, "Japanese", &["ja"]),
    spoken(53, "Javanese", &["jv"]),
    spoken(54, "Kannada", &["kn"]),
    spoken(55, "Korean", &["ko"]),
    spoken(56, "Kurdi", &["ku", "kmr", "ckb"]),
    spoken(57, "Latvian", &["lv"]),
    spoken(58, "Malay", &["ms", "zsm"]),
    spoken(59, "Sinhalese", &["si"]),
    spoken(60, "Slovak", &["sk"]),
    spoken(61, "Slovene", &["sl"]),
    spoken(62, "Somali", &["so"]),
    spoken(63, "Sudanese", &[]),
    spoken(64, "Swahili", &["sw", "swh"]),
    spoken(65, "Telugu", &["te"]),
    spoken(66, "Thai", &["th"]),
    spoken(67, "Macedonian", &["mk"]),
    spoken(68, "Lithuanian", &["lt"]),
    spoken(69, "Armenian", &["hy"]),
    spoken(70, "Sindhi", &["sd"]),
];

/// The 196 nationalities that its enum names, in upper case and in order.
#[rustfmt::skip]
pub(crate) const NATIONALITIES: [&str; 196] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AN", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX",
    "AZ", "BA", "BD", "BE", "BG", "BH", "BI", "BJ", "BM", "BN", "BO", "BR", "BS", "BT", "BW", "BY",
    "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CY", "CZ",
    "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "ER", "ES", "ET", "FI", "FJ", "FK", "FM",
    "FR", "GA", "GB", "GD", "GE", "GF", "GH", "GI", "GL", "GM", "GN", "GQ", "GR", "GT", "HK", "HN",
    "HR", "HU", "ID", "IE", "IL", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE",
    "KG", "KH", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LK", "LR", "LT", "LU",
    "LV", "LY", "MA", "MD", "ME", "MG", "MK", "ML", "MM", "MN", "MR", "MT", "MU", "MV", "MW", "MX",
    "MY", "MZ", "NA", "NE", "NG", "NL", "NO", "NP", "NZ", "OM", "PA", "PE", "PF", "PH", "PK", "PL",
    "PR", "PS", "PT", "PW", "PY", "QA", "RO", "RS", "RU", "RW", "SA", "SC", "SD", "SE", "SG", "SI",
    "SK", "SL", "SN", "SO", "SR", "SS", "SV", "SY", "TC", "TD", "TF", "TG", "TH", "TJ", "TM", "TN",
    "TR", "TT", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VE", "VG", "VI", "VN", "VU", "XK",
    "YE", "ZA", "ZM", "ZW",
];

/// The id of a language, by its ISO 639-1 or 639-3 code in any case; none if Property Finder has none.
#[must_use]
pub(crate) fn language_id(code: &str) -> Option<u64> {
    let code = code.trim().to_lowercase();
    let known = |code: &str| LANGUAGES.iter().find(|spoken| spoken.codes.contains(&code)).map(|spoken| spoken.id);
    known(&code).or_else(|| known(Language::from_639_3(&code)?.to_639_1()?))
}

/// What the portal calls a language, by its code in any case; none if Property Finder has none.
#[must_use]
pub(crate) fn language_name(code: &str) -> Option<&'static str> {
    let id = language_id(code)?;
    LANGUAGES.iter().find(|spoken| spoken.id == id).map(|spoken| spoken.name)
}

/// Whether it takes this ISO 3166-1 alpha-2 code, in any case.
#[must_use]
pub(crate) fn has_nationality(code: &str) -> bool {
    NATIONALITIES.binary_search(&code.trim().to_uppercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_but_31_is_there_once() {
        let ids: Vec<u64> = LANGUAGES.iter().map(|spoken| spoken.id).collect();
        assert_eq!(ids, (1..=70).filter(|id| *id != 31).collect::<Vec<_>>());
    }

    #[test]
    fn no_code_means_two_languages() {
        let codes: Vec<&str> = LANGUAGES.iter().flat_map(|spoken| spoken.codes).copied().collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    /// A slip in the table (`sl` for Slovak) would say a wrong thing of somebody in public.
    #[test]
    fn a_two_letter_code_is_the_language_that_the_portal_names() {
        let other_names = [
            (11, "Persian"),
            (12, "Modern Greek"),
            (18, "Kirghiz"),
            (21, "Chinese"),
            (36, "Panjabi"),
            (43, "Pushto"),
            (56, "Kurdish"),
            (59, "Sinhala"),
            (61, "Slovenian"),
        ];
        for spoken in LANGUAGES {
            let Some(code) = spoken.codes.first().filter(|code| code.len() == 2) else { continue };
            let name = Language::from_639_1(code).map_or("", |language| language.to_name());
            let want = other_names.iter().find(|(id, _)| *id == spoken.id).map_or(spoken.name, |(_, name)| *name);
            assert!(name.starts_with(want), "{code} is {name}, the portal shows {}", spoken.name);
        }
    }

    #[test]
    fn languages_are_found_by_any_code_they_have() {
        let table = [
            ("en", Some(1)),
            ("EN", Some(1)),
            ("eng", Some(1)),
            ("ar", Some(2)),
            ("zh", Some(21)),
            ("yue", Some(40)),
            ("ms", Some(58)),
            ("tl", Some(13)),
            ("fil", Some(13)),
            ("nb", Some(39)),
            ("nob", Some(39)),
            ("fa", Some(11)),
            ("kab", Some(48)),
            ("bal", Some(46)),
            ("he", None),
            ("ne", None),
            ("vi", None),
            ("id", None),
            ("su", None),
            ("", None),
            ("english", None),
        ];
        for (code, want) in table {
            assert_eq!(language_id(code), want, "{code}");
        }
    }

    #[test]
    fn nationalities_are_in_order_and_found_in_any_case() {
        assert!(NATIONALITIES.is_sorted());
        for (code, want) in [("AE", true), ("ae", true), ("ZW", true), ("HT", false), ("GY", false), ("", false)] {
            assert_eq!(has_nationality(code), want, "{code}");
        }
    }
}
