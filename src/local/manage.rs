//! What a program asks of the local service that it has started: what the management port offers to others, and the control
//! plane without HTTP.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde_json::Value;

use crate::local::admin::{AdminAnswer, AdminRequest};
use crate::local::hub::Order;
use crate::local::{Fault, LocalService};
use crate::service::HttpRequest;

impl LocalService {
    /// Moves the clock of the service ahead. What is due by then has happened when this returns.
    pub fn advance_clock(&self, by: Duration) {
        // It is refused nothing.
        let _ = self.admin(AdminRequest::Advance(by));
    }

    /// Everything that the service holds: what `GET /state` of the management port answers. Null if the service has stopped.
    pub fn state(&self) -> Value {
        self.admin(AdminRequest::State).unwrap_or_default()
    }

    /// Forgets all but the things of the options and the devices created with this value, and closes every connection. The
    /// clock stays where it is.
    pub fn reset(&self) {
        // It is refused nothing.
        let _ = self.admin(AdminRequest::Reset);
    }

    /// Lets messages of the job service go wrong from here on. An error says what the fault lacks.
    pub fn add_fault(&self, fault: Fault) -> Result<(), String> {
        self.admin(AdminRequest::AddFault(fault)).map(|_| ())
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        // It is refused nothing.
        let _ = self.admin(AdminRequest::ClearFaults);
    }

    /// What the control plane answers to a request, which needs neither HTTP nor a signature: the status, and the body, null
    /// if it is empty. `path` may have a query. The paths are in the reference of AWS, such as `PUT /jobs/Job1` for CreateJob:
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>. The status is 503 if the service has stopped.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = HttpRequest::new(method, path, body);
        let (answer, answered) = sync_channel(1);
        let _ = self.orders.send(Order::Control { request, answer });
        match answered.recv() {
            Ok(response) => (
                response.status,
                serde_json::from_slice(&response.body).unwrap_or_default(),
            ),
            Err(_) => (503, Value::Null),
        }
    }

    fn admin(&self, request: AdminRequest) -> AdminAnswer {
        let (answer, answered) = sync_channel(1);
        let _ = self.orders.send(Order::Admin { request, answer });
        answered
            .recv()
            .unwrap_or_else(|_| Err("the local service has stopped".to_owned()))
    }
}
