//! Rules within and across files, and what a field without a value means.

use super::*;

#[test]
fn two_agents_may_not_share_login_slug_or_contacts() {
    let shared = |text: String| text.replace("sara@", "SARA@").replace("sara.khan@", "Sara.Khan@");
    let sara = agent("sara", "").replace("  email: sara.khan", "  licence: \"48213\"\n  email: sara.khan");
    let repo = repo_of(&[
        ("agents/sara.yaml", &sara),
        ("agents/twin.yaml", &shared(sara.clone())),
        ("agents/abu-dhabi/sara.yaml", &agent("lina", "")),
        ("agents/gone.yaml", &agent("omar", "handover: twn\n").replace("active", "archived")),
        ("agents/gone-too.yaml", &agent("hadi", "handover: {properties: gone, leads: idle, landlords: broken}\n")),
        ("agents/idle.yaml", &agent("huda", "").replace("active", "inactive")),
        ("agents/broken.yaml", "status: active\n"),
    ]);
    insta::assert_snapshot!(problems_of(&repo), @r#"
    agents/broken.yaml:1:1 error: `private` is missing
    agents/broken.yaml:1:1 error: `public` is missing
    agents/gone-too.yaml:10:11 warning: `handover` does nothing while `status` is active
    agents/gone-too.yaml:10:24 error: `handover.properties` names `gone`, which is archived too
    agents/gone-too.yaml:10:37 error: `handover.leads` names `idle`, which is not active
    agents/gone.yaml:10:11 error: `handover` names `twn`, and there is no file of that name
    agents/sara.yaml:1:1 error: `sara` is the slug of agents/abu-dhabi/sara.yaml too
    agents/twin.yaml:5:12 warning: `public.licence` is used by another agent too: agents/sara.yaml:5
    agents/twin.yaml:6:10 warning: `public.email` is used by another agent too: agents/sara.yaml:6
    agents/twin.yaml:7:10 warning: `public.phone` is that of another agent too: agents/sara.yaml:7
    agents/twin.yaml:9:10 error: `private.email` is the login of another agent too: agents/sara.yaml:9
    agents/twin.yaml:10:11 warning: `private.mobile` is that of another agent too: agents/sara.yaml:10
    "#);
}

/// Many files are checked in parts, side by side.
#[test]
fn a_value_is_compared_with_those_of_all_files() {
    let repo = Repo::of(130);
    let shared = Person { login: "login-1@brokerage.example".to_owned(), ..Person::numbered(129) };
    repo.write("agents/agent-129.yaml", &shared.yaml());
    let first = repo.read("agents/agent-1.yaml").lines().position(|line| line.contains("login-1@")).unwrap() + 1;
    let problems = problems_of(&repo);
    let other = format!("`private.email` is the login of another agent too: agents/agent-1.yaml:{first}");
    assert!(problems.starts_with("agents/agent-129.yaml:") && problems.contains(&other), "{problems}");
    assert_eq!(problems.lines().count(), 1, "{problems}");
}

#[test]
fn values_left_over_from_a_copied_file_are_warnings() {
    let text = "Sells homes in the Marina, on the Palm and in the Creek Harbour, and speaks four languages with ease.";
    let copied = |name: &str, phone: &str, text: &str| {
        let more = format!(
            "  whatsapp_phone: \"{phone}\"\n  photo: https://cdn.palmgate.example/sara.jpg\n  linked_in: \
             https://www.linkedin.com/in/sara\n  descriptions:\n    - {{lang: en, content: \"{text}\"}}\nprivate:"
        );
        agent(name, "").replace("private:", &more)
    };
    let left = copied("left", "+971502222222", text).replace("status: active", "status: archived");
    let repo = repo_of(&[
        ("agents/a.yaml", &copied("sara", "+971502222222", text)),
        ("agents/b.yaml", &copied("omar", "+971 50 222 2222", &text.replace("Sells", "sells  "))),
        // An office's landline, and a text as every office has one.
        ("agents/c.yaml", &agent("lina", "").replace("private:", "  whatsapp_phone: \"+97144201170\"\nprivate:")),
        ("agents/d.yaml", &agent("huda", "").replace("private:", "  whatsapp_phone: \"+97144201170\"\nprivate:")),
        ("agents/e.yaml", &left),
    ]);
    insta::assert_snapshot!(problems_of(&repo), @r#"
    agents/b.yaml:7:19 warning: `public.whatsapp_phone` is that of another agent too: agents/a.yaml:7
    agents/b.yaml:8:10 warning: `public.photo` is that of another agent too: agents/a.yaml:8
    agents/b.yaml:9:14 warning: `public.linked_in` is that of another agent too: agents/a.yaml:9
    agents/b.yaml:11:27 warning: `public.descriptions.en` is the text of another agent too: agents/a.yaml:11
    "#);
}

#[test]
fn mistakes_in_roster_yaml_are_explained() {
    let repo = repo_of(&[(
        "roster.yaml",
        "agent: agents\ncrm:\n  rate: 300\n  url: https://evil.example\n  page_size: 0\n  link_fields: {agent: 11, pf_user: \"12\"}\n\
         property_finder:\n  rate: 650/minute\n  licence: brn\norphans: ignore\nlimits: {create: {count: -1, percent: 200}}\nprotect: [Sara Khan]\n",
    )]);
    insta::assert_snapshot!(problems_of(&repo), @r#"
    roster.yaml:1:1 error: `agent` is not a key
    roster.yaml:3:9 error: `crm.rate` should be a text, not a number
    roster.yaml:4:3 error: `url` is not a key under `crm`
    roster.yaml:5:14 error: `crm.page_size` is less than 1, the least there may be
    roster.yaml:6:3 error: `memory` is missing under `crm.link_fields`
    roster.yaml:6:3 error: `pf_profile` is missing under `crm.link_fields`
    roster.yaml:6:24 error: `crm.link_fields.agent` should be a text, not a number
    roster.yaml:8:9 error: `property_finder.rate` is not a rate such as 300/60s: so many requests in any window of so many seconds
    roster.yaml:10:10 error: `orphans` is not one of block, warn
    roster.yaml:11:26 error: `limits.create.count` is less than 0, the least there may be
    roster.yaml:11:39 error: `limits.create.percent` is more than 100, the most there may be
    roster.yaml:12:11 error: `Sara Khan` in `protect` is not a slug: a slug is 1 to 64 lower-case letters (a to z), digits and single dashes between them
    "#);
    repo.write("roster.yaml", "crm:\n  link_fields: {agent: \"11\", pf_user: \"12\", pf_profile: \"12\", memory: \"14\"}\nproperty_finder:\n  languages: {primary: ar}\n");
    insta::assert_snapshot!(problems_of(&repo), @r#"
    roster.yaml:2:57 error: `pf_profile` and `pf_user` name the same custom field
    roster.yaml:4:14 error: the primary and the secondary language are the same
    "#);
    repo.write("roster.yaml", "agents: ../x\n");
    insta::assert_snapshot!(problems_of(&repo), @"roster.yaml:1:9 error: `agents` is not a path in the repository");
    repo.write("roster.yaml", "protect: [sara-kahn, omar-haddad]\n");
    repo.write("agents/sara-khan.yaml", &agent("sara", ""));
    repo.write("agents/omar-haddad.yaml", "status: active\n");
    let (_, talk, _) = validate(repo.folder(), PLAIN);
    insta::assert_snapshot!(talk, @r#"
      × `private` is missing
       ╭─[agents/omar-haddad.yaml:1:1]
     1 │ status: •••
       · ──────
       ╰────
      help: add `private:` what only the office sees: the login and how to reach the agent.

      × `public` is missing
       ╭─[agents/omar-haddad.yaml:1:1]
     1 │ status: •••
       · ──────
       ╰────
      help: add `public:` what the website, the feeds and Property Finder show.

      ⚠ `protect` names `sara-kahn`, and there is no file of that name
       ╭─[roster.yaml:1:11]
     1 │ protect: [sara-kahn, omar-haddad]
       ·           ─────────
       ╰────
      help: did you mean `sara-khan`?

    agents: 2 files, 2 errors, 1 warning
    "#);
    repo.remove("agents/omar-haddad.yaml");
    repo.write("roster.yaml", "# all defaults\n");
    assert_eq!(problems_of(&repo), "");
}

#[test]
fn a_value_that_a_system_cannot_store_is_a_warning_at_its_line() {
    let repo = repo_of(&[("agents/sara.yaml", &agent("sara", "theme: onyx\n"))]);
    let cannot_hold = |record: &Record| {
        record
            .keys()
            .filter(|field| **field == Field::Theme)
            .map(|field| (field.clone(), "the portal has no themes".to_owned()))
            .collect()
    };
    let at =
        ValidationInput { root: repo.folder(), config: Path::new("none"), today: TODAY, cannot_hold: &[&cannot_hold] };
    let (_, loaded) = validate::load(&at);
    let found: Vec<_> =
        loaded.problems.iter().map(|problem| (problem.start, problem.severity, problem.message.as_str())).collect();
    assert_eq!(found, [((10, 8), Severity::Warning, "the portal has no themes")]);
    assert_eq!(loaded.roster.people.len(), 1);
}

/// Of a licence and of the API key: the last day, and the words of the warning.
#[test]
fn a_last_day_that_is_near_is_a_warning_at_its_line() {
    let found = |config: &str, more: &str| -> Vec<(usize, Severity, String)> {
        let repo = repo_of(&[("agents/sara.yaml", &agent("sara", "").replace("private:", &format!("{more}private:")))]);
        repo.write("roster.yaml", config);
        let at =
            ValidationInput { root: repo.folder(), config: &repo.path("roster.yaml"), today: TODAY, cannot_hold: &[] };
        let (_, loaded) = validate::load(&at);
        loaded.problems.iter().map(|problem| (problem.start.0, problem.severity, problem.message.clone())).collect()
    };
    let after = |days: i64| TODAY.checked_add(jiff::Span::new().days(days)).unwrap();
    for (days, words) in
        [(-1, "expired on"), (7, "within 7 days"), (8, "within 30 days"), (60, "within 60 days"), (61, "")]
    {
        let problems = found("{}\n", &format!("  licence_expired_at: {}\n", after(days)));
        match problems.as_slice() {
            [] => assert_eq!(words, ""),
            [(7, Severity::Warning, message)] => assert!(!words.is_empty() && message.contains(words), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    for (days, words) in [(-1, "ended on"), (1, "within 1 day"), (7, "within 7 days"), (30, "within 30 days"), (31, "")]
    {
        let problems = found(&format!("property_finder:\n  key_expires: {}\n", after(days)), "");
        match problems.as_slice() {
            [] => assert_eq!(words, ""),
            [(2, Severity::Warning, message)] => assert!(!words.is_empty() && message.contains(words), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_blank_field_is_reported_with_the_values_that_it_deletes() {
    let more = "  landline:\n";
    let repo = repo_of(&[("agents/sara.yaml", &agent("sara", more).replace("private:", "  linked_in:\nprivate:"))]);
    let pf = roster::remote::pf::mapper::PfMapper::new(&Config::default(), Vec::new());
    let at_pf = |record: &Record| pf.cannot_hold(record);
    let at = ValidationInput { root: repo.folder(), config: Path::new("none"), today: TODAY, cannot_hold: &[&at_pf] };
    let (_, loaded) = validate::load(&at);
    let found: Vec<_> =
        loaded.problems.iter().map(|problem| (problem.start.0, problem.sentences().join(": "))).collect();
    let linked_in = "Property Finder cannot clear this field; its current value stays: null deletes only the value in the CRM, if \
                     the CRM has this field; remove the line to leave both systems alone";
    let landline = "`private.landline` has no value, which clears it: write null to clear the field, or remove the line to keep the systems' value";
    assert_eq!(found, [(7, linked_in.to_owned()), (11, landline.to_owned())]);
}

#[test]
fn null_clears_every_key_that_is_not_required() {
    let schema = roster::model::agent::schema::of::<roster::model::agent::Agent>();
    let optional = |place: &str| -> Vec<String> {
        let part = schema.pointer(place).unwrap();
        let required = part["required"].as_array().unwrap();
        let keys = part["properties"].as_object().unwrap().keys();
        keys.filter(|key| !required.iter().any(|one| one == *key)).cloned().collect()
    };
    let nulls = |place: &str, indent: &str| {
        optional(place).iter().map(|key| format!("{indent}{key}: null\n")).collect::<Vec<_>>().concat()
    };
    let text = agent("sara", &nulls("/properties/private", "  ")) + &nulls("", "");
    let text = text.replace("private:\n", &format!("{}private:\n", nulls("/properties/public", "  ")));
    let repo = repo_of(&[("agents/sara.yaml", &text)]);
    insta::assert_snapshot!(problems_of(&repo), @r#"
    agents/sara.yaml:32:16 warning: `subscriptions` clears nothing: each of its keys is a field of its own
    agents/sara.yaml:33:9 warning: `fields` clears nothing: each of its keys is a field of its own
    "#);
    let at = ValidationInput { root: repo.folder(), config: Path::new("none"), today: TODAY, cannot_hold: &[] };
    let record = &validate::load(&at).1.roster.people[&Slug::parse("sara").unwrap()].record;
    assert_eq!(record.values().filter(|value| value.is_nothing()).count(), 24, "{record:#?}");
    for (field, _) in CrmMapper::new(&Config::default()).cannot_hold(record) {
        let part = schema.pointer(&format!("/properties/{}", field.to_string().replace('.', "/properties/"))).unwrap();
        assert!(part["description"].as_str().unwrap().ends_with("null changes nothing."), "{field}: {part}");
    }
}

/// A sign of a spreadsheet, a document or another format in a value is a warning, and the same sign in a right value is none.
#[test]
fn values_with_a_sign_of_where_they_were_copied_from_are_warnings() {
    let file = |public: &str, more: &str| {
        let person = Person { public: public.to_owned(), more: more.to_owned(), ..Person::named("sara", "Khan", 0) };
        let repo = repo_of(&[("agents/sara.yaml", &person.yaml())]);
        problems_of(&repo)
    };
    for (value, message) in [
        ("licence: 48213,", "ends with a comma or a semicolon"),
        ("licence: \"48213 \"", "begins or ends with a blank"),
        ("licence: \"٤٨٢١٣\"", "is not in the digits 0 to 9"),
        ("licence: none", "has a word for nothing as its value"),
        ("licence: \"48\u{ad}213\"", "contains an invisible character, U+00AD"),
        ("licence: BRN-48213\"", "ends with a \""),
        ("position: {en: Senior Consultant'}", "ends with a '"),
        ("licence: 48213\tsara@example.ae", "contains a tab"),
        ("position: {en: \"Head \\ Dubai\"}", "the backslash in `public.position.en` is lost"),
        ("position: {en: \"Head \\Palm\"}", "contains an invisible character, U+2029"),
        ("position: {en: JosÃ©}", "has the letters of another encoding"),
        ("position: {ar: \"?????? ??????\"}", "consists of question marks"),
        ("position: {ar: \"مست\u{fffd}شارة\"}", "contains U+FFFD"),
        ("position: {ar: \"&#1605;&#1583;\"}", "contains HTML"),
        ("descriptions:\n    - lang: en\n      content: |\n        Sara works.\n        # check this\n", "no comment"),
        ("licence_expired_at: 2208-03-31", "would be valid for more than 30 years"),
        ("linked_in: https://www.linkedin.com/in/sara,", "ends with a comma or a semicolon"),
        ("position: {en: \"Senior Consultant;\"}", "ends with a comma or a semicolon"),
        ("descriptions: [{lang: en, content: 'Sara works.\\nShe sells.'}]", "contains \\n"),
        ("descriptions:\n    - lang: en\n      content: \\\"Sara\\\" works", "a backslash in front of a quote"),
        ("descriptions:\n    - lang: en\n      content: Sara \"\"the best\"\" Khan", "doubled quotes"),
        ("descriptions: [{lang: en, content: \"**Sara** works\"}]", "which clients would see"),
    ] {
        let found = file(&format!("  {value}\n"), "");
        assert!(found.contains(message) && found.lines().count() == 1, "{value}: {found}");
    }
    for value in [
        "licence: \"BRN-48213/7\"",
        "licence: \"48213\"\n  licence_expired_at: 2031-03-31",
        "position: {en: \"Consultant, villas\", ar: \"مستشارة، ٢٤ ساعة\"}",
        "descriptions: [{lang: en, content: \"4** and 5** hotels, in C:\\\\new,\"}]",
        "descriptions: [{lang: ar, content: \"منذ ٢٠١٤،\"}]",
        "descriptions:\n    - lang: en\n      content: |\n        #1 in Dubai. The developers'\n        # 1 too: \"Café\"\n",
        "position: {en: \"Alaa'\", ar: \"«مستشارة»\"}",
        "descriptions: [{lang: en, content: \"Sara \\\"the best\\\" Khan\"}]",
        "descriptions: [{lang: en, content: \"one\\n\\ntwo \"}]",
    ] {
        assert_eq!(file(&format!("  {value}\n"), "fields: {\"1\": \"none,\"}\n"), "", "{value}");
    }
}
