//! The one integration binary: the library and the program against the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::format_collect, clippy::similar_names, clippy::type_complexity)]
#![allow(clippy::too_many_lines, clippy::semicolon_if_nothing_returned)]

mod addresses;
mod always;
mod another_login;
mod any_end;
mod anybody;
mod architecture;
mod bad_reads;
mod base;
mod brokerage;
mod comment;
mod contract;
mod converge;
mod departed;
mod drift;
mod ends;
mod git;
mod limits;
mod lost_rows;
mod office;
mod photos;
mod picture;
mod places;
mod program;
mod readme;
mod references;
mod remote;
mod review;
mod right_person;
mod sandbox;
mod saved_plans;
mod soak;
mod switches;
mod threats;
mod trouble;
mod validate;
mod workflows;
mod writes;
