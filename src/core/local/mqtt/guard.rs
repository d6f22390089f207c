//! Packets before `mqtt-protocol-core` reads them: where each ends, and flags that the library does not check.
//!
//! A CONNECT of MQTT 5 with Topic Alias Maximum 0 is legal, but makes that library panic (0.7.9, `value_allocator.rs`). The
//! server never sends an alias, so replacing 0 by 1 changes nothing.

/// The largest accepted CONNECT, in bytes: AWS "rejects publish and connect requests larger than" 128 KB.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const CONNECT_BYTES_MAX: usize = 128 * 1024;

/// Where a packet ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Incomplete,
    /// The packet is complete and has this many bytes.
    Complete(usize),
    /// It is too long, or its length is malformed.
    Wrong,
}

/// Where the first packet of a connection ends, which must be a CONNECT.
pub(crate) fn first_packet(bytes: &[u8]) -> Extent {
    match bytes.first() {
        None | Some(&CONNECT) => extent(bytes, CONNECT_BYTES_MAX),
        Some(_) => Extent::Wrong,
    }
}

/// Where the packet at the beginning ends. It has at most `most` bytes.
pub(crate) fn extent(bytes: &[u8], most: usize) -> Extent {
    let Some((_, rest)) = bytes.split_first() else {
        return Extent::Incomplete;
    };
    match variable_integer(rest) {
        Number::Incomplete => Extent::Incomplete,
        Number::Wrong => Extent::Wrong,
        Number::Complete { value, length } => {
            let total = 1 + length + value;
            if total > most {
                Extent::Wrong
            } else if bytes.len() < total {
                Extent::Incomplete
            } else {
                Extent::Complete(total)
            }
        }
    }
}

/// Whether the flags of a complete packet are as both versions prescribe (3.1.2 for CONNECT, 2.1.3 and 3.3.1.1). Those that
/// the library checks itself are left out.
pub(crate) fn has_valid_flags(packet: &[u8]) -> bool {
    let Some(first) = packet.first() else {
        return true;
    };
    let flags = first & 0x0f;
    match first >> 4 {
        1 => connect_flags(packet).is_none_or(are_valid_connect_flags),
        // "The DUP flag MUST be set to 0 for all QoS 0 messages".
        3 => flags & 0b1110 != 0b1000,
        // SUBSCRIBE and UNSUBSCRIBE.
        8 | 10 => flags == 0b0010,
        // PINGREQ and DISCONNECT.
        12 | 14 => flags == 0,
        _ => true,
    }
}

/// The packet id of a PUBACK; `None` for another packet.
pub(crate) fn acknowledged(packet: &[u8]) -> Option<u16> {
    if *packet.first()? != PUBACK {
        return None;
    }
    let Number::Complete { length, .. } = variable_integer(packet.get(1..)?) else {
        return None;
    };
    let id = packet.get(1 + length..3 + length)?;
    Some(u16::from_be_bytes(id.try_into().ok()?))
}

/// The flags in the variable header of a CONNECT, if it is one of MQTT 3.1.1 or 5.
fn connect_flags(connect: &[u8]) -> Option<u8> {
    let level = level_at(connect)?;
    matches!(connect.get(level)?, 4 | 5).then_some(*connect.get(level + 1)?)
}

/// The lowest bit is reserved; QoS and RETAIN of a will need the will, and its QoS is not 3.
fn are_valid_connect_flags(flags: u8) -> bool {
    let (will, will_qos, will_retain) = (flags & 0x04, flags & 0x18, flags & 0x20);
    let fits = if will == 0 {
        will_qos == 0 && will_retain == 0
    } else {
        will_qos != 0x18
    };
    flags & 0x01 == 0 && fits
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
const PUBACK: u8 = 0x40;
const MQTT_5: u8 = 5;
const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;

/// The position of the value, if it is present and 0.
fn zero_topic_alias_maximum(connect: &[u8]) -> Option<usize> {
    let level = level_at(connect)?;
    if *connect.get(level)? != MQTT_5 {
        return None;
    }
    // Level, flags, keep-alive.
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

/// The position of the level of the protocol, behind its name (a length and "MQTT").
fn level_at(connect: &[u8]) -> Option<usize> {
    let Number::Complete { length, .. } = variable_integer(connect.get(1..)?) else {
        return None;
    };
    let name = 1 + length;
    (connect.get(name..name + 6)? == b"\0\x04MQTT").then_some(name + 6)
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
        assert_eq!(first_packet(&whole), Extent::Complete(whole.len()));
        for cut in 0..whole.len() {
            assert_eq!(first_packet(&whole[..cut]), Extent::Incomplete);
        }
        assert_eq!(first_packet(b"GET / HTTP/1.1"), Extent::Wrong);
        assert_eq!(first_packet(b"\x10\xff\xff\xff\xff"), Extent::Wrong);
        assert_eq!(first_packet(b"\x10\xff\xff\xff\x7f"), Extent::Wrong);
    }

    #[test]
    fn flags_are_as_prescribed() {
        for (packet, expected) in [
            (&b"\x82\x03\0\x01a"[..], true),
            (b"\x80\x03\0\x01a", false),
            (b"\xa2\x02\0\x01", true),
            (b"\xa0\x02\0\x01", false),
            (b"\xc0\0", true),
            (b"\xc1\0", false),
            (b"\xe0\0", true),
            (b"\xe2\0", false),
            (b"\x38\x03\0\x01a", false),
            (b"\x3a\x05\0\x01a\0\x01", true),
            (b"\x30\x03\0\x01a", true),
            (b"", true),
        ] {
            assert_eq!(has_valid_flags(packet), expected, "{packet:x?}");
        }
        for (flags, expected) in [
            (0x00, true),
            (0x02, true),
            (0xc2, true),
            (0x06, true),
            (0x0e, true),
            (0x16, true),
            (0x2e, true),
            (0x03, false),
            (0x0a, false),
            (0x22, false),
            (0x1e, false),
        ] {
            for level in [4, MQTT_5] {
                let mut packet = connect(&[]);
                (packet[8], packet[9]) = (level, flags);
                assert_eq!(has_valid_flags(&packet), expected, "{level} {flags:#x}");
            }
        }
    }

    #[test]
    fn a_puback_has_an_id() {
        for (packet, expected) in [
            (&b"\x40\x02\x01\x02"[..], Some(0x0102)),
            (b"\x40\x04\0\x07\0\0", Some(7)),
            (b"\x40\0", None),
            (b"\x50\x02\0\x01", None),
        ] {
            assert_eq!(acknowledged(packet), expected, "{packet:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..64), tail in prop::collection::vec(any::<u8>(), 0..32)) {
            let _ = (first_packet(&bytes), extent(&bytes, 16), has_valid_flags(&bytes), acknowledged(&bytes));
            soften(&mut bytes);
            let mut nearly = connect(&tail);
            soften(&mut nearly);
        }
    }
}
