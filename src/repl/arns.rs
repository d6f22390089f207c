//! Resources as users type them, and their ARNs. Pure.

/// The length of the id of a certificate, in hexadecimal digits.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>
const CERTIFICATE_ID: usize = 64;

/// The resource in the account that a typed text names: `job/Job1`, the id of a certificate, or a name alone, if that belongs to
/// a `kind` of resource. `None` if the text is sent as it is.
pub(crate) fn resource(typed: &str, kind: &str) -> Option<String> {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if typed.len() == CERTIFICATE_ID && typed.chars().all(is_hex) {
        return Some(format!("cert/{typed}"));
    }
    // An ARN, or the identity of a user of Amazon Cognito.
    if typed.contains(':') && !typed.contains('/') || typed.starts_with("arn:") {
        return None;
    }
    match (typed.contains('/'), kind) {
        (true, _) => Some(typed.to_owned()),
        (false, "") => None,
        (false, kind) => Some(format!("{kind}/{typed}")),
    }
}

/// The ARN of a resource in the account of the thing with this ARN.
pub(crate) fn beside(thing_arn: &str, resource: &str) -> String {
    let account = thing_arn.split(':').take(5);
    let account: Vec<&str> = account.collect();
    format!("{}:{resource}", account.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_names_a_resource() {
        let id = "4f2a".repeat(16);
        for (typed, kind, expected) in [
            (id.as_str(), "", Some(format!("cert/{id}"))),
            (&id, "thinggroup", Some(format!("cert/{id}"))),
            ("job/a", "", Some("job/a".to_owned())),
            ("job/a:b", "", Some("job/a:b".to_owned())),
            ("attic", "thinggroup", Some("thinggroup/attic".to_owned())),
            ("attic", "", None),
            ("arn:aws:iot:us-east-1:1:job/a", "", None),
            ("us-east-1:0a1b-2c3d", "thinggroup", None),
        ] {
            assert_eq!(resource(typed, kind), expected, "{typed}");
        }
        let own = "arn:aws-cn:iot:cn-north-1:123456789012:thing/a:b";
        let expected = "arn:aws-cn:iot:cn-north-1:123456789012:job/a";
        assert_eq!(beside(own, "job/a"), expected);
    }
}
