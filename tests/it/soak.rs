//! A brokerage over many rounds of edits and faults: applying again repairs every state.
//!
//! A round edits some of the files, applies once or twice while requests go wrong or the process ends, and applies again
//! undisturbed. Then everybody has one row a system with the ids stored, the next plan is empty, and whoever has no file
//! is as before. The same rounds every time; `ROSTER_SOAK=1000x200` is 1,000 people over 200 rounds.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use roster::declare::problem::Severity;
use roster::declare::rules::RuleContext;
use roster::declare::{self, Keep};
use roster::model::agent::Slug;
use roster::model::config::Rate;
use roster::reconcile::plan::Operation;
use roster::sandbox::{Behaviour, Fault, FaultTarget};
use serde_json::{Value, json};

use crate::fault_matrix::accidents;
use crate::properties::{behaviour, yaml};
use crate::strategies::file;
use crate::support::{Pipeline, config};

#[tokio::test]
async fn random_edits_and_faults_converge() {
    let size = std::env::var("ROSTER_SOAK").unwrap_or_else(|_| "20x20".to_owned());
    let (people, rounds) = size.split_once('x').expect("ROSTER_SOAK is PEOPLExROUNDS");
    let mut soak = Soak::begin(people.parse().unwrap()).await;
    let rounds: usize = rounds.parse().unwrap();
    for round in 1..=rounds {
        soak.round(round).await;
        if round % 20 == 0 || round == rounds {
            say(&format!("{round} rounds: {:?}", soak.figures));
        }
    }
}

/// Seen with --nocapture.
#[allow(clippy::print_stderr)]
fn say(text: &str) {
    eprintln!("{text}");
}

/// Every run asks for tokens of its own, and there are more runs here than a vendor lets through in a minute.
fn unhurried(behaviour: Behaviour) -> Behaviour {
    Behaviour { pf_rate: None, pf_token_rate: None, ..behaviour }
}

/// What happened, for whoever reads the output.
#[derive(Debug, Default)]
struct Figures {
    edits: BTreeMap<&'static str, usize>,
    accidents: BTreeMap<&'static str, usize>,
    ends_of_the_process: usize,
    unreadable: usize,
    disturbed_runs: usize,
    requests: usize,
    writes: usize,
    people: usize,
    seconds: u64,
}

struct Soak {
    chance: TestRunner,
    pipeline: Pipeline,
    /// The files as they are now, by slug.
    files: BTreeMap<String, Value>,
    /// The rows of people who have no file, as they were put.
    strangers: [Vec<Value>; 2],
    folder: tempfile::TempDir,
    /// How many numbers were used up, for people and addresses that there never were before.
    numbers: usize,
    began: Instant,
    figures: Figures,
}

impl Soak {
    async fn begin(people: usize) -> Self {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut pipeline = Pipeline::new(unhurried(Behaviour::default()), []).await;
        let rate = Rate { count: 100_000, window: Duration::from_secs(1) };
        pipeline.config = config();
        (pipeline.config.crm.rate, pipeline.config.property_finder.rate) = (rate, rate);
        for number in 1..=3 {
            pipeline.sandbox.put_crm_row(&json!({
                "role": "manager", "private": {"email": format!("boss{number}@brokerage.example"), "photo": 25},
                "public": {"first_name": "The"}, "fields": {"7": "theirs"}, "team": {"id": 4}
            }));
            pipeline.sandbox.put_pf_row(&json!({
                "firstName": "The", "lastName": "Boss", "email": format!("boss{number}@brokerage.example"), "roleId": 5,
                "publicProfile": {"name": "The Boss", "email": "b@brokerage.example", "phone": "+971501112222"}
            }));
        }
        let mut soak = Self {
            chance: TestRunner::new_with_rng(ProptestConfig::default(), rng),
            strangers: [pipeline.sandbox.crm_rows(), pipeline.sandbox.pf_rows()],
            pipeline,
            files: BTreeMap::new(),
            folder: tempfile::tempdir().unwrap(),
            numbers: 0,
            began: Instant::now(),
            figures: Figures::default(),
        };
        let newcomers: Vec<String> = (0..people).map(|_| soak.join()).collect();
        soak.declare(&newcomers);
        soak.undisturbed("the beginning").await;
        soak
    }

    async fn round(&mut self, round: usize) {
        let case = format!("round {round}");
        let mut behaviour = unhurried(self.pick(behaviour()));
        let least = self.files.len() / 8;
        behaviour.crm_page_ceiling = behaviour.crm_page_ceiling.max(least);
        behaviour.pf_page_ceiling = behaviour.pf_page_ceiling.max(least);
        self.pipeline.sandbox.set_behaviour(behaviour);
        let edited = self.edit();
        self.declare(&edited);
        for _ in 0..self.pick(1..=2_u32) {
            self.disturbed().await;
        }
        self.undisturbed(&case).await;
    }

    /// Applies while things go wrong, however that ends.
    async fn disturbed(&mut self) {
        self.pipeline.sandbox.forget_requests();
        self.figures.disturbed_runs += 1;
        for _ in 0..self.pick(0..6_u32) {
            let (name, effect) = self.pick(select(accidents()));
            let (at, times) = self.pick((1..25_u32, 1..4_u32));
            let on =
                self.pick(select(vec![FaultTarget::Any, FaultTarget::Read, FaultTarget::Write, FaultTarget::Write]));
            *self.figures.accidents.entry(name).or_default() += 1;
            self.pipeline.sandbox.add_fault(Fault { system: None, on, at, times, effect });
        }
        let end = self.pick(prop_oneof![Just(usize::MAX), 5..60_usize]);
        tokio::select! {
            ended = self.pipeline.write() => self.figures.unreadable += usize::from(ended.is_err()),
            () = self.requested(end) => self.figures.ends_of_the_process += 1,
        }
        self.count_requests();
        self.pipeline.sandbox.clear_faults();
    }

    /// Ends when so many requests have arrived, or a few more.
    async fn requested(&self, requests: usize) {
        while requests == usize::MAX || self.pipeline.sandbox.requests().len() < requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Applies, and holds everything that must hold afterwards.
    async fn undisturbed(&mut self, case: &str) {
        self.pipeline.sandbox.forget_requests();
        let plan = self.pipeline.settle(case).await;
        self.count_requests();
        assert_eq!(plan.count(Operation::Adopt), 0, "{case}: nobody is a stranger");
        for (rows, before) in
            [self.pipeline.sandbox.crm_rows(), self.pipeline.sandbox.pf_rows()].iter().zip(&self.strangers)
        {
            assert_eq!(rows[..before.len()], before[..], "{case}: a row that is nobody's");
        }
        // Whoever is in a system is there under a slug or a stored id: no row is left that nobody remembers.
        let ours = &self.pipeline.sandbox.crm_rows()[3..];
        let at_pf = self.pipeline.sandbox.pf_rows().len() - 3;
        assert!(ours.iter().all(|row| row["fields"]["11"].is_string()), "{case}: a row without a slug");
        assert_eq!(ours.iter().filter(|row| row["fields"]["12"].is_string()).count(), at_pf, "{case}: a twin at pf");
        assert!(ours.len() <= self.files.len(), "{case}: a twin in the crm");
        (self.figures.people, self.figures.seconds) = (self.files.len(), self.began.elapsed().as_secs());
    }

    fn count_requests(&mut self) {
        self.figures.requests += self.pipeline.sandbox.requests().len();
        self.figures.writes += self.pipeline.writes().len();
    }

    /// Edits some files, each in one way, and says which.
    fn edit(&mut self) -> Vec<String> {
        let mut untouched: Vec<String> = self.pick(Just(self.files.keys().cloned().collect::<Vec<_>>()).prop_shuffle());
        let mut edited = Vec::new();
        for _ in 0..self.pick(1..12_u32) {
            let Some(slug) = untouched.pop() else { break };
            let what = self.pick(select(vec![
                "a field",
                "a field",
                "a field",
                "everything",
                "status",
                "join",
                "login",
                "logins",
                "rename",
            ]));
            *self.figures.edits.entry(what).or_default() += 1;
            match what {
                "a field" => self.field(&slug),
                "everything" => self.everything(&slug),
                "status" => {
                    let status = self.pick(select(vec!["active", "active", "inactive", "archived"]));
                    self.files.get_mut(&slug).unwrap()["status"] = json!(status);
                }
                "join" => edited.push(self.join()),
                "login" => _ = self.another_login(&slug),
                "logins" => edited.extend(self.logins(&slug, &mut untouched)),
                _ => {
                    edited.push(self.rename(&slug));
                    continue;
                }
            }
            edited.push(slug);
        }
        edited
    }

    /// Somebody new, in one file of its own; the slug.
    fn join(&mut self) -> String {
        self.numbers += 1;
        let slug = format!("agent-{}", self.numbers);
        let new = self.pick(file(self.numbers));
        self.files.insert(slug.clone(), new);
        self.another_login(&slug);
        slug
    }

    /// One member of the file as it might be in another one: set, null or absent.
    fn field(&mut self, slug: &str) {
        let other = self.pick(file(self.numbers));
        let mut paths = vec![vec!["role"], vec!["theme"], vec!["subscriptions"], vec!["fields"]];
        for group in ["public", "private"] {
            let (one, two) = (&self.files[slug][group], &other[group]);
            let names = [one, two].into_iter().filter_map(Value::as_object).flat_map(|members| members.keys());
            paths.extend(
                names
                    .filter(|name| (group, name.as_str()) != ("private", "email"))
                    .map(|name| vec![group, String::leak(name.clone())]),
            );
        }
        let path = self.pick(select(paths));
        let to = path.iter().try_fold(&other, |at, name| at.get(*name)).cloned();
        let (name, parents) = path.split_last().unwrap();
        let parent = parents.iter().fold(self.files.get_mut(slug).unwrap(), |at, name| &mut at[*name]);
        let parent = parent.as_object_mut().unwrap();
        match to {
            Some(value) => _ = parent.insert((*name).to_owned(), value),
            None => _ = parent.shift_remove(*name),
        }
    }

    /// Everything but the login, which others may want.
    fn everything(&mut self, slug: &str) {
        let login = self.files[slug]["private"]["email"].clone();
        let mut other = self.pick(file(self.numbers));
        other["private"]["email"] = login;
        self.files.insert(slug.to_owned(), other);
    }

    /// Gives a person a login e-mail that nobody had before; the one that they give up.
    fn another_login(&mut self, slug: &str) -> Value {
        self.numbers += 1;
        let login = json!(format!("Login-{}@brokerage.example", self.numbers));
        std::mem::replace(&mut self.files.get_mut(slug).unwrap()["private"]["email"], login)
    }

    /// A chain of people each of whom takes the login e-mail of the one before; at its end somebody new, perhaps.
    fn logins(&mut self, first: &str, untouched: &mut Vec<String>) -> Vec<String> {
        let length = self.pick(1..4_usize).min(untouched.len());
        let mut chain = untouched.split_off(untouched.len() - length);
        if self.pick(any::<bool>()) {
            chain.push(self.join());
        }
        let mut given = self.another_login(first);
        for slug in &chain {
            given = std::mem::replace(&mut self.files.get_mut(slug).unwrap()["private"]["email"], given);
        }
        chain
    }

    /// The same person in a file of another name.
    fn rename(&mut self, slug: &str) -> String {
        self.numbers += 1;
        let to = format!("renamed-{}", self.numbers);
        let same = self.files.remove(slug).unwrap();
        self.pipeline.roster.people.remove(&Slug::parse(slug).unwrap());
        self.files.insert(to.clone(), same);
        to
    }

    /// Reads these files as roster reads them, in place of what was declared under their names.
    fn declare(&mut self, slugs: &[String]) {
        let folder = self.folder.path().join("agents");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        for slug in slugs {
            fs::write(folder.join(format!("{slug}.yaml")), yaml(&self.files[slug])).unwrap();
        }
        let loaded = declare::load(
            &RuleContext { root: self.folder.path(), config: &config(), today: date(2026, 11, 21), cannot_hold: &[] },
            Keep::People,
        );
        let errors = || loaded.problems.iter().filter(|problem| problem.severity == Severity::Error);
        let said = || errors().map(|problem| problem.render(false, true, 100)).collect::<String>();
        assert!(!loaded.is_invalid(), "the files should be valid: {}", said());
        for person in loaded.roster.people.into_values() {
            self.pipeline.declare(person);
        }
    }

    fn pick<S: Strategy>(&mut self, from: S) -> S::Value {
        from.new_tree(&mut self.chance).unwrap().current()
    }
}
