//! All job executions, with the indexes that save operations from scanning them: the pending list of each thing, the lists
//! of each thing and each job, the running timers, and what the current input has changed.
//!
//! Every change of an execution goes through [`Executions::insert`], [`Executions::change`] or [`Executions::remove`], which
//! update the indexes, so an operation cannot forget to.
//!
//! | file | what it holds |
//! |---|---|
//! | [`key`] | what identifies an execution, and its places |
//! | [`lists`] | the lists of the control plane |
//! | [`pending`] | pending lists, and how an input changes them |
//! | [`of_thing`] | the executions of one thing |
//! | [`across`] | what is kept of the executions of all things together |

mod across;
mod key;
mod lists;
mod of_thing;
mod pending;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::execution::Execution;
use crate::service::executions::across::{Across, RunningTimer};
use crate::service::executions::key::Trace;
use crate::service::executions::of_thing::OfThing;
use crate::service::executions::pending::Handed;
use crate::service::noted::Changed;

pub(crate) use crate::service::executions::key::{ExecutionKey, ListPlace};
pub(crate) use crate::service::executions::pending::{Touched, Withheld};

/// How the number of a job's executions in each status changed: the status before, and the one after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountChange {
    pub(crate) from: Option<JobExecutionStatus>,
    pub(crate) to: Option<JobExecutionStatus>,
}

#[derive(Debug, Default)]
pub(crate) struct Executions {
    of_thing: BTreeMap<ThingName, OfThing>,
    across: Across,
    pub(crate) changed: Changed<(ExecutionKey, u64)>,
}

impl Executions {
    /// The newest execution, or the one with this number.
    pub(crate) fn get(&self, key: &ExecutionKey, number: Option<u64>) -> Option<&Execution> {
        let thing = self.of_thing.get(&key.thing)?;
        match number {
            Some(number) => thing.get(&key.job, number),
            None => thing.attempts(&key.job).next_back(),
        }
    }

    /// All executions, by thing and job, the oldest attempt first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ExecutionKey, &Execution)> {
        self.of_thing.iter().flat_map(|(name, thing)| {
            let all = thing.all();
            all.map(|(job, execution)| (ExecutionKey::new(name.clone(), job.clone()), execution))
        })
    }

    /// All attempts of a thing at a job, oldest first.
    pub(crate) fn attempts(
        &self,
        key: &ExecutionKey,
    ) -> impl DoubleEndedIterator<Item = &Execution> {
        let thing = self.of_thing.get(&key.thing).into_iter();
        thing.flat_map(|thing| thing.attempts(&key.job))
    }

    /// The executions of a job that are on the list before a place, or all of them, the newest first, with their things.
    pub(crate) fn newest_of_job(
        &self,
        job: &JobId,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&ThingName, &Execution))> {
        let lists = self.across.of_job.get(job).into_iter();
        let newest = lists.flat_map(move |lists| lists.newest(status, last));
        newest.filter_map(move |(place, (thing, number))| {
            let execution = self.of_thing.get(thing)?.get(job, *number)?;
            Some((place, (thing, execution)))
        })
    }

    /// The same for the executions of a thing, with their jobs.
    pub(crate) fn newest_of_thing(
        &self,
        thing: &ThingName,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&JobId, &Execution))> {
        let thing = self.of_thing.get(thing).into_iter();
        thing.flat_map(move |thing| {
            let newest = thing.lists.newest(status, last);
            newest
                .filter_map(|(place, (job, number))| Some((place, (job, thing.get(job, *number)?))))
        })
    }

    /// The same for the attempts of a thing at a job, of which there are few.
    pub(crate) fn newest_attempts<'a>(
        &'a self,
        key: &'a ExecutionKey,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&'a JobId, &'a Execution))> {
        let mut attempts: Vec<_> = self
            .attempts(key)
            .filter(|execution| status.is_none_or(|status| execution.status == status))
            .map(|execution| (Trace::of(execution).place, (&key.job, execution)))
            .filter(|(place, _)| last.is_none_or(|last| *place < last))
            .collect();
        attempts.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        attempts.into_iter()
    }

    /// The pending list of a thing, in order.
    pub(crate) fn pending(&self, thing: &ThingName) -> impl Iterator<Item = (&JobId, &Execution)> {
        let thing = self.of_thing.get(thing).into_iter();
        thing.flat_map(|thing| {
            let places = thing.pending.iter();
            places.filter_map(|place| Some((&place.job, thing.get(&place.job, place.number)?)))
        })
    }

    /// The head of the pending list of a thing.
    pub(crate) fn head(&self, thing: &ThingName) -> Option<(&JobId, &Execution)> {
        self.pending(thing).next()
    }

    pub(crate) fn insert(&mut self, key: &ExecutionKey, execution: Execution) -> CountChange {
        let after = Trace::of(&execution);
        let thing = self.of_thing.entry(key.thing.clone()).or_default();
        thing.insert(key.job.clone(), execution);
        note(&mut self.changed, key, after.number);
        self.across.update(key, thing, None, Some(after));
        CountChange {
            from: None,
            to: Some(after.status),
        }
    }

    /// Changes an execution; `None` if it does not exist.
    pub(crate) fn change(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        change: impl FnOnce(&mut Execution),
    ) -> Option<CountChange> {
        let thing = self.of_thing.get_mut(&key.thing)?;
        let execution = thing.get_mut(&key.job, number)?;
        let before = Trace::of(execution);
        change(execution);
        let after = Trace::of(execution);
        note(&mut self.changed, key, number);
        self.across.update(key, thing, Some(before), Some(after));
        Some(CountChange {
            from: Some(before.status),
            to: Some(after.status),
        })
    }

    /// Removes an execution; `None` if it does not exist.
    pub(crate) fn remove(&mut self, key: &ExecutionKey, number: u64) -> Option<CountChange> {
        let thing = self.of_thing.get_mut(&key.thing)?;
        let before = Trace::of(&*thing.remove(&key.job, number)?);
        note(&mut self.changed, key, number);
        self.across.update(key, thing, Some(before), None);
        if thing.is_empty() {
            self.of_thing.remove(&key.thing);
        }
        Some(CountChange {
            from: Some(before.status),
            to: None,
        })
    }

    /// From now on, devices do not get these executions of a job, or get all of them.
    pub(crate) fn withhold(&mut self, job: &JobId, withheld: Option<Withheld>) {
        let before = match withheld {
            Some(withheld) => self.across.withheld.insert(job.clone(), withheld),
            None => self.across.withheld.remove(job),
        };
        let Some(lists) = self.across.of_job.get(job).filter(|_| before != withheld) else {
            return;
        };
        let (queued, in_progress) = (JobExecutionStatus::Queued, JobExecutionStatus::InProgress);
        let affected: &[_] = match (before, withheld) {
            (None | Some(Withheld::Queued), None | Some(Withheld::Queued)) => &[(queued, false)],
            _ => &[(queued, false), (queued, true), (in_progress, false)],
        };
        let affected = affected.iter().flat_map(|list| lists.on(*list));
        let affected: Vec<_> = affected.map(|(_, execution)| execution.clone()).collect();
        for (name, number) in affected {
            if let Some(thing) = self.of_thing.get_mut(&name)
                && let Some(execution) = thing.get(job, number).map(Trace::of)
            {
                let key = ExecutionKey::new(name, job.clone());
                let handed = |withheld| Handed::of(job, execution, withheld);
                let change = (handed(before), handed(withheld));
                self.across.hand(&key, number, thing, change);
            }
        }
    }

    /// From now on, a thing is away, or is not.
    pub(crate) fn set_away(&mut self, name: &ThingName, is_away: bool) {
        let thing = self.of_thing.entry(name.clone()).or_default();
        self.across.set_away(name, thing, is_away);
        if thing.is_empty() {
            self.of_thing.remove(name);
        }
    }

    /// The newest execution, or the one with this number, as its device may see it: none of a job that is being deleted.
    pub(crate) fn for_device(&self, key: &ExecutionKey, number: Option<u64>) -> Option<&Execution> {
        let is_visible = self.across.withheld(&key.job) != Some(Withheld::All);
        self.get(key, number).filter(|_| is_visible)
    }

    /// When the next timer expires.
    pub(crate) fn next_timer(&self) -> Option<EpochMillis> {
        let first = self.across.timers.first();
        first.map(|(deadline, _, _)| *deadline)
    }

    /// The next execution whose timer has expired by `now`, and when it expired.
    pub(crate) fn due(&self, now: EpochMillis) -> Option<RunningTimer> {
        let first = self.across.timers.first();
        first.filter(|(deadline, _, _)| *deadline <= now).cloned()
    }

    /// Ends the current input: returns which pending lists it has changed, and how.
    pub(crate) fn take_touched(&mut self) -> BTreeMap<ThingName, Touched> {
        std::mem::take(&mut self.across.touched)
    }
}

/// Notes that an execution has changed, for a caller that keeps it elsewhere.
fn note(changed: &mut Changed<(ExecutionKey, u64)>, key: &ExecutionKey, number: u64) {
    if changed.is_noting() {
        changed.note(&(key.clone(), number));
    }
}
