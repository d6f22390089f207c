//! All job executions, and what is kept beside them so that no operation walks them: the pending list of each thing, the
//! running timers, and what the input at hand has changed.
//!
//! Every change of an execution goes through [`Executions::insert`], [`Executions::change`] or [`Executions::remove`],
//! which keep the rest in step; so no operation can forget to.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::execution::Execution;

/// Which thing's attempts at which job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExecutionKey {
    pub(crate) thing: ThingName,
    pub(crate) job: JobId,
}

impl ExecutionKey {
    pub(crate) const fn new(thing: ThingName, job: JobId) -> Self {
        Self { thing, job }
    }
}

/// A place on the pending list: executions in progress first, then by the time of queueing, then by creation.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-startnextpendingjobexecution>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PendingPlace {
    queued: bool,
    queued_at: EpochMillis,
    sequence: u64,
    pub(crate) job: JobId,
    /// Which execution of it.
    pub(crate) number: u64,
}

impl PendingPlace {
    fn of(job: &JobId, execution: &Execution) -> Option<Self> {
        (!execution.status.is_terminal()).then(|| Self {
            queued: execution.status == JobExecutionStatus::Queued,
            queued_at: execution.queued_at,
            sequence: execution.sequence,
            job: job.clone(),
            number: execution.number,
        })
    }
}

/// What an input has done to the pending list of one thing so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// What was next before.
    pub(crate) head_before: Option<(JobId, u64)>,
    /// What came on the list (+1) or left it (-1); a zero for what did both.
    changes: BTreeMap<(JobId, u64), i8>,
}

impl Touched {
    /// Whether the list has other members than before.
    pub(crate) fn members_changed(&self) -> bool {
        self.changes.values().any(|change| *change != 0)
    }
}

/// How the number of a job's executions in each status changed: what left, and what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountChange {
    pub(crate) from: Option<JobExecutionStatus>,
    pub(crate) to: Option<JobExecutionStatus>,
}

#[derive(Debug, Default)]
pub(crate) struct Executions {
    by_key: BTreeMap<ExecutionKey, BTreeMap<u64, Execution>>,
    pending: BTreeMap<ThingName, BTreeSet<PendingPlace>>,
    timers: BTreeSet<(EpochMillis, ExecutionKey, u64)>,
    touched: BTreeMap<ThingName, Touched>,
}

impl Executions {
    /// The newest execution, or the one with the number.
    pub(crate) fn get(&self, key: &ExecutionKey, number: Option<u64>) -> Option<&Execution> {
        let attempts = self.by_key.get(key)?;
        match number {
            Some(number) => attempts.get(&number),
            None => attempts.last_key_value().map(|(_, execution)| execution),
        }
    }

    /// Everything, by thing and job, oldest attempt first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&ExecutionKey, &Execution)> {
        self.by_key
            .iter()
            .flat_map(|(key, attempts)| attempts.values().map(move |execution| (key, execution)))
    }

    /// All attempts of a thing at a job, oldest first.
    pub(crate) fn attempts(
        &self,
        key: &ExecutionKey,
    ) -> impl DoubleEndedIterator<Item = &Execution> {
        self.by_key.get(key).into_iter().flat_map(BTreeMap::values)
    }

    /// Every job of which the thing has executions, with its attempts.
    pub(crate) fn of_thing(&self, thing: &ThingName) -> impl Iterator<Item = (&JobId, &Execution)> {
        // No job id is smaller than this one: `!` sorts before every character that an id may have.
        let first = JobId::new("!")
            .ok()
            .map(|job| ExecutionKey::new(thing.clone(), job));
        first.into_iter().flat_map(move |first| {
            self.by_key
                .range(first..)
                .take_while(move |(key, _)| key.thing == *thing)
                .flat_map(|(key, attempts)| {
                    attempts
                        .values()
                        .map(move |execution| (&key.job, execution))
                })
        })
    }

    /// The pending list of a thing, in order.
    pub(crate) fn pending(&self, thing: &ThingName) -> impl Iterator<Item = (&JobId, &Execution)> {
        self.pending
            .get(thing)
            .into_iter()
            .flatten()
            .filter_map(move |place| {
                let key = ExecutionKey::new(thing.clone(), place.job.clone());
                Some((&place.job, self.by_key.get(&key)?.get(&place.number)?))
            })
    }

    /// What is next on the pending list of a thing.
    pub(crate) fn head(&self, thing: &ThingName) -> Option<(&JobId, &Execution)> {
        self.pending(thing).next()
    }

    pub(crate) fn insert(&mut self, key: &ExecutionKey, execution: Execution) -> CountChange {
        let to = Some(execution.status);
        let number = execution.number;
        self.by_key
            .entry(key.clone())
            .or_default()
            .insert(number, execution);
        self.reindex(key, number, None);
        CountChange { from: None, to }
    }

    /// Changes an execution; `None` if there is no such one.
    pub(crate) fn change(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        change: impl FnOnce(&mut Execution),
    ) -> Option<CountChange> {
        let execution = self.by_key.get_mut(key)?.get_mut(&number)?;
        let before = execution.clone();
        change(execution);
        let count = CountChange {
            from: Some(before.status),
            to: Some(execution.status),
        };
        self.reindex(key, number, Some(&before));
        Some(count)
    }

    /// Removes an execution; `None` if there is no such one.
    pub(crate) fn remove(&mut self, key: &ExecutionKey, number: u64) -> Option<CountChange> {
        let attempts = self.by_key.get_mut(key)?;
        let before = attempts.remove(&number)?;
        if attempts.is_empty() {
            self.by_key.remove(key);
        }
        self.reindex(key, number, Some(&before));
        Some(CountChange {
            from: Some(before.status),
            to: None,
        })
    }

    fn reindex(&mut self, key: &ExecutionKey, number: u64, before: Option<&Execution>) {
        let after = self
            .by_key
            .get(key)
            .and_then(|attempts| attempts.get(&number));
        let timer =
            |execution: &Execution| Some((execution.deadline()?, key.clone(), execution.number));
        let (timer_before, timer_after) = (before.and_then(timer), after.and_then(timer));
        if timer_before != timer_after {
            if let Some(timer) = &timer_before {
                self.timers.remove(timer);
            }
            self.timers.extend(timer_after);
        }
        let place = |execution| PendingPlace::of(&key.job, execution);
        let (place_before, place_after) = (before.and_then(place), after.and_then(place));
        if place_before != place_after {
            self.move_place(&key.thing, place_before.as_ref(), place_after);
        }
    }

    /// Keeps the pending list of a thing in step with one of its executions, and notes what that changes.
    fn move_place(
        &mut self,
        thing: &ThingName,
        before: Option<&PendingPlace>,
        after: Option<PendingPlace>,
    ) {
        let pending = self.pending.entry(thing.clone()).or_default();
        let touched = self
            .touched
            .entry(thing.clone())
            .or_insert_with(|| Touched {
                head_before: pending
                    .first()
                    .map(|place| (place.job.clone(), place.number)),
                changes: BTreeMap::new(),
            });
        for (place, change) in [(before, -1), (after.as_ref(), 1)] {
            if let Some(place) = place {
                *touched
                    .changes
                    .entry((place.job.clone(), place.number))
                    .or_default() += change;
            }
        }
        if let Some(place) = before {
            pending.remove(place);
        }
        pending.extend(after);
        if pending.is_empty() {
            self.pending.remove(thing);
        }
    }

    /// When the next timer runs out.
    pub(crate) fn next_timer(&self) -> Option<EpochMillis> {
        self.timers.first().map(|(deadline, _, _)| *deadline)
    }

    /// The next execution whose timer has run out by `now`, and when it did.
    pub(crate) fn due(&self, now: EpochMillis) -> Option<(EpochMillis, ExecutionKey, u64)> {
        self.timers
            .first()
            .filter(|(deadline, _, _)| *deadline <= now)
            .cloned()
    }

    /// Ends the input at hand: whose pending lists it has changed, and how.
    pub(crate) fn take_touched(&mut self) -> BTreeMap<ThingName, Touched> {
        std::mem::take(&mut self.touched)
    }
}
