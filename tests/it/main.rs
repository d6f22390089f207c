//! The integration tests: one crate, one link.
#![expect(clippy::expect_used, reason = "a test fails with the reason")]

mod policies;
mod service;
mod tidy;
