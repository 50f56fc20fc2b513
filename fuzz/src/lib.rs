//! What the fuzz targets check. `tests/it/fuzz_checks.rs` includes these files too, so that they compile and hold in every
//! run of the tests.

pub mod agent_file;
pub mod crm_rows;
pub mod pf_rows;
pub mod redactor;
mod rows;
