//! Events, and what others do with the device's executions.

use serde_json::Value;

use crate::executor::core::attempt::StopReason;
use crate::executor::core::decision::{Decision, DecisionName, listed};
use crate::executor::core::device::Device;
use crate::executor::core::execution::{Execution, ExecutionId};
use crate::executor::core::refusal::code_in;
use crate::protocol::{
    DeviceRequest, EpochMillis, EventMessage, EventName, JobExecutionStatus, JobId, Operation,
    Payload,
};

impl Device {
    pub fn event(&mut self, event: &EventMessage) {
        let payload = event.payload.value();
        let ending = self.memory.outcome.as_ref().map(|outcome| &outcome.id);
        let is_news = match event.name {
            EventName::JobExecutionsChanged => self.pending.changed(payload, ending),
            EventName::NextJobExecutionChanged => self.pending.next_changed(payload, ending),
        };
        if is_news {
            let list = listed(self.pending.entries());
            let does = "learns of a change";
            self.decide(Decision::new(DecisionName::List, does, list));
        }
        self.look_at_list();
        self.release_hand();
    }

    /// What the user had in hand is over, if the service does not list it.
    pub fn release_hand(&mut self) {
        let pending = &self.pending;
        let over = (self.by_hand).extract_if(.., |id| !pending.contains(id));
        if let Some(id) = over.last().filter(|_| self.by_hand.is_empty()) {
            let cause = format!("{id} has ended");
            let decision = Decision::new(DecisionName::Resume, "takes over", cause);
            self.decide(decision.about(&id));
        }
    }

    /// The user of the session, or another client, has got a reply to a request about this thing.
    pub fn foreign(
        &mut self,
        now: EpochMillis,
        operation: &Operation,
        request: Option<&DeviceRequest>,
        payload: &Payload,
    ) {
        if !code_in(payload.value()).is_empty() {
            // Nothing has changed.
            return;
        }
        match operation {
            Operation::StartNextPendingJobExecution => self.started_by_hand(payload.value()),
            Operation::UpdateJobExecution(job) => {
                let (status, number) = match request {
                    Some(DeviceRequest::UpdateJobExecution { request, .. }) => {
                        (request.status.parse().ok(), request.execution_number)
                    }
                    _ => (None, None),
                };
                self.updated_by_hand(now, (job, number), status);
            }
            Operation::GetPendingJobExecutions | Operation::DescribeJobExecution(_) => {}
        }
    }

    fn started_by_hand(&mut self, payload: &Value) {
        let Some(execution) = Execution::of(payload) else {
            return;
        };
        let id = execution.id;
        if self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.id == id)
        {
            let does = format!("keeps working on {id}");
            let cause = "the service has also handed it to you";
            return self.decide(Decision::new(DecisionName::Wait, does, cause).about(&id));
        }
        self.take_hands_off(id);
    }

    fn take_hands_off(&mut self, id: ExecutionId) {
        if self.by_hand.contains(&id) {
            return;
        }
        self.pending.started(&id);
        let does = format!("leaves {id} to you");
        let cause = "you have started it, and a device works on one execution at a time";
        self.decide(Decision::new(DecisionName::Leave, does, cause).about(&id));
        self.by_hand.insert(id);
    }

    /// An execution was updated: of this job, and with this number if one was given.
    fn updated_by_hand(
        &mut self,
        now: EpochMillis,
        (job, number): (&JobId, Option<i64>),
        status: Option<JobExecutionStatus>,
    ) {
        let is_meant = |id: &ExecutionId| {
            id.job_id == *job && number.is_none_or(|number| id.execution_number == number)
        };
        let is_over = status.is_some_and(JobExecutionStatus::is_terminal);
        if let Some(attempt) = self.attempt.as_mut().filter(|it| is_meant(&it.id)) {
            if let Some(status) = status.filter(|it| it.is_terminal()) {
                let cause = format!("you have reported it as {status}");
                self.stop_work(now, StopReason::Ended, &cause);
            } else {
                attempt.is_suspect |= status.is_none();
                attempt.has_news |= status.is_some();
            }
            return;
        }
        let mut pending = self.pending.entries().iter().map(|it| &it.id);
        let Some(id) = pending.find(|id| is_meant(id)).cloned() else {
            return;
        };
        match status {
            Some(_) if is_over => {
                self.pending.ended(&id);
                self.release_hand();
            }
            Some(_) => self.take_hands_off(id),
            None => self
                .pending
                .forget("another client has updated an execution"),
        }
    }
}
