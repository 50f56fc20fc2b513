//! `roster explain`: where each field comes from, what both systems hold, and what is sent.

use crate::support::Repo;

#[test]
fn a_field_has_its_line_its_commit_both_systems_and_the_reason() {
    let repo = Repo::applied(1);
    let commit = repo.commit();
    repo.edit_agent(1, "first_name: Sara", "first_name: Sarah");
    repo.click_at_pf(1, "/publicProfile/phone", "+971509990000");
    let ran = repo.run(&["explain", "agent-1", "--base", "HEAD"]);
    ran.exits(0);
    let part = |field: &str| ran.stdout.split("\n\n").find(|part| part.starts_with(field)).unwrap().to_owned();
    let name = part("public.first_name  ");
    assert!(name.contains(", not committed") && name.contains("file             \"Sarah\""), "{name}");
    assert!(
        name.contains("CRM              \"Sara\"") && name.contains("sent: \"Sarah\"  change: the file was"),
        "{name}"
    );
    let phone = part("public.phone  ");
    assert!(phone.contains(&format!(", commit {} of ", &commit.trim()[..9])), "{phone}");
    assert!(
        phone.contains("CRM              the same") && phone.contains("Property Finder  \"+971509990000\""),
        "{phone}"
    );
    assert!(phone.contains("drift: changed in the system"), "{phone}");
    let login = part("private.email  ");
    assert!(login.contains("file             (private)") && !ran.stdout.contains("login-1@"), "{login}");
    assert_eq!(repo.writes(), [""; 0]);
}

#[test]
fn a_person_without_a_difference_and_one_who_is_new_are_explained_too() {
    let repo = Repo::applied(1);
    let same = repo.run(&["explain", "agent-1"]);
    same.exits(0).stdout_has("Nothing is to be written");
    let mobile = same.stdout.split("\n\n").find(|part| part.starts_with("private.mobile")).unwrap();
    assert!(mobile.contains("file             (private)\n  CRM              the same"), "{mobile}");
    same.stdout_has("Property Finder  the same\n").stdout_has("Property Finder  the same was sent last");
    let new = Repo::of(1);
    let new = new.run(&["explain", "agent-1"]);
    new.exits(0).stdout_has("no user in the CRM: create · no user in Property Finder: create");
    new.stdout_has("sent when the user is made");
    let unknown = repo.run(&["explain", "agnet-1"]);
    unknown.exits(64).stderr_has("did you mean agent-1?");
    repo.run(&["explain", "agent-1", "--output", "json=-"]).exits(64).stderr_has("`roster explain` writes no document");
}

/// Of somebody who has left nothing but the status is written, whatever the systems hold.
#[test]
fn what_is_not_written_is_not_called_the_same() {
    let repo = Repo::applied(1);
    repo.edit_agent(1, "status: active", "status: archived");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.edit_agent(1, "first_name: Sara", "first_name: Sarah");
    let ran = repo.run(&["explain", "agent-1"]);
    ran.exits(0).stdout_has("Nothing is to be written");
    let name = ran.stdout.split("\n\n").find(|part| part.starts_with("public.first_name")).unwrap();
    assert!(name.contains("CRM              another value; nothing is sent, since the person has left"), "{name}");
    assert!(!ran.stdout.contains("not committed"), "{}", ran.stdout);
}
