//! A scripted MQTT 5 server over TLS: a test plays its part packet by packet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mqtt_protocol_core::mqtt;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::Event;
use mqtt_protocol_core::mqtt::packet::{Packet, Property, Qos, ReasonString, v5_0};
use mqtt_protocol_core::mqtt::prelude::*;
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, DisconnectReasonCode, PubackReasonCode, SubackReasonCode,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::device::ConnectOptions;
use crate::protocol::ThingName;

pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    fn issue(
        &self,
        name: &str,
        expired: bool,
    ) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        if expired {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.der().clone(), key.into())
    }

    /// A client that trusts this authority and shows a certificate of `issuer`.
    pub(super) fn client_config(&self, issuer: &Self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("a root");
        let (certificate, key) = issuer.issue("a device", false);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate], key)
            .expect("a client");
        Arc::new(config)
    }
}

/// Listens on a port of the loopback interface.
pub(super) struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    authority: Authority,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_as("localhost", false).await
    }

    /// The same port, with a new authority and new certificates.
    pub(super) fn restarted(self) -> Self {
        Self::on(self.listener, "localhost", false)
    }

    /// With a certificate for this name, expired or not.
    pub(super) async fn start_as(name: &str, expired: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        Self::on(listener.expect("a port"), name, expired)
    }

    fn on(listener: TcpListener, name: &str, expired: bool) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.issue(name, expired);
        let config = crate::tls::server_config(
            vec![certificate],
            key,
            vec![authority.certificate()],
            Arc::new(|_| false),
        )
        .expect("a server");
        Self {
            listener,
            acceptor: config.into(),
            authority,
        }
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(super) fn options(&self) -> ConnectOptions {
        let tls = self.authority.client_config(&self.authority);
        let port = self.listener.local_addr().expect("an address").port();
        let thing = ThingName::new("lamp").expect("a thing name");
        let mut options = ConnectOptions::new("localhost", port, "lamp-1", thing, tls);
        options.first_retry = Duration::from_millis(20);
        options
    }

    pub(super) async fn accept_tcp(&self) -> TcpStream {
        self.listener.accept().await.expect("a connection").0
    }

    /// One TLS handshake, well or not.
    pub(super) async fn try_accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(self.accept_tcp().await).await
    }

    /// The next connection, up to after TLS.
    pub(super) async fn accept(&self) -> ScriptedPeer {
        let stream = self.try_accept().await.expect("a TLS handshake");
        ScriptedPeer {
            stream,
            mqtt: mqtt::Connection::new(mqtt::Version::V5_0),
            inbox: VecDeque::new(),
        }
    }

    /// The next connection, with CONNECT and SUBSCRIBE answered in the affirmative.
    pub(super) async fn accept_subscribed(&self) -> ScriptedPeer {
        let mut peer = self.accept().await;
        peer.accept_connect().await;
        let subscribe = peer.subscribe().await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    }
}

/// One request as it came.
pub(super) struct Asked {
    pub(super) packet_id: u16,
    pub(super) topic: String,
    pub(super) payload: String,
}

impl Asked {
    pub(super) fn token(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.payload).expect("JSON");
        json["clientToken"].as_str().expect("a token").to_owned()
    }
}

/// The server's end of one connection.
pub(super) struct ScriptedPeer {
    stream: TlsStream<TcpStream>,
    mqtt: mqtt::Connection<mqtt::role::Server>,
    inbox: VecDeque<Packet>,
}

impl ScriptedPeer {
    /// The next packet of the client; `None` if it hung up.
    pub(super) async fn next(&mut self) -> Option<Packet> {
        let mut bytes = vec![0; 64 * 1024];
        while self.inbox.is_empty() {
            let count = self.stream.read(&mut bytes).await.unwrap_or(0);
            if count == 0 {
                return None;
            }
            let mut cursor = Cursor::new(&bytes[..count]);
            while !cursor.remaining_slice().is_empty() {
                for event in self.mqtt.recv(&mut cursor) {
                    match event {
                        Event::NotifyPacketReceived(packet) => self.inbox.push_back(packet),
                        Event::NotifyError(error) => panic!("the client sent {error:?}"),
                        _ => {}
                    }
                }
            }
        }
        self.inbox.pop_front()
    }

    async fn send(&mut self, packet: impl Into<Packet>) {
        for event in self.mqtt.send(packet.into()) {
            match event {
                Event::RequestSendPacket { packet, .. } => {
                    self.send_bytes(&packet.to_continuous_buffer()).await;
                }
                Event::NotifyError(error) => panic!("the script is wrong: {error:?}"),
                _ => {}
            }
        }
    }

    /// Sends any bytes, even if they are not MQTT. The client may have closed the connection.
    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Says goodbye in TLS and hangs up.
    pub(super) async fn hang_up(mut self) {
        let _ = self.stream.shutdown().await;
    }

    pub(super) async fn connect(&mut self) -> v5_0::Connect {
        match self.next().await {
            Some(Packet::V5_0Connect(connect)) => connect,
            other => panic!("not CONNECT: {other:?}"),
        }
    }

    pub(super) async fn connack(&mut self, code: ConnectReasonCode) {
        let connack = v5_0::Connack::builder()
            .session_present(false)
            .reason_code(code)
            .build();
        self.send(connack.expect("a packet")).await;
    }

    /// Accepts, with these properties.
    pub(super) async fn connack_with(&mut self, properties: Vec<Property>) {
        let connack = v5_0::Connack::builder()
            .session_present(false)
            .reason_code(ConnectReasonCode::Success)
            .props(properties)
            .build();
        self.send(connack.expect("a packet")).await;
    }

    pub(super) async fn accept_connect(&mut self) {
        self.connect().await;
        self.connack(ConnectReasonCode::Success).await;
    }

    pub(super) async fn subscribe(&mut self) -> v5_0::Subscribe {
        match self.next().await {
            Some(Packet::V5_0Subscribe(subscribe)) => subscribe,
            other => panic!("not SUBSCRIBE: {other:?}"),
        }
    }

    pub(super) async fn suback(
        &mut self,
        subscribe: &v5_0::Subscribe,
        codes: [SubackReasonCode; 6],
    ) {
        let suback = v5_0::Suback::builder()
            .packet_id(subscribe.packet_id())
            .reason_codes(codes.to_vec())
            .build();
        self.send(suback.expect("a packet")).await;
    }

    /// The next request, not yet acknowledged.
    pub(super) async fn request(&mut self) -> Asked {
        loop {
            match self.next().await {
                Some(Packet::V5_0Publish(publish)) => {
                    assert_eq!(publish.qos(), Qos::AtLeastOnce);
                    assert!(!publish.retain());
                    return Asked {
                        packet_id: publish.packet_id().expect("a packet id"),
                        topic: publish.topic_name().to_owned(),
                        payload: String::from_utf8(publish.payload().as_slice().to_vec())
                            .expect("UTF-8"),
                    };
                }
                Some(Packet::V5_0Puback(_)) => {}
                other => panic!("not a request: {other:?}"),
            }
        }
    }

    pub(super) async fn puback(&mut self, asked: &Asked, code: PubackReasonCode) {
        let puback = v5_0::Puback::builder()
            .packet_id(asked.packet_id)
            .reason_code(code)
            .build();
        self.send(puback.expect("a packet")).await;
    }

    /// Acknowledges a request and answers it.
    pub(super) async fn reply(&mut self, asked: &Asked, verdict: &str) {
        self.puback(asked, PubackReasonCode::Success).await;
        self.reply_alone(asked, verdict).await;
    }

    /// Answers a request without a PUBACK.
    pub(super) async fn reply_alone(&mut self, asked: &Asked, verdict: &str) {
        let payload = format!(r#"{{"clientToken":"{}"}}"#, asked.token());
        self.publish(&format!("{}/{verdict}", asked.topic), payload.as_bytes())
            .await;
    }

    pub(super) async fn publish(&mut self, topic: &str, payload: &[u8]) {
        let id = self.mqtt.acquire_packet_id().expect("an id");
        let publish = v5_0::Publish::builder()
            .topic_name(topic)
            .expect("a topic")
            .qos(Qos::AtLeastOnce)
            .packet_id(id)
            .payload(payload)
            .build();
        self.send(publish.expect("a packet")).await;
    }

    pub(super) async fn disconnect(mut self, code: DisconnectReasonCode, text: &str) {
        let text = ReasonString::new(text).expect("a text");
        let properties = vec![Property::ReasonString(text)];
        let disconnect = v5_0::Disconnect::builder()
            .reason_code(code)
            .props(properties)
            .build();
        self.send(disconnect.expect("a packet")).await;
        self.hang_up().await;
    }
}
