//! Outgoing requests, and their limits.

use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use tokio::sync::oneshot;

use crate::device::error::RequestError;
use crate::device::reply::Reply;
use crate::device::subscribed_connection::MAX_IN_FLIGHT;
use crate::protocol::{JobsTopic, Operation, ThingName, Topic};
use crate::underway::Underway;

/// AWS's limit of a message's payload: 128 KB.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const MAX_PAYLOAD_BYTES: usize = 128 * 1024;

/// The most bytes of a PUBLISH besides topic and payload: header, two lengths, packet id, no properties.
const PUBLISH_OVERHEAD_BYTES: usize = 16;

/// How many requests may wait for their reply.
pub(crate) const MAX_WAITING: usize = MAX_IN_FLIGHT as usize;

/// The receiver of a request's result.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) sender: oneshot::Sender<Result<Reply, RequestError>>,
    /// How long the caller waits.
    pub(crate) timeout: Duration,
    pub(crate) underway: Underway,
}

impl Waiter {
    /// Whether the caller no longer waits.
    pub(crate) fn has_given_up(&self) -> bool {
        self.sender.is_closed()
    }
}

/// A request that the link has not taken yet.
#[derive(Debug)]
pub(crate) struct OutgoingRequest {
    pub(crate) operation: Operation,
    /// The client token in the payload.
    pub(crate) token: String,
    pub(crate) payload: String,
    /// The receiver of the reply.
    pub(crate) waiter: Waiter,
}

impl OutgoingRequest {
    pub(crate) fn topic(&self, thing: &ThingName) -> String {
        let topic = JobsTopic {
            thing: thing.clone(),
            topic: Topic::Request(self.operation.clone()),
        };
        topic.to_string()
    }
}

/// A command of the client to the link.
#[derive(Debug)]
pub(crate) enum LinkCommand {
    /// Send this, and report how it ends.
    Request(OutgoingRequest),
    /// Drop the connection, and do not connect for this long.
    Cut(Duration),
    /// End a cut.
    Mend,
    /// Close the connection, and report when that is done.
    Disconnect(oneshot::Sender<()>),
}

/// Why a message cannot be sent to any server.
pub(crate) fn too_long(topic: &str, payload: &str) -> Option<RequestError> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        Some(RequestError::TooLarge {
            bytes: payload.len(),
            limit: MAX_PAYLOAD_BYTES,
        })
    } else if topic.len() > usize::from(u16::MAX) {
        Some(RequestError::TopicTooLong { bytes: topic.len() })
    } else {
        None
    }
}

pub(crate) const fn too_many() -> RequestError {
    RequestError::TooMany { limit: MAX_WAITING }
}

/// The sending side of one connection.
pub(crate) struct Uplink<'a> {
    pub(crate) client: &'a AsyncClient,
    /// The largest packet that the server accepts, in bytes.
    pub(crate) max_packet_bytes: Option<usize>,
}

impl Uplink<'_> {
    /// Passes a message to rumqttc, after checking its size: rumqttc would end the connection over a packet that the server
    /// does not accept.
    pub(crate) fn publish(&self, topic: String, payload: String) -> Result<(), RequestError> {
        let bytes = topic.len() + payload.len() + PUBLISH_OVERHEAD_BYTES;
        if let Some(limit) = self.max_packet_bytes.filter(|limit| bytes > *limit) {
            return Err(RequestError::TooLarge { bytes, limit });
        }
        // There is room, because it gets one message at a time.
        self.client
            .try_publish(topic, QoS::AtLeastOnce, false, payload)
            .map_err(|_| too_many())
    }
}
