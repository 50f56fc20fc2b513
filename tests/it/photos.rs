//! Pictures that are kept in the repository: sent by a public address, and again when the picture changes.

use serde_json::{Value, json};

use crate::office::Office;

const PHOTO: &str = "agents/photos/agent-1.jpg";

fn picture(office: &Office, shade: u8) {
    let path = office.path(PHOTO);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [b"\xff\xd8\xff\xe0".as_slice(), &vec![shade; 6000]].concat()).unwrap();
}

fn with_photo() -> Office {
    let office = Office::new(2);
    picture(&office, 1);
    office.edit(1, "  languages:", &format!("  photo: {PHOTO}\n  languages:"));
    office
}

fn published(office: &Office) {
    let base = "https://cdn.brokerage.example/people/";
    let text = office.read("roster.yaml");
    office.write("roster.yaml", &format!("{text}property_finder: {{photo_base_url: '{base}'}}\n"));
}

fn sent(office: &Office) -> String {
    let rows = office.sandbox.pf_rows();
    let row = rows.iter().find(|row| row["email"] == "login-1@brokerage.example").unwrap();
    row["publicProfile"]["imageUrl"].as_str().unwrap_or_default().to_owned()
}

fn plan(office: &Office, args: &[&str]) -> Value {
    let args = [&["plan", "--output", "json=-"], args].concat();
    serde_json::from_str(&office.run(&args).is(0).out).unwrap()
}

#[test]
fn a_new_picture_at_the_same_path_is_sent() {
    let office = with_photo();
    published(&office);
    office.commit();
    office.run(&["apply", "--yes"]).is(0);
    let first = sent(&office);
    assert!(first.starts_with("https://cdn.brokerage.example/people/agents/photos/agent-1.jpg?v="), "{first}");
    office.is_settled(2, "the first picture");

    picture(&office, 2);
    let shown = plan(&office, &["--base", "HEAD"]);
    let fields = &shown["actions"][0]["fields"];
    assert_eq!(
        (&shown["summary"]["update"], &fields[0]["path"], &fields[0]["class"]),
        (&json!(1), &json!("public.photo"), &json!("change")),
        "{shown}"
    );
    office.run(&["apply", "--yes"]).is(0);
    assert_ne!(sent(&office), first);
    office.is_settled(2, "the second picture");

    // The old picture again: the portal gets the address that it had at first.
    picture(&office, 1);
    office.run(&["apply", "--yes"]).is(0);
    assert_eq!(sent(&office), first);
}

#[test]
fn an_unchanged_picture_that_was_not_sent_is_drift_and_no_change() {
    let office = with_photo();
    published(&office);
    office.commit();
    office.run(&["apply", "--yes"]).is(0);
    // Another revision had another picture applied.
    picture(&office, 2);
    office.run(&["apply", "--yes"]).is(0);
    picture(&office, 1);
    let shown = plan(&office, &["--base", "HEAD"]);
    assert_eq!(shown["actions"][0]["fields"][0]["class"], "drift", "{shown}");
}

#[test]
fn a_plan_says_that_a_photo_without_a_public_address_is_not_sent() {
    let office = with_photo();
    office.run(&["apply", "--yes"]).is(0);
    assert_eq!(sent(&office), "");
    let warning =
        "1 photo is not sent to Property Finder, which takes a photo by its HTTPS address: agents/agent-1.yaml";
    let shown = plan(&office, &[]);
    assert!(shown["warnings"].to_string().contains(warning), "{shown}");
    let comment = office.run(&["plan", "--output", "markdown=-"]).is(0).out;
    assert!(comment.contains("1 photo is not sent to Property Finder"), "{comment}");
    assert!(comment.contains("photo_base_url"), "{comment}");

    published(&office);
    assert_eq!(plan(&office, &[])["warnings"], json!([]));
}
