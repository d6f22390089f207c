//! What AWS defines for messages, shared by the client and the local service: names, topics, words, payloads, units.
//!
//! This module does not decide anything. Defaults, limits and the state machine belong to [`crate::service`]; the syntax of
//! commands belongs to the loop. Pure: no sockets, files, clock, randomness or printing.
//!
//! Pages: [Jobs device MQTT operations](https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html),
//! [reserved topics](https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html).

mod event;
mod message;
mod name;
mod partition;
mod payload;
mod request;
mod status;
mod time;
mod topic;

pub use event::{EventMessage, EventName, UnknownEvent};
pub use message::{
    DescribeJobExecutionRequest, ErrorCode, GetPendingJobExecutionsRequest, ReplyHead,
    StartNextPendingJobExecutionRequest, StatusDetails, UpdateJobExecutionRequest,
};
pub use name::{JobId, JobRef, NameError, ThingName};
pub use partition::Partition;
pub use payload::Payload;
pub use request::DeviceRequest;
pub use status::{JobExecutionStatus, UnknownStatus};
pub use time::{EpochMillis, EpochSeconds};
pub use topic::{EventTopic, JobsTopic, Operation, Topic, TopicError, Verdict};
