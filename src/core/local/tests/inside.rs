//! The hub and its connections without sockets: for tests that need very many connections, or broken ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::{ClientIdentity, ConnectionId};
use crate::local::ClockMode;
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::{AdminRequest, HttpPlane, HubOrder};
use crate::local::hub::{Hub, HubSettings};
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::timing::Timing;
use crate::local::pki::Authority;
use crate::policy::ResourceArns;
use crate::service::{HttpRequest, KnownPolicies, Registration, Service, ServiceIdentity};

/// A hub with a manual clock.
pub(super) struct Inside {
    handle: HubHandle,
    hub: JoinHandle<()>,
    stop: watch::Sender<bool>,
    _orders: UnboundedSender<HubOrder>,
    last_id: u64,
    /// The certificates of the devices, in their order.
    pub(super) certificates: Vec<String>,
}

impl Inside {
    /// Devices are given by their policies, each with a different name.
    pub(super) fn start(devices: &[(&str, &str)]) -> Self {
        let authority = Arc::new(Authority::new().expect("a CA"));
        let service = Service::new(ServiceIdentity {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            endpoint: "localhost".to_owned(),
            object_url: "http://localhost:8880".to_owned(),
            seed: 7,
        });
        let settings = HubSettings {
            clock: ClockMode::Manual,
            ..HubSettings::default()
        };
        let arns = ResourceArns::new("us-east-1", "123456789012");
        let (mut hub, handle, orders) = Hub::new(service, Arc::clone(&authority), arns, settings);
        let mut certificates = Vec::new();
        for (name, policy) in devices {
            let device = authority.create_device().expect("a certificate");
            certificates.push(device.certificate_id.clone());
            let registration = Registration {
                certificate: device.into_new(),
                policies: vec![((*name).to_owned(), (*policy).to_owned())],
                known: KnownPolicies::Refuse,
                things: Vec::new(),
            };
            hub.register(Arc::new(registration)).expect("a device");
        }
        let (stop, stopped) = watch::channel(false);
        Self {
            handle,
            hub: tokio::spawn(hub.run(stopped)),
            stop,
            _orders: orders,
            last_id: 0,
            certificates,
        }
    }

    /// Serves a stream as the connection of a device, whose client has shown its certificate.
    pub(super) fn serve<S>(&mut self, stream: S, device: usize) -> JoinHandle<()>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        self.last_id += 1;
        let timing = Timing {
            greeting: Duration::from_secs(5),
            goodbye: Duration::from_millis(50),
            ..Timing::default()
        };
        let id = ConnectionId(self.last_id);
        let peer = ClientIdentity {
            client_id: String::new(),
            certificate_id: self.certificates[device].clone(),
            origin: Arc::default(),
        };
        let handle = self.handle.clone();
        let connection = MqttConnection::new(stream, id, peer, handle, timing);
        tokio::spawn(connection.run())
    }

    /// Sends a request to a plane; the status must be 200.
    pub(super) async fn ask(&self, plane: HttpPlane, method: &str, path: &str, body: &Value) {
        let request = HttpRequest::new(method, path, body);
        let answer = self.handle.http(plane, request, BTreeMap::new()).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{method} {path}: {text}");
    }

    pub(super) async fn admin(&self, request: AdminRequest) -> Value {
        self.handle.admin(request).await.expect("an answer")
    }

    /// The connected client ids.
    pub(super) async fn connected(&self) -> Vec<String> {
        let state = self.admin(AdminRequest::State).await;
        let connections = state["connections"].as_array().expect("connections");
        let ids = connections.iter().map(|it| it["clientId"].as_str());
        ids.map(|id| id.expect("a client id").to_owned()).collect()
    }

    pub(super) async fn stop(self) {
        assert!(!self.hub.is_finished(), "the hub lives");
        self.stop.send_replace(true);
        self.hub.await.expect("the hub ends well");
    }
}
