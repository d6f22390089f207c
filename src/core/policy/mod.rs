//! The policy language of AWS IoT Core: which actions on which resources a set of policies allows.
//!
//! It knows neither jobs nor MQTT: an action and a resource are texts, and `+` and `#` are ordinary characters. Pure: no
//! sockets, files, clock, randomness or printing. A [`PolicyDocument`] is compiled when it is read, so that [`evaluate()`]
//! is cheap enough for every message.
//!
//! A document with anything that this module does not understand is refused. A statement that was only half understood could
//! allow more than its author wrote.
//!
//! Pages: [AWS IoT Core policies](https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html),
//! [policy variables](https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-variables.html),
//! [IAM policy elements](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html), whose
//! conventions AWS IoT Core follows.

mod comparison;
mod condition;
mod context;
mod document;
mod evaluate;
mod pattern;
mod resource;
mod shape;

pub use context::{
    AVAILABLE_KEYS, AttachedThing, ConnectRequest, ConnectionContext, ConnectionOrigin,
};
pub use document::{LENGTH_MAX, PolicyDocument, PolicyDocumentError};
pub use evaluate::{AccessRequest, Decision, StatementRef, evaluate};
pub use resource::ResourceArns;
