//! What must hold while the device runs, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use jobs_sandbox::executor::core::{Decision, DecisionName, ExecutionId, Memory, Start};
use jobs_sandbox::protocol::DeviceRequest;

/// Sees every action, and fails at the first that must not be.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// How many steps are done, as the journal has had it.
    done: BTreeMap<ExecutionId, usize>,
    /// Executions with an outcome in the journal, now or before.
    pub(crate) concluded: BTreeMap<ExecutionId, &'static str>,
    /// Executions of which a step was started.
    pub(crate) started: BTreeSet<ExecutionId>,
    /// The documents, by job and time of creation.
    pub(crate) documents: BTreeMap<(String, i64), String>,
}

impl Watch {
    /// The journal is written.
    pub(crate) fn remember(&mut self, before: &Memory, now: &Memory) {
        if let Some(attempt) = &now.attempt {
            let id = &attempt.id;
            assert!(
                !self.concluded.contains_key(id),
                "{id} has an outcome, and is worked on: {now:?}"
            );
            let done = self.done.entry(id.clone()).or_default();
            assert!(
                attempt.done >= *done,
                "{done} steps of {id} were done: {now:?}"
            );
            *done = attempt.done;
            if attempt.begun {
                self.started.insert(id.clone());
            }
        }
        if let Some(outcome) = &now.outcome {
            let verdict = match outcome.verdict {
                jobs_sandbox::executor::core::Verdict::Succeeded => "SUCCEEDED",
                jobs_sandbox::executor::core::Verdict::Failed => "FAILED",
                jobs_sandbox::executor::core::Verdict::Rejected => "REJECTED",
            };
            let known = before.outcome.as_ref().map(|it| &it.id) == Some(&outcome.id);
            let first = self.concluded.insert(outcome.id.clone(), verdict);
            assert!(
                if known {
                    first == Some(verdict)
                } else {
                    first.is_none()
                },
                "{} ends once more: {before:?}, then {now:?}",
                outcome.id
            );
        }
    }

    /// A decision is shown.
    pub(crate) fn decide(decision: &Decision) {
        let is_about_none = matches!(
            decision.name,
            DecisionName::Ask
                | DecisionName::List
                | DecisionName::Retry
                | DecisionName::Wait
                | DecisionName::Finish
        );
        let is_about = decision.execution.is_some();
        assert!(is_about || is_about_none, "{decision:?}");
    }

    /// A program is started.
    pub(crate) fn start(&self, journal: &Memory, is_running: bool, start: &Start) {
        let id = &start.id;
        assert!(!is_running, "{id} starts while a program runs");
        let attempt = journal.attempt.as_ref().expect("the journal names it");
        assert_eq!(&attempt.id, id);
        assert!(attempt.begun, "the journal announces it");
        assert_eq!(start.attempt, attempt.interruptions + 1);
        let document = self.documents.get(&(id.job_id.to_string(), id.queued_at));
        // A retry is queued later than its job was created.
        if let Some(document) = document {
            assert_eq!(&start.document, document, "{id}");
        }
    }

    /// A request is sent.
    pub(crate) fn request(journal: &Memory, is_running: bool, request: &DeviceRequest) {
        let claims = match request {
            DeviceRequest::StartNextPendingJobExecution(_) => true,
            DeviceRequest::UpdateJobExecution { job, request } => {
                let outcome = journal.outcome.as_ref();
                if request.status != "IN_PROGRESS" {
                    let outcome = outcome.expect("the journal has the outcome");
                    assert_eq!(&outcome.id.job_id, job);
                }
                request.status == "IN_PROGRESS" && journal.attempt.is_none()
            }
            DeviceRequest::GetPendingJobExecutions(_)
            | DeviceRequest::DescribeJobExecution { .. } => false,
        };
        if claims {
            assert!(journal.claiming, "the journal announces the claim");
            assert!(journal.outcome.is_none(), "an outcome is not reported yet");
            assert!(!is_running, "it claims while a program runs");
        }
    }
}
