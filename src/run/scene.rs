//! Where a session takes place: what its prompt and its tutorial say of that.

use crate::config::EndpointKind;
use crate::protocol::ThingName;
use crate::repl::guide::tutorial::Scene;

/// The name in the prompt: whose jobs, and whether they are real. Of another host than AWS's own nobody knows.
pub(crate) fn prompt(thing: &ThingName, is_local: bool, host: &str) -> String {
    match EndpointKind::of(host) {
        _ if is_local => format!("{thing} local"),
        EndpointKind::Other => thing.to_string(),
        _ => format!("{thing} aws"),
    }
}

/// Elsewhere than here its jobs are real, and their ids must not be those of other jobs.
pub(crate) fn scene(thing: &ThingName, is_local: bool, region: &str) -> Scene {
    if is_local {
        return Scene {
            thing: thing.clone(),
            job_prefix: "Job".to_owned(),
            caution: None,
        };
    }
    let random = uuid::Uuid::new_v4().simple().to_string();
    let job_prefix = format!("tutorial-{}-", &random[..8]);
    let caution = format!(
        "These are real jobs of your AWS account in {region}, which cost what AWS IoT Device Management takes for job executions.\n\
         Two are created, {job_prefix}1 and {job_prefix}2, for {thing} alone; the last step deletes them."
    );
    Scene {
        thing: thing.clone(),
        job_prefix,
        caution: Some(caution),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_tells_where_the_jobs_are() {
        let thing = ThingName::new("lamp").expect("a thing name");
        for (is_local, host, expected) in [
            (true, "localhost", "lamp local"),
            (false, "localhost", "lamp"),
            (false, "iot.example.com", "lamp"),
            (false, "a1b2-ats.iot.eu-west-1.amazonaws.com", "lamp aws"),
            (
                false,
                "a1b2.ats.iot.cn-north-1.amazonaws.com.cn",
                "lamp aws",
            ),
        ] {
            assert_eq!(prompt(&thing, is_local, host), expected, "{host}");
        }
    }
}
