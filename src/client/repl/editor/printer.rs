//! The queue between the threads that print at any time and the one thread that shows texts.
//!
//! A gate holds events back while a command runs, so that its reply comes first and is not interrupted. Printing never
//! blocks: a network thread that waits for a terminal would lose its connection.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::repl::editor::shared::{Answers, Shared};
use crate::repl::input::needs::Context;

/// The most bytes that wait to be shown. Further texts are dropped, counted, and reported.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// The most bytes that are shown at once, unless one text alone is longer: each time, the typed line is repainted.
const MAX_BATCH_BYTES: usize = 64 * 1024;

/// How long closing the gate waits for a text that is being shown. It takes microseconds unless the line editor does not
/// read (history search); the order of the texts is right even then.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(20);

/// Shows events above the typed line, from any thread, and passes on what events change. Never blocks.
#[derive(Clone, Debug)]
pub struct Printer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) shared: Arc<Shared>,
}

impl Printer {
    pub(crate) fn new() -> Self {
        Self {
            queue: Arc::default(),
            shared: Arc::default(),
        }
    }

    /// Shows a text of one or more lines as soon as no command is running. The final newline is added.
    pub fn print(&self, text: impl Into<String>) {
        self.queue.push(text.into(), None);
    }

    /// Shows the event of this number, counted from 1; see `Editor::print_reply_after`.
    pub fn print_event(&self, text: impl Into<String>, number: u64) {
        self.queue.push(text.into(), Some(number));
    }

    /// Sets the sign in the prompt: connected or not. It changes at the next repaint, so print a message afterwards.
    pub fn set_connected(&self, connected: bool) {
        self.shared.set_connected(connected);
    }

    /// Sets the aliases that completion knows.
    pub fn set_aliases(&self, aliases: Vec<String>) {
        self.shared.set_aliases(aliases);
    }

    /// Sets the jobs that completion knows.
    pub fn set_jobs(&self, jobs: Context) {
        self.shared.set_jobs(jobs);
    }

    /// What Tab needs from the service from now on, and where the answers go.
    pub fn answers(&self) -> Answers {
        Answers::new(&self.shared)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one assignment, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The texts in order, and the gate.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

/// One text, and the number of its event.
struct Waiting {
    text: String,
    event: Option<u64>,
}

#[derive(Default)]
struct State {
    texts: VecDeque<Waiting>,
    bytes: usize,
    dropped: usize,
    open: bool,
    showing: bool,
    ended: bool,
    /// How many repaints of the typed line are requested.
    repaints: usize,
    /// How often a text was pushed, a line begun, or the screen cleared.
    showings: u64,
}

impl State {
    fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.dropped == 0
    }

    /// The next texts as whole lines, at most `limit` bytes unless the first alone is longer.
    fn take(&mut self, limit: usize) -> String {
        let mut batch = String::new();
        while let Some(next) = self.texts.front() {
            if !batch.is_empty() && batch.len() + next.text.len() > limit {
                return batch;
            }
            self.take_first(&mut batch);
        }
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            let report = format!("({dropped} more not shown: too many at once)\n");
            batch.push_str(&report);
        }
        batch
    }

    fn take_first(&mut self, batch: &mut String) {
        if let Some(Waiting { text, .. }) = self.texts.pop_front() {
            batch.push_str(&text);
            batch.push('\n');
            self.bytes -= text.len();
        }
    }
}

impl Queue {
    fn push(&self, mut text: String, event: Option<u64>) {
        if text.ends_with('\n') {
            text.pop();
        }
        let mut state = lock(&self.state);
        state.showings += 1;
        // After a drop, texts are dropped until the report is shown, so that its place in the order is right.
        if state.dropped > 0 || state.bytes + text.len() > MAX_WAITING_BYTES {
            state.dropped += 1;
        } else {
            state.bytes += text.len();
            state.texts.push_back(Waiting { text, event });
        }
        self.changed.notify_all();
    }

    /// How often a text was shown above the line, a line begun, or the screen cleared. If it has not changed, neither has the screen above the
    /// line.
    pub(crate) fn showings(&self) -> u64 {
        lock(&self.state).showings
    }

    /// Notes that the screen is being cleared.
    pub(crate) fn note_cleared(&self) {
        lock(&self.state).showings += 1;
    }

    /// Opens the gate for [`Queue::next`].
    pub(crate) fn open(&self) {
        let mut state = lock(&self.state);
        if !state.open {
            state.open = true;
            state.showings += 1;
            self.changed.notify_all();
        }
    }

    /// Closes the gate. Waits briefly for a text that is being shown.
    pub(crate) fn close(&self) {
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        let mut state = lock(&self.state);
        state.open = false;
        while state.showing {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until all waiting texts have been shown, then closes the gate. The gate must be open, and the thread that shows
    /// texts must not wait for the caller.
    pub(crate) fn drain_and_close(&self) {
        let mut state = lock(&self.state);
        while state.open && !state.ended && (state.showing || !state.is_empty()) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.open = false;
    }

    /// Takes all waiting texts. The caller shows them while the gate is closed.
    pub(crate) fn take_all(&self) -> String {
        lock(&self.state).take(usize::MAX)
    }

    /// Takes the waiting texts up to the event of this number. The caller shows them while the gate is closed.
    pub(crate) fn take_until(&self, number: u64) -> String {
        let mut state = lock(&self.state);
        let mut batch = String::new();
        while let Some(next) = state.texts.front()
            && next.event.is_none_or(|event| event <= number)
        {
            state.take_first(&mut batch);
        }
        batch
    }

    /// Requests a repaint of the typed line: [`Queue::next`] may then return an empty text.
    pub(crate) fn repaint(&self) {
        lock(&self.state).repaints += 1;
        self.changed.notify_all();
    }

    /// Waits until the gate is open and a text is waiting; `None` after [`Queue::end`]. Call [`Queue::shown`] afterwards.
    pub(crate) fn next(&self) -> Option<String> {
        let mut state = lock(&self.state);
        while !state.ended && (!state.open || state.is_empty() && state.repaints == 0) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended {
            return None;
        }
        state.showing = true;
        state.repaints = 0;
        Some(state.take(MAX_BATCH_BYTES))
    }

    /// Marks the text of [`Queue::next`] as shown.
    pub(crate) fn shown(&self) {
        lock(&self.state).showing = false;
        self.changed.notify_all();
    }

    /// Ends [`Queue::next`].
    pub(crate) fn end(&self) {
        lock(&self.state).ended = true;
        self.changed.notify_all();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("Queue")
            .field("waiting", &state.texts.len())
            .field("open", &state.open)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_in_order_and_in_batches() {
        let printer = Printer::new();
        printer.print("a");
        printer.print("b\nc\n");
        printer.queue.open();
        assert_eq!(printer.queue.next().as_deref(), Some("a\nb\nc\n"));
        printer.queue.shown();
        let long = "x".repeat(MAX_BATCH_BYTES);
        printer.print(long.as_str());
        printer.print("short");
        assert_eq!(printer.queue.next(), Some(format!("{long}\n")));
        assert_eq!(printer.queue.next().as_deref(), Some("short\n"));
    }

    #[test]
    fn a_reply_takes_the_events_that_came_before_it() {
        let printer = Printer::new();
        printer.print("notice");
        for number in 1..=3 {
            printer.print_event(number.to_string(), number);
        }
        assert_eq!(printer.queue.take_until(2), "notice\n1\n2\n");
        assert_eq!(printer.queue.take_until(2), "");
        assert_eq!(printer.queue.take_all(), "3\n");
    }

    #[test]
    fn too_many_texts_are_counted() {
        let printer = Printer::new();
        printer.print("x".repeat(MAX_WAITING_BYTES));
        printer.print("y");
        printer.print("");
        let shown = printer.queue.take_all();
        assert!(shown.ends_with("x\n(2 more not shown: too many at once)\n"));
        printer.print("z");
        assert_eq!(printer.queue.take_all(), "z\n");
    }

    #[test]
    fn a_closed_gate_holds_back_and_draining_waits() {
        let printer = Printer::new();
        let queue = Arc::clone(&printer.queue);
        let shower = std::thread::spawn(move || {
            let mut shown = Vec::new();
            while let Some(text) = queue.next() {
                shown.push(text);
                queue.shown();
            }
            shown
        });
        printer.queue.open();
        printer.print("a");
        printer.queue.drain_and_close();
        printer.print("b");
        assert_eq!(printer.queue.take_all(), "b\n");
        printer.queue.end();
        assert_eq!(shower.join().ok(), Some(vec!["a\n".to_owned()]));
    }

    #[test]
    fn closing_does_not_wait_for_a_stuck_text() {
        let printer = Printer::new();
        printer.queue.open();
        printer.print("a");
        assert!(printer.queue.next().is_some());
        printer.queue.close();
        printer.print("b");
        assert_eq!(printer.queue.take_all(), "b\n");
    }
}
