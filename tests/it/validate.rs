//! `roster validate` and `roster schema` on this repository, on broken files, and on files nobody would write.

use std::path::Path;

use jiff::civil::{Date, date};
use roster::commands::schema;
use roster::commands::validate::{self, Repository, Style};
use roster::exit::Exit;

const TODAY: Date = date(2026, 11, 21);
const PLAIN: Style = Style { colour: false, reveal: false, width: 100 };

fn validate(root: &Path, style: Style) -> (Exit, String, serde_json::Value) {
    let at = Repository { root, config: &root.join("roster.yaml"), today: TODAY, cannot_hold: &[] };
    let (mut talk, mut json) = (Vec::new(), Vec::new());
    let exit = validate::run(&validate::Args {}, &at, style, &mut talk, Some(&mut json)).unwrap();
    (exit, String::from_utf8(talk).unwrap(), serde_json::from_slice(&json).unwrap())
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
