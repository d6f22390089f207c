//! DeletePolicyVersion. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicyVersion.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{POLICY, POLICY_VERSION};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY, POLICY_VERSION],
    ..Declared::new(
        About {
            hints: &[
                (
                    "ResourceNotFoundException",
                    "the policy or its version does not exist; `list-policy-versions <policy>` lists them",
                ),
                (
                    "DeleteConflictException",
                    "make another version the default first: `set-default-policy-version <policy> VERSION`",
                ),
            ],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "DeletePolicyVersion",
                Subject::Policy,
                "`list-policy-versions <policy>` shows it",
            )
        },
        "DELETE",
        "/policies/{policyName}/version/{policyVersionId}",
        "delete a version of a policy",
        [
            "delete-policy-version Lamp 1",
            "delete-policy-version Lamp 2",
        ],
    )
};
