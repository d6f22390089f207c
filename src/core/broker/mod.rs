//! The message broker: sessions, subscriptions and messages by the rules of AWS IoT Core, without sockets.
//!
//! It knows MQTT but not jobs: the caller classifies topics of AWS IoT Jobs by a [`TopicUse`]. Pure: it takes packets and
//! the time and appends [`BrokerOutput`]s, each addressed to a connection.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html>
//!
//! | file | what it holds |
//! |---|---|
//! | [`state`] | the broker and all its state |
//! | [`lifetime`] | the start and end of sessions and connections |
//! | [`publish`], [`subscribe`] | PUBLISH and retained messages; SUBSCRIBE and UNSUBSCRIBE |
//! | [`session`], [`queue`], [`retained`] | one session; its messages in flight and those that wait; those for later |
//! | [`sending`], [`router`] | what is sent to it, and when; subscriptions by topic |
//! | [`access`], [`notes`] | the rights of a connection; notes for the log |
//! | [`filter`], [`reserved`] | topics and filters; those of services that are not emulated |
//! | [`packet`], [`limits`] | inputs and outputs; limits |

mod access;
mod filter;
mod lifetime;
mod limits;
mod notes;
mod packet;
mod publish;
mod queue;
mod reserved;
mod retained;
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
pub(crate) use notes::shown;
pub use notes::{Denial, Note};
pub use packet::{
    BrokerOutput, ClientIdentity, Connect, ConnectionId, Delivery, MqttMessage, Outputs,
    Properties, Publish, Qos, Refusal, RetainHandling, SubscribeFilter, Version, Will,
};
pub use reserved::AbsentService;
pub use state::Broker;
