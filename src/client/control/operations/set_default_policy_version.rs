//! SetDefaultPolicyVersion. <https://docs.aws.amazon.com/iot/latest/apireference/API_SetDefaultPolicyVersion.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{POLICY, POLICY_VERSION};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY, POLICY_VERSION],
    ..Declared::new(
        About {
            hints: &[(
                "ResourceNotFoundException",
                "the policy or its version does not exist; `list-policy-versions <policy>` lists them",
            )],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "SetDefaultPolicyVersion",
                Subject::Policy,
                "`list-policy-versions <policy>` shows it",
            )
        },
        "PATCH",
        "/policies/{policyName}/version/{policyVersionId}",
        "choose the version of a policy that applies",
        [
            "set-default-policy-version Lamp 1",
            "set-default-policy-version Lamp 2",
        ],
    )
};
