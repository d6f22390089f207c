//! How to connect.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use crate::device::peer::Peer;
use crate::protocol::ThingName;

/// The address and identity of a connection. `Debug` does not show the TLS configuration, which contains the private key.
#[derive(Clone)]
pub struct ConnectOptions {
    /// The endpoint's host name. It is sent as SNI and must be in the server's certificate.
    pub host: String,
    pub port: u16,
    /// The MQTT client id. AWS: 1 to 128 bytes, one connection each.
    pub client_id: String,
    pub thing: ThingName,
    /// Trust, certificate and key, from [`crate::tls::client_config`].
    pub tls: Arc<ClientConfig>,
    /// How long a request waits for its reply.
    pub request_timeout: Duration,
    /// How long an attempt to connect may take in total.
    pub connect_timeout: Duration,
    /// The first pause before reconnecting; it doubles up to a minute.
    pub first_retry: Duration,
}

impl ConnectOptions {
    /// With the default times: a request waits 30 s, an attempt to connect takes at most 10 s, the first pause is 1 s.
    pub fn new(
        host: &str,
        port: u16,
        client_id: &str,
        thing: ThingName,
        tls: Arc<ClientConfig>,
    ) -> Self {
        Self {
            host: host.to_owned(),
            port,
            client_id: client_id.to_owned(),
            thing,
            tls,
            request_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            first_retry: Duration::from_secs(1),
        }
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            host: self.host.clone(),
            port: self.port,
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("client_id", &self.client_id)
            .field("thing", &self.thing)
            .field("request_timeout", &self.request_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("first_retry", &self.first_retry)
            .finish_non_exhaustive()
    }
}
