//! The messages of the agent to its session.

use tokio::sync::oneshot;

use crate::agent::shell::News;
use crate::executor::core::Decision;

pub(crate) enum AgentMessage {
    News(News),
    /// A request for the last decision, answered when all earlier messages have been shown.
    Shown(oneshot::Sender<Option<Decision>>),
}

impl AgentMessage {
    /// The number of events before it. They are shown first.
    pub(crate) fn after_events(&self) -> u64 {
        match self {
            Self::News(News::Exchange(_, attempt)) => {
                let reply = attempt.end.as_ref();
                reply.map_or(0, |reply| reply.after_events)
            }
            Self::News(News::Decision(_)) | Self::Shown(_) => 0,
        }
    }
}
