//! What the agent tells the session.

use tokio::sync::oneshot;

use crate::agent::core::Decision;
use crate::agent::shell::News;

pub(crate) enum Told {
    News(News),
    /// Everything that was told before has been shown; the last decision is wanted.
    Shown(oneshot::Sender<Option<Decision>>),
}

impl Told {
    /// How many events had come before it; those are shown first.
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
