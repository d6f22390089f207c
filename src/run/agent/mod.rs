//! `agent`: a device that executes jobs, or simulates them.
//!
//! | file | what it holds |
//! |---|---|
//! | [`setup`] | what its options mean |
//! | [`introduction`] | who it is, for people and programs |
//! | [`link`] | its connection, and what is shown of it |
//! | [`screen`] | its lines, printed without holding it up |
//! | [`state`] | its journal, and what an earlier agent has left |
//! | [`check`] | `agent check`: what a job document would run |
//! | [`error`] | why an agent cannot be started |

mod check;
mod error;
mod introduction;
mod link;
mod screen;
mod setup;
mod state;

use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Runtime;

use crate::agent::shell::{Executor, News};
use crate::cli::{AgentAction, AgentArgs};
use crate::config::Config;
use crate::device::{Client, EventStream};
use crate::executor::core::{Decision, DecisionName, in_words};
use crate::local::LocalService;
use crate::run::agent::introduction::Introduction;
use crate::run::agent::screen::{Printer, Screen, Watch};
use crate::run::agent::setup::Setup;
use crate::run::agent::state::State;
use crate::run::aloud::{printed, say};
use crate::run::connect::ServiceRoute;
use crate::run::error::RunError;
use crate::run::join::let_join;
use crate::run::settle::Settled;
use crate::run::start::{in_runtime, start_log};
use crate::serve::Runner;
use crate::signals::Signals;

pub(crate) use crate::run::agent::error::AgentError;

/// Runs an agent until it is asked to end, or checks a job document.
pub(crate) fn run(args: &AgentArgs) -> Result<ExitCode, RunError> {
    if let Some(AgentAction::Check { document, handlers }) = &args.action {
        return check::run(document, handlers);
    }
    start_log(&args.connection)?;
    let settled = Settled::aloud(args.connection.clone())?;
    let setup = Setup::new(args, &settled.config.thing)?;
    if let Some(joined) = &settled.joined {
        joined.when_ended(|text| say(&text));
    }
    in_runtime(|runtime| attend(runtime, &settled.config, args, setup))
}

fn attend(
    runtime: &Runtime,
    config: &Config,
    args: &AgentArgs,
    setup: Setup,
) -> Result<ExitCode, RunError> {
    let _inside = runtime.enter();
    // From here on a signal ends the program in good order.
    let signals = Signals::new().map_err(AgentError::Signals)?;
    let state = State::open(config, args.conduct.state.as_deref())?;
    let route = ServiceRoute::of_device(runtime, config)?;
    // Removed at the end.
    let _to_join = route.local.as_ref().and_then(|local| {
        let region = route.region.as_deref()?;
        let_join(local, Runner::Agent, &config.thing, region)
    });
    let (printer, screen) = Screen::start(args.conduct.output);
    let stops = Stops {
        signals,
        output: screen.watch(),
        is_closed: false,
    };
    let agent = Agent {
        setup,
        state,
        printer,
        stops,
    };
    let ended = runtime.block_on(agent.run(config, route).boxed_local());
    let last = screen.end();
    ended.and_then(|()| printed(last))
}

/// A device that is set up, and not connected.
struct Agent {
    setup: Setup,
    state: State,
    printer: Printer,
    stops: Stops,
}

impl Agent {
    /// Runs until it is asked to stop.
    async fn run(mut self, config: &Config, route: ServiceRoute) -> Result<(), RunError> {
        let options = route.mqtt?;
        let own_service = route.local.as_ref().zip(route.region.as_deref());
        self.printer.introduce(&Introduction {
            setup: &self.setup,
            options: &options,
            own_service,
            journal: self.state.file(),
        });
        let grace = self.setup.settings.grace;
        self.state.end_leftovers(grace, &self.printer).await?;
        let absence = self.absence();
        let connecting = async {
            tokio::time::sleep(absence).await;
            Client::connect(options).await
        };
        let (client, events) = tokio::select! {
            connected = connecting => connected?,
            () = self.stops.recv() => return Ok(()),
        };
        if let (Some(region), None) = (route.region, &route.local)
            && route.environment.is_ok()
        {
            tokio::spawn(link::ensure_thing(region, route.access, config.clone()).boxed());
        }
        let ended = self
            .work(client.clone(), events, route.local.as_ref())
            .await;
        client.disconnect().await;
        ended
    }

    /// How long the plan keeps the device away, which is shown.
    fn absence(&self) -> Duration {
        let Some(absence) = self.setup.absence else {
            return Duration::ZERO;
        };
        let does = format!("joins in {}", in_words(absence));
        let decision = Decision::new(DecisionName::Wait, does, "the plan keeps the device away");
        self.printer.decision(&decision);
        absence
    }

    async fn work(
        mut self,
        client: Client,
        mut events: EventStream,
        local: Option<&LocalService>,
    ) -> Result<(), RunError> {
        let Setup {
            settings, tools, ..
        } = self.setup;
        let mut patience = settings.grace;
        let printer = self.printer.clone();
        let audience = Box::new(move |news: News| {
            if let News::Decision(decision) = news {
                printer.decision(&decision);
            }
        });
        let (journal, memory) = self.state.into_parts();
        let (executor, handle) = Executor::new(settings, client, audience);
        let mut work = pin!(executor.alone(tools, journal, memory).run());
        let mut failed = pin!(async {
            match local {
                Some(local) => local.ended().await,
                None => std::future::pending().await,
            }
        });
        loop {
            tokio::select! {
                ended = &mut work => return ended.map_err(|error| AgentError::from(error).into()),
                Some(event) = events.next() => {
                    if let Some((name, text)) = link::news(&event) {
                        self.printer.event(name, &text);
                    }
                    handle.event(&event);
                }
                () = self.stops.recv() => {
                    handle.stop(patience);
                    // The second time ends the patience.
                    patience = Duration::ZERO;
                }
                () = &mut failed => return Err(AgentError::LocalServiceEnded.into()),
            }
        }
    }
}

/// What asks the agent to stop: signals, and the end of its output.
struct Stops {
    signals: Signals,
    output: Watch,
    is_closed: bool,
}

impl Stops {
    async fn recv(&mut self) {
        tokio::select! {
            _ = self.signals.recv() => {}
            () = self.output.closed(), if !self.is_closed => self.is_closed = true,
        }
    }
}
