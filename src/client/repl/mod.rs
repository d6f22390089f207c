//! The loop: what the user types, and what is shown.
//!
//! | where | what it holds |
//! |---|---|
//! | [`turns`] | the loop: reads a line, carries out its command, shows the outcome |
//! | [`parts`] | what a session runs on |
//! | [`session`] | what commands work on; how a request of either plane is carried out |
//! | `list`, `document_file` | lists of several pages; documents in files |
//! | `arns`, `new_files` | resources as users type them; new files for parts of a response |
//! | [`agent`] | the agent of a session |
//! | `wait`, `watch` | the commands of these names |
//! | `start_up` | start-up lines, and aliases in lines |
//! | `delivery`, `outside` | delivering a reply to the place that its line names; work that may block |
//! | `feed`, `arrivals` | the events, and the task that receives them |
//! | `effects` | a script waits for the events that its command should cause |
//! | `expected`, `misses` | which events these are; whether waiting for them is worth while |
//! | `inquiries` | what Tab asks the service |
//! | [`jobs`], [`pending`] | what is known about jobs, from events and replies |
//! | `room`, `columns` | the width of the terminal, and texts that fit it; the width of a text |
//! | `set` | `events`, `wire`, `notes`, `output`: what is shown |
//! | `show`, [`interrupts`] | the end of a command; Ctrl-C |
//! | [`input`] | from the characters of a line to a command |
//! | [`output`] | answers, events and errors as text, JSON, tables |
//! | [`guide`] | help, `explain`, the tutorial |
//! | [`pages`] | the long texts of help, as Markdown |
//! | [`editor`] | the terminal: lines in, text out, neither waiting for the other |

pub(crate) mod agent;
mod arns;
mod arrivals;
pub mod columns;
mod delivery;
mod document_file;
pub mod editor;
mod effects;
mod expected;
pub(crate) mod feed;
pub mod guide;
pub mod input;
mod inquiries;
pub mod interrupts;
pub mod jobs;
mod list;
mod misses;
mod new_files;
pub mod output;
mod outside;
pub mod pages;
pub mod parts;
pub mod pending;
pub mod room;
pub mod session;
mod set;
mod show;
mod start_up;
pub mod turns;
mod wait;
mod watch;
