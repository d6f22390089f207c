//! DetachPolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html>

use crate::control::declared::arguments::{POLICY, POLICY_TARGET};
use crate::control::declared::{Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY, POLICY_TARGET.at(Place::Body)],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "DetachPolicy",
                Subject::Policy,
                "`list-targets-for-policy <policy>` shows it",
            )
        },
        "POST",
        "/target-policies/{policyName}",
        "detach a policy from its target",
        [
            "detach-policy Lamp 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "detach-policy --policy-name Lamp --target 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
        ],
    )
};
