//! The journal of an agent, and what an earlier agent has left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::agent::journal::{self, Identity, Journal};
use crate::config::{ALPN_PORT, Config, MQTT_PORT, Remote};
use crate::executor::core::{Decision, DecisionName, Memory};
use crate::run::agent::error::AgentError;
use crate::run::agent::screen::Printer;

/// What an agent remembers from run to run. Against a local service that ends with it, it remembers nothing.
pub(crate) struct State {
    journal: Option<Journal>,
    memory: Memory,
}

impl State {
    pub(crate) fn open(config: &Config, folder: Option<&Path>) -> Result<Self, AgentError> {
        let Some(remote) = config.remote() else {
            return Ok(Self {
                journal: None,
                memory: Memory::default(),
            });
        };
        let usual = || {
            let [state_home, home] = ["XDG_STATE_HOME", "HOME"].map(std::env::var_os);
            journal::folder(state_home.as_deref(), home.as_deref())
        };
        let folder = folder.map(Path::to_owned).or_else(usual);
        let folder = folder.ok_or(AgentError::NoStateFolder)?;
        let identity = Identity {
            endpoint: endpoint(remote),
            account: None,
            thing: config.thing.to_string(),
        };
        let (journal, memory) = Journal::open(&folder, identity)?;
        Ok(Self {
            journal: Some(journal),
            memory: memory.unwrap_or_default(),
        })
    }

    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.journal.as_ref().map(Journal::file)
    }

    pub(crate) fn into_parts(self) -> (Option<Journal>, Memory) {
        (self.journal, self.memory)
    }

    /// Ends the processes that a killed agent has left.
    pub(crate) async fn end_leftovers(
        &mut self,
        grace: Duration,
        printer: &Printer,
    ) -> Result<(), AgentError> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let Some(group) = journal.noted_group()? else {
            return Ok(());
        };
        if group.end(grace).await? {
            let does = "ends the processes of the interrupted step";
            let cause = "an earlier agent was killed and has left them";
            printer.decision(&Decision::new(DecisionName::Stop, does, cause));
        }
        Ok(journal.note_group(None)?)
    }
}

/// The service. A port that AWS does not have is another service.
fn endpoint(remote: &Remote) -> String {
    match remote.port {
        MQTT_PORT | ALPN_PORT => remote.endpoint.clone(),
        port => format!("{}:{port}", remote.endpoint),
    }
}
