//! The deletion of a job.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>

use std::time::Duration;

use crate::protocol::{EpochMillis, JobId};
use crate::service::account_events::JobOperation;
use crate::service::executions::ExecutionKey;
use crate::service::job::{JobStatus, JobTarget};
use crate::service::state::Service;

impl Service {
    /// Lets a deletion take this long; without it, a job is gone at once.
    #[must_use]
    pub fn with_deletion_time(mut self, time: Duration) -> Self {
        self.deletion_time = time;
        self
    }

    /// Begins the deletion of a job. GUESS: its executions exist until its end, but their devices no longer see them, their timers
    /// stand still, and things that wait for the job no longer do; the page says that a device becomes "unable to access job
    /// information or update the job execution status", but not when.
    pub(crate) fn delete_job(&mut self, id: &JobId, now: EpochMillis) {
        self.note_job(id, JobOperation::DeletionInProgress, now);
        if self.deletion_time.is_zero() {
            self.remove_job(id, now);
            return;
        }
        if let Some(job) = self.jobs.get_mut(id) {
            job.gone_at = Some(now.plus(self.deletion_time));
            job.last_updated_at = now;
            job.rollout.clear();
        }
        self.enter(id, JobStatus::DeletionInProgress, now);
        self.set_timer(id);
    }

    /// Ends the deletion of a job: it is gone with all its executions.
    pub(crate) fn remove_job(&mut self, id: &JobId, now: EpochMillis) {
        let things = self.jobs.get(id).map(|job| job.things.clone());
        for thing in things.unwrap_or_default() {
            let key = ExecutionKey::new(thing, id.clone());
            let attempts = self.executions.attempts(&key);
            let numbers: Vec<u64> = attempts.map(|execution| execution.number).collect();
            for number in numbers {
                self.remove_execution(&key, number, now);
            }
        }
        self.note_job(id, JobOperation::Deleted, now);
        self.executions.withhold(id, None);
        let Some(job) = self.jobs.remove(id) else {
            return;
        };
        if let Some(timer) = job.timer {
            self.job_timers.remove(&(timer, id.clone()));
        }
        for target in job.targets() {
            if let JobTarget::Group(group) = target
                && let Some(group) = self.registry.groups.get_mut(group)
            {
                group.continuous_jobs.remove(id);
            }
        }
    }
}
