//! ListPolicyVersions. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicyVersions.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::POLICY;
use crate::control::operation::{About, Column, Statement, Subject, Table};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY],
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("policyVersions", "")],
                columns: &[
                    Column::plain("versionId", "/versionId"),
                    Column::plain("isDefaultVersion", "/isDefaultVersion"),
                    Column::time("createDate", "/createDate"),
                ],
            }),
            statements: &[Statement::OptionalSetUpDevices],
            ..About::reads("ListPolicyVersions", Subject::Policy)
        },
        "GET",
        "/policies/{policyName}/version",
        "list the versions of a policy",
        [
            "list-policy-versions Lamp",
            "list-policy-versions Lamp --query policyVersions[0]",
        ],
    )
};
