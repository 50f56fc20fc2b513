//! The one integration binary: the library and the program against the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::format_collect, clippy::similar_names, clippy::type_complexity)]
#![allow(clippy::too_many_lines, clippy::semicolon_if_nothing_returned)]

mod another_login;
mod architecture;
mod base_revision;
mod contract;
mod convergence;
mod credentials;
mod departures;
mod documented_contract;
mod drift;
mod fault_matrix;
mod fuzz_checks;
mod import;
mod leavers;
mod link;
mod list;
mod lock_file;
mod matching;
mod missing_rows;
mod outages;
mod photos;
mod program;
mod properties;
mod rate_limit;
mod readme;
mod readme_picture;
mod references;
mod rejected_listings;
mod remote;
mod review_comment;
mod sandbox;
mod saved_plans;
mod security_page;
mod set;
mod signals;
mod soak;
mod strategies;
mod support;
mod three_way;
mod turnover;
mod validate;
mod workflows;
mod writes;
