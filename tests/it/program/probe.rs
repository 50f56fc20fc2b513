//! `roster doctor --probe`: which assumptions hold for the account, and a file from which the sandbox behaves so.

use roster::sandbox::{Behaviour, FilterMatch};
use serde_json::{Value, json};

use super::{applied, settings};
use crate::support::{Repo, Run};

const FILE: &str = ".roster/behaviour.json";

/// Probes, and returns the file that was written. Nothing is written to a system, and no value of a person is shown.
#[track_caller]
fn probed(repo: &Repo) -> (Run, Value) {
    repo.sandbox.forget_requests();
    let before = repo.rows();
    let ran = repo.run(&["doctor", "--probe"]);
    ran.exits(0);
    assert_eq!(repo.rows(), before, "{ran}");
    for request in repo.sandbox.requests() {
        let token = request.method == "POST" && request.target.ends_with("/token");
        assert!(token || request.method == "GET" && request.body.is_none(), "{request:?}");
    }
    let file = repo.read(FILE);
    for private in ["@", "Sara", "Khan", "97150", "97155", "agents/"] {
        assert!(!file.contains(private) && !ran.to_string().contains(private), "{private}: {ran}\n{file}");
    }
    (ran, serde_json::from_str(&file).unwrap())
}

/// Three people, one of them inactive.
fn account() -> Repo {
    let repo = applied();
    repo.edit("agents/omar-haddad.yaml", "active", "inactive");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.set_me(repo.sandbox.crm_rows()[0]["id"].as_u64());
    repo
}

#[test]
fn each_assumption_has_a_line_with_its_heading() {
    let (ran, file) = probed(&account());
    settings().bind(|| {
        insta::assert_snapshot!(ran, @"
        exit 0
        --- stdout
        holds           CRM: pagination                                  `count` is the total of all pages: 3, of which one page has 3
        cannot be seen  CRM: pagination                                  the largest page: all 3 rows that are listed came on one page
        holds           CRM: pagination                                  a page past the end is an empty list
        holds           CRM: custom fields                               custom fields are returned
        holds           CRM: custom fields                               the list has custom fields
        cannot be seen  CRM: custom fields                               every user has custom fields, so a user without any is not seen
        holds           CRM: user object                                 the user: every documented member is returned
        holds           CRM: user object                                 `public`: every documented member is returned
        holds           CRM: user object                                 an empty object is written as `{}`
        holds           CRM: user object                                 dates have the W3C form: 6 of 6
        holds           CRM: user object                                 `languages` has two-letter codes in the documented case: 6 of 6
        cannot be seen  CRM: user object                                 no user has `nationalities`
        holds           CRM: roles                                       `role` is a code: 3 of 3
        cannot be seen  CRM: photos                                      no user has a photo
        holds           CRM: rights                                      `GET /users/me` names the user of the key
        holds           CRM: filters                                     the filter `email` matches a part of the value
        holds           CRM: filters                                     an unknown filter is ignored
        holds           CRM: sort                                        `sort=last_name&sort_order=DESC` lists by last name from the end
        holds           CRM: errors                                      an unknown id is refused with 404
        holds           CRM: warning header                              an answer came with `X-MyCRM-API-Warning`
        holds           CRM: rate limit                                  no answer names a rate limit in a header
        cannot be seen  CRM: create a user                               only a write shows it
        cannot be seen  CRM: update a user                               only a write shows it
        cannot be seen  CRM: delete a user                               only a write shows it
        cannot be seen  CRM: reads after writes                          only a write shows it
        holds           Property Finder: list users                      `pagination.total` is the total of all pages: 3, of which one page has 3
        holds           Property Finder: list users                      `perPage` is 100 at most: 101 is answered with 400
        holds           Property Finder: list users                      a page past the end is an empty list
        holds           Property Finder: list users                      a list without `status` has active and inactive users
        holds           Property Finder: list users                      roster relies on no order: rows come by ascending id
        holds           Property Finder: list users                      the filter `email` looks at the login
        holds           Property Finder: errors                          a list with an unknown id as filter is empty
        holds           Property Finder: list users                      an unknown parameter is ignored: it is answered with 200
        holds           Property Finder: user object                     the user: every documented member is returned
        holds           Property Finder: user object                     `status` has a documented value: 3 of 3
        cannot be seen  Property Finder: public profile                  the profile: no row has phoneSecondary, whatsappPhone, linkedinAddress, which may be left out where empty
        holds           Property Finder: public profile                  `verification.status` has a documented value: 3 of 3
        holds           Property Finder: fields that are never returned  none of imageUrl, experienceSince, nationality, spokenLanguages is returned
        cannot be seen  Property Finder: compliances                     no compliance with a date was read
        holds           Property Finder: roles                           `GET /v1/roles` lists 8 roles without pages
        holds           Property Finder: roles                           a role has a `roleKey`: 8 of 8
        holds           Property Finder: roles                           a base key is one of the seven: 8 of 8
        holds           Property Finder: rate limit                      no answer names a rate limit in a header
        cannot be seen  Property Finder: create a user                   only a write shows it
        cannot be seen  Property Finder: update a user                   only a write shows it
        cannot be seen  Property Finder: update a public profile         only a write shows it
        cannot be seen  Property Finder: duplicates                      only a write shows it
        cannot be seen  Property Finder: reads after writes              only a write shows it

        33 hold, 0 do not hold, 15 cannot be seen
        The headings are those of docs/vendor-apis.md.
        --- stderr
        .roster/behaviour.json has what was seen. The sandbox behaves so: --sandbox reads this file, and `roster sandbox --behaviour .roster/behaviour.json` too.
        ");
        insta::assert_snapshot!(serde_json::to_string_pretty(&file).unwrap(), @r#"
        {
          "crm_count": true,
          "crm_fields_in_list": true,
          "crm_fields_returned": true,
          "crm_filters": "partial",
          "crm_me": true,
          "crm_empty_objects_as_lists": false,
          "pf_contract": "enterprise",
          "pf_page_ceiling": 100,
          "pf_hides_inactive": false,
          "pf_newest_first": false,
          "pf_email_filter_is_public": false
        }
        "#);
    });
}

#[test]
fn the_file_has_how_the_account_behaves() {
    let usual = Behaviour::default;
    let table = [
        (Behaviour { crm_count: false, ..usual() }, "crm_count", json!(false)),
        (Behaviour { crm_page_ceiling: 2, ..usual() }, "crm_page_ceiling", json!(2)),
        (Behaviour { crm_fields_in_list: false, ..usual() }, "crm_fields_in_list", json!(false)),
        (Behaviour { crm_me: false, ..usual() }, "crm_me", json!(false)),
        (Behaviour { pages_end_with_404: true, ..usual() }, "pages_end_with_404", json!(true)),
        (Behaviour { crm_filters: FilterMatch::Whole, ..usual() }, "crm_filters", json!("whole")),
        (Behaviour { crm_filters: FilterMatch::Nothing, ..usual() }, "crm_filters", json!("nothing")),
        (Behaviour { crm_empty_objects_as_lists: true, ..usual() }, "crm_empty_objects_as_lists", json!(true)),
        (Behaviour { crm_photos_returned: false, ..usual() }, "crm_photos_returned", json!(false)),
        (Behaviour { pf_page_ceiling: 2, ..usual() }, "pf_page_ceiling", json!(2)),
        (Behaviour { pf_hides_inactive: true, ..usual() }, "pf_hides_inactive", json!(true)),
        (Behaviour { pf_newest_first: true, ..usual() }, "pf_newest_first", json!(true)),
        (Behaviour { pf_email_filter_is_public: true, ..usual() }, "pf_email_filter_is_public", json!(true)),
        (
            Behaviour { missing_scopes: ["roles:read".to_owned()].into(), ..usual() },
            "missing_scopes",
            json!(["roles:read"]),
        ),
    ];
    let repo = account();
    let (_, expected) = probed(&repo);
    for (behaviour, switch, position) in table {
        repo.sandbox.set_behaviour(behaviour);
        let (ran, file) = probed(&repo);
        assert_eq!(file[switch], position, "{switch}: {ran}");
        assert_ne!(expected[switch], position, "{switch} is seen to differ");
    }
}

#[test]
fn the_sandbox_behaves_as_the_file_has_it() {
    let repo = account();
    repo.sandbox.set_behaviour(Behaviour { crm_me: false, ..Behaviour::default() });
    probed(&repo);
    let ran = repo.run(&["doctor", "--sandbox"]);
    ran.exits(0)
        .stdout_has("name that person under protect")
        .stderr_has("The sandbox behaves as .roster/behaviour.json");
    repo.write(FILE, "{\"crm_me\": true}");
    let ran = repo.run(&["doctor", "--sandbox"]);
    assert!(!ran.stdout.contains("name that person under protect"), "{ran}");
    repo.write(FILE, "{\"crm_mine\": true}");
    repo.run(&["plan", "--sandbox"]).exits(1).stderr_has("reading .roster/behaviour.json: unknown field `crm_mine`");
    repo.run(&["sandbox", "--behaviour", FILE]).exits(64).stderr_has("unknown field `crm_mine`");
    repo.run(&["sandbox", "--behaviour", "nowhere.json"]).exits(64).stderr_has("nowhere.json");
}

#[test]
fn a_system_that_cannot_be_read_leaves_the_file_alone() {
    let repo = account();
    repo.run_with(&["doctor", "--probe"], &[("ROSTER_PF_URL", "http://127.0.0.1:1")])
        .exits(7)
        .stderr_has("cannot be reached");
    repo.run_with(&["doctor", "--probe"], &[("PF_API_KEY", "")]).exits(64).stderr_has("not set: PF_API_KEY");
    assert!(!repo.path(FILE).exists());
    // Nothing can be read at Property Finder, and the CRM is read all the same.
    repo.edit("roster.yaml", "licence: brn", "licence: brn\n  contract: documented");
    let (ran, file) = probed(&repo);
    assert_eq!(file["pf_contract"], json!("documented"));
    assert!(!ran.stdout.contains("Property Finder"), "{ran}");
}

#[test]
fn the_assumptions_are_a_document_too() {
    let repo = account();
    let document = repo.run(&["doctor", "--probe", "--output", "json=-"]).json();
    let all = document["assumptions"].as_array().unwrap();
    let count = all.iter().find(|one| one["switch"] == "crm_count=true").unwrap();
    assert_eq!((&count["heading"], &count["result"]), (&json!("CRM: pagination"), &json!("holds")));
    assert_eq!(document["behaviour"]["crm_count"], json!(true));
    assert_eq!((&document["format_version"], &document["exit_code"]), (&json!("1.0"), &json!(0)));
}
