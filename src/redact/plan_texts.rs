//! The texts of a plan that a system sent, made safe to print before anything prints the plan.

use super::Redactor;
use crate::model::agent::FieldValue;
use crate::model::agent::value::MASK;
use crate::model::record::Record;
use crate::reconcile::fingerprint::fingerprint;
use crate::reconcile::plan::{Block, Leaving, PersonPlan, Plan, Warning};
use arcstr::ArcStr;

/// Hides in a plan what a system may have put into its own data: in the name of a row without a file everything private, in a
/// public value keys and tokens, in a sentence about a row and in its slug keys, tokens and private numbers.
pub(crate) fn redact(plan: &mut Plan, redactor: &Redactor<'_>) {
    // Without `..`, so that each new text needs a decision here.
    let Plan {
        people,
        out_of_scope,
        orphans,
        kept,
        remedies,
        unmanaged,
        warnings,
        base: _,
        orphans_block: _,
        unmatched_protect: _,
        unchanged: _,
        population: _,
        seen: _,
        files: _,
        languages: _,
        contract: _,
        crm_rate: _,
        deleted_links: _,
    } = plan;
    people.iter_mut().chain(out_of_scope).for_each(|person| redact_person(person, redactor));
    for row in unmanaged {
        row.name = redactor.quote(&std::mem::take(&mut row.name).into());
    }
    let slugs = orphans.iter_mut().chain(kept).map(|orphan| &mut orphan.agent);
    let warnings = warnings.iter_mut().filter_map(Warning::texts);
    slugs.chain(remedies.values_mut()).chain(warnings).for_each(|text| redactor.redact_numbers(text));
}

fn redact_person(person: &mut PersonPlan, redactor: &Redactor<'_>) {
    let blocked = person.blocked.iter_mut().flat_map(Block::texts);
    blocked.chain(person.leaving.as_mut().and_then(Leaving::reason)).for_each(|text| redactor.redact_numbers(text));
    redact_public(&mut person.pf_live, redactor);
    let changes = person.actions.iter_mut().flat_map(|action| &mut action.fields);
    for change in changes.filter(|change| !change.field.is_private()) {
        hide_secrets(&mut change.before, redactor);
    }
}

fn redact_public(record: &mut Record, redactor: &Redactor<'_>) {
    let public = record.iter_mut().filter(|(field, _)| !field.is_private());
    public.for_each(|(_, value)| hide_secrets(value, redactor));
}

fn hide_secrets(value: &mut FieldValue, redactor: &Redactor<'_>) {
    let hide = |text: &mut ArcStr| {
        if let Some(shown) = in_place_of(text, redactor) {
            *text = shown.into();
        }
    };
    match value {
        FieldValue::Text(text) => hide(text),
        FieldValue::List(items) => items.iter_mut().for_each(hide),
        FieldValue::Other(json) => {
            if let Some(shown) = in_place_of(&json.to_string(), redactor) {
                *value = FieldValue::from(shown);
            }
        }
        FieldValue::Nothing | FieldValue::Flag(_) | FieldValue::Number(_) => {}
    }
}

/// What takes the place of a text that may not be shown. One that cannot be searched keeps its hash, so that a change of it
/// changes the plan and its digest.
fn in_place_of(text: &str, redactor: &Redactor<'_>) -> Option<String> {
    match redactor.finds_secret(text) {
        Some(false) => None,
        Some(true) => Some(MASK.to_owned()),
        None => Some(format!(
            "{MASK} ({} bytes, too long or too deeply encoded to be searched for keys, #{})",
            text.len(),
            fingerprint(text, 8)
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_collect)]
mod tests {
    use std::sync::Arc;

    use secrecy::SecretString;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::agent::{Field, Slug};
    use crate::model::record::System;
    use crate::reconcile::diff::{Change, Class};
    use crate::reconcile::matching::{Agreement, LookAlike, Orphan};
    use crate::reconcile::memory::Memory;
    use crate::reconcile::plan::{Action, Operation, Unmanaged, WarningKind};
    use crate::redact::{PrivateValues, Secrets};

    const TOKEN: &str = "tok-secret-abc-def";

    fn redactor() -> Redactor<'static> {
        let secrets = Secrets::default();
        secrets.learn(&SecretString::from(TOKEN));
        Redactor::new(Arc::new(secrets), true, || PrivateValues::new(["haddad", "+971 55 900 0001"]))
    }

    fn like(slug: &str) -> LookAlike {
        let (system, agreement, online) = (System::Crm, Agreement::Login, false);
        LookAlike { system, id: 1, agreement, crm: Some(1), slug: Some(slug.to_owned()), online }
    }

    fn person(before: &Value) -> PersonPlan {
        let change = |field, before: &Value| Change {
            field,
            before: before.clone().into(),
            after: "new".into(),
            class: Class::Change,
            readable: true,
            sent: None,
        };
        let fields = vec![change(Field::LinkedIn, before), change(Field::Mobile, before)];
        PersonPlan {
            slug: Slug::parse("omar-haddad").unwrap(),
            file: String::new(),
            actions: vec![Action { system: System::Crm, operation: Operation::Update, remote_id: Some(1), fields }],
            blocked: Some(Block::MayExist {
                creates: true,
                rows: vec![like(TOKEN), like("omar-haddad")],
                linkable: true,
            }),
            after: Vec::new(),
            crm: None,
            pf: None,
            crm_desired: Record::new(),
            pf_desired: Record::new(),
            pf_live: Record::from_iter([(Field::LinkedIn, before.clone().into())]),
            memory: Memory::default(),
            login: String::new(),
            leaving: None,
            unexplained_activation: false,
            same_person: Vec::new(),
        }
    }

    #[test]
    fn no_text_of_a_row_keeps_a_secret_and_no_name_keeps_a_private_value() {
        let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let orphan = |agent: &str| Orphan { agent: agent.to_owned(), crm: 1, pf_user: None };
        let row = |name: &str| Unmanaged { system: System::Pf, remote_id: 2, name: name.to_owned() };
        let mut plan = Plan {
            people: vec![person(&json!([percent, "plain"]))],
            out_of_scope: vec![person(&json!({"a": percent}))],
            orphans: vec![orphan(TOKEN), orphan("omar-haddad"), orphan("971559000001")],
            kept: vec![orphan(TOKEN)],
            remedies: [(1, TOKEN.to_owned())].into(),
            unmanaged: vec![row(&format!("N {percent}")), row("Omar Haddad +971559000001"), row("Front Desk")],
            warnings: vec![
                WarningKind::FileGone(orphan(TOKEN)).into(),
                Warning::reported(format!("the file of {TOKEN} is gone")),
                Warning::reported("100%25 of omar-haddad".to_owned()),
            ],
            ..Plan::default()
        };
        redact(&mut plan, &redactor());
        let [person, other] = [&plan.people[0], &plan.out_of_scope[0]];
        assert_eq!(person.actions[0].fields[0].before, json!([MASK, "plain"]).into());
        assert_eq!(
            (&other.actions[0].fields[0].before, &other.pf_live[&Field::LinkedIn]),
            (&MASK.into(), &MASK.into())
        );
        assert!(person.why_blocked().unwrap().contains("crm 1, whose slug `•••` has no file"));
        assert_eq!(person.blocked_by(), [MASK, "omar-haddad"]);
        let slugs: Vec<&str> = plan.orphans.iter().chain(&plan.kept).map(|orphan| orphan.agent.as_str()).collect();
        assert_eq!(slugs, [MASK, "omar-haddad", MASK, MASK]);
        assert_eq!(plan.remedies[&1], MASK);
        let names: Vec<&str> = plan.unmanaged.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["N •••", "Omar ••• •••", "Front Desk"]);
        assert_eq!(plan.warnings[0].kind, WarningKind::FileGone(orphan(MASK)));
        let reported: Vec<String> = plan.warnings[1..].iter().map(ToString::to_string).collect();
        assert_eq!(reported, ["the file of ••• is gone", "100%25 of omar-haddad"]);
    }

    #[test]
    fn a_text_that_is_too_long_to_be_searched_has_a_hash_of_its_own() {
        let shown = |text: &str| {
            let mut value = FieldValue::from(text);
            hide_secrets(&mut value, &redactor());
            value.as_text().unwrap().to_owned()
        };
        let long = "A villa with a view. ".repeat(1_000);
        let want = "••• (21000 bytes, too long or too deeply encoded to be searched for keys, #";
        assert!(shown(&long).starts_with(want), "{}", shown(&long));
        assert_eq!(shown(&long), shown(&long));
        assert_ne!(shown(&long), shown(&long.replacen("villa", "house", 1)));
    }
}
