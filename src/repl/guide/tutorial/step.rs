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
    CleanUp,
}

impl Step {
    pub(crate) const ALL: [Self; 11] = [
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
        Self::CleanUp,
    ];
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
}
