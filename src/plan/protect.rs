//! Who is never switched off: the people whom roster.yaml protects, and whoever the CRM's key belongs to (design 2.10).

use super::{Operation, Person, Plan};
use crate::record::System;
use crate::remote::{crm, pf};

impl Plan {
    /// Whether anybody is switched off, so that it matters whose key is used.
    #[must_use]
    pub fn switches_off(&self) -> bool {
        self.to_do().any(switched_off)
    }

    /// Blocks whoever would be switched off and is protected: by slug, or by the login e-mail of the key's own user.
    pub fn protect(&mut self, slugs: &[String], own_login: Option<&str>) {
        let all = self.people.iter_mut().chain(&mut self.left_out);
        for person in all.filter(|person| switched_off(person)) {
            let why = if slugs.iter().any(|slug| slug == person.slug.as_str()) {
                "is protected by roster.yaml and never switched off: change its status back, or take it out of protect"
            } else if own_login.is_some_and(|own| has_login(person, own)) {
                "is the user whose API key is at work here, and never switched off"
            } else {
                continue;
            };
            person.block(why.to_owned());
        }
        self.keep_logins_apart();
    }
}

fn switched_off(person: &Person) -> bool {
    person.has(System::Pf, Operation::Deactivate)
}

fn has_login(person: &Person, own: &str) -> bool {
    let crm = person.crm.as_ref().and_then(crm::wire::Wire::login);
    let pf = person.pf.as_ref().and_then(pf::wire::Wire::login);
    [Some(person.login.clone()), crm, pf].into_iter().flatten().any(|login| login.eq_ignore_ascii_case(own.trim()))
}
