//! Each value or key that the schema refuses, in a file that is right otherwise: one problem, at its line, with what to write.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::declare::problem::Problem;
use crate::declare::{config, file};
use crate::model::config::Config;

const AGENT: &str = r#"status: active
public:
  first_name: Sara
  last_name: Khan
  email: sara.khan@palmgate.example
  phone: "+971501234567"
  licence_expired_at: 2028-03-31
  languages: [en, ar]
  descriptions:
    - {lang: en, content: Sara has sold homes in Dubai Marina}
private:
  email: sara@palmgate.example
  mobile: "+971509876543"
  landline: "+97144201171"
"#;

const CONFIG: &str = r#"crm:
  link_fields: {agent: "11", pf_user: "12", pf_profile: "13", memory: "14"}
property_finder:
  languages: {primary: en, secondary: ar}
  licence: brn
"#;

type Read = fn(&str) -> Vec<Problem>;

fn agent_problems(text: &str) -> Vec<Problem> {
    file::read("agents/sara-khan.yaml", text.as_bytes(), &Config::default().property_finder.languages).1
}

fn config_problems(text: &str) -> Vec<Problem> {
    config::read("roster.yaml", text.as_bytes()).err().unwrap_or_default()
}

fn check(file: &str, read: Read, rows: &[(&str, &str, usize, &str)]) {
    for (right, wrong, line, advice) in rows {
        assert_eq!(file.matches(right).count(), 1, "{right}");
        let problems = read(&file.replace(right, wrong));
        assert_eq!(problems.len(), 1, "{wrong}: {problems:#?}");
        let (at, help) = (problems[0].start.0, problems[0].help.clone().unwrap_or_default());
        assert!(help.contains(advice) && at == *line, "line {at}: {help}\nfor line {line}: {advice}\n{wrong}");
    }
}

#[test]
fn the_files_of_these_tests_are_right() {
    assert!(agent_problems(AGENT).is_empty() && config_problems(CONFIG).is_empty());
}

#[test]
fn a_credential_is_never_printed() {
    const CANARY: &str = "kanarie";
    let advice = "remove this line, and revoke the key";
    let texts = |file: &str, key: &str| {
        [format!("{file}  {key}: {CANARY}\n"), format!("{file}{key}: {CANARY}\n"), format!("{key}: {CANARY}\n{file}")]
    };
    for key in ["api_key", "PF_API_SECRET", "pf-token", "password", "crm_key"] {
        for text in texts(CONFIG, key) {
            let problems = config_problems(&text);
            assert_eq!(problems.len(), 1, "{problems:#?}");
            assert!(problems[0].help.as_ref().unwrap().contains(advice), "{:?}", problems[0].help);
        }
        // A file that is not YAML, and one in which the value is wrong too, are shown without it.
        let broken =
            texts(CONFIG, key).map(|text| (text.replace("kanarie", "kanarie: {kanarie"), config_problems as Read));
        let agents = texts(AGENT, key).map(|text| (text, agent_problems as Read));
        for (text, read) in broken.into_iter().chain(agents) {
            for problem in read(&text) {
                let shown = problem.render(false, true, 80) + &problem.sentences().join(" ");
                assert!(!shown.contains(CANARY), "{shown}");
            }
        }
    }
}

#[test]
fn keys_that_are_not_known() {
    check(
        AGENT,
        agent_problems,
        &[
            ("  mobile:", "  جوال:", 13, "did you mean `mobile`? It is missing under `private`"),
            ("  last_name:", "  الاسم:", 4, "did you mean `last_name`? It is missing under `public`"),
            ("  last_name: Khan", "  last_name: Khan\n  hobby: chess", 5, "known here: "),
            (
                "  first_name: Sara\n  last_name: Khan\n",
                "  name: Yousef Al Mansoori\n",
                3,
                "write `first_name: Yousef` and `last_name: Al Mansoori`",
            ),
            ("  first_name: Sara\n  last_name: Khan\n", "  الاسم: Sara\n", 3, "write `first_name:` and `last_name:`"),
            ("  languages:", "  nationality: CN\n  languages:", 8, "write `nationalities: [CN]`"),
            ("  languages: [en, ar]", "  language: en", 8, "write `languages: [en]`"),
            ("  languages: [en, ar]", "  language: English and Arabic", 8, "write `languages: [en, ar]`"),
            (
                "  languages:",
                "  mobile: \"+971501234568\"\n  languages:",
                8,
                "`private.mobile` is there already, in line 14: write `phone_secondary` or `whatsapp_phone`",
            ),
            ("{lang: en,", "{lang:en,", 10, "put a space behind `lang:`, as in `lang: en`"),
        ],
    );
    let long = "Dmitri helps buyers, in their language, find villas on Palm Jumeirah, and at their own pace";
    check(
        AGENT,
        agent_problems,
        &[
            (
                "Sara has sold homes in Dubai Marina",
                "Sara sells homes, villas and flats",
                10,
                "put a text with a comma in quotes: \" in front of `Sara`, and \" behind `flats`",
            ),
            (
                "lang: en, content: Sara has sold homes in Dubai Marina",
                "content: Sara sells homes, villas and flats, lang: en",
                10,
                "\" in front of `Sara`, and \" behind `flats`",
            ),
            (
                "Sara has sold homes in Dubai Marina",
                "Sara sells homes, and villas: all",
                10,
                "\" in front of `Sara`, and \" behind `all`",
            ),
            ("Sara has sold homes in Dubai Marina", long, 10, "\" in front of `Dmitri`, and \" behind `pace`"),
        ],
    );
}

#[test]
fn values_of_another_form() {
    check(
        AGENT,
        agent_problems,
        &[
            ("\"+97144201171\"", "لا يوجد", 14, "write null, without quotes"),
            ("\"+97144201171\"", "no", 14, "write null, without quotes"),
            ("status: active", "status: [active]", 1, "without brackets or dashes: `status: active`"),
            ("status: active", "status: active\ntheme:\n  - crystal", 3, "`theme: crystal`"),
            ("status: active", "status: true", 1, "write one of active, inactive, archived"),
            ("sara.khan@palmgate.example", "[sara.khan@palmgate.example]", 5, "`email: sara.khan@palmgate.example`"),
            (
                "Sara has sold homes in Dubai Marina",
                "Sara sells homes, villas: all, and flats",
                10,
                "\" in front of `Sara`, and \" behind `flats`",
            ),
            ("2028-03-31", "1449-09-16", 7, "the Islamic calendar"),
            (
                "sara.khan@palmgate.example",
                "sara.khan@palmgate،example",
                5,
                "did you mean `sara.khan@palmgate.example`?",
            ),
            ("[en, ar]", "{en, ar}", 8, "write square brackets: `[en, ar]`"),
            (
                "  descriptions:\n    - {lang: en, content: Sara has sold homes in Dubai Marina}\n",
                "  descriptions: Sara has sold homes\n",
                9,
                "write a list on new lines below: `- lang: en`",
            ),
            (
                "    - {lang: en, content: Sara has sold homes in Dubai Marina}\n",
                "    ar: Sara has sold homes\n",
                10,
                "`- lang: ar` in place of `ar:`",
            ),
            (
                "    - {lang: en, content: Sara has sold homes in Dubai Marina}\n",
                "    - lang:\n      content: Sara has sold homes\n",
                10,
                "remove the whole item",
            ),
            ("status: active\n", "status: active\nfields: [Off-plan team]\n", 2, "such as `{\"1\": Marina team}`"),
            ("status: active\n", "status: active\nfields: {\"1\": x, 3:true}\n", 2, "put a space behind `3:`"),
            ("status: active\n", "status: archived\nhandover: Omar Haddad\n", 2, "did you mean `omar-haddad`?"),
        ],
    );
}

#[test]
fn values_of_roster_yaml() {
    let more = |text: &str| format!("  licence: brn\n{text}\n");
    let rows = [
        (more("protect: Omar Haddad"), 6, "`[omar-haddad]`"),
        (more("protect: omar-haddad, Lina Saad"), 6, "`[omar-haddad, lina-saad]`"),
        (more("protect: [Omar Haddad]"), 6, "did you mean `omar-haddad`?"),
        (more("protect:\n  - sara-khan\n -omar-haddad"), 8, "in column 3, like the `-` above: `- omar-haddad`"),
        (more("protect:\n  -sara-khan\n  -omar-haddad"), 7, "also in the items below: `- sara-khan`"),
        (more("protect: sara-khan\n  - omar-haddad"), 6, "remove it, or write two spaces, # and a space"),
        (more("protect:\n  - sara-khan, omar-haddad"), 7, "one item on each line: `- sara-khan`, `- omar-haddad`"),
        (more("  roles: agent = broker"), 6, "write keys and values in braces: `{agent: broker}`"),
        (more("limits: {update: {count: 5, percent: 0.1}}"), 6, "a whole number of percent, such as 10"),
        (more("limits: {update: {count: 5, percent: 10%}}"), 6, "write the number alone: 10"),
    ];
    for (wrong, line, advice) in rows {
        check(CONFIG, config_problems, &[("  licence: brn\n", &wrong, line, advice)]);
    }
    check(
        CONFIG,
        config_problems,
        &[
            ("  languages: {", "languages: {", 4, "begin it in column 3, like `licence`"),
            (
                "{agent: \"11\", pf_user: \"12\", pf_profile: \"13\", memory: \"14\"}",
                "agent: 11, pf_user: 12, pf_profile: 13, memory: 14",
                2,
                "`link_fields: {agent: \"11\", pf_user: \"12\", pf_profile: \"13\", memory: \"14\"}`",
            ),
            ("crm:\n", "crm: our own\n", 1, "remove it, or write two spaces, # and a space"),
        ],
    );
}
