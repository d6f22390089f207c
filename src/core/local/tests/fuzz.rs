//! Whatever clients send, the service survives, loses no message, and keeps no client that is gone. `FUZZ_INPUTS=1000000`
//! sends that many packets of each version.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::local::hub::input::{AdminRequest, HttpPlane};
use crate::local::local_service::EVERYTHING;
use crate::local::tests::inside::Inside;
use crate::local::tests::wire::{
    ANY_PING, V3, V5, connect_with, no_properties, packet, puback, publish, subscribe, text,
    unsubscribe,
};

/// SplitMix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from((z ^ (z >> 31)) % limit).unwrap_or_default()
    }

    pub(super) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A CONNECT, mostly a valid one, and some packets; in every other connection some bytes are changed. Also returns the
    /// number of packets.
    fn connection(&mut self, seeds: &Seeds) -> (Vec<u8>, u64) {
        let mut bytes = self.pick(&seeds.greetings).clone();
        let untouched = if self.below(4) == 0 { 0 } else { bytes.len() };
        let mut count = 1;
        for _ in 0..self.below(16) {
            count += 1;
            let is_bad = self.below(16) == 0;
            let packets = if is_bad { &seeds.bad } else { &seeds.good };
            bytes.extend(self.pick(packets));
        }
        let changes = if self.below(2) == 0 { 0 } else { self.below(4) };
        for _ in 0..changes {
            let at = untouched + self.below(bytes.len() - untouched + 1);
            match self.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.byte()),
                2 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ if at < bytes.len() => bytes[at] = self.byte(),
                _ => {}
            }
        }
        (bytes, count)
    }
}

pub(super) fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// CONNECTs of a few clients: with new sessions and old ones, wills, and small windows.
fn greetings(version: u8) -> Vec<Vec<u8>> {
    let will = [text("w"), text("gone")].concat();
    // Will Delay Interval 5.
    let late_will = [b"\x05\x18\0\0\0\x05", &will[..]].concat();
    let now_will = [b"\0", &will[..]].concat();
    let mut greetings = Vec::new();
    for client_id in ["a", "b", "c", ""] {
        if version == V3 {
            greetings.push(connect_with(V3, 2, b"", client_id, b""));
            greetings.push(connect_with(V3, 0, b"", client_id, b""));
            greetings.push(connect_with(V3, 0x2c, b"", client_id, &will));
            greetings.push(connect_with(V3, 0x0e, b"", client_id, &will));
        } else {
            // Session Expiry Interval 60; Receive Maximum 1, Maximum Packet Size 40; Topic Alias Maximum 0.
            let expiry = b"\x11\0\0\0\x3c";
            let small = b"\x11\0\0\0\x3c\x21\0\x01\x27\0\0\0\x28";
            greetings.push(connect_with(V5, 2, b"\x22\0\0", client_id, b""));
            greetings.push(connect_with(V5, 0, expiry, client_id, b""));
            greetings.push(connect_with(V5, 0, small, client_id, b""));
            greetings.push(connect_with(V5, 0x2c, expiry, client_id, &late_will));
            greetings.push(connect_with(V5, 0x0e, b"", client_id, &now_will));
        }
    }
    greetings
}

/// What the inputs are made from, in one version.
struct Seeds {
    greetings: Vec<Vec<u8>>,
    /// Packets that a client sends.
    good: Vec<Vec<u8>>,
    /// Packets that end a connection, or should have no effect.
    bad: Vec<Vec<u8>>,
}

impl Seeds {
    fn new(version: u8) -> Self {
        let mut seeds = Self {
            greetings: greetings(version),
            good: good_packets(version),
            bad: bad_packets(version),
        };
        if version == V5 {
            // An alias is set and used; one that was never set; a DISCONNECT that wants the will; AUTH.
            let alias = |topic, alias| packet(0x30, &[&text(topic), &[3, 0x23, 0, alias], b"x"]);
            seeds.good.extend([alias("a/b", 1), alias("", 1)]);
            seeds
                .bad
                .extend([alias("", 7), alias("", 9), alias("a", 0)]);
            seeds.bad.extend([vec![0xe0, 2, 4, 0], vec![0xf0, 0]]);
        }
        seeds
    }
}

fn good_packets(version: u8) -> Vec<Vec<u8>> {
    let mut packets = vec![
        subscribe(version, &["a/#", "t"], 1),
        subscribe(version, &["$share/g/t", "w", "#"], 1),
        subscribe(version, &["$aws/events/#", "$aws/things/+/jobs/#"], 0),
        unsubscribe(version, "a/#"),
        publish(version, 2, 5, "a/b", b"hi"),
        publish(version, 2, 6, "t", b"hi"),
        publish(version, 2, 7, "t", &[b'x'; 100]),
        publish(version, 3, 8, "a/kept", b"hi"),
        publish(version, 0, 0, "t", b"hi"),
        publish(version, 2, 9, "$aws/things/t/jobs/get", b"{}"),
        publish(version, 0, 0, "$aws/things/t/jobs/start-next", b"{}"),
        ANY_PING.to_vec(),
    ];
    // Messages of the server are acknowledged, if they have arrived.
    let own = [
        subscribe(version, &["t"], 1),
        publish(version, 2, 6, "t", b"hi"),
    ];
    packets.push([&own.concat()[..], &puback(1)].concat());
    packets
}

fn bad_packets(version: u8) -> Vec<Vec<u8>> {
    let id_zero = |kind, rest: &[u8]| packet(kind, &[&[0, 0], no_properties(version), rest]);
    let mut packets = vec![
        publish(version, 2, 9, "$aws/things/t/jobs/notify", b"{}"),
        // QoS 2, with and without a packet id.
        publish(version, 4, 5, "a/b", b""),
        publish(version, 4, 5, "a/b", b"").repeat(2),
        publish(version, 4, 0, "a/b", b"").repeat(2),
        publish(version, 2, 0, "a/b", b"").repeat(2),
        id_zero(0x82, &[&text("a")[..], &[1]].concat()),
        id_zero(0xa2, &text("a")),
        vec![0xe0, 0],
    ];
    let acknowledgements = [
        (0x40, 0),
        (0x40, 1),
        (0x40, 2),
        (0x50, 1),
        (0x62, 0),
        (0x70, 1),
    ];
    packets.extend(acknowledgements.map(|(kind, id)| vec![kind, 2, 0, id]));
    packets
}

/// Whether the server sent a message among these packets.
fn has_message(mut packets: &[u8]) -> bool {
    while let [kind, rest @ ..] = packets {
        if kind >> 4 == 3 {
            return true;
        }
        let digits = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let length = rest.iter().take(digits).rev();
        let length = length.fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        packets = rest.get(digits + length..).unwrap_or_default();
    }
    false
}

/// The devices, in this order. The rights of the last one change all the time.
const DEVICES: [(&str, &str); 3] = [
    ("everything", EVERYTHING),
    (
        "mute",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}"#,
    ),
    ("fickle", EVERYTHING_ELSE),
];
const MUTE: usize = 1;
const FICKLE: usize = 2;
const EVERYTHING_ELSE: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// How many things have an execution that times out with each [`let_time_out`].
const TIMED_OUT: u64 = 20;

/// Sends in pieces, some of which wait for the effects of the previous one. The service may close the connection earlier.
async fn send(random: &mut Random, client: &mut DuplexStream, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + random.below(rest.len()));
        let _ = client.write_all(piece).await;
        for _ in 0..random.below(8) {
            tokio::task::yield_now().await;
        }
        rest = after;
    }
    let _ = client.shutdown().await;
}

/// A client that reads and acknowledges everything, and counts the ended job executions.
async fn watch(mut client: DuplexStream, ends: Arc<AtomicU64>) {
    let subscribed = subscribe(V3, &["$aws/events/jobExecution/+/timed_out"], 1);
    let greeting = [connect_with(V3, 2, b"", "watcher", b""), subscribed].concat();
    client.write_all(&greeting).await.expect("written");
    loop {
        let mut head = [0; 2];
        if client.read_exact(&mut head).await.is_err() {
            return;
        }
        let mut length = usize::from(head[1] & 0x7f);
        if head[1] & 0x80 != 0 {
            length += usize::from(client.read_u8().await.expect("a length")) << 7;
        }
        let mut body = vec![0; length];
        client.read_exact(&mut body).await.expect("a packet");
        if head[0] >> 4 == 3 {
            ends.fetch_add(1, Ordering::Relaxed);
            let topic = usize::from(body[0]) << 8 | usize::from(body[1]);
            let puback = [0x40, 2, body[2 + topic], body[3 + topic]];
            client.write_all(&puback).await.expect("written");
        }
    }
}

/// Starts a job on every thing, and lets the clock end it.
async fn let_time_out(inside: &Inside, job: u64) {
    let arn = |thing| format!("arn:aws:iot:us-east-1:123456789012:thing/w{thing}");
    let targets: Vec<String> = (0..TIMED_OUT).map(arn).collect();
    let timeout = json!({ "inProgressTimeoutInMinutes": 1 });
    let body = json!({ "targets": targets, "document": "{}", "timeoutConfig": timeout });
    let path = format!("/jobs/J{job}");
    inside.ask(HttpPlane::Control, "PUT", &path, &body).await;
    for thing in 0..TIMED_OUT {
        let path = format!("/things/w{thing}/jobs/$next");
        let plane = HttpPlane::JobsData;
        inside.ask(plane, "PUT", &path, &json!({})).await;
    }
    let by = Duration::from_mins(1);
    inside.admin(AdminRequest::Advance(by)).await;
    let path = format!("/jobs/J{job}?force=true");
    let plane = HttpPlane::Control;
    inside.ask(plane, "DELETE", &path, &json!(null)).await;
}

/// The last device loses its policy or its certificate, or gets both back.
async fn change_rights(inside: &Inside, random: &mut Random) {
    let id = &inside.certificates[FICKLE];
    let target = json!({ "target": format!("arn:aws:iot:us-east-1:123456789012:cert/{id}") });
    let status = |status| format!("/certificates/{id}?newStatus={status}");
    let (method, path, body) = match random.below(5) {
        0 => ("POST", "/target-policies/fickle".to_owned(), target),
        1 | 2 => ("PUT", "/target-policies/fickle".to_owned(), target),
        3 => ("PUT", status("INACTIVE"), json!(null)),
        _ => ("PUT", status("ACTIVE"), json!(null)),
    };
    let plane = HttpPlane::Control;
    inside.ask(plane, method, &path, &body).await;
}

#[tokio::test]
async fn no_bytes_of_a_client_end_the_service() {
    let (inputs, seed) = (number("FUZZ_INPUTS", 2_000), number("FUZZ_SEED", 1));
    let mut random = Random(seed);
    let mut inside = Inside::start(&DEVICES);
    for thing in 0..TIMED_OUT {
        let path = format!("/things/w{thing}");
        inside
            .ask(HttpPlane::Control, "POST", &path, &json!({}))
            .await;
    }
    let events = json!({ "eventConfigurations": { "JOB_EXECUTION": { "Enabled": true } } });
    let plane = HttpPlane::Control;
    inside
        .ask(plane, "PATCH", "/event-configurations", &events)
        .await;
    let (client, server) = tokio::io::duplex(64 * 1024);
    let connection = inside.serve(server, 0);
    let ends = Arc::new(AtomicU64::new(0));
    let watcher = tokio::spawn(watch(client, Arc::clone(&ends)));
    let (mut connections, mut answered, mut jobs) = (0, 0, 0);
    for version in [V3, V5] {
        let seeds = Seeds::new(version);
        let mut sent = 0;
        while sent < inputs {
            let (bytes, count) = random.connection(&seeds);
            sent += count;
            let device = *random.pick(&[0, 0, 0, MUTE, FICKLE]);
            let (mut client, server) = tokio::io::duplex(64 * 1024);
            let task = inside.serve(server, device);
            send(&mut random, &mut client, &bytes).await;
            let mut answers = Vec::new();
            let _ = client.read_to_end(&mut answers).await;
            let ended = task.await;
            assert!(ended.is_ok(), "seed {seed}, {version}: {bytes:x?}");
            let is_mute = device == MUTE && has_message(&answers);
            assert!(!is_mute, "seed {seed}, {version}: {bytes:x?}: {answers:x?}");
            connections += 1;
            answered += u64::from(answers.first() == Some(&0x20));
            match random.below(200) {
                0 => {
                    jobs += 1;
                    let_time_out(&inside, jobs).await;
                }
                1..20 => change_rights(&inside, &mut random).await,
                _ => {}
            }
        }
    }
    assert!(answered > connections / 2, "only {answered} were let in");
    assert!(jobs > 0, "no job timed out");
    // No disconnected client counts as connected.
    assert_eq!(inside.connected().await, ["watcher"]);
    while ends.load(Ordering::Relaxed) < jobs * TIMED_OUT {
        assert!(!watcher.is_finished(), "the watcher was cut off");
        tokio::task::yield_now().await;
    }
    inside.stop().await;
    connection
        .await
        .expect("the watcher's connection ends well");
    watcher.await.expect("the watcher ends well");
    assert_eq!(ends.load(Ordering::Relaxed), jobs * TIMED_OUT);
}
