//! The CRM's write calls: create, update and delete a user.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::refuse;
use super::row::{self, WriteVerb};
use super::{CrmHandler, unknown, warned};
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::schema::{SchemaViolation, problems};

/// The required members of a create (docs/vendor-apis.md, "CRM: create a user").
const REQUIRED: [&str; 4] = ["/public/first_name", "/private/first_name", "/private/email", "/role"];

impl CrmHandler<'_> {
    pub(super) fn create(&mut self, request: &SandboxRequest) -> SandboxResponse {
        let sent = match self.user_in(request, None) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let absent = |pointer: &&str| sent.pointer(pointer).is_none_or(|value| value.is_null() || value == "");
        let missing: Vec<_> =
            REQUIRED.into_iter().filter(absent).map(|at| SchemaViolation::new(at, "is required")).collect();
        if !missing.is_empty() {
            return refuse(422, "the user is not complete", &missing);
        }
        if let Err(refused) = self.login_is_free(&sent, None) {
            return refused;
        }
        let (mut user, warnings) = row::written(&row::blank(), &sent, WriteVerb::Post, self.behaviour);
        let id = self.state.users.new_id();
        set(&mut user, "id", Value::from(id));
        set(&mut user, "created_at", now());
        set(&mut user, "updated_at", now());
        self.state.users.write(id, Some(user.clone()), self.behaviour.crm_lag);
        if self.behaviour.crm_create_answers_id_alone {
            let answer = SandboxResponse::json(self.behaviour.crm_create_status, &json!({ "user": { "id": id } }));
            return warned(answer, &warnings);
        }
        warned(self.one(self.behaviour.crm_create_status, &user), &warnings)
    }

    pub(super) fn update(&mut self, id: &str, request: &SandboxRequest) -> SandboxResponse {
        let Some((number, old)) = self.find(id) else { return unknown(id) };
        let sent = match self.user_in(request, Some(&old)) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        if let Err(refused) = self.login_is_free(&sent, Some(number)) {
            return refused;
        }
        let (mut user, warnings) = row::written(&old, &sent, WriteVerb::Put, self.behaviour);
        set(&mut user, "updated_at", now());
        self.state.users.write(number, Some(user.clone()), self.behaviour.crm_lag);
        warned(self.one(200, &user), &warnings)
    }

    pub(super) fn delete_one(&mut self, id: &str, request: &SandboxRequest) -> SandboxResponse {
        let Some((number, _)) = self.find(id) else { return unknown(id) };
        self.delete(request, |_, _| Ok((BTreeSet::from([number]), Vec::new())))
    }

    /// Deletes the users that the body names. A body that names none deletes every user
    /// (docs/vendor-apis.md, "CRM: delete a user").
    pub(super) fn delete_many(&mut self, request: &SandboxRequest) -> SandboxResponse {
        self.delete(request, |desk, body| {
            let named: BTreeSet<u64> = ids(body.get("users"), Value::as_u64).collect();
            if named.is_empty() {
                let everybody = desk.state.users.rows().keys().copied().collect();
                return Ok((everybody, vec!["no user was named, so every user was deleted".to_owned()]));
            }
            match named.iter().find(|id| !desk.state.users.rows().contains_key(id)) {
                Some(id) => Err(unknown(&id.to_string())),
                None => Ok((named, Vec::new())),
            }
        })
    }

    fn delete(
        &mut self,
        request: &SandboxRequest,
        leavers: impl FnOnce(&Self, &Value) -> Result<(BTreeSet<u64>, Vec<String>), SandboxResponse>,
    ) -> SandboxResponse {
        let body = match request.json() {
            Some(body) => body,
            None if request.has_body() => return refuse(400, "the body is not JSON", &[]),
            None => json!({}),
        };
        let wrong = problems(&self.schemas.crm_deletion, &body);
        if !wrong.is_empty() {
            return refuse(422, "the deletion is not valid", &wrong);
        }
        let (leavers, mut warnings) = match leavers(self, &body) {
            Ok(found) => found,
            Err(refused) => return refused,
        };
        let receivers = ids(body.get("resources"), |resource| resource.get("id").and_then(Value::as_u64));
        for receiver in receivers {
            if leavers.contains(&receiver) || !self.state.users.rows().contains_key(&receiver) {
                let why = if leavers.contains(&receiver) { "is being deleted" } else { "does not exist" };
                let problem =
                    SchemaViolation::new("/resources", format!("user {receiver}, who receives the resources, {why}"));
                return refuse(422, "the deletion is not valid", &[problem]);
            }
        }
        for kind in ["properties", "leads", "landlords"] {
            let named = |one: &Value| one.get("resource").is_some_and(|resource| resource == kind);
            if !body.get("resources").and_then(Value::as_array).is_some_and(|all| all.iter().any(named)) {
                warnings.push(format!("nobody receives the {kind}"));
            }
        }
        let resources = body.get("resources").cloned().unwrap_or_else(|| json!([]));
        self.state.deletions.push(json!({ "users": leavers, "resources": resources }));
        for id in leavers {
            self.state.users.write(id, None, self.behaviour.crm_lag);
        }
        warned(SandboxResponse::done(), &warnings)
    }

    fn find(&self, id: &str) -> Option<(u64, Value)> {
        let id = id.parse().ok()?;
        Some((id, self.state.users.rows().get(&id)?.clone()))
    }

    /// The user that a write carries, if it is one that the CRM would take.
    fn user_in(&self, request: &SandboxRequest, old: Option<&Value>) -> Result<Value, SandboxResponse> {
        let body = request.json().ok_or_else(|| refuse(400, "the body is not JSON", &[]))?;
        let user = body.get("user").filter(|user| user.is_object());
        let user = user.ok_or_else(|| refuse(400, "the body has no object `user`", &[]))?;
        let mut wrong = problems(&self.schemas.crm_user, user);
        for (id, value) in user.get("fields").and_then(Value::as_object).into_iter().flatten() {
            if value.as_str().is_some_and(|text| text.len() > self.behaviour.crm_field_limit) {
                let detail = format!("is longer than {} bytes", self.behaviour.crm_field_limit);
                wrong.push(SchemaViolation::new(format!("/fields/{id}"), detail));
            }
        }
        if !wrong.is_empty() {
            return Err(refuse(422, "the user is not valid", &wrong));
        }
        let mut user = user.clone();
        self.photos_of(&mut user, old)?;
        Ok(user)
    }

    fn login_is_free(&self, sent: &Value, own: Option<u64>) -> Result<(), SandboxResponse> {
        let login = |user: &Value| Some(user.pointer("/private/email")?.as_str()?.trim().to_lowercase());
        let wanted = login(sent).filter(|login| !login.is_empty());
        let taken = |(id, user): (&u64, &Value)| Some(*id) != own && login(user) == wanted;
        if wanted.is_some() && !self.behaviour.crm_takes_duplicates && self.state.users.rows().iter().any(taken) {
            let problem = SchemaViolation::new("/private/email", "is the login of another user");
            return Err(refuse(422, "the user is not valid", &[problem]));
        }
        Ok(())
    }
}

fn ids<'a>(list: Option<&'a Value>, id: impl Fn(&'a Value) -> Option<u64> + 'a) -> impl Iterator<Item = u64> + 'a {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(id)
}

fn set(user: &mut Value, name: &str, value: Value) {
    if let Some(user) = user.as_object_mut() {
        user.insert(name.to_owned(), value);
    }
}

fn now() -> Value {
    Value::from(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
