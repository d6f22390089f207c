//! What is known about a connection, and the variables that name it.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A thing of the registry, as far as policies can see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachedThing {
    /// `iot:Connection.Thing.ThingName`
    pub name: String,
    /// `iot:Connection.Thing.ThingTypeName`; a thing need not have a type.
    pub type_name: Option<String>,
    /// `iot:Connection.Thing.Attributes[name]`, at most 50.
    pub attributes: BTreeMap<String, String>,
}

/// What is known about one connection. What is absent stays unresolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionContext {
    /// `iot:ClientId`
    pub client_id: Option<String>,
    /// `aws:SourceIp`, as text.
    pub source_ip: Option<String>,
    /// `iot:DomainName`
    pub domain_name: Option<String>,
    /// `iot:CertificateId`
    pub certificate_id: Option<String>,
    /// `iot:Certificate.NAME` by NAME in AWS's spelling, for example `Subject.CommonName`.
    /// Shared by the connections with the same ones.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html>
    pub certificate: Arc<BTreeMap<String, String>>,
    /// The thing that this connection acts as; see [`ConnectionContext::connection`].
    pub thing: Option<AttachedThing>,
}

impl ConnectionContext {
    /// The context of a connection whose certificate is attached to these things. With a certificate that may serve
    /// several things, the thing is the one that the client names by its client id; without such a thing no
    /// `iot:Connection.Thing` variable resolves, apart from `IsAttached`, which is `false`.
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

    /// What a variable stands for here, or `None` if it does not resolve.
    pub(crate) fn value(&self, variable: &Variable) -> Option<&str> {
        match variable {
            Variable::ClientId => self.client_id.as_deref(),
            Variable::SourceIp => self.source_ip.as_deref(),
            Variable::DomainName => self.domain_name.as_deref(),
            Variable::CertificateId => self.certificate_id.as_deref(),
            Variable::Certificate(name) => self
                .certificate
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_str()),
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
        }
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
    /// `iot:Certificate.` and what follows
    Certificate(String),
    /// `iot:Connection.Thing.ThingName`
    ThingName,
    /// `iot:Connection.Thing.ThingTypeName`
    ThingTypeName,
    /// `iot:Connection.Thing.Attributes[…]` and what stands in the brackets
    ThingAttribute(String),
    /// `iot:Connection.Thing.IsAttached`
    IsAttached,
}

impl Variable {
    /// Reads the name of a variable, or `None` if AWS IoT Core has none of that name. Names are case-insensitive
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>), apart from the
    /// name of an attribute, which the registry keeps as it was written.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        const BASIC: [(&str, Variable); 7] = [
            ("aws:SourceIp", Variable::SourceIp),
            ("iot:CertificateId", Variable::CertificateId),
            ("iot:ClientId", Variable::ClientId),
            ("iot:Connection.Thing.IsAttached", Variable::IsAttached),
            ("iot:Connection.Thing.ThingName", Variable::ThingName),
            (
                "iot:Connection.Thing.ThingTypeName",
                Variable::ThingTypeName,
            ),
            ("iot:DomainName", Variable::DomainName),
        ];
        if let Some((_, variable)) = BASIC
            .into_iter()
            .find(|(basic, _)| basic.eq_ignore_ascii_case(name))
        {
            return Some(variable);
        }
        if let Some(field) = strip_prefix_ignoring_case(name, "iot:Certificate.") {
            return (!field.is_empty()).then(|| Self::Certificate(field.to_owned()));
        }
        let attribute = strip_prefix_ignoring_case(name, "iot:Connection.Thing.Attributes[")?
            .strip_suffix(']')?;
        (!attribute.is_empty()).then(|| Self::ThingAttribute(attribute.to_owned()))
    }
}

/// What follows an ASCII prefix, if the text starts with it in any case.
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
        Arc::make_mut(&mut context.certificate)
            .insert("Subject.CommonName".to_owned(), "bulb".to_owned());
        for (name, expected) in [
            ("iot:ClientId", Some("lamp")),
            ("IOT:clientid", Some("lamp")),
            ("aws:SourceIp", None),
            ("iot:DomainName", None),
            ("iot:CertificateId", None),
            ("iot:Certificate.Subject.CommonName", Some("bulb")),
            ("iot:certificate.subject.commonname", Some("bulb")),
            ("iot:Certificate.Subject.Country", None),
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
        ] {
            assert_eq!(Variable::parse(name), None, "{name}");
        }
    }
}
