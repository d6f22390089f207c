//! The local service over real sockets: the checks of the pure core once more ([`checks`]), byte by byte ([`connections`],
//! [`limits`], [`malformed`], [`log`], [`slow`], [`delivery`], [`ends`], [`access`], [`certificates`], [`https`], [`types`]), and with an independent client ([`clients`]); and restarted ([`kept`]). `Row N` is a row of the
//! list of checks that the service must pass; `tests/it/service.rs` checks that none is left out.

mod access;
mod certificates;
mod checks;
mod clients;
mod clock;
mod connections;
mod delivery;
mod ends;
mod fidelity;
mod fuzz;
mod fuzz_http;
#[cfg(target_os = "linux")]
mod hosts;
mod https;
mod inside;
mod kept;
mod limits;
mod log;
mod malformed;
mod management;
mod objects;
mod slow;
mod types;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::local::capacity::Capacity;
use crate::local::mqtt::timing::Timing;
use crate::local::{DeviceCertificate, LocalService, Options};

/// A service whose second of keep-alive is ten milliseconds, so that the shortest keep-alive ends after 450.
fn service() -> LocalService {
    service_with(&[])
}

fn service_with(things: &[&str]) -> LocalService {
    service_of(things, Capacity::of_this_process())
}

fn service_of(things: &[&str], capacity: Capacity) -> LocalService {
    let options = Options {
        things: things.iter().map(ToString::to_string).collect(),
        ..Options::default()
    };
    let timing = Timing {
        keep_alive_second: Duration::from_millis(10),
        ..Timing::default()
    };
    LocalService::start_with(&options, None, (timing, capacity)).expect("the service starts")
}

fn device(service: &LocalService) -> DeviceCertificate {
    service.create_device().expect("a certificate")
}

/// The TLS configuration of a client of the service.
fn client_config(service: &LocalService, device: &DeviceCertificate) -> Arc<ClientConfig> {
    tls_config(service, Some(device), rustls::DEFAULT_VERSIONS)
}

/// The same with only some versions of TLS, or without a certificate.
fn tls_config(
    service: &LocalService,
    device: Option<&DeviceCertificate>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(service.ca_pem().as_bytes()).expect("the CA");
    roots.add(ca).expect("the CA is taken");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions of TLS")
        .with_root_certificates(roots);
    let Some(device) = device else {
        return Arc::new(config.with_no_client_auth());
    };
    let certificate = CertificateDer::from_pem_slice(device.certificate_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(device.private_key_pem.as_bytes());
    let config = config.with_client_auth_cert(
        vec![certificate.expect("the certificate")],
        key.expect("the key"),
    );
    Arc::new(config.expect("the certificate is taken"))
}

/// Limits all waiting; it never decides a test that passes.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = timeout(Duration::from_secs(20), future).await;
    result.unwrap_or_else(|_| panic!("{what}: nothing happens"))
}

/// Sends a request as it is, and reads the response to its end.
async fn http_text(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.expect("the port accepts");
    socket.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    let read = soon("an HTTP answer", socket.read_to_string(&mut answer)).await;
    read.expect("an answer");
    answer
}

/// The status of a response and its body, null if it is empty.
async fn http(address: SocketAddr, request: &str) -> (u16, Value) {
    status_and_body(&http_text(address, request).await)
}

fn status_and_body(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).unwrap_or_default();
    (status.expect("a status"), body)
}

/// A request that is signed for one of AWS's services as the AWS SDKs do it, with any key.
fn signed(service: &str, method: &str, path: &str, principal: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
         x-amzn-principal: {principal}\r\nx-amzn-iot-principal: {principal}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=any/20261122/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request to the control plane; the status must be 200.
async fn control(service: &LocalService, method: &str, path: &str, body: &str) -> Value {
    let request = signed("iot", method, path, "", body);
    let (status, answer) = http(service.http_address(), &request).await;
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}
