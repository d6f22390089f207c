//! An agent that is on.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::agent::core::{Decision, Settings, Status};
use crate::agent::plan::Plan;
use crate::agent::shell::{Executor, Handle};
use crate::device::Client;
use crate::protocol::{DeviceRequest, Payload, ThingName};
use crate::repl::agent::news;
use crate::repl::feed::Feed;

/// How long an outcome may take to be reported when the agent is to stop.
const REPORTING: Duration = Duration::from_secs(2);

/// How long the agent may take to end then.
const ENDING: Duration = Duration::from_secs(5);

/// How long the last news may take to be shown.
const SHOWING: Duration = Duration::from_secs(1);

/// An agent that works, or is about to.
pub(crate) struct AgentAtWork {
    pub(crate) plan: Plan,
    pub(crate) seed: u64,
    /// Whether each move waits for Enter.
    by_step: bool,
    /// Where it runs.
    runtime: tokio::runtime::Handle,
    handle: Handle,
    feed: Feed,
    state: State,
    showing: JoinHandle<Option<Decision>>,
}

enum State {
    /// Nothing of it is shown before the answer to the command that sets it up.
    SetUp(Box<Executor>),
    Working(JoinHandle<()>),
}

impl AgentAtWork {
    /// Sets an agent up, which is to run where this is called.
    pub(crate) fn new(
        thing: ThingName,
        plan: Plan,
        seed: u64,
        by_step: bool,
        client: Client,
        feed: Feed,
    ) -> Self {
        let (audience, news) = news::channel();
        let mut settings = Settings::simulated(thing, plan.clone(), seed);
        settings.by_step = by_step;
        let (executor, handle) = Executor::new(settings, client, audience);
        Self {
            plan,
            seed,
            by_step,
            runtime: tokio::runtime::Handle::current(),
            handle,
            state: State::SetUp(Box::new(executor)),
            showing: tokio::spawn(news::show(news, feed.clone())),
            feed,
        }
    }

    /// Begins to work, if it does not work yet; with the moves waiting for Enter or not.
    pub(crate) fn work(self) -> Self {
        let state = match self.state {
            State::SetUp(executor) => {
                self.feed.set_agent(Some(self.handle.clone()));
                State::Working(self.runtime.spawn(async {
                    // A simulated device has no journal that could fail.
                    let _ = executor.run().await;
                }))
            }
            working @ State::Working(_) => {
                self.handle.by_step(self.by_step);
                working
            }
        };
        Self { state, ..self }
    }

    pub(crate) fn is_by_step(&self) -> bool {
        self.by_step
    }

    /// Whether each move waits for Enter, from the next [`AgentAtWork::work`] on.
    pub(crate) fn set_by_step(&mut self, by_step: bool) {
        self.by_step = by_step;
    }

    /// Lets it make the move that waits.
    pub(crate) fn go(&self) {
        if self.by_step {
            self.handle.go();
        }
    }

    /// The user has got a reply.
    pub(crate) fn hear(&self, request: &DeviceRequest, payload: &Payload) {
        self.handle.foreign(request, payload);
    }

    /// What it knows and does; `None` if it has ended.
    pub(crate) async fn status(&self) -> Option<Status> {
        self.handle.status().await
    }

    /// Stops it, and waits until that is shown. Returns its last decision.
    pub(crate) async fn stop(self) -> Option<Decision> {
        let status = self.handle.status().await;
        let is_reporting = status.is_some_and(|it| it.unreported.is_some() && it.running.is_none());
        self.handle.stop(if is_reporting {
            REPORTING
        } else {
            Duration::ZERO
        });
        if let State::Working(work) = self.state {
            // If it does not end in time, the session goes on without it.
            let _ = timeout(ENDING, work).await;
        }
        self.feed.set_agent(None);
        drop(self.handle);
        timeout(SHOWING, self.showing).await.ok()?.ok()?
    }
}
