//! `wait`: for a time, an event, or a status.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::cause::Cause;
use crate::control::ControlOperation;
use crate::control::operations::describe_job_execution::DescribeJobExecution;
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

/// The least time for requesting the status once, even at the end of the wait.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

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
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let seen = self.status_of(job, left, editor).await;
            match &seen {
                Ok(Some(now)) if *now == status => {
                    return Ok(Answer::Text(format!("{job} is {status}")));
                }
                Ok(Some(now)) if now.is_terminal() => {
                    let thing = &self.parts.thing;
                    let what = format!(
                        "{job} has ended as {now} and cannot become {status}\n\
                         hint: `describe {job} --thing {thing}` shows the execution"
                    );
                    return Err(Failure::new(Cause::Refused, &what));
                }
                Ok(_) => {}
                // The client reconnects by itself, and further requests speed that up.
                Err(failure) if matches!(failure.cause, Cause::Connection | Cause::Timeout) => {}
                Err(_) => return seen.map(|_| Answer::Nothing),
            }
            if Instant::now() >= deadline {
                let (what, next) = match seen? {
                    Some(now) => (
                        format!("{job} is {now} and did not become {status}"),
                        WAIT_LONGER,
                    ),
                    None => (
                        format!("{} had no execution of {job}", self.parts.thing),
                        "`list-jobs` lists the jobs",
                    ),
                };
                return Err(late(&what, timeout, next));
            }
            let again = deadline.min(Instant::now() + ASK_EVERY);
            next_event(&mut taken, again, editor).await;
        }
    }

    /// The status of the execution of a job on the own thing; `None` if it does not exist. The device sees an execution
    /// until it ends, the control plane also afterwards. Takes at most about `left`.
    async fn status_of(
        &self,
        job: &JobId,
        left: Duration,
        editor: &Editor,
    ) -> Result<Option<JobExecutionStatus>, Failure> {
        let until = Instant::now() + left.max(LEAST_PATIENCE);
        let left = || until.saturating_duration_since(Instant::now());
        let client = &self.parts.client;
        let client = client.within(left().min(client.request_timeout()));
        let request = DescribeJobExecutionRequest {
            include_job_document: Some(false),
            ..DescribeJobExecutionRequest::default()
        };
        let request = DeviceRequest::DescribeJobExecution {
            job: JobRef::Id(job.clone()),
            request,
        };
        let reply = self.send_as_device(&client, &request, editor).await;
        let code = match &reply {
            Ok(reply) if reply.verdict == Verdict::Rejected => reply.head.code.as_deref(),
            _ => None,
        };
        let unseen = [ErrorCode::TerminalStateReached, ErrorCode::ResourceNotFound];
        if !unseen.iter().any(|unseen| code == Some(unseen.as_str())) {
            return answer::of_reply(reply, None).map(|answer| status_in(&answer));
        }
        let request = DescribeJobExecution {
            job_id: job.clone(),
            thing_name: self.parts.thing.clone(),
            execution_number: None,
        };
        let control = &self.parts.control;
        let control = control.within(left().min(control.timeout()));
        match self.send_as_operator(&control, &request, editor).await {
            Err(error) if error.is_not_found() => Ok(None),
            body => answer::of_control(request.about(), body).map(|answer| status_in(&answer)),
        }
    }
}

/// The next step if the wait was too short.
const WAIT_LONGER: &str = "`--timeout SECONDS` waits longer";

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
