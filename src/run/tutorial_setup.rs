//! What the tutorial of a session begins with.

use crate::protocol::ThingName;
use crate::repl::guide::tutorial::TutorialSetup;

/// On AWS the jobs are real, so their ids must not clash with those of other jobs.
pub(crate) fn tutorial_setup(thing: &ThingName, is_local: bool, region: &str) -> TutorialSetup {
    if is_local {
        return TutorialSetup {
            thing: thing.clone(),
            job_prefix: "Job".to_owned(),
            caution: None,
        };
    }
    let random = uuid::Uuid::new_v4().simple().to_string();
    let job_prefix = format!("tutorial-{}-", &random[..8]);
    let caution = format!(
        "These are real jobs in your AWS account in {region}; AWS IoT Device Management charges for their executions.\n\
         The tutorial creates two, {job_prefix}1 and {job_prefix}2, for {thing} alone; the last step deletes them."
    );
    TutorialSetup {
        thing: thing.clone(),
        job_prefix,
        caution: Some(caution),
    }
}
