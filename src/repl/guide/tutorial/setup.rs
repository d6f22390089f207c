//! What a tutorial begins with.

use crate::protocol::ThingName;

/// Where a tutorial takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TutorialSetup {
    pub thing: ThingName,
    /// The job ids that it proposes are this and a number.
    pub job_prefix: String,
    /// What to know first, where the jobs are real.
    pub caution: Option<String>,
}
