//! Every limit of the message broker, one constant each.

/// The largest payload of a PUBLISH, in bytes.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const PAYLOAD_BYTES_MAX: usize = 128 * 1024;

/// The longest client id, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const CLIENT_ID_BYTES_MAX: usize = 128;

/// The most filters in one SUBSCRIBE.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const FILTERS_MAX: usize = 8;

/// The most subscriptions of one connection.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const SUBSCRIPTIONS_MAX: usize = 50;

/// The most retained messages; more are not kept. AWS keeps 500,000 for an account.
pub(crate) const RETAINED_MAX: usize = 10_000;

/// The most bytes of retained messages; more are not kept.
pub(crate) const RETAINED_BYTES_MAX: usize = 256 << 20;

/// The most refusals that are kept for the log; more are only counted.
pub(crate) const REFUSALS_MAX: usize = 1000;

/// How many characters of a client id, topic or filter the log shows.
pub(crate) const SHOWN_CHARS_MAX: usize = 256;

/// The most bytes that wait for one session besides those in flight; more are dropped, which is logged. The events of a
/// hundred thousand job executions fit.
pub(crate) const WAITING_BYTES_MAX: usize = 64 << 20;

/// The size of a message without its texts, in bytes.
pub(crate) const MESSAGE_BYTES_MIN: usize = 256;

/// The most unacknowledged QoS 1 messages to one client, even if it accepts more.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub const IN_FLIGHT_MAX: u16 = 100;

/// After how long an unacknowledged message is resent on a connection of MQTT 3.1.1, in milliseconds.
pub(crate) const RESEND_AFTER_MS: u64 = 30_000;

/// How long a persistent session outlives its connection at most, in seconds.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const SESSION_EXPIRY_MAX_S: u32 = 3600;

/// How long an unacknowledged message is resent, in milliseconds: "for up to one hour".
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const RESEND_FOR_MS: u64 = 3_600_000;

/// The longest topic name or topic filter, in bytes of UTF-8; the mandatory part of a Basic Ingest topic does not count.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const TOPIC_BYTES_MAX: usize = 256;

/// The longest name of a rule, in bytes.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateTopicRule.html>
pub(crate) const RULE_NAME_BYTES_MAX: usize = 128;

/// The most forward slashes in a topic name or topic filter; the mandatory part of a Basic Ingest topic does not count.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub(crate) const TOPIC_SLASHES_MAX: usize = 7;
