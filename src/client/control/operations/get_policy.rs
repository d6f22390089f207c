//! GetPolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicy.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::POLICY;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalSetUpDevices],
            ..About::reads("GetPolicy", Subject::Policy)
        },
        "GET",
        "/policies/{policyName}",
        "show a policy",
        ["get-policy Lamp", "get-policy Lamp --query policyDocument"],
    )
};
