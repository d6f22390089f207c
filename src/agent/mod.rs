//! A device that executes jobs: one core that decides (pure), and shells that perform what it decides.
//!
//! | where | what it holds |
//! |---|---|
//! | [`core`] | decides what to ask, to claim, to run and to report (pure) |
//! | [`document`] | job documents of the AWS IoT Device Client, as steps (pure) |
//! | [`handlers`] | what a handler or a command runs on this machine, if its rights allow it |
//! | [`journal`] | what a device must not forget, in a file |
//! | [`plan`] | how simulated work ends, as the user writes it (pure) |
//! | [`shell`] | a device at work: the core with a client, a journal and programs |
//! | [`step`] | one step of a job's work, and how it ended (pure) |
//! | [`work`] | programs that do the work of a step |

pub mod core;
pub mod document;
pub mod handlers;
pub mod journal;
pub mod plan;
pub mod shell;
pub mod step;
pub mod work;
