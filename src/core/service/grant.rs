//! What the program itself asks about certificates and policies, outside the control plane.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::policy_versions::{LaterVersion, Policy};
use crate::service::principals::{Certificate, CertificateStatus, NewCertificate};
use crate::service::registry::{PropagatingAttribute, RegisteredThing};
use crate::service::state::Service;

/// The rights that an active certificate gives to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The policies attached to it, and to the groups of the thing of the connection. "For the policy to take effect, the
    /// clientId and the thing name must match." <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html>
    pub policies: Vec<GrantedPolicy<'a>>,
    /// The thing of the connection.
    pub thing: Option<GrantedThing<'a>>,
    pub certificate_pem: &'a str,
    /// Whether the client must name the server in its TLS handshake.
    pub needs_server_name: bool,
}

/// The thing of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedThing<'a> {
    pub name: &'a ThingName,
    pub attributes: &'a BTreeMap<String, String>,
    /// The name of its type.
    pub thing_type: Option<&'a str>,
    /// What its type adds to its messages.
    pub propagating: &'a [PropagatingAttribute],
}

/// A policy of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedPolicy<'a> {
    pub name: &'a str,
    /// Its document, which the service has checked.
    pub document: &'a str,
    /// Unique for each document, also among the versions of a policy and among policies of the same name.
    pub sequence: u64,
}

/// A device that the program itself sets up: an active certificate with policies and things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub certificate: NewCertificate,
    /// Policies by name, created if they do not exist.
    pub policies: Vec<(String, String)>,
    /// What happens to policies that exist with another document.
    pub known: KnownPolicies,
    /// Things, created if they do not exist.
    pub things: Vec<ThingName>,
}

/// What happens to policies of a registration that exist with another document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KnownPolicies {
    /// The registration is refused.
    #[default]
    Refuse,
    /// They stay as they are.
    Keep,
    /// They get the new document.
    Replace,
}

impl Service {
    /// Registers a thing without attributes; does nothing if it exists.
    pub fn register_thing(&mut self, now: EpochMillis, name: &ThingName) {
        if !self.registry.things.contains_key(name) {
            let thing = RegisteredThing::new(self.ids.fresh_id());
            self.registry.things.insert(name.clone(), thing);
            self.follow_thing(name, &BTreeSet::new(), now);
        }
    }

    /// Registers an active certificate with all that belongs to it. One that is registered stays as it is, and what belongs to
    /// it is added. After an error nothing is registered.
    pub fn register_device(
        &mut self,
        now: EpochMillis,
        registration: &Registration,
    ) -> Result<(), String> {
        for (name, document) in &registration.policies {
            match self.principals.policy(name) {
                Some(existing)
                    if !has_document(existing, document)
                        && registration.known == KnownPolicies::Refuse =>
                {
                    return Err(format!(
                        "a policy `{name}` exists with another document\ngive it another name"
                    ));
                }
                _ => (self.principals.check)(document)?,
            }
        }
        let certificate = &registration.certificate;
        let id = &certificate.certificate_id;
        if self.principals.certificate(id).is_none() {
            self.insert_certificate(now, certificate, (CertificateStatus::Active, false));
        }
        for (name, document) in &registration.policies {
            match self.principals.policy(name) {
                None => self.insert_policy(now, name, document),
                Some(existing)
                    if !has_document(existing, document)
                        && registration.known == KnownPolicies::Replace =>
                {
                    let sequence = self.ids.next_sequence();
                    self.principals.replace_document(name, document, sequence);
                    self.change_policy(name, true, |_| ());
                }
                Some(_) => {}
            }
            self.principals.attach_policy(name, id);
        }
        for thing in &registration.things {
            self.register_thing(now, thing);
            self.principals.attach_thing(thing, id);
        }
        Ok(())
    }

    /// The rights that a certificate gives to a connection with this client id; `None` if it is not registered or not active.
    pub fn grant(&self, certificate_id: &str, client_id: &str) -> Option<Grant<'_>> {
        let certificate = self.active_certificate(certificate_id)?;
        let thing = Self::thing_of_connection(certificate, client_id);
        let mut names: BTreeSet<&str> = certificate.policies.iter().map(String::as_str).collect();
        if let Some(thing) = thing {
            names.extend(self.policies_by_groups(thing));
        }
        let policies = names.into_iter().filter_map(|name| {
            let version = self.principals.policy(name)?.in_effect()?;
            Some(GrantedPolicy {
                name,
                document: version.document,
                sequence: version.sequence,
            })
        });
        let thing = thing.and_then(|name| {
            let thing = self.registry.things.get(name)?;
            Some(GrantedThing {
                name,
                attributes: thing.attributes(),
                thing_type: thing.thing_type(),
                propagating: self.registry.propagating_attributes(thing),
            })
        });
        Some(Grant {
            policies: policies.collect(),
            thing,
            certificate_pem: &certificate.pem,
            needs_server_name: certificate.sni_only,
        })
    }

    /// Whether a certificate is registered and active.
    pub fn is_active(&self, certificate_id: &str) -> bool {
        self.active_certificate(certificate_id).is_some()
    }

    /// The certificates that were registered without a CA, by id.
    pub fn certificates_without_ca(&self) -> impl Iterator<Item = &str> {
        let certificates = self.principals.certificates();
        let without_ca = certificates.filter(|(_, certificate)| certificate.sni_only);
        without_ca.map(|(id, _)| id.as_str())
    }

    /// Whether a certificate was registered without a CA.
    pub fn is_without_ca(&self, certificate_id: &str) -> bool {
        let certificate = self.principals.certificate(certificate_id);
        certificate.is_some_and(|certificate| certificate.sni_only)
    }

    fn active_certificate(&self, id: &str) -> Option<&Certificate> {
        let certificate = self.principals.certificate(id);
        certificate.filter(|certificate| certificate.status == CertificateStatus::Active)
    }

    /// The thing as which a connection acts: the one that the certificate is attached to exclusively, or an attached one with
    /// the name of the client id. <https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html>
    fn thing_of_connection<'a>(
        certificate: &'a Certificate,
        client_id: &str,
    ) -> Option<&'a ThingName> {
        if certificate.is_exclusive {
            certificate.things.first()
        } else {
            certificate.things.get(client_id)
        }
    }

    /// The certificates whose grant may have changed since the last call, by id.
    pub fn take_changed_certificates(&mut self) -> BTreeSet<String> {
        self.principals.take_changed()
    }

    pub(crate) fn insert_certificate(
        &mut self,
        now: EpochMillis,
        new: &NewCertificate,
        (status, sni_only): (CertificateStatus, bool),
    ) -> String {
        let certificate = Certificate {
            pem: new.certificate_pem.clone(),
            status,
            created_at: now,
            modified_at: now,
            sequence: self.ids.next_sequence(),
            generation: self.ids.fresh_id(),
            validity: (new.not_before, new.not_after),
            policies: BTreeSet::new(),
            things: BTreeSet::new(),
            is_exclusive: false,
            sni_only,
        };
        self.principals
            .insert_certificate(new.certificate_id.clone(), certificate);
        new.certificate_id.clone()
    }

    pub(crate) fn insert_policy(&mut self, now: EpochMillis, name: &str, document: &str) {
        let policy = Policy::new(self.new_version(now, document));
        self.principals.insert_policy(name.to_owned(), policy);
    }

    /// A version of a policy, which does not have a number yet.
    pub(crate) fn new_version(&mut self, now: EpochMillis, document: &str) -> LaterVersion {
        LaterVersion {
            document: document.to_owned(),
            created_at: now,
            sequence: self.ids.next_sequence(),
            generation: self.ids.fresh_id(),
        }
    }
}

fn has_document(policy: &Policy, document: &str) -> bool {
    policy
        .in_effect()
        .is_some_and(|version| version.document == document)
}
