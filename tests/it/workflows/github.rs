//! A GitHub in this process, as far as the workflows use it: pages, instants, runs that end, deployments that become
//! inactive, comments that people edit, and pull requests among the issues.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Map, Value, json};

use super::jq;

mod runs;

pub(super) use runs::RunJob;

/// How many rows a page has.
const PAGE: usize = 2;

pub(super) const BOT: &str = "github-actions[bot]";

/// What it knows.
#[derive(Default)]
pub(super) struct Knowledge {
    /// Lists: comments, issues, deployments, statuses, artifacts; each in order of creation.
    pub(super) tables: BTreeMap<&'static str, Vec<Value>>,
    /// Runs of plan.yml, in order of creation.
    runs: Vec<Value>,
    /// The numbers of the runs that were started again.
    pub(super) started_again: Vec<u32>,
    /// The open pull requests.
    pub(super) open_pulls: Vec<Value>,
    /// Everything else, by its path.
    pub(super) objects: BTreeMap<String, Value>,
    /// The files of artifacts, by run and name.
    pub(super) files: BTreeMap<(u64, String), Vec<(String, Vec<u8>)>>,
    /// Method and path of every call.
    pub(super) calls: Vec<String>,
    /// The workflows that were started.
    pub(super) started: Vec<String>,
    /// What is attested: the digest of a file and the options of the check.
    pub(super) attested: Vec<String>,
    /// The token of the newest call.
    token: String,
    /// The files of releases.
    pub(super) release: Option<PathBuf>,
    /// The method and path whose requests fail; `*` is anything.
    pub(super) broken: Option<String>,
    /// Seconds since the beginning.
    clock: i64,
}

/// An answer: the exit code, stderr, stdout.
type Said = (i32, String, String);

pub(super) struct GitHub {
    known: Arc<Mutex<Knowledge>>,
}

impl GitHub {
    /// Serves `gh`, which is put into a folder.
    pub(super) fn start(bin: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        fs::write(bin.join("port"), listener.local_addr().unwrap().port().to_string()).unwrap();
        fs::copy(super::root().join("tests/it/workflows/gh"), bin.join("gh")).unwrap();
        let known = Arc::new(Mutex::new(Knowledge::default()));
        let served = Arc::clone(&known);
        // Ends with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &served);
            }
        });
        Self { known }
    }

    pub(super) fn knows(&self) -> MutexGuard<'_, Knowledge> {
        self.known.lock().unwrap()
    }
}

fn serve(stream: TcpStream, known: &Mutex<Knowledge>) {
    let mut reader = BufReader::new(stream);
    let mut word = || {
        let mut bytes = Vec::new();
        reader.read_until(0, &mut bytes).unwrap();
        bytes.pop();
        String::from_utf8(bytes).unwrap()
    };
    let count: usize = word().parse().unwrap();
    let (folder, mark, token) = (PathBuf::from(word()), word(), word());
    let args: Vec<String> = (0..count).map(|_| word()).collect();
    let mut known = known.lock().unwrap();
    known.token = token;
    let (code, error, out) = known.call(&args, &folder, &mark);
    drop(known);
    let mut stream = reader.into_inner();
    stream.write_all(format!("{code}\n{error}\n{out}").as_bytes()).unwrap();
}

fn fine(out: String) -> Said {
    (0, String::new(), out)
}

/// The value of an option.
fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    let at = args.iter().position(|arg| arg == name)?;
    args.get(at + 1).map(String::as_str)
}

impl Knowledge {
    /// The next instant.
    pub(super) fn now(&mut self) -> String {
        self.clock += 10;
        jiff::Timestamp::from_second(1_893_456_000 + self.clock).unwrap().to_string()
    }

    fn call(&mut self, args: &[String], folder: &Path, mark: &str) -> Said {
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["api", ..] => self.api(&args[1..], folder, mark),
            ["workflow", "run", rest @ ..] => {
                self.started.push(rest.join(" "));
                fine(String::new())
            }
            ["run", "download", run, ..] => {
                let name = option(args, "--name").unwrap().to_owned();
                let into = folder.join(option(args, "--dir").unwrap());
                fs::create_dir_all(&into).unwrap();
                let Some(files) = self.files.get(&(run.parse().unwrap(), name)) else {
                    return (1, "no valid artifacts found to download".to_owned(), String::new());
                };
                for (file, bytes) in files {
                    fs::write(into.join(file), bytes).unwrap();
                }
                fine(String::new())
            }
            ["release", "download", ..] => {
                for file in fs::read_dir(self.release.as_ref().unwrap()).unwrap().map(Result::unwrap) {
                    fs::copy(file.path(), folder.join(file.file_name())).unwrap();
                }
                fine(String::new())
            }
            ["attestation", "verify", file, rest @ ..] => {
                let digest = super::hosted_repo::sha256(&folder.join(file));
                let known = self.attested.contains(&format!("{digest} {}", rest.join(" ")));
                if known { fine(String::new()) } else { (1, "gh: no attestation fits".to_owned(), String::new()) }
            }
            other => panic!("gh: not known: {other:?}"),
        }
    }

    fn api(&mut self, args: &[String], folder: &Path, mark: &str) -> Said {
        let (mut method, mut path, mut filter) = ("GET", "", None);
        let (mut silent, mut paginate, mut slurp) = (false, false, false);
        let mut body = Map::new();
        let mut rest = args.iter().map(String::as_str);
        while let Some(arg) = rest.next() {
            match arg {
                "--method" => method = rest.next().unwrap(),
                "--jq" => filter = rest.next(),
                "--silent" => silent = true,
                "--paginate" => paginate = true,
                "--slurp" => slurp = true,
                "--field" | "--raw-field" => {
                    field(&mut body, rest.next().unwrap(), arg == "--field", folder);
                }
                _ => {
                    assert!(!arg.starts_with('-') && path.is_empty(), "gh api: not known: {arg}");
                    path = arg;
                }
            }
        }
        if path == "graphql" {
            assert!(slurp && paginate, "all pages, as one array");
            return self.graphql(&body);
        }
        let path = path.strip_prefix("repos/brokerage/roster/").unwrap_or_else(|| panic!("another place: {path}"));
        self.calls.push(format!("{method} {path}"));
        if self.broken.as_deref().is_some_and(|broken| fits(broken, &format!("{method} {path}"))) {
            return (1, "gh: Server Error (HTTP 502)".to_owned(), r#"{"message": "Server Error"}"#.to_owned());
        }
        let Some(answer) = self.answer(method, path, body) else {
            return (1, "gh: Not Found (HTTP 404)".to_owned(), r#"{"message": "Not Found"}"#.to_owned());
        };
        let mut pages = pages(answer);
        pages.truncate(if paginate { usize::MAX } else { 1 });
        assert!(!slurp || (paginate && filter.is_none()), "gh refuses --slurp without --paginate, or with --jq");
        let filter = filter.map(|filter| filter.replace("env.MARK", &json!(mark).to_string()));
        fine(match (silent, filter) {
            (true, _) => String::new(),
            (false, Some(filter)) => pages.iter().map(|page| jq::run(&filter, page)).collect(),
            (false, None) if slurp => Value::Array(pages).to_string(),
            (false, None) => pages.iter().map(Value::to_string).collect(),
        })
    }

    fn answer(&mut self, method: &str, path: &str, mut body: Map<String, Value>) -> Option<Value> {
        let (plain, query) = path.split_once('?').unwrap_or((path, ""));
        let query = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
            pair.map(|(_, value)| value.to_owned())
        };
        let parts: Vec<&str> = plain.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["issues", on, "comments"]) => Some(self.rows("comments", |row| row["on"] == *on)),
            ("POST", ["issues", on, "comments"]) => {
                body.insert("on".to_owned(), json!(on));
                Some(self.insert("comments", body))
            }
            ("GET", ["issues", "comments", id]) => self.table("comments").iter().find(|row| is(row, id)).cloned(),
            ("PATCH", ["issues", "comments", id]) => self.change("comments", id, body),
            ("GET", ["issues", on, "labels"]) => Some(self.rows("labels", |row| row["on"] == *on)),
            ("POST", ["issues", on, "labels"]) => {
                for name in body["labels"].as_array().unwrap() {
                    let row = json!({"on": on, "name": name});
                    self.insert("labels", row.as_object().unwrap().clone());
                }
                Some(self.rows("labels", |row| row["on"] == *on))
            }
            ("DELETE", ["issues", on, "labels", name]) => {
                let name = percent_encoding::percent_decode_str(name).decode_utf8().unwrap();
                let rows = self.table("labels");
                let at = rows.iter().position(|row| row["on"] == *on && row["name"] == *name)?;
                rows.remove(at);
                Some(json!([]))
            }
            ("GET", ["issues"]) => Some(self.issues(&query("labels")?, &query("state")?)),
            ("POST", ["issues"]) => Some(self.insert("issues", body)),
            ("PATCH", ["issues", id]) => self.change("issues", id, body),
            ("GET", ["pulls"]) => {
                let (state, head) = (query("state")?, query("head")?);
                let branch = head.strip_prefix("brokerage:")?;
                Some(self.rows("pulls", |row| row["state"] == state.as_str() && row["head"] == branch))
            }
            ("POST", ["pulls"]) => {
                body.insert("state".to_owned(), json!("open"));
                body.insert("token".to_owned(), json!(self.token));
                Some(self.insert("pulls", body))
            }
            ("PATCH", ["pulls", id]) => self.change("pulls", id, body),
            ("GET", ["deployments"]) => {
                let environment = query("environment")?;
                Some(reversed(self.rows("deployments", |row| row["environment"] == environment.as_str())))
            }
            ("POST", ["deployments"]) => {
                body.insert("sha".to_owned(), body["ref"].clone());
                Some(self.insert("deployments", body))
            }
            ("GET", ["deployments", on, "statuses"]) => Some(reversed(self.rows("statuses", |row| row["on"] == *on))),
            ("POST", ["deployments", on, "statuses"]) => Some(self.deployed(on, body)),
            ("GET", ["actions", "runs", run, "artifacts"]) => {
                let of = |row: &Value| row["workflow_run"]["id"].as_u64() == run.parse().ok();
                Some(json!({"artifacts": self.rows("artifacts", of)}))
            }
            ("GET", ["actions", "runs"] | ["actions", "runs", _]) | ("POST", ["actions", ..]) => {
                self.about_runs(method, &parts, query("head_sha").as_deref())
            }
            ("GET", ["commits", _, "pulls"]) => Some(self.objects.get(plain).cloned().unwrap_or_else(|| json!([]))),
            ("GET", ["pulls", _, "reviews"]) => Some(self.objects.get(plain).cloned().unwrap_or_else(|| json!([]))),
            ("GET", _) => self.objects.get(plain).cloned(),
            _ => panic!("gh: not known: {method} {path}"),
        }
    }

    fn table(&mut self, name: &'static str) -> &mut Vec<Value> {
        self.tables.entry(name).or_default()
    }

    fn rows(&mut self, table: &'static str, fits: impl Fn(&Value) -> bool) -> Value {
        self.table(table).iter().filter(|row| fits(row)).cloned().collect()
    }

    /// Issues, and the pull requests among them: to GitHub each is an issue too.
    fn issues(&mut self, label: &str, state: &str) -> Value {
        let bot = json!({"login": BOT});
        let pull = |kind: &str| json!({"number": 9000, "user": bot, "body": format!("<!-- roster-{kind} -->"), "pull_request": {}});
        let own = self.rows("issues", |row| {
            let labels = row["labels"].as_array().into_iter().flatten();
            row["state"].as_str().unwrap_or("open") == state && labels.into_iter().any(|name| name == label)
        });
        let pulls = [pull("apply"), pull("drift")];
        pulls.into_iter().chain(own.as_array().unwrap().iter().cloned()).collect()
    }

    pub(super) fn insert(&mut self, table: &'static str, mut row: Map<String, Value>) -> Value {
        let (now, number) = (self.now(), self.table(table).len() + 1);
        for (key, value) in [
            ("id", json!(number)),
            ("number", json!(number)),
            ("user", json!({"login": BOT, "type": "Bot"})),
            ("created_at", json!(now)),
            ("updated_at", json!(now)),
        ] {
            row.entry(key).or_insert(value);
        }
        self.table(table).push(Value::Object(row.clone()));
        Value::Object(row)
    }

    /// Changes a row; who changes it stays unknown to GitHub's answers.
    pub(super) fn change(&mut self, table: &'static str, id: &str, body: Map<String, Value>) -> Option<Value> {
        let now = self.now();
        let row = self.table(table).iter_mut().find(|row| is(row, id))?;
        body.into_iter().for_each(|(key, value)| row[key] = value);
        row["updated_at"] = json!(now);
        Some(row.clone())
    }

    /// A new status. With a success GitHub makes the older deployments of the environment inactive, unless told not to.
    fn deployed(&mut self, on: &str, mut body: Map<String, Value>) -> Value {
        let own = self.table("deployments").iter().find(|row| is(row, on)).cloned().unwrap();
        if body["state"] == "success" && body.get("auto_inactive") != Some(&json!(false)) {
            let older = self.rows("deployments", |row| row["environment"] == own["environment"] && !is(row, on));
            for row in older.as_array().unwrap() {
                let inactive = json!({"on": row["id"].to_string(), "state": "inactive"});
                self.insert("statuses", inactive.as_object().unwrap().clone());
            }
        }
        body.insert("on".to_owned(), json!(on));
        self.insert("statuses", body)
    }
}

fn is(row: &Value, id: &str) -> bool {
    row["id"].as_u64().is_some_and(|number| id.parse() == Ok(number))
}

fn reversed(rows: Value) -> Value {
    let Value::Array(mut rows) = rows else { panic!("no rows") };
    rows.reverse();
    Value::Array(rows)
}

/// An answer in pages: of a list, or of the one list in an object.
fn pages(answer: Value) -> Vec<Value> {
    let cut = |rows: &[Value]| -> Vec<Value> { rows.chunks(PAGE).map(|page| Value::Array(page.to_vec())).collect() };
    let listed = answer.as_object().and_then(|object| match object.iter().collect::<Vec<_>>().as_slice() {
        [(key, Value::Array(rows))] => Some(((*key).clone(), rows.clone())),
        _ => None,
    });
    match (&answer, listed) {
        (Value::Array(rows), _) if rows.is_empty() => vec![json!([])],
        (Value::Array(rows), _) => cut(rows),
        (_, Some((_, rows))) if rows.is_empty() => vec![answer],
        (_, Some((key, rows))) => cut(&rows).into_iter().map(|page| json!({ key.clone(): page })).collect(),
        _ => vec![answer],
    }
}

/// One field of a body, as `gh` reads it.
fn field(body: &mut Map<String, Value>, pair: &str, typed: bool, folder: &Path) {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if let Some(key) = key.strip_suffix("[]") {
        let rows = body.entry(key).or_insert_with(|| json!([])).as_array_mut().unwrap();
        if pair.contains('=') {
            rows.push(json!(value));
        }
        return;
    }
    let value = match (typed, value) {
        (true, "true") => json!(true),
        (true, "false") => json!(false),
        (true, file) if file.starts_with('@') => json!(fs::read_to_string(folder.join(&file[1..])).unwrap()),
        (_, text) => json!(text),
    };
    body.insert(key.to_owned(), value);
}

/// Whether a call is the one that a pattern describes, with `*` for one part of its path.
fn fits(pattern: &str, call: &str) -> bool {
    let (pattern, call): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), call.split('?').next().unwrap().split('/').collect());
    pattern.len() == call.len() && pattern.iter().zip(&call).all(|(want, part)| *want == "*" || want == part)
}
