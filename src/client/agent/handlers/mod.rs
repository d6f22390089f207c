//! What a call of a handler or of a command runs on this machine, after its rights are checked. No shell is involved.
//!
//! | file | what it holds |
//! |---|---|
//! | [`resolved`] | what is run, or why nothing is |
//! | [`machine`] | who the agent is, and where it finds programs |
//! | [`files`] | whether other users could replace a handler |
//! | [`resolve`] | a call, as a program with its arguments |
//! | `elsewhere` | the same on other systems than Unix: nothing is run |
//! | [`checked`] | `agent check`: what a job document would do |
//!
//! The argument list of a handler is that of AWS's client: the user comes first, or an empty text, and the handler itself
//! changes to that user, as AWS's sample handlers do by `sudo -u USER -n`. A command is run by `sudo` from here. In both cases
//! nothing is run if the user does not exist, or if `sudo` is missing although it is needed; AWS's client runs them as its own
//! user then.
//! <https://github.com/awslabs/aws-iot-device-client/blob/main/source/jobs/README.md#creating-your-own-job-handler>

mod checked;
#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod resolve;
mod resolved;
#[cfg(all(test, unix))]
mod tests;

pub use crate::agent::handlers::checked::{Checked, check};
#[cfg(not(unix))]
pub use crate::agent::handlers::elsewhere::{folder, permit, resolve};
#[cfg(unix)]
pub use crate::agent::handlers::resolve::{folder, permit, resolve};
pub use crate::agent::handlers::resolved::{Refused, Resolved};

#[cfg(not(unix))]
use crate::agent::handlers::elsewhere::own_user;
#[cfg(unix)]
use crate::agent::handlers::resolve::own_user;
