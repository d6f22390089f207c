//! Reads a line as a command, checked as far as possible without the service. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | `joiner` | from the lines of a file or a paste to commands |
//! | `read` | from a line to its command |
//! | `kinds` | the kinds of commands |
//! | `agent`, `device_request`, `events`, `until`, `watch` | from the typed words to a command of one kind |
//! | `aws` | a line of the AWS CLI |
//! | `check_document`, `error` | whether a document is JSON; why a line is not a command |
//! | `similar`, `mended` | commands that a mistyped word, or the wrong arguments, may have meant |

mod agent;
mod aws;
mod check_document;
mod device_request;
mod error;
mod events;
mod joiner;
mod kinds;
mod mended;
mod read;
mod similar;
mod until;
mod watch;

#[cfg(test)]
mod tests;

pub use agent::{AgentCommand, AgentStart};
pub use check_document::check_document;
pub use error::CommandError;
pub(crate) use error::no_such_command;
pub use joiner::{Joined, Joiner};
pub use kinds::{Command, Explained, HelpTopic, OwnCommand, ServiceRequest, Setting, Shown, Watch};
pub use read::{CommandLine, parse, read, words};
pub(crate) use read::{HELP, is_blank, is_topic};
pub use until::Until;
