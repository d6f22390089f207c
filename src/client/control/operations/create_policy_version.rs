//! CreatePolicyVersion. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html>

use crate::control::declared::arguments::{POLICY, POLICY_DOCUMENT};
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        POLICY,
        POLICY_DOCUMENT[0],
        POLICY_DOCUMENT[1],
        Argument::switch("setAsDefault", "let it apply from now on").at(Place::Query),
    ],
    ..Declared::new(
        About {
            hints: &[
                (
                    "MalformedPolicyException",
                    "correct the document; `jobs-sandbox policy` prints one that a device can have",
                ),
                (
                    "VersionsLimitExceededException",
                    "a policy has at most five versions; delete one: `delete-policy-version <policy> VERSION`",
                ),
            ],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "CreatePolicyVersion",
                Subject::Policy,
                "`list-policy-versions <policy>` shows it",
            )
        },
        "POST",
        "/policies/{policyName}/version",
        "add a version to a policy",
        [
            "create-policy-version Lamp @policy.json --set-as-default",
            "create-policy-version Lamp {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}",
        ],
    )
};
