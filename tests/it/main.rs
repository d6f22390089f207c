//! The integration tests: one crate, one link.
#![expect(clippy::expect_used, reason = "a test fails with the reason")]

mod control_plane;
mod editor;
// What follows uses Unix paths, signals or modes of files.
#[cfg(unix)]
mod faults;
mod model;
mod policies;
mod protocol;
#[cfg(unix)]
mod proxy;
mod pty;
mod readme;
// Signals and the modes of files.
#[cfg(unix)]
mod samples;
mod script;
mod serve;
mod service;
#[cfg(unix)]
mod site;
mod tidy;
