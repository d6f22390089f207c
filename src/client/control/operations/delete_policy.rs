//! DeletePolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::POLICY;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY],
    ..Declared::new(
        About {
            hints: &[(
                "DeleteConflictException",
                "detach it first, and delete its other versions: `list-targets-for-policy`, `list-policy-versions`",
            )],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "DeletePolicy",
                Subject::Policy,
                "`list-policies` shows whether it is gone",
            )
        },
        "DELETE",
        "/policies/{policyName}",
        "delete a policy",
        ["delete-policy Lamp", "delete-policy Lamp-2"],
    )
};
