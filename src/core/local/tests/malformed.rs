//! Packets that both versions of the protocol forbid, and what the server does then.

use crate::local::tests::wire::{
    PONG, V3, V5, Wire, connect, connect_with, disconnect, packet, puback, publish, published,
    reason, suback, subscribe, text,
};
use crate::local::tests::{device, service};

/// What remains of a CONNECT with a will behind the client id.
fn will(version: u8, properties: &[u8]) -> Vec<u8> {
    let length = [u8::try_from(properties.len()).expect("few properties")];
    let length: &[u8] = if version == V5 { &length } else { &[] };
    [length, properties, &text("w"), &text("gone")].concat()
}

#[tokio::test]
async fn a_malformed_connect_is_closed() {
    let service = service();
    let device = device(&service);
    let unspecified = |text: &str| packet(0x20, &[&[0, 0x80], &reason(text)]);
    let protocol_error = packet(0x20, &[&[0, 0x82], &reason("protocol error")]);
    let malformed = "malformed packet";
    for version in [V3, V5] {
        for (connect, expected) in [
            (connect_with(version, 0x03, &[], "c", &[]), vec![]),
            (connect_with(version, 0x0a, &[], "c", &[]), vec![]),
            (connect_with(version, 0x22, &[], "c", &[]), vec![]),
            (
                connect_with(version, 0x1e, &[], "c", &will(version, &[])),
                vec![],
            ),
            (connect(version, "a\0b"), unspecified(malformed)),
            (
                connect_with(version, 0x82, &[], "c", &text("a\0b")),
                unspecified(malformed),
            ),
        ] {
            let mut wire = Wire::open(&service, &device).await;
            wire.send(&connect).await;
            // 3.1.1 has no code for it.
            if version == V5 {
                wire.expect(&expected).await;
            }
            wire.expect_close().await;
        }
    }
    let wildcard = [&[0x08][..], &text("a/#")].concat();
    for (connect, expected) in [
        // A password without a user name.
        (connect_with(V3, 0x42, &[], "c", &text("x")), vec![]),
        // Bytes behind the end.
        (connect_with(V3, 0x02, &[], "c", b"xyz"), vec![]),
        (
            connect_with(V5, 0x06, &[], "c", &will(V5, &wildcard)),
            protocol_error.clone(),
        ),
        (
            connect_with(V5, 0x02, &[&[0x16][..], &text("x")].concat(), "c", &[]),
            protocol_error,
        ),
    ] {
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&connect).await;
        wire.expect(&expected).await;
        wire.expect_close().await;
    }
}

#[tokio::test]
async fn a_malformed_packet_ends_the_connection() {
    let service = service();
    let device = device(&service);
    let malformed = disconnect(0x81, "malformed packet");
    let none: fn(u8) -> &'static [u8] = |version| if version == V5 { &[0] } else { &[] };
    for version in [V3, V5] {
        for (name, sent) in [
            (
                "subscribe",
                packet(0x80, &[&[0, 1], none(version), &text("a"), &[1]]),
            ),
            (
                "unsubscribe",
                packet(0xa0, &[&[0, 1], none(version), &text("a")]),
            ),
            ("ping", vec![0xc1, 0]),
            ("dup", publish(version, 8, 0, "a", b"")),
            // Both come in pieces.
            ("no id", vec![0x32, 3, 0, 1, b'a']),
            ("short", vec![0x30, 1, 0]),
        ] {
            let mut wire = Wire::greeted(&service, &device, &connect(version, name)).await;
            for byte in sent {
                wire.send(&[byte]).await;
            }
            if version == V5 {
                wire.expect(&malformed).await;
            }
            wire.expect_close().await;
        }
    }
    // The options of 3.1.1 are only the QoS.
    for options in [0x05, 0x09, 0x11] {
        let mut wire = Wire::greeted(&service, &device, &connect(V3, "options")).await;
        wire.send(&subscribe(V3, &["a"], options)).await;
        wire.expect_close().await;
        let mut wire = Wire::greeted(&service, &device, &connect(V5, "options")).await;
        wire.send(&subscribe(V5, &["a"], options)).await;
        wire.expect(&suback(V5, &[1])).await;
    }
}

#[tokio::test]
async fn a_message_has_the_properties_of_one() {
    let service = service();
    let device = device(&service);
    let protocol_error = disconnect(0x82, "protocol error");
    let malformed = disconnect(0x81, "malformed packet");
    let string = |id: u8, value: &str| [vec![id], text(value)].concat();
    for (properties, expected) in [
        (vec![0x0b, 1], &protocol_error),
        (string(0x08, "a/+"), &protocol_error),
        (string(0x08, "#"), &protocol_error),
        (string(0x08, "a\0"), &malformed),
        (string(0x03, "a\0"), &malformed),
        ([string(0x26, "a"), text("\0")].concat(), &malformed),
        ([string(0x26, "\0"), text("a")].concat(), &malformed),
        (string(0x08, "a"), &puback(7)),
    ] {
        let length = u8::try_from(properties.len()).expect("few properties");
        let sent = packet(0x32, &[&text("t"), &[0, 7, length], &properties]);
        let mut wire = Wire::greeted(&service, &device, &connect(V5, "c")).await;
        wire.send(&sent).await;
        wire.expect(expected).await;
    }
}

#[tokio::test]
async fn a_puback_for_nothing_is_ignored() {
    let service = service();
    let device = device(&service);
    for version in [V3, V5] {
        let mut wire = Wire::greeted(&service, &device, &connect(version, "c")).await;
        wire.send(&puback(9)).await;
        wire.send(&subscribe(version, &["t"], 1)).await;
        wire.expect(&suback(version, &[1])).await;
        for id in 1..4 {
            wire.send(&publish(version, 2, 5, "t", b"x")).await;
            wire.expect(&puback(5)).await;
            let message = published(&wire.packet().await, version);
            assert_eq!(message.packet_id, Some([0, id]));
            wire.send(&puback(id)).await;
            wire.send(&puback(id)).await;
        }
        // 0 is not a packet id.
        wire.send(&[0xc0, 0]).await;
        wire.expect(PONG).await;
        wire.send(&puback(0)).await;
        if version == V5 {
            wire.expect(&disconnect(0x81, "malformed packet")).await;
        }
        wire.expect_close().await;
    }
}

/// A client may want no Reason Strings, or only small packets.
#[tokio::test]
async fn a_reason_string_is_left_out_if_it_is_not_accepted() {
    let service = service();
    let device = device(&service);
    let shadow = "$aws/things/t/shadow/get";
    let long =
        "The local service does not emulate device shadows; see `jobs-sandbox help limitations`";
    let refused = |props: &[u8]| packet(0x40, &[&[0, 7, 0x83], props]);
    let not_subscribed = |props: &[u8]| packet(0x90, &[&[0, 1], props, &[0x83]]);
    for (properties, puback, suback, end) in [
        (
            &[][..],
            refused(&reason(long)),
            not_subscribed(&reason(long)),
            disconnect(0x83, long),
        ),
        (
            &[0x17, 0],
            refused(&[]),
            not_subscribed(&[0]),
            disconnect(0x83, long),
        ),
        (
            &[0x27, 0, 0, 0, 60],
            refused(&[]),
            not_subscribed(&[0]),
            disconnect(0x83, "implementation specific error"),
        ),
    ] {
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&connect_with(V5, 2, properties, "c", &[])).await;
        assert_eq!(wire.packet().await[..4], [0x20, 27, 0, 0]);
        wire.send(&publish(V5, 2, 7, shadow, b"")).await;
        wire.expect(&puback).await;
        wire.send(&subscribe(V5, &[shadow], 1)).await;
        wire.expect(&suback).await;
        wire.send(&publish(V5, 0, 0, shadow, b"")).await;
        wire.expect(&end).await;
        wire.expect_close().await;
    }
}
