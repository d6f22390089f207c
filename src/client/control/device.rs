//! A device's certificate, made and attached on the control plane.

use serde::Deserialize;

use crate::control::client::Control;
use crate::control::declared::{ControlRequest, Declared};
use crate::control::error::ControlError;
use crate::control::operations::{
    attach_policy, attach_thing_principal, create_keys_and_certificate, create_policy,
    delete_certificate, delete_policy, detach_policy, detach_thing_principal, update_certificate,
};
use crate::protocol::ThingName;

/// A certificate with its key, as PEM.
pub struct NewDevice {
    pub certificate_arn: String,
    pub certificate_pem: String,
    pub private_key_pem: String,
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    certificate_arn: String,
    certificate_pem: String,
    key_pair: KeyPair,
}

#[derive(Deserialize)]
struct KeyPair {
    #[serde(rename = "PrivateKey")]
    private_key: String,
}

impl Control {
    /// Makes an active certificate with these policies, given by new names and documents, and attaches it to the thing, which
    /// is created if it does not exist.
    pub async fn create_device(
        &self,
        thing: Option<&ThingName>,
        policies: &[(String, String)],
    ) -> Result<NewDevice, ControlError> {
        let made = &create_keys_and_certificate::OPERATION;
        let made = self.carry_out(made, &[("setAsActive", "true")]).await?;
        let made: Made =
            serde_json::from_str(&made).map_err(|error| ControlError::Unreachable {
                // The text of the error does not quote the key.
                cause: format!("the response to CreateKeysAndCertificate is not complete: {error}"),
                sent: true,
            })?;
        for (name, document) in policies {
            let policy = [("policyName", &**name), ("policyDocument", document)];
            self.carry_out(&create_policy::OPERATION, &policy).await?;
            let attachment = [("policyName", &**name), ("target", &made.certificate_arn)];
            self.carry_out(&attach_policy::OPERATION, &attachment)
                .await?;
        }
        if let Some(thing) = thing {
            self.create_thing(thing).await?;
            let attachment = [
                ("thingName", thing.as_str()),
                ("principal", &made.certificate_arn),
            ];
            let operation = &attach_thing_principal::OPERATION;
            self.carry_out(operation, &attachment).await?;
        }
        Ok(NewDevice {
            certificate_arn: made.certificate_arn,
            certificate_pem: made.certificate_pem,
            private_key_pem: made.key_pair.private_key,
        })
    }

    /// Deletes what `create_device` has made, but for the thing.
    pub async fn delete_device(
        &self,
        certificate_arn: &str,
        thing: Option<&ThingName>,
        policies: &[String],
    ) -> Result<(), ControlError> {
        let id = certificate_arn.rsplit('/').next().unwrap_or_default();
        let inactive = [("certificateId", id), ("newStatus", "INACTIVE")];
        self.carry_out(&update_certificate::OPERATION, &inactive)
            .await?;
        if let Some(thing) = thing {
            let attachment = [
                ("thingName", thing.as_str()),
                ("principal", certificate_arn),
            ];
            self.carry_out(&detach_thing_principal::OPERATION, &attachment)
                .await?;
        }
        for policy in policies {
            let attachment = [("policyName", policy.as_str()), ("target", certificate_arn)];
            self.carry_out(&detach_policy::OPERATION, &attachment)
                .await?;
            self.carry_out(&delete_policy::OPERATION, &attachment[..1])
                .await?;
        }
        let deletion = &delete_certificate::OPERATION;
        self.carry_out(deletion, &inactive[..1]).await.map(drop)
    }

    /// Sends a request with these members, and returns the body of the response.
    async fn carry_out(
        &self,
        operation: &'static Declared,
        members: &[(&'static str, &str)],
    ) -> Result<String, ControlError> {
        let request = ControlRequest::new(operation);
        let request = members
            .iter()
            .fold(request, |request, (name, value)| request.with(name, value));
        let call = request.prepared(self.client(), None);
        self.send(&call).await.0
    }
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDevice").finish_non_exhaustive()
    }
}
