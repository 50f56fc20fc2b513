//! An agent as a file may declare it. The only source of the schema: a doc comment here is a description there and the text
//! an editor shows on hover; a type here is a constraint there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{IntoStaticStr, VariantNames};

use super::handover::HandoverNote;
use super::position::Position;
use super::value::{Country, CustomId, Date, Email, Language, Phone, Photo, PrivateName, Text, WebUrl, Year};
use super::{FieldValue, Setting, Status};

/// One estate agent. The file's name is the agent's slug. A key that is absent is not ours: the value in the CRM and at
/// Property Finder is left alone. `null` clears the value, where the system has an empty form for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Agent")]
pub struct Agent {
    /// Whether the agent works here. Decides whether Property Finder shows the profile.
    pub status: Status,
    /// The CRM's role code, such as `agent`. Property Finder's role is found from it; `roster.yaml` maps it where they differ.
    /// The CRM cannot clear it: null changes nothing.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub role: Setting<Text>,
    /// What the website, the feeds and Property Finder show.
    pub public: Public,
    /// What only the office sees: the login and how to reach the agent. Never shown in a plan, a comment or a log.
    pub private: Private,
    /// The look of the CRM's screens for this agent. The CRM cannot clear it: null changes nothing.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub theme: Setting<Theme>,
    /// The CRM's notifications for this agent, by name. Each is owned by itself: one that is not named is left alone.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub subscriptions: Setting<BTreeMap<Text, Setting<Channels>>>,
    /// The CRM's custom fields, number to value, such as `"1": 2 pets`. Each is owned by itself: one that is not named is
    /// left alone. Treated as private.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub fields: Setting<BTreeMap<CustomId, CustomValue>>,
    /// The active agents who receive the properties, leads and landlords of an `archived` agent: one slug for everything, or
    /// one for each kind. With it the CRM user is deleted; without it nothing is deleted.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub handover: Setting<HandoverNote>,
}

/// What the website, the feeds and Property Finder show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// The first name that is shown.
    pub first_name: Text,
    /// The last name that is shown.
    pub last_name: Text,
    /// The e-mail address for clients; the feeds carry it.
    pub email: Email,
    /// The phone number for clients, with + and country code, in quotes: `"+971501234567"`.
    pub phone: Phone,
    /// A second phone number. Property Finder only.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub phone_secondary: Setting<Phone>,
    /// The number for WhatsApp. Property Finder only.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub whatsapp_phone: Setting<Phone>,
    /// The portrait: an https:// address that every visitor can open, or the path of a file in this repository. JPEG, PNG or
    /// WebP, 5 KB to 15 MB.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub photo: Setting<Photo>,
    /// The number of the broker's licence, in quotes: `"48213"`.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub licence: Setting<Text>,
    /// The last day on which the licence is valid: `2027-03-31`.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub licence_expired_at: Setting<Date>,
    /// The job title: a text in the primary language, or one for each language, such as `{en: Sales Consultant, ar: …}`.
    /// A language that is not named is left alone; `{}` clears it in both languages.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub position: Setting<Position>,
    /// The year in which the agent began in this business. Property Finder only.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub experience_since: Setting<Year>,
    /// The languages spoken: ISO 639-1 codes, such as `[en, ar]`. The whole list is owned.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    #[schemars(extend("uniqueItems" = true))]
    pub languages: Setting<Vec<Language>>,
    /// The nationalities: ISO 3166-1 codes, such as `[AE, PK]`. Property Finder shows the first. The whole list is owned.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    #[schemars(extend("uniqueItems" = true))]
    pub nationalities: Setting<Vec<Country>>,
    /// The address of the LinkedIn page.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub linked_in: Setting<WebUrl>,
    /// The texts about the agent, one a language. A language that is not named is left alone; `[]` removes all of them, in
    /// every language.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    #[schemars(extend("examples" = [[{"lang": "en", "content": "…"}]]))]
    pub descriptions: Setting<Vec<Description>>,
}

/// A text about the agent in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The language of the text: an ISO 639-1 code.
    pub lang: Language,
    /// The text; null clears it.
    #[schemars(required)]
    pub content: Setting<Text>,
}

/// What only the office sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// The first name on the contract; two characters or more. A new person without it gets the public one. The CRM has no
    /// empty form for it: null changes nothing.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub first_name: Setting<PrivateName>,
    /// The last name on the contract; two characters or more. A new person without it gets the public one. The CRM has no
    /// empty form for it: null changes nothing.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub last_name: Setting<PrivateName>,
    /// The login to both systems. No two agents share one.
    pub email: Email,
    /// The agent's own mobile number, with + and country code, in quotes. Property Finder sends login codes to it.
    pub mobile: Phone,
    /// The number on the desk, with + and country code, in quotes.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub landline: Setting<Phone>,
    /// The extension on the desk, in quotes: `"214"`.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub landline_extension: Setting<Text>,
    /// The language of the CRM's screens: an ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub lang: Setting<Language>,
    /// The licence number on file, in quotes.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub licence: Setting<Text>,
    /// Whether the CRM signs e-mails with `email_signature`.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub use_email_signature: Setting<bool>,
    /// The signature under e-mails sent from the CRM.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub email_signature: Setting<Text>,
    /// The portrait that only the office sees: an https:// address, or the path of a file in this repository.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub photo: Setting<Photo>,
}

/// The look of the CRM's screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Theme {
    /// The CRM's theme Onyx.
    Onyx,
    /// The CRM's theme Carbon.
    Carbon,
    /// The CRM's theme Crystal.
    Crystal,
}

impl From<&Theme> for FieldValue {
    fn from(theme: &Theme) -> Self {
        Self::from(<&str>::from(theme))
    }
}

/// How a notification of the CRM reaches the agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// Whether it is shown in the CRM.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub receive_notification: Setting<bool>,
    /// Whether it is sent by e-mail.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub receive_email: Setting<bool>,
    /// Whether it is sent as a text message.
    #[serde(default, skip_serializing_if = "Setting::is_absent")]
    pub receive_sms: Setting<bool>,
}

/// The value of a custom field: a text, a number, yes or no, or a list of them; null clears it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, transform = custom_value)]
pub struct CustomValue(#[schemars(with = "Value")] pub FieldValue);

/// The CRM does not return the type of a custom field, but none of them is an object.
fn custom_value(schema: &mut schemars::Schema) {
    schema.insert("type".to_owned(), serde_json::json!(["string", "number", "boolean", "array", "null"]));
    schema.insert("items".to_owned(), serde_json::json!({ "type": ["string", "number", "boolean"] }));
}
