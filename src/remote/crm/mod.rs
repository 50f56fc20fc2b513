//! The CRM: `MyCRM` API v2 (docs/vendor-apis.md).

mod client;
mod departure;
pub(crate) mod link_file;
mod looks;
pub mod mapper;
pub mod search;
mod upload;

pub use client::{CrmReader, CrmWriter};
pub use departure::{Departure, DepartureError, HandoverIds};
