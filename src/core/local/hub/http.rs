//! Requests of both planes, from HTTP or from the program itself.

use serde_json::json;

use crate::broker::{ClientIdentity, Outputs};
use crate::faults::FaultTarget;
use crate::local::hub::Hub;
use crate::local::hub::input::HttpPlane;
use crate::protocol::EpochMillis;
use crate::service::{self, Extras, HttpRequest, HttpResponse};

impl Hub {
    /// Lets a plane answer a request, and passes on its effects.
    pub(crate) fn handle_http(
        &mut self,
        now: EpochMillis,
        plane: HttpPlane,
        request: &HttpRequest,
        extras: &Extras,
        out: &mut Outputs,
    ) -> HttpResponse {
        if let Some(refusal) = self.throttled(plane) {
            return refusal;
        }
        let outcome = match plane {
            HttpPlane::Control => self.service.handle_control_plane(now, request, extras),
            HttpPlane::JobsData => self.service.handle_data_plane(now, request),
        };
        self.update_access(now, out);
        self.notify(now, outcome.notifications, out);
        outcome.reply
    }

    /// Updates the broker after changes of certificates and policies.
    fn update_access(&mut self, now: EpochMillis, out: &mut Outputs) {
        for id in self.service.take_changed_certificates() {
            self.without_ca.set(&id, self.service.is_without_ca(&id));
            if !self.broker.has_session_of(&id) {
                continue;
            }
            if self.service.is_active(&id) {
                let (service, grants) = (&self.service, &mut self.grants);
                let access = |identity: &ClientIdentity| grants.of(service, identity).ok();
                self.broker.set_access(&id, access);
            } else {
                self.broker.revoke(now.0, &id, out);
            }
        }
    }

    /// The response to a request over HTTP that is throttled; `None` if it is not.
    fn throttled(&mut self, plane: HttpPlane) -> Option<HttpResponse> {
        self.faults
            .throttles(FaultTarget::Http)
            .then(|| HttpResponse {
                status: match plane {
                    HttpPlane::Control => 400,
                    HttpPlane::JobsData => 429,
                },
                error: Some("ThrottlingException"),
                body: json!({ "message": service::THROTTLED }).to_string().into(),
            })
    }
}
