//! What is kept of all executions together, whatever thing they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::executions::key::{ExecutionKey, ListPlace, Trace};
use crate::service::executions::lists::{List, Lists};
use crate::service::executions::of_thing::OfThing;
use crate::service::executions::pending::{Handed, Touched, Withheld};

/// A timer that runs: when it expires, and for which execution.
pub(in crate::service::executions) type RunningTimer = (EpochMillis, ExecutionKey, u64);

#[derive(Debug, Default)]
pub(in crate::service::executions) struct Across {
    pub(in crate::service::executions) timers: BTreeSet<RunningTimer>,
    pub(in crate::service::executions) of_job: BTreeMap<JobId, Lists<(ThingName, u64)>>,
    pub(in crate::service::executions) touched: BTreeMap<ThingName, Touched>,
    /// Those of the jobs that withhold any.
    pub(in crate::service::executions) withheld: BTreeMap<JobId, Withheld>,
}

/// The list of its job that an execution is on, and its place there.
fn listed(execution: Trace, is_away: bool) -> (List, ListPlace) {
    let is_apart = is_away && execution.status == JobExecutionStatus::Queued;
    ((execution.status, is_apart), execution.place)
}

impl Across {
    /// Which executions of a job devices do not get.
    pub(in crate::service::executions) fn withheld(&self, job: &JobId) -> Option<Withheld> {
        self.withheld.get(job).copied()
    }

    /// Updates the lists, the timers and the pending list after a change of an execution of this thing.
    pub(in crate::service::executions) fn update(
        &mut self,
        key: &ExecutionKey,
        thing: &mut OfThing,
        before: Option<Trace>,
        after: Option<Trace>,
    ) {
        let Some(number) = after.or(before).map(|execution| execution.number) else {
            return;
        };
        let on_list = |trace: Trace| (trace.status, trace.place);
        if before.map(on_list) != after.map(on_list) {
            let list = |is_away| move |trace| listed(trace, is_away);
            let (from, to) = (before.map(list(false)), after.map(list(false)));
            thing.lists.move_to(from, to, || (key.job.clone(), number));
            let list = list(thing.is_away);
            self.relist(key, number, before.map(list), after.map(list));
        }
        let withheld = self.withheld(&key.job);
        let handed = |trace| Handed::of(&key.job, trace, withheld);
        let (before, after) = (before.map(handed), after.map(handed));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        self.hand(key, number, thing, (before, after));
    }

    /// Updates the lists of a job.
    fn relist(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        before: Option<(List, ListPlace)>,
        after: Option<(List, ListPlace)>,
    ) {
        let lists = self.of_job.entry(key.job.clone()).or_default();
        lists.move_to(before, after, || (key.thing.clone(), number));
        if lists.is_empty() {
            self.of_job.remove(&key.job);
        }
    }

    /// Updates the timers and the pending list, and notes what that changes.
    pub(in crate::service::executions) fn hand(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        thing: &mut OfThing,
        (before, after): (Handed, Handed),
    ) {
        if before.deadline != after.deadline {
            let timer = |deadline| (deadline, key.clone(), number);
            if let Some(deadline) = before.deadline {
                self.timers.remove(&timer(deadline));
            }
            self.timers.extend(after.deadline.map(timer));
        }
        if before.place == after.place {
            return;
        }
        if !thing.is_away {
            let touched = self.touched.entry(key.thing.clone());
            let touched = touched.or_insert_with(|| Touched::new(thing.pending.first()));
            for (place, change) in [(&before.place, -1), (&after.place, 1)] {
                if let Some(place) = place {
                    touched.note(place, change);
                }
            }
        }
        if let Some(place) = &before.place {
            thing.pending.remove(place);
        }
        thing.pending.extend(after.place);
    }

    /// Notes that a thing is away or back.
    pub(in crate::service::executions) fn set_away(
        &mut self,
        name: &ThingName,
        thing: &mut OfThing,
        is_away: bool,
    ) {
        let (queued, in_progress) = (JobExecutionStatus::Queued, JobExecutionStatus::InProgress);
        let (was_away, mut pending) = (thing.is_away, BTreeSet::new());
        thing.is_away = is_away;
        for status in [queued, in_progress] {
            for (_, (job, number)) in thing.lists.on((status, false)) {
                let Some(execution) = thing.get(job, *number).map(Trace::of) else {
                    continue;
                };
                if status == queued {
                    let key = ExecutionKey::new(name.clone(), job.clone());
                    let list = |is_away| Some(listed(execution, is_away));
                    self.relist(&key, *number, list(was_away), list(is_away));
                }
                pending.extend(Handed::of(job, execution, self.withheld(job)).place);
            }
        }
        thing.pending = pending;
    }
}
