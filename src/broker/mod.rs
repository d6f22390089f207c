//! The message broker: sessions, subscriptions and messages by the rules of AWS IoT Core, without a socket.
//!
//! It knows MQTT and no jobs: what is special about a topic of AWS IoT Jobs is told by the caller as a [`TopicUse`].
//! Pure: it takes packets and the time and appends [`BrokerOutput`]s, each addressed to a connection.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html>
//!
//! | file | what it holds |
//! |---|---|
//! | [`state`] | the broker and all its state |
//! | [`lifetime`] | how sessions and connections begin and end |
//! | [`publish`], [`subscribe`] | what becomes of a message; SUBSCRIBE and UNSUBSCRIBE |
//! | [`session`], [`queue`] | one session; what is on its way to it and what waits |
//! | [`sending`], [`router`] | what goes out to it when; who subscribed to what |
//! | [`access`], [`notes`] | what a connection may do; what the log is to say |
//! | [`filter`], [`reserved`] | topics and filters; those of services that are not emulated |
//! | [`packet`], [`limits`] | what goes in and comes out; limits |

mod access;
mod filter;
mod lifetime;
mod limits;
mod notes;
mod packet;
mod publish;
mod queue;
mod reserved;
mod router;
mod sending;
mod session;
mod state;
mod subscribe;
#[cfg(test)]
mod tests;

pub use access::{Action, ConnectionAccess};
pub use filter::{TopicUse, topic_use};
pub use limits::IN_FLIGHT_MAX;
pub use notes::{Denial, Note};
pub use packet::{
    BrokerOutput, ClientIdentity, Connect, ConnectionId, Delivery, MqttMessage, Outputs,
    Properties, Publish, Qos, Refusal, RetainHandling, SubscribeFilter, Version, Will,
};
pub use reserved::AbsentService;
pub use state::Broker;
