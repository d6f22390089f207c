//! All jobs, with indexes so that a page of a list costs only what it shows: their order by status, by target selection, and
//! by the group that they target.
//!
//! Everything that these indexes depend on is changed only here: [`Jobs::insert`], [`Jobs::remove`], [`Jobs::set_status`]
//! and [`Jobs::add_targets`] update them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use crate::protocol::{JobId, ThingName};
use crate::service::behind::before;
use crate::service::job::{Job, JobStatus, JobTarget};
use crate::service::newest_first::newest_first;
use crate::service::noted::{Changed, Noted};

/// Which jobs to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobFilter<'a> {
    /// Only jobs with one of these statuses.
    pub(crate) statuses: &'a [JobStatus],
    pub(crate) continuous: Option<bool>,
    /// Only jobs that target this group.
    pub(crate) group: Option<&'a str>,
}

/// One list: all jobs, or those that target a group, with one status and one target selection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ListKey {
    group: Option<String>,
    status: JobStatus,
    continuous: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    by_id: Noted<JobId, Job>,
    /// Places in the queues of jobs that were removed.
    left: Changed<(JobId, u64)>,
    /// By the numbers of the jobs.
    lists: BTreeMap<ListKey, BTreeMap<u64, JobId>>,
}

impl Jobs {
    pub(crate) fn get(&self, id: &JobId) -> Option<&Job> {
        self.by_id.get(id)
    }

    /// A job whose members may be changed, except those that a list depends on.
    pub(crate) fn get_mut(&mut self, id: &JobId) -> Option<&mut Job> {
        self.by_id.get_mut(id)
    }

    /// The same for members that follow from its executions or from its other members.
    pub(crate) fn derived_mut(&mut self, id: &JobId) -> Option<&mut Job> {
        self.by_id.derived_mut(id)
    }

    pub(crate) fn contains_key(&self, id: &JobId) -> bool {
        self.by_id.contains_key(id)
    }

    /// All jobs, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&JobId, &Job)> {
        self.by_id.iter()
    }

    pub(crate) fn insert(&mut self, id: JobId, mut job: Job) {
        self.list(&id, &job);
        if self.left.is_noting() {
            job.rollout.waiting.changed.begin();
        }
        self.by_id.insert(id, job);
    }

    pub(crate) fn remove(&mut self, id: &JobId) -> Option<Job> {
        let mut job = self.by_id.remove(id)?;
        self.unlist(&job);
        if self.left.is_noting() {
            let changed = job.rollout.waiting.changed.take();
            for place in job.rollout.waiting.keys().chain(&changed) {
                self.left.note(&(id.clone(), *place));
            }
        }
        Some(job)
    }

    /// From now on, changes are noted.
    pub(crate) fn note_changes(&mut self) {
        self.by_id.changed.begin();
        self.left.begin();
        let ids: Vec<JobId> = self.by_id.keys().cloned().collect();
        for id in ids {
            if let Some(job) = self.by_id.derived_mut(&id) {
                job.rollout.waiting.changed.begin();
            }
        }
    }

    /// The jobs that have changed since the last call, and the places in their queues that have.
    pub(crate) fn take_changed(&mut self) -> (BTreeSet<JobId>, BTreeSet<(JobId, u64)>) {
        let (jobs, mut places) = (self.by_id.changed.take(), self.left.take());
        for id in &jobs {
            if let Some(job) = self.by_id.derived_mut(id) {
                let changed = job.rollout.waiting.changed.take();
                places.extend(changed.into_iter().map(|place| (id.clone(), place)));
            }
        }
        (jobs, places)
    }

    /// The thing that waits for a job at this place of its queue.
    pub(crate) fn waiting(&self, id: &JobId, place: u64) -> Option<&ThingName> {
        self.by_id.get(id)?.rollout.waiting.get(&place)
    }

    pub(crate) fn set_status(&mut self, id: &JobId, status: JobStatus) {
        self.change(id, |job| job.status = status);
    }

    pub(crate) fn add_targets(&mut self, id: &JobId, targets: Vec<(JobTarget, String)>) {
        self.change(id, |job| job.targets.extend(targets));
    }

    /// How many jobs have this status.
    pub(crate) fn number(&self, status: JobStatus) -> usize {
        let filter = JobFilter {
            statuses: &[status],
            continuous: None,
            group: None,
        };
        let lists = keys(&filter).filter_map(|key| self.lists.get(&key));
        lists.map(BTreeMap::len).sum()
    }

    /// The jobs that were created before the one with this number, or all jobs, the newest first, with their numbers.
    pub(crate) fn newest_first<'a>(
        &'a self,
        filter: &JobFilter<'_>,
        number: Option<u64>,
    ) -> impl Iterator<Item = (u64, (&'a JobId, &'a Job))> + use<'a> {
        let lists: Vec<_> = keys(filter)
            .filter_map(|key| self.lists.get(&key))
            .map(|list| {
                list.range(before(number))
                    .rev()
                    .map(|(number, id)| (*number, id))
            })
            .collect();
        newest_first(lists).filter_map(|(number, id)| Some((number, (id, self.by_id.get(id)?))))
    }

    fn change(&mut self, id: &JobId, change: impl FnOnce(&mut Job)) {
        if let Some(mut job) = self.by_id.remove(id) {
            self.unlist(&job);
            change(&mut job);
            self.insert(id.clone(), job);
        }
    }

    fn list(&mut self, id: &JobId, job: &Job) {
        for key in keys_of(job) {
            let list = self.lists.entry(key).or_default();
            list.insert(job.sequence, id.clone());
        }
    }

    fn unlist(&mut self, job: &Job) {
        for key in keys_of(job) {
            if let Some(list) = self.lists.get_mut(&key) {
                list.remove(&job.sequence);
                if list.is_empty() {
                    self.lists.remove(&key);
                }
            }
        }
    }
}

impl Index<&JobId> for Jobs {
    type Output = Job;

    fn index(&self, id: &JobId) -> &Job {
        &self.by_id[id]
    }
}

/// The lists that a job is on.
fn keys_of(job: &Job) -> impl Iterator<Item = ListKey> {
    let groups: BTreeSet<&String> = job
        .targets()
        .filter_map(|target| match target {
            JobTarget::Group(group) => Some(group),
            JobTarget::Thing(_) => None,
        })
        .collect();
    let groups = groups.into_iter().map(|group| Some(group.clone()));
    std::iter::once(None).chain(groups).map(|group| ListKey {
        group,
        status: job.status,
        continuous: job.continuous,
    })
}

/// The lists that together make up the wanted one.
fn keys(filter: &JobFilter<'_>) -> impl Iterator<Item = ListKey> {
    let group = filter.group.map(ToOwned::to_owned);
    let selections = [false, true]
        .into_iter()
        .filter(|continuous| filter.continuous.is_none_or(|wanted| wanted == *continuous));
    selections.flat_map(move |continuous| {
        let group = group.clone();
        filter.statuses.iter().map(move |status| ListKey {
            group: group.clone(),
            status: *status,
            continuous,
        })
    })
}
