//! Certificates, policies, and what is attached to them. A principal is always a certificate here.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html>
//!
//! Every change notes the certificates that it affects, so that open connections can be updated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::noted::Noted;
use crate::service::policy_versions::Policy;

/// A certificate that was made outside the pure core, where keys come from.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// Lower-case hexadecimal SHA-256 of the certificate's DER.
    pub certificate_id: String,
    pub certificate_pem: String,
    /// The public key, PEM; empty if the key was not made here.
    pub public_key_pem: String,
    /// The private key, PEM; likewise. It is returned to the requester and not kept; `Debug` never shows it.
    pub private_key_pem: String,
    /// The start of its validity.
    pub not_before: EpochMillis,
    /// The end of its validity.
    pub not_after: EpochMillis,
}

impl fmt::Debug for NewCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCertificate")
            .field("certificate_id", &self.certificate_id)
            .finish_non_exhaustive()
    }
}

/// Checks a policy document, and returns what is wrong with it. The job service does not know the policy language.
pub type PolicyCheck = fn(&str) -> Result<(), String>;

/// The status of a certificate, of those that can occur here.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CertificateDescription.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum CertificateStatus {
    Active,
    Inactive,
    /// It may not connect, and is not meant to be activated again.
    Revoked,
}

impl CertificateStatus {
    /// A status that a certificate can be given; `None` for those that AWS sets itself, and for the deprecated one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let all = [Self::Active, Self::Inactive, Self::Revoked];
        all.into_iter().find(|status| status.as_str() == text)
    }

    /// As AWS writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Revoked => "REVOKED",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) pem: String,
    /// Whether it may connect.
    pub(crate) status: CertificateStatus,
    /// When it was registered.
    pub(crate) created_at: EpochMillis,
    /// When its status last changed.
    pub(crate) modified_at: EpochMillis,
    /// Its order among those of the same time.
    pub(crate) sequence: u64,
    pub(crate) generation: String,
    /// The start and the end of its validity.
    pub(crate) validity: (EpochMillis, EpochMillis),
    /// The policies attached to it, by name.
    pub(crate) policies: BTreeSet<String>,
    /// The things that it is attached to.
    pub(crate) things: BTreeSet<ThingName>,
    /// Whether it is attached to one thing, and cannot be attached to another.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) is_exclusive: bool,
    /// Whether it was registered without a CA, so that clients must name the server in their TLS handshake (SNI).
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) sni_only: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// All certificates and policies.
#[derive(Debug)]
pub(crate) struct Principals {
    certificates: Noted<String, Certificate>,
    policies: Noted<String, Policy>,
    /// The ids of the certificates by their sequence.
    certificate_ids: BTreeMap<u64, String>,
    /// The names of the policies by their sequence.
    policy_names: BTreeMap<u64, String>,
    /// The certificates of each thing that has any.
    of_thing: BTreeMap<ThingName, BTreeSet<String>>,
    /// The policies of each thing group that has any.
    of_group: BTreeMap<String, BTreeSet<String>>,
    changed: BTreeSet<String>,
    /// Checks whether a policy document is valid.
    pub(crate) check: PolicyCheck,
}

impl Principals {
    pub(crate) fn new(check: PolicyCheck) -> Self {
        Self {
            certificates: Noted::default(),
            policies: Noted::default(),
            certificate_ids: BTreeMap::new(),
            policy_names: BTreeMap::new(),
            of_thing: BTreeMap::new(),
            of_group: BTreeMap::new(),
            changed: BTreeSet::new(),
            check,
        }
    }

    /// A certificate, by its id.
    pub(crate) fn certificate(&self, id: &str) -> Option<&Certificate> {
        self.certificates.get(id)
    }

    /// All certificates, by id.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = (&String, &Certificate)> {
        self.certificates.iter()
    }

    /// A policy by its name.
    pub(crate) fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.get(name)
    }

    /// All policies, by name.
    pub(crate) fn policies(&self) -> impl Iterator<Item = (&String, &Policy)> {
        self.policies.iter()
    }

    /// The ids of all certificates, in the order of their creation.
    pub(crate) const fn certificate_ids(&self) -> &BTreeMap<u64, String> {
        &self.certificate_ids
    }

    /// The names of all policies, in the order of their creation.
    pub(crate) const fn policy_names(&self) -> &BTreeMap<u64, String> {
        &self.policy_names
    }

    /// The certificates attached to a thing, by id.
    pub(crate) fn of_thing(&self, thing: &ThingName) -> Option<&BTreeSet<String>> {
        self.of_thing.get(thing)
    }

    /// The names of the policies attached to a thing group.
    pub(crate) fn of_group(&self, group: &str) -> Option<&BTreeSet<String>> {
        self.of_group.get(group)
    }

    /// Whether any thing group has a policy.
    pub(crate) fn has_group_policies(&self) -> bool {
        !self.of_group.is_empty()
    }

    /// The thing groups that have policies.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&String, &BTreeSet<String>)> {
        self.of_group.iter()
    }

    /// Whether a thing has a certificate.
    pub(crate) fn has_thing(&self, thing: &ThingName) -> bool {
        self.of_thing.contains_key(thing)
    }

    pub(crate) fn insert_certificate(&mut self, id: String, certificate: Certificate) {
        // One with the same id is replaced, with all that is attached to it.
        self.remove_certificate(&id);
        self.changed.insert(id.clone());
        self.certificate_ids
            .insert(certificate.sequence, id.clone());
        self.certificates.insert(id, certificate);
    }

    /// Changes the status of a certificate; false if it does not exist.
    pub(crate) fn set_status(
        &mut self,
        id: &str,
        status: CertificateStatus,
        now: EpochMillis,
    ) -> bool {
        let Some(certificate) = self.certificates.get_mut(id) else {
            return false;
        };
        certificate.status = status;
        certificate.modified_at = now;
        self.changed.insert(id.to_owned());
        true
    }

    /// Removes a certificate with all that is attached to it.
    pub(crate) fn remove_certificate(&mut self, id: &str) {
        let Some(certificate) = self.certificates.remove(id) else {
            return;
        };
        self.certificate_ids.remove(&certificate.sequence);
        for name in &certificate.policies {
            if let Some(policy) = self.policies.derived_mut(name) {
                policy.certificates.remove(id);
            }
        }
        for thing in &certificate.things {
            self.forget_attachment(thing, id);
        }
        self.changed.insert(id.to_owned());
    }

    /// Puts back a certificate with what is attached to it; the policies must exist.
    pub(crate) fn restore_certificate(
        &mut self,
        id: &str,
        certificate: Certificate,
    ) -> Result<(), String> {
        for name in &certificate.policies {
            let policy = self.policies.derived_mut(name);
            let policy = policy.ok_or_else(|| format!("its policy `{name}` is not there"))?;
            policy.certificates.insert(id.to_owned());
        }
        for thing in &certificate.things {
            let ids = self.of_thing.entry(thing.clone()).or_default();
            ids.insert(id.to_owned());
        }
        self.certificate_ids
            .insert(certificate.sequence, id.to_owned());
        self.certificates.insert(id.to_owned(), certificate);
        Ok(())
    }

    /// From now on, changes of certificates and policies are noted, to be kept.
    pub(crate) fn note_changes(&mut self) {
        self.certificates.changed.begin();
        self.policies.changed.begin();
    }

    /// The certificates and the policies that have changed since the last call.
    pub(crate) fn take_kept(&mut self) -> (BTreeSet<String>, BTreeSet<String>) {
        (
            self.certificates.changed.take(),
            self.policies.changed.take(),
        )
    }

    pub(crate) fn insert_policy(&mut self, name: String, policy: Policy) {
        self.policy_names.insert(policy.sequence, name.clone());
        for group in &policy.groups {
            let policies = self.of_group.entry(group.clone()).or_default();
            policies.insert(name.clone());
        }
        self.policies.insert(name, policy);
    }

    /// Gives a policy another document, which has been checked, and another sequence number.
    pub(crate) fn replace_document(&mut self, name: &str, document: &str, sequence: u64) {
        if let Some(policy) = self.policies.get_mut(name) {
            self.policy_names.remove(&policy.sequence);
            policy.replace_document(document, sequence);
            self.policy_names.insert(policy.sequence, name.to_owned());
        }
    }

    /// A policy, to be changed.
    pub(crate) fn policy_mut(&mut self, name: &str) -> Option<&mut Policy> {
        self.policies.get_mut(name)
    }

    /// Notes that the rights which a policy gives have changed.
    pub(crate) fn policy_changed(&mut self, name: &str) {
        if let Some(policy) = self.policies.get(name) {
            self.changed.extend(policy.certificates.iter().cloned());
        }
    }

    /// Removes a policy that is attached to nothing.
    pub(crate) fn remove_policy(&mut self, name: &str) {
        if let Some(policy) = self.policies.remove(name) {
            self.policy_names.remove(&policy.sequence);
        }
    }

    /// Attaches a policy to a certificate; both must exist.
    pub(crate) fn attach_policy(&mut self, name: &str, id: &str) {
        if let (Some(policy), Some(certificate)) = (
            self.policies.derived_mut(name),
            self.certificates.get_mut(id),
        ) {
            policy.certificates.insert(id.to_owned());
            certificate.policies.insert(name.to_owned());
            self.changed.insert(id.to_owned());
        }
    }

    /// Detaches a policy from a certificate; does nothing if it is not attached.
    pub(crate) fn detach_policy(&mut self, name: &str, id: &str) {
        if let (Some(policy), Some(certificate)) = (
            self.policies.derived_mut(name),
            self.certificates.get_mut(id),
        ) {
            policy.certificates.remove(id);
            certificate.policies.remove(name);
            self.changed.insert(id.to_owned());
        }
    }

    /// Attaches a policy, which must exist, to a thing group.
    pub(crate) fn attach_to_group(&mut self, name: &str, group: &str) {
        if let Some(policy) = self.policies.get_mut(name) {
            policy.groups.insert(group.to_owned());
            let policies = self.of_group.entry(group.to_owned()).or_default();
            policies.insert(name.to_owned());
        }
    }

    /// Detaches a policy from a thing group; does nothing if it is not attached.
    pub(crate) fn detach_from_group(&mut self, name: &str, group: &str) {
        let Some(policies) = self.of_group.get_mut(group) else {
            return;
        };
        if policies.remove(name)
            && let Some(policy) = self.policies.get_mut(name)
        {
            policy.groups.remove(group);
        }
        if policies.is_empty() {
            self.of_group.remove(group);
        }
    }

    /// Says whether a certificate is attached to its thing exclusively.
    pub(crate) fn set_exclusive(&mut self, id: &str, is_exclusive: bool) {
        if let Some(certificate) = self.certificates.get_mut(id) {
            certificate.is_exclusive = is_exclusive;
            self.changed.insert(id.to_owned());
        }
    }

    /// Attaches a certificate, which must exist, to a thing.
    pub(crate) fn attach_thing(&mut self, thing: &ThingName, id: &str) {
        if let Some(certificate) = self.certificates.get_mut(id) {
            certificate.things.insert(thing.clone());
            self.of_thing
                .entry(thing.clone())
                .or_default()
                .insert(id.to_owned());
            self.changed.insert(id.to_owned());
        }
    }

    /// Detaches a certificate from a thing; does nothing if it is not attached.
    pub(crate) fn detach_thing(&mut self, thing: &ThingName, id: &str) {
        if let Some(certificate) = self.certificates.get_mut(id) {
            certificate.things.remove(thing);
            certificate.is_exclusive &= !certificate.things.is_empty();
            self.forget_attachment(thing, id);
            self.changed.insert(id.to_owned());
        }
    }

    /// Notes that the attributes of a thing have changed, which policies can refer to.
    pub(crate) fn thing_changed(&mut self, thing: &ThingName) {
        if let Some(ids) = self.of_thing.get(thing) {
            self.changed.extend(ids.iter().cloned());
        }
    }

    /// The certificates whose rights or status may have changed since the last call, by id.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    fn forget_attachment(&mut self, thing: &ThingName, id: &str) {
        if let Some(ids) = self.of_thing.get_mut(thing) {
            ids.remove(id);
            if ids.is_empty() {
                self.of_thing.remove(thing);
            }
        }
    }
}
