//! The floor: TLS over loopback between two threads, and nothing else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The client's side of it.
pub(crate) struct PingPong {
    stream: TlsStream<TcpStream>,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl PingPong {
    /// Starts a server on a thread of its own that answers so many bytes with so many bytes.
    pub(crate) async fn start(request_bytes: usize, reply_bytes: usize) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).expect("a root");
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("an option");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || serve(listener, server, request_bytes, reply_bytes));
        let socket = TcpStream::connect(address).await.expect("it accepts");
        socket.set_nodelay(true).expect("an option");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(client))
            .connect(name, socket)
            .await
            .expect("TLS stands");
        Self {
            stream,
            request: vec![b'x'; request_bytes],
            reply: vec![0; reply_bytes],
        }
    }

    pub(crate) async fn round_trips(&mut self, warm_up: usize, samples: usize) -> Vec<Duration> {
        let mut times = Vec::with_capacity(samples);
        for index in 0..warm_up + samples {
            let begun = Instant::now();
            self.stream.write_all(&self.request).await.expect("written");
            self.stream.flush().await.expect("written");
            self.stream.read_exact(&mut self.reply).await.expect("read");
            if index >= warm_up {
                times.push(begun.elapsed());
            }
        }
        times
    }
}

fn serve(
    listener: std::net::TcpListener,
    config: ServerConfig,
    request_bytes: usize,
    reply_bytes: usize,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let (socket, _) = listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("an option");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut stream = acceptor.accept(socket).await.expect("TLS stands");
        let mut request = vec![0; request_bytes];
        let reply = vec![b'x'; reply_bytes];
        while stream.read_exact(&mut request).await.is_ok() {
            if stream.write_all(&reply).await.is_err() || stream.flush().await.is_err() {
                break;
            }
        }
    });
}
