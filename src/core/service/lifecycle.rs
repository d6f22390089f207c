//! The life of a job and its executions, whether the device, the control plane or a timer causes the change.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::abort::ABORT_REASON_CODE;
use crate::service::account_events::JobOperation;
use crate::service::diary::{self, Abort, Change, Event, Timer};
use crate::service::execution::{self, Execution, ExecutionEvent, TransitionRefusal};
use crate::service::executions::{CountChange, ExecutionKey};
use crate::service::job::{Job, JobStatus, JobTarget};
use crate::service::objects::placeholder::Recipient;
use crate::service::retries::Retries;
use crate::service::state::Service;

/// A cancellation of a job.
#[derive(Debug, Default)]
pub(crate) struct Cancellation {
    /// Whether executions in progress are cancelled as well.
    pub(crate) force: bool,
    /// The reason code.
    pub(crate) reason_code: Option<String>,
    pub(crate) comment: Option<String>,
}

impl Service {
    /// The document of a job as a device receives it.
    pub(crate) fn device_document(&self, recipient: Recipient<'_>) -> Option<Cow<'_, RawValue>> {
        let job = self.jobs.get(recipient.job)?;
        Some(job.document_for(&self.identity, recipient))
    }

    /// Adds a new job: its targets get it now, or at its start time.
    pub(crate) fn add_job(&mut self, id: &JobId, job: Job, now: EpochMillis) {
        let targets: Vec<JobTarget> = job.targets().cloned().collect();
        let (is_continuous, status) = (job.continuous, job.status());
        self.jobs.insert(id.clone(), job);
        if is_continuous {
            self.follow(id, &targets);
        }
        if status == JobStatus::InProgress {
            self.start(id, now);
        }
        self.set_timer(id);
    }

    /// Registers a CONTINUOUS job with its target groups, so that new members get it.
    pub(crate) fn follow(&mut self, job: &JobId, targets: &[JobTarget]) {
        for target in targets {
            if let JobTarget::Group(group) = target
                && let Some(group) = self.registry.groups.get_mut(group)
            {
                group.continuous_jobs.insert(job.clone());
            }
        }
    }

    /// Removes an execution. The caller has to update the counts of its job.
    pub(crate) fn remove_execution(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        now: EpochMillis,
    ) -> Option<CountChange> {
        let execution = self.executions.get(key, Some(number))?;
        self.events
            .note_deletion(key, execution, &self.identity, now);
        let change = self.executions.remove(key, number)?;
        self.note_execution(key, number, change, None, now);
        Some(change)
    }

    pub(crate) fn note_job(&mut self, id: &JobId, operation: JobOperation, now: EpochMillis) {
        if let Some(job) = self.jobs.get(id) {
            self.events.note_job(id, job, operation, now);
        }
    }

    /// Begins the rollout of a job.
    pub(crate) fn start(&mut self, id: &JobId, now: EpochMillis) {
        self.enter(id, JobStatus::InProgress, now);
        let Some(job) = self.jobs.get(id) else {
            return;
        };
        let targets: Vec<JobTarget> = job.targets().cloned().collect();
        let things = self.registry.reached(&targets);
        self.enqueue(id, things, now);
        // GUESS: a SNAPSHOT job that reaches no thing is complete at once. The guide lets a job be completed "when all of
        // its job executions have been completed", and no recording has a job without any.
        self.roll_up(id, now);
    }

    /// Gives a job to things, as fast as its rollout configuration allows. A thing whose newest execution has not ended
    /// keeps that one (recorded session).
    pub(crate) fn enqueue(
        &mut self,
        id: &JobId,
        things: impl IntoIterator<Item = ThingName>,
        now: EpochMillis,
    ) {
        for thing in things {
            let key = ExecutionKey::new(thing, id.clone());
            let newest = self.executions.get(&key, None);
            if newest.is_none_or(|newest| newest.status.is_terminal())
                && let Some(job) = self.jobs.get_mut(id)
            {
                job.rollout.add(key.thing);
            }
        }
        self.release(id, now);
    }

    /// Gives a job to a thing that joins a target group: "After a job has been created, for any new devices, the job
    /// executions are created in near-real time as soon as the devices join the target group", whatever the rollout rate. A
    /// thing whose newest execution has not ended keeps that one (recorded session), but its retries count from zero: "the
    /// number of retry attempts is reset to zero when there are updates to a thing's group membership". GUESS: a thing that
    /// still waits because of another group stops waiting, and a thing that joins does not count for the growth of the rate;
    /// neither is documented. GUESS: between two maintenance windows, when the job is not rolled out, the thing waits for the
    /// next one.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    pub(crate) fn queue_at_once(&mut self, id: &JobId, thing: &ThingName, now: EpochMillis) {
        let key = ExecutionKey::new(thing.clone(), id.clone());
        let newest = self.executions.get(&key, None);
        if let Some(newest) = newest.filter(|newest| !newest.status.is_terminal()) {
            let number = newest.number;
            self.executions.change(&key, number, |execution| {
                execution.retries = Retries::default();
            });
        } else if let Some(job) = self.jobs.get_mut(id) {
            if job.is_paused() {
                job.rollout.add(thing.clone());
                return;
            }
            job.rollout.remove(thing);
            self.queue(&key, Retries::default(), now);
            self.set_timer(id);
        }
    }

    /// Gives a job to the things whose turn it is.
    pub(crate) fn release(&mut self, id: &JobId, now: EpochMillis) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let succeeded = job.count(JobExecutionStatus::Succeeded);
        let things = job.rollout.take(now, succeeded);
        if let Some(opened) = job.rollout.take_opened() {
            self.diary.note_minute(now, id, opened);
        }
        for thing in things {
            // GUESS: a thing that was deleted while it waited gets nothing.
            if self.registry.things.contains_key(&thing) {
                let key = ExecutionKey::new(thing, id.clone());
                self.queue(&key, Retries::default(), now);
            }
        }
        self.roll_up(id, now);
        self.set_timer(id);
    }

    /// Cancels a job: queued executions are cancelled, those in progress only with force, and waiting things no longer get
    /// it.
    pub(crate) fn cancel(&mut self, id: &JobId, cancellation: Cancellation, now: EpochMillis) {
        self.enter(id, JobStatus::Canceled, now);
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let force = cancellation.force;
        job.reason_code = cancellation.reason_code;
        job.comment = cancellation.comment;
        job.force_canceled = Some(force);
        job.last_updated_at = now;
        job.completed_at = Some(now);
        job.rollout.clear();
        let things = job.things.clone();
        self.note_job(id, JobOperation::CancellationInProgress, now);
        for thing in things {
            let key = ExecutionKey::new(thing, id.clone());
            if let Some(number) = self.executions.get(&key, None).map(|newest| newest.number) {
                // Executions that have ended stay as they are; without force, so do those in progress.
                let _refused = self.apply(&key, number, ExecutionEvent::Cancel { force }, now);
            }
        }
        self.note_job(id, JobOperation::Canceled, now);
        self.set_timer(id);
    }

    /// Queues the next execution of a job for a thing: the first, or the next attempt.
    fn queue(&mut self, key: &ExecutionKey, retries: Retries, now: EpochMillis) {
        let newest = self.executions.get(key, None);
        let number = newest.map_or(1, |newest| newest.number + 1);
        let mut execution = Execution::queued(number, self.ids.next_sequence(), now);
        execution.retries = retries;
        let change = self.executions.insert(key, execution);
        self.note_execution(key, number, change, None, now);
        self.count(&key.job, change);
        if let Some(job) = self.jobs.derived_mut(&key.job) {
            job.things.insert(key.thing.clone());
        }
    }

    /// Applies an event to an execution, with all that follows for its job.
    pub(crate) fn apply(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        event: ExecutionEvent,
        now: EpochMillis,
    ) -> Result<(), TransitionRefusal> {
        let Some(execution) = self.executions.get(key, Some(number)) else {
            return Err(TransitionRefusal::NoOp);
        };
        let status = execution::next(execution.status, event)?;
        let starts = execution.status == JobExecutionStatus::Queued
            && status == JobExecutionStatus::InProgress;
        let retries = execution.retries;
        let timer = (event == ExecutionEvent::TimeOut).then(|| diary::timer(execution));
        let job = self.jobs.get(&key.job);
        if job.is_some_and(|job| job.status() == JobStatus::DeletionInProgress) {
            return Err(TransitionRefusal::NoOp);
        }
        let timeout = job.and_then(|job| job.in_progress_timeout_minutes);
        let change = self.executions.change(key, number, |execution| {
            execution.enter(status, now);
            if starts {
                execution.in_progress_deadline = timeout.map(|minutes| now.plus_minutes(minutes));
            }
            if let ExecutionEvent::Cancel { force } = event {
                execution.force_canceled = Some(force);
            }
        });
        if let Some(change) = change {
            self.note_execution(key, number, change, timer, now);
            self.count(&key.job, change);
        }
        if status.is_terminal() {
            self.events.note_end(key, number);
            self.follow_up((key, number), status, retries, now);
        }
        Ok(())
    }

    /// Handles the end of an execution: its job may be completed or aborted, or the next attempt is queued.
    fn follow_up(
        &mut self,
        (key, number): (&ExecutionKey, u64),
        status: JobExecutionStatus,
        retries: Retries,
        now: EpochMillis,
    ) {
        let retry = self.retry(key, status, retries);
        // Recorded session: the last execution completes the job even if it meets the abort criteria.
        if retry.is_none() {
            self.roll_up(&key.job, now);
        }
        self.abort_if_due(&key.job, Some((&key.thing, number)), now);
        // The abort may have ended the job.
        if let Some(retries) = retry
            && self.jobs.get(&key.job).is_some_and(Job::is_under_way)
        {
            self.queue(key, retries, now);
        }
    }

    /// The retry count of the next attempt, or `None` without one: up to "the maximum number of retry attempts for this
    /// failure type", and "when a thing is removed from the thing group, additional retry attempts are canceled". GUESS: nor is
    /// there one after the end time of the job, when it "will stop rollout of the job document".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
    fn retry(
        &self,
        key: &ExecutionKey,
        status: JobExecutionStatus,
        retries: Retries,
    ) -> Option<Retries> {
        let job = self.jobs.get(&key.job)?;
        let is_allowed = job.is_open()
            && job.retry.iter().any(|it| it.allows(status, retries))
            && self.registry.reaches(job.targets(), &key.thing);
        is_allowed.then(|| retries.and(status))
    }

    /// Aborts a job if one of its criteria is met, for which the end of an execution may be the cause; the first of the criteria
    /// counts (recorded session).
    pub(crate) fn abort_if_due(
        &mut self,
        id: &JobId,
        ended: Option<(&ThingName, u64)>,
        now: EpochMillis,
    ) {
        let job = self.jobs.get(id);
        let Some(job) = job.filter(|job| job.is_under_way()) else {
            return;
        };
        let mut criteria = job.abort.iter();
        let found = criteria.find_map(|it| Some((it, it.met(|status| job.count(status))?)));
        if let Some((criteria, met)) = found {
            let abort = || Abort {
                failure_type: criteria.failure_type.clone(),
                threshold_percentage: criteria.threshold_percentage,
                min_number_of_executed_things: criteria.min_number_of_executed_things,
                failures: met.failures,
                completed: met.completed,
                tipped_by: ended.map(|(thing, number)| (thing.clone(), number)),
            };
            self.diary.note(now, id, || Event::Abort(abort()));
            let cancellation = Cancellation {
                force: false,
                reason_code: Some(ABORT_REASON_CODE.to_owned()),
                comment: Some(criteria.comment(met)),
            };
            self.cancel(id, cancellation, now);
        }
    }

    fn note_execution(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        CountChange { from, to }: CountChange,
        timer: Option<Timer>,
        now: EpochMillis,
    ) {
        if from != to {
            let thing = &key.thing;
            self.diary.note(now, &key.job, || {
                Event::Execution(Change {
                    thing: thing.clone(),
                    execution_number: number,
                    from,
                    to,
                    timer,
                })
            });
        }
    }

    pub(crate) fn enter(&mut self, id: &JobId, status: JobStatus, now: EpochMillis) {
        self.jobs.set_status(id, status);
        let withheld = self.jobs.get(id).and_then(Job::withheld);
        self.executions.withhold(id, withheld);
        self.diary.note(now, id, || Event::Job(status.as_str()));
    }

    /// Updates the counts of a job after a change of its executions.
    pub(crate) fn count(&mut self, job: &JobId, change: CountChange) {
        if let Some(job) = self.jobs.derived_mut(job) {
            if let Some(from) = change.from {
                let count = job.counts.entry(from).or_default();
                *count = count.saturating_sub(1);
            }
            if let Some(to) = change.to {
                *job.counts.entry(to).or_default() += 1;
            }
        }
    }

    /// Completes a SNAPSHOT job once all its executions have ended, whatever their status; a CONTINUOUS job only if its end
    /// time has also passed. <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
    pub(crate) fn roll_up(&mut self, id: &JobId, now: EpochMillis) {
        let is_over = self.jobs.get(id).is_some_and(|job| {
            // The end of a job may come before its first maintenance window.
            let may_end =
                job.is_under_way() || (job.status() == JobStatus::Scheduled && job.has_ended);
            may_end && (!job.continuous || job.has_ended) && job.is_finished()
        });
        if is_over && let Some(job) = self.jobs.get_mut(id) {
            job.completed_at = Some(now);
            job.last_updated_at = now;
            self.enter(id, JobStatus::Completed, now);
            self.note_job(id, JobOperation::Completed, now);
            self.set_timer(id);
        }
    }
}
