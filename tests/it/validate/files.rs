//! Which files are read, and what happens with a file that is none or too large.

use super::*;

#[test]
fn ignored_files_and_files_that_look_ignored() {
    let repo = repo_of(&[
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
        std::os::unix::fs::symlink(outside.path(), repo.path("agents/outside.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", repo.path("agents/nowhere.yaml")).unwrap();
    }
    insta::assert_snapshot!(problems_of(&repo), @r#"
    agent/hadi.yaml:1:1 warning: agent/hadi.yaml is not read: agents' files are in agents/
    agents/Big Name.yaml:1:1 error: the file's name is not a slug, by which the agent is known
    agents/hana.yaml.txt:1:1 error: agents/hana.yaml.txt is not read: an agent's file ends in .yaml
    agents/huda:1:1 warning: agents/huda is not read: an agent's file ends in .yaml
    agents/lina.YAML:1:1 error: agents/lina.YAML is not read as an agent's file
    agents/nowhere.yaml:1:1 error: agents/nowhere.yaml is a link that leads nowhere
    agents/omar.yml:1:1 error: agents/omar.yml is not read as an agent's file
    agents/outside.yaml:1:1 error: agents/outside.yaml is a link that leads out of the repository
    ali.yaml:1:1 warning: ali.yaml is not read: agents' files are in agents/
    "#);
    let nothing = Repo::empty();
    let agents = nothing.path("agents");
    let told = format!("agents:1:1 error: the folder of agent files is not there: {}", agents.display());
    assert_eq!(problems_of(&nothing), told);
    nothing.write("agents", "");
    assert_eq!(problems_of(&nothing), told.replace("is not there", "is not a folder"));
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
            let repo = repo_of(&[("roster.yaml", &format!("agents: {agents}\n")), ("agents/x/sara.yaml", "")]);
            std::fs::create_dir(repo.path("in")).unwrap();
            symlink(target, repo.path(link)).unwrap();
            let told = problems_of(&repo);
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

    let repo = repo_of(&[("elsewhere.yaml", "canary: canary\n")]);
    let path = repo.path("roster.yaml");
    for target in ["elsewhere.yaml", "/etc/passwd", "/dev/zero"] {
        symlink(target, &path).unwrap();
        let want = "roster.yaml:1:1 error: roster.yaml cannot be read: it is a link; put the file itself there";
        assert_eq!(problems_of(&repo), want, "{target}");
        std::fs::remove_file(&path).unwrap();
    }
    for device in ["/dev/zero", "/dev/null"] {
        let problems = roster::declare::config::load(repo.folder(), Path::new(device)).unwrap_err();
        assert!(problems[0].message.ends_with("cannot be read: it is not a plain file"), "{}", problems[0].message);
    }
    // A file without blocks that would take a minute to read whole.
    std::fs::File::create(&path).unwrap().set_len(1 << 36).unwrap();
    assert_eq!(problems_of(&repo), "roster.yaml:1:1 error: roster.yaml is longer than 256 KB");
    std::fs::remove_file(&path).unwrap();
    std::fs::File::create(repo.path("agents/large.yaml")).unwrap().set_len(1 << 36).unwrap();
    assert_eq!(problems_of(&repo), "agents/large.yaml:1:1 error: agents/large.yaml is longer than 256 KB");
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
    let repo = repo_of(&files);
    let picture = |header: &[u8], size: usize| [header, &vec![0; size][..]].concat();
    repo.write_bytes("photos/good.jpg", &picture(b"\xff\xd8\xff\xe0", 6000));
    repo.write_bytes("photos/small.png", &picture(b"\x89PNG\r\n\x1a\n", 100));
    repo.write_bytes("photos/text.jpg", &picture(b"hello", 6000));
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", repo.path("photos/link.jpg")).unwrap();
    insta::assert_snapshot!(problems_of(&repo), @r#"
    agents/folder.yaml:10:10 error: `private.photo` is not a plain file
    agents/link.yaml:10:10 error: `private.photo` leads out of the repository
    agents/small.yaml:10:10 error: `private.photo` is 1 KB large; a photo may have 5 KB to 15 MB
    agents/text.yaml:10:10 error: `private.photo` is not a JPEG, PNG or WebP picture
    "#);
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
    let lines: Vec<String> =
        sara.record.keys().zip(&sara.lines).map(|(field, line)| format!("{line} {field}")).collect();
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
        assert_eq!(declaration.record.len(), declaration.lines.len(), "{}", declaration.slug);
    }
}

#[test]
fn yaml_bombs_are_refused_quickly() {
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
    let one_text = format!("a: x\n{}", " b\n".repeat(30_000));
    let sections = "public:\n".repeat(32_000);
    let started = std::time::Instant::now();
    for bomb in [deep, maps.concat(), aliases.concat(), large, list, key, lines, one_text, sections] {
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
fn a_part_of_a_line_without_end_is_printed() {
    let text = agent("sara", "").replace("status: active", &format!("status: {}", "x".repeat(100_000)));
    let repo = repo_of(&[("agents/sara.yaml", &text)]);
    let (exit, talk, _) = validate(repo.folder(), PLAIN);
    assert_eq!(exit, Exit::Invalid);
    insta::assert_snapshot!(talk, @r#"
      × `status` is not one of active, inactive, archived
       ╭─[agents/sara.yaml:1:9]
     1 │ status: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
       ·         ────────────────────────────────────────────────────────────────────────────────
       ╰────
      help: an agent who is away for a while is `inactive`, and one who has left is `archived`

    agents: 1 file, 1 error
    "#);
}

#[test]
fn a_problem_without_a_line_names_its_file() {
    let files: [(&str, &[u8]); 4] =
        [("empty", b""), ("blank", b"\n"), ("mark", b"\xef\xbb\xbf"), ("latin", b"status: \xe9\n")];
    let repo = repo_of(&[]);
    for (name, bytes) in files {
        repo.write_bytes(&format!("agents/{name}.yaml"), bytes);
    }
    let (_, talk, _) = validate(repo.folder(), PLAIN);
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
