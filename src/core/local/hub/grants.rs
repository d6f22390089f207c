//! The rights of a certificate, in the form that the broker needs: compiled policies and known variables.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::broker::{ClientIdentity, ConnectionAccess};
use crate::policy::{
    AVAILABLE_KEYS, AttachedThing, ConnectionContext, PolicyDocument, ResourceArns,
};
use crate::service::{Grant, Service};
use crate::tls;

/// Up to this many sets, unused ones are not removed.
const SETS_MIN: usize = 64;

/// Policies by name.
type Policies = Arc<[(String, PolicyDocument)]>;

/// The attributes of a certificate by their names.
type Attributes = Arc<BTreeMap<String, Vec<String>>>;

/// The compiled policies. Each set is stored once, however many certificates share it, and only while a session uses it.
#[derive(Debug)]
pub(crate) struct Grants {
    arns: ResourceArns,
    /// Whether clients that use the endpoint name it in their TLS handshakes.
    clients_name_the_server: bool,
    /// What policies can refer to in the last two certificates that differ in it. Most have the same.
    certificates: [Attributes; 2],
    /// The last certificate, as PEM, and its attributes: a certificate may have many sessions.
    last_certificate: (String, Attributes),
    /// By the sequence numbers of the policies. The sessions own the sets.
    sets: BTreeMap<Vec<u64>, Weak<[(String, PolicyDocument)]>>,
    /// The number of sets at which those that no session holds are removed.
    sweep_at: usize,
}

/// Why a client gets no rights at all.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRights {
    #[error("the certificate {0} is not registered or not active")]
    NotActive(String),
    /// It is not said which server is meant.
    #[error(
        "the certificate {0} was registered without a CA, and the client does not name the server in its TLS handshake (SNI)"
    )]
    NoServerName(String),
}

impl Grants {
    pub(crate) fn new(arns: ResourceArns, clients_name_the_server: bool) -> Self {
        Self {
            arns,
            clients_name_the_server,
            certificates: [Arc::default(), Arc::default()],
            last_certificate: (String::new(), Arc::default()),
            sets: BTreeMap::new(),
            sweep_at: SETS_MIN,
        }
    }

    /// The rights of a connection.
    pub(crate) fn of(
        &mut self,
        service: &Service,
        identity: &ClientIdentity,
    ) -> Result<ConnectionAccess, NoRights> {
        let id = &identity.certificate_id;
        let grant = service.grant(id, &identity.client_id);
        let grant = grant.ok_or_else(|| NoRights::NotActive(id.clone()))?;
        let has_no_name = identity.origin.domain_name.is_none();
        if grant.needs_server_name && self.clients_name_the_server && has_no_name {
            return Err(NoRights::NoServerName(id.clone()));
        }
        let context = ConnectionContext {
            client_id: Some(identity.client_id.clone()),
            certificate_id: Some(id.clone()),
            origin: Arc::clone(&identity.origin),
            certificate: self.attributes(grant.certificate_pem),
            thing: thing(&grant),
            connect: None,
        };
        Ok(ConnectionAccess {
            policies: self.compiled(&grant),
            user_properties: user_properties(&grant, &context),
            context,
            arns: self.arns.clone(),
            is_active: true,
        })
    }

    fn attributes(&mut self, certificate_pem: &str) -> Attributes {
        if self.last_certificate.0 != certificate_pem {
            let attributes = self.read_attributes(certificate_pem);
            self.last_certificate = (certificate_pem.to_owned(), attributes);
        }
        Arc::clone(&self.last_certificate.1)
    }

    /// The attributes of a certificate, and the list of their names.
    fn read_attributes(&mut self, certificate_pem: &str) -> Attributes {
        let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes());
        let mut attributes = der.map(|der| tls::attributes(&der)).unwrap_or_default();
        // GUESS: each name as written in a policy; the page calls them names of policy variables.
        let names = attributes.keys().map(String::as_str);
        let names = names.chain(["SerialNumber"]);
        let names = names.map(|name| format!("iot:Certificate.{name}"));
        attributes.insert(AVAILABLE_KEYS.to_owned(), names.collect());
        if let Some(same) = self.certificates.iter().find(|it| ***it == attributes) {
            return Arc::clone(same);
        }
        let attributes = Arc::new(attributes);
        self.certificates.swap(0, 1);
        self.certificates[0] = Arc::clone(&attributes);
        attributes
    }

    fn compiled(&mut self, grant: &Grant<'_>) -> Policies {
        let key: Vec<u64> = grant
            .policies
            .iter()
            .map(|policy| policy.sequence)
            .collect();
        if let Some(set) = self.sets.get(&key).and_then(Weak::upgrade) {
            return set;
        }
        let documents = grant.policies.iter().filter_map(|policy| {
            // The document was checked when the policy was created.
            let document = PolicyDocument::parse(policy.document).ok()?;
            Some((policy.name.to_owned(), document))
        });
        let set: Policies = documents.collect();
        if self.sets.len() >= self.sweep_at {
            self.sets.retain(|_, set| set.strong_count() > 0);
            self.sweep_at = SETS_MIN.max(2 * self.sets.len());
        }
        self.sets.insert(key, Arc::downgrade(&set));
        set
    }
}

/// The thing of a connection as policies see it.
fn thing(grant: &Grant<'_>) -> Option<AttachedThing> {
    let thing = grant.thing.as_ref()?;
    Some(AttachedThing {
        name: thing.name.to_string(),
        type_name: thing.thing_type.map(ToOwned::to_owned),
        attributes: thing.attributes.clone(),
    })
}

/// What is added to the messages of a connection: "thing attributes or connection details".
/// GUESS: of the thing of the connection, as for policy variables; an attribute that it does not have is not added.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types-propagating-attributes.html>
fn user_properties(grant: &Grant<'_>, context: &ConnectionContext) -> Arc<[(String, String)]> {
    let Some(thing) = &grant.thing else {
        return Arc::default();
    };
    let resolved = thing.propagating.iter().filter_map(|attribute| {
        let value = match (&attribute.thing_attribute, &attribute.connection_attribute) {
            (Some(name), _) => thing.attributes.get(name)?.clone(),
            (None, Some(name)) if name == "iot:Thing.ThingName" => thing.name.to_string(),
            (None, name) => context.value_of(name.as_ref()?)?.to_owned(),
        };
        Some((attribute.user_property_key.clone()?, value))
    });
    resolved.collect()
}

/// Checks a policy document for the job service, which does not know the policy language.
pub(crate) fn check_policy(text: &str) -> Result<(), String> {
    PolicyDocument::parse(text)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::local_service::EVERYTHING;
    use crate::protocol::EpochMillis;
    use crate::service::{KnownPolicies, NewCertificate, Registration, ServiceIdentity};

    fn identity(certificate_id: &str) -> ClientIdentity {
        ClientIdentity {
            client_id: "c".to_owned(),
            certificate_id: certificate_id.to_owned(),
            origin: Arc::default(),
        }
    }

    fn register(service: &mut Service, certificate_id: &str, policy: &str) {
        let now = EpochMillis(0);
        let certificate = NewCertificate {
            certificate_id: certificate_id.to_owned(),
            certificate_pem: String::new(),
            public_key_pem: String::new(),
            private_key_pem: String::new(),
            not_before: now,
            not_after: now,
        };
        let registration = Registration {
            certificate,
            policies: vec![(policy.to_owned(), EVERYTHING.to_owned())],
            known: KnownPolicies::Refuse,
            things: Vec::new(),
        };
        let registered = service.register_device(now, &registration);
        registered.expect("a device");
    }

    fn access(grants: &mut Grants, service: &Service, certificate_id: &str) -> ConnectionAccess {
        let access = grants.of(service, &identity(certificate_id));
        access.expect("an active certificate")
    }

    #[test]
    fn a_set_is_shared_while_it_is_used_and_forgotten_after_that() {
        let mut service = Service::new(ServiceIdentity {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            endpoint: "localhost".to_owned(),
            object_url: "http://localhost:8880".to_owned(),
            seed: 7,
        });
        let mut grants = Grants::new(ResourceArns::new("us-east-1", "123456789012"), false);
        for id in ["a", "b"] {
            register(&mut service, id, "shared");
        }
        let first = access(&mut grants, &service, "a");
        let second = access(&mut grants, &service, "b");
        assert!(Arc::ptr_eq(&first.policies, &second.policies));
        for round in 0..10 * SETS_MIN {
            let name = format!("c{round}");
            register(&mut service, &name, &name);
            let set = Arc::downgrade(&access(&mut grants, &service, &name).policies);
            assert_eq!(set.strong_count(), 0);
            assert!(grants.sets.len() <= SETS_MIN, "{}", grants.sets.len());
        }
        assert!(Arc::ptr_eq(
            &first.policies,
            &access(&mut grants, &service, "a").policies
        ));
        // After a reset the same names belong to other policies.
        service.reset();
        register(&mut service, "a", "shared");
        let after = access(&mut grants, &service, "a");
        assert!(!Arc::ptr_eq(&first.policies, &after.policies));
    }
}
