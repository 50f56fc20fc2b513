//! Pictures that are kept in the repository: sent by a public address, and again when the picture changes.

use serde_json::{Value, json};

use crate::support::Repo;

const PHOTO: &str = "agents/photos/agent-1.jpg";

fn picture(repo: &Repo, shade: u8) {
    let path = repo.path(PHOTO);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [b"\xff\xd8\xff\xe0".as_slice(), &vec![shade; 6000]].concat()).unwrap();
}

fn with_photo() -> Repo {
    let repo = Repo::of(2);
    picture(&repo, 1);
    repo.edit_agent(1, "  languages:", &format!("  photo: {PHOTO}\n  languages:"));
    repo
}

fn published(repo: &Repo) {
    let base = "https://cdn.brokerage.example/people/";
    let text = repo.read("roster.yaml");
    repo.write("roster.yaml", &format!("{text}property_finder: {{photo_base_url: '{base}'}}\n"));
}

fn sent(repo: &Repo) -> String {
    let rows = repo.sandbox.pf_rows();
    let row = rows.iter().find(|row| row["email"] == "login-1@brokerage.example").unwrap();
    row["publicProfile"]["imageUrl"].as_str().unwrap_or_default().to_owned()
}

fn plan(repo: &Repo, args: &[&str]) -> Value {
    let args = [&["plan", "--output", "json=-"], args].concat();
    serde_json::from_str(&repo.run(&args).exits(0).stdout).unwrap()
}

#[test]
fn a_changed_photo_at_the_same_path_is_sent() {
    let repo = with_photo();
    published(&repo);
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    let first = sent(&repo);
    assert!(first.starts_with("https://cdn.brokerage.example/people/agents/photos/agent-1.jpg?v="), "{first}");
    repo.is_settled(2, "the first picture");

    picture(&repo, 2);
    let shown = plan(&repo, &["--base", "HEAD"]);
    let fields = &shown["actions"][0]["fields"];
    assert_eq!(
        (&shown["summary"]["update"], &fields[0]["path"], &fields[0]["class"]),
        (&json!(1), &json!("public.photo"), &json!("change")),
        "{shown}"
    );
    repo.run(&["apply", "--yes"]).exits(0);
    assert_ne!(sent(&repo), first);
    repo.is_settled(2, "the second picture");

    // The old picture again: the portal gets the address that it had at first.
    picture(&repo, 1);
    repo.run(&["apply", "--yes"]).exits(0);
    assert_eq!(sent(&repo), first);
}

#[test]
fn an_unchanged_photo_that_was_not_sent_is_drift() {
    let repo = with_photo();
    published(&repo);
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    // Another revision had another picture applied.
    picture(&repo, 2);
    repo.run(&["apply", "--yes"]).exits(0);
    picture(&repo, 1);
    let shown = plan(&repo, &["--base", "HEAD"]);
    assert_eq!(shown["actions"][0]["fields"][0]["class"], "drift", "{shown}");
}

#[test]
fn a_photo_without_a_public_address_is_a_warning_and_not_sent() {
    let repo = with_photo();
    repo.run(&["apply", "--yes"]).exits(0);
    assert_eq!(sent(&repo), "");
    let warning =
        "1 photo is not sent to Property Finder, which takes a photo by its HTTPS address: agents/agent-1.yaml";
    let shown = plan(&repo, &[]);
    assert!(shown["warnings"].to_string().contains(warning), "{shown}");
    let comment = repo.run(&["plan", "--output", "markdown=-"]).exits(0).stdout.clone();
    assert!(comment.contains("1 photo is not sent to Property Finder"), "{comment}");
    assert!(comment.contains("photo_base_url"), "{comment}");

    published(&repo);
    assert_eq!(plan(&repo, &[])["warnings"], json!([]));
}
