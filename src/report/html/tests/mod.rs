#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod hostile;
mod page;
mod profile;

use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::{Value, json};
use strum::VariantArray as _;

use crate::apply::{Applied, Outcome, Written};
use crate::model::agent::{Channel, Field, FieldValue, Slug, Status};
use crate::model::record::{Record, System};
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};
use crate::reconcile::plan::{Action, Block, Operation, PersonPlan, Plan, Unmanaged, Warning};
use crate::report::{Report, ReportOrigin, ReportSubject};
use crate::report::{ReportFormat, document};

fn change(field: Field, before: impl Into<FieldValue>, after: impl Into<FieldValue>) -> Change {
    let readable = field.is_returned_by_pf();
    let (before, after) = (before.into(), after.into());
    Change { field, before, after, class: Class::Change, readable, sent: None }
}

fn action(system: System, operation: Operation, fields: Vec<Change>) -> Action {
    Action { system, operation, remote_id: (operation != Operation::Create).then_some(3), fields }
}

fn person(slug: &str, actions: Vec<Action>) -> PersonPlan {
    let there = |system| actions.iter().any(|action| action.system == system && action.operation != Operation::Create);
    PersonPlan {
        slug: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        crm: there(System::Crm).then(|| ObservedCrmUser { id: 3, ..ObservedCrmUser::default() }.into()),
        pf: there(System::Pf)
            .then(|| ObservedPfUser { id: 7712, profile: Some(9), ..ObservedPfUser::default() }.into()),
        actions,
        blocked: None,
        after: Vec::new(),
        crm_desired: Record::new(),
        pf_desired: Record::new(),
        pf_live: Record::new(),
        memory: Memory::default(),
        login: String::new(),
        leaving: None,
        unexplained_activation: false,
        same_person: Vec::new(),
    }
}

/// Every field there is.
fn all_fields(text: &str) -> Vec<Field> {
    let mut fields = vec![
        Field::Status,
        Field::Role,
        Field::FirstName,
        Field::LastName,
        Field::Email,
        Field::Phone,
        Field::PhoneSecondary,
        Field::WhatsappPhone,
        Field::Photo,
        Field::Licence,
        Field::LicenceExpiredAt,
        Field::ExperienceSince,
        Field::Languages,
        Field::Nationalities,
        Field::LinkedIn,
        Field::PrivateFirstName,
        Field::PrivateLastName,
        Field::Login,
        Field::Mobile,
        Field::Landline,
        Field::LandlineExtension,
        Field::InterfaceLanguage,
        Field::PrivateLicence,
        Field::UseEmailSignature,
        Field::EmailSignature,
        Field::PrivatePhoto,
        Field::Theme,
    ];
    for lang in ["en", "ar", text] {
        fields.extend([Field::Position(lang.into()), Field::Description(lang.into())]);
    }
    fields.extend(Channel::VARIANTS.iter().map(|channel| Field::Subscription(text.into(), *channel)));
    fields.push(Field::Custom(text.into()));
    fields
}

/// A report of which every part that can hold a text holds this one.
struct Everything {
    plan: Plan,
    roster: Roster,
    origin: ReportOrigin,
    blocks: Vec<GuardBlock>,
    unread: Vec<String>,
    applied: Option<Vec<Applied>>,
    subject: ReportSubject,
}

impl Everything {
    fn of(subject: ReportSubject, text: &str) -> Self {
        let value = || json!(text);
        let fields = |before: &Value, after: &Value| {
            let change = |field: Field| change(field, before.clone(), after.clone());
            all_fields(text).into_iter().map(change).collect::<Vec<_>>()
        };
        let mut changed = person(
            "changed",
            vec![
                action(System::Crm, Operation::Update, fields(&json!("before"), &value())),
                action(System::Pf, Operation::Update, fields(&value(), &json!("after, which is something else"))),
            ],
        );
        changed.pf_live = all_fields(text).into_iter().map(|field| (field, value().into())).collect();
        changed.pf_desired = changed.pf_live.clone();
        let mut new = person("new", vec![action(System::Pf, Operation::Create, fields(&Value::Null, &value()))]);
        new.pf_desired = all_fields(text).into_iter().map(|field| (field, value().into())).collect();
        let mut conflict =
            person("conflict", vec![action(System::Pf, Operation::Update, fields(&json!([text]), &json!(["x", "y"])))]);
        for change in &mut conflict.actions[0].fields {
            change.class = Class::Conflict;
        }
        let blocked = PersonPlan {
            blocked: Some(Block::Saved(text.to_owned())),
            file: format!("agents/{text}.yaml"),
            ..person("blocked", vec![])
        };
        let left = person(
            "left",
            vec![action(System::Pf, Operation::Deactivate, vec![change(Field::Status, json!("active"), value())])],
        );
        let outcomes = [
            Outcome::Done,
            Outcome::Failed(text.to_owned()),
            Outcome::Moved(text.to_owned()),
            Outcome::Unknown(text.to_owned()),
            Outcome::NotTried(text.to_owned()),
        ];
        let people = vec![changed, new, conflict, blocked, left];
        let applied = people.iter().zip(outcomes).map(|(person, outcome)| Applied {
            agent: person.slug.clone(),
            file: person.file.clone(),
            done: vec![Written::Ids(3)],
            outcome,
        });
        Self {
            applied: (subject == ReportSubject::Apply).then(|| applied.collect()),
            plan: Plan {
                people,
                base: Some(text.to_owned()),
                orphans: vec![Orphan { crm: 4, agent: text.to_owned(), pf_user: Some(5) }],
                unmanaged: vec![Unmanaged { system: System::Crm, remote_id: 6, name: text.to_owned() }],
                warnings: vec![Warning::reported(text.to_owned())],
                ..Plan::default()
            },
            roster: roster(&["changed", "new"], all_fields(text)),
            origin: ReportOrigin {
                commit: Some(text.to_owned()),
                folder: format!("{text}/"),
                web: Some("https://github.com/palmgate/agents".to_owned()),
            },
            blocks: vec![GuardBlock {
                guard: Guard::Operation(Operation::Update),
                limit: 1,
                conflicts_and_drift: 0,
                actual: 2,
                digest: Some(text.to_owned()),
                message: text.to_owned(),
            }],
            unread: vec![text.to_owned()],
            subject,
        }
    }

    fn page(&self) -> String {
        plan(&Report {
            blocks: &self.blocks,
            unread: &self.unread,
            applied: self.applied.as_deref(),
            base_commit: Some("fedcba9876543210"),
            ..Report::new(self.subject, &self.origin, &self.plan, &self.roster)
        })
    }
}

/// The page as text.
pub(super) fn plan(report: &Report<'_>) -> String {
    document(ReportFormat::Html, report, usize::MAX)
}

fn roster(slugs: &[&str], fields: Vec<Field>) -> Roster {
    let record: Record = fields.into_iter().map(|field| (field, FieldValue::Nothing)).collect();
    let lines: Vec<u32> = (1..).take(record.len()).collect();
    let declared = |slug: &&str| {
        let slug = Slug::parse(slug).unwrap();
        let file = format!("agents/{slug}.yaml");
        let (status, record) = (Status::Active, record.clone());
        (
            slug.clone(),
            Declaration {
                slug,
                file,
                status,
                record,
                clears_descriptions: false,
                lines: lines.clone(),
                handover: None,
            },
        )
    };
    Roster { people: slugs.iter().map(declared).collect() }
}

/// A page as a browser reads it.
#[derive(Default)]
struct Read {
    /// The elements in order, each with its depth and the names of its attributes. What marks words in a text is left
    /// out, since how many words come and go is a matter of the text.
    elements: Vec<String>,
    attributes: Vec<(String, String, String)>,
    text: String,
    /// What stands in the style, and in the script.
    code: Vec<(String, String)>,
}

fn read(page: &str) -> Read {
    let dom: RcDom = html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(page);
    let mut read = Read::default();
    walk(&dom.document, 0, &mut read);
    read
}

fn walk(node: &Handle, depth: usize, read: &mut Read) {
    let mut below = depth + 1;
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let name = name.local.to_string();
            let attrs = attrs.borrow();
            let mut names: Vec<String> = attrs.iter().map(|attr| attr.name.local.to_string()).collect();
            names.sort();
            if name == "del" || name == "ins" {
                below = depth;
            } else {
                read.elements.push(format!("{depth} {name} {}", names.join(" ")));
            }
            for attr in attrs.iter() {
                read.attributes.push((name.clone(), attr.name.local.to_string(), attr.value.to_string()));
            }
            if name == "style" || name == "script" {
                let text: String = node.children.borrow().iter().map(text_of).collect();
                read.code.push((name, text));
                return;
            }
        }
        NodeData::Text { contents } => read.text.push_str(&contents.borrow()),
        NodeData::Comment { contents } => panic!("a comment: {contents}"),
        _ => {}
    }
    for child in node.children.borrow().iter() {
        walk(child, below, read);
    }
}

fn text_of(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => String::new(),
    }
}

const SUBJECTS: [ReportSubject; 3] = [ReportSubject::Plan, ReportSubject::Drift, ReportSubject::Apply];
