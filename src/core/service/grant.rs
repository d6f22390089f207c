//! What the program itself asks about certificates and policies, outside the control plane.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::policy_versions::{LaterVersion, Policy};
use crate::service::principals::{Certificate, CertificateStatus, NewCertificate};
use crate::service::registry::RegisteredThing;
use crate::service::state::Service;

/// The rights that an active certificate gives to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The policies attached to it.
    pub policies: Vec<GrantedPolicy<'a>>,
    /// The things that it is attached to, with their attributes. Thing types are not emulated.
    pub things: Vec<(&'a ThingName, &'a BTreeMap<String, String>)>,
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
    pub fn register_thing(&mut self, name: &ThingName) {
        if !self.registry.things.contains_key(name) {
            let id = self.ids.fresh_id();
            let thing = RegisteredThing::new(id);
            self.registry.things.insert(name.clone(), thing);
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
            self.insert_certificate(now, certificate, CertificateStatus::Active);
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
                }
                Some(_) => {}
            }
            self.principals.attach_policy(name, id);
        }
        for thing in &registration.things {
            self.register_thing(thing);
            self.principals.attach_thing(thing, id);
        }
        Ok(())
    }

    /// The rights that a certificate gives to a connection; `None` if it is not registered or not active.
    pub fn grant(&self, certificate_id: &str) -> Option<Grant<'_>> {
        let certificate = self
            .principals
            .certificate(certificate_id)
            .filter(|certificate| certificate.status == CertificateStatus::Active)?;
        let policies = certificate.policies.iter().filter_map(|name| {
            let version = self.principals.policy(name)?.in_effect()?;
            Some(GrantedPolicy {
                name,
                document: version.document,
                sequence: version.sequence,
            })
        });
        let things = certificate.things.iter().filter_map(|name| {
            let thing = self.registry.things.get(name)?;
            Some((name, thing.attributes()))
        });
        Some(Grant {
            policies: policies.collect(),
            things: things.collect(),
        })
    }

    /// The certificates whose grant may have changed since the last call, by id.
    pub fn take_changed_certificates(&mut self) -> BTreeSet<String> {
        self.principals.take_changed()
    }

    pub(crate) fn insert_certificate(
        &mut self,
        now: EpochMillis,
        new: &NewCertificate,
        status: CertificateStatus,
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

    /// Changes a policy, and with it the rights that it gives if `affects_rights`; `None` if it does not exist.
    pub(crate) fn change_policy<T>(
        &mut self,
        name: &str,
        affects_rights: bool,
        change: impl FnOnce(&mut Policy) -> T,
    ) -> Option<T> {
        let result = change(self.principals.policy_mut(name)?);
        if affects_rights {
            self.principals.policy_changed(name);
        }
        Some(result)
    }
}

fn has_document(policy: &Policy, document: &str) -> bool {
    policy
        .in_effect()
        .is_some_and(|version| version.document == document)
}
