//! What a device needs to reach a local service, laid out as files; and the program started with it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jobs_sandbox::local::{ClockMode, DeviceCertificate, LocalService, Options};
use portable_pty::CommandBuilder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::serve::{Folder, program, soon};

/// The thing of every test service.
pub(crate) const THING: &str = "lamp";

/// A local service with one thing, and a folder with the files of a device.
pub(crate) struct TestService {
    pub(crate) local: LocalService,
    pub(crate) folder: Folder,
}

impl TestService {
    /// With a certificate that may do everything.
    pub(crate) fn new(name: &str) -> Self {
        let local = local();
        let device = local.create_device().expect("a device");
        Self::with(name, local, &device)
    }

    /// With a certificate of these policies.
    pub(crate) fn with_policy(name: &str, policy: &str) -> Self {
        let local = local();
        let device = local
            .create_device_with(&[THING], &[("p", policy)])
            .expect("a device");
        Self::with(name, local, &device)
    }

    /// With a clock of the service that stands still until it is moved.
    pub(crate) fn with_manual_clock(name: &str) -> Self {
        let local = local_with(ClockMode::Manual);
        let device = local.create_device().expect("a device");
        Self::with(name, local, &device)
    }

    /// The same, where the deletion of a job takes this long.
    pub(crate) fn with_deletion_time(name: &str, deletion_time: Duration) -> Self {
        let local = LocalService::start(&Options {
            deletion_time,
            ..options(ClockMode::Manual)
        });
        let local = local.expect("a service");
        let device = local.create_device().expect("a device");
        Self::with(name, local, &device)
    }

    /// With files for a server of the test's own, which does `serve` to each connection; returns its address, too.
    pub(crate) fn pretending(
        name: &str,
        serve: impl Fn(&mut dyn ReadWrite) + Clone + Send + 'static,
    ) -> (Self, SocketAddr) {
        let service = Self::new(name);
        let authority = Authority::new();
        service.write("ca.pem", &authority.pem());
        let device = authority.issue("device", 2000..2099);
        service.write("cert.pem", &device.certificate.pem());
        service.write("key.pem", &device.key.serialize_pem());
        let server = authority.issue("localhost", 2000..2099);
        let address = pretend_tls(&authority, &server, serve);
        (service, address)
    }

    fn with(name: &str, local: LocalService, device: &DeviceCertificate) -> Self {
        let service = Self {
            local,
            folder: Folder::new(name),
        };
        service.write("ca.pem", &service.local.ca_pem());
        service.write("cert.pem", &device.certificate_pem);
        service.write("key.pem", &device.private_key_pem);
        service
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        let _ = fs::remove_file(&path);
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .expect(name);
        std::io::Write::write_all(&mut file, text.as_bytes()).expect(name);
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// A command of the program with the connection of this service, through `port`; `mode` comes first (`doctor`).
    pub(crate) fn command(&self, mode: &[&str], port: u16) -> Command {
        let mut command = program();
        command
            .args(mode)
            .args(self.arguments("localhost", port, THING));
        command.envs(self.environment());
        command
    }

    /// The program as another thing, which runs one command and ends.
    pub(crate) fn command_of(&self, thing: &str, line: &str) -> Command {
        let mut command = program();
        command
            .args(["-c", line])
            .args(self.arguments("localhost", self.local.mqtt_address().port(), thing))
            .envs(self.environment());
        command
    }

    /// A session of the program as this thing, for a terminal, with a history of its own.
    pub(crate) fn pty_command(&self, thing: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
        command.args(self.arguments("localhost", self.local.mqtt_address().port(), thing));
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command.env("XDG_STATE_HOME", &self.folder.0);
        command
    }

    /// Where the control plane is.
    fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL_IOT", self.local.control_url()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    fn arguments(&self, host: &str, port: u16, thing: &str) -> Vec<String> {
        let file = |name| path_text(&self.path(name));
        [
            ("--endpoint", host.to_owned()),
            ("--port", port.to_string()),
            ("--ca-file", file("ca.pem")),
            ("--cert", file("cert.pem")),
            ("--key", file("key.pem")),
            ("--thing", thing.to_owned()),
            ("--client-id", format!("{thing}-1")),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// Replaces what differs from run to run: the folder and the port.
    pub(crate) fn normal(&self, text: &str, port: u16) -> String {
        text.replace(&path_text(&self.folder.0), "DIR")
            .replace(&format!(":{port}"), ":PORT")
    }
}

fn local() -> LocalService {
    local_with(ClockMode::System)
}

fn local_with(clock: ClockMode) -> LocalService {
    LocalService::start(&options(clock)).expect("a service")
}

fn options(clock: ClockMode) -> Options {
    Options {
        things: vec![THING.to_owned()],
        clock,
        ..Options::default()
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a path").to_owned()
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command to its end, with `input` on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Run {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It may have ended before it read anything.
    let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    drop(stdin);
    let output = soon("the end of the program", move || {
        child.wait_with_output().expect("it ends")
    });
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: started.elapsed(),
    }
}

/// A certificate authority of the test's own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key; DER is at hand for a server.
pub(crate) struct Issued {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn der(&self) -> rustls::pki_types::CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for `name`, valid during these years (from the first of January to the first of January).
    pub(crate) fn issue(&self, name: &str, years: std::ops::Range<i32>) -> Issued {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Issued { certificate, key }
    }
}

/// A server that does to each connection what it is told, on a thread for each, until the test ends.
pub(crate) fn pretend(serve: impl Fn(std::net::TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// The same behind TLS; the client must show a certificate of `authority`.
pub(crate) fn pretend_tls(
    authority: &Authority,
    issued: &Issued,
    serve: impl Fn(&mut dyn ReadWrite) + Clone + Send + 'static,
) -> SocketAddr {
    let config = jobs_sandbox::tls::server_config(
        vec![issued.certificate.der().clone()],
        rustls::pki_types::PrivateKeyDer::try_from(issued.key.serialize_der()).expect("a key"),
        vec![authority.der()],
        std::sync::Arc::new(|_: &_| false),
    )
    .expect("a server");
    pretend(move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
        let mut tls = rustls::StreamOwned::new(connection, stream);
        // A handshake that fails sends its alert on the way.
        while tls.conn.is_handshaking() {
            if tls.conn.complete_io(&mut tls.sock).is_err() {
                let _ = tls.conn.complete_io(&mut tls.sock);
                drain(&mut tls.sock);
                return;
            }
        }
        serve(&mut tls);
        tls.conn.send_close_notify();
        let _ = tls.conn.complete_io(&mut tls.sock);
        drain(&mut tls.sock);
    })
}

/// Reads until the client has closed, so that closing here is no reset that overtakes what was sent.
fn drain(stream: &mut std::net::TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(stream, &mut std::io::sink());
}

/// Both directions of a connection.
pub(crate) trait ReadWrite: std::io::Read + std::io::Write {}

impl<T: std::io::Read + std::io::Write> ReadWrite for T {}
