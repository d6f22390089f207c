//! The rows about TLS, or about a request that does not fit in a table.

use std::sync::Arc;

use rustls::DEFAULT_VERSIONS;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::local::tests::wire::{V3, V5, Wire, connect};
use crate::local::tests::{client_config, device, http, service, signed, soon, tls_config};

/// B23 is in `https`; without TLS, a device's requests are signed. C29: messages cannot be published over HTTP.
#[tokio::test]
async fn requests_are_signed_and_for_a_service_that_is_there() {
    let service = service();
    let unsigned = "GET /things/T/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (request, status, expected) in [
        (unsigned.to_owned(), 403, "Missing Authentication Token"),
        (
            signed("iotdata", "POST", "/topics/t?qos=1", "", "{}"),
            501,
            "The local service does not emulate the service `iot-data`; see `jobs-sandbox help limitations`",
        ),
    ] {
        let (found, body) = http(service.http_address(), &request).await;
        assert_eq!((found, body["message"].as_str()), (status, Some(expected)));
    }
}

/// C26: the protocol that devices offer on port 443 is accepted on any port.
#[tokio::test]
async fn the_protocol_of_devices_is_taken() {
    let service = service();
    let device = device(&service);
    let mut config = client_config(&service, &device).as_ref().clone();
    config.alpn_protocols = vec![b"x-amzn-mqtt-ca".to_vec()];
    let config = Arc::new(config);
    for version in [V3, V5] {
        let wire = Wire::try_open_with(&service, Arc::clone(&config)).await;
        let mut wire = wire.expect("TLS stands");
        assert_eq!(
            wire.stream.get_ref().1.alpn_protocol(),
            Some(&b"x-amzn-mqtt-ca"[..])
        );
        wire.send(&connect(version, "c")).await;
        assert_eq!(wire.packet().await[3], 0, "CONNACK");
    }
}

/// C28: custom authorizers are not emulated, so a client without a certificate is refused.
#[tokio::test]
async fn a_client_without_a_certificate_does_not_get_in() {
    let service = service();
    for version in [V3, V5] {
        let config = tls_config(&service, None, DEFAULT_VERSIONS);
        // TLS 1.3 reports the refusal after the handshake.
        if let Ok(mut wire) = Wire::try_open_with(&service, config).await {
            let _ = wire.stream.write_all(&connect(version, "c")).await;
            let answer = soon("the end", wire.stream.read_u8()).await;
            assert!(answer.is_err(), "MQTT {version}: {answer:?}");
        }
    }
}
