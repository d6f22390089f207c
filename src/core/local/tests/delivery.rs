//! Deliveries, byte by byte: sessions, windows, aliases, properties, wills, slow clients, the end.

use std::time::Duration;

use serde_json::json;

use crate::local::tests::wire::{
    Published, V3, V5, Wire, connect, connect_with, disconnect, packet, puback, publish, published,
    suback, subscribe, text,
};
use crate::local::tests::{device, service, soon};
use crate::local::{ClockMode, LocalService, Options};

/// Row 18.
#[tokio::test]
async fn an_acknowledgement_and_the_reply_come_in_that_order() {
    let service = service();
    for version in [V3, V5] {
        let mut wire = Wire::greeted(&service, &device(&service), &connect(version, "c")).await;
        // A JSON array is not a request.
        let topic = "$aws/things/t/jobs/get";
        wire.send(&publish(version, 2, 9, topic, b"[1]")).await;
        wire.expect(&puback(9)).await;
        let (answered, payload) = wire.message(version).await;
        assert_eq!(answered, "$aws/things/t/jobs/get/rejected");
        assert!(payload.contains("InvalidJson"), "{payload}");
        wire.send(&publish(version, 0, 0, topic, b"{}")).await;
        let (answered, _) = wire.message(version).await;
        assert_eq!(answered, "$aws/things/t/jobs/get/accepted");
        wire.expect_nothing().await;
    }
}

#[tokio::test]
async fn a_persistent_session_keeps_what_was_not_acknowledged() {
    let service = service();
    let device = device(&service);
    let speaker = connect(V3, "speaker");
    let mut speaker = Wire::greeted(&service, &device, &speaker).await;
    // Clean Session 0; Session Expiry Interval 60.
    let persistent_v5 = connect_with(V5, 0, b"\x11\0\0\0\x3c", "c5", b"");
    for (version, persistent) in [
        (V3, connect_with(V3, 0, b"", "c3", b"")),
        (V5, persistent_v5),
    ] {
        let mut wire = Wire::greeted(&service, &device, &persistent).await;
        wire.send(&subscribe(version, &["a"], 1)).await;
        wire.expect(&suback(version, &[1])).await;
        speaker.send(&publish(V3, 2, 9, "a", b"first")).await;
        speaker.expect(&puback(9)).await;
        wire.expect(&publish(version, 2, 1, "a", b"first")).await;
        drop(wire);

        let mut wire = Wire::open(&service, &device).await;
        wire.send(&persistent).await;
        let connack = wire.read(if version == V5 { 29 } else { 4 }).await;
        assert_eq!(connack[2], 1, "session present");
        // AWS does not set DUP with MQTT 3.1.1.
        let flags = if version == V5 { 0x0a } else { 2 };
        wire.expect(&publish(version, flags, 1, "a", b"first"))
            .await;
        wire.send(&puback(1)).await;
        wire.expect_nothing().await;
    }
}

#[tokio::test]
async fn no_more_is_sent_than_the_client_takes() {
    let (log, lines) = std::sync::mpsc::sync_channel(10);
    let options = Options {
        log: Some(log),
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let device = device(&service);
    // Receive Maximum 1, Maximum Packet Size 40.
    let careful = connect_with(V5, 2, b"\x21\0\x01\x27\0\0\0\x28", "careful", b"");
    let mut wire = Wire::greeted(&service, &device, &careful).await;
    let mut speaker = Wire::greeted(&service, &device, &connect(V3, "speaker")).await;
    wire.send(&subscribe(V5, &["a"], 1)).await;
    wire.expect(&suback(V5, &[1])).await;
    for payload in [&b"one"[..], &[b'x'; 100], b"two", b"three"] {
        speaker.send(&publish(V3, 2, 9, "a", payload)).await;
        speaker.expect(&puback(9)).await;
    }
    wire.expect(&publish(V5, 2, 1, "a", b"one")).await;
    wire.expect_nothing().await;
    // The large one is skipped, and counts as delivered.
    wire.send(&puback(1)).await;
    wire.expect(&publish(V5, 2, 3, "a", b"two")).await;
    wire.send(&puback(3)).await;
    wire.expect(&publish(V5, 2, 4, "a", b"three")).await;
    wire.send(&puback(4)).await;
    speaker.send(&publish(V3, 0, 0, "a", &[b'x'; 100])).await;
    speaker.expect_nothing().await;
    wire.expect_nothing().await;
    // The hub has handled the connection's report before this.
    speaker.send(&publish(V3, 2, 9, "b", b"")).await;
    speaker.expect(&puback(9)).await;
    let dropped = "client `careful`: message to `a` dropped: it is larger than the client accepts";
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), [dropped; 2]);
}

#[tokio::test]
async fn aliases_are_resolved_and_properties_carried() {
    let service = service();
    let mut wire = Wire::greeted(&service, &device(&service), &connect(V5, "c")).await;
    wire.send(&subscribe(V5, &["a"], 0)).await;
    wire.expect(&suback(V5, &[0])).await;
    let alias: &[u8] = &[3, 0x23, 0, 1];
    wire.send(&packet(0x30, &[&text("a"), alias, b"first"]))
        .await;
    wire.send(&packet(0x30, &[&text(""), alias, b"second"]))
        .await;
    wire.expect(&publish(V5, 0, 0, "a", b"first")).await;
    wire.expect(&publish(V5, 0, 0, "a", b"second")).await;
    // Payload Format Indicator, Content Type, Response Topic, Correlation Data, two User Properties.
    let properties =
        b"\x01\x01\x03\0\x01j\x08\0\x01r\x09\0\x02\xff\0\x26\0\x01k\0\x01v\x26\0\x01k\0\x01w";
    let length = [u8::try_from(properties.len()).expect("few")];
    let message = packet(0x30, &[&text("a"), &length, properties, b"third"]);
    wire.send(&message).await;
    wire.expect(&message).await;
    // Nine aliases are too many.
    wire.send(&packet(0x30, &[&text("a"), &[3, 0x23, 0, 9], b""]))
        .await;
    let last_words = wire.read(3).await;
    assert_eq!((last_words[0], last_words[2]), (0xe0, 0x94));
}

#[tokio::test]
async fn who_does_not_keep_up_is_cut_off_and_the_will_and_the_log_say_so() {
    let (log, lines) = std::sync::mpsc::sync_channel(10);
    let options = Options {
        log: Some(log),
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let device = device(&service);
    let mut watcher = Wire::greeted(&service, &device, &connect(V3, "watcher")).await;
    watcher.send(&subscribe(V3, &["wills"], 0)).await;
    watcher.expect(&suback(V3, &[0])).await;
    let will = [text("wills"), text("cut off")].concat();
    let lazy = connect_with(V3, 0x06, b"", "lazy", &will);
    let mut lazy = Wire::greeted(&service, &device, &lazy).await;
    lazy.send(&subscribe(V3, &["flood"], 0)).await;
    lazy.expect(&suback(V3, &[0])).await;
    let mut speaker = Wire::greeted(&service, &device, &connect(V3, "speaker")).await;
    let message = publish(V3, 0, 0, "flood", &vec![b'x'; 128 * 1024]);
    // At most 64 MiB wait, and the system's buffers hold some more.
    for _ in 0..640 {
        speaker.send(&message).await;
    }
    watcher
        .expect(&publish(V3, 0, 0, "wills", b"cut off"))
        .await;
    speaker.expect_nothing().await;
    assert_eq!(
        lines.try_iter().collect::<Vec<_>>(),
        [
            "client `lazy` is disconnected because it does not keep up: 64 MiB are already waiting for it"
        ]
    );
}

/// Counts the messages to a watcher until the job is cancelled; acknowledges each if necessary.
async fn count_until_canceled(mut wire: Wire, version: u8) -> usize {
    let mut count = 0;
    loop {
        let packet = wire.packet().await;
        let Published {
            topic, packet_id, ..
        } = published(&packet, version);
        count += 1;
        if let Some([high, low]) = packet_id {
            wire.send(&[0x40, 2, high, low]).await;
        }
        if topic == "$aws/events/job/J/canceled" {
            return count;
        }
    }
}

/// One input causes more events than the queues of connections once held, and more than a window and a queue held.
#[tokio::test]
async fn the_events_of_three_thousand_things_at_once_reach_their_readers() {
    const THINGS: usize = 3_000;
    let options = Options {
        clock: ClockMode::Manual,
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let device = device(&service);
    let done = |method: &str, path: &str, body: serde_json::Value| {
        let (status, answer) = service.control(method, path, &body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
    };
    done("POST", "/thing-groups/g", json!({}));
    for thing in 0..THINGS {
        let name = format!("t{thing}");
        done("POST", &format!("/things/{name}"), json!({}));
        let member = json!({ "thingName": name, "thingGroupName": "g" });
        done("PUT", "/thing-groups/addThingToThingGroup", member);
    }
    let enabled = json!({ "Enabled": true });
    let events = json!({ "eventConfigurations": { "JOB": enabled, "JOB_EXECUTION": enabled } });
    done("PATCH", "/event-configurations", events);
    let group = "arn:aws:iot:us-east-1:123456789012:thinggroup/g";
    done(
        "PUT",
        "/jobs/J",
        json!({ "targets": [group], "document": "{}" }),
    );
    // A job reaches a thousand things a minute.
    service.advance_clock(Duration::from_mins(10));
    let filters = [
        "$aws/things/+/jobs/notify",
        "$aws/things/+/jobs/notify-next",
        "$aws/events/#",
    ];
    let mut watchers = Vec::new();
    for (version, qos) in [(V3, 0), (V3, 1), (V5, 0), (V5, 1)] {
        let name = format!("watcher-{version}-{qos}");
        let mut wire = Wire::greeted(&service, &device, &connect(version, &name)).await;
        wire.send(&subscribe(version, &filters, qos)).await;
        wire.expect(&suback(version, &[qos; 3])).await;
        watchers.push(tokio::spawn(count_until_canceled(wire, version)));
    }
    done("PUT", "/jobs/J/cancel", json!({}));
    for watcher in watchers {
        // Three for each thing, and two of the job itself.
        assert_eq!(watcher.await.expect("all events"), 3 * THINGS + 2);
    }
}

#[tokio::test]
async fn the_end_of_the_service_is_announced() {
    let service = service();
    let device = device(&service);
    let mut old = Wire::greeted(&service, &device, &connect(V3, "old")).await;
    let mut new = Wire::greeted(&service, &device, &connect(V5, "new")).await;
    let stopping = tokio::task::spawn_blocking(move || drop(service));
    new.expect(&disconnect(0x8b, "server shutting down")).await;
    new.expect_close().await;
    old.expect_close().await;
    drop((old, new));
    soon("the end", stopping).await.expect("stopped");
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_hold_up_the_end() {
    let service = service();
    let device = device(&service);
    let _silent = Wire::greeted(&service, &device, &connect(V3, "silent")).await;
    let stopping = tokio::task::spawn_blocking(move || drop(service));
    soon("the end", stopping).await.expect("stopped");
}
