//! The cost of a plan: its requests, and the seconds that the rate limits make of them.

use super::{Operation, PersonPlan, Plan};
use crate::model::config::{Config, Rate};
use crate::model::record::{Record, System};

/// The largest number of rows on one page of Property Finder, or for one list of ids
/// (docs/vendor-apis.md, "Property Finder: list users").
const PF_PAGE: usize = 100;

/// The cost of an apply, beside the listings that `plan` itself needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Requests that read.
    pub reads: usize,
    /// Requests that write.
    pub writes: usize,
    /// Seconds of waiting for the rates, the vendors' answers not counted.
    pub seconds: u64,
}

/// What carrying out `plan` costs, with so many rows in each system.
#[must_use]
pub fn estimate(plan: &Plan, config: &Config, rows: (usize, usize)) -> Estimate {
    if plan.is_empty() {
        return Estimate::default();
    }
    let page = config.crm.page_size.max(1) as usize;
    let (mut crm, mut pf) = (RequestCount::default(), RequestCount::default());
    let mut at_pf = 0;
    for person in plan.to_do() {
        crm.add(in_crm(person));
        // Without a base a new person is looked up by slug too.
        crm.reads += usize::from(plan.base.is_none() && person.has(System::Crm, Operation::Create));
        let create = usize::from(person.has(System::Pf, Operation::Create));
        if !plan.contract.lists_users() {
            // A mark in the CRM precedes each write, and photo and description follow a create.
            let changes = person.changes_in(System::Pf);
            let marks = create + usize::from(!changes.is_empty());
            crm.add(RequestCount { reads: marks, writes: marks });
            pf.writes += 2 * create + pf_writes(&changes);
            continue;
        }
        let existing = person.pf.is_some() && person.actions_in(System::Pf).next().is_some();
        at_pf += usize::from(existing);
        pf.writes += create + pf_writes(&person.changes_in(System::Pf));
        pf.reads += create;
    }
    for deletion in plan.deletions() {
        crm.add(RequestCount { reads: deletion.people.len() + deletion.receivers.each().len(), writes: 1 });
        let is_read = plan.contract.lists_users() && deletion.people.iter().any(|person| has_pf_user(person));
        pf.reads += usize::from(is_read);
    }
    crm.reads += listing(rows.0, page);
    if plan.contract.lists_users() {
        pf.reads += at_pf.div_ceil(PF_PAGE) + listing(rows.1, PF_PAGE);
    }
    let seconds = waiting(crm, config.crm.rate).max(waiting(pf, config.property_finder.rate));
    Estimate { reads: crm.reads + pf.reads, writes: crm.writes + pf.writes, seconds }
}

/// Whether a deletion is preceded by a look at the person's Property Finder user.
fn has_pf_user(person: &PersonPlan) -> bool {
    person.leaving.as_ref().is_some_and(|leaving| leaving.pf.id().is_some())
}

/// The requests of one listing: a full last page is followed by one more.
fn listing(rows: usize, page: usize) -> usize {
    rows / page + 1
}

#[derive(Clone, Copy, Default)]
struct RequestCount {
    reads: usize,
    writes: usize,
}

impl RequestCount {
    const fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
    }
}

fn in_crm(person: &PersonPlan) -> RequestCount {
    if person.has(System::Crm, Operation::Delete) {
        return RequestCount::default();
    }
    let mut count = row_in_crm(person);
    count.add(photos(person));
    count
}

/// Each photo is an upload, and a PUT of its own names them all.
fn photos(person: &PersonPlan) -> RequestCount {
    let changes = person.changes_in(System::Crm);
    let (photos, others): (Vec<_>, Vec<_>) = changes.iter().partition(|(field, _)| field.is_uploaded());
    let uploads = photos.iter().filter(|(_, value)| !value.is_nothing()).count();
    // The PUT of somebody for whom nothing else changes is counted already.
    let is_counted = others.is_empty() && person.actions.len() == 1;
    let puts = usize::from(!photos.is_empty() && !is_counted);
    RequestCount { reads: puts, writes: uploads + puts }
}

fn row_in_crm(person: &PersonPlan) -> RequestCount {
    let writes_links = person.writes_links();
    match (person.has(System::Crm, Operation::Create), person.actions_in(System::Crm).next().is_some() || writes_links)
    {
        // A new person is looked up before the create.
        (true, _) if writes_links => RequestCount { reads: 2, writes: 2 },
        (true, _) | (false, true) => RequestCount { reads: 1, writes: 1 },
        (false, false) => RequestCount::default(),
    }
}

/// The requests that update a user at Property Finder: one for the user, one for the public profile.
pub(crate) fn pf_writes(changes: &Record) -> usize {
    let (profile, user): (Vec<_>, Vec<_>) = changes.keys().partition(|field| field.is_in_pf_profile());
    usize::from(!profile.is_empty()) + usize::from(!user.is_empty())
}

fn waiting(load: RequestCount, rate: Rate) -> u64 {
    let requests = load.reads + load.writes;
    let windows = requests.saturating_sub(1) / (rate.count.max(1) as usize);
    windows as u64 * rate.window.as_secs()
}
