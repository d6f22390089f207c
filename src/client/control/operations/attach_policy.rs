//! AttachPolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPolicy.html>

use crate::control::declared::arguments::{POLICY, POLICY_TARGET};
use crate::control::declared::{Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY, POLICY_TARGET.at(Place::Body)],
    ..Declared::new(
        About {
            hints: &[
                (
                    "ResourceNotFoundException",
                    "the policy or its target does not exist; `list-policies`, `list-certificates` list them",
                ),
                (
                    "LimitExceededException",
                    "a target has at most ten policies; detach one",
                ),
            ],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "AttachPolicy",
                Subject::Policy,
                "`list-targets-for-policy <policy>` shows it",
            )
        },
        "PUT",
        "/target-policies/{policyName}",
        "attach a policy to a certificate or a group",
        [
            "attach-policy Lamp 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "attach-policy --policy-name Lamp --target 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
        ],
    )
};
