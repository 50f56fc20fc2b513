//! `roster set`: fields of agent files change in place, or nothing changes.

use crate::support::Repo;

const POSITION: &str = "public.position.en=Senior Broker";

#[test]
fn fields_of_one_or_many_files_change_and_nothing_else() {
    let repo = Repo::of(3);
    let crlf = repo.read("agents/agent-2.yaml").replace('\n', "\r\n") + "# the end\r\n";
    repo.write("agents/agent-2.yaml", &crlf);
    let ran = repo.run(&["set", "agent-[12]", POSITION, "public.experience_since=2011"]);
    ran.exits(0).stderr_has("2 files changed");
    assert_eq!(ran.stdout, "agents/agent-1.yaml\nagents/agent-2.yaml\n");
    for agent in 1..=2 {
        let text = repo.read(&format!("agents/agent-{agent}.yaml"));
        assert!(text.contains("Senior Broker") && text.contains("experience_since: 2011"), "{text}");
    }
    let after = repo.read("agents/agent-2.yaml");
    assert!(after.ends_with("# the end\r\n") && !after.replace("\r\n", "").contains('\n'), "{after:?}");
    assert!(!repo.read("agents/agent-3.yaml").contains("Senior Broker"));
    repo.run(&["validate"]).exits(0);

    repo.run(&["set", "agent-*", POSITION]).exits(0).stderr_has("1 file changed, 2 files had the value already");
    for nothing in ["", "null"] {
        let cleared = ["public.experience_since", "public.linked_in"].map(|path| format!("{path}={nothing}"));
        repo.run(&["set", "agent-1", &cleared[0], &cleared[1]]).exits(0);
        let text = repo.read("agents/agent-1.yaml");
        assert!(text.contains("experience_since: null") && text.contains("linked_in: null"), "{text}");
        repo.run(&["set", "agent-1", "public.experience_since=2011", "public.linked_in=https://x.example/in/a"])
            .exits(0);
    }
    for (path, hint) in [
        ("public.phnoe", "did you mean public.phone?"),
        ("handover", "is changed in the file itself"),
        ("public.descriptions", "name a part of it, such as public.descriptions.en"),
        ("subscriptions", "such as subscriptions.type.property.created.receive_notification"),
        ("fields", "such as fields.1"),
        ("public.positon.en", "did you mean public.position.en?"),
    ] {
        repo.run(&["set", "agent-1", &format!("{path}=x")]).exits(64).stderr_has(hint);
    }
}

#[test]
fn a_value_that_no_file_may_declare_changes_no_file() {
    let repo = Repo::of(2);
    let before = [1, 2].map(|agent| repo.read(&format!("agents/agent-{agent}.yaml")));
    for (assignment, why) in [
        ("public.phone=12", "public.phone"),
        ("status=gone", "status"),
        ("public.languages=[en, xx]", "public.languages"),
        // Valid in each file, and not in both.
        ("private.email=one@login.example", "private.email"),
    ] {
        let ran = repo.run(&["set", "agent-*", POSITION, assignment]);
        ran.exits(4).stderr_has(why).stderr_has("nothing was written");
        assert_eq!(before, [1, 2].map(|agent| repo.read(&format!("agents/agent-{agent}.yaml"))), "{assignment}");
    }
}

#[test]
fn wrong_usage_names_what_is_wrong() {
    let repo = Repo::of(1);
    for (args, why) in [
        (["agent-1", "public.phon=12"], "there is no field"),
        (["agent-1", "status"], "write PATH=VALUE"),
        (["agnet-1", POSITION], "did you mean agent-1?"),
        (["agent-1", "public.experience_since=long"], "this is not a whole number"),
        (["agent-1", "private.use_email_signature=yes"], "write true or false"),
    ] {
        repo.run(&[&["set"][..], &args].concat()).exits(64).stderr_has(why);
    }
}

#[test]
fn the_plan_shows_what_the_change_does() {
    let repo = Repo::of(2);
    repo.run(&["apply", "--sandbox"]).exits(0);
    let ran = repo.run(&["set", "agent-1", POSITION, "--plan", "--sandbox"]);
    ran.exits(0).stdout_has("Senior Broker").stdout_has("agents/agent-1.yaml");
    assert!(!ran.stdout.contains("agent-2"), "{ran}");
}
