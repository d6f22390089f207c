//! What else AWS IoT has, by the paths of its operations, so that a refusal names it.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

/// What operations belong to, and the first parts of their paths.
const ABSENT: [(&str, &[&str]); 17] = [
    ("rules", &["rules", "destinations", "confirmdestination"]),
    (
        "fleet indexing other than dynamic thing groups",
        &["indexing", "indices", "fleet-metric", "fleet-metrics"],
    ),
    ("OTA updates and streams", &["otaUpdates", "streams"]),
    ("software packages", &["packages", "package-configuration"]),
    ("billing groups", &["billing-groups"]),
    ("AWS IoT commands", &["commands", "command-executions"]),
    (
        "custom authorizers",
        &["authorizer", "authorizers", "default-authorizer"],
    ),
    (
        "fleet provisioning",
        &[
            "provisioning-templates",
            "thing-registration-tasks",
            "certificate-providers",
        ],
    ),
    (
        "AWS IoT Device Defender",
        &[
            "active-violations",
            "audit",
            "behavior-model-training",
            "custom-metric",
            "custom-metrics",
            "detect",
            "dimensions",
            "metric-values",
            "mitigationactions",
            "security-profile-behaviors",
            "security-profiles",
            "security-profiles-for-target",
            "violation-events",
            "violations",
        ],
    ),
    (
        "CAs of your own",
        &[
            "cacertificate",
            "cacertificates",
            "certificates-by-ca",
            "registrationcode",
        ],
    ),
    (
        "transfers of certificates between accounts",
        &[
            "accept-certificate-transfer",
            "cancel-certificate-transfer",
            "certificates-out-going",
            "reject-certificate-transfer",
            "transfer-certificate",
        ],
    ),
    ("domain configurations", &["domainConfigurations"]),
    ("settings of encryption", &["encryption-configuration"]),
    (
        "settings of logging",
        &["loggingOptions", "v2LoggingLevel", "v2LoggingOptions"],
    ),
    ("role aliases", &["role-aliases"]),
    ("TestAuthorization", &["test-authorization"]),
    ("MQTT over WebSockets", &["mqtt"]),
];

/// What a request is for, by its path; `None` if AWS IoT has nothing there.
pub(crate) fn absent(method: &str, segments: &[&str]) -> Option<&'static str> {
    match (method, segments) {
        ("POST", ["certificate", "register"]) => Some("CAs of your own"),
        ("POST", ["things"]) => Some("fleet provisioning"),
        ("POST", ["things", _, "connectivity-data"]) => Some("the connectivity of things"),
        (_, [first, ..]) => {
            let has_it = |(_, paths): &&(&str, &[&str])| paths.contains(first);
            ABSENT.iter().find(has_it).map(|(name, _)| *name)
        }
        (_, []) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_what_is_absent() {
        for (method, path, expected) in [
            ("GET", "rules", Some("rules")),
            ("POST", "rules/r/enable", Some("rules")),
            ("POST", "certificate/register", Some("CAs of your own")),
            ("POST", "things", Some("fleet provisioning")),
            (
                "POST",
                "things/t/connectivity-data",
                Some("the connectivity of things"),
            ),
            ("DELETE", "things", None),
            ("GET", "bogus", None),
        ] {
            let segments: Vec<&str> = path.split('/').collect();
            assert_eq!(absent(method, &segments), expected, "{method} {path}");
        }
        assert_eq!(absent("GET", &[]), None);
    }
}
