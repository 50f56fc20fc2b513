//! The one integration binary: the library and the program against the sandbox.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod brokerage;
mod converge;
mod remote;
mod sandbox;
mod validate;
