//! An interactive command line for the AWS IoT Jobs service, and a local service to run it against.
//!
//! # In the tests of other projects
//!
//! [`local::LocalService`] is the local service without the program, to test the software of a device against:
//!
//! ```toml
//! [dev-dependencies]
//! jobs-sandbox = { version = "0.1", default-features = false }
//! ```
//!
//! The default feature `cli` is the program, with the AWS SDK. Without it the build takes a third of the time, and
//! nothing but [`mod@local`] is there to be used.
//!
//! # The map
//!
//! Arrows point down, to what a row names or to a leaf; a test (`tests/it/tidy`) reads the rows and fails
//! on any other.
//!
//! | module | what it is | looks at |
//! |---|---|---|
//! | `run` | wires everything: the only place that knows both the client and the local service | `exam`, `serve`, `doctor`, `policy_command`, `fleet_command`, `logging`, `config`, `cli`, `agent`, `repl`, `device`, `control`, `executor`, `local`, `protocol`, `tls` |
//! | `exam` | plays scenarios against a device program, and marks it | `serve`, `cli`, `local`, `protocol`, `tls` |
//! | `doctor` | checks everything between this machine and AWS IoT | `config`, `device`, `control`, `protocol`, `tls` |
//! | `policy_command` | the policies that the sandbox needs on AWS: printed, and checked | `cli`, `control`, `policy`, `protocol` |
//! | `fleet_command` | `fleet`: its options, its files and what it prints | `cli`, `fleet`, `executor`, `protocol` |
//! | `repl` | the loop: commands, completion, texts, the terminal | `agent`, `device`, `control`, `argument`, `executor`, `protocol` |
//! | `agent` | a device that executes jobs: programs, journals, a client | `executor`, `device`, `protocol` |
//! | `device` | the device's side: one MQTT 5 connection, four operations, a stream of events | `protocol`, `tls` |
//! | `control` | the control plane, through the AWS SDK: a file for each operation | `argument`, `protocol` |
//! | `argument` | how values of both planes are typed (pure) | `protocol` |
//! | `cause` | why something failed, in the classes that exit codes distinguish (pure) | – (a leaf: open to all) |
//! | `underway` | whether a request is being sent, for a caller that gives it up | – (a leaf: open to all) |
//! | `serve` | the local service alone, for other programs | `config`, `cli`, `local`, `protocol`, `tls` |
//! | `config` | the meaning of the command line and of profiles | `cli`, `protocol` |
//! | `cli` | the command line as typed | – |
//! | `logging` | the log, to a file, without secrets | – |
//! | `signals` | the signals that ask the program to end | – (a leaf: open to all) |
//! | `fleet` | a rollout to many devices, rehearsed in virtual time (pure) | `executor`, `service`, `protocol` |
//! | `executor` | how a device executes jobs, decided without doing any of it (pure) | `protocol` |
//! | `local` | the local service: sockets, tasks, certificates | `service`, `broker`, `policy`, `protocol`, `tls` |
//! | `service` | jobs and job executions as AWS keeps them (pure) | `protocol` |
//! | `broker` | MQTT as AWS IoT Core speaks it, per connection (pure) | `policy` |
//! | `policy` | the policy language of AWS IoT Core (pure) | – |
//! | `protocol` | what AWS fixed on the wire: names, topics, payloads, units (pure) | – |
//! | `tls` | PEM to TLS configurations, both sides | – |
//! | `redact` | takes credentials and signatures out of a text (pure) | – (a leaf: open to all) |
//! | `backoff` | pauses between attempts, and the loop that retries while throttled | – (a leaf: open to all) |
//! | `faults` | faults on request: what happens to messages of the job service (pure) | – (a leaf: open to all) |
//! | `excerpt` | the place of a mistake in a text: line, column, and a caret below it (pure) | – (a leaf: open to all) |
//! | `not_json` | what is wrong with a text that should be JSON (pure) | – (a leaf: open to all) |
//! | `open_json` | a JSON value, read as the text grows (pure) | – (a leaf: open to all) |
//! | `duration` | durations as they are typed (pure) | – (a leaf: open to all) |
//! | `own_file` | files for the user alone, also those that are written while the program runs, and may be pipes | – (a leaf: open to all) |
//! | `panics` | panics, as one line and without a backtrace | – (a leaf: open to all) |
//! | `wrong_number` | why a word is not the number that an option takes (pure) | – (a leaf: open to all) |
//! | `text` | texts made safe to show, and to paste into a shell (pure) | – (a leaf: open to all) |
//!
//! The client cannot distinguish the two: the local service is reached by endpoint, port, CA, certificate and key like AWS.
//! Neither side imports the other. Modules marked pure take input and the time and return output: no sockets, files, clock,
//! randomness or printing.
//!
//! The rows from `repl` on are the package in `src/client`, those from `serve` on the one in `src/start`, and those from
//! `fleet` on the one in `src/core`, which is all there is without the feature `cli`. Public items outside `local` are here for
//! the binary and the tests; nothing is promised about them, nor about what `local` hides from its documentation.

pub use jobs_sandbox_core::local;
#[doc(hidden)]
pub use jobs_sandbox_core::{
    backoff, broker, duration, excerpt, executor, faults, fleet, not_json, open_json, own_file,
    panics, policy, protocol, redact, service, text, tls, wrong_number,
};

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use jobs_sandbox_client::{agent, argument, cause, control, device, repl, underway};
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use jobs_sandbox_start::{cli, config, logging, serve, signals};

// The program.
#[cfg(feature = "cli")]
pub mod doctor;

#[cfg(feature = "cli")]
mod exam;
#[cfg(feature = "cli")]
mod fleet_command;
#[cfg(feature = "cli")]
mod policy_command;
#[cfg(feature = "cli")]
mod run;

#[cfg(feature = "cli")]
pub use run::run;
