//! A client that works on bytes, and the packets of both versions as bytes.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::local::tests::{client_config, soon};
use crate::local::{DeviceCertificate, LocalService};

pub(super) const ANY_PING: &[u8] = &[0xc0, 0];
pub(super) const PONG: &[u8] = &[0xd0, 0];

/// A client that works on bytes.
pub(super) struct Wire {
    pub(super) stream: TlsStream<TcpStream>,
}

impl Wire {
    pub(super) async fn try_open(
        service: &LocalService,
        device: &DeviceCertificate,
    ) -> std::io::Result<Self> {
        Self::try_open_with(service, client_config(service, device)).await
    }

    pub(super) async fn try_open_with(
        service: &LocalService,
        config: Arc<ClientConfig>,
    ) -> std::io::Result<Self> {
        Self::try_open_at(service, service.mqtt_address(), config).await
    }

    /// The same on any port of the service.
    pub(super) async fn try_open_at(
        service: &LocalService,
        address: SocketAddr,
        config: Arc<ClientConfig>,
    ) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from(service.endpoint()).expect("a server name");
        let connector = TlsConnector::from(config);
        let stream = connector.connect(name, socket).await?;
        Ok(Self { stream })
    }

    pub(super) async fn open(service: &LocalService, device: &DeviceCertificate) -> Self {
        let opened = soon("TLS", Self::try_open(service, device)).await;
        opened.expect("TLS stands")
    }

    pub(super) async fn greeted(
        service: &LocalService,
        device: &DeviceCertificate,
        connect: &[u8],
    ) -> Self {
        let mut wire = Self::open(service, device).await;
        wire.send(connect).await;
        wire.expect(if is_v5(connect) {
            &CONNACK_V5
        } else {
            &[0x20, 2, 0, 0]
        })
        .await;
        wire
    }

    /// Connects as `c` with MQTT 5.
    pub(super) async fn greeted_with(service: &LocalService, config: Arc<ClientConfig>) -> Self {
        let opened = soon("TLS", Self::try_open_with(service, config)).await;
        let mut wire = opened.expect("TLS stands");
        wire.send(&connect(V5, "c")).await;
        wire.expect(&CONNACK_V5).await;
        wire
    }

    /// Sends something, and returns the beginning of what comes back; nothing if the server hangs up.
    pub(super) async fn try_ask(&mut self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        let mut answer = Vec::new();
        soon("an answer", self.stream.read_buf(&mut answer)).await?;
        Ok(answer)
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .await
            .expect("the socket takes it");
        self.stream.flush().await.expect("the socket takes it");
    }

    pub(super) async fn expect(&mut self, expected: &[u8]) {
        let mut got = vec![0; expected.len()];
        let read = soon("an answer", self.stream.read_exact(&mut got)).await;
        assert!(read.is_ok(), "hung up instead of {expected:02x?}");
        assert_eq!(got, expected, "got {got:02x?}\nexpected {expected:02x?}");
    }

    /// Reads exactly this many bytes.
    pub(super) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut got = vec![0; count];
        let read = soon("an answer", self.stream.read_exact(&mut got)).await;
        assert!(read.is_ok(), "hung up before {count} bytes");
        got
    }

    /// The next packet, whole.
    pub(super) async fn packet(&mut self) -> Vec<u8> {
        let mut packet = self.read(2).await;
        while packet.last().is_some_and(|byte| byte & 0x80 != 0) {
            packet.extend(self.read(1).await);
        }
        let digits = packet[1..].iter().rev();
        let length = digits.fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        packet.extend(self.read(length).await);
        packet
    }

    /// The next message at QoS 0 without properties: its topic and its payload.
    pub(super) async fn message(&mut self, version: u8) -> (String, String) {
        let packet = self.packet().await;
        message_of(&packet, version)
    }

    /// The server answers a ping and sends nothing before it; everything sent before has had its effect.
    pub(super) async fn expect_nothing(&mut self) {
        self.send(ANY_PING).await;
        self.expect(PONG).await;
    }

    pub(super) async fn expect_close(&mut self) {
        let mut rest = Vec::new();
        let result = soon("the end", self.stream.read_to_end(&mut rest)).await;
        assert_eq!(rest, b"", "got {rest:02x?} instead of the end");
        let kind = result.map_err(|error| error.kind()).err();
        assert_eq!(kind, None, "not closed in order");
    }
}

/// As AWS IoT Core sends it, with the keep-alive of [`connect`].
pub(super) const CONNACK_V5: [u8; 29] = [
    0x20, 27, 0, 0, 24, 0x21, 0, 100, 0x24, 1, 0x25, 1, 0x27, 0, 2, 0x48, 0, 0x22, 0, 8, 0x28, 1,
    0x29, 0, 0x2a, 1, 0x13, 0, 60,
];

pub(super) fn is_v5(connect: &[u8]) -> bool {
    connect[8] == 5
}

pub(super) fn packet(first: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let mut length = body.len();
    let mut packet = vec![first];
    loop {
        let low = u8::try_from(length % 128).expect("seven bits");
        length /= 128;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

pub(super) fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// The version byte of MQTT 3.1.1 and of MQTT 5.
pub(super) const V3: u8 = 4;
pub(super) const V5: u8 = 5;

/// Where MQTT 5 has properties: none.
pub(super) fn no_properties(version: u8) -> &'static [u8] {
    if version == V5 { &[0] } else { &[] }
}

pub(super) fn connect(version: u8, client_id: &str) -> Vec<u8> {
    let flags = &[version, 2, 0, 60];
    packet(
        0x10,
        &[
            &text("MQTT"),
            flags,
            no_properties(version),
            &text(client_id),
        ],
    )
}

/// A CONNECT with these flags, properties (MQTT 5) and what follows the client id.
pub(super) fn connect_with(
    version: u8,
    flags: u8,
    properties: &[u8],
    client_id: &str,
    rest: &[u8],
) -> Vec<u8> {
    let length = [u8::try_from(properties.len()).expect("few properties")];
    let length: &[u8] = if version == V5 { &length } else { &[] };
    let head = [version, flags, 0, 60];
    packet(
        0x10,
        &[
            &text("MQTT"),
            &head,
            length,
            properties,
            &text(client_id),
            rest,
        ],
    )
}

pub(super) fn subscribe<S: AsRef<str>>(version: u8, filters: &[S], options: u8) -> Vec<u8> {
    let entries: Vec<u8> = filters
        .iter()
        .flat_map(|filter| [text(filter.as_ref()), vec![options]].concat())
        .collect();
    packet(0x82, &[&[0, 1], no_properties(version), &entries])
}

pub(super) fn unsubscribe(version: u8, filter: &str) -> Vec<u8> {
    packet(0xa2, &[&[0, 1], no_properties(version), &text(filter)])
}

pub(super) fn suback(version: u8, codes: &[u8]) -> Vec<u8> {
    packet(0x90, &[&[0, 1], no_properties(version), codes])
}

/// `flags`: RETAIN 1, QoS 1 2, DUP 8; at QoS 0 the packet id is left out.
pub(super) fn publish(
    version: u8,
    flags: u8,
    packet_id: u8,
    topic: &str,
    payload: &[u8],
) -> Vec<u8> {
    let id: &[u8] = if flags & 6 == 0 { &[] } else { &[0, packet_id] };
    packet(
        0x30 | flags,
        &[&text(topic), id, no_properties(version), payload],
    )
}

/// Of MQTT 3.1.1, and of MQTT 5 where nothing is refused.
pub(super) fn puback(packet_id: u8) -> Vec<u8> {
    vec![0x40, 2, 0, packet_id]
}

pub(super) fn refused(packet_id: u8, code: u8) -> Vec<u8> {
    packet(0x40, &[&[0, packet_id, code]])
}

/// The properties of a packet of MQTT 5 that has a Reason String and no other.
pub(super) fn reason(reason: &str) -> Vec<u8> {
    let property = [vec![0x1f], text(reason)].concat();
    let length = u8::try_from(property.len()).expect("a short reason");
    [vec![length], property].concat()
}

pub(super) fn disconnect(code: u8, text: &str) -> Vec<u8> {
    packet(0xe0, &[&[code], &reason(text)])
}

/// A PUBLISH without properties, taken apart.
pub(super) struct Published {
    pub(super) topic: String,
    /// Absent at QoS 0.
    pub(super) packet_id: Option<[u8; 2]>,
    pub(super) payload: String,
}

pub(super) fn published(packet: &[u8], version: u8) -> Published {
    assert_eq!(packet[0] >> 4, 3, "no message: {packet:02x?}");
    let length = packet[1..].iter().take_while(|byte| **byte & 0x80 != 0);
    let body = &packet[2 + length.count()..];
    let (topic, rest) = body[2..].split_at(usize::from(body[0]) << 8 | usize::from(body[1]));
    let (packet_id, rest) = match rest {
        [high, low, rest @ ..] if packet[0] & 6 != 0 => (Some([*high, *low]), rest),
        rest => (None, rest),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Published {
        topic: text(topic),
        packet_id,
        payload: text(&rest[no_properties(version).len()..]),
    }
}

/// The topic and the payload of a PUBLISH at QoS 0 without properties.
pub(super) fn message_of(packet: &[u8], version: u8) -> (String, String) {
    assert_eq!(packet[0], 0x30, "no message at QoS 0: {packet:02x?}");
    let Published { topic, payload, .. } = published(packet, version);
    (topic, payload)
}
