//! The setup of a tutorial.

use crate::protocol::ThingName;

/// Where a tutorial takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TutorialSetup {
    pub thing: ThingName,
    /// The prefix of the job ids that it proposes.
    pub job_prefix: String,
    /// A warning at the start if the jobs are real.
    pub caution: Option<String>,
}
