//! The headers that are members of requests.

/// All of them.
pub const MEMBER_HEADERS: [&str; 3] = [PRINCIPAL, IOT_PRINCIPAL, IOT_POLICY];

/// The ARN of a certificate.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html>
pub(crate) const PRINCIPAL: &str = "x-amzn-principal";

/// The same for deprecated operations.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPrincipalPolicy.html>
pub(crate) const IOT_PRINCIPAL: &str = "x-amzn-iot-principal";

/// The name of a policy. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicyPrincipals.html>
pub(crate) const IOT_POLICY: &str = "x-amzn-iot-policy";
