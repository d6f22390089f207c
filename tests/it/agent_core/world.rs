//! One device, its shell, its link and the service, in virtual time. The link can be cut at every message, and the device can
//! crash at every action.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jobs_sandbox::executor::core::{Action, Answer, Device, ExecutionId, Input, Memory, Settings};
use jobs_sandbox::executor::step::{Exit, Progress, StepEnd};
use jobs_sandbox::protocol::{
    DeviceRequest, EpochMillis, EventMessage, JobId, Operation,
    StartNextPendingJobExecutionRequest, UpdateJobExecutionRequest,
};
use serde_json::{Value, json};

use crate::agent_core::cloud::{Cloud, THING};
use crate::agent_core::watch::Watch;
use crate::service::identity;

/// A shell gives a request up after so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// On the way to the service.
enum Up {
    Own(u64, DeviceRequest),
    /// Of the user of the session, by hand.
    User(DeviceRequest),
    /// Of another client, of which the device sees the reply alone.
    Other(DeviceRequest),
}

/// On the way to the device.
#[derive(Debug, Clone)]
enum Down {
    Answer(u64, Answer),
    Event(EventMessage),
    /// A reply to the user, with what was asked, or to another client.
    Foreign(Operation, Option<DeviceRequest>, Answer),
}

/// A program that runs.
#[derive(Debug, Default)]
pub(crate) struct Process {
    /// Whether it was asked to end.
    pub(crate) is_terminated: bool,
}

pub(crate) struct World {
    pub(crate) now: EpochMillis,
    pub(crate) cloud: Cloud,
    pub(crate) settings: Settings,
    /// `None` while the device is off.
    pub(crate) device: Option<Device>,
    pub(crate) journal: Memory,
    /// The device crashes after so many further actions.
    pub(crate) crash_in: Option<usize>,
    is_linked: bool,
    up: VecDeque<Up>,
    down: VecDeque<Down>,
    /// The last events that were delivered.
    events: VecDeque<EventMessage>,
    /// The request without an answer, and until when one may come.
    unanswered: Option<(u64, EpochMillis)>,
    pub(crate) process: Option<Process>,
    /// When the link is up once more, as the plan says.
    link_at: Option<EpochMillis>,
    /// When the device is up once more, as the plan says.
    start_at: Option<EpochMillis>,
    /// Jobs that the user has started or updated by hand.
    touched: BTreeSet<String>,
    pub(crate) watch: Watch,
    /// What the device has decided and done.
    pub(crate) log: Vec<String>,
    jobs: u32,
    /// Of the last request.
    number: u64,
    /// Of the next job.
    pub(crate) document: Option<Value>,
}

impl World {
    /// A device that is off, without a link.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            now: EpochMillis(1_000_000_000),
            cloud: Cloud::new(),
            settings,
            device: None,
            journal: Memory::default(),
            crash_in: None,
            is_linked: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            events: VecDeque::new(),
            unanswered: None,
            process: None,
            link_at: None,
            start_at: None,
            touched: BTreeSet::new(),
            watch: Watch::default(),
            log: Vec::new(),
            jobs: 0,
            number: 0,
            document: None,
        }
    }

    // The device.

    pub(crate) fn start(&mut self) {
        if self.device.is_none() {
            self.start_at = None;
            self.device = Some(Device::new(self.settings.clone(), self.journal.clone()));
            if self.is_linked {
                self.feed(Input::Connected);
            }
        }
    }

    /// The device is gone, with all that ran on it.
    pub(crate) fn crash(&mut self) {
        self.device = None;
        self.process = None;
        self.crash_in = None;
        self.number = 0;
        self.unanswered = None;
        self.up.clear();
        self.down.clear();
        self.events.clear();
    }

    pub(crate) fn feed(&mut self, input: Input) {
        if let Some(device) = &mut self.device {
            let actions = device.handle(self.now, input);
            self.perform(actions);
        }
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            if self.crash_in == Some(0) {
                self.log.push("* crashes".to_owned());
                return self.crash();
            }
            self.crash_in = self.crash_in.map(|left| left - 1);
            self.perform_one(action);
            if self.device.is_none() {
                return;
            }
        }
    }

    fn perform_one(&mut self, action: Action) {
        let is_running = self.process.is_some();
        match action {
            Action::Decide(decision) => {
                Watch::decide(&decision);
                let waits = if decision.waits { "waits to: " } else { "" };
                self.log.push(format!("{waits}{decision}"));
            }
            Action::Remember(memory) => {
                self.watch.remember(&self.journal, &memory);
                self.journal = memory;
            }
            Action::Request { number, request } => {
                assert!(self.is_linked, "{request:?} without a link");
                assert_eq!(self.unanswered, None, "one request after the other");
                assert!(number > self.number, "an answer has one request");
                self.number = number;
                Watch::request(&self.journal, is_running, &request);
                self.log
                    .push(format!("> {} {}", request.operation(), request.payload()));
                self.unanswered = Some((number, self.now.plus(PATIENCE)));
                self.up.push_back(Up::Own(number, request));
            }
            Action::Start(start) => {
                self.watch.start(&self.journal, is_running, &start);
                self.log.push(format!(
                    "! start {:?}, attempt {}, of {}",
                    start.step.task, start.attempt, start.document
                ));
                self.process = Some(Process::default());
            }
            Action::Terminate => {
                self.log.push("! terminate".to_owned());
                let process = self.process.as_mut().expect("a process to terminate");
                process.is_terminated = true;
            }
            Action::Kill => {
                self.log.push("! kill".to_owned());
                assert!(self.process.is_some(), "a process to kill");
            }
            Action::CutLink(lasts) => {
                self.link_at = Some(self.now.plus(lasts));
                self.down.clear();
                self.up.clear();
                self.is_linked = false;
                self.unanswered = None;
                self.feed(Input::Disconnected);
            }
            Action::Reboot(lasts) => {
                let memory = self.device.as_ref().map(Device::memory);
                assert_eq!(memory, Some(&self.journal), "the journal is complete");
                self.crash();
                self.start_at = Some(self.now.plus(lasts));
            }
            Action::Finish => self.crash(),
        }
    }

    /// The running program ends.
    pub(crate) fn end(&mut self, exit: Exit, stdout: &str) {
        if self.process.take().is_some() {
            self.feed(Input::Ended(StepEnd {
                exit,
                stdout: stdout.to_owned(),
                stderr: String::new(),
            }));
        }
    }

    /// The running program reports.
    pub(crate) fn progress(&mut self, name: &str, value: &str) {
        if self.process.is_some() {
            let details = [(name.to_owned(), value.to_owned())].into();
            self.feed(Input::Progress(Progress { details }));
        }
    }

    // The link.

    pub(crate) fn link(&mut self) {
        if !self.is_linked {
            self.link_at = None;
            self.is_linked = true;
            self.feed(Input::Connected);
        }
    }

    /// What is on its way is lost.
    pub(crate) fn cut(&mut self) {
        if self.is_linked {
            self.is_linked = false;
            self.up.clear();
            self.down.clear();
            self.unanswered = None;
            self.feed(Input::Disconnected);
        }
    }

    fn queue_events(&mut self, events: Vec<EventMessage>) {
        if self.is_linked && self.device.is_some() {
            self.down.extend(events.into_iter().map(Down::Event));
        }
    }

    pub(crate) fn deliver_up(&mut self) -> bool {
        let Some(sent) = self.up.pop_front() else {
            return false;
        };
        let (Up::Own(_, request) | Up::User(request) | Up::Other(request)) = &sent;
        let (answer, events) = self.cloud.request(self.now, request);
        let lost = self.cloud.lost.take();
        if !matches!(sent, Up::Own(..)) {
            self.touch(request, answer.as_ref().or(lost.as_ref()));
        }
        let operation = request.operation();
        self.down.extend(answer.map(|answer| match sent {
            Up::Own(number, _) => Down::Answer(number, answer),
            Up::User(request) => Down::Foreign(operation, Some(request), answer),
            Up::Other(_) => Down::Foreign(operation, None, answer),
        }));
        self.queue_events(events);
        true
    }

    pub(crate) fn deliver_down(&mut self) -> bool {
        let Some(message) = self.down.pop_front() else {
            return false;
        };
        match message {
            Down::Answer(request, answer) => {
                if self.unanswered.is_some_and(|(number, _)| number == request) {
                    self.unanswered = None;
                    self.feed(Input::Answer { request, answer });
                }
            }
            Down::Event(event) => {
                if self.events.len() == 4 {
                    self.events.pop_front();
                }
                self.events.push_back(event.clone());
                self.feed(Input::Event(event));
            }
            Down::Foreign(operation, request, answer) => {
                self.answer_other(operation, request, answer);
            }
        }
        true
    }

    /// Notes what the user has done, even if the answer is lost.
    fn touch(&mut self, request: &DeviceRequest, answer: Option<&Answer>) {
        if let DeviceRequest::UpdateJobExecution { job, .. } = request {
            self.touched.insert(job.to_string());
        }
        if let Some(Answer::Accepted(payload)) = answer
            && let Some(job) = payload.value()["execution"]["jobId"].as_str()
        {
            self.touched.insert(job.to_owned());
        }
    }

    /// Whether the user has started or updated an execution of the job.
    pub(crate) fn is_touched(&self, id: &ExecutionId) -> bool {
        self.touched.contains(id.job_id.as_str())
    }

    fn answer_other(
        &mut self,
        operation: Operation,
        request: Option<DeviceRequest>,
        answer: Answer,
    ) {
        if let Answer::Accepted(payload) | Answer::Rejected(payload) = answer {
            self.feed(Input::Foreign {
                operation,
                request,
                payload,
            });
        }
    }

    /// Delivers everything.
    pub(crate) fn deliver(&mut self) {
        let mut messages = 0;
        while self.deliver_up() || self.deliver_down() {
            messages += 1;
            assert!(messages < 200, "messages without end: {:#?}", self.tail());
        }
    }

    /// The next message comes behind the one after it, if the two are of different topics.
    pub(crate) fn overtake(&mut self) {
        let is_event = |message: &Down| match message {
            Down::Event(event) => Some(event.name),
            Down::Answer(..) | Down::Foreign(..) => None,
        };
        if let (Some(first), Some(second)) = (self.down.front(), self.down.get(1))
            && is_event(first) != is_event(second)
        {
            self.down.swap(0, 1);
        }
    }

    /// An event of the last ones comes once more.
    pub(crate) fn duplicate(&mut self, which: usize) {
        if let Some(event) = self.events.get(which).cloned() {
            self.queue_events(vec![event]);
        }
    }

    // The user.

    /// The user of the session, or another client, sends a request.
    pub(crate) fn by_hand(&mut self, request: DeviceRequest, is_other: bool) {
        if self.is_linked && self.device.is_some() {
            self.up.push_back(if is_other {
                Up::Other(request)
            } else {
                Up::User(request)
            });
        }
    }

    pub(crate) fn next_by_hand(&mut self) {
        let request = StartNextPendingJobExecutionRequest::default();
        self.by_hand(DeviceRequest::StartNextPendingJobExecution(request), false);
    }

    pub(crate) fn update_by_hand(&mut self, job: &str, status: &str) {
        self.by_hand(update(job, None, status), false);
    }

    // The operator.

    pub(crate) fn control(&mut self, method: &str, target: &str, body: &Value) -> u16 {
        let (status, _, events) = self.cloud.control(self.now, method, target, body);
        self.queue_events(events);
        status
    }

    /// Creates a job. A job with an id that was there before comes a second later, for nothing would tell them apart; and it finds
    /// no request under way, which nothing would keep from reaching it.
    pub(crate) fn create(&mut self, job: &str, target: &str, more: &Value) -> u16 {
        let is_reused = self.watch.documents.keys().any(|(id, _)| id == job);
        if is_reused {
            self.advance(Duration::from_secs(1));
            self.deliver();
        }
        self.jobs += 1;
        let document = self.document.take();
        let document = document.unwrap_or_else(|| json!({ "job": job, "serial": self.jobs }));
        let document = document.to_string();
        let targets = [identity().arn(target)];
        let mut body = json!({ "targets": targets, "document": document });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let status = self.control("PUT", &format!("/jobs/{job}"), &body);
        if status == 200 {
            let second = i64::try_from(self.now.seconds().0).expect("a time");
            let key = (job.to_owned(), second);
            self.watch.documents.insert(key, document);
        }
        if is_reused {
            self.deliver();
        }
        status
    }

    pub(crate) fn cancel_execution(&mut self, job: &str, force: bool) -> u16 {
        let target = format!("/things/{THING}/jobs/{job}/cancel?force={force}");
        self.control("PUT", &target, &Value::Null)
    }

    // The time.

    /// When something is due.
    pub(crate) fn due(&self) -> Option<EpochMillis> {
        let device = self.device.as_ref().and_then(Device::poll_timeout);
        let unanswered = self.unanswered.map(|(_, until)| until);
        let due = [
            device,
            self.cloud.poll_timeout(),
            unanswered,
            self.link_at,
            self.start_at,
        ];
        due.into_iter().flatten().min()
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        let until = self.now.plus(time);
        let mut at_once = 0;
        while let Some(due) = self.due().filter(|due| *due <= until) {
            at_once = if due <= self.now { at_once + 1 } else { 0 };
            assert!(at_once < 10, "timeouts without end: {:#?}", self.tail());
            self.now = self.now.max(due);
            self.let_happen();
        }
        self.now = until;
    }

    fn let_happen(&mut self) {
        let events = self.cloud.handle_timeout(self.now);
        self.queue_events(events);
        if let Some((request, _)) = self.unanswered.take_if(|(_, until)| *until <= self.now) {
            let answer = Answer::Failed("no reply came within 30 s".to_owned());
            self.feed(Input::Answer { request, answer });
        }
        if self.link_at.is_some_and(|at| at <= self.now) {
            self.link();
        }
        if self.start_at.is_some_and(|at| at <= self.now) {
            self.start();
        }
        if let Some(device) = &mut self.device
            && device.poll_timeout().is_some_and(|at| at <= self.now)
        {
            let actions = device.handle_timeout(self.now);
            self.perform(actions);
        }
    }

    /// The end of the log.
    pub(crate) fn tail(&self) -> &[String] {
        &self.log[self.log.len().saturating_sub(30)..]
    }
}

/// A request to update an execution.
pub(crate) fn update(job: &str, number: Option<i64>, status: &str) -> DeviceRequest {
    DeviceRequest::UpdateJobExecution {
        job: JobId::new(job).expect("a job id"),
        request: UpdateJobExecutionRequest {
            status: status.to_owned(),
            execution_number: number,
            ..UpdateJobExecutionRequest::default()
        },
    }
}
