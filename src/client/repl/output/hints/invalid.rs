//! The next step after a request that violates the model of its operation: the arguments to correct. Pure.

use crate::control::operations;

/// Where a message names a member, in the words of the service: `Value 'a' at 'tags.1.member.key' failed to satisfy …`.
const AT: &str = " at '";
const FAILED: &str = "' failed to satisfy constraint";

/// Where it names one of the wrong type: `tags must be a list`.
const MUST_BE: &str = " must be ";

/// What is typed for members of operations that are not data.
const TYPED: [(&str, &str); 6] = [
    ("jobId", "<jobId>"),
    ("status", "the status"),
    ("statusDetails", "--detail"),
    ("stepTimeoutInMinutes", "--step-timeout"),
    ("expectedVersion", "--expected-version"),
    ("executionNumber", "--execution-number"),
];

/// The next step after a refusal of an operation, if the message names the members that are not valid.
pub(crate) fn in_message(exception: &str, operation: &str, message: &str) -> Option<String> {
    let mut typed: Vec<String> = Vec::new();
    for member in members(exception, message) {
        let known = operations::typed_for(operation, member);
        let known = known.unwrap_or_else(|| {
            let whole = member.split('.').next().unwrap_or_default();
            let typed = TYPED.iter().find(|(name, _)| *name == whole);
            typed.map_or(whole, |(_, typed)| typed).to_owned()
        });
        if !typed.contains(&known) {
            typed.push(known);
        }
    }
    let last = typed.pop()?;
    let all = if typed.is_empty() {
        last
    } else {
        format!("{} and {last}", typed.join(", "))
    };
    Some(format!("correct {all}; `help COMMAND` lists the arguments"))
}

fn members<'a>(exception: &str, message: &'a str) -> Vec<&'a str> {
    if exception == "SerializationException" {
        let before = message.split_once(MUST_BE).map(|(member, _)| member);
        return before.filter(|it| !it.contains(' ')).into_iter().collect();
    }
    let before = message.split(FAILED).map(|part| part.rsplit_once(AT));
    let mut members: Vec<&str> = before.map_while(|it| Some(it?.1)).collect();
    members.truncate(message.matches(FAILED).count());
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_in_a_message_are_arguments_to_correct() {
        let invalid = "InvalidRequestException";
        let failed = |value: &str, member: &str| {
            format!(
                "Value {value} at '{member}' failed to satisfy constraint: Member must not be null"
            )
        };
        for (exception, operation, message, expected) in [
            (
                invalid,
                "TagResource",
                failed("'a!'", "tags.1.member.key"),
                Some("<name=value,…>"),
            ),
            (
                invalid,
                "CreateThing",
                failed("' at 'x'", "thingName"),
                Some("<thing>"),
            ),
            (
                invalid,
                "CreateThing",
                format!(
                    "2 validation errors detected: {}; {}; {}",
                    failed("", "attributePayload.attributes"),
                    failed("", "thingTypeName"),
                    failed("", "thingTypeName"),
                ),
                Some("--attribute and --thing-type-name"),
            ),
            (
                invalid,
                "ListPolicies",
                failed("'0'", "pageSize"),
                Some("--max-results"),
            ),
            (
                invalid,
                "ListJobTemplates",
                failed("''", "nextToken"),
                Some("--next-token"),
            ),
            (
                invalid,
                "CreateThing",
                failed("''", "unknown.member"),
                Some("unknown"),
            ),
            (
                invalid,
                "CreateJob",
                failed("'a'", "destinationPackageVersions.1.member"),
                Some("--destination-package-versions"),
            ),
            (
                "SerializationException",
                "UpdateJob",
                "abortConfig.criteriaList must be a list".to_owned(),
                Some("--abort-config"),
            ),
            (
                "SerializationException",
                "UpdateJob",
                "'x' can not be converted to Long".to_owned(),
                None,
            ),
            (invalid, "UpdateJob", "Job J cannot change".to_owned(), None),
        ] {
            let expected = expected
                .map(|typed| format!("correct {typed}; `help COMMAND` lists the arguments"));
            assert_eq!(
                in_message(exception, operation, &message),
                expected,
                "{message}"
            );
        }
    }
}
