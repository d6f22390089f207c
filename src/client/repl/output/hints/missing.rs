//! The command that lists what there is in place of what the service has not found. Pure.

use std::cmp::Reverse;

use crate::control::Subject;

/// What a request can name, as messages call it, in lower case; and the next step.
pub(crate) const KINDS: [(&str, &str); 11] = [
    ("job", JOBS),
    // The service names the execution that it looked for before the job that is not there.
    ("job execution cannot be found as the job", JOBS),
    (
        "job execution",
        "`list-job-executions <jobId>` lists the executions of the job",
    ),
    (
        "job template",
        "`list-job-templates` lists the job templates of this account and region",
    ),
    (
        "job template aws-",
        "`list-managed-job-templates` lists the job templates of AWS, with their versions",
    ),
    (
        "thing",
        "`list-things` lists the things of this account and region",
    ),
    (
        "thing type",
        "`list-thing-types` lists the thing types of this account and region",
    ),
    (
        "thing group",
        "`list-thing-groups` lists the thing groups of this account and region",
    ),
    (
        "certificate",
        "`list-certificates` lists the certificates of this account and region",
    ),
    (
        "policy",
        "`list-policies` lists the policies of this account and region",
    ),
    (
        "version",
        "`list-policy-versions <policy>` lists the versions of the policy",
    ),
];

const JOBS: &str = "`list-jobs` lists the jobs of this account and region";

/// The next step if a message names what does not exist: what it names first.
pub(crate) fn in_message(message: &str) -> Option<&'static str> {
    let message = message.to_lowercase();
    let named = KINDS.iter().filter_map(|(called, hint)| {
        let mut places = message.match_indices(called).map(|(at, _)| at);
        let at = places.find(|at| !message[..*at].ends_with(char::is_alphanumeric))?;
        Some((at, Reverse(called.len()), *hint))
    });
    named.min().map(|(_, _, hint)| hint)
}

/// The next step if the message does not name it: the subject of the operation, most likely.
pub(crate) fn of_subject(subject: Subject) -> &'static str {
    let called = match subject {
        Subject::Job => "job",
        Subject::JobExecution => "job execution",
        Subject::Thing => "thing",
        Subject::ThingType => "thing type",
        Subject::Certificate => "certificate",
        Subject::Policy => "policy",
        Subject::JobTemplate => {
            return "`list-job-templates` and `list-managed-job-templates` list the job templates";
        }
        Subject::ThingGroup => {
            return "the thing group or the thing does not exist; `list-thing-groups` and `list-things` list them";
        }
        Subject::Resource => {
            return "the resource does not exist; it is named like job/Job1, or by its ARN";
        }
        Subject::Account => {
            return "what the request names does not exist in this account and region";
        }
    };
    in_message(called).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_names_first_is_missing() {
        for (message, command) in [
            ("Thing type Nope not found.", "list-thing-types"),
            ("Thing 123456789012:policy not found.", "list-things"),
            ("Thing Group g cannot be found.", "list-thing-groups"),
            (
                "Cannot find requested thing group for accountId: 1 and thing group name: job",
                "list-thing-groups",
            ),
            (
                "Failed to list principals for thing x because the thing does not exist in your account",
                "list-things",
            ),
            ("Policy thing not found.", "list-policies"),
            (
                "Version 4 of policy p not found.",
                "list-policy-versions <policy>",
            ),
            ("Certificate 4f2a not found.", "list-certificates"),
            ("Job thing cannot be found.", "list-jobs"),
            (
                "Job execution cannot be found as the Job J does not exist.",
                "list-jobs",
            ),
            (
                "Job execution for thing t cannot be found within job J.",
                "list-job-executions <jobId>",
            ),
            ("Job Template t cannot be found.", "list-job-templates"),
            (
                "Job Template AWS-None:1.0 cannot be found.",
                "list-managed-job-templates",
            ),
        ] {
            let hint = in_message(message).expect(message);
            assert_eq!(hint.split('`').nth(1), Some(command), "{message}");
        }
        assert_eq!(in_message("Nothing is there"), None);
    }

    #[test]
    fn every_subject_has_a_hint() {
        for about in crate::control::operations::abouts() {
            assert!(!of_subject(about.subject).is_empty(), "{}", about.name);
        }
    }
}
