//! The executions of one thing.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::JobId;
use crate::service::execution::Execution;
use crate::service::executions::lists::Lists;
use crate::service::executions::pending::PendingPlace;

/// An execution, as its thing knows it: its job, and its number.
pub(in crate::service::executions) type Attempt = (JobId, u64);

#[derive(Debug, Default)]
pub(in crate::service::executions) struct OfThing {
    /// In boxes, because most things have few: a node of the map has room for eleven.
    attempts: BTreeMap<Attempt, Box<Execution>>,
    /// The pending list. While the thing is away, it is not up to date.
    pub(in crate::service::executions) pending: BTreeSet<PendingPlace>,
    pub(in crate::service::executions) lists: Lists<Attempt>,
    pub(in crate::service::executions) is_away: bool,
}

impl OfThing {
    /// Whether nothing is to be remembered.
    pub(in crate::service::executions) fn is_empty(&self) -> bool {
        self.attempts.is_empty() && !self.is_away
    }

    pub(in crate::service::executions) fn get(
        &self,
        job: &JobId,
        number: u64,
    ) -> Option<&Execution> {
        let execution = self.attempts.get(&(job.clone(), number))?;
        Some(execution)
    }

    pub(in crate::service::executions) fn get_mut(
        &mut self,
        job: &JobId,
        number: u64,
    ) -> Option<&mut Execution> {
        let execution = self.attempts.get_mut(&(job.clone(), number))?;
        Some(execution)
    }

    /// All attempts at a job, oldest first.
    pub(in crate::service::executions) fn attempts(
        &self,
        job: &JobId,
    ) -> impl DoubleEndedIterator<Item = &Execution> + use<'_> {
        let range = (job.clone(), 0)..=(job.clone(), u64::MAX);
        self.attempts
            .range(range)
            .map(|(_, execution)| &**execution)
    }

    /// All executions, by job, the oldest attempt first.
    pub(in crate::service::executions) fn all(&self) -> impl Iterator<Item = (&JobId, &Execution)> {
        let all = self.attempts.iter();
        all.map(|((job, _), execution)| (job, &**execution))
    }

    pub(in crate::service::executions) fn insert(&mut self, job: JobId, execution: Execution) {
        self.attempts
            .insert((job, execution.number), Box::new(execution));
    }

    pub(in crate::service::executions) fn remove(
        &mut self,
        job: &JobId,
        number: u64,
    ) -> Option<Box<Execution>> {
        self.attempts.remove(&(job.clone(), number))
    }
}
