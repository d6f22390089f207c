//! What a command does.

use std::time::Duration;

use crate::control::{Control, Exchange, Request};
use crate::device::{Client, Reply, RequestError};
use crate::protocol::{GetPendingJobExecutionsRequest, JobsTopic, ThingName, Topic};
use crate::repl::answer::{self, Answer, Cause, Failure, Notice, Outcome, Wire};
use crate::repl::ask::{Say, ask, order};
use crate::repl::command::{Command, CreateJob};
use crate::repl::document;
use crate::repl::editor::Editor;
use crate::repl::explain::{self, Place};
use crate::repl::feed::Feed;
use crate::repl::jobs::Jobs;
use crate::repl::session::Doctor;
use crate::repl::tutorial::Scene;

/// Everything that commands work on.
pub(crate) struct Session {
    /// The device's side.
    pub(crate) client: Client,
    /// The control plane.
    pub(crate) control: Control,
    /// Whose jobs.
    pub(crate) thing: ThingName,
    /// Its ARN, if it is known already.
    pub(crate) thing_arn: Option<String>,
    /// Where a tutorial takes place.
    pub(crate) scene: Scene,
    /// Where other tools find the service.
    pub(crate) place: Place,
    /// Looks at the connection and all around it.
    pub(crate) doctor: Doctor,
    /// How long `wait` waits where it does not say.
    pub(crate) timeout: Duration,
    /// Whether a document may come from standard input.
    pub(crate) stdin_is_free: bool,
    /// What completion offers.
    pub(crate) jobs: Jobs,
    /// What comes without being asked.
    pub(crate) feed: Feed,
    /// `wait event` takes events after this number: those since the last command began that no `wait` has had.
    pub(crate) mark: u64,
    /// As many events came before the last reply.
    pub(crate) after_events: u64,
    /// The messages of the last command, if they are to be shown.
    pub(crate) exchanged: Vec<Wire>,
}

impl Session {
    /// Carries a command out.
    pub(crate) async fn execute(&mut self, command: Command, editor: &Editor) -> Outcome {
        self.after_events = 0;
        match command {
            Command::Wait { until, timeout } => {
                let timeout = timeout.unwrap_or(self.timeout);
                return self.wait(until, timeout, editor).await;
            }
            Command::Help(text) => return Ok(Answer::Text(text)),
            Command::Doctor => return self.examine().await,
            Command::Tutorial(true) => return Ok(Answer::Text(self.feed.tutorial(&self.scene))),
            Command::Tutorial(false) => {
                return Ok(Answer::Text(self.feed.end_tutorial().to_owned()));
            }
            Command::ShowEvents(shown) => {
                self.feed.show(shown);
                return Ok(Answer::Nothing);
            }
            Command::ShowWire(shown) => {
                self.feed.show_wire(shown);
                return Ok(Answer::Nothing);
            }
            Command::ShowNotes(shown) => {
                self.feed.show_notes(shown);
                return Ok(Answer::Nothing);
            }
            Command::Explain(command) => return Ok(Answer::Text(self.explain(*command).await)),
            Command::LastEvents(count) => return Ok(Answer::Events(self.feed.last(count))),
            Command::Quit => return Ok(Answer::Nothing),
            _ => self.mark = self.feed.taken(),
        }
        let style = self.feed.style();
        let say = |line: &str| {
            let text = line.to_owned();
            let name = "Throttled";
            let shown = style.notice(&Notice::Connection { name, text });
            editor.print_reply_after(&shown, 0);
        };
        let client = self.client.clone();
        match command {
            Command::GetPendingJobExecutions => {
                let request = GetPendingJobExecutionsRequest::default();
                let reply = ask(&client, &say, async |client| {
                    client.get_pending_job_executions(request.clone()).await
                });
                let reply = reply.await;
                if let Ok(reply) = &reply {
                    self.jobs.learn_pending(&reply.payload);
                }
                self.of_reply(reply, None).await
            }
            Command::StartNextPendingJobExecution(request) => {
                let reply = ask(&client, &say, async |client| {
                    client
                        .start_next_pending_job_execution(request.clone())
                        .await
                });
                self.of_reply(reply.await, None).await
            }
            Command::DescribeJobExecution { job, request } => {
                let reply = ask(&client, &say, async |client| {
                    client.describe_job_execution(&job, request.clone()).await
                });
                self.of_reply(reply.await, None).await
            }
            Command::UpdateJobExecution { job, request } => {
                let reply = ask(&client, &say, async |client| {
                    client.update_job_execution(&job, request.clone()).await
                });
                self.of_reply(reply.await, Some(&request.status)).await
            }
            Command::CreateJob(create) => {
                let request = self.create_job(create, &say).await?;
                self.call(&request, &say).await
            }
            Command::Control(request) => self.call(&request, &say).await,
            Command::Wait { .. }
            | Command::Help(_)
            | Command::Tutorial(_)
            | Command::Doctor
            | Command::ShowEvents(_)
            | Command::LastEvents(_)
            | Command::ShowWire(_)
            | Command::ShowNotes(_)
            | Command::Explain(_)
            | Command::Quit => Ok(Answer::Nothing),
        }
    }

    /// What failed comes after `error: `, as it does with every other command.
    async fn examine(&self) -> Outcome {
        match (self.doctor)(self.client.clone()).await {
            (text, true) => Ok(Answer::Text(text)),
            (text, false) => {
                let error = format!("not all is well\n{text}");
                Err(Failure::new(Cause::Refused, &error))
            }
        }
    }

    async fn of_reply(
        &mut self,
        reply: Result<Reply, RequestError>,
        status: Option<&str>,
    ) -> Outcome {
        if let Ok(reply) = &reply {
            if self.feed.shows_wire() {
                self.exchanged.extend(mqtt_wire(&self.thing, reply));
            }
            self.after_events = reply.after_events;
            self.feed.catch_up(reply.after_events).await;
        }
        answer::of_reply(reply, status)
    }

    async fn call(&mut self, request: &Request, say: &Say<'_>) -> Outcome {
        let mut last = Exchange::default();
        let body = order(&self.control, say, request.operation(), async |control| {
            let (result, exchange) = control.exchange(request).await;
            last = exchange;
            result
        });
        let body = body.await.map(|()| match &last.received {
            body if body.is_empty() => "{}".to_owned(),
            body => body.clone(),
        });
        if self.feed.shows_wire() {
            self.exchanged.extend(http_wire(&last));
        }
        if let Ok(body) = &body {
            match request {
                Request::CreateJob { job, .. } => self.jobs.learn(job),
                Request::DeleteJob { job, .. } => self.jobs.forget(job),
                Request::ListJobs { .. } | Request::ListJobExecutionsForThing { .. } => {
                    self.jobs.learn_listed(body);
                }
                _ => {}
            }
        }
        answer::of_control(request.operation(), body)
    }

    /// Reads the document and finds the ARNs of the targets.
    async fn create_job(&mut self, create: CreateJob, say: &Say<'_>) -> Result<Request, Failure> {
        let (document, stdin_is_free) = (create.document, self.stdin_is_free);
        // A named pipe or standard input may let us wait; Ctrl-C ends that.
        let reading = tokio::task::spawn_blocking(move || document::read(document, stdin_is_free));
        let document = reading
            .await
            .map_err(|error| Failure::new(Cause::Setup, &error))??;
        let mut targets = Vec::new();
        for target in create.targets {
            targets.push(self.target(target, say).await?);
        }
        if targets.is_empty() {
            targets.push(self.own_arn(say).await?);
        }
        Ok(Request::CreateJob {
            job: create.job,
            targets,
            document,
            continuous: create.continuous,
            description: create.description,
            timeout_min: create.timeout_min,
        })
    }

    /// Targets are named by their ARNs as far as the control plane tells them.
    async fn explain(&mut self, mut command: Command) -> String {
        let say = |_: &str| {};
        if let Command::CreateJob(create) = &mut command {
            for target in &mut create.targets {
                if let Ok(arn) = self.target(target.clone(), &say).await {
                    *target = arn;
                }
            }
            // Without it there is a word to be filled in.
            let _ = self.own_arn(&say).await;
        }
        let mut place = self.place.clone();
        place.thing_arn.clone_from(&self.thing_arn);
        explain::text(&command, &place)
    }

    async fn target(&self, name: String, say: &Say<'_>) -> Result<String, Failure> {
        if name.starts_with("arn:") {
            return Ok(name);
        }
        if name.is_empty() {
            return Err(Failure::new(Cause::Usage, &"--target is empty"));
        }
        let arn = order(&self.control, say, "DescribeThing", async |control| {
            control.target_arn(&name).await
        });
        arn.await.map_err(|error| {
            let operation = if error.is_not_found() {
                "DescribeThingGroup"
            } else {
                "DescribeThing"
            };
            not_sent(answer::of_control_error(operation, error), "a target")
        })
    }

    /// The ARN may have been out of reach at the start: without credentials, or without the permission.
    async fn own_arn(&mut self, say: &Say<'_>) -> Result<String, Failure> {
        if let Some(arn) = &self.thing_arn {
            return Ok(arn.clone());
        }
        let arn = order(&self.control, say, "DescribeThing", async |control| {
            control.describe_thing(&self.thing).await
        });
        match arn.await {
            Ok(arn) => Ok(self.thing_arn.insert(arn).clone()),
            Err(error) => Err(not_sent(
                answer::of_control_error("DescribeThing", error),
                "the thing",
            )),
        }
    }
}

fn not_sent(mut failure: Failure, of: &str) -> Failure {
    let more = ["\nCreateJob was not sent: it needs the ARN of ", of];
    failure.text.extend(more);
    failure
}

/// A request of the device and its reply.
fn mqtt_wire(thing: &ThingName, reply: &Reply) -> Vec<Wire> {
    let topic = |topic| {
        let thing = thing.clone();
        JobsTopic { thing, topic }.to_string()
    };
    let Some(sent) = &reply.sent else {
        return Vec::new();
    };
    let operation = || reply.operation.clone();
    vec![
        Wire {
            is_sent: true,
            what: topic(Topic::Request(operation())),
            bytes: sent.payload.len(),
            payload: Some(sent.payload.clone()),
            round_trip: None,
        },
        Wire {
            is_sent: false,
            what: topic(Topic::Reply(operation(), reply.verdict)),
            bytes: reply.payload.len(),
            payload: None,
            round_trip: Some(sent.round_trip),
        },
    ]
}

/// An operation of the control plane, if it got as far as the network.
fn http_wire(exchange: &Exchange) -> Vec<Wire> {
    if exchange.method.is_empty() {
        return Vec::new();
    }
    let sent = Wire {
        is_sent: true,
        what: format!("{} {}", exchange.method, exchange.path),
        payload: Some(exchange.sent.clone()),
        bytes: exchange.sent.len(),
        round_trip: None,
    };
    let received = Wire {
        is_sent: false,
        what: format!("HTTP {}", exchange.status),
        payload: None,
        bytes: exchange.received.len(),
        round_trip: Some(exchange.round_trip),
    };
    if exchange.status == 0 {
        vec![sent]
    } else {
        vec![sent, received]
    }
}
