//! All job executions, with the indexes that save operations from scanning them: the pending list of each thing, the lists
//! of each thing and each job, the running timers, and what the current input has changed.
//!
//! Every change of an execution goes through [`Executions::insert`], [`Executions::change`] or [`Executions::remove`], which
//! update the indexes, so an operation cannot forget to.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::behind::before;
use crate::service::execution::Execution;
use crate::service::newest_first::newest_first;
use crate::service::noted::Changed;

/// Identifies the attempts of a thing at a job.
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
    /// The number of the execution.
    pub(crate) number: u64,
}

/// Which executions of a job devices do not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Those that are queued: its maintenance window is closed.
    Queued,
    /// All of them, and their timers stand still: the job is being deleted.
    All,
}

impl PendingPlace {
    fn of(job: &JobId, execution: &Execution, withheld: Option<Withheld>) -> Option<Self> {
        let is_handed_out = match withheld {
            None => true,
            Some(Withheld::Queued) => execution.status != JobExecutionStatus::Queued,
            Some(Withheld::All) => false,
        };
        (is_handed_out && !execution.status.is_terminal()).then(|| Self {
            queued: execution.status == JobExecutionStatus::Queued,
            queued_at: execution.queued_at,
            sequence: execution.sequence,
            job: job.clone(),
            number: execution.number,
        })
    }
}

/// What the current input has done to the pending list of one thing so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// The head of the list before the input.
    pub(crate) head_before: Option<(JobId, u64)>,
    /// Executions that were added to the list (+1) or removed from it (-1); zero for those that were both.
    changes: BTreeMap<(JobId, u64), i8>,
}

impl Touched {
    /// Whether the list now has different members.
    pub(crate) fn members_changed(&self) -> bool {
        self.changes.values().any(|change| *change != 0)
    }
}

/// The executions of a job or of a thing, by status, then by the time of the last change and by creation.
type ByStatus = BTreeMap<JobExecutionStatus, BTreeMap<ListPlace, (ExecutionKey, u64)>>;

/// A place on the lists of the control plane: when the execution last changed, in milliseconds, and its sequence.
pub(crate) type ListPlace = (u64, u64);

/// The list that an execution is on, and its place.
type Listed = (JobExecutionStatus, ListPlace);

fn list_place(execution: &Execution) -> ListPlace {
    (execution.last_updated_at.0, execution.sequence)
}

/// How the number of a job's executions in each status changed: the status before, and the one after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountChange {
    pub(crate) from: Option<JobExecutionStatus>,
    pub(crate) to: Option<JobExecutionStatus>,
}

/// A timer that runs: when it expires, and for which execution.
type RunningTimer = (EpochMillis, ExecutionKey, u64);

/// What of an execution concerns its device.
#[derive(Debug, Default)]
struct Handed {
    timer: Option<RunningTimer>,
    place: Option<PendingPlace>,
}

impl Handed {
    fn of(key: &ExecutionKey, execution: &Execution, withheld: Option<Withheld>) -> Self {
        let deadline = execution.deadline();
        let deadline = deadline.filter(|_| withheld != Some(Withheld::All));
        Self {
            timer: deadline.map(|deadline| (deadline, key.clone(), execution.number)),
            place: PendingPlace::of(&key.job, execution, withheld),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Executions {
    by_key: BTreeMap<ExecutionKey, BTreeMap<u64, Execution>>,
    pending: BTreeMap<ThingName, BTreeSet<PendingPlace>>,
    timers: BTreeSet<RunningTimer>,
    of_job: BTreeMap<JobId, ByStatus>,
    of_thing: BTreeMap<ThingName, ByStatus>,
    touched: BTreeMap<ThingName, Touched>,
    /// Those of the jobs that withhold any.
    withheld: BTreeMap<JobId, Withheld>,
    pub(crate) changed: Changed<(ExecutionKey, u64)>,
}

impl Executions {
    /// The newest execution, or the one with this number.
    pub(crate) fn get(&self, key: &ExecutionKey, number: Option<u64>) -> Option<&Execution> {
        let attempts = self.by_key.get(key)?;
        match number {
            Some(number) => attempts.get(&number),
            None => attempts.last_key_value().map(|(_, execution)| execution),
        }
    }

    /// All executions, by thing and job, the oldest attempt first.
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

    /// The executions of a job that are on the list before a place, or all of them, the newest first.
    pub(crate) fn newest_of_job(
        &self,
        job: &JobId,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&ExecutionKey, &Execution))> {
        self.newest(self.of_job.get(job), status, last)
    }

    /// The same for the executions of a thing.
    pub(crate) fn newest_of_thing(
        &self,
        thing: &ThingName,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&ExecutionKey, &Execution))> {
        self.newest(self.of_thing.get(thing), status, last)
    }

    /// The same for the attempts of a thing at a job, of which there are few.
    pub(crate) fn newest_attempts<'a>(
        &'a self,
        key: &'a ExecutionKey,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&'a ExecutionKey, &'a Execution))> {
        let mut attempts: Vec<_> = self
            .attempts(key)
            .filter(|execution| status.is_none_or(|status| execution.status == status))
            .map(|execution| (list_place(execution), (key, execution)))
            .filter(|(place, _)| last.is_none_or(|last| *place < last))
            .collect();
        attempts.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        attempts.into_iter()
    }

    fn newest<'a>(
        &'a self,
        lists: Option<&'a ByStatus>,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, (&'a ExecutionKey, &'a Execution))> {
        let lists = lists.into_iter().flatten();
        let lists = lists.filter(move |(listed, _)| status.is_none_or(|status| status == **listed));
        let lists = lists.map(move |(_, list)| {
            let newest = list.range(before(last)).rev();
            newest.map(|(place, execution)| (*place, execution))
        });
        newest_first(lists).filter_map(|(place, (key, number))| {
            Some((place, (key, self.by_key.get(key)?.get(number)?)))
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

    /// The head of the pending list of a thing.
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

    /// Changes an execution; `None` if it does not exist.
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

    /// Removes an execution; `None` if it does not exist.
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
        if self.changed.is_noting() {
            self.changed.note(&(key.clone(), number));
        }
        let after = self
            .by_key
            .get(key)
            .and_then(|attempts| attempts.get(&number));
        let withheld = self.withheld.get(&key.job).copied();
        let place = |execution: &Execution| (execution.status, list_place(execution));
        let listed = (before.map(place), after.map(place));
        let handed = |execution| Handed::of(key, execution, withheld);
        let (handed_before, handed_after) = (before.map(handed), after.map(handed));
        self.relist(key, number, listed);
        self.hand(
            &key.thing,
            &handed_before.unwrap_or_default(),
            handed_after.unwrap_or_default(),
        );
    }

    /// Updates the timers and the pending list of a thing after a change of one of its executions.
    fn hand(&mut self, thing: &ThingName, before: &Handed, after: Handed) {
        if before.timer != after.timer {
            if let Some(timer) = &before.timer {
                self.timers.remove(timer);
            }
            self.timers.extend(after.timer);
        }
        if before.place != after.place {
            self.move_place(thing, before.place.as_ref(), after.place);
        }
    }

    /// From now on, devices do not get these executions of a job, or get all of them.
    pub(crate) fn withhold(&mut self, job: &JobId, withheld: Option<Withheld>) {
        let before = match withheld {
            Some(withheld) => self.withheld.insert(job.clone(), withheld),
            None => self.withheld.remove(job),
        };
        if before == withheld {
            return;
        }
        let lists = self.of_job.get(job).into_iter().flatten();
        let open = lists.filter(|(status, _)| !status.is_terminal());
        let open: Vec<_> = open.flat_map(|(_, list)| list.values()).cloned().collect();
        for (key, number) in open {
            let attempts = self.by_key.get(&key);
            if let Some(execution) = attempts.and_then(|attempts| attempts.get(&number)) {
                let handed = |withheld| Handed::of(&key, execution, withheld);
                let (before, after) = (handed(before), handed(withheld));
                self.hand(&key.thing, &before, after);
            }
        }
    }

    /// The newest execution, or the one with this number, as its device may see it: none of a job that is being deleted.
    pub(crate) fn for_device(&self, key: &ExecutionKey, number: Option<u64>) -> Option<&Execution> {
        let is_visible = self.withheld.get(&key.job) != Some(&Withheld::All);
        self.get(key, number).filter(|_| is_visible)
    }

    /// Updates the lists of a job and of a thing after a change of one of their executions.
    fn relist(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        (before, after): (Option<Listed>, Option<Listed>),
    ) {
        if before == after {
            return;
        }
        move_on_list(&mut self.of_job, &key.job, key, number, (before, after));
        move_on_list(&mut self.of_thing, &key.thing, key, number, (before, after));
    }

    /// Updates the pending list of a thing after a change of one of its executions, and notes what that changes.
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

    /// When the next timer expires.
    pub(crate) fn next_timer(&self) -> Option<EpochMillis> {
        self.timers.first().map(|(deadline, _, _)| *deadline)
    }

    /// The next execution whose timer has expired by `now`, and when it expired.
    pub(crate) fn due(&self, now: EpochMillis) -> Option<RunningTimer> {
        self.timers
            .first()
            .filter(|(deadline, _, _)| *deadline <= now)
            .cloned()
    }

    /// Ends the current input: returns which pending lists it has changed, and how.
    pub(crate) fn take_touched(&mut self) -> BTreeMap<ThingName, Touched> {
        std::mem::take(&mut self.touched)
    }
}

/// Moves an execution from its old list to its new one. Empty lists are removed.
fn move_on_list<K: Ord + Clone>(
    all: &mut BTreeMap<K, ByStatus>,
    owner: &K,
    key: &ExecutionKey,
    number: u64,
    (before, after): (Option<Listed>, Option<Listed>),
) {
    let lists = all.entry(owner.clone()).or_default();
    if let Some((status, place)) = before
        && let Some(list) = lists.get_mut(&status)
    {
        list.remove(&place);
        if list.is_empty() {
            lists.remove(&status);
        }
    }
    if let Some((status, place)) = after {
        let list = lists.entry(status).or_default();
        list.insert(place, (key.clone(), number));
    }
    if lists.is_empty() {
        all.remove(owner);
    }
}
