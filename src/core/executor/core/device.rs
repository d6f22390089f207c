//! The device: what it knows, and how an input becomes actions.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::executor::core::action::Action;
use crate::executor::core::attempt::Attempt;
use crate::executor::core::decision::{Decision, DecisionName};
use crate::executor::core::execution::{Execution, ExecutionId};
use crate::executor::core::input::Input;
use crate::executor::core::memory::Memory;
use crate::executor::core::moves::Move;
use crate::executor::core::pause::Pause;
use crate::executor::core::pending::{NEW_LINK, Pending, PendingEntry};
use crate::executor::core::settings::Settings;
use crate::protocol::EpochMillis;

/// How many decisions are remembered.
const REMEMBERED: usize = 10;

/// A device that executes jobs, one at a time.
///
/// Feed it with [`Device::handle`], and with [`Device::handle_timeout`] when [`Device::poll_timeout`] is due; do what it returns,
/// in order. The time must not run backwards.
#[derive(Debug)]
pub struct Device {
    pub settings: Settings,
    pub memory: Memory,
    pub is_connected: bool,
    pub pending: Pending,
    pub attempt: Option<Attempt>,
    /// The request that waits for its answer; there is one at a time.
    pub in_flight: Option<(u64, Move)>,
    next_number: u64,
    pub pause: Pause,
    /// Executions that are left alone.
    pub ignored: BTreeSet<ExecutionId>,
    /// Executions that the user, or another client, works on.
    pub by_hand: BTreeSet<ExecutionId>,
    /// An execution whose document was read, and which may be claimed.
    pub described: Option<Execution>,
    /// An execution that a list does not contain, and that is over, as the service says.
    pub verified: Option<ExecutionId>,
    /// Whether a claim before the last one may have been carried out.
    pub was_claiming: bool,
    /// When what runs is interrupted, if the device is to stop.
    pub stopping: Option<EpochMillis>,
    pub is_finished: bool,
    permission: Permission,
    /// The time of the last input.
    pub now: EpochMillis,
    recent: VecDeque<Decision>,
    actions: Vec<Action>,
}

/// Whether the next move may be made, where each waits for the user.
#[derive(Debug, PartialEq, Eq)]
enum Permission {
    NotAsked,
    /// This move was announced, and waits.
    Asked(Move),
    Given,
}

/// What a device knows and does, for its user to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub is_connected: bool,
    /// `None` if it is not known on this connection.
    pub pending: Option<Vec<PendingEntry>>,
    /// The execution that runs, with how many steps are done and how many there are.
    pub running: Option<(ExecutionId, usize, usize)>,
    /// The outcome that the service does not know yet.
    pub unreported: Option<(ExecutionId, &'static str)>,
    /// Whether it awaits the reply to a claim.
    pub is_claiming: bool,
    /// What the user works on; the first of it.
    pub by_hand: Option<ExecutionId>,
    /// Oldest first.
    pub decisions: Vec<Decision>,
}

impl Device {
    /// A device with this memory, not connected.
    pub fn new(settings: Settings, memory: Memory) -> Self {
        let pause = Pause::new(settings.seed, &settings.thing);
        Self {
            settings,
            memory,
            is_connected: false,
            pending: Pending::default(),
            attempt: None,
            in_flight: None,
            next_number: 1,
            pause,
            ignored: BTreeSet::new(),
            by_hand: BTreeSet::new(),
            described: None,
            verified: None,
            was_claiming: false,
            stopping: None,
            is_finished: false,
            permission: Permission::NotAsked,
            now: EpochMillis(0),
            recent: VecDeque::new(),
            actions: Vec::new(),
        }
    }

    /// Something has happened.
    pub fn handle(&mut self, now: EpochMillis, input: Input) -> Vec<Action> {
        match input {
            Input::Connected => self.connected(),
            Input::Disconnected => self.disconnected(),
            Input::Event(event) => self.event(&event),
            Input::Answer { request, answer } => self.answered(now, request, answer),
            Input::Foreign {
                operation,
                request,
                payload,
            } => self.foreign(now, &operation, request.as_ref(), &payload),
            Input::Progress(progress) => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.learn(progress);
                }
            }
            Input::Ended(end) => self.step_ended(&end),
            Input::Stop { patience } => self.stop(now, patience),
            Input::Go => self.go(now),
        }
        self.advance(now);
        std::mem::take(&mut self.actions)
    }

    /// When [`Device::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        if self.is_finished {
            return None;
        }
        let pause = self.pause.due().filter(|_| self.is_connected);
        let stopping = self.stopping.filter(|_| self.is_leaving_open());
        let due = pause.into_iter().chain(stopping);
        due.chain(self.work_timeouts()).min()
    }

    /// Lets everything happen that is due.
    pub fn handle_timeout(&mut self, now: EpochMillis) -> Vec<Action> {
        self.pause.handle_timeout(now);
        self.handle_work_timeouts(now);
        self.advance(now);
        std::mem::take(&mut self.actions)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the journal holds, or should hold.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    pub fn status(&self) -> Status {
        let running = self.attempt.as_ref().map(|attempt| {
            let done = self.memory.attempt.as_ref().map_or(0, |it| it.done);
            (attempt.id.clone(), done, attempt.steps.len())
        });
        let outcome = self.memory.outcome.as_ref();
        Status {
            is_connected: self.is_connected,
            pending: (self.pending.is_known).then(|| self.pending.entries().to_vec()),
            running,
            unreported: outcome.map(|it| (it.id.clone(), it.verdict.status().as_str())),
            is_claiming: self.is_claiming(),
            by_hand: self.by_hand.first().cloned(),
            decisions: self.recent.iter().cloned().collect(),
        }
    }

    /// Whether each move waits for [`Input::Go`].
    pub fn is_by_step(&self) -> bool {
        self.settings.by_step
    }

    /// Whether each move waits from now on.
    pub fn set_by_step(&mut self, on: bool) {
        self.settings.by_step = on;
    }

    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub fn decide(&mut self, decision: Decision) {
        if !self.settings.says_why {
            return;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(decision.clone());
        self.act(Action::Decide(decision));
    }

    /// Writes the journal before what follows.
    pub fn remember(&mut self) {
        self.act(Action::Remember(self.memory.clone()));
    }

    /// The number of a new request.
    pub fn number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    /// Makes every move that is possible now; in steps, after the user has allowed it.
    fn advance(&mut self, now: EpochMillis) {
        self.now = now;
        self.notice_replaced(now);
        self.leave_if_due(now);
        while let Some(next) = self.next_move(now) {
            if self.settings.by_step && self.permission != Permission::Given {
                return self.announce(&next);
            }
            self.permission = Permission::NotAsked;
            self.make(now, next);
            self.leave_if_due(now);
        }
        self.permission = Permission::NotAsked;
        self.say_if_idle();
    }

    fn announce(&mut self, next: &Move) {
        let asked = Permission::Asked(next.clone());
        if self.permission != asked {
            self.permission = asked;
            let mut decision = self.decision_of(next);
            decision.waits = true;
            self.decide(decision);
        }
    }

    fn go(&mut self, now: EpochMillis) {
        if self.next_move(now).is_some() {
            self.permission = Permission::Given;
        } else {
            let cause = self.why_idle();
            self.decide(Decision::new(DecisionName::Wait, "waits", cause));
        }
    }

    fn connected(&mut self) {
        self.is_connected = true;
        self.pause.reset();
        self.pending.forget(NEW_LINK);
    }

    pub fn disconnected(&mut self) {
        if !std::mem::take(&mut self.is_connected) {
            return;
        }
        if let Some((_, Move::ReportProgress)) = self.in_flight.take()
            && let Some(attempt) = &mut self.attempt
        {
            attempt.has_news = true;
        }
        self.described = None;
        self.verified = None;
        self.pending.forget(NEW_LINK);
        let (does, about) = match (&self.attempt, &self.memory.outcome) {
            (Some(attempt), _) => (
                format!("keeps working on {}", attempt.id),
                Some(attempt.id.clone()),
            ),
            (None, Some(outcome)) => (
                format!("keeps the outcome of {}", outcome.id),
                Some(outcome.id.clone()),
            ),
            (None, None) => ("waits for a connection".to_owned(), None),
        };
        let mut decision = Decision::new(DecisionName::Wait, does, "the connection is lost");
        decision.execution = about;
        self.decide(decision);
    }

    /// No further job is claimed.
    fn stop(&mut self, now: EpochMillis, patience: Duration) {
        self.stopping = Some(now.plus(patience));
        if let Some(attempt) = &self.attempt
            && !patience.is_zero()
        {
            let does = format!(
                "gives {} {} to end",
                attempt.id,
                crate::executor::core::decision::in_words(patience)
            );
            let decision = Decision::new(DecisionName::Wait, does, "the device is stopping");
            let decision = decision.about(&attempt.id);
            self.decide(decision);
        }
    }

    /// Whether a device that is to stop still works, or still has something to report.
    fn is_leaving_open(&self) -> bool {
        self.attempt.as_ref().map_or(
            self.memory.outcome.is_some() || self.is_claiming(),
            |attempt| !attempt.is_stopping(),
        )
    }

    /// Whether a claim waits for its answer.
    fn is_claiming(&self) -> bool {
        let claim = (self.in_flight.as_ref()).filter(|(_, made)| made.is_claim());
        claim.is_some_and(|(_, made)| !matches!(made, Move::Describe(_)))
    }

    /// Interrupts what runs when its time is over, and finishes when nothing is left to do.
    fn leave_if_due(&mut self, now: EpochMillis) {
        let Some(deadline) = self.stopping.filter(|_| !self.is_finished) else {
            return;
        };
        let is_over = deadline <= now;
        if self.attempt.is_some() {
            if is_over || self.is_between_steps() {
                self.interrupt(now);
            }
            if self.attempt.is_some() {
                return;
            }
        }
        let attempt = self.memory.attempt.as_ref();
        let (left, cause) = match &self.memory.outcome {
            Some(_) if self.is_connected && !is_over => return,
            None if self.is_claiming() && !is_over => return,
            Some(outcome) => {
                let cause = format!("the outcome of {} is not reported yet", outcome.id);
                (Some(outcome.id.clone()), cause)
            }
            None => match attempt.map(|attempt| attempt.id.clone()) {
                Some(id) => (Some(id.clone()), format!("{id} is left IN_PROGRESS")),
                None if self.is_claiming() => (None, "the claim has no reply yet".to_owned()),
                None => (None, "nothing is left to do".to_owned()),
            },
        };
        self.is_finished = true;
        let mut decision = Decision::new(DecisionName::Finish, "stops", cause);
        decision.execution = left;
        self.decide(decision);
        self.act(Action::Finish);
    }
}
