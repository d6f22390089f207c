//! The session of `jobs-sandbox` and its clients of the service: a package of its own, because most of the program is here,
//! and what its start does not need is not optimised.
//!
//! The map is in `jobs-sandbox`. Nothing is promised about what is public.

pub mod agent;
pub mod argument;
pub mod cause;
pub mod control;
pub mod device;
pub mod repl;
pub mod underway;

use jobs_sandbox_core::{
    backoff, duration, excerpt, executor, not_json, open_json, own_file, panics, protocol, redact,
    text, tls, wrong_number,
};
