//! Requests of devices over HTTPS: the policies of the client's certificate decide on each.

use serde_json::json;

use crate::broker::{ClientIdentity, ConnectionAccess, Outputs};
use crate::local::hub::Hub;
use crate::local::hub::input::HttpPlane;
use crate::policy::{AccessRequest, evaluate};
use crate::protocol::EpochMillis;
use crate::service::{self, Extras, HttpRequest, HttpResponse};

impl Hub {
    /// Lets the data plane answer a request, if the certificate is active and its policies allow the operation.
    pub(crate) fn handle_device(
        &mut self,
        now: EpochMillis,
        peer: &ClientIdentity,
        request: &HttpRequest,
        out: &mut Outputs,
    ) -> HttpResponse {
        let (thing, operation) = service::device_operation(request).unzip();
        // As over MQTT, where a client can be that thing.
        let client = ClientIdentity {
            client_id: thing.unwrap_or_default(),
            ..peer.clone()
        };
        let certificate = &peer.certificate_id;
        let access = match self.grants.of(&self.service, &client) {
            Ok(access) => access,
            Err(reason) => {
                self.log.add(&format!("HTTPS: {reason}"));
                return certificate_invalid();
            }
        };
        // A request that is not an operation of a device is refused by the data plane.
        if let Some(Err(reason)) = operation.map(|operation| check(access, operation)) {
            self.log
                .add(&format!("HTTPS: certificate {certificate}: {reason}"));
            return forbidden();
        }
        self.handle_http(now, HttpPlane::JobsData, request, &Extras::default(), out)
    }
}

/// Whether the policies allow an operation on the thing that is the client of this access; else why not. The resource is the
/// thing, also for operations on one job.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-data-plane-jobs.html#iot-jobs-data-http>
///
/// The variables of things are "only available when a device connects over MQTT", and a client id "is not available when using
/// HTTPS". <https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html>,
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
// GUESS: so `iot:Connection.Thing.IsAttached` is `false`; the page does not limit it to MQTT, but it "treats the thing name as
// the client ID".
fn check(mut access: ConnectionAccess, operation: &str) -> Result<(), String> {
    let thing = access.context.client_id.take().unwrap_or_default();
    let attached = access.context.thing.take();
    let action = format!("iotjobsdata:{operation}");
    let resource = access.arns.thing(&thing);
    let decide = |access: &ConnectionAccess| {
        let request = AccessRequest {
            action: &action,
            resource: &resource,
            context: &access.context,
        };
        let decision = evaluate(&access.policies, &request);
        (decision.is_allowed(), decision.to_string())
    };
    let (is_allowed, decision) = decide(&access);
    if is_allowed {
        return Ok(());
    }
    access.context.client_id = Some(thing);
    access.context.thing = attached;
    let (would_be_allowed, _) = decide(&access);
    let hint = if would_be_allowed {
        ". A request over HTTPS has no client id, so `iot:ClientId` and `iot:Connection.Thing.…` have no value"
    } else {
        ""
    };
    Err(format!("{action} on `{resource}` is {decision}{hint}"))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
fn certificate_invalid() -> HttpResponse {
    HttpResponse {
        status: 400,
        error: Some("CertificateValidationException"),
        body: json!({ "message": "The certificate is invalid." })
            .to_string()
            .into(),
    }
}

// GUESS: the device gateway of AWS IoT answers so for shadows and publishing over HTTPS
// (https://github.com/awslabs/aws-sdk-android-samples/issues/88); jobs have the same endpoint, and no exception for it.
fn forbidden() -> HttpResponse {
    HttpResponse {
        status: 403,
        error: Some("ForbiddenException"),
        body: json!({ "message": "Forbidden", "traceId": uuid::Uuid::new_v4().to_string() })
            .to_string()
            .into(),
    }
}
