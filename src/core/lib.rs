//! The local service of `jobs-sandbox`, and what it shares with the client: a package of its own, so that it is compiled
//! while the AWS SDK is, and optimised more than the program.
//!
//! Tests of other projects use [`local::LocalService`] by way of `jobs-sandbox` without its default features; the map is
//! there. Nothing is promised about what else is public, nor about what `local` hides from its documentation.

#[doc(hidden)]
pub mod backoff;
#[doc(hidden)]
pub mod broker;
#[doc(hidden)]
pub mod duration;
#[doc(hidden)]
pub mod excerpt;
#[doc(hidden)]
pub mod executor;
#[doc(hidden)]
pub mod faults;
#[doc(hidden)]
pub mod fleet;
pub mod local;
#[doc(hidden)]
pub mod not_json;
#[doc(hidden)]
pub mod open_json;
#[doc(hidden)]
pub mod own_file;
#[doc(hidden)]
pub mod panics;
#[doc(hidden)]
pub mod policy;
#[doc(hidden)]
pub mod protocol;
#[doc(hidden)]
pub mod redact;
#[doc(hidden)]
pub mod service;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod tls;
#[doc(hidden)]
pub mod wrong_number;
