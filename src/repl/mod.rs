//! The loop: what a person types, and what is shown.
//!
//! | where | what it holds |
//! |---|---|
//! | [`session`] | the loop: a line, what it asks for, what came of it |
//! | `execute`, `ask`, `list`, `document`, `wait`, `watch` | how commands are carried out |
//! | `feed` | the events |
//! | [`jobs`], [`pending`] | what is known of jobs, from events and replies |
//! | `show`, `interrupts` | the end of a command; Ctrl-C |
//! | [`input`] | from the characters of a line to a command |
//! | [`output`] | answers, events and errors as text, JSON, tables |
//! | [`guide`] | help, hints, `explain`, the tutorial |
//! | [`editor`] | the terminal: lines in, text out, neither waiting for the other |

mod ask;
mod document;
pub mod editor;
mod execute;
pub(crate) mod feed;
pub mod guide;
pub mod input;
mod interrupts;
pub mod jobs;
mod list;
pub mod output;
pub mod pending;
pub mod session;
mod show;
mod wait;
mod watch;
