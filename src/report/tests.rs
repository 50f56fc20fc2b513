#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::terminal::{TerminalOptions, applied, plan};
use super::{Report, ReportOrigin, ReportSubject, text};
use crate::apply::{Applied, Outcome, Written};
use crate::model::agent::{Channel, Field, FieldValue, Slug, Status};
use crate::model::exit_code::Exit;
use crate::model::record::{Record, System};
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};
use crate::reconcile::plan::estimate::Estimate;
use crate::reconcile::plan::{Action, Block, Operation, PersonPlan, Plan, Unmanaged, Warning};
use crate::report::style::Styles;

mod hostile;
mod layout;

const SARA: &str = "sara-khan";

pub(super) fn change(field: Field, before: impl Into<FieldValue>, after: impl Into<FieldValue>) -> Change {
    let (before, after) = (before.into(), after.into());
    Change { field, before, after, class: Class::Change, readable: true, sent: None }
}

pub(super) fn action(system: System, operation: Operation, fields: Vec<Change>) -> Action {
    let remote_id = (operation != Operation::Create).then_some(3);
    Action { system, operation, remote_id, fields }
}

pub(super) fn person(slug: &str, actions: Vec<Action>) -> PersonPlan {
    let there = |system| actions.iter().any(|action| action.system == system && action.operation != Operation::Create);
    PersonPlan {
        slug: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        crm: there(System::Crm).then(|| ObservedCrmUser { id: 3, ..ObservedCrmUser::default() }.into()),
        pf: there(System::Pf).then(|| ObservedPfUser { id: 7712, ..ObservedPfUser::default() }.into()),
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

pub(super) fn updated(fields: Vec<Change>) -> Plan {
    Plan { people: vec![person(SARA, vec![action(System::Crm, Operation::Update, fields)])], ..Plan::default() }
}

/// Sara's file, with a line for each of these fields.
pub(super) fn roster(lines: &[(Field, u32)]) -> Roster {
    let slug = Slug::parse(SARA).unwrap();
    let in_order: std::collections::BTreeMap<&Field, u32> = lines.iter().map(|(field, line)| (field, *line)).collect();
    let declaration = Declaration {
        slug: slug.clone(),
        file: format!("agents/{SARA}.yaml"),
        status: Status::Active,
        record: lines.iter().map(|(field, _)| (field.clone(), FieldValue::Nothing)).collect(),
        clears_descriptions: false,
        lines: in_order.into_values().collect(),
        handover: None,
    };
    Roster { people: [(slug, declaration)].into() }
}

/// A report is shown, with nothing about it but what a test sets.
struct Shown<'a> {
    plan: &'a Plan,
    roster: Roster,
    blocks: Vec<GuardBlock>,
    seconds: u64,
    applied: Option<Vec<Applied>>,
    exit: Exit,
    origin: ReportOrigin,
}

impl<'a> Shown<'a> {
    fn new(plan: &'a Plan) -> Self {
        let origin = ReportOrigin::default();
        Self { plan, roster: roster(&[]), blocks: Vec::new(), seconds: 0, applied: None, exit: Exit::Done, origin }
    }

    fn report(&self) -> Report<'_> {
        Report {
            blocks: &self.blocks,
            estimate: Estimate { seconds: self.seconds, ..Estimate::default() },
            applied: self.applied.as_deref(),
            complete: self.exit != Exit::Unreadable,
            exit: self.exit,
            ..Report::new(ReportSubject::Plan, &self.origin, self.plan, &self.roster)
        }
    }

    fn at(&self, width: usize) -> String {
        plan(&self.report(), &TerminalOptions { width: Some(width), ..TerminalOptions::default() })
    }
}

/// The people's part of a plan on a screen of 80 cells.
fn people(plan: &Plan) -> String {
    let text = Shown::new(plan).at(80);
    text.split("\n\nPlan:").next().unwrap().to_owned()
}

#[test]
fn one_line_a_field_with_both_systems_and_the_line_of_the_file() {
    let position = |before| change(Field::Position("en".into()), json!(before), json!("Senior Consultant"));
    let languages = Change { readable: false, ..change(Field::Languages, json!("en,fr"), json!(["ar", "en"])) };
    let photo = Change { readable: false, ..change(Field::Photo, json!("#0123"), json!("https://cdn.example/s.jpg")) };
    let since =
        Change { class: Class::First, readable: false, ..change(Field::ExperienceSince, json!(null), json!(2014)) };
    let plan = Plan {
        people: vec![person(
            SARA,
            vec![
                action(
                    System::Crm,
                    Operation::Update,
                    vec![
                        position("Consultant"),
                        change(Field::Languages, json!(["EN", "fr"]), json!(["ar", "en"])),
                        change(Field::Mobile, json!("+971500000001"), json!("+971500000002")),
                        change(Field::LinkedIn, json!("https://www.example/in/sara"), json!(null)),
                    ],
                ),
                action(System::Pf, Operation::Update, vec![position("Consultant "), languages, photo, since]),
            ],
        )],
        unchanged: 143,
        unmanaged: vec![Unmanaged { system: System::Pf, remote_id: 9, name: "Front Desk".to_owned() }],
        ..Plan::default()
    };
    let mut shown = Shown::new(&plan);
    shown.roster = roster(&[
        (Field::Position("en".into()), 12),
        (Field::Languages, 17),
        (Field::Mobile, 29),
        (Field::LinkedIn, 19),
    ]);
    insta::assert_snapshot!(shown.at(100), @r#"
    ~ agents/sara-khan.yaml                                              crm 3 · pf 7712
        public.photo             changed to "https://cdn.example/s.jpg"  pf°
        public.position.en       "Consultant" → "Senior Consultant"      crm pf   line 12
        public.experience_since  (none) → 2014                           pf°                first
        public.languages         + ar - fr                               crm pf°  line 17
        public.linked_in         "https://www.example/in/sara" → (none)  crm      line 19
        private.mobile           (private, changed)                      crm      line 29

    Plan: 0 to create, 1 to update, 0 to deactivate · 143 unchanged · 1 with no file, not touched
    ° The system does not return this value; roster compares with what it last sent.
    first: roster has no record of an earlier value, so it sends this once.
    "#);
}

#[test]
fn a_new_person_is_shown_completely_in_few_lines() {
    let fields = |private: bool| {
        let all = [
            (Field::FirstName, json!("Sara")),
            (Field::Languages, json!(["en", "ar"])),
            (
                Field::Description("en".into()),
                json!("Sara has sold homes in Dubai Marina for twelve years.\nBoats, too.\n"),
            ),
            (Field::PrivateFirstName, json!("canary")),
            (Field::Login, json!("canary@login.example")),
            (Field::Mobile, json!("+971509876543")),
            (Field::Subscription("type.a".into(), Channel::Notification), json!(true)),
            (Field::Subscription("type.a".into(), Channel::Sms), json!(false)),
            (Field::Custom("1".into()), json!("canary")),
        ];
        let keep = |field: &Field| private || !matches!(field, Field::Subscription(..) | Field::Custom(_));
        all.into_iter()
            .filter(|(field, _)| keep(field))
            .map(|(field, after)| change(field, json!(null), after))
            .collect()
    };
    let plan = Plan {
        people: vec![person(
            SARA,
            vec![
                action(System::Crm, Operation::Create, fields(true)),
                action(System::Pf, Operation::Create, fields(false)),
            ],
        )],
        ..Plan::default()
    };
    let mut shown = Shown::new(&plan);
    shown.roster = roster(&[(Field::Login, 20), (Field::Mobile, 21)]);
    let text = shown.at(100);
    assert!(!text.contains("canary") && !text.contains("9876543"), "{text}");
    insta::assert_snapshot!(text, @r#"
    + agents/sara-khan.yaml                                                          new in crm, pf
        public.first_name       "Sara"                                               crm pf
        public.languages        en, ar                                               crm pf
        public.descriptions.en  "Sara has sold homes in Dubai Mar…" (65 characters)  crm pf
        private                 first_name, email, mobile (private, set)             crm pf   line 20-21
        subscriptions.type.a    receive_notification true, receive_sms false         crm
        fields.1                (private, set)                                       crm

    Plan: 1 to create, 0 to update, 0 to deactivate · 0 unchanged
    "#);
}

#[test]
fn long_texts_are_compared_by_words() {
    let compare = |before: &str, after: &str| {
        people(&updated(vec![change(Field::Description("en".into()), json!(before), json!(after))]))
    };
    let bio = "Sara has sold homes in Dubai Marina and JBR for eleven years. She knows which towers hold their value, \
               which ones hear the tram, and what a sea view is worth on which floor.";
    insta::assert_snapshot!(compare(bio, &bio.replace("eleven years", "more than twelve years")), @r#"
    ~ agents/sara-khan.yaml                  crm 3
        public.descriptions.en  +3 -1 words  crm
            … Marina and JBR for [-eleven-]{+more than twelve+} years. She knows …
    "#);
    insta::assert_snapshot!(compare(bio, &format!("{}\r\n", bio.replace(" and JBR", "")).replace(", which", ",\nwhich")), @r#"
    ~ agents/sara-khan.yaml               crm 3
        public.descriptions.en  -2 words  crm
            … homes in Dubai Marina [-and JBR -]for eleven years. She knows which
            towers hold their value,[- -]{+\n+}which ones hear the …
    "#);
    insta::assert_snapshot!(compare(bio, "A fresh start: written from nothing, with not a single sentence kept of the former."), @r#"
    ~ agents/sara-khan.yaml                    crm 3
        public.descriptions.en  +15 -34 words  crm
            [-Sara has sold homes in Dubai Marina and JBR for eleven years. She
            knows which towers hold their value, which ones hear the tram, and what
            a sea view is worth on which floor.-]{+A fresh start: written from
            nothing, with not a single sentence kept of the former.+}
    "#);
}

#[test]
fn an_arabic_text_is_compared_in_its_own_direction() {
    let before = "تبيع سارة المنازل في دبي مارينا وجميرا بيتش ريزيدنس منذ أحد عشر عاماً";
    let after = before.replace("أحد عشر", "اثني عشر");
    let text = people(&updated(vec![change(Field::Description("ar".into()), json!(before), json!(after))]));
    let compared = text.lines().last().unwrap().trim_start();
    assert!(compared.starts_with('\u{2067}') && compared.ends_with('\u{2069}'), "{text}");
    assert!(compared.contains("[-أحد-]{+اثني+}"), "{text}");
}

#[test]
fn adopted_deactivated_blocked_and_orphaned_people_are_shown() {
    let mut adopted = person(
        "adopted",
        vec![action(
            System::Crm,
            Operation::Adopt,
            vec![Change { class: Class::Adopt, ..change(Field::FirstName, json!("Ann"), json!("Anne")) }],
        )],
    );
    adopted.actions.push(Action { remote_id: None, ..action(System::Pf, Operation::Create, Vec::new()) });
    let off = person(
        "off",
        vec![action(
            System::Pf,
            Operation::Deactivate,
            vec![change(Field::Status, json!("active"), json!("inactive"))],
        )],
    );
    let blocked = PersonPlan {
        blocked: Some(Block::Saved(
            "crm rows 4 and 5 all have its login e-mail: give one of them another login, or tie the right one by hand"
                .to_owned(),
        )),
        ..person("blocked", Vec::new())
    };
    let plan = Plan {
        people: vec![adopted, blocked, off],
        orphans: vec![Orphan { crm: 8, agent: "long-gone".to_owned(), pf_user: Some(7708) }],
        unmanaged: vec![
            Unmanaged { system: System::Crm, remote_id: 1, name: "Office Admin".to_owned() },
            Unmanaged { system: System::Pf, remote_id: 7701, name: String::new() },
        ],
        warnings: vec![Warning::reported(
            "agents/off.yaml: something that people should know of it, in so many words that a line is too short"
                .to_owned(),
        )],
        unchanged: 3,
        ..Plan::default()
    };
    let mut shown = Shown::new(&plan);
    shown.seconds = 200;
    shown.blocks = vec![GuardBlock {
        guard: Guard::Operation(Operation::Adopt),
        limit: 0,
        conflicts_and_drift: 0, actual: 1,
        digest: Some("0123456789abcdef".to_owned()),
        message: "1 existing account would be taken over (limit: 0). To allow exactly these actions: roster apply --accept 0123456789abcdef"
            .to_owned(),
    }];
    let page = TerminalOptions { width: Some(80), verbose: true, ..TerminalOptions::default() };
    insta::assert_snapshot!(super::terminal::plan(&shown.report(), &page), @r#"
    + agents/adopted.yaml                         adopt crm 3 · new in pf
        public.first_name  "Ann" → "Anne"         crm                adopt
    ! agents/blocked.yaml
        blocked: crm rows 4 and 5 all have its login e-mail: give one of them
                 another login, or tie the right one by hand
    - agents/off.yaml                             pf 7712
        status             "active" → "inactive"  pf
        note: listings of this person go offline at Property Finder
    ? long-gone: its file is deleted              crm 8 · pf 7708
    No file, not touched:
        crm 1    Office Admin
        pf 7701  (no public name)

    warning: agents/off.yaml: something that people should know of it, in so many
             words that a line is too short
    blocked: 1 existing account would be taken over (limit: 0). To allow exactly
             these actions: roster apply --accept 0123456789abcdef
    Plan: 0 to create, 0 to update, 1 to deactivate, 1 to adopt (1 of them is also
    created in the other system) · 1 blocked · 3 unchanged · 1 with a deleted file ·
    2 with no file, not touched
    Applying it takes 4 min or more, since both systems limit how fast they are
    asked.
    Nothing is written until this is dealt with.
    "#);
}

#[test]
fn an_empty_plan_is_reported_as_such() {
    let plan = Plan { unchanged: 8, ..Plan::default() };
    let mut shown = Shown::new(&plan);
    assert_eq!(shown.at(80), "Plan: nothing to do · 8 unchanged\n");
    shown.exit = Exit::Unreadable;
    assert_eq!(shown.at(80), "Plan, incomplete: 0 to create, 0 to update, 0 to deactivate · 8 unchanged\n");
}

#[test]
fn the_result_of_each_person_and_the_totals() {
    let one = |agent: &str, done: &[Written], outcome| Applied {
        agent: Slug::parse(agent).unwrap(),
        file: format!("agents/{agent}.yaml"),
        done: done.to_vec(),
        outcome,
    };
    let plan = Plan::default();
    let mut shown = Shown::new(&plan);
    let done = || {
        one(
            "omar-haddad",
            &[
                Written::Row(System::Crm, Operation::Create, 12),
                Written::Row(System::Pf, Operation::Create, 7719),
                Written::Ids(12),
            ],
            Outcome::Done,
        )
    };
    shown.applied = Some(vec![
        done(),
        one(
            "chen-wei",
            &[Written::Row(System::Pf, Operation::Update, 7702)],
            Outcome::Failed("the CRM refused it: 422 \"phone\" is \u{1b}[31mnot one".to_owned()),
        ),
        one("lina-saad", &[], Outcome::Moved("crm 3 was changed since the plan was made".to_owned())),
        one("maria-santos", &[], Outcome::Unknown("no answer".to_owned())),
        one("priya-menon", &[], Outcome::NotTried("the CRM refuses the key".to_owned())),
    ]);
    let page = TerminalOptions { width: Some(80), ..TerminalOptions::default() };
    insta::assert_snapshot!(applied(&shown.report(), &page), @r#"
         done  agents/omar-haddad.yaml   created crm 12, created pf 7719, stored the
                                         ids in crm 12
       failed  agents/chen-wei.yaml      updated pf 7702
               why: the CRM refused it: 422 "phone" is \u{1b}[31mnot one
      changed  agents/lina-saad.yaml     nothing written
               why: crm 3 was changed since the plan was made
      unknown  agents/maria-santos.yaml  not known whether anything was written
               why: no answer
    not tried  1 person: the CRM refuses the key (priya-menon)
    Applied: 1 done, 1 failed, 1 changed meanwhile, 1 unknown, 1 not tried · 0
    unchanged · read back: both systems agree on those who are done
    "#);

    let last = |shown: &Shown<'_>| applied(&shown.report(), &page).lines().last().unwrap().to_owned();
    shown.applied = Some(vec![done()]);
    assert_eq!(last(&shown), "Applied: 1 done, 0 failed · 0 unchanged · read back: both systems agree");
    shown.exit = Exit::Interrupted;
    assert_eq!(last(&shown), "again for the rest");
    assert!(applied(&shown.report(), &TerminalOptions::default()).contains(
        "\nApplied: 1 done, 0 failed · 0 unchanged · interrupted, not read back; run apply again for the rest\n"
    ));
    shown.applied = None;
    assert_eq!(applied(&shown.report(), &page), "");
}
