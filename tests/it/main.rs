//! The integration tests: one crate, one link.
#![expect(clippy::expect_used, reason = "a test fails with the reason")]

mod agent_core;
mod control_plane;
mod editor;
mod fleet;
mod fuzz;
mod kept;
mod lists;
mod model;
mod pages;
mod policies;
mod protocol;
mod pty;
mod random;
mod readme;
mod script;
mod service;
mod tidy;
mod walk;
mod wire;
mod wire_registry;

// What follows uses Unix paths, signals or modes of files.
#[cfg(unix)]
mod agent;
#[cfg(unix)]
mod broker;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod effects;
#[cfg(unix)]
mod environment;
#[cfg(unix)]
mod errors;
#[cfg(unix)]
mod exam;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod help;
#[cfg(unix)]
mod hints;
#[cfg(unix)]
mod join;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod outside_text;
#[cfg(unix)]
mod picture;
#[cfg(unix)]
mod pipes;
#[cfg(unix)]
mod profiles;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod release;
#[cfg(unix)]
mod samples;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod serve_ends;
#[cfg(unix)]
mod serve_kept;
#[cfg(unix)]
mod serve_listen;
#[cfg(unix)]
mod serve_state;
#[cfg(unix)]
mod session_agent;
#[cfg(unix)]
mod soak;
#[cfg(unix)]
mod tab;
#[cfg(unix)]
mod templates;
mod terminal;
#[cfg(unix)]
mod test_service;
#[cfg(unix)]
mod throttling;
#[cfg(unix)]
mod transcript;
#[cfg(unix)]
mod tutorial;
#[cfg(unix)]
mod wait;
