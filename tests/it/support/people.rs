//! The people of the tests: one builder of agent files, and one agent with a value in every field.

use roster::model::agent::{Channel, Field, Slug, Status};
use roster::model::record::Record;
use roster::model::roster::Declaration;
use serde_json::json;

/// An agent file. The last three are further lines of a section, each with its indentation and line end.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) status: &'static str,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) login: String,
    pub(crate) mobile: String,
    pub(crate) public: String,
    pub(crate) private: String,
    pub(crate) more: String,
}

impl Person {
    /// `Sara Khan 1` and so on.
    pub(crate) fn numbered(number: usize) -> Self {
        Self {
            email: format!("sara-{number}@brokerage.example"),
            phone: format!("+97150100{number:04}"),
            login: format!("login-{number}@brokerage.example"),
            mobile: format!("+97155900{number:04}"),
            ..Self::named("Sara", &format!("Khan {number}"), 0)
        }
    }

    /// A person whose addresses are made from the name.
    pub(crate) fn named(first: &str, last: &str, number: u32) -> Self {
        let slug = format!("{first}-{last}").to_lowercase();
        Self {
            status: "active",
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: format!("{slug}@brokerage.example"),
            phone: format!("+97150123456{number}"),
            login: format!("{slug}@login.example"),
            mobile: format!("+97155123456{number}"),
            public: "  position: {en: Sales Consultant, ar: مستشارة مبيعات}\n  languages: [en, ar]\n".to_owned(),
            private: String::new(),
            more: String::new(),
        }
    }

    pub(crate) fn yaml(&self) -> String {
        let Self { status, first_name, last_name, email, phone, login, mobile, public, private, more } = self;
        format!(
            "status: {status}\npublic:\n  first_name: {first_name}\n  last_name: {last_name}\n  email: {email}\n  \
             phone: \"{phone}\"\n{public}private:\n  email: {login}\n  mobile: \"{mobile}\"\n{private}{more}"
        )
    }
}

/// An agent with a value in every field.
pub(crate) fn agent(slug: &str, number: u32) -> Declaration {
    let text = |value: &str| json!(value);
    let values = [
        (Field::Status, text("active")),
        (Field::Role, text("agent")),
        (Field::FirstName, text("Sara")),
        (Field::LastName, json!(format!("Khan {number}"))),
        (Field::Email, json!(format!("{slug}@brokerage.example"))),
        (Field::Phone, json!(format!("+97150{:07}", 1_000_000 + number))),
        (Field::PhoneSecondary, json!(format!("+9714{:07}", 3_000_000 + number))),
        (Field::WhatsappPhone, json!(format!("+97150{:07}", 1_000_000 + number))),
        (Field::Photo, json!(format!("https://cdn.brokerage.example/{slug}.jpg"))),
        (Field::Licence, json!(format!("{:05}", 48_000 + number))),
        (Field::LicenceExpiredAt, text("2031-03-31")),
        (Field::Position("en".into()), text("Senior Sales Consultant")),
        (Field::Position("ar".into()), text("مستشارة مبيعات أولى")),
        (Field::ExperienceSince, json!(2014)),
        (Field::Languages, json!(["en", "ar", "ur"])),
        (Field::Nationalities, json!(["PK", "AE"])),
        (Field::LinkedIn, json!(format!("https://www.linkedin.com/in/{slug}"))),
        (Field::Description("en".into()), text("Twelve years in Dubai Marina.\nBoats, too.")),
        (Field::Description("ar".into()), text("اثنا عشر عامًا في دبي مارينا.")),
        (Field::PrivateFirstName, text("Sara")),
        (Field::PrivateLastName, text("Khan")),
        (Field::Login, json!(format!("{slug}@login.example"))),
        (Field::Mobile, json!(format!("+97155{:07}", 2_000_000 + number))),
        (Field::Landline, text("+97144001122")),
        (Field::LandlineExtension, text("214")),
        (Field::InterfaceLanguage, text("en")),
        (Field::PrivateLicence, text("48213")),
        (Field::UseEmailSignature, json!(true)),
        (Field::EmailSignature, text("Sara Khan | Brokerage")),
        (Field::Theme, text("onyx")),
        (Field::Subscription("type.property.created.and.assigned".into(), Channel::Email), json!(false)),
        (Field::Subscription("type.property.created.and.assigned".into(), Channel::Notification), json!(true)),
        (Field::Custom("1".into()), text("2 pets")),
        (Field::Custom("3".into()), json!(true)),
    ];
    let record: Record = values.into_iter().map(|(field, value)| (field, value.into())).collect();
    let lines = (2..).take(record.len()).collect();
    let slug = Slug::parse(slug).unwrap();
    Declaration {
        file: format!("agents/{slug}.yaml"),
        slug,
        status: Status::Active,
        record,
        clears_descriptions: false,
        lines,
        handover: None,
    }
}
