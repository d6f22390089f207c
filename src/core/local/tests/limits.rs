//! What the server refuses and when it closes the connection, byte by byte.

use std::io::ErrorKind;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::local::LocalService;
use crate::local::tests::wire::{
    ANY_PING, CONNACK_V5, PONG, V3, V5, Wire, connect, disconnect, packet, puback, publish, reason,
    refused, suback, subscribe, text, unsubscribe,
};
use crate::local::tests::{device, http, service, signed, soon};

/// What a client sends, and the expected answer. `None`: the server closes the connection without another byte.
type Exchange = (Vec<u8>, Option<Vec<u8>>);

/// Runs the exchanges on a new connection, one after the other. After a DISCONNECT the server closes the connection.
async fn check(service: &LocalService, version: u8, name: &str, exchanges: Vec<Exchange>) {
    let mut wire = Wire::greeted(service, &device(service), &connect(version, name)).await;
    for (sent, expected) in exchanges {
        wire.send(&sent).await;
        match expected {
            None => return wire.expect_close().await,
            Some(expected) => {
                wire.expect(&expected).await;
                if expected.first() == Some(&0xe0) {
                    return wire.expect_close().await;
                }
            }
        }
    }
    wire.expect_nothing().await;
}

/// Rows 106, 111 and 112.
#[tokio::test]
async fn limits_and_reserved_topics_of_mqtt_3() {
    let service = service();
    let nine = vec!["a"; 9];
    let deep = "a/b/c/d/e/f/g/h/i";
    let large = vec![b'x'; 128 * 1024 + 1];
    let largest = vec![b'x'; 128 * 1024];
    for (name, sent, expected) in [
        (
            "eight",
            subscribe(V3, &nine[..8], 1),
            Some(suback(V3, &[1; 8])),
        ),
        ("nine", subscribe(V3, &nine, 1), None),
        ("qos-0", subscribe(V3, &["a"], 0), Some(suback(V3, &[0]))),
        ("qos-2", subscribe(V3, &["a"], 2), Some(suback(V3, &[1]))),
        ("deep-filter", subscribe(V3, &[deep], 1), None),
        ("reserved-filter", subscribe(V3, &["a", "$aws/#"], 1), None),
        ("malformed-filter", subscribe(V3, &["a/#/b"], 1), None),
        ("largest", publish(V3, 2, 7, "a", &largest), Some(puback(7))),
        ("large", publish(V3, 2, 7, "a", &large), None),
        ("deep-topic", publish(V3, 2, 7, deep, b""), None),
        (
            "deepest-topic",
            publish(V3, 2, 7, &deep[..15], b""),
            Some(puback(7)),
        ),
        ("wildcard", publish(V3, 2, 7, "a/+", b""), None),
        (
            "notify",
            publish(V3, 2, 7, "$aws/things/t/jobs/notify", b"{}"),
            None,
        ),
        (
            "accepted",
            publish(V3, 0, 0, "$aws/things/t/jobs/get/accepted", b"{}"),
            None,
        ),
        (
            "unknown",
            publish(V3, 2, 7, "$aws/things/t/other/get", b""),
            Some(puback(7)),
        ),
        (
            "shadow",
            publish(V3, 2, 7, "$aws/things/t/shadow/get", b""),
            None,
        ),
        (
            "presence",
            subscribe(V3, &["$aws/events/presence/#"], 1),
            None,
        ),
        ("sys", publish(V3, 2, 7, "$SYS/a", b""), None),
        (
            "retain",
            publish(V3, 3, 7, "$aws/things/t/shadow/get", b"x"),
            None,
        ),
        ("qos-2", publish(V3, 4, 7, "a", b""), Some(vec![])),
        (
            "qos-2-twice",
            publish(V3, 4, 7, "a", b"").repeat(2),
            Some(vec![]),
        ),
        ("id-zero", publish(V3, 2, 0, "a", b""), None),
        ("id-zero-qos-2", publish(V3, 4, 0, "a", b"").repeat(2), None),
        (
            "id-zero-subscribe",
            packet(0x82, &[&[0, 0], &text("a"), &[1]]),
            None,
        ),
        (
            "id-zero-unsubscribe",
            packet(0xa2, &[&[0, 0], &text("a")]),
            None,
        ),
        ("id-zero-puback", puback(0), None),
        ("id-zero-pubrel", packet(0x62, &[&[0, 0]]), None),
        (
            "unsubscribe",
            unsubscribe(V3, "a"),
            Some(vec![0xb0, 2, 0, 1]),
        ),
        ("again", connect(V3, "again"), None),
        ("garbage", vec![0xf0, 0], None),
    ] {
        check(&service, V3, name, vec![(sent, expected)]).await;
    }
}

/// Rows 106, 111 and 112.
#[tokio::test]
async fn limits_and_reserved_topics_of_mqtt_5() {
    let service = service();
    let nine = vec!["a"; 9];
    let deep = "a/b/c/d/e/f/g/h/i";
    let large = vec![b'x'; 128 * 1024 + 1];
    let huge = vec![b'x'; 149_504];
    let too_large = disconnect(0x95, "packet too large");
    let protocol_error = disconnect(0x82, "protocol error");
    let shadows =
        "The local service does not emulate device shadows; see `jobs-sandbox help limitations`";
    let lifecycle = shadows.replace("device shadows", "lifecycle events");
    let with_identifier = packet(0x82, &[&[0, 1, 2, 0x0b, 5], &text("a"), &[1]]);
    for (name, sent, expected) in [
        ("eight", subscribe(V5, &nine[..8], 1), suback(V5, &[1; 8])),
        (
            "nine",
            subscribe(V5, &nine, 1),
            disconnect(0x97, "quota exceeded"),
        ),
        (
            "mixed",
            subscribe(V5, &["a", deep, "$aws/#", "a+", "$aws/things/t/jobs/#"], 1),
            suback(V5, &[1, 0x8f, 0x8f, 0x8f, 1]),
        ),
        (
            "shadow",
            publish(V5, 2, 7, "$aws/things/t/shadow/get", b""),
            packet(0x40, &[&[0, 7, 0x83], &reason(shadows)]),
        ),
        (
            "shadow-0",
            publish(V5, 0, 0, "$aws/things/t/shadow/get", b""),
            disconnect(0x83, shadows),
        ),
        (
            "presence",
            subscribe(V5, &["$aws/events/presence/#", "$aws/events/job/#"], 1),
            packet(0x90, &[&[0, 1], &reason(&lifecycle), &[0x83, 1]]),
        ),
        (
            "identifier",
            with_identifier,
            disconnect(0xa1, "subscription identifiers not supported"),
        ),
        ("large", publish(V5, 2, 7, "a", &large), too_large.clone()),
        ("deep-topic", publish(V5, 2, 7, deep, b""), refused(7, 0x90)),
        (
            "deep-topic-0",
            publish(V5, 0, 0, deep, b""),
            disconnect(0x90, "topic name invalid"),
        ),
        (
            "notify",
            publish(V5, 2, 7, "$aws/things/t/jobs/notify", b""),
            refused(7, 0x90),
        ),
        (
            "accepted",
            publish(V5, 0, 0, "$aws/things/t/jobs/get/accepted", b""),
            disconnect(0x90, "topic name invalid"),
        ),
        (
            "retain",
            publish(V5, 3, 7, "$aws/things/t/shadow/get", b"x"),
            disconnect(0x90, "topic name invalid"),
        ),
        (
            "qos-2",
            publish(V5, 4, 7, "a", b""),
            disconnect(0x9b, "QoS not supported"),
        ),
        (
            "unsubscribe",
            unsubscribe(V5, "a"),
            vec![0xb0, 4, 0, 1, 0, 0x11],
        ),
        (
            "id-zero",
            publish(V5, 2, 0, "a", b""),
            protocol_error.clone(),
        ),
        (
            "id-zero-qos-2",
            publish(V5, 4, 0, "a", b"").repeat(2),
            protocol_error.clone(),
        ),
        (
            "id-zero-subscribe",
            packet(0x82, &[&[0, 0, 0], &text("a"), &[1]]),
            protocol_error.clone(),
        ),
        (
            "id-zero-unsubscribe",
            packet(0xa2, &[&[0, 0, 0], &text("a")]),
            protocol_error,
        ),
    ] {
        check(&service, V5, name, vec![(sent, Some(expected))]).await;
    }
    // The connection ends as soon as the length is known.
    let mut wire = Wire::greeted(&service, &device(&service), &connect(V5, "huge")).await;
    wire.send(&publish(V5, 0, 0, "a", &huge)[..100]).await;
    wire.expect(&too_large).await;
    wire.expect_close().await;
}

#[tokio::test]
async fn fifty_subscriptions_and_no_more() {
    let service = service();
    for (version, refusal) in [(V3, 0x80), (V5, 0x97)] {
        let filters: Vec<String> = (0..51).map(|index| format!("a/{index}")).collect();
        let mut exchanges: Vec<Exchange> = filters[..48]
            .chunks(8)
            .map(|eight| (subscribe(version, eight, 0), Some(suback(version, &[0; 8]))))
            .collect();
        exchanges.push((
            subscribe(version, &filters[48..], 0),
            Some(suback(version, &[0, 0, refusal])),
        ));
        // Renewing a subscription does not make a new one.
        exchanges.push((
            subscribe(version, &filters[..1], 0),
            Some(suback(version, &[0])),
        ));
        check(&service, version, "fifty", exchanges).await;
    }
}

/// Rows 104 and 105.
#[tokio::test]
async fn who_may_connect() {
    let service = service();
    let device = device(&service);
    let long = "x".repeat(129);
    let refused_v5 = |code: u8, reason: &str| {
        let property = [vec![0x1f], text(reason)].concat();
        let length = u8::try_from(property.len()).expect("a short reason");
        packet(0x20, &[&[0, code, length], &property])
    };
    let bad_id = "client identifier not valid";
    let with_auth = packet(
        0x10,
        &[
            &text("MQTT"),
            &[5, 2, 0, 60, 8, 0x15],
            &text("plain"),
            &text("c"),
        ],
    );
    let level_3 = packet(0x10, &[&text("MQIsdp"), &[3, 2, 0, 60], &text("c")]);
    let no_alias = packet(
        0x10,
        &[&text("MQTT"), &[5, 2, 0, 60, 3, 0x22, 0, 0], &text("c")],
    );
    let no_keep_alive = packet(0x10, &[&text("MQTT"), &[4, 2, 0, 0], &text("c")]);
    let no_keep_alive_v5 = packet(0x10, &[&text("MQTT"), &[5, 2, 0, 0, 0], &text("c")]);
    // Server Keep Alive 1200.
    let longest = [&CONNACK_V5[..27], &[4, 0xb0]].concat();
    let unclean_without_id = packet(0x10, &[&text("MQTT"), &[4, 0, 0, 0], &text("")]);
    let will_qos_2 = packet(
        0x10,
        &[
            &text("MQTT"),
            &[4, 0x16, 0, 60],
            &text("c"),
            &text("a"),
            &text("gone"),
        ],
    );
    for (connect, expected) in [
        (connect(V3, &long[..128]), vec![0x20, 2, 0, 0]),
        (connect(V3, ""), vec![0x20, 2, 0, 0]),
        (connect(V3, &long), vec![0x20, 2, 0, 2]),
        (connect(V3, "$c"), vec![0x20, 2, 0, 2]),
        (connect(V5, &long), refused_v5(0x85, bad_id)),
        (connect(V5, "$c"), refused_v5(0x85, bad_id)),
        (with_auth, refused_v5(0x8c, "bad authentication method")),
        (level_3, vec![0x20, 2, 0, 1]),
        (no_alias, CONNACK_V5.to_vec()),
        (no_keep_alive, vec![0x20, 2, 0, 0]),
        (no_keep_alive_v5, longest),
        (unclean_without_id, vec![0x20, 2, 0, 2]),
        (will_qos_2, vec![]),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![]),
        (ANY_PING.to_vec(), vec![]),
    ] {
        let is_accepted = matches!(expected[..], [0x20, _, 0, 0, ..]);
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&connect).await;
        wire.expect(&expected).await;
        if is_accepted {
            wire.expect_nothing().await;
        } else {
            wire.expect_close().await;
        }
    }
}

/// Row 101.
#[tokio::test]
async fn a_foreign_certificate_is_refused() {
    let (ours, theirs) = (service(), service());
    // Signed by another CA: TLS fails, at the latest when the client reads.
    let stranger = device(&theirs);
    let opened = soon("TLS", Wire::try_open(&ours, &stranger)).await;
    if let Ok(mut wire) = opened {
        let mut byte = [0];
        let read = soon("the refusal", wire.stream.read(&mut byte)).await;
        assert!(!matches!(read, Ok(1)), "a foreign certificate was let in");
    }
    // Signed by the CA and not registered: closed without a CONNACK.
    let unknown = ours.authority.create_device().expect("a certificate");
    for version in [V3, V5] {
        let mut wire = Wire::open(&ours, &unknown).await;
        wire.send(&connect(version, "c")).await;
        wire.expect_close().await;
    }
}

/// Row 103.
#[tokio::test]
async fn the_newer_connection_takes_the_client_id_over() {
    let service = service();
    let device = device(&service);
    for (version, last_words) in [(V3, vec![]), (V5, disconnect(0x8e, "session taken over"))] {
        let mut first = Wire::greeted(&service, &device, &connect(version, "c")).await;
        let mut second = Wire::greeted(&service, &device, &connect(version, "c")).await;
        first.expect(&last_words).await;
        first.expect_close().await;
        second.expect_nothing().await;
    }
}

/// Row 104.
#[tokio::test]
async fn silence_ends_a_connection_after_one_and_a_half_keep_alives() {
    let service = service();
    let device = device(&service);
    for (version, last_words) in [(V3, vec![]), (V5, disconnect(0x8d, "keep alive timeout"))] {
        let mut wire = Wire::greeted(&service, &device, &connect(version, "c")).await;
        let start = std::time::Instant::now();
        wire.expect(&last_words).await;
        wire.expect_close().await;
        // 1.5 times 60 seconds of ten milliseconds each.
        assert!(start.elapsed().as_millis() > 800, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn packets_that_come_with_the_connect_are_heard_after_it() {
    let service = service();
    for version in [V3, V5] {
        let mut wire = Wire::open(&service, &device(&service)).await;
        let all = [
            connect(version, "c"),
            subscribe(version, &["a"], 1),
            ANY_PING.to_vec(),
        ];
        for byte in all.concat() {
            wire.send(&[byte]).await;
        }
        wire.expect(if version == V5 {
            &CONNACK_V5
        } else {
            &[0x20, 2, 0, 0]
        })
        .await;
        // The hub's answer and the connection's pong may arrive in either order.
        let expected = [suback(version, &[1]), PONG.to_vec()].concat();
        let mut got = vec![0; expected.len()];
        soon("answers", wire.stream.read_exact(&mut got))
            .await
            .expect("answers");
        let reversed = [PONG.to_vec(), suback(version, &[1])].concat();
        assert!(got == expected || got == reversed, "{got:02x?}");
    }
}

#[tokio::test]
async fn a_client_that_stops_in_mid_packet_does_no_harm() {
    let service = service();
    let device = device(&service);
    let whole = connect(V5, "c");
    for cut in [0, 1, 5, whole.len() - 1] {
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&whole[..cut]).await;
    }
    let mut socket = TcpStream::connect(service.mqtt_address())
        .await
        .expect("a socket");
    socket
        .write_all(b"no TLS at all")
        .await
        .expect("the socket takes it");
    let mut answer = Vec::new();
    let end = soon("the end", socket.read_to_end(&mut answer)).await;
    assert!(matches!(
        end.map_err(|error| error.kind()),
        Ok(_) | Err(ErrorKind::ConnectionReset)
    ));
    Wire::greeted(&service, &device, &whole)
        .await
        .expect_nothing()
        .await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_after_all_of_it_was_sent() {
    let service = service();
    // More than sockets buffer: if the service did not read, the client could not finish.
    let body = "a".repeat(16 * 1024 * 1024);
    let request = signed("iot", "PUT", "/jobs/J", "", &body);
    let (status, answer) = http(service.http_address(), &request).await;
    assert_eq!(
        (status, answer),
        (
            413,
            json!({ "message": "The request is too large: it has more than 512 KiB" })
        )
    );
}
