//! The IAM policy of the operator, from the statements that each operation names. Pure.

use serde::Serialize;
use serde_json::{Value, json};

use crate::control::Statement;
use crate::control::operations::abouts;

const JOBS: &str = "arn:aws:iot:REGION:ACCOUNT:job/*";
const THIS_THING: &str = "arn:aws:iot:REGION:ACCOUNT:thing/THING";
const THINGS: &str = "arn:aws:iot:REGION:ACCOUNT:thing/*";
const THING_TYPES: &str = "arn:aws:iot:REGION:ACCOUNT:thingtype/*";
const GROUPS: &str = "arn:aws:iot:REGION:ACCOUNT:thinggroup/*";
/// A query of a dynamic group searches it.
const INDEX: &str = "arn:aws:iot:REGION:ACCOUNT:index/AWS_Things";
const CERTIFICATES: &str = "arn:aws:iot:REGION:ACCOUNT:cert/*";
const POLICIES: &str = "arn:aws:iot:REGION:ACCOUNT:policy/*";

const TEMPLATES: &str = "arn:aws:iot:REGION:ACCOUNT:jobtemplate/*";
const MANAGED_TEMPLATES: &str = "arn:aws:iot:REGION::jobtemplate/*";

/// The statements, in the order of the policy, with their names and the resources of their actions.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html>
const STATEMENTS: [(Statement, &str, &[&str]); 12] = [
    (
        Statement::CreateJobForThisThing,
        "CreateJobForThisThing",
        &[JOBS, THIS_THING],
    ),
    (Statement::DeleteJob, "DeleteJob", &[JOBS]),
    (
        Statement::FindOrCreateThisThing,
        "FindOrCreateThisThing",
        &[THIS_THING],
    ),
    (
        Statement::OptionalLookAtAndChangeJobs,
        "OptionalLookAtAndChangeJobs",
        &[JOBS],
    ),
    (
        Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
        "OptionalLookAtAndCancelExecutionsOfThisThing",
        &[JOBS, THIS_THING],
    ),
    (
        Statement::OptionalListAndFindEndpoint,
        "OptionalListAndFindEndpoint",
        &["*"],
    ),
    (
        Statement::OptionalJobsOfOtherThingsAndGroups,
        "OptionalJobsOfOtherThingsAndGroups",
        &[THINGS, GROUPS],
    ),
    (
        Statement::OptionalJobTemplates,
        "OptionalJobTemplates",
        &[JOBS, TEMPLATES, MANAGED_TEMPLATES],
    ),
    (
        Statement::OptionalChangeThingsAndGroups,
        "OptionalChangeThingsAndGroups",
        &[THINGS, THING_TYPES, GROUPS, INDEX],
    ),
    (
        Statement::OptionalSetUpDevices,
        "OptionalSetUpDevices",
        &[THINGS, GROUPS, CERTIFICATES, POLICIES],
    ),
    (
        Statement::OptionalCertificatesAndEvents,
        "OptionalCertificatesAndEvents",
        &["*"],
    ),
    (
        Statement::OptionalTags,
        "OptionalTags",
        &[JOBS, TEMPLATES, THING_TYPES, GROUPS, POLICIES],
    ),
];

/// The policy with its placeholders. `policies/control-plane.json` holds the same, to be copied.
pub(crate) fn template() -> Value {
    let statements = STATEMENTS.map(|(statement, sid, resources)| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Action": one_or_all(&actions(statement)),
            "Resource": one_or_all(resources),
        })
    });
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn actions(statement: Statement) -> Vec<String> {
    let operations = abouts().filter(|about| about.statements.contains(&statement));
    operations
        .map(|about| format!("iot:{}", about.name))
        .collect()
}

/// A list; one entry alone without brackets, as in the policies on AWS's pages.
fn one_or_all(texts: &[impl AsRef<str> + Serialize]) -> Value {
    match texts {
        [text] => json!(text.as_ref()),
        _ => json!(texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_GOLDEN=1 cargo test` writes the file; read the difference before you commit it.
    #[test]
    fn the_policy_to_be_copied_is_the_one_that_is_printed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/control-plane.json");
        let expected = format!("{:#}\n", template());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &expected).expect(path);
        }
        let copied = std::fs::read_to_string(path).expect(path);
        assert_eq!(copied.replace("\r\n", "\n"), expected);
    }

    #[test]
    fn every_operation_is_allowed_by_a_statement() {
        for about in abouts() {
            assert!(!about.statements.is_empty(), "{}", about.name);
        }
    }
}
