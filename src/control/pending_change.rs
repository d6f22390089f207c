//! What an accepted request does to the pending job executions of things, as far as the request shows it. Pure.

use crate::protocol::{JobId, ThingName};

/// The change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingChange<'a> {
    None,
    /// An execution of a new job is queued for each target.
    Queues {
        job: &'a JobId,
        /// Names or ARNs of things and groups; empty for this thing.
        targets: &'a [String],
        starts: Starts,
    },
    /// Executions of a job leave the list.
    Ends(Ending<'a>),
    /// A thing joins or leaves a group: executions of jobs that follow the group are queued, or leave the list.
    Follows {
        /// This thing if `None`.
        thing: Option<&'a ThingName>,
        joins: bool,
    },
}

/// When a job is given to its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    AtOnce,
    /// It depends on what the request does not show.
    Perhaps,
    Later,
}

/// Executions of a job that leave the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending<'a> {
    pub job: &'a JobId,
    pub things: Things<'a>,
    /// The execution of this number only.
    pub number: Option<i64>,
    /// Whether also those in progress.
    pub in_progress: bool,
}

/// The things whose executions leave the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Things<'a> {
    /// All that have one.
    All,
    /// One thing, which has one: the request is refused otherwise. This thing if `None`.
    Certainly(Option<&'a ThingName>),
    /// One thing, which may have one. This thing if `None`.
    Perhaps(Option<&'a ThingName>),
}
