//! Another client, which takes the client id of the device.

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::local::LocalService;
use crate::tls;

/// How long it may take to connect.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection of MQTT 3.1.1, which lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct Takeover(#[expect(dead_code, reason = "held open")] TlsStream<TcpStream>);

impl Takeover {
    /// Connects with a certificate of its own, and with this client id.
    pub(crate) fn connect(
        runtime: &Handle,
        service: &LocalService,
        client_id: &str,
    ) -> Result<Self, String> {
        let device = service.create_device().map_err(|error| error.to_string())?;
        let config = tls::client_config_in_memory(
            &service.ca_pem(),
            &device.certificate_pem,
            &device.private_key_pem,
        );
        let connector = TlsConnector::from(config.map_err(|error| error.to_string())?);
        let connecting = async {
            let socket = TcpStream::connect(service.mqtt_address()).await?;
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            let mut stream = connector.connect(name, socket).await?;
            stream.write_all(&connect(client_id)).await?;
            let mut connack = [0; 4];
            stream.read_exact(&mut connack).await?;
            // The last byte is the return code (MQTT 3.1.1, 3.2.2.3).
            match connack {
                [0x20, 2, _, 0] => Ok(Self(stream)),
                _ => Err(io::Error::other("the service refused the client")),
            }
        };
        let connected = runtime.block_on(async { timeout(PATIENCE, connecting).await });
        match connected {
            Ok(connected) => connected.map_err(|error| error.to_string()),
            Err(_) => Err("the service did not answer the client".to_owned()),
        }
    }
}

/// CONNECT with a clean session and a keep-alive of a minute (MQTT 3.1.1, 3.1).
fn connect(client_id: &str) -> Vec<u8> {
    let length = u8::try_from(client_id.len()).unwrap_or(u8::MAX);
    let head = [0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, length];
    let mut packet = vec![0x10, 12 + length];
    packet.extend(head);
    packet.extend(client_id.as_bytes());
    packet
}
