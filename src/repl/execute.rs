//! What a command does.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::control::{Control, ControlError, Request};
use crate::device::{Attempt, Client, Reply, RequestError};
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest, JobId, ThingName};
use crate::repl::ask;
use crate::repl::document;
use crate::repl::editor::Editor;
use crate::repl::feed::Feed;
use crate::repl::guide::explain::{self, ServiceAddress};
use crate::repl::guide::tutorial::TutorialSetup;
use crate::repl::input::command::{Command, CreateJob, Document};
use crate::repl::list::{self, List};
use crate::repl::output::answer::{self, Answer, Cause, Failure, Notice, Outcome, Wire};
use crate::repl::output::wire;
use crate::repl::session::Doctor;

/// Everything that commands work on.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) control: Control,
    pub(crate) thing: ThingName,
    /// Its ARN, if it is known already.
    pub(crate) thing_arn: Option<String>,
    /// What a tutorial begins with.
    pub(crate) tutorial_setup: TutorialSetup,
    /// Where other tools find the service.
    pub(crate) address: ServiceAddress,
    /// Looks at the connection and all around it.
    pub(crate) doctor: Doctor,
    /// How long `wait` waits where it does not say.
    pub(crate) timeout: Duration,
    /// Whether a document may come from standard input.
    pub(crate) stdin_is_free: bool,
    /// What comes without being asked.
    pub(crate) feed: Feed,
    /// `wait event` takes events after this number: those since the last command began that no `wait` has had.
    pub(crate) mark: u64,
    /// As many events came before the last reply.
    pub(crate) after_events: u64,
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
            Command::Help(text) => return Ok(Answer::Text(self.feed.prose(&text))),
            Command::Doctor => return self.examine().await,
            Command::Tutorial(true) => {
                return Ok(Answer::Text(self.feed.tutorial(&self.tutorial_setup)));
            }
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
            Command::Explain(command) => {
                return Ok(Answer::Text(self.explain(*command, editor).await));
            }
            Command::LastEvents(count) => return Ok(Answer::Events(self.feed.last(count))),
            Command::Quit => return Ok(Answer::Nothing),
            _ => self.mark = self.feed.taken(),
        }
        match command {
            Command::GetPendingJobExecutions => {
                let request = GetPendingJobExecutionsRequest::default();
                let request = DeviceRequest::GetPendingJobExecutions(request);
                let reply = self.ask(&self.client, &request, editor).await;
                self.of_reply(reply, None)
            }
            Command::StartNextPendingJobExecution(request) => {
                let request = DeviceRequest::StartNextPendingJobExecution(request);
                let reply = self.ask(&self.client, &request, editor).await;
                self.of_reply(reply, None)
            }
            Command::DescribeJobExecution { job, request } => {
                let request = DeviceRequest::DescribeJobExecution { job, request };
                let reply = self.ask(&self.client, &request, editor).await;
                self.of_reply(reply, None)
            }
            Command::UpdateJobExecution { job, request } => {
                let status = request.status.clone();
                let request = DeviceRequest::UpdateJobExecution { job, request };
                let reply = self.ask(&self.client, &request, editor).await;
                self.of_reply(reply, Some(&status))
            }
            Command::CreateJob(create) => {
                let (request, until) = self.create_job(create, editor).await?;
                self.call(&request, until, editor).await
            }
            Command::Control(request) => self.call(&request, self.deadline(), editor).await,
            Command::Wait { .. }
            | Command::Help(_)
            | Command::Tutorial(_)
            | Command::Doctor
            | Command::ShowEvents(_)
            | Command::LastEvents(_)
            | Command::ShowWire(_)
            | Command::ShowNotes(_)
            | Command::Explain(_)
            | Command::Watch { .. }
            | Command::Quit => Ok(Answer::Nothing),
        }
    }

    /// A request of the device, sent again while the service throttles it.
    pub(crate) async fn ask(
        &self,
        client: &Client,
        request: &DeviceRequest,
        editor: &Editor,
    ) -> Result<Reply, RequestError> {
        let operation = request.operation();
        let attempted = async |attempt: &Attempt| {
            let before = attempt.end.as_ref().map_or(0, |reply| reply.after_events);
            self.feed.catch_up(before).await;
            if self.feed.shows_wire() {
                let wires = wire::mqtt(&self.thing, &operation, attempt);
                self.show_wires(wires, before, editor);
            }
        };
        let pausing = |pause| self.say_throttled(operation.name(), pause, editor);
        client
            .request_while_throttled(request, attempted, pausing)
            .await
    }

    /// An operation of the control plane, sent again while the service throttles it. Returns its body.
    pub(crate) async fn order(
        &self,
        control: &Control,
        request: &Request,
        editor: &Editor,
    ) -> Result<String, ControlError> {
        let send = async |control: Control| {
            let (body, exchange) = control.exchange(request).await;
            self.show_wires(wire::http(&exchange), 0, editor);
            body
        };
        let pausing = |pause| self.say_throttled(request.operation(), pause, editor);
        ask::order(control, send, pausing).await
    }

    /// A line in the middle of a command.
    fn say_throttled(&self, operation: &str, pause: Duration, editor: &Editor) {
        let text = format!(
            "{operation} was throttled; trying again in {:.1} s",
            pause.as_secs_f64()
        );
        let name = "Throttled";
        let notice = Notice::Connection { name, text };
        editor.print_reply_after(&self.feed.style().notice(&notice), 0);
    }

    /// Shows what went over the wire, if that is wanted, behind the first `events` events.
    fn show_wires(&self, wires: Vec<Wire>, events: u64, editor: &Editor) {
        if !self.feed.shows_wire() {
            return;
        }
        for wire in wires {
            let shown = self.feed.style().notice(&Notice::Wire(wire));
            editor.print_reply_after(&shown, events);
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

    fn of_reply(&mut self, reply: Result<Reply, RequestError>, status: Option<&str>) -> Outcome {
        if let Ok(reply) = &reply {
            self.after_events = reply.after_events;
            let payload = reply.payload.value();
            self.feed.learn(|jobs| jobs.learn_reply(payload));
        }
        answer::of_reply(reply, status)
    }

    /// When a command that begins now has to end.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.control.timeout()
    }

    /// The control plane, whose next operation ends until then: all requests of a command share its time.
    fn control_until(&self, until: Instant) -> Control {
        self.control
            .within(until.saturating_duration_since(Instant::now()))
    }

    async fn call(&mut self, request: &Request, until: Instant, editor: &Editor) -> Outcome {
        let control = self.control_until(until);
        let body = match self.order(&control, request, editor).await {
            Ok(first) => self.with_pages_behind(request, first, until, editor).await,
            refused => refused,
        };
        let outcome = answer::of_control(request.operation(), body);
        if let Ok(Answer::Response { payload, .. }) = &outcome {
            match request {
                Request::CreateJob { job, .. } => self.feed.learn(|jobs| jobs.learn_created(job)),
                Request::DeleteJob { job, .. } => self.feed.learn(|jobs| jobs.learn_deleted(job)),
                Request::ListJobs { .. } | Request::ListJobExecutionsForThing { .. } => {
                    self.feed.learn(|jobs| jobs.learn_listed(payload.value()));
                }
                _ => {}
            }
        }
        outcome
    }

    /// The first page of a list, and those behind it if they are wanted.
    async fn with_pages_behind(
        &self,
        request: &Request,
        first: String,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, ControlError> {
        let mut request = request.clone();
        let mut list = List::new(first);
        for _ in 1..list::MAX_PAGES {
            match (request.page_mut(), list.next_token()) {
                (Some(page), Some(token)) if page.all => page.next_token = Some(token),
                _ => break,
            }
            let control = self.control_until(until);
            list.add(&self.order(&control, &request, editor).await?);
        }
        Ok(list.into_body())
    }

    /// Reads the document and finds the ARNs of the targets. The time of the command, which ends at the instant that is returned,
    /// does not count while a document is read here.
    async fn create_job(
        &mut self,
        create: CreateJob,
        editor: &Editor,
    ) -> Result<(Request, Instant), Failure> {
        let (document, until) = match create.document {
            Document::Job(job) => {
                let until = self.deadline();
                (self.document_of(job, until, editor).await?, until)
            }
            document => (self.read(document).await?, self.deadline()),
        };
        let mut targets = Vec::new();
        for target in create.targets {
            targets.push(self.target(target, until, editor).await?);
        }
        if targets.is_empty() {
            targets.push(self.own_arn(until, editor).await?);
        }
        let request = Request::CreateJob {
            job: create.job,
            targets,
            document,
            continuous: create.continuous,
            description: create.description,
            timeout_min: create.timeout_min,
            more: create.more,
        };
        Ok((request, until))
    }

    /// The text of a document that is not yet to be written. A named pipe or standard input may let us wait; Ctrl-C ends that.
    async fn read(&self, document: Document) -> Result<String, Failure> {
        let stdin_is_free = self.stdin_is_free;
        tokio::task::spawn_blocking(move || document::read(document, stdin_is_free))
            .await
            .map_err(|error| Failure::new(Cause::Setup, &error))?
    }

    /// The document of a job that there is, found before `until`.
    pub(crate) async fn document_of(
        &self,
        job: JobId,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, Failure> {
        let request = Request::GetJobDocument { job };
        let control = self.control_until(until);
        let body = self.order(&control, &request, editor).await;
        let body = body.map_err(|error| {
            let failure = answer::of_control_error(request.operation(), error);
            not_sent(failure, "the document of a job")
        })?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        Ok(body["document"].as_str().unwrap_or_default().to_owned())
    }

    /// Targets are named by their ARNs as far as the control plane tells them.
    async fn explain(&mut self, mut command: Command, editor: &Editor) -> String {
        if let Command::CreateJob(create) = &mut command {
            let until = self.deadline();
            for target in &mut create.targets {
                if let Ok(arn) = self.target(target.clone(), until, editor).await {
                    *target = arn;
                }
            }
            // Without it there is a word to be filled in.
            let _ = self.own_arn(until, editor).await;
        }
        let mut address = self.address.clone();
        address.thing_arn.clone_from(&self.thing_arn);
        explain::text(&command, &address)
    }

    async fn target(
        &self,
        name: String,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, Failure> {
        if name.starts_with("arn:") {
            return Ok(name);
        }
        if name.is_empty() {
            return Err(Failure::new(Cause::Usage, &"--target is empty"));
        }
        let thing = match ThingName::new(&name) {
            Ok(thing) => thing,
            Err(error) => {
                let what = format!("--target: `{name}` {error}");
                return Err(Failure::new(Cause::Usage, &what));
            }
        };
        let thing = Request::DescribeThing { thing };
        let group = Request::DescribeThingGroup { group: name };
        let (asked, body) = match self.order(&self.control_until(until), &thing, editor).await {
            Err(error) if error.is_not_found() => {
                let control = self.control_until(until);
                (&group, self.order(&control, &group, editor).await)
            }
            body => (&thing, body),
        };
        match body {
            Ok(body) => Ok(arn_in(&body)),
            Err(error) => {
                let failure = answer::of_control_error(asked.operation(), error);
                Err(not_sent(failure, "the ARN of a target"))
            }
        }
    }

    /// The ARN may have been out of reach at the start: without credentials, or without the permission.
    async fn own_arn(&mut self, until: Instant, editor: &Editor) -> Result<String, Failure> {
        if let Some(arn) = &self.thing_arn {
            return Ok(arn.clone());
        }
        let thing = self.thing.clone();
        let request = Request::DescribeThing { thing };
        let control = self.control_until(until);
        match self.order(&control, &request, editor).await {
            Ok(body) => Ok(self.thing_arn.insert(arn_in(&body)).clone()),
            Err(error) => Err(not_sent(
                answer::of_control_error("DescribeThing", error),
                "the ARN of the thing",
            )),
        }
    }
}

/// The ARN in what describes a thing or a thing group.
fn arn_in(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let arn = body["thingArn"].as_str().or(body["thingGroupArn"].as_str());
    arn.unwrap_or_default().to_owned()
}

fn not_sent(mut failure: Failure, what: &str) -> Failure {
    let more = ["\nCreateJob was not sent: it needs ", what];
    failure.text.extend(more);
    failure
}
