//! The core of a device that executes jobs. Pure: inputs and the time come in, actions go out.
//!
//! The same core runs in a session, as `jobs-sandbox agent`, and many times in virtual time. [`Device`] is fed with [`Input`]s and
//! returns [`Action`]s, which its shell performs in order. It decides one move after the other:
//!
//! 1. Connected: it asks what is pending, and keeps the list up to date from both streams of events.
//! 2. Nothing runs, and something is pending: it writes the journal, claims an execution, and waits for the confirmation.
//! 3. It reads the document, and runs its steps one by one: the journal has "begun" before a step and "done" after it.
//! 4. The outcome stands in the journal until the service has confirmed it, or can never take it.
//!
//! | file | what it holds |
//! |---|---|
//! | [`device`] | the device: what it knows, how an input becomes actions |
//! | [`moves`], [`choose`], [`make`] | its moves; which is next, and why; how it is made |
//! | [`answers`], [`claim`], [`refusal`] | what becomes of its requests, and of its claims; what refusals mean |
//! | [`others`], [`over`] | events, and what others do with its executions; executions that are over |
//! | [`work`], [`attempt`], [`limit`] | the work: steps, their ends, time limits |
//! | [`pending`], [`execution`] | what is known of executions |
//! | [`memory`] | what survives a restart |
//! | [`decision`] | what it decides, in words |
//! | [`settings`], [`input`], [`action`] | what comes in, what goes out |
//! | [`pause`] | pauses after requests that failed |

mod action;
mod answers;
mod attempt;
mod choose;
mod claim;
mod decision;
mod device;
mod execution;
mod input;
mod limit;
mod make;
mod memory;
mod moves;
mod others;
mod over;
mod pause;
mod pending;
mod refusal;
mod settings;
mod work;

pub use action::{Action, Start};
pub use decision::in_words;
pub use decision::{Decision, DecisionName};
pub use device::{Device, Status};
pub use execution::ExecutionId;
pub use input::{Answer, Input};
pub use memory::{AttemptMemory, Memory, Outcome, Verdict};
pub use pending::PendingEntry;
pub use settings::{Interrupted, MOST_INTERRUPTIONS, Settings, Worker};
