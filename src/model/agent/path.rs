//! A field from its path in the YAML: the other direction of its `Display`.

use std::str::FromStr;

use super::{Channel, Field};

/// Every field whose path is one text.
const FIXED: [Field; 27] = [
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

impl FromStr for Field {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        if let Some(field) = FIXED.into_iter().find(|field| field.to_string() == path) {
            return Ok(field);
        }
        let rest = |start: &str| path.strip_prefix(start).filter(|rest| !rest.is_empty()).map(str::to_owned);
        let subscription = || {
            let (name, channel) = path.strip_prefix("subscriptions.")?.rsplit_once('.')?;
            let channel = *Channel::VARIANTS.iter().find(|one| one.key() == channel)?;
            Some(Self::Subscription(name.to_owned(), channel))
        };
        (rest("public.position.").map(Self::Position))
            .or_else(|| rest("public.descriptions.").map(Self::Description))
            .or_else(|| rest("fields.").map(Self::Custom))
            .or_else(subscription)
            .ok_or_else(|| format!("there is no field {path:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_back_to_its_field() {
        let named = [
            Field::Position("en".to_owned()),
            Field::Description("ar".to_owned()),
            Field::Custom("3".to_owned()),
            Field::Subscription("type.property.created".to_owned(), Channel::Sms),
        ];
        for field in FIXED.into_iter().chain(named) {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        for path in ["", "public", "public.position.", "subscriptions.a.by_post", "private.nickname"] {
            assert!(path.parse::<Field>().is_err(), "{path}");
        }
    }
}
