//! An agent that is on.

use std::pin::Pin;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::agent::shell::{Executor, Handle};
use crate::device::{Client, ConnectionState};
use crate::executor::core::{Decision, Settings, Status};
use crate::protocol::{DeviceRequest, Payload, ThingName};
use crate::repl::agent::news;
use crate::repl::agent::report::Setup;
use crate::repl::feed::Feed;

/// How long the reply to a report or a claim may take when the agent is to stop: without it, what it leaves is not known.
const REPLYING: Duration = Duration::from_secs(2);

/// How long the agent may take to end then.
const ENDING: Duration = Duration::from_secs(5);

/// How long the last news may take to be shown.
const SHOWING: Duration = Duration::from_secs(1);

/// How long the link may take to be cut.
const CUTTING: Duration = Duration::from_secs(1);

/// An agent that works, or is about to.
pub(crate) struct AgentAtWork {
    pub(crate) setup: Setup,
    /// Where it runs.
    runtime: tokio::runtime::Handle,
    handle: Handle,
    feed: Feed,
    state: State,
}

enum State {
    /// Nothing of it is shown before the answer to the command that sets it up.
    SetUp(Pin<Box<dyn Future<Output = ()> + Send>>),
    Working(JoinHandle<()>),
}

impl AgentAtWork {
    /// Sets an agent up, which is to run where this is called.
    pub(crate) fn new(
        thing: ThingName,
        setup: Setup,
        absence: Option<Duration>,
        client: Client,
        feed: Feed,
    ) -> Self {
        let mut settings = Settings::simulated(thing, setup.plan.clone(), setup.seed);
        settings.by_step = setup.by_step;
        let (executor, handle) = Executor::new(settings, client.clone(), news::audience(&feed));
        let work = async move {
            if let Some(absence) = absence {
                stay_away(&client, absence).await;
            }
            // A simulated device has no journal that could fail.
            let _ = executor.run().await;
        };
        Self {
            setup,
            runtime: tokio::runtime::Handle::current(),
            handle,
            state: State::SetUp(Box::pin(work)),
            feed,
        }
    }

    /// Begins to work, if it does not work yet, as its setup says now.
    pub(crate) fn work(self) -> Self {
        let state = match self.state {
            State::SetUp(work) => {
                self.feed.set_agent(Some(self.handle.clone()));
                State::Working(self.runtime.spawn(work))
            }
            working @ State::Working(_) => {
                self.handle.by_step(self.setup.by_step);
                working
            }
        };
        Self { state, ..self }
    }

    /// Lets it make the move that waits.
    pub(crate) fn go(&self) {
        if self.setup.by_step {
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

    /// Stops it, and waits until that is shown. Returns its last decision, if it is known.
    pub(crate) async fn stop(self) -> Option<Decision> {
        let status = self.handle.status().await;
        let awaits_reply = status
            .is_some_and(|it| it.running.is_none() && (it.unreported.is_some() || it.is_claiming));
        self.handle.stop(if awaits_reply {
            REPLYING
        } else {
            Duration::ZERO
        });
        if let State::Working(work) = self.state {
            // If it does not end in time, the session goes on without it.
            let _ = timeout(ENDING, work).await;
        }
        self.feed.set_agent(None);
        timeout(SHOWING, news::shown(&self.feed)).await.ok()?
    }
}

/// Cuts the link, and waits until that is done: the device must not see the connection that ends.
async fn stay_away(client: &Client, lasts: Duration) {
    client.cut(lasts).await;
    let mut state = client.watch();
    let is_cut = state.wait_for(|it| *it != ConnectionState::Connected);
    // If it takes longer, the device begins with the connection that ends.
    let _ = timeout(CUTTING, is_cut).await;
}
