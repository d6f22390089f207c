//! The floor: TLS over loopback between two processes, and nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What makes this program the server of the floor: how many bytes come, and how many go.
const SIZES: &str = "JOBS_SANDBOX_BENCH_FLOOR";

/// The line after the certificate.
const END: &str = "-----END CERTIFICATE-----";

/// The client's side of it.
pub(crate) struct PingPong {
    stream: TlsStream<TcpStream>,
    request: Vec<u8>,
    reply: Vec<u8>,
    server: Child,
}

impl PingPong {
    /// Starts a server that answers requests of this size with responses of this size.
    pub(crate) async fn start(request_bytes: usize, reply_bytes: usize) -> Self {
        let mut server = Command::new(std::env::current_exe().expect("a path"))
            .env(SIZES, format!("{request_bytes} {reply_bytes}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("a line");
        let port: u16 = line().parse().expect("a port");
        let mut pem = String::new();
        while !pem.contains(END) {
            pem.push_str(&line());
            pem.push('\n');
        }
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        roots.add(root).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("it accepts");
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
            server,
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

impl PingPong {
    /// The id of the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Is the server of the floor if that is what this process was started for, until the client hangs up.
pub(crate) fn serve_if_asked() -> bool {
    let Ok(sizes) = std::env::var(SIZES) else {
        return false;
    };
    let (request, reply) = sizes.split_once(' ').expect("two sizes");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let request = vec![0; request.parse().expect("a size")];
    let reply = vec![b'x'; reply.parse().expect("a size")];
    runtime.block_on(serve(request, reply));
    true
}

async fn serve(mut request: Vec<u8>, reply: Vec<u8>) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("a certificate");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "{port}\n{}", certificate.pem()).expect("standard output takes it");
    stdout.flush().expect("standard output takes it");
    drop(stdout);
    let (socket, _) = listener.accept().await.expect("a connection");
    socket.set_nodelay(true).expect("an option");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut stream = acceptor.accept(socket).await.expect("TLS stands");
    while stream.read_exact(&mut request).await.is_ok() {
        if stream.write_all(&reply).await.is_err() || stream.flush().await.is_err() {
            break;
        }
    }
}
