//! The steps of the tutorial, and what the user sees on the way.

/// What is to be done, in the order of the walkthrough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Look,
    Create,
    CreateAnother,
    Start,
    LookAgain,
    Finish,
    StartAnother,
    Fail,
    BeRefused,
    NotSee,
    AgentOn,
    AgentWorks,
    AgentOff,
    CleanUp,
}

impl Step {
    pub(crate) const ALL: [Self; 14] = [
        Self::Look,
        Self::Create,
        Self::CreateAnother,
        Self::Start,
        Self::LookAgain,
        Self::Finish,
        Self::StartAnother,
        Self::Fail,
        Self::BeRefused,
        Self::NotSee,
        Self::AgentOn,
        Self::AgentWorks,
        Self::AgentOff,
        Self::CleanUp,
    ];

    /// Whether the agent does it. It works on every job of its thing, so it has no place where jobs are real.
    pub(crate) fn is_for_agent(self) -> bool {
        matches!(self, Self::AgentOn | Self::AgentWorks | Self::AgentOff)
    }
}

/// What the user has seen at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sight {
    /// A list of pending executions.
    Pending,
    /// A list with an execution in progress that was started here.
    Running,
    /// The refusal to change an ended execution.
    Refusal,
    /// The refusal to show an ended execution.
    Nothing,
    /// The agent at work.
    Agent,
    /// The link, cut by the agent's plan.
    Cut,
    /// An outcome that the agent has reported.
    Reported,
}
