//! An MQTT 3.1.1 client of bytes: as little as there can be between the clock and the socket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs_sandbox::tls;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::THING;
use crate::service::Serve;

/// The device certificate of a service.
pub(crate) fn client_config(serve: &Serve) -> Arc<ClientConfig> {
    let [ca, cert, key] = ["caFile", "certFile", "keyFile"].map(|name| serve.path(name));
    let config = tls::roots(&ca).and_then(|roots| tls::client_config(roots, &cert, &key, None));
    config.expect("the files of the service")
}

/// A connection.
pub(crate) struct Wire {
    stream: TlsStream<TcpStream>,
    input: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(serve: &Serve, client_id: &str) -> Self {
        Self::connect_with(client_config(serve), serve.port("mqttPort"), client_id).await
    }

    pub(crate) async fn connect_with(
        config: Arc<ClientConfig>,
        port: u16,
        client_id: &str,
    ) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("the port accepts");
        socket.set_nodelay(true).expect("an option");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(config)
            .connect(name, socket)
            .await
            .expect("TLS stands");
        let mut wire = Self {
            stream,
            input: Vec::new(),
        };
        // Clean session, twenty minutes of keep-alive.
        let body = [b"\0\x04MQTT\x04\x02\x04\xb0".to_vec(), text(client_id)].concat();
        wire.send(&packet(0x10, &body)).await;
        assert_eq!(wire.receive().await, [0x20, 2, 0, 0], "a CONNACK");
        wire
    }

    pub(crate) async fn subscribe(&mut self, filter: &str) {
        let body = [vec![0, 1], text(filter), vec![0]].concat();
        self.send(&packet(0x82, &body)).await;
        assert_eq!(self.receive().await, [0x90, 3, 0, 1, 0], "a SUBACK");
    }

    /// The request that is measured, and how many bytes come back.
    pub(crate) async fn probe(&mut self) -> (Vec<u8>, usize) {
        let topic = format!("$aws/things/{THING}/jobs/get");
        let payload = br#"{"clientToken":"58920924-ccbf-43c0-8a23-79ece5ce7896"}"#;
        let request = packet(0x30, &[text(&topic), payload.to_vec()].concat());
        self.send(&request).await;
        let reply = self.receive().await;
        (request, reply.len())
    }

    /// A request that changes a job execution each time, after the first one.
    pub(crate) async fn update(&mut self, job: &str) -> Vec<u8> {
        let topic = format!("$aws/things/{THING}/jobs/{job}/update");
        let payload = br#"{"status":"IN_PROGRESS"}"#;
        let request = packet(0x30, &[text(&topic), payload.to_vec()].concat());
        self.send(&request).await;
        self.receive().await;
        request
    }

    /// One request after the other.
    pub(crate) async fn round_trips(
        &mut self,
        request: &[u8],
        warm_up: usize,
        samples: usize,
    ) -> Vec<Duration> {
        let mut times = Vec::with_capacity(samples);
        for index in 0..warm_up + samples {
            let begun = Instant::now();
            self.send(request).await;
            self.receive().await;
            if index >= warm_up {
                times.push(begun.elapsed());
            }
        }
        times
    }

    /// This many requests in flight at a time, until this many are answered.
    pub(crate) async fn pipelined(
        &mut self,
        request: &[u8],
        outstanding: usize,
        count: usize,
    ) -> Duration {
        let begun = Instant::now();
        self.send(&request.repeat(outstanding)).await;
        let mut sent = outstanding;
        let mut answered = 0;
        while answered < count {
            self.receive().await;
            let mut answers = 1;
            while take_packet(&mut self.input).is_some() {
                answers += 1;
            }
            answered += answers;
            let more = answers.min(count.saturating_sub(sent));
            sent += more;
            if more > 0 {
                self.send(&request.repeat(more)).await;
            }
        }
        begun.elapsed()
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("written");
        self.stream.flush().await.expect("written");
    }

    /// The next packet.
    pub(crate) async fn receive(&mut self) -> Vec<u8> {
        loop {
            if let Some(packet) = take_packet(&mut self.input) {
                return packet;
            }
            let read = self.stream.read_buf(&mut self.input).await;
            assert!(read.expect("read") > 0, "the connection stands");
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length = body.len();
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

/// Takes a packet that is complete off the front.
fn take_packet(input: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut length = 0;
    for index in 0..4 {
        let byte = *input.get(1 + index)?;
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let total = 2 + index + length;
            return (input.len() >= total).then(|| input.drain(..total).collect());
        }
    }
    None
}
