//! `roster new`: the file of a new agent, valid where everything is given, else to be filled in.

use crate::support::Repo;

const REQUIRED: [&str; 6] = [
    "public.first_name=Sara",
    "public.last_name=Khan",
    "public.email=sara.khan@brokerage.example",
    "public.phone=+971501112233",
    "private.email=sara@login.example",
    "private.mobile=+971504445566",
];

#[test]
fn a_file_to_fill_in_names_each_required_field_and_filled_in_it_is_valid() {
    let repo = Repo::of(1);
    let ran = repo.run(&["new", "sara-khan"]);
    ran.exits(0).stderr_has("Fill in public.first_name, public.last_name").stderr_has("`roster validate`");
    assert_eq!(ran.stdout, "agents/sara-khan.yaml\n");
    insta::assert_snapshot!(repo.read("agents/sara-khan.yaml"), @r#"
    # yaml-language-server: $schema=../schema/agent.schema.json
    # Write a value in place of each comment "required". Then run: roster validate
    # Other fields: role, public.phone_secondary, public.whatsapp_phone, public.photo, public.licence,
    #   public.licence_expired_at, public.position, public.experience_since, public.languages,
    #   public.nationalities, public.linked_in, public.descriptions, private.first_name,
    #   private.last_name, private.landline, private.landline_extension, private.lang, private.licence,
    #   private.use_email_signature, private.email_signature, private.photo, theme, subscriptions,
    #   fields
    status: active
    public:
      first_name: # required: First name
      last_name: # required: Last name
      email: # required: E-mail
      phone: # required: Phone, in quotes: "+971501234567"
    private:
      email: # required: Login e-mail
      mobile: # required: Own mobile, in quotes: "+971501234567"
    "#);
    repo.run(&["validate"]).exits(4).stderr_has("`public.first_name` has no value");
    let mut text = repo.read("agents/sara-khan.yaml");
    for required in REQUIRED {
        let (path, value) = required.split_once('=').unwrap();
        let key = format!("{}: # required", path.split_once('.').unwrap().1);
        // The public e-mail comes before the login.
        text = text.replacen(&key, &format!("{}: \"{value}\" # required", path.split_once('.').unwrap().1), 1);
    }
    repo.write("agents/sara-khan.yaml", &text);
    repo.run(&["validate"]).exits(0);
}

#[test]
fn a_whole_file_is_valid_at_once_and_shares_what_colleagues_share() {
    let repo = Repo::of(1);
    repo.run(&["set", "agent-1", "role=team_leader", "public.position.en=Senior Broker", "theme=onyx"]).exits(0);
    repo.run(&[&["new", "sara-khan", "--from", "agent-1"][..], &REQUIRED].concat()).exits(0).stderr_has("roster plan");
    let text = repo.read("agents/sara-khan.yaml");
    for line in ["role: team_leader", "Senior Broker", "theme: onyx", "phone: \"+971501112233\""] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let of_agent_1 = repo.read("agents/agent-1.yaml");
    let licence = of_agent_1.lines().find(|line| line.trim_start().starts_with("licence:"));
    assert!(licence.is_none_or(|licence| !text.contains(licence)), "{text}");
    repo.run(&["validate"]).exits(0);
    repo.run(&["fmt", "--check", "sara-khan"]).exits(0);
}

#[cfg(unix)]
#[test]
fn no_file_is_written_through_a_link() {
    let (repo, elsewhere) = (Repo::of(1), tempfile::tempdir().unwrap());
    std::fs::remove_dir_all(repo.path("agents")).unwrap();
    repo.run(&["new", "sara-khan"]).exits(4).stderr_has("the folder of agent files is not there");
    std::os::unix::fs::symlink(elsewhere.path(), repo.path("agents")).unwrap();
    repo.run(&["new", "sara-khan"]).exits(4).stderr_has("is a link");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_is_wrong_writes_no_file() {
    let repo = Repo::of(1);
    let login = repo.read("agents/agent-1.yaml");
    let login = login.lines().filter_map(|line| line.trim().strip_prefix("email: ")).nth(1).unwrap().to_owned();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["new", "agent-1"], 64, "agent-1 has a file already"),
        (&["new", "Sara Khan"], 64, "a slug is 1 to 64 lower-case letters"),
        (&["new", "sara-khan", "--from", "agnet-1"], 64, "did you mean agent-1?"),
        (&["new", "sara-khan", "public.phon=1"], 64, "there is no field"),
        (&["new", "sara-khan", "public.first_name"], 64, "write PATH=VALUE"),
    ];
    for (args, exit, why) in cases {
        repo.run(args).exits(exit).stderr_has(why);
    }
    // No value is quoted: it may be private.
    let secret = repo.run(&["new", "sara-khan", "private.mobil=+971509998877"]);
    secret.exits(64).stderr_has("there is no field");
    assert!(!secret.stderr.contains("9998877"), "{}", secret.stderr);
    // What is given is checked, also where something is missing.
    repo.run(&["new", "sara-khan", "status=gone"]).exits(4).stderr_has("status");
    repo.run(&["new", "sara-khan", "theme=onyx", "theme=onyx"]).exits(64).stderr_has("theme has two values");
    // Valid alone, and the login of somebody else; and a phone number that is none.
    for (path, value, why) in
        [("private.email", login.as_str(), "private.email"), ("public.phone", "12", "public.phone")]
    {
        let mut given: Vec<String> = REQUIRED.iter().map(|&given| given.to_owned()).collect();
        given.retain(|given| !given.starts_with(path));
        given.push(format!("{path}={value}"));
        // The other file of a conflict comes before it, or after it.
        for slug in ["sara-khan", "aaa"] {
            let args: Vec<&str> = ["new", slug].into_iter().chain(given.iter().map(String::as_str)).collect();
            let ran = repo.run(&args);
            ran.exits(4).stderr_has(why).stderr_has("othing was written");
            assert!(!repo.path(&format!("agents/{slug}.yaml")).exists(), "{path}");
        }
    }
}
