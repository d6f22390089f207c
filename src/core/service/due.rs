//! What falls due for a job: its start, its end, its maintenance windows, its next batch, and the end of its deletion.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>

use crate::protocol::{EpochMillis, JobId};
use crate::service::job::JobStatus;
use crate::service::lifecycle::Cancellation;
use crate::service::schedule::EndBehavior;
use crate::service::state::Service;

impl Service {
    /// Updates the timer of a job. Call it after each change to what the timer depends on.
    pub(crate) fn set_timer(&mut self, id: &JobId) {
        if let Some(job) = self.jobs.derived_mut(id) {
            let due = job.next_due();
            if due != job.timer {
                if let Some(timer) = std::mem::replace(&mut job.timer, due) {
                    self.job_timers.remove(&(timer, id.clone()));
                }
                self.job_timers.extend(due.map(|due| (due, id.clone())));
            }
        }
    }

    /// Runs what is due for a job.
    pub(crate) fn job_is_due(&mut self, id: &JobId, now: EpochMillis) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let is_due = |at: Option<EpochMillis>| at.is_some_and(|at| at <= now);
        if job.status() == JobStatus::DeletionInProgress {
            self.remove_job(id, now);
        } else if is_due(job.next_end()) {
            self.end(id, now);
        } else if is_due(job.next_turn()) {
            self.turn(id, now);
        } else if job.status() == JobStatus::Scheduled {
            job.last_updated_at = now;
            self.start(id, now);
        } else {
            self.release(id, now);
        }
        self.set_timer(id);
    }

    /// The end time of a job has passed.
    fn end(&mut self, id: &JobId, now: EpochMillis) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        job.has_ended = true;
        job.rollout.clear();
        let behavior = job.schedule.end.as_ref().map(|(_, behavior)| *behavior);
        if let Some(EndBehavior::Cancel | EndBehavior::ForceCancel) = behavior {
            let cancellation = Cancellation {
                force: behavior == Some(EndBehavior::ForceCancel),
                ..Cancellation::default()
            };
            self.cancel(id, cancellation, now);
        } else {
            // No further thing gets the job: `endTime` is when it "will stop rollout of the job document". It is completed
            // when the end time has passed and all its executions have ended, so those that exist go on.
            // <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
            // GUESS: those that are queued are still handed out, and if the job has maintenance windows, in those alone. The
            // pages do not say that the end lifts the windows, and without them such a job could never be completed.
            self.roll_up(id, now);
        }
    }

    /// A maintenance window opens or closes. "When an IN_PROGRESS job reaches the end of the current maintenance window", its
    /// rollout stops, and it is SCHEDULED until the next one. GUESS: that counts as an update of the job, like its start.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
    fn turn(&mut self, id: &JobId, now: EpochMillis) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let was_open = job.status() == JobStatus::InProgress;
        let Some(windows) = job.schedule.windows.as_mut() else {
            return;
        };
        let closing = windows.closing(now);
        windows.next_turn = closing.or_else(|| windows.next_opening(now));
        let has_opened = windows.has_opened;
        windows.has_opened |= closing.is_some();
        match (was_open, closing.is_some()) {
            (false, true) => {
                job.last_updated_at = now;
                if has_opened {
                    self.enter(id, JobStatus::InProgress, now);
                    self.release(id, now);
                } else {
                    self.start(id, now);
                }
            }
            (true, false) => {
                job.last_updated_at = now;
                self.enter(id, JobStatus::Scheduled, now);
            }
            // Windows that overlap.
            (true, true) | (false, false) => {}
        }
    }
}
