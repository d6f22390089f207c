//! Whatever a client sends, the service survives it. `FUZZ_INPUTS=1000000` makes it long; an input is one whole connection.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

use crate::broker::ConnectionId;
use crate::local::hub::input::HubOrder;
use crate::local::hub::{Hub, HubSettings};
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::timing::Timing;
use crate::local::pki::Authority;
use crate::policy::ResourceArns;
use crate::service::{Registration, Service, ServiceIdentity};

/// Packets that a client sends, of both versions.
const PACKETS: [&[u8]; 14] = [
    b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c",
    b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c",
    b"\x10\x1c\x00\x04MQTT\x05\x02\x00\x3c\x0e\x11\x00\x00\x00\x05\x21\x00\x14\x22\x00\x00\x26\x00\x00\x00\x00\x00\x01c",
    b"\x10\x19\x00\x04MQTT\x05\x0e\x00\x3c\x00\x00\x01c\x00\x00\x03a/b\x00\x02hi",
    b"\x82\x08\x00\x01\x00\x00\x02a/\x01",
    b"\x82\x1d\x00\x02\x00\x00\x17$aws/things/t/jobs/+/get\x01",
    b"\x32\x0a\x00\x03a/b\x00\x05\x00hi",
    b"\x32\x1d\x00\x14$aws/things/t/jobs/g\x00\x06\x00{}",
    b"\x30\x07\x00\x03a/b\x00x",
    b"\x40\x02\x00\x01",
    b"\xa2\x07\x00\x03\x00\x00\x02a/",
    b"\xc0\x00",
    b"\xe0\x00",
    b"\xe0\x02\x04\x00",
];

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

    /// A CONNECT, mostly a good one, and some packets, with some bytes changed.
    fn connection(&mut self) -> Vec<u8> {
        let mut bytes = PACKETS[self.below(4)].to_vec();
        let untouched = if self.below(4) == 0 { 0 } else { bytes.len() };
        for _ in 0..self.below(6) {
            bytes.extend(PACKETS[4 + self.below(PACKETS.len() - 4)]);
        }
        for _ in 0..self.below(4) {
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
        bytes
    }
}

pub(super) fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn no_bytes_of_a_client_end_the_service() {
    let (inputs, seed) = (number("FUZZ_INPUTS", 2_000), number("FUZZ_SEED", 1));
    let identity = ServiceIdentity {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        endpoint: "localhost".to_owned(),
        seed: 7,
    };
    let arns = ResourceArns::new("us-east-1", "123456789012");
    let authority = Arc::new(Authority::new().expect("a CA"));
    let device = authority.create_device().expect("a certificate");
    let certificate_id = device.certificate_id.clone();
    let registration = Registration {
        certificate: device.into_new(),
        policies: vec![(
            "p".to_owned(),
            crate::local::local_service::EVERYTHING.to_owned(),
        )],
        things: Vec::new(),
    };
    let service = Service::new(identity);
    let (hub, handle, orders) = Hub::new(service, authority, arns, HubSettings::default());
    let (stop, stopped) = watch::channel(false);
    let hub = tokio::spawn(hub.run(stopped));
    let (answer, registered) = sync_channel(1);
    orders
        .send(HubOrder::RegisterDevice {
            registration: Arc::new(registration),
            answer,
        })
        .expect("the hub runs");
    // The hub runs on this thread, too.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    registered.try_recv().expect("an answer").expect("a device");
    let timing = Timing {
        greeting: Duration::from_secs(5),
        goodbye: Duration::from_millis(50),
        ..Timing::default()
    };
    let mut random = Random(seed);
    let mut answered = 0;
    for input in 0..inputs {
        let bytes = random.connection();
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let connection = MqttConnection::new(
            server,
            ConnectionId(input + 1),
            certificate_id.clone(),
            handle.clone(),
            timing,
        );
        let task = tokio::spawn(connection.run());
        // The service may have hung up before all was sent.
        let _ = client.write_all(&bytes).await;
        let _ = client.shutdown().await;
        let mut answers = Vec::new();
        let _ = client.read_to_end(&mut answers).await;
        let ended = task.await;
        // CONNACK, of either version.
        answered += u64::from(answers.first() == Some(&0x20));
        assert!(ended.is_ok(), "seed {seed}, input {input}: {bytes:x?}");
    }
    assert!(answered > inputs / 2, "only {answered} were let in");
    assert!(!hub.is_finished(), "the hub lives");
    stop.send_replace(true);
    hub.await.expect("the hub ends well");
}
