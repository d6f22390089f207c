//! The rights of a certificate, in the form that the broker needs: compiled policies and known variables.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crate::broker::{ClientIdentity, ConnectionAccess};
use crate::local::pki::CERTIFICATE_VARIABLES;
use crate::policy::{
    AVAILABLE_KEYS, AttachedThing, ConnectionContext, PolicyDocument, ResourceArns,
};
use crate::service::{Grant, Service};

/// Up to this many sets, unused ones are not removed.
const SETS_MIN: usize = 64;

/// Policies by name.
type Policies = Arc<[(String, PolicyDocument)]>;

/// The compiled policies. Each set is stored once, however many certificates share it, and only while a session uses it.
#[derive(Debug)]
pub(crate) struct Grants {
    arns: ResourceArns,
    /// What policies can refer to, the same for all certificates.
    certificate: Arc<BTreeMap<String, Vec<String>>>,
    /// By the sequence numbers of the policies. The sessions own the sets.
    sets: BTreeMap<Vec<u64>, Weak<[(String, PolicyDocument)]>>,
    /// The number of sets at which those that no session holds are removed.
    sweep_at: usize,
}

impl Grants {
    pub(crate) fn new(arns: ResourceArns) -> Self {
        Self {
            arns,
            certificate: Arc::new(certificate_variables()),
            sets: BTreeMap::new(),
            sweep_at: SETS_MIN,
        }
    }

    /// The rights of connections with a certificate, each with its own client id; `None` if the certificate is not active.
    pub(crate) fn of(
        &mut self,
        service: &Service,
        certificate_id: &str,
    ) -> Option<impl Fn(&ClientIdentity) -> ConnectionAccess> {
        let grant = service.grant(certificate_id)?;
        let policies = self.compiled(&grant);
        let things = things(&grant);
        let arns = self.arns.clone();
        let certificate = Arc::clone(&self.certificate);
        Some(move |identity: &ClientIdentity| {
            let mut context = ConnectionContext::connection(&identity.client_id, &things);
            context.certificate_id = Some(identity.certificate_id.clone());
            context.origin = Arc::clone(&identity.origin);
            context.certificate = Arc::clone(&certificate);
            ConnectionAccess {
                policies: Arc::clone(&policies),
                context,
                arns: arns.clone(),
                is_active: true,
            }
        })
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

/// The variables of a certificate, and the list of their names.
fn certificate_variables() -> BTreeMap<String, Vec<String>> {
    let mut variables: BTreeMap<_, _> = CERTIFICATE_VARIABLES
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into();
    // GUESS: each name as written in a policy; the page calls them names of policy variables.
    let names = CERTIFICATE_VARIABLES.iter().map(|(name, _)| *name);
    let names = names.chain(["SerialNumber"]);
    let names = names.map(|name| format!("iot:Certificate.{name}"));
    variables.insert(AVAILABLE_KEYS.to_owned(), names.collect());
    variables
}

/// The things of a certificate as policies see them. Thing types are not emulated, so their variable does not resolve.
fn things(grant: &Grant<'_>) -> Vec<AttachedThing> {
    grant
        .things
        .iter()
        .map(|(name, attributes)| AttachedThing {
            name: name.to_string(),
            type_name: None,
            attributes: (*attributes).clone(),
        })
        .collect()
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
        let access = grants.of(service, certificate_id);
        access.expect("an active certificate")(&identity(certificate_id))
    }

    #[test]
    fn a_set_is_shared_while_it_is_used_and_forgotten_after_that() {
        let mut service = Service::new(ServiceIdentity {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            endpoint: "localhost".to_owned(),
            seed: 7,
        });
        let mut grants = Grants::new(ResourceArns::new("us-east-1", "123456789012"));
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
