//! What each system can hold of a declaration. The mappers of `remote` know the vendors' rules; the core is given a function.

use crate::model::record::Record;

/// One declaration as each system can hold it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DesiredPerson {
    /// Everything that the CRM is to hold.
    pub crm: Record,
    /// Everything that Property Finder is to hold.
    pub pf: Record,
    /// Why Property Finder does not take the role, if so.
    pub refused_role: Option<String>,
    /// Why Property Finder does not create this user, if so.
    pub refused_create: Option<String>,
}

/// Maps a declared record to both systems, with the `roster.yaml` of now and with that of the base.
#[derive(Clone, Copy)]
pub(crate) struct DesiredBy<'a> {
    /// With the present settings.
    pub now: &'a dyn Fn(&Record) -> DesiredPerson,
    /// With the settings of the base.
    pub at_base: &'a dyn Fn(&Record) -> DesiredPerson,
}
