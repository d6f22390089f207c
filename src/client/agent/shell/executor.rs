//! A device at work: performs what the core decides.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};

use crate::agent::journal::{Journal, JournalError};
use crate::agent::shell::clock::Clock;
use crate::agent::shell::order::{self, Audience, Handle, News, Order, Orders, Requests};
use crate::agent::shell::workplace::{Tools, Workplace};
use crate::agent::work::WorkReport;
use crate::device::{Attempt, Client, ConnectionState, Event, Unexpected};
use crate::executor::core::{
    Action, Answer, Decision, DecisionName, Device, Input, Memory, Settings, in_words,
};
use crate::protocol::{DeviceRequest, EpochMillis, Verdict};

/// How many answers wait at most; the core has one request under way.
const ANSWERS: usize = 8;

/// How long a reply waits at most for the events that came before it.
const EVENTS_LATE: Duration = Duration::from_secs(1);

/// How long after another client has taken the client id the device tries to get it back.
const TAKEN_OVER_PAUSE: Duration = Duration::from_mins(5);

/// A device that is set up, and not at work yet.
pub struct Executor {
    settings: Settings,
    memory: Memory,
    client: Client,
    workplace: Workplace,
    reports: mpsc::Receiver<WorkReport>,
    journal: Option<Journal>,
    audience: Audience,
    orders: Orders,
    clock: Clock,
    answers: (mpsc::Sender<Answered>, mpsc::Receiver<Answered>),
    /// Whether no hand is on it any more.
    is_abandoned: bool,
    /// Counts the requests for who waits for their ends.
    requests: watch::Sender<Requests>,
    /// How many requests have ended.
    ended: u64,
    /// The number of the last event, where events are counted.
    heard: Option<u64>,
    /// A reply that came after events that have not arrived yet.
    early: Option<Early>,
    /// Whether it tries to get its client id back by itself.
    is_alone: bool,
    /// The core is made anew then, after a restart of the simulated device.
    restart: Option<EpochMillis>,
    nudge: Option<EpochMillis>,
}

/// A reply that is handled after the event of this number, or at this time.
struct Early {
    answered: Answered,
    after: u64,
    at: EpochMillis,
}

/// What became of the request with this number.
type Answered = (u64, DeviceRequest, Attempt);

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").finish_non_exhaustive()
    }
}

impl Executor {
    /// A device of this client. What it decides and exchanges goes to the audience.
    pub fn new(settings: Settings, client: Client, audience: Audience) -> (Self, Handle) {
        let (handle, orders, requests) = order::channel();
        let (workplace, reports) = Workplace::new(settings.thing.clone(), Tools::None);
        let executor = Self {
            settings,
            memory: Memory::default(),
            client,
            workplace,
            reports,
            journal: None,
            audience,
            orders,
            clock: Clock::start(),
            answers: mpsc::channel(ANSWERS),
            is_abandoned: false,
            requests,
            ended: 0,
            heard: None,
            early: None,
            is_alone: false,
            restart: None,
            nudge: None,
        };
        (executor, handle)
    }

    /// The same, which runs programs, keeps a journal unless its service ends with it, and has the client for itself.
    #[must_use]
    pub fn alone(mut self, tools: Tools, journal: Option<Journal>, memory: Memory) -> Self {
        (self.workplace, self.reports) = Workplace::new(self.settings.thing.clone(), tools);
        self.journal = journal;
        self.memory = memory;
        self.is_alone = true;
        self
    }

    /// Works until it is stopped, or until its journal cannot be written: then what runs is killed.
    pub async fn run(mut self) -> Result<(), JournalError> {
        let mut device = Device::new(self.settings.clone(), self.memory.clone());
        let worked = self.work(&mut device).await;
        if worked.is_err() && self.workplace.is_busy() {
            self.workplace.kill();
            while let Some(report) = self.reports.recv().await {
                if matches!(report, WorkReport::Ended(_)) {
                    break;
                }
            }
        }
        worked
    }

    async fn work(&mut self, device: &mut Device) -> Result<(), JournalError> {
        if self.client.state() == ConnectionState::Connected {
            let actions = device.handle(self.clock.now(), Input::Connected);
            if self.perform(device, actions).await?.is_break() {
                return Ok(());
            }
        }
        loop {
            let actions = self.next(device).await;
            if self.perform(device, actions).await?.is_break() {
                return Ok(());
            }
            let ended = self.ended;
            self.requests.send_modify(|it| it.ended = ended);
        }
    }

    /// Waits for something to happen, and hands it to the core.
    async fn next(&mut self, device: &mut Device) -> Vec<Action> {
        let due = self.restart.or_else(|| device.poll_timeout());
        let early = self.early.as_ref().map(|it| it.at);
        let due = due.into_iter().chain(self.nudge).chain(early).min();
        let input = match self.early_answer() {
            Some(answered) => Some(self.answered(answered)),
            None => self.input_or_due(device, due).await,
        };
        let now = self.clock.now();
        if let Some(restart) = self.restart {
            return self.while_off(device, now, restart, input);
        }
        if self.nudge.take_if(|at| *at <= now).is_some() {
            self.ask_for_connection();
        }
        match input {
            Some(input) => device.handle(now, input),
            None => device.handle_timeout(now),
        }
    }

    /// The next input; `None` when something is due.
    async fn input_or_due(
        &mut self,
        device: &mut Device,
        due: Option<EpochMillis>,
    ) -> Option<Input> {
        tokio::select! {
            order = self.orders.recv(), if !self.is_abandoned => {
                self.is_abandoned = order.is_none();
                let order = order.unwrap_or(Order::Stop { patience: Duration::ZERO });
                self.obey(device, order)
            }
            Some(answered) = self.answers.1.recv(), if self.early.is_none() => {
                let reply = answered.2.end.as_ref();
                let after = reply.map_or(0, |reply| reply.after_events);
                if self.heard.is_none_or(|heard| heard >= after) {
                    return Some(self.answered(answered));
                }
                let at = self.clock.now().plus(EVENTS_LATE);
                self.early = Some(Early { answered, after, at });
                self.requests.send_modify(|it| it.awaits = after);
                None
            }
            Some(report) = self.reports.recv() => Some(self.report(report)),
            () = until(due.map(|due| self.clock.instant(due))) => None,
        }
    }

    /// The reply that had to wait, if it need not wait any more.
    fn early_answer(&mut self) -> Option<Answered> {
        let (now, heard) = (self.clock.now(), self.heard);
        let early = &mut self.early;
        let is_due = |it: &mut Early| it.at <= now || heard >= Some(it.after);
        early.take_if(is_due).map(|it| it.answered)
    }

    fn answered(&mut self, (number, request, attempt): Answered) -> Input {
        self.ended += 1;
        (self.audience)(News::Exchange(request.operation(), attempt.clone()));
        Input::Answer {
            request: number,
            answer: answer(attempt),
        }
    }

    /// A device that restarts hears nothing.
    fn while_off(
        &mut self,
        device: &mut Device,
        now: EpochMillis,
        restart: EpochMillis,
        input: Option<Input>,
    ) -> Vec<Action> {
        let is_stop = matches!(input, Some(Input::Stop { .. }));
        if !is_stop && now < restart {
            return Vec::new();
        }
        self.restart = None;
        let by_step = device.is_by_step();
        *device = Device::new(self.settings.clone(), device.memory().clone());
        device.set_by_step(by_step);
        let mut actions = Vec::new();
        if self.client.state() == ConnectionState::Connected {
            actions = device.handle(now, Input::Connected);
        }
        if let Some(input) = input.filter(|_| is_stop) {
            actions.extend(device.handle(now, input));
        }
        actions
    }

    /// What an order means to the core.
    fn obey(&mut self, device: &mut Device, order: Order) -> Option<Input> {
        match order {
            Order::Event { event, number } => {
                self.heard = number.or(self.heard);
                self.input(event)
            }
            Order::Foreign {
                operation,
                request,
                payload,
            } => Some(Input::Foreign {
                operation,
                request: Some(*request),
                payload,
            }),
            Order::Stop { patience } => Some(Input::Stop { patience }),
            Order::Go => Some(Input::Go),
            Order::ByStep(on) => {
                device.set_by_step(on);
                None
            }
            Order::Status(sender) => {
                let _ = sender.send(device.status());
                None
            }
        }
    }

    /// What an event of the client means to the core.
    fn input(&mut self, event: Event) -> Option<Input> {
        match event {
            Event::Message(message) => Some(Input::Event(message)),
            // Events are missing, so the list is asked for once more.
            Event::ConnectedAgain { .. } => {
                self.nudge = None;
                Some(Input::Connected)
            }
            Event::Missed { .. } => {
                let is_connected = self.client.state() == ConnectionState::Connected;
                is_connected.then_some(Input::Connected)
            }
            Event::ConnectionLost { retrying, .. } => {
                if !retrying && self.is_alone {
                    self.nudge = Some(self.clock.now().plus(TAKEN_OVER_PAUSE));
                    let does = format!("pauses for {}", in_words(TAKEN_OVER_PAUSE));
                    let cause = "another client has taken the client id";
                    let decision = Decision::new(DecisionName::Retry, does, cause);
                    (self.audience)(News::Decision(decision));
                }
                Some(Input::Disconnected)
            }
            Event::UnexpectedReply {
                kind: Unexpected::Unknown,
                reply,
            } if reply.verdict == Verdict::Accepted => Some(Input::Foreign {
                operation: reply.operation,
                request: None,
                payload: reply.payload,
            }),
            Event::UnexpectedReply { .. } | Event::ReconnectFailed { .. } => None,
        }
    }

    fn report(&mut self, report: WorkReport) -> Input {
        match report {
            WorkReport::Progress(progress) => Input::Progress(progress),
            WorkReport::Ended(end) => {
                self.workplace.ended();
                if let Some(Err(error)) = self.journal.as_mut().map(|it| it.note_group(None)) {
                    // The next agent finds that nothing of the group is left.
                    tracing::warn!(%error, "the group of processes is still noted");
                }
                Input::Ended(end)
            }
        }
    }

    /// A request makes the client try to connect once.
    fn ask_for_connection(&self) {
        let client = self.client.clone();
        let asking = async move {
            let request = crate::protocol::GetPendingJobExecutionsRequest::default();
            let request = DeviceRequest::GetPendingJobExecutions(request);
            // What counts is the event of the connection.
            let _ = client.request(&request).await;
        };
        tokio::spawn(asking.boxed());
    }

    /// Performs actions in order. Breaks when the device has stopped.
    async fn perform(
        &mut self,
        device: &mut Device,
        actions: Vec<Action>,
    ) -> Result<ControlFlow<()>, JournalError> {
        let mut actions = std::collections::VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Decide(decision) => (self.audience)(News::Decision(decision)),
                Action::Remember(memory) => {
                    if let Some(journal) = &mut self.journal {
                        journal.store(&memory)?;
                    }
                }
                Action::Request { number, request } => self.send(number, request),
                Action::Start(start) => {
                    if let Some(end) = self.workplace.start(&start, self.journal.as_mut()) {
                        actions.extend(device.handle(self.clock.now(), Input::Ended(end)));
                    }
                }
                Action::Terminate => self.workplace.terminate(),
                Action::Kill => self.workplace.kill(),
                Action::CutLink(lasts) => self.client.cut(lasts).await,
                Action::Reboot(lasts) => {
                    self.client.cut(lasts).await;
                    self.restart = Some(self.clock.now().plus(lasts));
                }
                Action::Finish => return Ok(ControlFlow::Break(())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn send(&self, number: u64, request: DeviceRequest) {
        self.requests.send_modify(|it| it.sent += 1);
        let (client, answers) = (self.client.clone(), self.answers.0.clone());
        let sending = async move {
            let attempt = client.attempt(&request).await;
            // A device that has stopped does not need it.
            let _ = answers.send((number, request, attempt)).await;
        };
        tokio::spawn(sending.boxed());
    }
}

fn answer(attempt: Attempt) -> Answer {
    match attempt.end {
        Ok(reply) => match reply.verdict {
            Verdict::Accepted => Answer::Accepted(reply.payload),
            Verdict::Rejected => Answer::Rejected(reply.payload),
        },
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Answer::Failed(first.to_owned())
        }
    }
}

/// Waits until a time, or for ever.
async fn until(due: Option<std::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
