//! CreatePolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>

use crate::control::declared::arguments::{POLICY, POLICY_DOCUMENT, TAGS};
use crate::control::declared::{Declared, Form};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        POLICY.form(Form::NewName),
        POLICY_DOCUMENT[0],
        POLICY_DOCUMENT[1],
        TAGS,
    ],
    ..Declared::new(
        About {
            hints: &[
                (
                    "MalformedPolicyException",
                    "correct the document; `jobs-sandbox policy` prints one that a device can have",
                ),
                (
                    "ResourceAlreadyExistsException",
                    "choose another name, or change it with `create-policy-version`",
                ),
            ],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes("CreatePolicy", Subject::Policy, "`list-policies` shows it")
        },
        "POST",
        "/policies/{policyName}",
        "create a policy for devices",
        [
            "create-policy Lamp @policy.json",
            "create-policy Lamp {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}",
        ],
    )
};
