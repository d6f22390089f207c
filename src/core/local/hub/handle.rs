//! Access to the hub for the tasks that serve sockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::broker::ClientIdentity;
use crate::local::hub::input::{AdminAnswer, AdminRequest, HttpPlane, HubInput};
use crate::local::pki::Authority;
use crate::local::room::Room;
use crate::service::{
    Extras, HttpRequest, HttpResponse, NewCertificate, ObjectRequest, ObjectResponse,
    WantedCertificate,
};

#[derive(Debug, Clone)]
pub(crate) struct HubHandle {
    pub(crate) inputs: mpsc::Sender<HubInput>,
    authority: Arc<Authority>,
    /// Only one key is made at a time, so that the rest of the machine serves devices.
    turn: Arc<Semaphore>,
    /// For the bodies of requests for objects.
    pub(crate) room: Room,
}

impl HubHandle {
    pub(crate) fn new(inputs: mpsc::Sender<HubInput>, authority: Arc<Authority>) -> Self {
        Self {
            inputs,
            authority,
            turn: Arc::new(Semaphore::new(1)),
            room: Room::default(),
        }
    }

    /// Sends an input, after waiting while the hub's queue is full. An error means that the hub has stopped.
    pub(crate) async fn send(&self, input: HubInput) -> Result<(), ()> {
        self.inputs.send(input).await.map_err(|_| ())
    }

    /// Adds a line to the log of the service.
    pub(crate) async fn log(&self, line: String) {
        // If the hub has stopped, so has the log.
        let _ = self.send(HubInput::Log(line)).await;
    }

    /// Answers a request of the management port.
    pub(crate) async fn admin(&self, request: AdminRequest) -> AdminAnswer {
        self.ask(|answer| HubInput::Admin { request, answer })
            .await
            .unwrap_or_else(|| Err("the local service has stopped".to_owned()))
    }

    /// Passes a request to a plane, and returns its response.
    pub(crate) async fn http(
        &self,
        plane: HttpPlane,
        request: HttpRequest,
        headers: BTreeMap<&'static str, String>,
    ) -> HttpResponse {
        let wanted = (plane == HttpPlane::Control).then(|| WantedCertificate::of(&request));
        let certificate = match wanted.flatten() {
            Some(wanted) => self.certificate(wanted).await,
            None => None,
        };
        let extras = Extras {
            headers,
            certificate,
        };
        let input = |answer| HubInput::Http {
            plane,
            request,
            extras,
            answer,
        };
        self.ask(input).await.unwrap_or_else(unavailable)
    }

    /// Passes on a request of a device over HTTPS, and returns its response.
    pub(crate) async fn device(
        &self,
        peer: Arc<ClientIdentity>,
        request: HttpRequest,
    ) -> HttpResponse {
        let input = |answer| HubInput::Device {
            peer,
            request,
            answer,
        };
        self.ask(input).await.unwrap_or_else(unavailable)
    }

    /// Passes a request for objects, and returns its response; `None` if the hub has stopped.
    pub(crate) async fn objects(&self, request: ObjectRequest) -> Option<ObjectResponse> {
        self.ask(|answer| HubInput::Objects { request, answer })
            .await
    }

    /// Makes or reads a certificate; new keys on a thread of their own, because devices must not wait for them.
    async fn certificate(
        &self,
        wanted: WantedCertificate,
    ) -> Option<Result<NewCertificate, String>> {
        if wanted != WantedCertificate::WithKeys {
            return Some(self.authority.provide(&wanted));
        }
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        let authority = Arc::clone(&self.authority);
        let made = spawn_blocking(move || {
            let _turn = turn;
            authority.provide(&wanted)
        });
        made.await.ok()
    }

    /// Waits for the answer to an input; `None` if the hub has stopped.
    async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> HubInput) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.send(input(answer)).await.ok()?;
        answered.await.ok()
    }
}

/// The response of a service whose hub has stopped.
fn unavailable() -> HttpResponse {
    HttpResponse {
        status: 503,
        error: Some("ServiceUnavailableException"),
        body: Vec::new(),
    }
}
