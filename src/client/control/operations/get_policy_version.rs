//! GetPolicyVersion. <https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicyVersion.html>

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
            ..About::reads("GetPolicyVersion", Subject::Policy)
        },
        "GET",
        "/policies/{policyName}/version/{policyVersionId}",
        "show a version of a policy",
        [
            "get-policy-version Lamp 1",
            "get-policy-version Lamp 2 --query policyDocument",
        ],
    )
};
