//! The integration tests: one crate, one link.
#![expect(clippy::expect_used, reason = "a test fails with the reason")]

mod editor;
mod model;
mod policies;
mod protocol;
mod pty;
mod readme;
// Signals and the modes of files.
#[cfg(unix)]
mod serve;
mod service;
mod tidy;
