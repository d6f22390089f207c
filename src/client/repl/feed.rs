//! What arrives unrequested: it is shown, remembered for `events last`, and awaited by `wait`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::agent::shell;
use crate::protocol::{EventMessage, EventName, ThingName};
use crate::repl::agent::message::AgentMessage;
use crate::repl::editor::Printer;
use crate::repl::expected::{Certainty, Expected};
use crate::repl::guide::markdown::Look;
use crate::repl::guide::tutorial::{self, Tutorial, TutorialSetup};
use crate::repl::input::command::{Command, Shown};
use crate::repl::jobs::Jobs;
use crate::repl::output::answer::Outcome;
use crate::repl::output::form::{Form, Style};
use crate::repl::output::notice::Notice;
use crate::repl::output::{notes, wire};
use crate::repl::pending::Pending;
use crate::repl::room::{columns, fitted, folded, look};

/// The most events that are remembered.
const REMEMBERED: usize = 100;

/// The most bytes of an event that is remembered: AWS's limit of a message.
const MAX_REMEMBERED_BYTES: usize = 128 * 1024;

/// How long a reply waits until the events before it have been taken: usually a few microseconds.
const CATCH_UP: Duration = Duration::from_secs(1);

/// The events of a session, shared between the task that takes them and the loop.
#[derive(Clone)]
pub(crate) struct Feed {
    /// For the agent, whose messages are shown between the events.
    pub(crate) for_messages: mpsc::UnboundedSender<AgentMessage>,
    state: Arc<Mutex<FeedState>>,
    /// How many events have been taken.
    pub(crate) taken: watch::Sender<u64>,
    pub(crate) printer: Printer,
    /// The form in which everything is shown now; what `style` says is how the session began.
    form: watch::Sender<Form>,
    style: Style,
    pub(crate) thing: ThingName,
}

#[derive(Default)]
struct FeedState {
    /// The last events with their numbers, oldest first.
    last: VecDeque<(u64, EventMessage)>,
    /// The number of the event that reported the last loss of the connection.
    lost_at: u64,
    shown: Shown,
    wire: bool,
    notes: bool,
    jobs: Jobs,
    tutorial: Option<Tutorial>,
    /// Receives everything that arrives.
    agent: Option<shell::Handle>,
    messages: Option<mpsc::UnboundedReceiver<AgentMessage>>,
}

impl FeedState {
    /// Reports something to the tutorial, if there is one, and returns its text.
    fn ask_tutorial(
        &mut self,
        say: impl FnOnce(&mut Tutorial, &Jobs) -> Option<String>,
    ) -> Option<String> {
        let said = say(self.tutorial.as_mut()?, &self.jobs);
        self.tutorial.take_if(|tutorial| tutorial.is_over());
        said
    }

    fn remember(&mut self, number: u64, event: &EventMessage) {
        if event.payload.text().len() > MAX_REMEMBERED_BYTES {
            return;
        }
        self.last.push_back((number, event.clone()));
        if self.last.len() > REMEMBERED {
            self.last.pop_front();
        }
    }
}

impl Feed {
    /// Nothing yet; what comes is shown by `printer`.
    pub(crate) fn new(printer: Printer, style: Style, thing: ThingName) -> Self {
        let (for_messages, messages) = mpsc::unbounded_channel();
        let state = FeedState {
            notes: style.notes,
            messages: Some(messages),
            ..FeedState::default()
        };
        Self {
            for_messages,
            state: Arc::new(Mutex::new(state)),
            taken: watch::Sender::new(0),
            printer,
            form: watch::Sender::new(style.form),
            style,
            thing,
        }
    }

    fn state(&self) -> MutexGuard<'_, FeedState> {
        // Every change is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many events have been taken.
    pub(crate) fn taken(&self) -> u64 {
        *self.taken.borrow()
    }

    /// The same number, to wait for its changes.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.taken.subscribe()
    }

    /// How everything is shown now.
    pub(crate) fn style(&self) -> Style {
        Style {
            form: *self.form.borrow(),
            width: columns(),
            ..self.style
        }
    }

    /// Sets the form of output.
    pub(crate) fn show_in(&self, form: Form) {
        self.form.send_replace(form);
    }

    /// Waits until as many events have been taken.
    pub(crate) async fn catch_up(&self, events: u64) {
        let mut taken = self.taken.subscribe();
        // If it takes longer, the order on the screen does not matter much.
        let _ = tokio::time::timeout(CATCH_UP, taken.wait_for(|taken| *taken >= events)).await;
    }

    /// What is still to come of what a command should cause that began after event number `after`; `None` if that is nothing,
    /// or if the connection was lost since. Events that are hidden altogether are not awaited.
    pub(crate) fn awaited(&self, expected: &Expected, after: u64) -> Option<Certainty> {
        let state = self.state();
        if state.shown == Shown::None || state.lost_at > after {
            return None;
        }
        let events = state.last.iter().filter(|(number, _)| *number > after);
        expected.awaited(events.map(|(_, event)| event))
    }

    /// The connection was lost, as event number `number` reports: its events do not come any more.
    pub(crate) fn lost(&self, number: u64) {
        self.state().lost_at = number;
    }

    /// Sets which events of the service are shown.
    pub(crate) fn show(&self, shown: Shown) {
        self.state().shown = shown;
    }

    /// Which events of the service are shown.
    pub(crate) fn shown(&self) -> Shown {
        self.state().shown.clone()
    }

    /// Sets whether messages are shown as they are sent and received.
    pub(crate) fn show_wire(&self, shown: bool) {
        self.state().wire = shown;
    }

    /// Whether messages are shown as they are sent and received.
    pub(crate) fn shows_wire(&self) -> bool {
        self.state().wire
    }

    /// Sets whether remarks are shown below the service's messages.
    pub(crate) fn show_notes(&self, shown: bool) {
        self.state().notes = shown;
    }

    /// Whether remarks are wanted, in whatever form.
    pub(crate) fn has_notes(&self) -> bool {
        self.state().notes
    }

    /// Whether remarks are shown: for people, if they want them.
    pub(crate) fn shows_notes(&self) -> bool {
        self.wants_notes(&self.state())
    }

    fn wants_notes(&self, state: &FeedState) -> bool {
        self.form.borrow().is_for_people() && state.notes
    }

    /// Changes what this session knows of jobs, and what completion offers of it.
    pub(crate) fn learn<T>(&self, change: impl FnOnce(&mut Jobs) -> T) -> T {
        self.learn_in(&mut self.state(), change)
    }

    fn learn_in<T>(&self, state: &mut FeedState, change: impl FnOnce(&mut Jobs) -> T) -> T {
        let before = state.jobs.revision();
        let learned = change(&mut state.jobs);
        if state.jobs.revision() != before {
            self.printer.set_jobs(state.jobs.context());
        }
        learned
    }

    /// The remarks on a reply, one a line, if they are wanted.
    pub(crate) fn notes_on_reply(&self, operation: &str, payload: &Value) -> Vec<String> {
        if !self.shows_notes() {
            return Vec::new();
        }
        let style = self.style();
        let lines = notes::of_reply(operation, payload, now_s(), style.width);
        lines.iter().map(|line| style.comment(line)).collect()
    }

    /// Whether an event is to be shown, and the remark on it, if remarks are wanted. Keeps the pending executions that it lists.
    fn look_at(&self, state: &mut FeedState, event: &EventMessage) -> (bool, Option<String>) {
        let payload = event.payload.value();
        let list = Pending::of(payload);
        let is_list = list.is_some();
        let before = list.and_then(|list| self.learn_in(state, |jobs| jobs.learn_pending(list)));
        if event.name == EventName::NextJobExecutionChanged {
            state.jobs.learn_next(payload);
        }
        let after = state.jobs.pending().filter(|_| is_list);
        let is_shown = match &state.shown {
            Shown::All => true,
            Shown::None => false,
            Shown::Named(name) => *name == event.name,
            Shown::Job(job) => notes::concerns(payload, before.as_ref(), after, job.as_str()),
        };
        if !is_shown || !self.wants_notes(state) {
            return (is_shown, None);
        }
        let style = self.style();
        let line = notes::of_event(event.name, payload, before.as_ref(), after, now_s());
        (true, line.map(|line| style.comment(&style.message(&line))))
    }

    /// How help is to look.
    pub(crate) fn look(&self) -> Look {
        if self.form.borrow().is_for_people() {
            look(self.style.color)
        } else {
            Look {
                width: usize::MAX,
                color: false,
            }
        }
    }

    /// What the sandbox itself says, in lines that fit; for programs in lines of any length.
    pub(crate) fn prose(&self, text: &str) -> String {
        if self.form.borrow().is_for_people() {
            folded(text)
        } else {
            text.to_owned()
        }
    }

    /// A report of the sandbox itself; for programs as it is.
    pub(crate) fn report(&self, text: &str) -> String {
        if self.form.borrow().is_for_people() {
            fitted(text)
        } else {
            text.to_owned()
        }
    }

    /// The same of a tutorial: what it proposes can be copied.
    fn lesson(&self, text: &str) -> String {
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| {
                if line.starts_with(tutorial::PROPOSAL) {
                    line.to_owned()
                } else {
                    self.prose(line)
                }
            })
            .collect();
        lines.join("\n")
    }

    /// Begins a tutorial, or finds the one on its way; its step.
    pub(crate) fn tutorial(&self, setup: &TutorialSetup) -> String {
        let state = &mut *self.state();
        let tutorial = &mut state.tutorial;
        let tutorial = tutorial.get_or_insert_with(|| Tutorial::new(setup.clone()));
        self.lesson(&tutorial.shown(&state.jobs))
    }

    /// Reports something of the agent to the tutorial, if there is one. The next event brings the text.
    pub(crate) fn report_to_tutorial(&self, report: impl FnOnce(&mut Tutorial, &Jobs)) {
        self.state().ask_tutorial(|tutorial, jobs| {
            report(tutorial, jobs);
            None
        });
    }

    /// Ends the tutorial; what to say to that.
    pub(crate) fn end_tutorial(&self) -> &'static str {
        match self.state().tutorial.take() {
            Some(_) => "The tutorial is off; `tutorial` restarts it.",
            None => "The tutorial is not running; `tutorial` starts it.",
        }
    }

    /// A command begins. Returned if a tutorial will ask what it was.
    pub(crate) fn begin(&self, command: &Command) -> Option<Command> {
        let mut state = self.state();
        state.tutorial.as_mut()?.handle_begin();
        Some(command.clone())
    }

    /// A command has ended, and its answer was printed; a line that is no command ends, too.
    pub(crate) fn end(&self, command: Option<&Command>, outcome: &Outcome) {
        let mut state = self.state();
        let said = state.ask_tutorial(|it, jobs| it.handle_outcome(command, outcome, jobs));
        if let Some(text) = said.and_then(|text| self.tutorial_notice(&text)) {
            self.printer.print(text);
        }
    }

    /// The text of the tutorial in the form of output; `None` if that form does not show it.
    fn tutorial_notice(&self, text: &str) -> Option<String> {
        let name = "Tutorial";
        let text = self.lesson(text);
        // What it proposes stays whole.
        let style = Style {
            width: None,
            ..self.style()
        };
        let text = style.notice(&Notice::Remark { name, text });
        (!text.is_empty()).then_some(text)
    }

    /// The last events, at most so many, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<EventMessage> {
        let state = self.state();
        let skipped = state.last.len().saturating_sub(count);
        let last = state.last.iter().skip(skipped);
        last.map(|(_, event)| event.clone()).collect()
    }

    /// The number and the name of the first event after number `after`, of this name if one is given.
    pub(crate) fn first_after(
        &self,
        after: u64,
        wanted: Option<EventName>,
    ) -> Option<(u64, EventName)> {
        let state = self.state();
        let mut events = state.last.iter().filter(|(number, _)| *number > after);
        let found = events.find(|(_, event)| wanted.is_none_or(|wanted| wanted == event.name));
        found.map(|(number, event)| (*number, event.name))
    }

    /// Shows and remembers, in this order: who waits for an event finds it only once it is on its way to the screen.
    pub(crate) fn take(&self, number: u64, notice: &Notice) {
        match notice {
            Notice::Event(event) => self.take_event(number, event),
            notice => self.show_notice(notice, number),
        }
    }

    fn take_event(&self, number: u64, event: &EventMessage) {
        let mut state = self.state();
        let (is_shown, note) = self.look_at(&mut state, event);
        if is_shown {
            if state.wire {
                let wire = wire::event(&self.thing, event);
                self.show_notice(&Notice::Wire(wire), number);
            }
            // In one piece, so that nothing comes between an event and its remark.
            let shown = self.style().notice(&Notice::Event(event.clone()));
            let text: Vec<String> = [shown].into_iter().chain(note).collect();
            self.printer.print_event(text.join("\n"), number);
        }
        let said = state.ask_tutorial(|it, jobs| it.handle_event(event, jobs));
        if let Some(text) = said.and_then(|text| self.tutorial_notice(&text)) {
            self.printer.print_event(text, number);
        }
        state.remember(number, event);
    }

    fn show_notice(&self, notice: &Notice, number: u64) {
        let text = self.style().notice(notice);
        if !text.is_empty() {
            self.printer.print_event(text, number);
        }
    }

    /// Sets the agent, which receives all further events.
    pub(crate) fn set_agent(&self, agent: Option<shell::Handle>) {
        self.state().agent = agent;
    }

    pub(crate) fn agent(&self) -> Option<shell::Handle> {
        self.state().agent.clone()
    }

    /// The messages of the agent, for the first caller.
    pub(crate) fn take_messages(&self) -> Option<mpsc::UnboundedReceiver<AgentMessage>> {
        self.state().messages.take()
    }
}

/// This machine's time, in seconds since 1970.
fn now_s() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed() -> Feed {
        let thing = ThingName::new("lamp").expect("a thing name");
        Feed::new(Printer::new(), Style::default(), thing)
    }

    fn message(name: EventName, payload: &str) -> EventMessage {
        let payload = payload.into();
        EventMessage { name, payload }
    }

    fn event(name: EventName, payload: &str) -> Notice {
        Notice::Event(message(name, payload))
    }

    #[test]
    fn events_are_found_by_number_and_name() {
        use EventName::{JobExecutionsChanged as A, NextJobExecutionChanged as B};
        let feed = feed();
        feed.take(1, &event(A, "1"));
        let text = "lost".to_owned();
        let name = "ConnectionLost";
        feed.take(2, &Notice::Remark { name, text });
        feed.take(3, &event(B, "3"));
        feed.show(Shown::None);
        feed.take(4, &event(A, "4"));
        for (after, wanted, expected) in [
            (0, None, Some((1, A))),
            (1, None, Some((3, B))),
            (1, Some(A), Some((4, A))),
            (3, Some(B), None),
        ] {
            assert_eq!(feed.first_after(after, wanted), expected, "{after}");
        }
        assert_eq!(feed.last(2), [message(B, "3"), message(A, "4")]);
        let shown = feed.printer.queue.take_all();
        assert_eq!(
            shown,
            "Received JobExecutionsChanged event:\n1\nlost\nReceived NextJobExecutionChanged event:\n3\n"
        );
    }

    #[test]
    fn only_the_last_events_are_remembered() {
        let feed = feed();
        for number in 1..=REMEMBERED as u64 + 5 {
            feed.take(number, &event(EventName::JobExecutionsChanged, ""));
        }
        assert_eq!(feed.last(usize::MAX).len(), REMEMBERED);
        assert_eq!(
            feed.first_after(0, None),
            Some((6, EventName::JobExecutionsChanged))
        );
    }
}
