//! The local service over real sockets: the checks of the pure core once more ([`checks`]), byte by byte ([`limits`],
//! [`delivery`]), and with a foreign client ([`clients`]).

mod access;
mod checks;
mod clients;
mod delivery;
mod fuzz;
mod limits;
mod wire;
mod world;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::local::mqtt::Timing;
use crate::local::{DeviceCertificate, LocalService, Options};

/// A service whose second of keep-alive is ten milliseconds, so that the shortest keep-alive runs out after 450.
fn service() -> LocalService {
    service_with(&[])
}

fn service_with(things: &[&str]) -> LocalService {
    let options = Options {
        things: things.iter().map(ToString::to_string).collect(),
        ..Options::default()
    };
    let timing = Timing {
        keep_alive_second: Duration::from_millis(10),
        ..Timing::default()
    };
    LocalService::start_with(&options, timing).expect("the service starts")
}

fn device(service: &LocalService) -> DeviceCertificate {
    service.create_device().expect("a certificate")
}

/// What a client of the service needs for TLS.
fn client_config(service: &LocalService, device: &DeviceCertificate) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(service.ca_pem().as_bytes()).expect("the CA");
    roots.add(ca).expect("the CA is taken");
    let certificate = CertificateDer::from_pem_slice(device.certificate_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(device.private_key_pem.as_bytes());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![certificate.expect("the certificate")],
            key.expect("the key"),
        )
        .expect("the certificate is taken");
    Arc::new(config)
}

/// The guard around everything that waits; it never decides a test that passes.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = timeout(Duration::from_secs(20), future).await;
    result.unwrap_or_else(|_| panic!("{what}: nothing happens"))
}

/// Sends a request as it is, and reads the answer to its end.
async fn http_text(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.expect("the port accepts");
    socket.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    let read = soon("an HTTP answer", socket.read_to_string(&mut answer)).await;
    read.expect("an answer");
    answer
}

/// The status of an answer and its body, null if there is none.
async fn http(address: SocketAddr, request: &str) -> (u16, Value) {
    let answer = http_text(address, request).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).unwrap_or_default();
    (status.expect("a status"), body)
}
