//! Connections and the job service together: who receives what, who may connect, what is kept.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::local::LocalService;
use crate::local::tests::wire::{
    V3, V5, Wire, connect, disconnect, packet, publish, suback, subscribe, text,
};
use crate::local::tests::{control, device, service, service_with, soon, tls_config};

const JOB: &str =
    r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thing/lamp"],"document":"{}"}"#;

/// A client that has subscribed to a filter, and to a topic of its own for [`Listener::expect_no_more`].
struct Listener {
    wire: Wire,
    version: u8,
    own: String,
}

impl Listener {
    async fn new(service: &LocalService, version: u8, name: &str, filter: &str) -> Self {
        let connect = connect(version, name);
        let mut wire = Wire::greeted(service, &device(service), &connect).await;
        let own = format!("own/{name}");
        wire.send(&subscribe(version, &[filter, &own], 0)).await;
        wire.expect(&suback(version, &[0, 0])).await;
        Self { wire, version, own }
    }

    async fn publish(&mut self, topic: &str) {
        let packet = publish(self.version, 0, 0, topic, b"x");
        self.wire.send(&packet).await;
    }

    /// The topic of the next message.
    async fn topic(&mut self) -> String {
        // A retained message would not start with 0x30.
        self.wire.message(self.version).await.0
    }

    /// Checks that everything published before has arrived and was read.
    async fn expect_no_more(&mut self) {
        let own = self.own.clone();
        self.publish(&own).await;
        assert_eq!(self.topic().await, own);
    }
}

/// Row 8. QoS 2 is granted as 1.
#[tokio::test]
async fn the_filters_of_every_client_are_granted() {
    let service = service();
    let filters = [
        "$aws/things/lamp/jobs/+/update/accepted",
        "$aws/things/lamp/jobs/$next/get/+",
        "$aws/things/lamp/jobs/#",
        "$aws/things/+/jobs/notify",
    ];
    for version in [V3, V5] {
        for (asked, granted) in [(0, 0), (1, 1), (2, 1)] {
            let connect = connect(version, "c");
            let mut wire = Wire::greeted(&service, &device(&service), &connect).await;
            wire.send(&subscribe(version, &filters, asked)).await;
            wire.expect(&suback(version, &[granted; 4])).await;
        }
    }
}

/// Rows 9 and 110.
#[tokio::test]
async fn an_event_comes_once_to_those_who_listen_now() {
    for version in [V3, V5] {
        let service = &service_with(&["lamp"]);
        let everything = r#"{"eventConfigurations":{"JOB":{"Enabled":true}}}"#;
        control(service, "PATCH", "/event-configurations", everything).await;
        let listen = async |name, filter| Listener::new(service, version, name, filter).await;
        let mut notify = listen("notify", "$aws/things/lamp/jobs/notify").await;
        let mut things = listen("things", "$aws/things/+/jobs/+").await;
        let mut all = listen("all", "#").await;
        let mut below = listen("below", "a/#").await;
        let mut events = listen("events", "$aws/events/job/#").await;

        control(service, "PUT", "/jobs/blink", JOB).await;
        for (listener, expected) in [
            // First, before it receives what the others publish for themselves.
            (&mut all, &["notify", "notify-next"][..]),
            (&mut notify, &["notify"]),
            (&mut things, &["notify", "notify-next"]),
            (&mut below, &[]),
            (&mut events, &[]),
        ] {
            for end in expected {
                let topic = listener.topic().await;
                assert_eq!(topic, format!("$aws/things/lamp/jobs/{end}"));
            }
            listener.expect_no_more().await;
        }
        // A later subscriber has missed the event.
        let mut late = listen("late", "$aws/things/lamp/jobs/notify").await;
        late.expect_no_more().await;

        // `a/#` is not `a`.
        for topic in ["a", "a/b"] {
            late.publish(topic).await;
        }
        late.expect_no_more().await;
        assert_eq!(below.topic().await, "a/b");
        below.expect_no_more().await;

        // A wildcard at the first level matches `$aws/things/` but not `$aws/events/`.
        control(service, "DELETE", "/jobs/blink?force=true", "").await;
        for end in ["deletion_in_progress", "deleted"] {
            assert_eq!(events.topic().await, format!("$aws/events/job/blink/{end}"));
        }
        let own = all.own.clone();
        all.publish(&own).await;
        let mut heard = Vec::new();
        while heard.last() != Some(&own) {
            heard.push(all.topic().await);
        }
        heard.retain(|topic| !topic.starts_with("own/"));
        let ends = ["notify", "notify-next"].map(|end| format!("$aws/things/lamp/jobs/{end}"));
        assert_eq!(heard[..2], ["a", "a/b"]);
        assert_eq!(heard[2..], ends);
    }
}

/// Rows 111 and 112, in addition to the limits: refused messages do not reach anyone, now or later.
#[tokio::test]
async fn what_is_refused_is_neither_sent_on_nor_kept() {
    let service = service();
    let kept = "$aws/things/lamp/other/update";
    let mut listener = Listener::new(&service, V3, "listener", "a").await;
    let mut speaker = Listener::new(&service, V3, "speaker", "other").await;
    speaker.wire.send(&publish(V3, 4, 7, "a", b"x")).await;
    speaker.expect_no_more().await;
    listener.expect_no_more().await;
    speaker.wire.send(&publish(V3, 3, 7, kept, b"x")).await;
    speaker.wire.expect_close().await;
    let mut speaker = Listener::new(&service, V5, "speaker", "other").await;
    speaker.wire.send(&publish(V5, 3, 7, kept, b"x")).await;
    let last_words = disconnect(0x90, "topic name invalid");
    speaker.wire.expect(&last_words).await;
    speaker.wire.expect_close().await;
    let mut late = Listener::new(&service, V3, "late", kept).await;
    late.expect_no_more().await;
}

/// Each message goes to one member of a shared subscription, and to all other subscribers.
#[tokio::test]
async fn a_shared_subscription_is_served_in_turn() {
    let service = &service();
    for version in [V3, V5] {
        let listen = async |name, filter| Listener::new(service, version, name, filter).await;
        let mut alone = listen("alone", "room").await;
        let mut shared = [
            listen("one", "$share/group/room").await,
            listen("two", "$share/group/room").await,
        ];
        for _ in 0..4 {
            alone.publish("room").await;
            assert_eq!(alone.topic().await, "room");
        }
        for listener in &mut shared {
            for _ in 0..2 {
                assert_eq!(listener.topic().await, "room");
            }
            listener.expect_no_more().await;
        }
    }
}

/// Row 75.
#[tokio::test]
async fn a_persistent_session_gets_the_events_that_it_missed() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    let notify = "$aws/things/lamp/jobs/notify";
    // Clean Session 0; Session Expiry Interval 60.
    let expiry: &[u8] = b"\x05\x11\0\0\0\x3c";
    for (version, properties, job) in [(V3, &b""[..], "three"), (V5, expiry, "five")] {
        let connect = packet(
            0x10,
            &[&text("MQTT"), &[version, 0, 0, 60], properties, &text(job)],
        );
        let mut wire = Wire::greeted(&service, &device, &connect).await;
        wire.send(&subscribe(version, &[notify], 1)).await;
        wire.expect(&suback(version, &[1])).await;
        drop(wire);
        soon("the end of the connection", async {
            while service.state()["connections"] != serde_json::json!([]) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        control(&service, "PUT", &format!("/jobs/{job}"), JOB).await;

        let mut wire = Wire::open(&service, &device).await;
        wire.send(&connect).await;
        assert_eq!(wire.packet().await[2], 1, "session present");
        let event = wire.packet().await;
        assert_eq!(event[0], 0x32, "QoS 1, not sent before");
        let event = String::from_utf8_lossy(&event).into_owned();
        assert!(event.contains(notify), "{event}");
        assert!(event.contains(&format!(r#""jobId":"{job}""#)), "{event}");
    }
}

/// Row 101.
#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let service = service();
    for version in [&TLS12, &TLS13] {
        let config = tls_config(&service, None, &[version]);
        // In TLS 1.3 the client finishes before the server has checked the certificate.
        if let Ok(mut wire) = soon("TLS", Wire::try_open_with(&service, config)).await {
            let mut byte = [0];
            let read = soon("the refusal", wire.stream.read(&mut byte)).await;
            assert!(!matches!(read, Ok(1)), "let in without a certificate");
        }
    }
}

/// Row 102.
#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_the_name_must_fit() {
    let service = service();
    let device = device(&service);
    for version in [&TLS12, &TLS13] {
        let config = tls_config(&service, Some(&device), &[version]);
        let opened = soon("TLS", Wire::try_open_with(&service, Arc::clone(&config))).await;
        let mut wire = opened.expect("TLS stands");
        let spoken = wire.stream.get_ref().1.protocol_version();
        assert_eq!(spoken, Some(version.version));
        wire.send(&connect(V3, "c")).await;
        wire.expect(&[0x20, 2, 0, 0]).await;

        for (name, fits) in [("localhost", true), ("example.com", false)] {
            let socket = TcpStream::connect(service.mqtt_address()).await;
            let name = ServerName::try_from(name).expect("a name");
            let connector = TlsConnector::from(Arc::clone(&config));
            let opened = connector.connect(name, socket.expect("the port accepts"));
            assert_eq!(soon("TLS", opened).await.is_ok(), fits);
        }
    }
}
