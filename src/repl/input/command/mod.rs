//! What one line asks for, checked as far as it can be without the service. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | `read` | from a line to what it asks for |
//! | `kinds` | the kinds of commands |
//! | `device`, `events`, `wait`, `watch` | from what was typed to such a command |
//! | `document`, `error` | whether a document is JSON; why a line is no command |

mod device;
mod document;
mod error;
mod events;
mod kinds;
mod read;
mod wait;
mod watch;

#[cfg(test)]
mod tests;

pub use document::check_document;
pub use error::CommandError;
pub use events::{Events, Shown};
pub use kinds::{Command, HelpTopic, OwnCommand, ServiceRequest, Watch};
pub use read::{CommandLine, parse, read, words};
pub use wait::Until;
