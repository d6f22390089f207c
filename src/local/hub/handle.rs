//! The way to the hub for the tasks that serve sockets.

use tokio::sync::{mpsc, oneshot};

use crate::local::hub::input::{AdminAnswer, AdminRequest, HttpPlane, HubInput};
use crate::service::{HttpRequest, HttpResponse};

#[derive(Debug, Clone)]
pub(crate) struct HubHandle(pub(crate) mpsc::Sender<HubInput>);

impl HubHandle {
    /// Hands an input over, waiting while the hub's queue is full. An error means that the hub has stopped.
    pub(crate) async fn send(&self, input: HubInput) -> Result<(), ()> {
        self.0.send(input).await.map_err(|_| ())
    }

    /// Answers a request of the management port.
    pub(crate) async fn admin(&self, request: AdminRequest) -> AdminAnswer {
        self.ask(|answer| HubInput::Admin { request, answer })
            .await
            .unwrap_or_else(|| Err("the local service has stopped".to_owned()))
    }

    /// Lets a plane of HTTP answer a request.
    pub(crate) async fn http(
        &self,
        plane: HttpPlane,
        request: HttpRequest,
        principal: Option<String>,
    ) -> HttpResponse {
        let input = |answer| HubInput::Http {
            plane,
            request,
            principal,
            answer,
        };
        self.ask(input).await.unwrap_or_else(|| HttpResponse {
            status: 503,
            error: Some("ServiceUnavailableException"),
            body: Vec::new(),
        })
    }

    /// Waits for the answer to an input; `None` if the hub has stopped.
    async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> HubInput) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.send(input(answer)).await.ok()?;
        answered.await.ok()
    }
}
