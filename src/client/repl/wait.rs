//! `wait`: for a time, an event, or a status.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::cause::Cause;
use crate::control::ControlRequest;
use crate::control::operations::describe_job_execution;
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, ErrorCode, EventName, JobExecutionStatus, JobId,
    JobRef, Verdict,
};
use crate::repl::editor::Editor;
use crate::repl::input::command::Until;
use crate::repl::output::answer::{self, Answer, Failure, Outcome};
use crate::repl::session::Session;

/// How often the status is requested while no event hints at a change: starting an execution causes no event.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The least time before the deadline for the last request: one that is given up has its reply reported as late.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// How much longer than its time the wait may take to get the reply to that request.
const ALLOWANCE: Duration = Duration::from_millis(40);

impl Session {
    /// Waits, and shows events as they arrive. Without a `timeout` it waits as long as for a reply.
    pub(crate) async fn wait(
        &mut self,
        until: &Until,
        timeout: Option<Duration>,
        editor: &Editor,
    ) -> Outcome {
        let timeout = timeout.unwrap_or(self.timeout);
        match until {
            Until::Time(time) => {
                let mut taken = self.feed.watch();
                let end = Instant::now() + *time;
                while Instant::now() < end {
                    next_event(&mut taken, end, editor).await;
                }
                Ok(Answer::Nothing)
            }
            Until::Event(name) => self.wait_for_event(*name, timeout, editor).await,
            Until::Status { job, status } => {
                self.wait_for_status(job, *status, timeout, editor).await
            }
        }
    }

    async fn wait_for_event(
        &mut self,
        name: Option<EventName>,
        timeout: Duration,
        editor: &Editor,
    ) -> Outcome {
        let deadline = Instant::now() + timeout;
        let mut taken = self.feed.watch();
        loop {
            if let Some((number, name)) = self.feed.first_after(self.mark, name) {
                self.mark = number;
                editor.flush_events();
                return Ok(Answer::Done(format!("{name} was received.")));
            }
            if Instant::now() >= deadline {
                let name = name.map_or("new", EventName::as_str);
                return Err(late(&format!("no {name} event"), timeout, WAIT_LONGER));
            }
            next_event(&mut taken, deadline, editor).await;
        }
    }

    async fn wait_for_status(
        &mut self,
        job: &JobId,
        status: JobExecutionStatus,
        timeout: Duration,
        editor: &Editor,
    ) -> Outcome {
        let deadline = Instant::now() + timeout;
        // Watched from before the first request, so that no change in between is missed.
        let mut taken = self.feed.watch();
        let mut seen = None;
        loop {
            let begun = Instant::now();
            // A request that takes longer than the wait is given up; what was seen before counts.
            let end = deadline + ALLOWANCE;
            if let Ok(now) = timeout_at(end, self.status_of(job, editor)).await {
                if let Some(outcome) = self.outcome_of(job, status, &now) {
                    return outcome;
                }
                seen = Some(now);
            }
            let asked = Instant::now();
            let again = next_look(begun, asked, deadline);
            next_event(&mut taken, again.unwrap_or(deadline), editor).await;
            if Instant::now() >= deadline {
                return Err(self.too_late(job, status, seen, timeout));
            }
        }
    }

    /// How the wait ends with what was seen; `None` if it continues.
    fn outcome_of(
        &self,
        job: &JobId,
        status: JobExecutionStatus,
        seen: &Result<Option<JobExecutionStatus>, Failure>,
    ) -> Option<Outcome> {
        match seen {
            Ok(Some(now)) if *now == status => Some(Ok(Answer::Text(format!("{job} is {status}")))),
            Ok(Some(now)) if now.is_terminal() => {
                let thing = &self.parts.thing;
                let what = format!(
                    "{job} has ended as {now} and cannot become {status}\n\
                     hint: `describe {job} --thing {thing}` shows the execution"
                );
                Some(Err(Failure::new(Cause::Refused, &what)))
            }
            Ok(_) => None,
            // The client reconnects by itself, and further requests speed that up.
            Err(failure) if matches!(failure.cause, Cause::Connection | Cause::Timeout) => None,
            Err(failure) => Some(Err(failure.clone())),
        }
    }

    /// The failure at the end of the time, with what was seen last.
    fn too_late(
        &self,
        job: &JobId,
        status: JobExecutionStatus,
        seen: Option<Result<Option<JobExecutionStatus>, Failure>>,
        timeout: Duration,
    ) -> Failure {
        let (what, next) = match seen {
            Some(Err(failure)) => return failure,
            Some(Ok(Some(now))) => (
                format!("{job} is {now} and did not become {status}"),
                WAIT_LONGER,
            ),
            Some(Ok(None)) => (
                format!("{} had no execution of {job}", self.parts.thing),
                "`list-jobs` lists the jobs",
            ),
            None => (format!("no reply about the status of {job}"), WAIT_LONGER),
        };
        late(&what, timeout, next)
    }

    /// The status of the execution of a job on the own thing; `None` if it does not exist. The device sees an execution
    /// until it ends, the control plane also afterwards.
    async fn status_of(
        &self,
        job: &JobId,
        editor: &Editor,
    ) -> Result<Option<JobExecutionStatus>, Failure> {
        let request = DescribeJobExecutionRequest {
            include_job_document: Some(false),
            ..DescribeJobExecutionRequest::default()
        };
        let request = DeviceRequest::DescribeJobExecution {
            job: JobRef::Id(job.clone()),
            request,
        };
        let reply = self
            .send_as_device(&self.parts.client, &request, editor)
            .await;
        let code = match &reply {
            Ok(reply) if reply.verdict == Verdict::Rejected => reply.head.code.as_deref(),
            _ => None,
        };
        let unseen = [ErrorCode::TerminalStateReached, ErrorCode::ResourceNotFound];
        if !unseen.iter().any(|unseen| code == Some(unseen.as_str())) {
            return answer::of_reply(reply, None).map(|answer| status_in(&answer));
        }
        let request = ControlRequest::new(&describe_job_execution::OPERATION)
            .with("jobId", job.as_str())
            .with("thingName", self.parts.thing.as_str());
        match self
            .send_as_operator(&self.parts.control, &request, editor)
            .await
        {
            Err(error) if error.is_not_found() => Ok(None),
            body => answer::of_control(request.about(), body).map(|answer| status_in(&answer)),
        }
    }
}

/// The next step if the wait was too short.
const WAIT_LONGER: &str = "`--timeout SECONDS` waits longer";

/// When to request the status next, if there is time for it: the last request, which may take twice as long as the one from
/// `begun` to `asked`, still ends before the deadline.
fn next_look(begun: Instant, asked: Instant, deadline: Instant) -> Option<Instant> {
    let last = deadline.checked_sub(LAST_LOOK.max(2 * (asked - begun)))?;
    (last > asked).then(|| last.min(asked + ASK_EVERY))
}

fn late(what: &str, timeout: Duration, next: &str) -> Failure {
    let text = format_args!("{what} within {timeout:?}\nhint: {next}");
    Failure::new(Cause::Timeout, &text)
}

fn status_in(answer: &Answer) -> Option<JobExecutionStatus> {
    let Answer::Response { payload, .. } = answer else {
        return None;
    };
    payload.value()["execution"]["status"]
        .as_str()?
        .parse()
        .ok()
}

/// Waits for one event, or until `end`; then shows what arrived.
pub(crate) async fn next_event(taken: &mut watch::Receiver<u64>, end: Instant, editor: &Editor) {
    let changed = async {
        if taken.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = changed => {}
        () = sleep_until(end) => {}
    }
    editor.flush_events();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_ends_in_time() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        // How long the last look took; when the wait ends; when the next look is.
        for (took, deadline, expected) in [
            (1, 5000, Some(1001)),
            (100, 1200, Some(1000)),
            (100, 1600, Some(1100)),
            (1, 1000, Some(900)),
            (1, 101, None),
            (100, 301, Some(101)),
            (100, 300, None),
            (100, 100, None),
        ] {
            let next = next_look(begun, at(took), at(deadline));
            assert_eq!(next, expected.map(at), "{took} {deadline}");
        }
    }
}
