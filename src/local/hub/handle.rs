//! The way to the hub for the tasks that serve sockets.

use tokio::sync::{mpsc, oneshot};

use crate::local::hub::input::{AdminAnswer, AdminRequest, HttpPlane, HubInput};
use crate::service::{HttpRequest, HttpResponse};

#[derive(Debug, Clone)]
pub(crate) struct HubHandle(pub(crate) mpsc::Sender<HubInput>);

/// The hub has stopped and takes no more inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HubStopped;

impl HubHandle {
    /// Hands an input over, waiting while the hub's queue is full.
    pub(crate) async fn send(&self, input: HubInput) -> Result<(), HubStopped> {
        self.0.send(input).await.map_err(|_| HubStopped)
    }

    /// Answers a request of the management port.
    pub(crate) async fn admin(&self, request: AdminRequest) -> AdminAnswer {
        let (answer, response) = oneshot::channel();
        let stopped = || "the local service has stopped".to_owned();
        self.send(HubInput::Admin { request, answer })
            .await
            .map_err(|_| stopped())?;
        response.await.map_err(|_| stopped())?
    }

    /// Lets a plane of HTTP answer a request.
    pub(crate) async fn http(
        &self,
        plane: HttpPlane,
        request: HttpRequest,
        principal: Option<String>,
    ) -> HttpResponse {
        let (answer, response) = oneshot::channel();
        let input = HubInput::Http {
            plane,
            request,
            principal,
            answer,
        };
        if self.send(input).await.is_ok()
            && let Ok(response) = response.await
        {
            return response;
        }
        HttpResponse {
            status: 503,
            error: Some("ServiceUnavailableException"),
            body: Vec::new(),
        }
    }
}
