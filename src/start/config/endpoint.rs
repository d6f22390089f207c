//! The kinds of AWS IoT endpoints, by host name. Pure.

use std::fmt;

use crate::config::region::region_of;

/// The purpose of an endpoint, as far as its name shows it.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html#iot-connect-device-endpoints>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// MQTT, with a certificate of Amazon Trust Services: `PREFIX-ats.iot.REGION.amazonaws.com`.
    DataAts,
    /// MQTT, with a certificate of VeriSign, whose authority most systems no longer trust: the same without `-ats`.
    DataLegacy,
    /// The HTTPS data plane of jobs: `PREFIX.jobs.iot.REGION.amazonaws.com`.
    JobsData,
    /// Credentials for a certificate: `PREFIX.credentials.iot.REGION.amazonaws.com`.
    Credentials,
    /// The control plane: `iot.REGION.amazonaws.com`.
    ControlPlane,
    /// Not a name of AWS: a custom domain, an interface endpoint, the local service.
    Other,
}

/// Names of AWS's web pages, to which browsers go.
/// <https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html>
/// <https://docs.aws.amazon.com/signin/latest/userguide/introduction-to-iam-sign-in-url.html>
const PAGES: [&str; 6] = [
    "aws.amazon.com",
    "aws.com",
    "awsapps.com",
    "console.amazonaws.cn",
    "amazonaws-us-gov.com",
    "aws.amazon.eu",
];

/// Whether a host, as it is or in a URL, is a web page of AWS, such as the console.
pub(crate) fn is_web_page(endpoint: &str) -> bool {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |page: &str| {
        host.strip_suffix(page)
            .is_some_and(|it| it.is_empty() || it.ends_with('.'))
    };
    PAGES.iter().any(|page| is_below(page))
}

impl EndpointKind {
    /// Reads the host name.
    pub fn of(endpoint: &str) -> Self {
        let is_aws = [
            ".amazonaws.com",
            ".amazonaws.com.cn",
            ".amazonaws.eu",
            ".api.aws",
        ]
        .iter()
        .any(|end| endpoint.ends_with(end));
        if !is_aws || region_of(endpoint).is_none() {
            return Self::Other;
        }
        let before: Vec<&str> = endpoint
            .split('.')
            .take_while(|label| !matches!(*label, "iot" | "iot-fips"))
            .collect();
        match before[..] {
            [] => Self::ControlPlane,
            [.., "jobs"] => Self::JobsData,
            [.., "credentials"] => Self::Credentials,
            // The form of China.
            [_, "ats"] => Self::DataAts,
            [prefix] if prefix.ends_with("-ats") => Self::DataAts,
            // `data` is the name of the same endpoint before an account is known.
            [_] => Self::DataLegacy,
            _ => Self::Other,
        }
    }

    /// Why a session over MQTT cannot, or may not, work there; `None` if it can.
    pub fn objection(self) -> Option<&'static str> {
        match self {
            Self::DataAts | Self::Other => None,
            Self::DataLegacy => {
                Some("is not the Amazon Trust Services endpoint: its name does not contain `-ats`")
            }
            Self::JobsData => Some("is the HTTPS endpoint of jobs, which does not offer MQTT"),
            Self::Credentials => {
                Some("is the endpoint of the credential provider, which does not offer MQTT")
            }
            Self::ControlPlane => Some("is the control plane, which does not offer MQTT"),
        }
    }
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataAts => "data endpoint of AWS IoT, Amazon Trust Services",
            Self::DataLegacy => "data endpoint of AWS IoT, the old one without `-ats`",
            Self::JobsData => "HTTPS endpoint of AWS IoT Jobs",
            Self::Credentials => "credential provider of AWS IoT",
            Self::ControlPlane => "control plane of AWS IoT",
            Self::Other => {
                "not an AWS name: a custom domain, an interface endpoint or a local service"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_known_by_its_name() {
        for (endpoint, expected) in [
            ("console.aws.amazon.com", true),
            ("eu-west-1.console.aws.amazon.com", true),
            (
                "https://EU-WEST-1.console.aws.amazon.com/iot/home?region=eu-west-1#/thinghub",
                true,
            ),
            ("111122223333.signin.aws.amazon.com", true),
            ("https://d-1234.awsapps.com/start", true),
            ("console.amazonaws.cn", true),
            ("console.amazonaws-us-gov.com", true),
            ("a1b2c3-ats.iot.us-east-1.amazonaws.com", false),
            ("a1b2c3-ats.iot.cn-north-1.amazonaws.com.cn", false),
            ("https://a1b2c3-ats.iot.us-east-1.amazonaws.com/", false),
            ("notaws.amazon.com.example.com", false),
            ("myaws.com", false),
            ("", false),
        ] {
            assert_eq!(is_web_page(endpoint), expected, "{endpoint}");
        }
    }

    #[test]
    fn the_name_shows_the_kind() {
        for (endpoint, expected) in [
            (
                "a1b2c3-ats.iot.us-east-1.amazonaws.com",
                EndpointKind::DataAts,
            ),
            (
                "a1b2c3.ats.iot.cn-north-1.amazonaws.com.cn",
                EndpointKind::DataAts,
            ),
            (
                "data-ats.iot.us-east-2.amazonaws.com",
                EndpointKind::DataAts,
            ),
            ("a1b2c3-ats.iot.us-east-1.api.aws", EndpointKind::DataAts),
            (
                "a1b2c3.iot.us-east-1.amazonaws.com",
                EndpointKind::DataLegacy,
            ),
            (
                "a1b2c3.jobs.iot.us-west-2.amazonaws.com",
                EndpointKind::JobsData,
            ),
            (
                "data.jobs.iot.us-west-2.amazonaws.com",
                EndpointKind::JobsData,
            ),
            (
                "a1b2c3.credentials.iot.us-west-2.amazonaws.com",
                EndpointKind::Credentials,
            ),
            ("iot.us-east-1.amazonaws.com", EndpointKind::ControlPlane),
            (
                "vpce-1-2.data.iot.us-east-1.vpce.amazonaws.com",
                EndpointKind::Other,
            ),
            ("iot.example.com", EndpointKind::Other),
            ("a.iot.us-east-1.example.com", EndpointKind::Other),
            ("localhost", EndpointKind::Other),
            ("", EndpointKind::Other),
        ] {
            assert_eq!(EndpointKind::of(endpoint), expected, "{endpoint}");
            let is_fine = matches!(expected, EndpointKind::DataAts | EndpointKind::Other);
            assert_eq!(expected.objection().is_none(), is_fine);
        }
    }
}
