//! What the line editor looks up while a line is typed: whether the client is connected, and what Tab offers.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::repl::input::needs::{Context, Need};

/// How long Tab waits for the service: short enough not to be noticed.
const PATIENCE: Duration = Duration::from_millis(200);

/// Shared by the line editor and the threads that update it.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    connected: AtomicBool,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What the session has seen. The service may have returned a newer list of pending jobs.
    known: Context,
    /// What the service was asked for and has not yet answered.
    asked: BTreeSet<Need>,
    needs: Option<mpsc::UnboundedSender<Need>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the prompt shows a connection.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    pub(crate) fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
    }

    /// Sets the jobs that the session has seen.
    pub(crate) fn set_jobs(&self, jobs: Context) {
        let known = &mut self.state().known;
        known.pending_jobs = jobs.pending_jobs;
        known.known_jobs = jobs.known_jobs;
    }

    /// Sets the names of the aliases.
    pub(crate) fn set_aliases(&self, aliases: Vec<String>) {
        self.state().known.aliases = aliases;
    }

    /// What Tab can offer now.
    pub(crate) fn known(&self) -> Context {
        self.state().known.clone()
    }

    /// Asks the service, and waits briefly for the answers. A later answer is used when it arrives; until then the same
    /// question is not repeated.
    pub(crate) fn ask(&self, needs: &[Need]) {
        let mut state = self.state();
        for need in needs {
            let sender = state.needs.clone();
            if sender.is_some_and(|it| !state.asked.contains(need) && it.send(need.clone()).is_ok())
            {
                state.asked.insert(need.clone());
            }
        }
        let is_waiting = |state: &mut State| needs.iter().any(|need| state.asked.contains(need));
        let waited = self
            .answered
            .wait_timeout_while(state, PATIENCE, is_waiting);
        drop(waited);
    }
}

/// The service's side of Tab: what is needed, and where the answers go.
#[derive(Debug)]
pub struct Answers {
    shared: Arc<Shared>,
    needs: mpsc::UnboundedReceiver<Need>,
}

impl Answers {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let (sender, needs) = mpsc::unbounded_channel();
        shared.state().needs = Some(sender);
        let shared = Arc::clone(shared);
        Self { shared, needs }
    }

    /// The next need to answer; `None` at the end.
    pub async fn next(&mut self) -> Option<Unanswered> {
        let need = self.needs.recv().await?;
        let shared = Arc::clone(&self.shared);
        Some(Unanswered { need, shared })
    }
}

/// A question to the service. If it is dropped without an answer, nothing changes.
#[derive(Debug)]
pub struct Unanswered {
    pub need: Need,
    shared: Arc<Shared>,
}

impl Unanswered {
    /// Takes the answer, or the part of it that has arrived.
    pub fn learn(&self, words: Vec<String>) {
        self.shared.state().known.learn(self.need.clone(), words);
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.shared.state().asked.remove(&self.need);
        self.shared.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_known_at_the_next_tab_and_nothing_is_asked_twice() {
        let shared = Arc::<Shared>::default();
        // Completion does not wait until the session can answer.
        shared.ask(&[Need::Things]);
        let mut answers = Answers::new(&shared);
        shared.ask(&[Need::Things, Need::Pending]);
        shared.ask(&[Need::Things]);
        let mut asked = Vec::new();
        while let Ok(need) = answers.needs.try_recv() {
            asked.push(need);
        }
        assert_eq!(asked, [Need::Things, Need::Pending]);
        assert_eq!(shared.known(), Context::default());
        let unanswered = Unanswered {
            need: Need::Things,
            shared: Arc::clone(&shared),
        };
        unanswered.learn(vec!["lamp".to_owned()]);
        drop(unanswered);
        assert_eq!(shared.known().of(&Need::Things), ["lamp"]);
        shared.ask(&[Need::Things]);
        assert_eq!(answers.needs.try_recv(), Ok(Need::Things));
    }

    #[test]
    fn jobs_of_the_session_and_of_the_service_are_offered() {
        let shared = Arc::<Shared>::default();
        let jobs = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let answer = |need, ids: &[&str]| {
            let shared = Arc::clone(&shared);
            Unanswered { need, shared }.learn(jobs(ids));
        };
        answer(Need::Jobs, &["b", "a"]);
        answer(Need::Pending, &["a"]);
        shared.set_jobs(Context {
            pending_jobs: jobs(&["c"]),
            known_jobs: jobs(&["c", "b"]),
            ..Context::default()
        });
        let known = shared.known();
        assert_eq!(known.of(&Need::Jobs), ["a", "b", "c"]);
        assert_eq!(known.pending_jobs, ["c"]);
        answer(Need::Pending, &["a", "c"]);
        assert_eq!(shared.known().pending_jobs, ["a", "c"]);
    }
}
