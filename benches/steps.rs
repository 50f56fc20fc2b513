//! What one step of a run costs: an agent's file read, a folder validated, rows read, people compared and planned, a plan
//! rendered. With `cargo bench`; the figures are of one machine, and `benches/limits.json` holds those that may not grow.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::LazyLock;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use jiff::civil::{Date, date};
use roster::apply::{ConsistencyWaits, PhotoSources, Systems, apply};
use roster::declare::photo_files::PhotoFiles;
use roster::declare::rules::RuleContext;
use roster::declare::{self, Keep, file};
use roster::model::config::{Config, LinkFields, Rate};
use roster::model::record::Row;
use roster::model::roster::Roster;
use roster::reconcile::guard::guard;
use roster::reconcile::observed::Observed;
use roster::reconcile::plan::estimate::estimate;
use roster::reconcile::plan::{Plan, Scope};
use roster::remote::crm::CrmWriter;
use roster::remote::observe::observe;
use roster::remote::{Endpoints, Mappers, Portal, Reader as _, WebPhotos, pf, plan};
use roster::report::style::Styles;
use roster::report::terminal::{self, TerminalOptions};
use roster::report::{Report, ReportOrigin, ReportSubject, json};
use roster::sandbox::{Behaviour, Sandbox, SandboxOptions};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

const TODAY: Date = date(2027, 1, 1);

fn main() {
    divan::main();
}

/// One of the example agents, with its numbers and addresses made another's.
fn agent(number: usize) -> (String, String) {
    let text = include_str!("../agents/sara-khan.yaml")
        .replace("sara.khan@", &format!("sara.khan.{number}@"))
        .replace("sara@", &format!("sara.{number}@"))
        .replace("48213", &format!("{}", 48_213 + number))
        .replace("twelve years", &format!("twelve years and {number} homes"))
        .replace("اثني عشر", &number.to_string());
    (format!("agents/sara-khan-{number:05}.yaml"), text)
}

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let [agent, pf_user, pf_profile, memory] = ["11", "12", "13", "14"].map(str::to_owned);
    let mut config = Config::default();
    config.crm.link_fields = Some(LinkFields { agent, pf_user, pf_profile, memory });
    config.property_finder.licence = Some("brn".to_owned());
    let rate = Rate { count: 1_000_000, window: std::time::Duration::from_secs(1) };
    (config.crm.rate, config.property_finder.rate) = (rate, rate);
    config
});

fn roster(people: usize) -> Roster {
    let languages = &CONFIG.property_finder.languages;
    let declared = (0..people).map(|number| {
        let (name, text) = agent(number);
        let (file, problems) = file::read(&name, text.as_bytes(), languages);
        file.unwrap_or_else(|| panic!("{problems:?}")).declaration
    });
    Roster { people: declared.map(|declaration| (declaration.slug.clone(), declaration)).collect() }
}

/// Everybody in both systems, as an apply has left them.
struct InSync {
    roster: Roster,
    observed: Observed,
    crm: Vec<Row>,
    pf: Vec<Row>,
}

const PEOPLE: usize = 500;

static IN_SYNC: LazyLock<InSync> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(in_sync(roster(PEOPLE)))
});

async fn in_sync(roster: Roster) -> InSync {
    let behaviour = Behaviour { pf_rate: None, ..Behaviour::default() };
    let sandbox = Sandbox::start(SandboxOptions { behaviour, ..SandboxOptions::default() }).await.unwrap();
    let environment = sandbox.environment();
    let get = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let endpoints = Endpoints::from_env(get).unwrap();
    let crm = CrmWriter::new(&endpoints, &CONFIG).unwrap();
    let portal = Portal::new(&endpoints, &CONFIG).unwrap();
    let observed = async || {
        observe(&crm.reader, portal.reader(), pf::roles(portal.reader()), (&CONFIG, None), &roster).await.unwrap()
    };

    let before = observed().await;
    let create = plan(&roster, &before, &CONFIG, &Scope::ALL);
    let mappers = Mappers::new(&CONFIG, &before.roles);
    let photos = PhotoSources { files: PhotoFiles::new(Path::new(".")), web: WebPhotos::new(&endpoints).unwrap() };
    let (quote, waits) = (|error: &_| format!("{error:?}"), ConsistencyWaits::default());
    let systems = Systems { crm: &crm, pf: &portal, mappers: &mappers, photos: &photos, quote: &quote, waits: &waits };
    apply(&create, &systems, &()).await;

    let observed = observed().await;
    assert!(plan(&roster, &observed, &CONFIG, &Scope::ALL).people.is_empty(), "the people are not in sync");
    let (crm, pf) = (crm.reader.list().await.unwrap(), portal.reader().unwrap().list().await.unwrap());
    InSync { roster, observed, crm, pf }
}

/// One file: YAML, schema, types.
#[divan::bench]
fn read_one_file(bencher: Bencher) {
    let (name, text) = agent(7);
    let languages = &CONFIG.property_finder.languages;
    let bytes = BytesCount::new(text.len());
    bencher.counter(bytes).bench(|| file::read(black_box(&name), black_box(text.as_bytes()), languages));
}

/// One file with an error, which is looked for with its place.
#[divan::bench]
fn read_one_file_with_an_error(bencher: Bencher) {
    let (name, text) = agent(7);
    let text = text.replace("sara.7@", "sara.7.");
    let languages = &CONFIG.property_finder.languages;
    bencher.bench(|| file::read(black_box(&name), black_box(text.as_bytes()), languages));
}

/// A folder, with the rules across files; from the disk.
#[divan::bench(args = [100, 1_000])]
fn validate(bencher: Bencher, people: usize) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("agents")).unwrap();
    for (name, text) in (0..people).map(agent) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let context = RuleContext { root: folder.path(), config: &CONFIG, today: TODAY, cannot_hold: &[] };
    let items = ItemsCount::new(people);
    bencher.counter(items).bench_local(|| {
        let loaded = declare::load(&context, Keep::Nothing);
        assert_eq!((loaded.files, loaded.problems.len()), (people, 0), "{:?}", loaded.problems.first());
        loaded
    });
}

/// The rows of both systems to the fields that are compared.
#[divan::bench]
fn map_rows(bencher: Bencher) {
    let InSync { observed, crm, pf, .. } = &*IN_SYNC;
    let mappers = Mappers::new(&CONFIG, &observed.roles);
    bencher.counter(ItemsCount::new(PEOPLE)).bench(|| {
        for row in crm {
            black_box(mappers.crm_user(row, None));
        }
        for row in pf {
            black_box(mappers.pf_user(row, None));
        }
    });
}

/// Everybody is matched and compared, and nothing differs.
#[divan::bench]
fn plan_without_a_difference(bencher: Bencher) {
    let InSync { roster, observed, .. } = &*IN_SYNC;
    bencher.counter(ItemsCount::new(PEOPLE)).bench(|| plan(roster, observed, &CONFIG, &Scope::ALL));
}

/// Nobody is in either system.
#[divan::bench]
fn plan_of_creates(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PEOPLE)).bench(creates);
}

fn creates() -> Plan {
    let empty = Observed { roles: IN_SYNC.observed.roles.clone(), ..Observed::default() };
    plan(&IN_SYNC.roster, &empty, &CONFIG, &Scope::ALL)
}

/// The plan of creates in one format.
fn render(bencher: Bencher, format: impl Fn(&Report<'_>) -> String + Sync) {
    let plan = creates();
    let blocks = guard(&plan, &CONFIG.limits, &[], None);
    let origin = ReportOrigin::default();
    let report = Report {
        blocks: &blocks,
        estimate: estimate(&plan, &CONFIG, (0, 0)),
        ..Report::new(ReportSubject::Plan, &origin, &plan, &IN_SYNC.roster)
    };
    bencher.counter(ItemsCount::new(PEOPLE)).bench_local(|| format(black_box(&report)));
}

#[divan::bench]
fn render_for_the_terminal(bencher: Bencher) {
    let options = TerminalOptions { styles: Styles::default(), width: Some(120), verbose: false };
    render(bencher, |report| terminal::plan(report, &options));
}

#[divan::bench]
fn render_as_json(bencher: Bencher) {
    render(bencher, |report| {
        let mut text = Vec::new();
        json::write(report, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    });
}
