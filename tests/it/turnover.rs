//! A brokerage over many rounds in which people join, change, get other photos, are renamed, go on leave and leave for good: after each round
//! files and systems agree. The same rounds every time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roster::model::agent::{Field, FieldValue, Slug, Status};
use roster::model::config::Rate;
use roster::model::record::Record;
use roster::sandbox::{Behaviour, Fault, FaultTarget};
use serde_json::Value;

use crate::fault_matrix::accidents;
use crate::support::{Pipeline, agent};

const ROUNDS: usize = 100;

#[tokio::test]
async fn files_and_systems_agree_after_every_round_of_joins_edits_photos_renames_and_departures() {
    let mut office = Office::begin(12).await;
    for round in 1..=ROUNDS {
        office.round(round).await;
    }
    let Counts { joined, edited, photographed, renamed, on_leave, deleted, together, removed } = office.counts;
    let counts = [joined, edited, photographed, renamed, on_leave, deleted, together, removed];
    assert!(counts.iter().all(|count| *count >= 10), "a kind of change is rare: {counts:?}");
}

/// What happened.
#[derive(Default)]
struct Counts {
    joined: usize,
    edited: usize,
    photographed: usize,
    renamed: usize,
    on_leave: usize,
    /// People deleted from the CRM.
    deleted: usize,
    /// Requests that deleted several of them.
    together: usize,
    /// Files of deleted people that were removed.
    removed: usize,
}

struct Office {
    pipeline: Pipeline,
    chance: u64,
    /// How many people there ever were, and other names.
    numbers: u32,
    /// The login e-mails of people who are deleted from the CRM.
    deleted: BTreeSet<String>,
    counts: Counts,
}

impl Office {
    async fn begin(people: usize) -> Self {
        let behaviour = Behaviour { pf_rate: None, pf_token_rate: None, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, []).await;
        // A short window, so that the pause after a 429 is short too.
        let rate = Rate { count: 100_000, window: Duration::from_secs(1) };
        (pipeline.config.crm.rate, pipeline.config.property_finder.rate) = (rate, rate);
        let (chance, deleted) = (20_261_129, BTreeSet::new());
        let mut office = Self { pipeline, chance, numbers: 0, deleted, counts: Counts::default() };
        (0..people).for_each(|_| office.join());
        office.pipeline.settle("the beginning").await;
        office
    }

    async fn round(&mut self, round: usize) {
        let case = format!("round {round}");
        self.pipeline.sandbox.forget_requests();
        let before = self.pipeline.sandbox.crm_deletions().len();
        let leaving = self.change_files();
        let rows = self.crm_ids();
        let receivers: BTreeMap<u64, [u64; 3]> =
            leaving.iter().map(|(login, to)| (rows[login], to.each_ref().map(|login| rows[login]))).collect();
        if round.is_multiple_of(3) {
            self.disturbed().await;
            self.pipeline.deletions_are_safe(&case);
        }
        self.pipeline.settle(&case).await;
        self.pipeline.deletions_are_safe(&case);
        self.deleted.extend(leaving.into_keys());
        self.agrees(&case);
        self.shows_photos(&case);

        let mut received = BTreeMap::new();
        for deletion in &self.pipeline.sandbox.crm_deletions()[before..] {
            let users: Vec<u64> = deletion["users"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
            let to = [0, 1, 2].map(|kind| deletion["resources"][kind]["id"].as_u64().unwrap());
            self.counts.together += usize::from(users.len() > 1);
            self.counts.deleted += users.len();
            received.extend(users.into_iter().map(|user| (user, to)));
        }
        assert_eq!(received, receivers, "{case}: who received whose work");
    }

    /// One run in which a request goes wrong, however that ends.
    async fn disturbed(&mut self) {
        let accidents = accidents();
        let (_, effect) = accidents[self.below(accidents.len())].clone();
        let at = u32::try_from(self.below(24)).unwrap() + 1;
        self.pipeline.sandbox.add_fault(Fault { system: None, on: FaultTarget::Any, at, times: 1, effect });
        let _ = self.pipeline.write().await;
        self.pipeline.sandbox.clear_faults();
    }

    /// What the systems hold of everybody, by what the files declare.
    fn agrees(&self, case: &str) {
        let people: Vec<_> =
            self.pipeline.roster.people.values().map(|person| (login(&person.record), person.status)).collect();
        let rows: BTreeSet<String> = self.crm_ids().into_keys().collect();
        let in_crm =
            people.iter().map(|(login, _)| login.clone()).filter(|login| !self.deleted.contains(login)).collect();
        assert_eq!(rows, in_crm, "{case}: CRM users");
        let online = self.pipeline.sandbox.pf_rows().into_iter().filter(|user| user["status"] == "active");
        let online: BTreeSet<String> = online.map(|user| user["email"].as_str().unwrap().to_owned()).collect();
        let active =
            people.into_iter().filter(|(_, status)| *status == Status::Active).map(|(login, _)| login).collect();
        assert_eq!(online, active, "{case}: active users at Property Finder");
    }

    /// The ids of all CRM users, by login e-mail.
    fn crm_ids(&self) -> BTreeMap<String, u64> {
        let rows = self.pipeline.sandbox.crm_rows();
        rows.iter()
            .map(|row| (row["private"]["email"].as_str().unwrap().to_owned(), row["id"].as_u64().unwrap()))
            .collect()
    }

    /// Changes a few files, each in one way. Returns the people who hand over their work, and the receivers of properties,
    /// leads and landlords, all by login e-mail.
    fn change_files(&mut self) -> BTreeMap<String, [String; 3]> {
        let mut untouched: Vec<String> = self.pipeline.roster.people.keys().map(Slug::to_string).collect();
        let mut leaving = BTreeMap::new();
        for _ in 0..=self.below(4) {
            match self.below(9) {
                0 | 1 => self.join(),
                2 => {
                    let Some(slug) = self.take(&mut untouched, |person| person != Status::Archived) else { continue };
                    let text = format!("Consultant {}", self.number());
                    let field = [Field::Position("en".into()), Field::Description("ar".into()), Field::EmailSignature];
                    let field = field[self.below(3)].clone();
                    self.pipeline.edit(&slug, field, text);
                    self.counts.edited += 1;
                }
                3 => {
                    let Some(slug) = self.take(&mut untouched, |_| true) else { continue };
                    self.rename(&slug);
                }
                4 => {
                    let Some(slug) = self.take(&mut untouched, |person| person != Status::Archived) else { continue };
                    let status = self.status(&slug);
                    let other = if status == Status::Active { Status::Inactive } else { Status::Active };
                    self.pipeline.set_status(&slug, other);
                    self.counts.on_leave += 1;
                }
                5 => {
                    let Some(slug) = self.take(&mut untouched, |person| person != Status::Archived) else { continue };
                    self.pipeline.set_status(&slug, Status::Archived);
                }
                6 => {
                    let Some(slug) = self.take(&mut untouched, |person| person != Status::Archived) else { continue };
                    self.photograph(&slug);
                }
                7 => self.hand_over(&mut untouched, &mut leaving),
                _ => self.remove_a_file(&mut untouched),
            }
        }
        leaving
    }

    /// One photo of a person changes: to a file, to an address, or to none.
    fn photograph(&mut self, slug: &str) {
        let number = self.number();
        let shade = u8::try_from(number % 251).unwrap() + 1;
        match self.below(4) {
            0 => _ = self.pipeline.photograph(slug, Field::Photo, shade),
            1 => _ = self.pipeline.photograph(slug, Field::PrivatePhoto, shade),
            2 => {
                let address = format!("https://cdn.brokerage.example/{number}.jpg");
                self.pipeline.edit(slug, Field::Photo, address);
            }
            _ => self.pipeline.edit(slug, Field::PrivatePhoto, FieldValue::Nothing),
        }
        self.counts.photographed += 1;
    }

    /// Holds that the CRM shows exactly the photos that the files declare.
    fn shows_photos(&self, case: &str) {
        let (rows, files) = (self.pipeline.sandbox.crm_rows(), self.pipeline.sandbox.crm_files());
        let people = self.pipeline.roster.people.values().filter(|person| person.status != Status::Archived);
        for person in people {
            let row = rows.iter().find(|row| row["private"]["email"] == login(&person.record)).unwrap();
            for (field, half) in [(Field::Photo, "public"), (Field::PrivatePhoto, "private")] {
                let declared = person.record.get(&field).and_then(FieldValue::as_text);
                let file = files.iter().find(|file| file["id"] == row[half]["photo"]);
                let shown = file.map(|file| STANDARD.decode(file["content"].as_str().unwrap()).unwrap());
                let wanted = declared.map(|declared| self.pipeline.photo_bytes(declared));
                assert!(shown == wanted, "{case}: {field} of {} is not {declared:?}", person.slug);
            }
        }
    }

    /// One to three people leave with the same receivers; some of them were archived before.
    fn hand_over(&mut self, untouched: &mut Vec<String>, leaving: &mut BTreeMap<String, [String; 3]>) {
        let receivers = [(); 3].map(|()| self.take(untouched, |person| person == Status::Active));
        let [Some(one), Some(two), Some(three)] = receivers else { return };
        let to = [[&one, &one, &one], [&one, &two, &one], [&one, &two, &three]][self.below(3)];
        for _ in 0..=self.below(3) {
            if self.pipeline.roster.people.len() - self.deleted.len() < 10 {
                return;
            }
            let gone = self.deleted.clone();
            untouched.retain(|slug| {
                !gone.contains(&login(&self.pipeline.roster.people[&Slug::parse(slug).unwrap()].record))
            });
            let Some(slug) = self.take(untouched, |_| true) else { return };
            self.pipeline.hands_over(&slug, to.map(String::as_str));
            leaving.insert(self.login(&slug), to.map(|slug| self.login(slug)));
        }
    }

    /// The file of a person who is deleted from the CRM goes.
    fn remove_a_file(&mut self, untouched: &mut Vec<String>) {
        let people = self.pipeline.roster.people.values();
        let gone = people.map(|person| (person.slug.clone(), login(&person.record)));
        if let Some((slug, login)) = gone.into_iter().find(|(_, login)| self.deleted.contains(login)) {
            self.pipeline.roster.people.remove(&slug);
            untouched.retain(|other| other != slug.as_str());
            self.deleted.remove(&login);
            self.counts.removed += 1;
        }
    }

    fn join(&mut self) {
        let number = self.number();
        self.pipeline.declare(agent(&format!("agent-{number}"), number));
        self.counts.joined += 1;
    }

    /// The same person in a file of another name.
    fn rename(&mut self, slug: &str) {
        let mut person = self.pipeline.roster.people.remove(&Slug::parse(slug).unwrap()).unwrap();
        let to = format!("renamed-{}", self.number());
        person.file = format!("agents/{to}.yaml");
        person.slug = Slug::parse(&to).unwrap();
        self.pipeline.declare(person);
        self.counts.renamed += 1;
    }

    /// One of these people, who then is touched.
    fn take(&mut self, untouched: &mut Vec<String>, fits: impl Fn(Status) -> bool) -> Option<String> {
        let fitting: Vec<usize> = (0..untouched.len()).filter(|at| fits(self.status(&untouched[*at]))).collect();
        if fitting.is_empty() {
            return None;
        }
        Some(untouched.swap_remove(fitting[self.below(fitting.len())]))
    }

    fn status(&self, slug: &str) -> Status {
        self.pipeline.roster.people[&Slug::parse(slug).unwrap()].status
    }

    fn login(&self, slug: &str) -> String {
        login(&self.pipeline.roster.people[&Slug::parse(slug).unwrap()].record)
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    /// A number below `end`: Knuth's generator, whose high bits are random enough here.
    fn below(&mut self, end: usize) -> usize {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.chance >> 33).unwrap() % end
    }
}

fn login(record: &Record) -> String {
    record[&Field::Login].as_text().unwrap().to_owned()
}
