//! The command `agent`, and what other commands mean to the agent.

use serde_json::json;

use crate::cause::Cause;
use crate::repl::agent::at_work::AgentAtWork;
use crate::repl::agent::report::{self, Setup};
use crate::repl::editor::Editor;
use crate::repl::input::command::{AgentCommand, AgentStart, Command, ServiceRequest};
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::session::Session;

/// The largest seed that is drawn: short enough to be typed.
const LARGEST_SEED: u64 = 999_999;

/// What the prompt shows while the agent is on.
const MARK: &str = "agent";

impl Session {
    pub(crate) async fn agent(&mut self, command: &AgentCommand, editor: &Editor) -> Outcome {
        match command {
            AgentCommand::On(start) if start.by_step && !editor.is_interactive() => {
                let what = "`agent step` waits for Enter, which a script does not press\n\
                    hint: `agent on` works without waiting, and shows the same";
                Err(Failure::new(Cause::Usage, &what))
            }
            AgentCommand::On(start) => self.turn_agent_on(start),
            AgentCommand::State => Ok(Answer::Text(self.feed.prose(&self.agent_state()))),
            AgentCommand::Status => Ok(self.agent_status().await),
            AgentCommand::Off => {
                let text = self.turn_agent_off().await;
                Ok(Answer::Text(self.feed.prose(&text)))
            }
        }
    }

    /// A command has ended, and its answer was shown.
    pub(crate) fn pass_to_agent(&mut self, command: &Command, outcome: &Outcome) {
        let Some(agent) = self.agent.take() else {
            return;
        };
        if let Command::Service(ServiceRequest::Device(request)) = command
            && let Ok(Answer::Response { payload, .. }) = outcome
        {
            agent.hear(request, payload);
        }
        self.agent = Some(agent.work());
    }

    /// The user has pressed Enter at the empty prompt.
    pub(crate) fn let_agent_go(&self) {
        if let Some(agent) = &self.agent {
            agent.go();
        }
    }

    /// What the prompt shows of the agent.
    pub(crate) fn agent_mark(&self) -> Option<&'static str> {
        self.agent.is_some().then_some(MARK)
    }

    /// The session ends.
    pub(crate) async fn end_agent(&mut self) {
        if let Some(agent) = self.agent.take() {
            // Its last decision, which is shown, says what it leaves.
            let _ = agent.stop().await;
        }
    }

    fn turn_agent_on(&mut self, start: &AgentStart) -> Outcome {
        if let Some(agent) = &mut self.agent {
            if start.plan.is_some() || start.seed.is_some() {
                let what = format!(
                    "the agent is on already, with the plan `{}`\n\
                     hint: `agent off` first; `agent on` alone continues without waiting",
                    agent.setup.plan
                );
                return Err(Failure::new(Cause::Usage, &what));
            }
            agent.setup.by_step = start.by_step;
            let text = report::goes_on(start.by_step);
            return Ok(Answer::Text(self.feed.prose(text)));
        }
        let setup = Setup {
            plan: start.plan.as_deref().cloned().unwrap_or_default(),
            seed: start
                .seed
                .unwrap_or_else(|| fastrand::u64(1..=LARGEST_SEED)),
            by_step: start.by_step,
        };
        let thing = self.parts.thing.clone();
        let absence = setup.plan.absence(setup.seed, &thing);
        let text = self.feed.prose(&setup.begins(&thing, absence));
        let (client, feed) = (self.parts.client.clone(), self.feed.clone());
        self.agent = Some(AgentAtWork::new(thing, setup, absence, client, feed));
        Ok(Answer::Text(text))
    }

    fn agent_state(&self) -> String {
        match &self.agent {
            None => report::is_off(&self.parts.thing),
            Some(agent) => agent.setup.state(),
        }
    }

    async fn agent_status(&self) -> Answer {
        let status = match &self.agent {
            Some(agent) => agent.status().await.map(|status| (&agent.setup, status)),
            None => None,
        };
        let (text, payload) = match status {
            None => (report::IS_OFF.to_owned(), json!({ "isOn": false })),
            Some((setup, status)) => (setup.report(&status), setup.json(&status)),
        };
        Answer::Report {
            text: self.feed.report(&text),
            payload: payload.to_string().into(),
        }
    }

    async fn turn_agent_off(&mut self) -> String {
        let Some(agent) = self.agent.take() else {
            return report::IS_OFF.to_owned();
        };
        let last = agent.stop().await;
        self.parts.client.mend().await;
        report::ends(last.and_then(|last| last.execution))
    }
}
