//! A session: lines become commands, commands are carried out one by one, and what the service sends is shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::runtime::Handle;
use uuid::Uuid;

use crate::control::{Control, ControlError};
use crate::device::{Client, Event, EventStream, Reply, RequestError, Unexpected};
use crate::protocol::{ErrorCode, GetPendingJobExecutionsRequest, JobId, ThingName, Verdict};
use crate::repl::command::{self, Command};
use crate::repl::complete::Context;
use crate::repl::editor::{Editor, Input, Printer};
use crate::repl::throttle::Backoff;
use crate::repl::{hints, render};

/// What a session runs on.
#[derive(Debug)]
pub struct Parts {
    /// The device's connection.
    pub client: Client,
    /// What it reports without being asked.
    pub events: EventStream,
    /// The control plane.
    pub control: Control,
    /// Whose jobs.
    pub thing: ThingName,
    /// The ARN of the thing, if it is known already.
    pub thing_arn: Option<String>,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// How many commands were refused, or failed, or were none.
    pub failures: usize,
}

/// Runs a session until `quit` or the end of the input. Blocks the calling thread, which must not be one of the runtime's.
pub fn run(runtime: &Handle, parts: Parts, editor: &mut Editor) -> Ended {
    let Parts {
        client,
        events,
        control,
        thing,
        thing_arn,
    } = parts;
    let jobs = Jobs::new(editor.printer());
    // Before the first prompt, which shows it.
    editor.printer().set_connected(true);
    runtime.spawn(show_events(
        events,
        client.clone(),
        editor.printer(),
        jobs.clone(),
    ));
    let mut session = Session {
        client,
        control,
        thing,
        thing_arn,
        jobs,
    };
    let mut failures = 0;
    loop {
        let text = match editor.read() {
            Input::Line { text, .. } => text,
            Input::Interrupted => continue,
            Input::End => break,
            Input::Failed(error) => {
                editor.print_reply(&render::error(&error));
                failures += 1;
                continue;
            }
        };
        let command = match command::parse(&text) {
            Ok(None) => continue,
            Ok(Some(Command::Quit)) => break,
            Ok(Some(command)) => command,
            Err(error) => {
                editor.print_reply(&render::error(&error));
                failures += 1;
                continue;
            }
        };
        let interruptible = editor.is_terminal();
        let say = |line: &str| editor.print_reply(line);
        let shown = runtime.block_on(async {
            tokio::select! {
                shown = session.execute(command, &say) => shown,
                () = interrupted(), if interruptible => Err(
                    "error: interrupted\nhint: the command may have been carried out; get-pending-job-executions tells"
                        .to_owned(),
                ),
            }
        });
        failures += usize::from(shown.is_err());
        let (Ok(text) | Err(text)) = shown;
        editor.print_reply(&text);
    }
    runtime.block_on(session.client.disconnect());
    Ended { failures }
}

/// Ctrl-C while a command runs. Where it cannot be listened to, it ends the program as usual.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

struct Session {
    client: Client,
    control: Control,
    thing: ThingName,
    thing_arn: Option<String>,
    jobs: Jobs,
}

impl Session {
    /// Carries a command out; returns what is to be shown of its success or failure. `say` shows a line before that.
    async fn execute(&mut self, command: Command, say: &Say<'_>) -> Result<String, String> {
        let client = self.client.clone();
        match command {
            Command::GetPendingJobExecutions => {
                let request = GetPendingJobExecutionsRequest::default();
                let reply = ask(&client, say, async |client| {
                    client.get_pending_job_executions(request.clone()).await
                })
                .await;
                if let Ok(reply) = &reply {
                    self.jobs.learn_pending(&reply.payload);
                }
                show_reply(reply, None)
            }
            Command::StartNextPendingJobExecution(request) => {
                let reply = ask(&client, say, async |client| {
                    client
                        .start_next_pending_job_execution(request.clone())
                        .await
                });
                show_reply(reply.await, None)
            }
            Command::DescribeJobExecution { job, request } => {
                let reply = ask(&client, say, async |client| {
                    client.describe_job_execution(&job, request.clone()).await
                });
                show_reply(reply.await, None)
            }
            Command::UpdateJobExecution { job, request } => {
                let reply = ask(&client, say, async |client| {
                    client.update_job_execution(&job, request.clone()).await
                });
                show_reply(reply.await, Some(&request.status))
            }
            Command::CreateJob { job, document } => self.create_job(&job, &document, say).await,
            Command::DeleteJob { job, force } => {
                let deleted = order(&self.control, say, "DeleteJob", async |control| {
                    control.delete_job(&job, force).await
                });
                match deleted.await {
                    Ok(body) => {
                        self.jobs.forget(&job);
                        Ok(render::response("DeleteJob", body.as_bytes()))
                    }
                    Err(error) => Err(control_error("DeleteJob", &error)),
                }
            }
            Command::Help(text) => Ok(text),
            Command::Quit => Ok(String::new()),
        }
    }

    async fn create_job(
        &mut self,
        job: &JobId,
        document: &str,
        say: &Say<'_>,
    ) -> Result<String, String> {
        // The ARN may have been out of reach at the start: without credentials, or without the permission.
        let arn = match &self.thing_arn {
            Some(arn) => arn.clone(),
            None => match order(&self.control, say, "DescribeThing", async |control| {
                control.describe_thing(&self.thing).await
            })
            .await
            {
                Ok(arn) => self.thing_arn.insert(arn).clone(),
                Err(error) => {
                    let mut text = control_error("DescribeThing", &error);
                    let _ = write!(
                        text,
                        "\nCreateJob was not sent: it needs the ARN of the thing"
                    );
                    return Err(text);
                }
            },
        };
        let created = order(&self.control, say, "CreateJob", async |control| {
            control.create_job(job, &arn, document).await
        });
        match created.await {
            Ok(body) => {
                self.jobs.learn_known(job);
                Ok(render::response("CreateJob", body.as_bytes()))
            }
            Err(error) => Err(control_error("CreateJob", &error)),
        }
    }
}

/// Shows a line in the middle of a command.
type Say<'a> = dyn Fn(&str) + 'a;

/// A request of the device, sent again while the service throttles it and there is time.
async fn ask(
    client: &Client,
    say: &Say<'_>,
    mut request: impl AsyncFnMut(Client) -> Result<Reply, RequestError>,
) -> Result<Reply, RequestError> {
    let until = Instant::now() + client.request_timeout();
    let mut backoff = Backoff::default();
    let mut client = client.clone();
    loop {
        let reply = request(client.clone()).await;
        let Ok(throttled) = &reply else { return reply };
        if throttled.head.code.as_deref() != Some(ErrorCode::RequestThrottled.as_str())
            || !pause(&mut backoff, until, throttled.operation.name(), say).await
        {
            return reply;
        }
        client = client.within(until.saturating_duration_since(Instant::now()));
    }
}

/// The same with an operation of the control plane.
async fn order<T>(
    control: &Control,
    say: &Say<'_>,
    operation: &str,
    mut request: impl AsyncFnMut(Control) -> Result<T, ControlError>,
) -> Result<T, ControlError> {
    let until = Instant::now() + control.timeout();
    let mut backoff = Backoff::default();
    let mut control = control.clone();
    loop {
        let answer = request(control.clone()).await;
        let is_throttled = answer.as_ref().is_err_and(ControlError::is_throttled);
        if !is_throttled || !pause(&mut backoff, until, operation, say).await {
            return answer;
        }
        control = control.within(until.saturating_duration_since(Instant::now()));
    }
}

/// Waits until a throttled operation may be sent again, and says so; false if there is no time left for that.
async fn pause(backoff: &mut Backoff, until: Instant, operation: &str, say: &Say<'_>) -> bool {
    // The random bits of a version 4 UUID are random enough for a jitter.
    let pause = backoff.pause(Uuid::new_v4().as_u64_pair().0);
    if Instant::now() + pause >= until {
        return false;
    }
    say(&format!(
        "{operation} was throttled; trying again in {:.1} s",
        pause.as_secs_f64()
    ));
    tokio::time::sleep(pause).await;
    true
}

fn show_reply(reply: Result<Reply, RequestError>, status: Option<&str>) -> Result<String, String> {
    match reply {
        Ok(reply) => {
            let (name, payload) = (reply.operation.name(), reply.payload.as_bytes());
            match reply.verdict {
                Verdict::Accepted => Ok(render::response(name, payload)),
                Verdict::Rejected => Err(render::rejection(name, status, payload)),
            }
        }
        Err(error) => {
            let mut text = render::error(&error);
            if let Some(operation) = error.unknown_outcome() {
                let _ = write!(text, "\nhint: {}", hints::of_unknown_outcome(operation));
            }
            Err(text)
        }
    }
}

/// An operation of the control plane that failed, and what to do about it.
pub fn control_error(operation: &str, error: &ControlError) -> String {
    match error {
        ControlError::Refused { code, message, .. } => {
            render::control_error(operation, code, message)
        }
        ControlError::NoCredentials(_) => format!(
            "{}\nhint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and start again",
            render::error(&format_args!("{operation} was not sent: {error}"))
        ),
        ControlError::Unreachable { sent, .. } => {
            let mut text = render::error(&format_args!("{operation}: {error}"));
            match operation {
                "CreateJob" | "DeleteJob" if *sent => {
                    let _ = write!(
                        text,
                        "\noutcome unknown: it may have been carried out\nhint: {}",
                        hints::of_unknown_control_outcome(operation)
                    );
                }
                _ => {}
            }
            text
        }
    }
}

/// Shows everything that comes without being asked, in order, until the client closes.
async fn show_events(mut events: EventStream, client: Client, printer: Printer, jobs: Jobs) {
    while let Some(event) = events.next().await {
        match event {
            Event::JobExecutionsChanged { payload } => {
                jobs.learn_pending(&payload);
                printer.print(render::event("JobExecutionsChanged", payload.as_bytes()));
            }
            Event::NextJobExecutionChanged { payload } => {
                printer.print(render::event("NextJobExecutionChanged", payload.as_bytes()));
            }
            Event::UnexpectedReply { kind, reply } => {
                let which = match kind {
                    Unexpected::Late => "late, after its command had ended",
                    Unexpected::Duplicate => "a second time",
                    Unexpected::Unknown => "to no command of this session",
                };
                let shown = show_reply(Ok(reply), None);
                let (Ok(text) | Err(text)) = shown;
                printer.print(format!("Received {which}:\n{text}"));
            }
            Event::ConnectionLost { reason, retrying } => {
                printer.set_connected(false);
                let next = if retrying {
                    "reconnecting"
                } else {
                    "the next command tries again"
                };
                printer.print(format!(
                    "Connection lost: {}; {next}",
                    render::sanitize(&reason.to_string())
                ));
            }
            Event::ReconnectFailed { error } => {
                printer.print(format!(
                    "Still not connected: {}",
                    lines(&error.to_string())
                ));
            }
            Event::ConnectedAgain { after } => {
                printer.set_connected(true);
                printer.print(format!("Connected again after {} s", after.as_secs()));
                // A task of its own: this one must go on taking events.
                tokio::spawn(show_missed(client.clone(), printer.clone(), jobs.clone()));
            }
            Event::Missed { count } => {
                printer.print(format!("({count} events were not shown: too many at once)"));
            }
        }
    }
}

/// What was published while the connection was gone is lost; what is pending now tells what it led to.
async fn show_missed(client: Client, printer: Printer, jobs: Jobs) {
    if let Ok(reply) = client
        .get_pending_job_executions(GetPendingJobExecutionsRequest::default())
        .await
    {
        jobs.learn_pending(&reply.payload);
        let shown = show_reply(Ok(reply), None);
        let (Ok(text) | Err(text)) = shown;
        printer.print(format!(
            "Events may have been missed; what is pending now:\n{text}"
        ));
    }
}

fn lines(text: &str) -> String {
    text.lines()
        .map(render::sanitize)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The job ids that completion offers: the pending ones as last seen, and every one that this session has met.
#[derive(Clone)]
struct Jobs {
    known: Arc<Mutex<(BTreeSet<String>, Vec<String>)>>,
    printer: Printer,
}

impl Jobs {
    fn new(printer: Printer) -> Self {
        Self {
            known: Arc::default(),
            printer,
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<String>, &mut Vec<String>)) {
        let mut jobs = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, pending) = &mut *jobs;
        change(known, pending);
        self.printer.set_jobs(Context {
            pending_jobs: pending.clone(),
            known_jobs: known.iter().cloned().collect(),
        });
    }

    /// From a list of pending executions, of a reply or of an event.
    fn learn_pending(&self, payload: &str) {
        let ids = job_ids(payload);
        self.change(|known, pending| {
            known.extend(ids.iter().cloned());
            *pending = ids;
        });
    }

    fn learn_known(&self, job: &JobId) {
        self.change(|known, _| {
            known.insert(job.to_string());
        });
    }

    fn forget(&self, job: &JobId) {
        self.change(|known, pending| {
            known.remove(job.as_str());
            pending.retain(|id| id != job.as_str());
        });
    }
}

/// Every `jobId` in lists of the payload, in order: those of `get` and those of `notify` differ only in how deep they are.
fn job_ids(payload: &str) -> Vec<String> {
    let payload: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    let lists = ["inProgressJobs", "queuedJobs"].map(|name| &payload[name]);
    let lists = lists
        .into_iter()
        .chain(["IN_PROGRESS", "QUEUED"].map(|name| &payload["jobs"][name]));
    lists
        .filter_map(serde_json::Value::as_array)
        .flatten()
        .filter_map(|entry| entry["jobId"].as_str().map(ToOwned::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::repl::session::job_ids;

    #[test]
    fn job_ids_are_found_in_replies_and_events() {
        for (payload, ids) in [
            (
                r#"{"inProgressJobs":[{"jobId":"a"}],"queuedJobs":[{"jobId":"b"}]}"#,
                &["a", "b"][..],
            ),
            (
                r#"{"jobs":{"QUEUED":[{"jobId":"c"}],"IN_PROGRESS":[{"jobId":"d"}]}}"#,
                &["d", "c"],
            ),
            (r#"{"jobs":{}}"#, &[]),
            ("rubbish", &[]),
        ] {
            assert_eq!(job_ids(payload), ids, "{payload}");
        }
    }
}
