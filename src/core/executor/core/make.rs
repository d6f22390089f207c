//! Makes a move: what is decided, sent, written and started.

use std::time::Duration;

use crate::executor::core::action::{Action, Start};
use crate::executor::core::attempt::{Phase, simulated};
use crate::executor::core::device::Device;
use crate::executor::core::execution::ExecutionId;
use crate::executor::core::memory::Verdict;
use crate::executor::core::moves::Move;
use crate::executor::step::Task;
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, EpochMillis, GetPendingJobExecutionsRequest,
    JobExecutionStatus, JobRef, StartNextPendingJobExecutionRequest, StatusDetails,
    UpdateJobExecutionRequest,
};

/// Progress is reported no more often.
const BETWEEN_REPORTS: Duration = Duration::from_secs(1);

impl Device {
    pub fn make(&mut self, now: EpochMillis, next: Move) {
        if self.settings.says_why {
            let decision = self.decision_of(&next);
            self.decide(decision);
        }
        let request = match &next {
            Move::StartStep => return self.start_step(now),
            Move::AskPending => {
                self.pending.requested();
                DeviceRequest::GetPendingJobExecutions(GetPendingJobExecutionsRequest::default())
            }
            Move::Describe(id) => describe(id, true),
            Move::Verify(id) => describe(id, false),
            Move::AskTimeLeft => {
                let Some(attempt) = &self.attempt else { return };
                describe(&attempt.id, false)
            }
            Move::ClaimNext => {
                self.about_to_claim();
                DeviceRequest::StartNextPendingJobExecution(StartNextPendingJobExecutionRequest {
                    step_timeout_in_minutes: self.settings.step_timeout_minutes,
                    ..StartNextPendingJobExecutionRequest::default()
                })
            }
            Move::ClaimDescribed(id) => {
                self.about_to_claim();
                self.update(id, JobExecutionStatus::InProgress, None)
            }
            Move::ReportProgress => match self.progress(now) {
                Some(request) => request,
                None => return,
            },
            Move::ReportOutcome => match self.report() {
                Some(request) => request,
                None => return,
            },
        };
        let number = self.number();
        self.in_flight = Some((number, next));
        self.act(Action::Request { number, request });
    }

    /// The journal is written before a claim: a device that could not keep what it does must not claim.
    fn about_to_claim(&mut self) {
        self.was_claiming = std::mem::replace(&mut self.memory.claiming, true);
        self.remember();
    }

    fn progress(&mut self, now: EpochMillis) -> Option<DeviceRequest> {
        let done = self.memory.attempt.as_ref()?.done;
        self.verified = None;
        let attempt = self.attempt.as_mut()?;
        // What arises while the request is on its way is not answered by it.
        (attempt.has_news, attempt.is_suspect) = (false, false);
        attempt.next_report = now.plus(BETWEEN_REPORTS);
        let (id, details) = (attempt.id.clone(), attempt.details(done));
        let details = (!details.is_empty()).then_some(details);
        Some(self.update(&id, JobExecutionStatus::InProgress, details))
    }

    fn report(&mut self) -> Option<DeviceRequest> {
        self.verified = None;
        let outcome = self.memory.outcome.as_ref()?;
        let details = Some(outcome.details.clone());
        let details = details.filter(|it| !it.is_empty() && !outcome.is_bare);
        Some(self.update(&outcome.id, outcome.verdict.status(), details))
    }

    /// An update of this execution. It does not depend on the version: the device is the only one that writes, and after a
    /// reconnect it need not know the last one.
    fn update(
        &self,
        id: &ExecutionId,
        status: JobExecutionStatus,
        status_details: Option<StatusDetails>,
    ) -> DeviceRequest {
        let step_timeout = self.settings.step_timeout_minutes;
        DeviceRequest::UpdateJobExecution {
            job: id.job_id.clone(),
            request: UpdateJobExecutionRequest {
                status: status.as_str().to_owned(),
                status_details,
                execution_number: Some(id.execution_number),
                step_timeout_in_minutes: step_timeout.filter(|_| !status.is_terminal()),
                ..UpdateJobExecutionRequest::default()
            },
        }
    }

    /// Writes that the step has begun, and starts it.
    fn start_step(&mut self, now: EpochMillis) {
        let Some((attempt, memory)) = self.attempt.as_mut().zip(self.memory.attempt.as_mut())
        else {
            return;
        };
        let Some(step) = attempt.steps.get(memory.done).cloned() else {
            return;
        };
        memory.begun = true;
        if memory.done > 0 {
            attempt.has_news = true;
        }
        let start = match step.task {
            Task::Simulated(step) => {
                attempt.phase = simulated(step, now);
                None
            }
            Task::Program | Task::Handler(_) => {
                attempt.phase = Phase::Running;
                Some(Box::new(Start {
                    id: attempt.id.clone(),
                    step,
                    document: attempt.document.clone(),
                    attempt: memory.interruptions + 1,
                }))
            }
        };
        self.remember();
        if let Some(start) = start {
            self.act(Action::Start(start));
        }
    }

    /// The outcome is known, and kept until the service has it.
    pub fn conclude(&mut self, id: ExecutionId, verdict: Verdict, details: StatusDetails) {
        self.attempt = None;
        self.memory.attempt = None;
        self.memory.claiming = false;
        self.memory.outcome = Some(crate::executor::core::memory::Outcome {
            id,
            verdict,
            details,
            is_bare: false,
        });
        self.remember();
    }
}

fn describe(id: &ExecutionId, include_job_document: bool) -> DeviceRequest {
    DeviceRequest::DescribeJobExecution {
        job: JobRef::Id(id.job_id.clone()),
        request: DescribeJobExecutionRequest {
            execution_number: Some(id.execution_number),
            include_job_document: (!include_job_document).then_some(false),
            ..DescribeJobExecutionRequest::default()
        },
    }
}
