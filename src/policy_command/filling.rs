//! The policies that the user attaches on AWS, filled in with names. Pure.

use serde_json::Value;

use crate::policy::LENGTH_MAX;
use crate::policy_command::control_plane;
use crate::protocol::Partition;

/// The policy of the device with its placeholders, as the user copies it.
const DEVICE: &str = include_str!("../../policies/device.json");

/// The values of the placeholders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling<'a> {
    /// For `REGION`.
    pub(crate) region: &'a str,
    /// For `ACCOUNT`.
    pub(crate) account: &'a str,
    /// For `THING`.
    pub(crate) thing: &'a str,
    /// For `CLIENT_ID`, as a policy reads it: `*` stands for anything. See [`literal`].
    pub(crate) client_id: &'a str,
}

/// The policies of a device, by name: one, or one for each statement if the names are too long for that.
pub(crate) fn device_policies(filling: &Filling<'_>) -> Vec<(String, String)> {
    let Ok(mut policy) = serde_json::from_str::<Value>(DEVICE) else {
        // A test reads the file; without a policy the device may do nothing.
        return Vec::new();
    };
    fill(&mut policy, filling);
    let whole = pretty(&policy);
    if whole.chars().filter(|c| !c.is_whitespace()).count() <= LENGTH_MAX {
        return vec![("device".to_owned(), whole)];
    }
    let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
    statements
        .into_iter()
        .enumerate()
        .map(|(index, statement)| {
            policy["Statement"] = Value::Array(vec![statement]);
            (format!("device-{}", index + 1), pretty(&policy))
        })
        .collect()
}

/// The IAM policy of the operator.
pub(crate) fn control_plane_policy(filling: &Filling<'_>) -> String {
    let mut policy = control_plane::template();
    fill(&mut policy, filling);
    pretty(&policy)
}

/// As the files are laid out.
fn pretty(policy: &Value) -> String {
    format!("{policy:#}\n")
}

/// Fills every text in.
fn fill(value: &mut Value, filling: &Filling<'_>) {
    match value {
        Value::String(text) => *text = filled(text, filling),
        Value::Array(values) => values.iter_mut().for_each(|value| fill(value, filling)),
        Value::Object(map) => map.values_mut().for_each(|value| fill(value, filling)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reads the text once from left to right, so that a filled-in name that looks like a placeholder is kept.
fn filled(text: &str, filling: &Filling<'_>) -> String {
    let arn = format!("arn:{}:", Partition::of(filling.region).name);
    let placeholders = [
        ("arn:aws:", arn.as_str()),
        ("REGION", filling.region),
        ("ACCOUNT", filling.account),
        ("THING", filling.thing),
        ("CLIENT_ID", filling.client_id),
    ];
    let mut filled = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = placeholders
            .iter()
            .find_map(|(name, value)| Some((*value, rest.strip_prefix(name)?)));
        if let Some((value, after)) = found {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    filled
}

/// The literal form of characters that a policy would take for a wildcard or a variable.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
pub(crate) fn literal(text: &str) -> String {
    text.chars().fold(String::new(), |mut literal, c| {
        match c {
            '*' | '?' | '$' => literal.extend(['$', '{', c, '}']),
            _ => literal.push(c),
        }
        literal
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyDocument;

    fn filling<'a>(thing: &'a str, client_id: &'a str) -> Filling<'a> {
        Filling {
            region: "us-east-1",
            account: "123456789012",
            thing,
            client_id,
        }
    }

    #[test]
    fn names_that_mean_something_elsewhere_stand_for_themselves() {
        for (text, client_id, expected) in [
            ("a/CLIENT_ID", "test-1", "a/test-1"),
            ("a/CLIENT_ID", "*", "a/${*}"),
            (
                "a/CLIENT_ID",
                "${iot:ClientId}?",
                "a/${$}{iot:ClientId}${?}",
            ),
            ("CLIENT_ID/THING", "THING", "THING/CLIENT_ID"),
            ("REGION:ACCOUNT", "x", "us-east-1:123456789012"),
            ("$aws/é", "x", "$aws/é"),
        ] {
            let client_id = literal(client_id);
            assert_eq!(filled(text, &filling("CLIENT_ID", &client_id)), expected);
        }
    }

    #[test]
    fn the_arns_are_those_of_the_partition() {
        for (region, arn) in [
            ("us-east-1", "arn:aws:iot:us-east-1:123456789012:"),
            ("cn-north-1", "arn:aws-cn:iot:cn-north-1:123456789012:"),
            (
                "us-gov-west-1",
                "arn:aws-us-gov:iot:us-gov-west-1:123456789012:",
            ),
        ] {
            let filling = Filling {
                region,
                ..filling("lamp", "test-*")
            };
            let device = device_policies(&filling).remove(0).1;
            for policy in [device, control_plane_policy(&filling)] {
                let arns = policy.matches("\"arn:").count();
                assert!(arns > 0, "{policy}");
                // The managed job templates belong to no account.
                let ours = policy.matches(&format!("\"{arn}")).count();
                let of_aws = policy.matches("::jobtemplate/*").count();
                assert_eq!(ours + of_aws, arns, "{policy}");
            }
        }
    }

    #[test]
    fn every_name_makes_policies_that_can_be_read() {
        let longest = "t".repeat(128);
        for (thing, client_id, count) in [
            ("sandbox-thing", "test-1", 1),
            ("sandbox-thing", "a\"b\\c${d*", 1),
            (&longest, &longest, 4),
        ] {
            let policies = device_policies(&filling(thing, &literal(client_id)));
            assert_eq!(policies.len(), count, "{thing}");
            for (name, text) in policies {
                assert!(PolicyDocument::parse(&text).is_ok(), "{name}: {text}");
            }
        }
    }
}
