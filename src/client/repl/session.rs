//! What commands work on, and how a command of each kind is carried out.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::argument::DocumentText;
use crate::backoff::while_throttled;
use crate::cause::Cause;
use crate::control::document_args::{DocumentArgs, DocumentSource};
use crate::control::operations::{describe_thing, describe_thing_group, get_job_document};
use crate::control::page::Page;
use crate::control::{Control, ControlError, ControlRequest, arn_in};
use crate::device::{Attempt, Client, Reply, RequestError};
use crate::protocol::{DeviceRequest, JobId, Verdict};
use crate::repl::agent::at_work::AgentAtWork;
use crate::repl::arns;
use crate::repl::document_file::{self, DocumentFile};
use crate::repl::editor::Editor;
use crate::repl::expected::Expected;
use crate::repl::feed::Feed;
use crate::repl::guide::explain;
use crate::repl::input::command::{Command, Explained, ServiceRequest};
use crate::repl::list::{self, List};
use crate::repl::new_files::{self, NewFiles};
use crate::repl::output::answer::{self, Answer, Failure, Outcome};
use crate::repl::output::notice::{self, Notice, Wire};
use crate::repl::output::wire;
use crate::repl::output::{hints, render};
use crate::repl::outside::{self, outside};
use crate::repl::parts::Parts;
use crate::underway::Underway;

/// Everything that commands work on.
pub(crate) struct Session {
    pub(crate) parts: Parts,
    /// How long `wait` waits where it does not say.
    pub(crate) timeout: Duration,
    /// Whether a document may come from standard input.
    pub(crate) stdin_is_free: bool,
    /// What comes without being asked.
    pub(crate) feed: Feed,
    /// The agent, if it is on.
    pub(crate) agent: Option<AgentAtWork>,
    /// `wait event` takes events after this number: those since the last command began that no `wait` has had.
    pub(crate) mark: u64,
    /// What the request of the command should cause, if it is accepted.
    pub(crate) expected: Option<Expected>,
    /// Whether the request of the command is on its way.
    pub(crate) underway: Underway,
}

/// How a command ended, and how many events came before that.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    pub(crate) after_events: u64,
}

impl From<Outcome> for Answered {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            after_events: 0,
        }
    }
}

impl Session {
    /// Carries a request out.
    pub(crate) async fn request(&mut self, request: &ServiceRequest, editor: &Editor) -> Answered {
        self.mark = self.feed.taken();
        match request {
            ServiceRequest::Device(request) => self.device(request, editor).await,
            ServiceRequest::Control(request) => {
                self.control((**request).clone(), editor).await.into()
            }
        }
    }

    async fn device(&mut self, request: &DeviceRequest, editor: &Editor) -> Answered {
        self.expected = (self.feed).learn(|jobs| Expected::of_device(request, jobs));
        let client = self.parts.client.marking(&self.underway);
        let reply = self.send_as_device(&client, request, editor).await;
        let status = match request {
            DeviceRequest::UpdateJobExecution { request, .. } => Some(request.status.as_str()),
            _ => None,
        };
        if let Ok(reply) = &reply
            && reply.verdict == Verdict::Accepted
        {
            let payload = reply.payload.value();
            self.feed
                .learn(|jobs| jobs.learn_accepted(&reply.operation, status, payload));
        }
        Answered {
            after_events: reply.as_ref().map_or(0, |reply| reply.after_events),
            outcome: answer::of_reply(reply, status),
        }
    }

    async fn control(&mut self, mut request: ControlRequest, editor: &Editor) -> Outcome {
        let until = self.read_document(&mut request, editor).await?;
        self.find_targets(&mut request, until, editor).await?;
        self.find_arns(&mut request, until, editor).await?;
        let files = create_files(&request).await?;
        for member in request.unknown_members() {
            let unknown = notice::unknown_member(request.about().name, &member);
            self.say(&unknown, editor);
        }
        let (change, own) = (request.pending_change(), &self.parts.thing);
        self.expected = (self.feed).learn(|jobs| Expected::of_change(change, own, jobs));
        let control = self.control_until(until).marking(&self.underway);
        let body = match self.send_as_operator(&control, &request, editor).await {
            Ok(first) => {
                self.with_pages_behind(&mut request, first, until, editor)
                    .await
            }
            refused => refused,
        };
        let body = match (files, body) {
            (Some(files), Ok(body)) => Ok(write_files(files, body).await?),
            (_, body) => body,
        };
        let outcome = answer::of_control(request.about(), body);
        if let Ok(Answer::Response { payload, .. }) = &outcome {
            self.feed
                .learn(|jobs| jobs.learn_controlled(&request, own, payload.value()));
        }
        outcome
    }

    /// Sends a request of the device, and retries while the service throttles it.
    pub(crate) async fn send_as_device(
        &self,
        client: &Client,
        request: &DeviceRequest,
        editor: &Editor,
    ) -> Result<Reply, RequestError> {
        let operation = request.operation();
        let attempted = async |attempt: &Attempt| {
            let before = attempt.end.as_ref().map_or(0, |reply| reply.after_events);
            self.feed.catch_up(before).await;
            let wires = || wire::mqtt(&self.parts.thing, &operation, attempt);
            self.show_wires(wires, before, editor);
        };
        let pausing = |pause| self.say_throttled(operation.name(), pause, editor);
        client
            .request_while_throttled(request, attempted, pausing)
            .await
    }

    /// Sends a request of the control plane, and retries while the service throttles it. Returns the body of the response.
    pub(crate) async fn send_as_operator(
        &self,
        control: &Control,
        request: &ControlRequest,
        editor: &Editor,
    ) -> Result<String, ControlError> {
        let call = control.prepare(request, &self.parts.thing);
        let attempt = async |left| {
            let (body, exchange) = control.within(left).send(&call).await;
            self.show_wires(|| wire::http(&exchange), 0, editor);
            body
        };
        let is_throttled = |body: &Result<String, ControlError>| {
            body.as_ref().is_err_and(ControlError::is_throttled)
        };
        let pausing = |pause| self.say_throttled(request.about().name, pause, editor);
        while_throttled(control.timeout(), attempt, is_throttled, pausing).await
    }

    fn say_throttled(&self, operation: &str, pause: Duration, editor: &Editor) {
        self.say(&notice::throttled(operation, pause), editor);
    }

    /// A line in the middle of a command, if its form shows it.
    fn say(&self, notice: &Notice, editor: &Editor) {
        editor.print_reply_after(&self.feed.style().notice(notice), 0);
    }

    /// Shows what went over the wire, if that is wanted, behind the first `events` events.
    fn show_wires(&self, wires: impl FnOnce() -> Vec<Wire>, events: u64, editor: &Editor) {
        if !self.feed.shows_wire() {
            return;
        }
        for wire in wires() {
            let shown = self.feed.style().notice(&Notice::Wire(wire));
            editor.print_reply_after(&shown, events);
        }
    }

    /// What failed comes after `error: `, as it does with every other command.
    pub(crate) async fn examine(&self) -> Outcome {
        let (text, is_well) = (self.parts.doctor)(self.parts.client.clone()).await;
        let text = self.feed.report(&text);
        if is_well {
            Ok(Answer::Text(text))
        } else {
            let error = format!("some checks failed\n{text}");
            Err(Failure::new(Cause::Refused, &error))
        }
    }

    /// When a command that begins now has to end.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.parts.control.timeout()
    }

    /// The control plane, whose next operation ends until then: all requests of a command share its time.
    fn control_until(&self, until: Instant) -> Control {
        self.parts
            .control
            .within(until.saturating_duration_since(Instant::now()))
    }

    /// The first page of a list, and those behind it if they are wanted.
    async fn with_pages_behind(
        &self,
        request: &mut ControlRequest,
        first: String,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, ControlError> {
        let wants_all = |page: Option<&mut Page>| page.is_some_and(|page| page.all);
        if !wants_all(request.page_mut()) {
            return Ok(first);
        }
        let mut list = List::new(first);
        for _ in 1..list::MAX_PAGES {
            let (Some(page), Some(token)) = (request.page_mut(), list.next_token()) else {
                break;
            };
            page.next_token = Some(token);
            let control = self.control_until(until);
            list.add(&self.send_as_operator(&control, request, editor).await?);
        }
        Ok(list.into_body())
    }

    /// Puts the text of the document into a request that has one. Returns when the command has to end: reading a document here
    /// does not count as its time.
    async fn read_document(
        &self,
        request: &mut ControlRequest,
        editor: &Editor,
    ) -> Result<Instant, Failure> {
        let is_json = request.document_is_json();
        let text = match request.document().map(|it| it.source()) {
            None | Some(DocumentSource::Inline(_)) => {
                return Ok(self.deadline());
            }
            Some(DocumentSource::Job(job)) => {
                let (job, until) = (job.clone(), self.deadline());
                let name = request.about().name;
                let text = self.document_of(job, name, until, editor).await?;
                put_document(request, text);
                return Ok(until);
            }
            Some(DocumentSource::File(name)) => {
                self.read(DocumentFile::Named(name.to_owned()), is_json)
            }
            Some(DocumentSource::Stdin) => self.read(DocumentFile::Stdin, is_json),
            // The loop opens it where there is a prompt, and comes with what was written.
            Some(DocumentSource::Editor(_)) => return Err(document_file::no_prompt()),
        };
        put_document(request, text.await?);
        Ok(self.deadline())
    }

    /// The text of a document. Reading a named pipe or standard input may block; Ctrl-C ends the wait.
    async fn read(&self, file: DocumentFile, is_json: bool) -> Result<String, Failure> {
        let stdin_is_free = self.stdin_is_free;
        let read = move || document_file::read(file, stdin_is_free, is_json);
        outside("reading the document".to_owned(), outside::PATIENCE, read).await?
    }

    /// The document of an existing job, which `operation` needs before `until`.
    pub(crate) async fn document_of(
        &self,
        job_id: JobId,
        operation: &str,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, Failure> {
        let request = ControlRequest::new(&get_job_document::OPERATION);
        let request = request.with("jobId", job_id.as_str());
        let control = self.control_until(until);
        let body = self.send_as_operator(&control, &request, editor).await;
        let body = body.map_err(|error| {
            answer::not_sent(operation, request.about(), error, "the document of a job")
        })?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        Ok(body["document"].as_str().unwrap_or_default().to_owned())
    }

    /// Replaces the names of a request's targets by their ARNs.
    async fn find_targets(
        &mut self,
        request: &mut ControlRequest,
        until: Instant,
        editor: &Editor,
    ) -> Result<(), Failure> {
        let operation = request.about().name;
        let Some(targets) = request.targets_mut() else {
            return Ok(());
        };
        for target in targets.iter_mut() {
            let name = std::mem::take(target);
            *target = self.target(name, operation, until, editor).await?;
        }
        if targets.is_empty() {
            targets.push(self.own_arn(operation, until, editor).await?);
        }
        Ok(())
    }

    /// Replaces resources that are typed without what comes before them in an ARN.
    async fn find_arns(
        &mut self,
        request: &mut ControlRequest,
        until: Instant,
        editor: &Editor,
    ) -> Result<(), Failure> {
        let operation = request.about().name;
        for (text, kind) in request.arns_mut() {
            if let Some(resource) = arns::resource(text, kind) {
                let own = self.own_arn(operation, until, editor).await?;
                *text = arns::beside(&own, &resource);
            }
        }
        Ok(())
    }

    /// What `explain` prints. Targets are named by their ARNs, as far as the control plane returns them.
    pub(crate) async fn explain(&mut self, mut explained: Explained, editor: &Editor) -> String {
        if let Command::Service(ServiceRequest::Control(request)) = &mut explained.command {
            let until = self.deadline();
            // What is not found is printed as it was typed.
            let _ = self.find_arns(request, until, editor).await;
            let operation = request.about().name;
            if let Some(targets) = request.targets_mut() {
                for target in targets {
                    let name = target.clone();
                    if let Ok(arn) = self.target(name, operation, until, editor).await {
                        *target = arn;
                    }
                }
                // Without the ARN the text has a placeholder.
                let _ = self.own_arn(operation, until, editor).await;
            }
        }
        explain::text(&explained, &self.parts.address)
    }

    /// The ARN of a target, which is typed as a name, a resource (`thing/lamp`) or an ARN.
    async fn target(
        &mut self,
        name: String,
        operation: &str,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, Failure> {
        if name.starts_with("arn:") {
            return Ok(name);
        }
        if name.contains('/') {
            let own = self.own_arn(operation, until, editor).await?;
            return Ok(arns::beside(&own, &name));
        }
        let thing = ControlRequest::new(&describe_thing::OPERATION);
        let thing = thing.with("thingName", &name);
        let group = ControlRequest::new(&describe_thing_group::OPERATION);
        let group = group.with("thingGroupName", &name);
        let control = self.control_until(until);
        let (mut asked, mut body) = (
            &thing,
            self.send_as_operator(&control, &thing, editor).await,
        );
        if body.as_ref().is_err_and(ControlError::is_not_found) {
            let control = self.control_until(until);
            asked = &group;
            body = self.send_as_operator(&control, &group, editor).await;
        }
        body.map(|body| arn_in(&body)).map_err(|error| {
            let is_neither = error.is_not_found();
            let mut failure =
                answer::not_sent(operation, asked.about(), error, "the ARN of a target");
            if is_neither {
                failure.text = render::error(&hints::of_target(operation, &name));
            }
            failure
        })
    }

    /// The ARN may have been out of reach at the start: without credentials, or without the permission.
    async fn own_arn(
        &mut self,
        operation: &str,
        until: Instant,
        editor: &Editor,
    ) -> Result<String, Failure> {
        if let Some(arn) = &self.parts.address.thing_arn {
            return Ok(arn.clone());
        }
        let request = ControlRequest::new(&describe_thing::OPERATION);
        let request = request.with("thingName", self.parts.thing.as_str());
        let control = self.control_until(until);
        match self.send_as_operator(&control, &request, editor).await {
            Ok(body) => {
                let arn = &mut self.parts.address.thing_arn;
                Ok(arn.insert(arn_in(&body)).clone())
            }
            Err(error) => Err(answer::not_sent(
                operation,
                request.about(),
                error,
                "the ARN of the thing",
            )),
        }
    }
}

/// Creates the files for parts of the response; `None` if none is named.
async fn create_files(operation: &ControlRequest) -> Result<Option<NewFiles>, Failure> {
    let files = new_files::typed(&operation.new_files());
    if files.is_empty() {
        return Ok(None);
    }
    let create = move || NewFiles::create(&files);
    let created = outside("creating a file".to_owned(), outside::PATIENCE, create);
    created.await?.map(Some)
}

/// Writes parts of a response to their files. Returns it without private keys.
async fn write_files(files: NewFiles, body: String) -> Result<String, Failure> {
    let write = move || files.write(&body).map(|()| new_files::without_keys(&body));
    outside("writing a file".to_owned(), outside::PATIENCE, write).await?
}

/// Puts the text of a document into the request that takes it.
fn put_document(request: &mut ControlRequest, text: String) {
    if let Some(document) = request.document_mut() {
        *document = DocumentArgs::inline(DocumentText(text));
    }
}
