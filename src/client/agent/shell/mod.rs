//! A device at work: the core with a client, a journal and programs. The same for a session and for `jobs-sandbox agent`.
//!
//! | file | what it holds |
//! |---|---|
//! | [`executor`] | the task: what happens is handed to the core, what the core decides is done |
//! | [`order`] | what is asked of a device at work, and what it shows |
//! | [`workplace`] | where its steps run |
//! | [`clock`] | the time |

mod clock;
mod executor;
mod order;
mod workplace;

pub use executor::Executor;
pub use order::{Audience, Handle, News};
pub use workplace::Tools;
