//! What a certificate brings to its connections, in the form that the broker needs: compiled policies and known variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::broker::{ClientIdentity, ConnectionAccess};
use crate::local::pki::CERTIFICATE_VARIABLES;
use crate::policy::{
    AVAILABLE_KEYS, AttachedThing, ConnectionContext, PolicyDocument, ResourceArns,
};
use crate::service::{Grant, Service};

/// How many different sets of policies stay compiled; beyond that all are dropped and compiled when needed.
const SETS_MAX: usize = 20_000;

/// Policies by name.
type Policies = Arc<[(String, PolicyDocument)]>;

/// The compiled policies, each set once however many certificates share it.
#[derive(Debug)]
pub(crate) struct Grants {
    arns: ResourceArns,
    /// What policies can ask about any certificate.
    certificate: Arc<BTreeMap<String, Vec<String>>>,
    /// By the sequence numbers of the policies.
    sets: BTreeMap<Vec<u64>, Policies>,
}

impl Grants {
    pub(crate) fn new(arns: ResourceArns) -> Self {
        Self {
            arns,
            certificate: Arc::new(certificate_variables()),
            sets: BTreeMap::new(),
        }
    }

    /// What the connections with a certificate may do, each with its own client id; `None` if the certificate is not active.
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
        if let Some(set) = self.sets.get(&key) {
            return Arc::clone(set);
        }
        let documents = grant.policies.iter().filter_map(|policy| {
            // It was checked when it was created.
            let document = PolicyDocument::parse(policy.document).ok()?;
            Some((policy.name.to_owned(), document))
        });
        let set: Policies = documents.collect();
        if self.sets.len() >= SETS_MAX {
            self.sets.clear();
        }
        self.sets.insert(key, Arc::clone(&set));
        set
    }
}

/// The variables of a certificate, and the list of their names.
fn certificate_variables() -> BTreeMap<String, Vec<String>> {
    let mut variables: BTreeMap<_, _> = CERTIFICATE_VARIABLES
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into();
    // GUESS: each name as it stands in a policy; the page says that they are names of policy variables.
    let names = CERTIFICATE_VARIABLES.iter().map(|(name, _)| *name);
    let names = names.chain(["SerialNumber"]);
    let names = names.map(|name| format!("iot:Certificate.{name}"));
    variables.insert(AVAILABLE_KEYS.to_owned(), names.collect());
    variables
}

/// The things of a certificate as policies see them. AttachedThing types are not emulated, so that variable does not resolve.
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

/// Checks a policy document for the job service, which does not know the language.
pub(crate) fn check_policy(text: &str) -> Result<(), String> {
    PolicyDocument::parse(text)
        .map(|_| ())
        .map_err(|error| error.to_string())
}
