//! Property Finder's write calls: create a user, update a user, update a public profile. No call deletes a user
//! (docs/vendor-apis.md, "Property Finder: calls").

use jiff::Timestamp;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::PfHandler;
use super::error::refuse;
use super::model::member;
use crate::sandbox::behaviour::WriteMode;
use crate::sandbox::http_exchange::SandboxResponse;
use crate::sandbox::schema::{SchemaViolation, problems};
use crate::sandbox::store::PfState;

impl PfHandler<'_> {
    pub(super) fn create(&mut self) -> SandboxResponse {
        let sent = &match self.body(&self.schemas.pf_create) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let mut wrong = self.taken_login(sent, None);
        wrong.extend(self.role(member(sent, "roleId")).err());
        wrong.extend(insecure_image(member(sent, "publicProfile"), "/publicProfile"));
        if !wrong.is_empty() {
            return refuse(self.request, 422, "the user cannot be created", &wrong);
        }
        let id = self.state.users.new_id();
        let mut profile = json!({ "id": self.state.next_profile_id });
        self.state.next_profile_id += 1;
        self.lay_profile(&mut profile, member(sent, "publicProfile"));
        let user = json!({
            "id": id, "firstName": member(sent, "firstName"), "lastName": member(sent, "lastName"), "email": member(sent, "email"),
            "mobile": member(sent, "mobile"), "status": "active", "roleId": member(sent, "roleId"),
            "createdAt": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "publicProfile": profile
        });
        let answer = SandboxResponse::json(201, &PfState::created(&user, self.behaviour));
        self.state.users.write(id, Some(user), self.behaviour.pf_lag);
        answer
    }

    pub(super) fn change_user(&mut self, id: &str) -> SandboxResponse {
        let found = id.parse().ok().and_then(|id: u64| Some((id, self.state.users.rows().get(&id)?.clone())));
        let Some((id, mut user)) = found else { return self.missing("user", id) };
        let sent = match self.body(&self.schemas.pf_user) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let mut wrong = self.taken_login(&sent, Some(id));
        let role = sent.get("roleId").map(|role| self.role(role)).transpose();
        wrong.extend(
            role.as_ref().err().map(|problem| SchemaViolation::new(problem.pointer.clone(), problem.detail.clone())),
        );
        if !wrong.is_empty() {
            return refuse(self.request, 422, "the user cannot be changed", &wrong);
        }
        if let Some(user) = user.as_object_mut() {
            for name in ["email", "firstName", "lastName", "mobile"] {
                if let Some(value) = sent.get(name) {
                    user.insert(name.to_owned(), value.clone());
                }
            }
            if let Ok(Some(role)) = role {
                user.insert("roleId".to_owned(), role);
            }
            if let Some(active) = sent.get("isActive") {
                let status = if *active == Value::Bool(true) { "active" } else { "inactive" };
                user.insert("status".to_owned(), Value::from(status));
            }
        }
        self.state.users.write(id, Some(user), self.behaviour.pf_lag);
        SandboxResponse::done()
    }

    pub(super) fn change_profile(&mut self, id: &str) -> SandboxResponse {
        let wanted = id.parse::<u64>().ok();
        let Some((user_id, mut user)) = wanted.and_then(|profile| self.state.user_with_profile(profile)) else {
            return self.missing("public profile", id);
        };
        let sent = match self.body(&self.schemas.pf_profile) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        if let Some(problem) = insecure_image(&sent, "") {
            return refuse(self.request, 422, "the public profile cannot be changed", &[problem]);
        }
        if let Some(profile) = user.get_mut("publicProfile") {
            self.lay_profile(profile, &sent);
        }
        self.state.users.write(user_id, Some(user), self.behaviour.pf_lag);
        SandboxResponse::done()
    }

    /// Lays what was sent over a profile. Arrays replace arrays, and a null among them is an empty one.
    fn lay_profile(&self, profile: &mut Value, sent: &Value) {
        let (Some(profile), Some(sent)) = (profile.as_object_mut(), sent.as_object()) else { return };
        for (name, value) in sent {
            let value = match (name.as_str(), value) {
                ("bio" | "position", Value::Object(texts)) => {
                    let kept = profile.get(name).and_then(Value::as_object).cloned();
                    let mut all: Map<_, _> =
                        kept.filter(|_| self.behaviour.pf_texts == WriteMode::Merge).unwrap_or_default();
                    all.extend(texts.clone());
                    Value::Object(all)
                }
                (_, Value::Null) => json!([]),
                (_, value) => value.clone(),
            };
            profile.insert(name.clone(), value);
        }
    }

    /// The body, if it matches its schema.
    fn body(&self, schema: &Validator) -> Result<Value, SandboxResponse> {
        let body = self.request.json().ok_or_else(|| refuse(self.request, 400, "the body is not JSON", &[]))?;
        let wrong = problems(schema, &body);
        if wrong.is_empty() {
            return Ok(body);
        }
        Err(refuse(self.request, 400, "the body does not match the schema", &wrong))
    }

    fn missing(&self, what: &str, id: &str) -> SandboxResponse {
        refuse(self.request, 404, &format!("there is no {what} {id}"), &[])
    }

    /// Refuses a second user with the same login e-mail (docs/vendor-apis.md, "Property Finder: duplicates").
    fn taken_login(&self, sent: &Value, own: Option<u64>) -> Vec<SchemaViolation> {
        let wanted = member(sent, "email").as_str().map(str::to_lowercase);
        let same = |user: &Value| member(user, "email").as_str().map(str::to_lowercase) == wanted;
        let taken = self.state.users.rows().iter().any(|(id, user)| Some(*id) != own && same(user));
        if wanted.is_some() && taken && !self.behaviour.pf_takes_duplicates {
            return vec![SchemaViolation::new("/email", "is the e-mail of another user")];
        }
        Vec::new()
    }

    /// The id of a role, written as a number or a string, if there is such a role.
    fn role(&self, written: &Value) -> Result<Value, SchemaViolation> {
        let id = written.as_u64().or_else(|| written.as_str()?.parse().ok());
        let known = id.filter(|id| self.state.roles.iter().any(|role| *member(role, "id") == *id));
        known.map(Value::from).ok_or_else(|| SchemaViolation::new("/roleId", "there is no such role"))
    }
}

/// Refuses a photo whose address is not HTTPS (docs/vendor-apis.md, "Property Finder: photos").
fn insecure_image(profile: &Value, at: &str) -> Option<SchemaViolation> {
    let url = member(profile, "imageUrl").as_str()?;
    let secure = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    (!secure).then(|| SchemaViolation::new(format!("{at}/imageUrl"), "must be an HTTPS URL"))
}
