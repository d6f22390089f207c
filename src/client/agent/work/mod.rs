//! Programs that do the work of a step: started one at a time, watched, and ended with all that they have started.
//!
//! | file | what it holds |
//! |---|---|
//! | [`command`] | what is to be run, and what comes of it |
//! | [`program`] | the program of `--exec`: where it is, what it is given, what its exit status means |
//! | [`running`] | one run, from its start to the end of its process group |
//! | [`group`] | a process group: whether any process of it is left, and its end |
//! | [`processes`] | the processes of a Linux machine |
//! | [`output`] | the output of a program, read to its end |
//! | [`marks`] | lines by which a program reports its progress (pure) |
//! | [`tail`] | the end of an output, safe to report (pure) |

mod command;
mod group;
mod marks;
mod output;
#[cfg(target_os = "linux")]
mod processes;
mod program;
mod running;
mod tail;
#[cfg(all(test, unix))]
mod tests;

pub use crate::agent::work::command::{CommandLine, WorkReport};
pub use crate::agent::work::group::{Group, NotEnded};
pub use crate::agent::work::marks::{CORE_KEYS, MARK};
pub use crate::agent::work::program::{NoProgram, Program, REJECTED, Run};
pub use crate::agent::work::running::Work;

pub(crate) use crate::agent::work::program::find;
