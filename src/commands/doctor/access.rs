//! Which systems can be asked, by the environment.

use std::env;

use super::super::Context;
use super::super::connected_systems::ConnectedSystems;
use super::super::inputs::Inputs;
use crate::model::exit_code::Exit;
use crate::reconcile::checks::{EnvironmentKeys, FilesRead};
use crate::remote::EnvironmentReading;

/// The way to the systems, and why one of them is not asked.
pub(super) struct Access {
    pub(super) keys: EnvironmentKeys,
    /// None where an address is invalid.
    pub(super) connection: Option<ConnectedSystems>,
    pub(super) why_not_crm: Option<String>,
    pub(super) why_not_pf: Option<String>,
}

impl Access {
    /// The sandbox, or the real systems.
    pub(super) async fn open(
        sandbox: bool,
        files: &FilesRead,
        context: &Context,
        inputs: &mut Inputs,
    ) -> Result<Self, Exit> {
        let lists_users = inputs.config.property_finder.contract.lists_users();
        let why_not_pf = match (files.lacks_config, lists_users) {
            (true, _) => Some("roster.yaml, which names the contract, is not valid".to_owned()),
            (false, false) => Some("nothing can be read in the documented contract".to_owned()),
            (false, true) => None,
        };
        if sandbox {
            let connection = Some(ConnectedSystems::sandbox(context, inputs).await?);
            return Ok(Self { keys: EnvironmentKeys::OfSandbox, connection, why_not_crm: None, why_not_pf });
        }
        let read = EnvironmentReading::of(|name| env::var(name).ok());
        let lacks = |prefix: &str| {
            let missing: Vec<&str> = read.missing.iter().copied().filter(|name| name.starts_with(prefix)).collect();
            (!missing.is_empty()).then(|| format!("{} not set", missing.join(" and ")))
        };
        let invalid = read.endpoints.is_none().then(|| "an address in the environment is not valid".to_owned());
        let odd_keys = (!read.pf_keys_fit).then(|| "the keys are not valid".to_owned());
        let why_not_crm = invalid.clone().or_else(|| lacks("CRM_"));
        let why_not_pf = why_not_pf.or(invalid).or_else(|| lacks("PF_")).or(odd_keys);
        let connection = read.endpoints.map(|endpoints| ConnectedSystems::at(endpoints, context));
        let keys = EnvironmentKeys::OfEnvironment { missing: read.missing, problems: read.problems };
        Ok(Self { keys, connection, why_not_crm, why_not_pf })
    }
}
