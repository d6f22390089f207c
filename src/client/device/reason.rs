//! The reason codes of MQTT 5, with which a server gives its reasons.

use std::fmt;

/// An MQTT 5 reason code.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-reason-codes>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The number on the wire.
    pub code: u8,
    /// MQTT's name for it, in lower case.
    pub name: &'static str,
}

impl Reason {
    /// Not authorized: a policy does not allow it.
    pub const NOT_AUTHORIZED: Self = Self::from_code(0x87);

    /// The reason with its name in the MQTT 5 specification, section 2.4.
    pub const fn from_code(code: u8) -> Self {
        let name = match code {
            0x00 => "normal disconnection",
            0x04 => "disconnect with will message",
            0x10 => "no matching subscribers",
            0x80 => "unspecified error",
            0x81 => "malformed packet",
            0x82 => "protocol error",
            0x83 => "implementation specific error",
            0x84 => "unsupported protocol version",
            0x85 => "client identifier not valid",
            0x86 => "bad user name or password",
            0x87 => "not authorized",
            0x88 => "server unavailable",
            0x89 => "server busy",
            0x8A => "banned",
            0x8B => "server shutting down",
            0x8C => "bad authentication method",
            0x8D => "keep alive timeout",
            0x8E => "session taken over",
            0x8F => "topic filter invalid",
            0x90 => "topic name invalid",
            0x91 => "packet identifier in use",
            0x93 => "receive maximum exceeded",
            0x94 => "topic alias invalid",
            0x95 => "packet too large",
            0x96 => "message rate too high",
            0x97 => "quota exceeded",
            0x98 => "administrative action",
            0x99 => "payload format invalid",
            0x9A => "retain not supported",
            0x9B => "quality of service not supported",
            0x9C => "use another server",
            0x9D => "server moved",
            0x9E => "shared subscriptions not supported",
            0x9F => "connection rate exceeded",
            0xA0 => "maximum connect time",
            0xA1 => "subscription identifiers not supported",
            0xA2 => "wildcard subscriptions not supported",
            _ => "unknown reason",
        };
        Self { code, name }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X} {}", self.code, self.name)
    }
}
