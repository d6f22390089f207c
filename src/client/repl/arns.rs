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
    if let Some(version) = managed(typed, kind) {
        return Some(version);
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

/// The version of a job template that AWS manages, if the text names one: `jobtemplate/AWS-Reboot:1.0`. There is only this
/// version. <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>
fn managed(typed: &str, kind: &str) -> Option<String> {
    let name = typed.strip_prefix("jobtemplate/");
    let name = name.or_else(|| (kind == "jobtemplate").then_some(typed))?;
    if !name.starts_with("AWS-") {
        return None;
    }
    let version = if name.contains(':') { "" } else { ":1.0" };
    Some(format!("jobtemplate/{name}{version}"))
}

/// The ARN of a resource in the account of the thing with this ARN. What AWS manages is in no account.
pub(crate) fn beside(thing_arn: &str, resource: &str) -> String {
    let mut account: Vec<&str> = thing_arn.split(':').take(5).collect();
    if let (Some(account), Some(_)) = (account.last_mut(), managed(resource, "")) {
        *account = "";
    }
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
            (
                "update",
                "jobtemplate",
                Some("jobtemplate/update".to_owned()),
            ),
            (
                "AWS-Reboot",
                "jobtemplate",
                Some("jobtemplate/AWS-Reboot:1.0".to_owned()),
            ),
            (
                "jobtemplate/AWS-Reboot:2.0",
                "",
                Some("jobtemplate/AWS-Reboot:2.0".to_owned()),
            ),
            (
                "AWS-Reboot",
                "thinggroup",
                Some("thinggroup/AWS-Reboot".to_owned()),
            ),
        ] {
            assert_eq!(resource(typed, kind), expected, "{typed}");
        }
        let own = "arn:aws-cn:iot:cn-north-1:123456789012:thing/a:b";
        for (resource, expected) in [
            ("job/a", "arn:aws-cn:iot:cn-north-1:123456789012:job/a"),
            (
                "jobtemplate/AWS-Reboot:1.0",
                "arn:aws-cn:iot:cn-north-1::jobtemplate/AWS-Reboot:1.0",
            ),
        ] {
            assert_eq!(beside(own, resource), expected);
        }
    }
}
