//! A device that executes jobs: shells that perform what [`crate::executor`] decides.
//!
//! | where | what it holds |
//! |---|---|
//! | [`handlers`] | what a handler or a command runs on this machine, if its rights allow it |
//! | [`journal`] | what a device must not forget, in a file |
//! | [`shell`] | a device at work: the core with a client, a journal and programs |
//! | [`work`] | programs that do the work of a step |

pub mod handlers;
pub mod journal;
pub mod shell;
pub mod work;
