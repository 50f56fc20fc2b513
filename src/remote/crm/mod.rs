//! The CRM: `MyCRM` API v2 (api.md section 2).

pub mod client;
pub mod departure;
pub mod mapper;
pub mod search;

pub use client::{CrmReader, CrmWriter};
pub use departure::{Departure, DepartureError, HandoverIds};
