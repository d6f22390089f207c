//! The first packet of a connection, before `mqtt-protocol-core` reads it.
//!
//! A CONNECT of MQTT 5 with Topic Alias Maximum 0 is legal, but makes that library panic (0.7.9, `value_allocator.rs`). The
//! server never sends an alias, so replacing 0 by 1 changes nothing.

/// The largest accepted CONNECT, in bytes: client id, user name, password and a will at their limits fit.
const CONNECT_BYTES_MAX: usize = 256 * 1024;

/// The state of the bytes received so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstPacket {
    Incomplete,
    /// The packet is complete and has this many bytes.
    Complete(usize),
    /// It is not a CONNECT of an acceptable size.
    Wrong,
}

/// Where the first packet ends.
pub(crate) fn first_packet(bytes: &[u8]) -> FirstPacket {
    let Some((kind, rest)) = bytes.split_first() else {
        return FirstPacket::Incomplete;
    };
    if *kind != CONNECT {
        return FirstPacket::Wrong;
    }
    match variable_integer(rest) {
        Number::Incomplete => FirstPacket::Incomplete,
        Number::Wrong => FirstPacket::Wrong,
        Number::Complete { value, length } => {
            let total = 1 + length + value;
            if total > CONNECT_BYTES_MAX {
                FirstPacket::Wrong
            } else if bytes.len() < total {
                FirstPacket::Incomplete
            } else {
                FirstPacket::Complete(total)
            }
        }
    }
}

/// Replaces a Topic Alias Maximum of 0 in a complete CONNECT. A malformed one is not changed, so that the library refuses
/// it.
pub(crate) fn soften(connect: &mut [u8]) {
    if let Some(at) = zero_topic_alias_maximum(connect)
        && let Some(low) = connect.get_mut(at + 1)
    {
        *low = 1;
    }
}

const CONNECT: u8 = 0x10;
const MQTT_5: u8 = 5;
const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;

/// The position of the value, if it is present and 0.
fn zero_topic_alias_maximum(connect: &[u8]) -> Option<usize> {
    let Number::Complete { length, .. } = variable_integer(connect.get(1..)?) else {
        return None;
    };
    // Protocol name (a length and "MQTT"), level, flags, keep-alive.
    let level = 1 + length + 6;
    if *connect.get(level)? != MQTT_5 {
        return None;
    }
    let mut at = level + 4;
    let Number::Complete { value, length } = variable_integer(connect.get(at..)?) else {
        return None;
    };
    at += length;
    let end = at + value;
    while at < end {
        let id = *connect.get(at)?;
        at += 1;
        if id == TOPIC_ALIAS_MAXIMUM && connect.get(at..at + 2)? == [0, 0] {
            return Some(at);
        }
        at += property_length(connect, id, at)?;
    }
    None
}

/// The length of a property of a CONNECT, without its id.
fn property_length(connect: &[u8], id: u8, at: usize) -> Option<usize> {
    Some(match id {
        // Request Problem Information, Request Response Information
        0x17 | 0x19 => 1,
        // Receive Maximum
        0x21 | TOPIC_ALIAS_MAXIMUM => 2,
        // Session Expiry Interval, Maximum Packet Size
        0x11 | 0x27 => 4,
        // Authentication Method and Data
        0x15 | 0x16 => 2 + length_at(connect, at)?,
        // User Property: two strings
        0x26 => {
            let key = 2 + length_at(connect, at)?;
            key + 2 + length_at(connect, at + key)?
        }
        _ => return None,
    })
}

fn length_at(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at + 2)?;
    Some(usize::from(pair[0]) << 8 | usize::from(pair[1]))
}

enum Number {
    Incomplete,
    Complete { value: usize, length: usize },
    Wrong,
}

/// A variable byte integer: seven bits per byte, at most four bytes.
fn variable_integer(bytes: &[u8]) -> Number {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Number::Complete {
                value,
                length: index + 1,
            };
        }
    }
    if bytes.len() < 4 {
        Number::Incomplete
    } else {
        Number::Wrong
    }
}

#[cfg(test)]
mod tests {
    use mqtt_protocol_core::mqtt;
    use proptest::prelude::*;

    use super::*;

    /// A CONNECT of MQTT 5 with these properties and the client id "c".
    fn connect(properties: &[u8]) -> Vec<u8> {
        let mut packet = vec![CONNECT, 0, 0, 4];
        packet.extend(b"MQTT\x05\x02\0\x3c");
        packet.push(u8::try_from(properties.len()).expect("few properties"));
        packet.extend(properties);
        packet.extend(b"\0\x01c");
        packet[1] = u8::try_from(packet.len() - 2).expect("a short packet");
        packet
    }

    fn check(properties: &[u8], expected: &[u8]) {
        let mut softened = connect(properties);
        soften(&mut softened);
        assert_eq!(softened, connect(expected), "{properties:x?}");
        let mut core = mqtt::Connection::<mqtt::role::Server>::new(mqtt::Version::Undetermined);
        let mut cursor = mqtt::common::Cursor::new(&softened[..]);
        let events = core.recv(&mut cursor);
        assert!(
            events
                .iter()
                .any(|event| matches!(event, mqtt::connection::Event::NotifyPacketReceived(_))),
            "{properties:x?} is no CONNECT"
        );
    }

    #[test]
    fn a_topic_alias_maximum_of_zero_becomes_one() {
        check(&[0x22, 0, 0], &[0x22, 0, 1]);
        check(
            b"\x11\0\0\0\0\x26\0\x01a\0\x02bc\x22\0\0\x21\0\x14",
            b"\x11\0\0\0\0\x26\0\x01a\0\x02bc\x22\0\x01\x21\0\x14",
        );
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for properties in [
            &b""[..],
            b"\x22\0\x08",
            b"\x22\x01\0",
            b"\x26\0\x03\x22\0\0\0\0",
            b"\x11\0\0\x22\0",
        ] {
            check(properties, properties);
        }
    }

    #[test]
    fn the_first_packet_ends_at_its_length() {
        let whole = connect(&[]);
        assert_eq!(first_packet(&whole), FirstPacket::Complete(whole.len()));
        for cut in 0..whole.len() {
            assert_eq!(first_packet(&whole[..cut]), FirstPacket::Incomplete);
        }
        assert_eq!(first_packet(b"GET / HTTP/1.1"), FirstPacket::Wrong);
        assert_eq!(first_packet(b"\x10\xff\xff\xff\xff"), FirstPacket::Wrong);
        assert_eq!(first_packet(b"\x10\xff\xff\xff\x7f"), FirstPacket::Wrong);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..64), tail in prop::collection::vec(any::<u8>(), 0..32)) {
            let _ = first_packet(&bytes);
            soften(&mut bytes);
            let mut nearly = connect(&tail);
            soften(&mut nearly);
        }
    }
}
