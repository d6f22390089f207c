//! What follows when the groups of a thing change, in whatever way they change.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html#iot-CreateJob-request-targetSelection>

use std::collections::BTreeSet;

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::execution::ExecutionEvent;
use crate::service::executions::ExecutionKey;
use crate::service::job::{Job, JobTarget};
use crate::service::state::Service;

impl Service {
    /// The groups that contain a thing.
    pub(crate) fn all_groups_of(&self, thing: &ThingName) -> BTreeSet<String> {
        let groups = self.registry.groups_of(thing).into_iter();
        groups.map(ToOwned::to_owned).collect()
    }

    /// After a change of a thing, or of its static groups: its dynamic groups follow, and then the rights and the CONTINUOUS
    /// jobs by all the groups that it has joined or left.
    pub(crate) fn follow_thing(
        &mut self,
        thing: &ThingName,
        before: &BTreeSet<String>,
        now: EpochMillis,
    ) {
        self.registry.place(thing);
        let groups = self.all_groups_of(thing);
        let joined: Vec<&str> = groups.difference(before).map(String::as_str).collect();
        let left: Vec<&str> = before.difference(&groups).map(String::as_str).collect();
        self.membership_changed(&[&joined[..], &left[..]].concat(), thing);
        let joined = self.registry.continuous_jobs(joined);
        let mut left = self.registry.continuous_jobs(left);
        if !left.is_empty() {
            let groups = groups.iter().map(String::as_str);
            let kept = self.registry.continuous_jobs(groups);
            left.retain(|job| !kept.contains(job));
        }
        for job in joined {
            if self.jobs.get(&job).is_some_and(Job::is_open) {
                self.queue_at_once(&job, thing, now);
            }
        }
        for job in left {
            self.lose(&job, thing, now);
        }
    }

    /// After a change of the query of a dynamic group.
    pub(crate) fn follow_query(&mut self, group: &str, now: EpochMillis) {
        for thing in self.registry.misplaced(group) {
            let before = self.all_groups_of(&thing);
            self.follow_thing(&thing, &before, now);
        }
    }

    /// Removes a group without child groups. What is in other dynamic groups because of it follows.
    ///
    /// GUESS: it is not documented what happens to executions of jobs that target the group; they stay.
    pub(crate) fn remove_group(&mut self, group: &str, now: EpochMillis) {
        let things = self.registry.groups.get(group);
        let things = things.map(|group| group.things.clone()).unwrap_or_default();
        // GUESS: policies do not keep a group from being deleted; the operation has no exception for that.
        self.detach_all_policies(group);
        self.registry.remove_group(group);
        for thing in things {
            if self.principals.has_group_policies() {
                // By the groups that contain this one.
                self.principals.thing_changed(&thing);
            }
            let before = self.all_groups_of(&thing);
            self.follow_thing(&thing, &before, now);
        }
    }

    /// A thing that has left the target groups of a CONTINUOUS job loses the job if it has not started it.
    fn lose(&mut self, job: &JobId, thing: &ThingName, now: EpochMillis) {
        let direct = JobTarget::Thing(thing.clone());
        let Some(found) = self.jobs.get_mut(job) else {
            return;
        };
        if found.targets().any(|target| *target == direct) {
            return;
        }
        found.rollout.remove(thing);
        self.set_timer(job);
        let key = ExecutionKey::new(thing.clone(), job.clone());
        let newest = self.executions.get(&key, None);
        if let Some(number) = newest.map(|newest| newest.number) {
            // An execution in progress may be finished, and one that has ended stays.
            let _refused = self.apply(&key, number, ExecutionEvent::LeaveGroup, now);
        }
    }
}
