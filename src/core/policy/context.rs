//! What is known about a connection, and the variables that refer to it.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A thing of the registry, as policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachedThing {
    /// `iot:Connection.Thing.ThingName`
    pub name: String,
    /// `iot:Connection.Thing.ThingTypeName`; a thing need not have a type.
    pub type_name: Option<String>,
    /// `iot:Connection.Thing.Attributes[name]`, at most 50.
    pub attributes: BTreeMap<String, String>,
}

/// The request of a CONNECT, while it is decided on.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#connect-attribute>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectRequest {
    /// `PersistentConnect` of `iot:ConnectAttributes`: the session should outlive the connection.
    pub is_persistent: bool,
    /// `iot:LastWillTopic`: the ARN of the will's topic. With a will, `iot:ConnectAttributes` contains `LastWill`.
    pub last_will_topic: Option<String>,
}

/// The origin of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionOrigin {
    /// `aws:SourceIp`, as text.
    pub source_ip: Option<String>,
    /// `iot:DomainName`: the server name in the client's TLS handshake.
    pub domain_name: Option<String>,
    /// `iot:Certificate.SerialNumber`
    pub certificate_serial: Option<String>,
}

/// What is known about one connection. Absent values do not resolve.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionContext {
    /// `iot:ClientId`
    pub client_id: Option<String>,
    /// `iot:CertificateId`
    pub certificate_id: Option<String>,
    pub origin: Arc<ConnectionOrigin>,
    /// The other `iot:Certificate.NAME` by NAME in AWS's spelling, for example `Subject.CommonName`, each with all its
    /// values. Connections with the same values share them.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html>
    pub certificate: Arc<BTreeMap<String, Vec<String>>>,
    /// The thing as which this connection acts; see [`ConnectionContext::connection`].
    pub thing: Option<AttachedThing>,
    /// Only while `iot:Connect` is decided on.
    pub connect: Option<Box<ConnectRequest>>,
}

impl ConnectionContext {
    /// The context of a connection whose certificate is attached to these things. The thing of the connection is the one
    /// with the name of the client id. Without such a thing no `iot:Connection.Thing` variable resolves except `IsAttached`,
    /// which is `false`.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html>
    pub fn connection(client_id: &str, attached: &[AttachedThing]) -> Self {
        Self {
            client_id: Some(client_id.to_owned()),
            thing: attached
                .iter()
                .find(|thing| thing.name == client_id)
                .cloned(),
            ..Self::default()
        }
    }

    /// The value of the variable with this name, such as `iot:ClientId`.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        self.value(&Variable::parse(name)?)
    }

    /// The value of a variable; `None` if it does not resolve, or if it is a list.
    // GUESS: a list can be compared in conditions but not inserted in texts, since no example does that.
    pub(crate) fn value(&self, variable: &Variable) -> Option<&str> {
        match variable {
            Variable::ClientId => self.client_id.as_deref(),
            Variable::SourceIp => self.origin.source_ip.as_deref(),
            Variable::DomainName => self.origin.domain_name.as_deref(),
            Variable::CertificateId => self.certificate_id.as_deref(),
            Variable::CertificateSerial => self.origin.certificate_serial.as_deref(),
            Variable::Certificate { name, index } => {
                self.certificate(name).get((*index)?).map(String::as_str)
            }
            Variable::ThingName => self.thing.as_ref().map(|thing| thing.name.as_str()),
            Variable::ThingTypeName => self.thing.as_ref()?.type_name.as_deref(),
            Variable::ThingAttribute(name) => self
                .thing
                .as_ref()?
                .attributes
                .get(name)
                .map(String::as_str),
            Variable::IsAttached => Some(if self.thing.is_some() {
                "true"
            } else {
                "false"
            }),
            Variable::ConnectAttributes => None,
            Variable::LastWillTopic => self.connect.as_ref()?.last_will_topic.as_deref(),
        }
    }

    /// All values of a variable; empty if it does not resolve.
    pub(crate) fn values(&self, variable: &Variable) -> Vec<&str> {
        match variable {
            Variable::ConnectAttributes => {
                let connect = self.connect.as_deref();
                let has = |asked: fn(&ConnectRequest) -> bool| connect.is_some_and(asked);
                [
                    ("PersistentConnect", has(|it| it.is_persistent)),
                    ("LastWill", has(|it| it.last_will_topic.is_some())),
                ]
                .into_iter()
                .filter_map(|(name, is_asked)| is_asked.then_some(name))
                .collect()
            }
            // "Certificate attributes that contain arrays are limited to five items. Additional items are ignored."
            Variable::Certificate { name, index: None } => {
                let values = self.certificate(name).iter().take(5);
                values.map(String::as_str).collect()
            }
            single => self.value(single).into_iter().collect(),
        }
    }

    fn certificate(&self, name: &str) -> &[String] {
        self.certificate
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(&[], |(_, values)| values)
    }
}

/// A policy variable, also called a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    /// `iot:ClientId`
    ClientId,
    /// `aws:SourceIp`
    SourceIp,
    /// `iot:DomainName`
    DomainName,
    /// `iot:CertificateId`
    CertificateId,
    /// `iot:Certificate.SerialNumber`
    CertificateSerial,
    /// `iot:Certificate.` and a name
    Certificate {
        name: String,
        /// The index of its value, from 0; `None` for all of them, which is `.List`.
        index: Option<usize>,
    },
    /// `iot:Connection.Thing.ThingName`
    ThingName,
    /// `iot:Connection.Thing.ThingTypeName`
    ThingTypeName,
    /// `iot:Connection.Thing.Attributes[…]` and the text in the brackets
    ThingAttribute(String),
    /// `iot:Connection.Thing.IsAttached`
    IsAttached,
    /// `iot:ConnectAttributes`, which is a list
    ConnectAttributes,
    /// `iot:LastWillTopic`
    LastWillTopic,
}

/// The attributes of a certificate's issuer and subject, each behind `Issuer.` or `Subject.`.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html>
const CERTIFICATE_NAMES: [&str; 18] = [
    "DistinguishedNameQualifier",
    "Country",
    "Organization",
    "OrganizationalUnit",
    "State",
    "CommonName",
    "SerialNumber",
    "Title",
    "Surname",
    "GivenName",
    "Initials",
    "Pseudonym",
    "GenerationQualifier",
    "AlternativeName.RFC822Name",
    "AlternativeName.DNSName",
    "AlternativeName.DirectoryName",
    "AlternativeName.UniformResourceIdentifier",
    "AlternativeName.IPAddress",
];

/// "The `iot:Certificate.AvailableKeys` policy variable contains the name of all certificate policy variables that contain
/// values."
pub const AVAILABLE_KEYS: &str = "AvailableKeys";

impl Variable {
    /// Reads the name of a variable; `None` if AWS IoT Core does not have it. Names are case-insensitive
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>), except for the name
    /// of an attribute, which the registry keeps as written.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        const BASIC: [(&str, Variable); 11] = [
            ("aws:SourceIp", Variable::SourceIp),
            ("iot:Certificate.SerialNumber", Variable::CertificateSerial),
            ("iot:CertificateId", Variable::CertificateId),
            ("iot:ClientId", Variable::ClientId),
            ("iot:ConnectAttributes", Variable::ConnectAttributes),
            ("iot:Connection.Thing.IsAttached", Variable::IsAttached),
            ("iot:Connection.Thing.ThingName", Variable::ThingName),
            (
                "iot:Connection.Thing.ThingTypeName",
                Variable::ThingTypeName,
            ),
            ("iot:DomainName", Variable::DomainName),
            ("iot:LastWillTopic", Variable::LastWillTopic),
            // GUESS: the same as `iot:Connection.Thing.ThingName`; the page of the thing variables does not list it, and
            // https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html uses it.
            ("iot:Thing.ThingName", Variable::ThingName),
        ];
        if let Some((_, variable)) = BASIC
            .into_iter()
            .find(|(basic, _)| basic.eq_ignore_ascii_case(name))
        {
            return Some(variable);
        }
        if let Some(field) = strip_prefix_ignoring_case(name, "iot:Certificate.") {
            return Self::certificate(field);
        }
        let attribute = strip_prefix_ignoring_case(name, "iot:Connection.Thing.Attributes[")?
            .strip_suffix(']')?;
        (!attribute.is_empty()).then(|| Self::ThingAttribute(attribute.to_owned()))
    }

    /// Reads the text behind `iot:Certificate.`: a name (its first value), a name with an index from 0, or a name with
    /// `.List`.
    fn certificate(field: &str) -> Option<Self> {
        if field.eq_ignore_ascii_case(AVAILABLE_KEYS) {
            return Some(Self::Certificate {
                name: field.to_owned(),
                index: None,
            });
        }
        let (name, index) = match field.rsplit_once('.') {
            Some((name, last)) if last.eq_ignore_ascii_case("List") => (name, None),
            Some((name, last)) if last.bytes().all(|byte| byte.is_ascii_digit()) => {
                (name, Some(last.parse().ok()?))
            }
            _ => (field, Some(0)),
        };
        let attribute = strip_prefix_ignoring_case(name, "Subject.")
            .or_else(|| strip_prefix_ignoring_case(name, "Issuer."))?;
        CERTIFICATE_NAMES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(attribute))
            .then(|| Self::Certificate {
                name: name.to_owned(),
                index,
            })
    }
}

/// The text behind an ASCII prefix, if the text starts with the prefix in any case.
pub(crate) fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_resolves_to_what_is_known() {
        let thing = AttachedThing {
            name: "lamp".to_owned(),
            type_name: Some("light".to_owned()),
            attributes: BTreeMap::from([("Room".to_owned(), "hall".to_owned())]),
        };
        let mut context =
            ConnectionContext::connection("lamp", &[AttachedThing::default(), thing.clone()]);
        Arc::make_mut(&mut context.certificate).insert(
            "Subject.CommonName".to_owned(),
            vec!["bulb".to_owned(), "lamp".to_owned()],
        );
        Arc::make_mut(&mut context.origin).certificate_serial = Some("01:0a".to_owned());
        for (name, expected) in [
            ("iot:ClientId", Some("lamp")),
            ("IOT:clientid", Some("lamp")),
            ("aws:SourceIp", None),
            ("iot:DomainName", None),
            ("iot:CertificateId", None),
            ("iot:Certificate.Subject.CommonName", Some("bulb")),
            ("iot:certificate.subject.commonname", Some("bulb")),
            ("iot:Certificate.Subject.CommonName.0", Some("bulb")),
            ("iot:Certificate.Subject.CommonName.1", Some("lamp")),
            ("iot:Certificate.Subject.CommonName.2", None),
            ("iot:Certificate.Subject.CommonName.List", None),
            ("iot:Certificate.Subject.Country", None),
            ("iot:Certificate.SerialNumber", Some("01:0a")),
            ("iot:Certificate.AvailableKeys", None),
            ("iot:Thing.ThingName", Some("lamp")),
            ("iot:LastWillTopic", None),
            ("iot:ConnectAttributes", None),
            ("iot:Connection.Thing.ThingName", Some("lamp")),
            ("iot:Connection.Thing.ThingTypeName", Some("light")),
            ("iot:Connection.Thing.Attributes[Room]", Some("hall")),
            ("iot:connection.thing.attributes[Room]", Some("hall")),
            ("iot:Connection.Thing.Attributes[room]", None),
            ("iot:Connection.Thing.IsAttached", Some("true")),
        ] {
            let variable = Variable::parse(name).expect(name);
            assert_eq!(context.value(&variable), expected, "{name}");
        }
        let other = ConnectionContext::connection("test-1", &[thing]);
        assert_eq!(other.value(&Variable::ThingName), None);
        assert_eq!(other.value(&Variable::IsAttached), Some("false"));
        for (name, expected) in [
            (
                "iot:Certificate.Subject.CommonName.List",
                &["bulb", "lamp"][..],
            ),
            ("iot:certificate.subject.commonname.list", &["bulb", "lamp"]),
            ("iot:Certificate.Subject.CommonName", &["bulb"]),
            ("iot:Certificate.Issuer.CommonName.List", &[]),
            ("iot:ClientId", &["lamp"]),
        ] {
            let variable = Variable::parse(name).expect(name);
            assert_eq!(context.values(&variable), expected, "{name}");
        }
    }

    #[test]
    fn an_unknown_variable_has_no_name() {
        for name in [
            "",
            "*",
            "iot:",
            "iot:ClientID2",
            "iot:Certificate.",
            "iot:Connection.Thing.Attributes[]",
            "iot:Connection.Thing.Attributes[a",
            "iot:Connection.Thing.Attributes",
            "aws:username",
            "iot:ClientId, 'default'",
            "iot:Certificäte.x",
            "iot:Certificate.Subject",
            "iot:Certificate.Subject.Colour",
            "iot:Certificate.Subject.CommonName.-1",
            "iot:Certificate.Subject.CommonName.99999999999999999999",
            "iot:Certificate.SerialNumber.List",
            "iot:Thing.ThingTypeName",
            "aws:CurrentTime",
        ] {
            assert_eq!(Variable::parse(name), None, "{name}");
        }
    }
}
