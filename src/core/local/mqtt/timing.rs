//! How long the steps of a connection may take.

use std::time::Duration;

/// The shortest and the longest keep-alive, in seconds; a client without keep-alive gets the longest.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const KEEP_ALIVE_S: (u16, u16) = (30, 1200);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// For the TLS handshake, and then for the CONNECT.
    pub(crate) greeting: Duration,
    /// From the end of the connection until the client closes its side.
    pub(crate) goodbye: Duration,
    /// The length of a second of keep-alive.
    pub(crate) keep_alive_second: Duration,
    /// For the head of an HTTP request, and then for its body; also how long a connection may wait for another request.
    pub(crate) request: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(10),
            goodbye: Duration::from_secs(1),
            keep_alive_second: Duration::from_secs(1),
            request: Duration::from_secs(30),
        }
    }
}

/// The keep-alive in force, in seconds.
pub(crate) fn keep_alive_s(asked_s: u16) -> u16 {
    let (min, max) = KEEP_ALIVE_S;
    match asked_s {
        0 => max,
        asked_s => asked_s.clamp(min, max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keep_alive_stays_within_the_limits_of_aws() {
        for (asked_s, expected_s) in [
            (0, 1200),
            (1, 30),
            (30, 30),
            (60, 60),
            (1200, 1200),
            (u16::MAX, 1200),
        ] {
            assert_eq!(keep_alive_s(asked_s), expected_s, "{asked_s}");
        }
    }
}
