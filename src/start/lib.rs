//! What each start of `jobs-sandbox` runs: the command line, its meaning, the log, and the local service alone. It is a package
//! of its own, because it is optimised, so that an idle service touches little memory. The rest of the program is not.
//!
//! The map is in `jobs-sandbox`. Nothing is promised about what is public.

pub mod cli;
pub mod config;
pub mod logging;
pub mod serve;
pub mod signals;

use jobs_sandbox_core::{
    duration, excerpt, local, own_file, protocol, redact, text, tls, wrong_number,
};
