//! `roster validate` and `roster schema` on this repository, on broken files, and on files nobody would write.

mod formats;
mod since;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use roster::commands::schema;
use roster::commands::validate::{self, ValidationInput};
use roster::declare::Loaded;
use roster::declare::file::{self, AgentFile};
use roster::declare::problem::Problem;
use roster::declare::problem::Severity;
use roster::declare::rules::{self, RuleContext};
use roster::model::agent::{Field, Slug};
use roster::model::config::{Config, CrmConfig, LinkFields};
use roster::model::exit_code::Exit;
use roster::model::record::Record;
use roster::remote::crm::mapper::CrmMapper;
use roster::report::problems::{self, ProblemStyle};

const TODAY: Date = date(2026, 11, 21);
const PLAIN: ProblemStyle = ProblemStyle { colour: false, reveal: false, width: 100 };

fn validate(root: &Path, style: ProblemStyle) -> (Exit, String, serde_json::Value) {
    let at = ValidationInput { root, config: &root.join("roster.yaml"), today: TODAY, cannot_hold: &[] };
    let (config, loaded) = validate::load(&at);
    let exit = if loaded.is_invalid() { Exit::Invalid } else { Exit::Done };
    let json = serde_json::from_str(&problems::json(loaded.files, &loaded.problems)).unwrap();
    (exit, problems::terminal(&config.agents, &loaded, style), json)
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_examples_have_no_problems() {
    let (exit, talk, json) = validate(here(), PLAIN);
    assert_eq!(talk, "agents: 8 files, 0 problems\n");
    assert_eq!(exit, Exit::Done);
    assert_eq!(json["files"], 8);
}

#[test]
fn the_committed_schemas_are_fresh() {
    let mut talk = Vec::new();
    let exit = schema::run(&schema::Args { check: true }, here(), &mut talk).unwrap();
    assert_eq!(exit, Exit::Done, "{}", String::from_utf8_lossy(&talk));
}

/// What is wrong with one broken file, in a repository that has nothing else.
fn loaded(path: &Path) -> Loaded {
    let config =
        Config { crm: CrmConfig { link_fields: Some(link_fields()), ..CrmConfig::default() }, ..Config::default() };
    let name = format!("agents/{}", path.file_name().unwrap().to_str().unwrap());
    let (person, mut problems) = file::read(&name, &std::fs::read(path).unwrap(), &config.property_finder.languages);
    let people: Vec<AgentFile> = person.into_iter().collect();
    let slugs = people.iter().map(|person| person.declaration.slug.as_str()).collect();
    problems.extend(rules::check(&RuleContext {
        people: &people,
        slugs: &slugs,
        root: here(),
        config: &config,
        today: TODAY,
        cannot_hold: &[],
    }));
    problems.sort_by(Problem::order);
    Loaded { problems, files: 1, ..Loaded::default() }
}

/// The broken files of `tests/cases/invalid`, in order.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(here().join("tests/cases/invalid")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    cases.sort();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    cases
}

fn link_fields() -> LinkFields {
    let id = str::to_owned;
    LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") }
}

#[test]
fn broken_files_are_explained() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../cases/invalid");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in cases() {
            let told = problems::terminal("agents", &loaded(&path), PLAIN);
            assert!(!told.ends_with("0 problems\n"), "{}: nothing was found", path.display());
            insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), told);
        }
    });
}

/// A repository in a temporary folder.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new(files: &[(&str, &str)]) -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(workspace.0.path().join("agents")).unwrap();
        for (name, text) in files {
            workspace.write(name, text.as_bytes());
        }
        workspace
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Each problem in one line.
    fn problems(&self) -> String {
        let (_, _, json) = validate(self.0.path(), PLAIN);
        let line = |row: &serde_json::Value| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            format!("{}:{}:{} {}: {}", text("file"), row["line"], row["column"], text("severity"), text("message"))
        };
        json["problems"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn agent(name: &str, more: &str) -> String {
    // Everybody has numbers of their own.
    let number = name.bytes().fold(7_u32, |number, byte| (number * 31 + u32::from(byte)) % 10_000_000);
    format!(
        "status: active\npublic:\n  first_name: {name}\n  last_name: Khan\n  email: {name}.khan@palmgate.example\n  \
         phone: \"+97150{number:07}\"\nprivate:\n  email: {name}@palmgate.example\n  mobile: \"+97155{number:07}\"\n{more}"
    )
}

#[test]
fn what_two_agents_may_not_share() {
    let shared = |text: String| text.replace("sara@", "SARA@").replace("sara.khan@", "Sara.Khan@");
    let sara = agent("sara", "").replace("  email: sara.khan", "  licence: \"48213\"\n  email: sara.khan");
    let workspace = Workspace::new(&[
        ("agents/sara.yaml", &sara),
        ("agents/twin.yaml", &shared(sara.clone())),
        ("agents/abu-dhabi/sara.yaml", &agent("lina", "")),
        ("agents/gone.yaml", &agent("omar", "handover: twn\n").replace("active", "archived")),
        ("agents/gone-too.yaml", &agent("hadi", "handover: {properties: gone, leads: idle, landlords: broken}\n")),
        ("agents/idle.yaml", &agent("huda", "").replace("active", "inactive")),
        ("agents/broken.yaml", "status: active\n"),
    ]);
    insta::assert_snapshot!(workspace.problems(), @r#"
    agents/broken.yaml:1:1 error: `private` is missing
    agents/broken.yaml:1:1 error: `public` is missing
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

#[test]
fn what_a_copied_file_leaves_behind() {
    let text = "Sells homes in the Marina, on the Palm and in the Creek Harbour, and speaks four languages with ease.";
    let copied = |name: &str, phone: &str, text: &str| {
        let more = format!(
            "  whatsapp_phone: \"{phone}\"\n  photo: https://cdn.palmgate.example/sara.jpg\n  linked_in: \
             https://www.linkedin.com/in/sara\n  descriptions:\n    - {{lang: en, content: \"{text}\"}}\nprivate:"
        );
        agent(name, "").replace("private:", &more)
    };
    let left = copied("left", "+971502222222", text).replace("status: active", "status: archived");
    let workspace = Workspace::new(&[
        ("agents/a.yaml", &copied("sara", "+971502222222", text)),
        ("agents/b.yaml", &copied("omar", "+971 50 222 2222", &text.replace("Sells", "sells  "))),
        // An office's landline, and a text as every office has one.
        ("agents/c.yaml", &agent("lina", "").replace("private:", "  whatsapp_phone: \"+97144201170\"\nprivate:")),
        ("agents/d.yaml", &agent("huda", "").replace("private:", "  whatsapp_phone: \"+97144201170\"\nprivate:")),
        ("agents/e.yaml", &left),
    ]);
    insta::assert_snapshot!(workspace.problems(), @r#"
    agents/b.yaml:7:19 warning: `public.whatsapp_phone` is that of another agent too: agents/a.yaml:7
    agents/b.yaml:8:10 warning: `public.photo` is that of another agent too: agents/a.yaml:8
    agents/b.yaml:9:14 warning: `public.linked_in` is that of another agent too: agents/a.yaml:9
    agents/b.yaml:11:27 warning: `public.descriptions.en` is the text of another agent too: agents/a.yaml:11
    "#);
}

#[test]
fn files_that_do_not_count_and_files_that_only_look_so() {
    let workspace = Workspace::new(&[
        ("agents/sara.yaml", &agent("sara", "")),
        ("agents/README.md", "# Our agents"),
        ("agents/photos/sara.jpg", "a picture"),
        ("agents/notes.txt", "public: holidays are in July"),
        ("agents/hana.yaml.txt", &agent("hana", "")),
        ("agents/huda", &agent("huda", "")),
        ("agent/hadi.yaml", &agent("hadi", "")),
        ("ali.yaml", &agent("ali", "")),
        ("other/config.yaml", &agent("far", "")),
        ("docker-compose.yaml", "public: {}"),
        ("agents/.draft.yaml", "broken: ["),
        ("agents/.git/config.yaml", "broken: ["),
        ("agents/omar.yml", &agent("omar", "")),
        ("agents/lina.YAML", &agent("lina", "")),
        ("agents/Big Name.yaml", &agent("big", "")),
    ]);
    let outside = tempfile::NamedTempFile::new().unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), workspace.0.path().join("agents/outside.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", workspace.0.path().join("agents/nowhere.yaml")).unwrap();
    }
    insta::assert_snapshot!(workspace.problems(), @r#"
    agent/hadi.yaml:1:1 warning: agent/hadi.yaml is not read: agents' files are in agents/
    agents/Big Name.yaml:1:1 error: the file's name is not a slug, by which the agent is known
    agents/hana.yaml.txt:1:1 warning: agents/hana.yaml.txt is not read: an agent's file ends in .yaml
    agents/huda:1:1 warning: agents/huda is not read: an agent's file ends in .yaml
    agents/lina.YAML:1:1 error: agents/lina.YAML is not read as an agent's file
    agents/nowhere.yaml:1:1 error: agents/nowhere.yaml is a link that leads nowhere
    agents/omar.yml:1:1 error: agents/omar.yml is not read as an agent's file
    agents/outside.yaml:1:1 error: agents/outside.yaml is a link that leads out of the repository
    ali.yaml:1:1 warning: ali.yaml is not read: agents' files are in agents/
    "#);
    let nothing = Workspace(tempfile::tempdir().unwrap());
    let agents = nothing.0.path().join("agents");
    let told = format!("agents:1:1 error: the folder of agent files is not there: {}", agents.display());
    assert_eq!(nothing.problems(), told);
    nothing.write("agents", b"");
    assert_eq!(nothing.problems(), told.replace("is not there", "is no folder"));
}

/// A problem shows the lines that it is about, so that nothing may be read through a link.
#[cfg(unix)]
#[test]
fn no_file_is_read_through_a_link_in_the_path_of_its_folder() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    std::fs::create_dir(outside.path().join("x")).unwrap();
    for name in ["leak.yaml", "x/leak.yaml"] {
        std::fs::write(outside.path().join(name), "canary: canary\n").unwrap();
    }
    for (agents, link) in [("people", "people"), ("people/x", "people"), ("in/people/x", "in/people")] {
        for target in [outside.path(), Path::new("agents")] {
            let workspace =
                Workspace::new(&[("roster.yaml", &format!("agents: {agents}\n")), ("agents/x/sara.yaml", "")]);
            std::fs::create_dir(workspace.0.path().join("in")).unwrap();
            symlink(target, workspace.0.path().join(link)).unwrap();
            let told = workspace.problems();
            let want =
                format!("{link}:1:1 error: {link} is a link, and the folder of agent files is not read through one");
            assert_eq!(told, want, "{agents}");
        }
    }
}

#[cfg(unix)]
#[test]
fn roster_yaml_is_a_plain_file_of_a_limited_size() {
    use std::os::unix::fs::symlink;

    let workspace = Workspace::new(&[("elsewhere.yaml", "canary: canary\n")]);
    let path = workspace.0.path().join("roster.yaml");
    for target in ["elsewhere.yaml", "/etc/passwd", "/dev/zero"] {
        symlink(target, &path).unwrap();
        let want = "roster.yaml:1:1 error: roster.yaml cannot be read: it is a link; put the file itself there";
        assert_eq!(workspace.problems(), want, "{target}");
        std::fs::remove_file(&path).unwrap();
    }
    for device in ["/dev/zero", "/dev/null"] {
        let problems = roster::declare::config::load(workspace.0.path(), Path::new(device)).unwrap_err();
        assert!(problems[0].message.ends_with("cannot be read: it is not a plain file"), "{}", problems[0].message);
    }
    // A file without blocks that would take a minute to read whole.
    std::fs::File::create(&path).unwrap().set_len(1 << 36).unwrap();
    assert_eq!(workspace.problems(), "roster.yaml:1:1 error: roster.yaml is longer than 256 KB");
    std::fs::remove_file(&path).unwrap();
    std::fs::File::create(workspace.0.path().join("agents/large.yaml")).unwrap().set_len(1 << 36).unwrap();
    assert_eq!(workspace.problems(), "agents/large.yaml:1:1 error: agents/large.yaml is longer than 256 KB");
}

#[test]
fn photos_are_pictures_of_a_size_that_property_finder_takes() {
    let photo = |name: &str, photo: &str| (format!("agents/{name}.yaml"), agent(name, &format!("  photo: {photo}\n")));
    let files = [
        photo("good", "photos/good.jpg"),
        photo("small", "photos/small.png"),
        photo("text", "photos/text.jpg"),
        photo("folder", "photos"),
        photo("link", "photos/link.jpg"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let workspace = Workspace::new(&files);
    let picture = |header: &[u8], size: usize| [header, &vec![0; size][..]].concat();
    workspace.write("photos/good.jpg", &picture(b"\xff\xd8\xff\xe0", 6000));
    workspace.write("photos/small.png", &picture(b"\x89PNG\r\n\x1a\n", 100));
    workspace.write("photos/text.jpg", &picture(b"hello", 6000));
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", workspace.0.path().join("photos/link.jpg")).unwrap();
    insta::assert_snapshot!(workspace.problems(), @r#"
    agents/folder.yaml:10:10 error: `private.photo` names a folder
    agents/link.yaml:10:10 error: `private.photo` leads out of the repository
    agents/small.yaml:10:10 error: `private.photo` is 1 KB large; Property Finder takes 5 KB to 15 MB
    agents/text.yaml:10:10 error: `private.photo` is not a JPEG, PNG or WebP picture
    "#);
}

#[test]
fn roster_yaml_is_read_with_the_same_care() {
    let workspace = Workspace::new(&[(
        "roster.yaml",
        "agent: agents\ncrm:\n  rate: 300\n  url: https://evil.example\n  page_size: 0\n  link_fields: {agent: 11, pf_user: \"12\"}\n\
         property_finder:\n  rate: 650/minute\n  licence: brn\norphans: ignore\nlimits: {create: {count: -1, percent: 200}}\nprotect: [Sara Khan]\n",
    )]);
    insta::assert_snapshot!(workspace.problems(), @r#"
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
    workspace.write("roster.yaml", b"crm:\n  link_fields: {agent: \"11\", pf_user: \"12\", pf_profile: \"12\", memory: \"14\"}\nproperty_finder:\n  languages: {primary: ar}\n");
    insta::assert_snapshot!(workspace.problems(), @r#"
    roster.yaml:2:57 error: `pf_profile` and `pf_user` name the same custom field
    roster.yaml:4:14 error: the primary and the secondary language are the same
    "#);
    workspace.write("roster.yaml", b"agents: ../x\n");
    insta::assert_snapshot!(workspace.problems(), @"roster.yaml:1:9 error: `agents` is not a path in the repository");
    workspace.write("roster.yaml", b"protect: [sara-kahn, omar-haddad]\n");
    workspace.write("agents/sara-khan.yaml", agent("sara", "").as_bytes());
    workspace.write("agents/omar-haddad.yaml", b"status: active\n");
    let (_, talk, _) = validate(workspace.0.path(), PLAIN);
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
    std::fs::remove_file(workspace.0.path().join("agents/omar-haddad.yaml")).unwrap();
    workspace.write("roster.yaml", b"# all defaults\n");
    assert_eq!(workspace.problems(), "");
}

#[test]
fn what_a_system_cannot_hold_is_a_warning_at_its_line() {
    let workspace = Workspace::new(&[("agents/sara.yaml", &agent("sara", "theme: onyx\n"))]);
    let cannot_hold = |record: &Record| {
        record
            .keys()
            .filter(|field| **field == Field::Theme)
            .map(|field| (field.clone(), "the portal has no themes".to_owned()))
            .collect()
    };
    let at = ValidationInput {
        root: workspace.0.path(),
        config: Path::new("none"),
        today: TODAY,
        cannot_hold: &[&cannot_hold],
    };
    let (_, loaded) = validate::load(&at);
    let found: Vec<_> =
        loaded.problems.iter().map(|problem| (problem.start, problem.severity, problem.message.as_str())).collect();
    assert_eq!(found, [((10, 8), Severity::Warning, "the portal has no themes")]);
    assert_eq!(loaded.roster.people.len(), 1);
}

#[test]
fn a_field_that_is_left_blank_is_reported_with_what_it_deletes() {
    let more = "  landline:\n";
    let workspace =
        Workspace::new(&[("agents/sara.yaml", &agent("sara", more).replace("private:", "  linked_in:\nprivate:"))]);
    let pf = roster::remote::pf::mapper::PfMapper::new(&Config::default(), Vec::new());
    let at_pf = |record: &Record| pf.cannot_hold(record);
    let at =
        ValidationInput { root: workspace.0.path(), config: Path::new("none"), today: TODAY, cannot_hold: &[&at_pf] };
    let (_, loaded) = validate::load(&at);
    let found: Vec<_> =
        loaded.problems.iter().map(|problem| (problem.start.0, problem.sentences().join(": "))).collect();
    let linked_in = "Property Finder cannot clear this field; its current value stays: a blank or null clears the field: the \
                     value in the CRM is deleted, if the CRM has this field; remove the line to leave both systems alone";
    let landline = "`private.landline` has no value, which clears it: write null to clear the field, or remove the line to keep the systems' value";
    assert_eq!(found, [(7, linked_in.to_owned()), (11, landline.to_owned())]);
}

#[test]
fn every_declared_field_knows_its_line() {
    let (_, loaded) = validate::load(&ValidationInput {
        root: here(),
        config: &here().join("roster.yaml"),
        today: TODAY,
        cannot_hold: &[],
    });
    let sara = &loaded.roster.people[&Slug::parse("sara-khan").unwrap()];
    let lines: Vec<String> = sara.lines.iter().map(|(field, line)| format!("{line} {field}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    2 status
    3 role
    5 public.first_name
    6 public.last_name
    7 public.email
    8 public.phone
    9 public.phone_secondary
    10 public.whatsapp_phone
    11 public.photo
    12 public.licence
    13 public.licence_expired_at
    14 public.position.ar
    14 public.position.en
    15 public.experience_since
    16 public.languages
    17 public.nationalities
    18 public.linked_in
    25 public.descriptions.ar
    21 public.descriptions.en
    29 private.first_name
    30 private.last_name
    31 private.email
    32 private.mobile
    33 private.landline
    34 private.landline_extension
    35 private.lang
    36 private.licence
    37 private.use_email_signature
    38 private.email_signature
    39 theme
    41 subscriptions.type.property.created.and.assigned.receive_notification
    41 subscriptions.type.property.created.and.assigned.receive_email
    41 subscriptions.type.property.created.and.assigned.receive_sms
    42 fields.1
    42 fields.3
    "#);
    for declaration in loaded.roster.people.values() {
        assert!(declaration.record.keys().eq(declaration.lines.keys()), "{}", declaration.slug);
    }
}

#[test]
fn bombs_are_refused_at_once() {
    let deep = "[".repeat(100_000);
    let maps: Vec<String> = (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let alias =
        |level: usize| format!("a{level}: &a{level} [{}]\n", ["*a"; 9].map(|name| format!("{name}{level}")).join(","));
    let aliases: Vec<String> = (0..9).map(alias).collect();
    let large = format!("a: {}", "x".repeat(300_000));
    let items: String = (0..29_000).map(|item| format!("x{item:05}, ")).collect();
    let list = agent("sara", "").replace("private:", &format!("  languages: [{items}]\nprivate:"));
    let key = format!("private:\n  {}: x\n", "a".repeat(250_000));
    let lines = agent("sara", "").replace("private:", &format!("  languages:\n{}private:", "  - x\n".repeat(40_000)));
    let started = std::time::Instant::now();
    for bomb in [deep, maps.concat(), aliases.concat(), large, list, key, lines] {
        let (person, problems) =
            file::read("agents/bomb.yaml", bomb.as_bytes(), &Config::default().property_finder.languages);
        assert!(person.is_none() && !problems.is_empty());
        let loaded = Loaded { problems: problems.clone(), ..Loaded::default() };
        assert!(problems::terminal("agents", &loaded, PLAIN).len() < 100_000);
        assert!(problems.iter().all(|problem| problem.help.is_some()), "{problems:?}");
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn a_line_without_end_is_named_but_not_printed() {
    let text = agent("sara", "").replace("status: active", &format!("status: {}", "x".repeat(100_000)));
    let workspace = Workspace::new(&[("agents/sara.yaml", &text)]);
    let (exit, talk, _) = validate(workspace.0.path(), PLAIN);
    assert_eq!(exit, Exit::Invalid);
    insta::assert_snapshot!(talk, @r#"
      × `status` is not one of active, inactive, archived (agents/sara.yaml:1:9)
      help: an agent who is away for a while is `inactive`, and one who has left is `archived`

    agents: 1 file, 1 error
    "#);
}

#[test]
fn a_problem_without_a_line_names_its_file() {
    let files: [(&str, &[u8]); 4] =
        [("empty", b""), ("blank", b"\n"), ("mark", b"\xef\xbb\xbf"), ("latin", b"status: \xe9\n")];
    let workspace = Workspace::new(&[]);
    for (name, bytes) in files {
        workspace.write(&format!("agents/{name}.yaml"), bytes);
    }
    let (_, talk, _) = validate(workspace.0.path(), PLAIN);
    insta::assert_snapshot!(talk, @r#"
      × the file is empty
       ╭─[agents/blank.yaml:1:1]
     1 │ 
       · ▲
       ╰────
      help: status, public and private are required: the README shows an example

      × the file is empty (agents/empty.yaml)
      help: status, public and private are required: the README shows an example

      × agents/latin.yaml is not UTF-8: byte 9 in line 1
      help: save the file as UTF-8

      × the file is empty
       ╭─[agents/mark.yaml:1:1]
     1 │ •••
       · ───
       ╰────
      help: status, public and private are required: the README shows an example

    agents: 4 files, 4 errors
    "#);
}

/// A lone carriage return would write over the line, and the others reorder or hide what is read.
#[test]
fn nothing_of_a_file_acts_on_a_terminal() {
    let strange = ["\u{1b}[2J", "\u{7}", "\r", "\u{9b}31m", "\u{85}", "\u{202e}", "\u{2066}", "\u{2028}", "\u{e0041}"];
    for part in strange {
        for text in [
            agent("sara", "").replace("status: active", &format!("status: activ # {part}shown")),
            agent("sara", "").replace("last_name: ", &format!("last_name: \"{part}\"\n  \"x{part}\": ")),
            agent("sara", &format!("a{part}b: [\n")),
        ] {
            let workspace = Workspace::new(&[("agents/sara.yaml", &text)]);
            for reveal in [false, true] {
                let (_, talk, _) = validate(workspace.0.path(), ProblemStyle { reveal, ..PLAIN });
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
fn private_values_are_masked_wherever_their_key_stands() {
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
            let workspace = Workspace::new(&[("agents/sara.yaml", &broken)]);
            let (_, talk, json) = validate(workspace.0.path(), PLAIN);
            assert!(!format!("{talk}{json}").contains(CANARY), "{broken}\n{talk}");
        }
    }
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
    let workspace = Workspace::new(&[("agents/sara.yaml", &text)]);
    insta::assert_snapshot!(workspace.problems(), @r#"
    agents/sara.yaml:32:16 warning: `subscriptions` clears nothing: each of its keys is a field of its own
    agents/sara.yaml:33:9 warning: `fields` clears nothing: each of its keys is a field of its own
    "#);
    let at = ValidationInput { root: workspace.0.path(), config: Path::new("none"), today: TODAY, cannot_hold: &[] };
    let record = &validate::load(&at).1.roster.people[&Slug::parse("sara").unwrap()].record;
    assert_eq!(record.values().filter(|value| value.is_null()).count(), 24, "{record:#?}");
    for (field, _) in CrmMapper::new(&Config::default()).cannot_hold(record) {
        let part = schema.pointer(&format!("/properties/{}", field.to_string().replace('.', "/properties/"))).unwrap();
        assert!(part["description"].as_str().unwrap().ends_with("null changes nothing."), "{field}: {part}");
    }
}
