//! Property Finder's closed lists of languages and nationalities. The client has its own tables, so that the tests
//! compare two sources (docs/vendor-apis.md, "Property Finder: nationalities").

/// The 196 nationalities.
pub(super) const NATIONALITIES: &str = "\
    AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BD BE BG BH BI BJ BM BN BO BR BS BT BW BY CA CC CD CF CG \
    CH CI CK CL CM CN CO CR CU CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FR GA GB GD GE GF GH GI GL GM \
    GN GQ GR GT HK HN HR HU ID IE IL IN IO IQ IR IS IT JE JM JO JP KE KG KH KM KN KP KR KW KY KZ LA LB LC LK LR LT \
    LU LV LY MA MD ME MG MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NL NO NP NZ OM PA PE PF PH PK PL PR PS PT PW \
    PY QA RO RS RU RW SA SC SD SE SG SI SK SL SN SO SR SS SV SY TC TD TF TG TH TJ TM TN TR TT TW TZ UA UG UM US UY \
    UZ VE VG VI VN VU XK YE ZA ZM ZW";

/// The 69 spoken languages: id, name, and the ISO 639 code under which the seeded files may have it; empty where there is
/// none, or where another id is the better one.
pub(in crate::sandbox) const LANGUAGES: [(u8, &str, &str); 69] = [
    (1, "English", "en"),
    (2, "Arabic", "ar"),
    (3, "French", "fr"),
    (4, "Polish", "pl"),
    (5, "German", "de"),
    (6, "Russian", "ru"),
    (7, "Hindi", "hi"),
    (8, "Urdu", "ur"),
    (9, "Croatian", "hr"),
    (10, "Spanish", "es"),
    (11, "Persian/Farsi", "fa"),
    (12, "Greek", "el"),
    (13, "Tagalog", "tl"),
    (14, "Bengali", "bn"),
    (15, "Tamil", "ta"),
    (16, "Malayalam", "ml"),
    (17, "Other", ""),
    (18, "Kyrgyz", "ky"),
    (19, "Uzbek", "uz"),
    (20, "Kazakh", "kk"),
    (21, "Mandarin", "zh"),
    (22, "Italian", "it"),
    (23, "Portuguese", "pt"),
    (24, "Dutch", "nl"),
    (25, "Hungarian", "hu"),
    (26, "Azerbaijani", "az"),
    (27, "Turkish", "tr"),
    (28, "Memon", ""),
    (29, "Gujarati", "gu"),
    (30, "Ukrainian", "uk"),
    (32, "Bulgarian", "bg"),
    (33, "Swedish", "sv"),
    (34, "Romanian", "ro"),
    (35, "Afrikaans", "af"),
    (36, "Punjabi", "pa"),
    (37, "Danish", "da"),
    (38, "Serbian", "sr"),
    (39, "Norwegian", "no"),
    (40, "Cantonese", "yue"),
    (41, "Bahasa Melayu", ""),
    (42, "Shona", "sn"),
    (43, "Pashto", "ps"),
    (44, "Albanian", "sq"),
    (45, "Amharic", "am"),
    (46, "Baluchi", "bal"),
    (47, "Belarusian", "be"),
    (48, "Berber", ""),
    (49, "Catalan", "ca"),
    (50, "Czech", "cs"),
    (51, "Finnish", "fi"),
    (52, "Japanese", "ja"),
    (53, "Javanese", "jv"),
    (54, "Kannada", "kn"),
    (55, "Korean", "ko"),
    (56, "Kurdi", "ku"),
    (57, "Latvian", "lv"),
    (58, "Malay", "ms"),
    (59, "Sinhalese", "si"),
    (60, "Slovak", "sk"),
    (61, "Slovene", "sl"),
    (62, "Somali", "so"),
    (63, "Sudanese", ""),
    (64, "Swahili", "sw"),
    (65, "Telugu", "te"),
    (66, "Thai", "th"),
    (67, "Macedonian", "mk"),
    (68, "Lithuanian", "lt"),
    (69, "Armenian", "hy"),
    (70, "Sindhi", "sd"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_as_long_as_the_vendor_s() {
        let nationalities: Vec<_> = NATIONALITIES.split_whitespace().collect();
        assert_eq!(nationalities.len(), 196);
        assert!(nationalities.is_sorted());
        let ids: Vec<u8> = LANGUAGES.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids, (1..=70).filter(|id| *id != 31).collect::<Vec<u8>>());
    }
}
