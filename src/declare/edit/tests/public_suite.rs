//! Every place of every valid document of the public YAML test suite, and of every example, with another reader of YAML as a
//! second opinion on what an edit did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr as _;

use yaml_edit::{ScalarType, YamlFile, YamlNode, YamlValue};

use super::*;

/// A document as the other reader sees it.
#[derive(Debug, PartialEq)]
struct SecondOpinion {
    value: Value,
    comments: Vec<String>,
}

impl SecondOpinion {
    /// None where it has an error, several documents, or a value that JSON lacks.
    fn of(text: &str) -> Option<Self> {
        let file = YamlFile::from_str(text).ok()?;
        let documents: Vec<_> = file.documents().collect();
        let [document] = documents.as_slice() else { return None };
        let value = json(&YamlValue::from_document(document).ok()?)?;
        Some(Self { value, comments: file.comments().map(|comment| comment.text().trim_end().to_owned()).collect() })
    }
}

fn json(value: &YamlValue) -> Option<Value> {
    match value {
        YamlValue::Scalar(scalar) if scalar.tag().is_some() => None,
        YamlValue::Scalar(scalar) => Some(match scalar.scalar_type() {
            ScalarType::Null => Value::Null,
            ScalarType::Boolean => Value::from(scalar.to_bool()?),
            ScalarType::Integer => Value::from(scalar.to_i64()?),
            ScalarType::Float => Value::from(scalar.to_f64()?),
            _ => Value::from(scalar.value()),
        }),
        YamlValue::Sequence(items) => items.iter().map(json).collect::<Option<Vec<_>>>().map(Value::from),
        YamlValue::Mapping(members) => {
            let members = members.iter().map(|(key, value)| Some((key.clone(), json(value)?)));
            members.collect::<Option<Map<_, _>>>().map(Value::from)
        }
        _ => None,
    }
}

/// The bytes of a value, as the other reader places them.
fn bytes_of(file: &YamlFile, path: &[PathStep]) -> Option<Range<usize>> {
    let document = file.document()?;
    let root = document.as_mapping().map(YamlNode::Mapping).or(document.as_sequence().map(YamlNode::Sequence))?;
    let node = path.iter().try_fold(root, |node, step| match step {
        PathStep::Key(key) => node.as_mapping()?.get(key.as_str()),
        PathStep::Index(at) => node.as_sequence()?.get(*at),
    })?;
    let range = node.byte_range();
    Some(range.start as usize..range.end as usize)
}

/// The valid documents of the suite, by name.
fn suite() -> BTreeMap<String, String> {
    let version = cargo(&["--version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let options = ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&cargo(&options)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "yaml-edit").unwrap();
    let folder = PathBuf::from(package["manifest_path"].as_str().unwrap()).with_file_name("test-data");
    // Links to the same tests by name and by tag are beside them.
    let cases = walkdir::WalkDir::new(&folder).follow_links(false).into_iter().map(Result::unwrap);
    let cases = cases.filter(|entry| entry.file_name() == "in.yaml" && !entry.path().with_file_name("error").exists());
    cases
        .filter(|entry| !["name", "tags"].iter().any(|group| entry.path().starts_with(folder.join(group))))
        .map(|entry| {
            let name = entry.path().parent().unwrap().strip_prefix(&folder).unwrap().display().to_string();
            (name, fs::read_to_string(entry.path()).unwrap().replace("\r\n", "\n"))
        })
        .collect()
}

fn cargo(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// Every place below the root, and one that is not there in every map.
fn places(value: &Value, above: &[PathStep], found: &mut Vec<Vec<PathStep>>) {
    let steps: Vec<(PathStep, Option<&Value>)> = match value {
        Value::Object(members) => {
            let there = members.iter().map(|(key, value)| (PathStep::Key(key.clone()), Some(value)));
            there.chain([(PathStep::Key("not_there".to_owned()), None)]).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (PathStep::Index(at), Some(value))).collect(),
        _ => return,
    };
    for (step, value) in steps {
        let path = [above, &[step]].concat();
        if let Some(value) = value {
            places(value, &path, found);
        }
        found.push(path);
    }
}

/// How many edits were made and refused.
#[derive(Debug, Default)]
struct Edits {
    made: usize,
    refused: usize,
}

/// Changes every place of a document that both readers read alike.
fn edit_everywhere(name: &str, text: &str, edits: &mut Edits) -> bool {
    let (source, problems) = file::parse("agents/x.yaml", text.as_bytes(), false);
    let (Some(document), Some(before)) = (&source.document, SecondOpinion::of(text)) else { return false };
    if !problems.is_empty() || document.value != before.value {
        return false;
    }
    let mut paths = Vec::new();
    places(&document.value, &[], &mut paths);
    let file = YamlFile::from_str(text).unwrap();
    for path in paths {
        let own = bytes_of(&file, &path);
        for value in [json!(null), json!("a: b # c, {d} [e] \"f\" 'g'"), json!("Two\nlines\n"), json!(["en", "no"])] {
            let target = Target { path: path.clone(), value };
            let Some(wanted) = target.put_into(document) else { continue };
            let Some(after) = written(&source, document, &target, &wanted) else {
                edits.refused += 1;
                continue;
            };
            edits.made += 1;
            let case = format!("{name}, {path:?}: {}\n---\n{text}\n---\n{after}", target.value);
            let read = SecondOpinion::of(&after).unwrap_or_else(|| panic!("no second opinion: {case}"));
            assert_eq!(read.value, wanted, "{case}");
            assert_eq!(read.comments, before.comments, "{case}");
            only_its_bytes(text, &after, own.as_ref(), &case);
        }
    }
    true
}

/// The bytes before a value and behind it are as they were; where there was no value, nothing is taken away.
fn only_its_bytes(before: &str, after: &str, own: Option<&Range<usize>>, case: &str) {
    if let Some(own) = own {
        let (start, end) = (&before[..own.start], &before[own.end..]);
        let is_kept = after.starts_with(start) && after.ends_with(end) && after.len() >= start.len() + end.len();
        assert!(is_kept, "more than {own:?} is changed: {case}");
    } else {
        let same = |(one, other): &(u8, u8)| one == other;
        let start = before.bytes().zip(after.bytes()).take_while(same).count();
        let end = before.bytes().rev().zip(after.bytes().rev()).take_while(same).count();
        assert!(start + end >= before.len(), "something is taken away: {case}");
    }
}

#[test]
fn another_reader_agrees_with_every_edit_of_the_public_suite() {
    let suite = suite();
    assert!(suite.len() > 250, "{}", suite.len());
    let (mut edits, mut fitting) = (Edits::default(), 0);
    for (name, text) in &suite {
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            fitting += usize::from(edit_everywhere(name, &text, &mut edits));
        }
    }
    assert!(fitting > 100 && edits.made > 3000, "{fitting} documents, {edits:?}");
}

#[test]
fn another_reader_agrees_with_every_edit_of_the_examples() {
    let mut edits = Edits::default();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("agents")) {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(entry.path()).unwrap();
            for text in [text.clone(), text.replace('\n', "\r\n")] {
                assert!(edit_everywhere(&entry.path().display().to_string(), &text, &mut edits));
            }
        }
    }
    assert!(edits.made > 1000, "{edits:?}");
}
