//! The client against a scripted server.

mod connecting;
mod cutting;
mod giving_up;
mod repairing;
mod requests;
mod server;

use std::future::Future;
use std::time::Duration;

use crate::device::tests::server::{ScriptedPeer, Server};
use crate::device::{Client, ConnectOptions, Event, EventStream, Reply, RequestError, Unexpected};
use crate::protocol::{
    DeviceRequest, EventMessage, EventName, GetPendingJobExecutionsRequest, JobId,
    UpdateJobExecutionRequest,
};

/// No test waits for more than this, and none needs a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(20);

fn within<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let future = tokio::time::timeout(PATIENCE, Box::pin(future));
    async { future.await.expect("it does not hang") }
}

async fn connected(server: &Server) -> (Client, EventStream, ScriptedPeer) {
    connected_with(server, server.options()).await
}

async fn connected_with(
    server: &Server,
    options: ConnectOptions,
) -> (Client, EventStream, ScriptedPeer) {
    let (connected, peer) =
        within(async { tokio::join!(Client::connect(options), server.accept_subscribed()) }).await;
    let (client, events) = connected.expect("a connection");
    (client, events, peer)
}

fn get_pending(client: &Client) -> impl Future<Output = Result<Reply, RequestError>> + 'static {
    let client = client.clone();
    async move {
        let request = GetPendingJobExecutionsRequest::default();
        within(client.request(&DeviceRequest::GetPendingJobExecutions(request))).await
    }
}

fn update(job: &JobId, status: &str) -> DeviceRequest {
    DeviceRequest::UpdateJobExecution {
        job: job.clone(),
        request: UpdateJobExecutionRequest {
            status: status.to_owned(),
            ..UpdateJobExecutionRequest::default()
        },
    }
}

/// A topic of the thing `lamp`; written out, as the client's own grammar is what is tested.
fn topic(rest: &str) -> String {
    ["$aws/things/lamp/jobs/", rest].concat()
}

fn job(id: &str) -> JobId {
    JobId::new(id).expect("a job id")
}

async fn next(events: &mut EventStream) -> Event {
    within(events.next()).await.expect("an event")
}

fn message(name: EventName, text: &str) -> Event {
    let payload = text.into();
    Event::Message(EventMessage { name, payload })
}

async fn unexpected(events: &mut EventStream) -> Unexpected {
    match next(events).await {
        Event::UnexpectedReply { kind, .. } => kind,
        other => panic!("not a reply: {other:?}"),
    }
}
