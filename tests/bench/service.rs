//! The service in a process of its own, and its control plane.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::THING;

/// Says that the limit has been raised already.
#[cfg(unix)]
const RAISED: &str = "JOBS_SANDBOX_BENCH_RAISED";

/// Starts this program again with as many file descriptors as the machine allows, once.
#[cfg(unix)]
pub(crate) fn raise_file_limit() {
    use std::os::unix::process::CommandExt as _;

    if std::env::var_os(RAISED).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("a path");
    let error = Command::new("sh")
        .args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\""])
        .arg(program)
        .args(std::env::args_os().skip(1))
        .env(RAISED, "1")
        .exec();
    panic!("cannot start again: {error}");
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(crate) fn raise_file_limit() {}

/// How many files a process may have open.
pub(crate) fn file_limit() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
        .unwrap_or(usize::MAX)
}

/// A running `serve`; killed when it is dropped.
pub(crate) struct Serve {
    child: Child,
    offer: Value,
    /// From the start of the process to the line that reports that it is ready.
    pub(crate) ready_after: Duration,
}

impl Serve {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(options: &[&str]) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
            .args([
                "serve",
                "--mqtt-port",
                "0",
                "--http-port",
                "0",
                "--https-port",
                "0",
                "--admin-port",
                "0",
            ])
            .args(["--clock", "manual", "--thing", THING, "--output", "json"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("serve starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let ready_after = begun.elapsed();
        Self {
            child,
            offer: serde_json::from_str(&line).expect("JSON"),
            ready_after,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.offer[name].as_str().expect("a path").into()
    }

    pub(crate) fn port(&self, name: &str) -> u16 {
        let port = self.offer[name].as_u64().expect("a port");
        u16::try_from(port).expect("a port")
    }

    /// The id of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The resident memory of the process, in KiB.
    pub(crate) fn memory_kib(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .expect("a number")
    }

    /// The control plane.
    pub(crate) async fn control(&self) -> Http {
        let address = ("127.0.0.1", self.port("httpPort"));
        let header = "Authorization: AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=00";
        Http::connect(address, header).await
    }

    /// The management port.
    pub(crate) async fn admin(&self) -> Http {
        let url = self.offer["adminUrl"].as_str().expect("a URL");
        let port = url.rsplit_once(':').expect("a port").1;
        let port = port.parse().expect("a port");
        Http::connect(("127.0.0.1", port), "x-jobs-sandbox: admin").await
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // SIGTERM, so that it removes its folder.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

/// A connection that is kept.
pub(crate) struct Http {
    socket: TcpStream,
    header: &'static str,
}

impl Http {
    async fn connect(address: (&str, u16), header: &'static str) -> Self {
        let socket = TcpStream::connect(address).await.expect("the port accepts");
        socket.set_nodelay(true).expect("an option");
        Self { socket, header }
    }

    /// A request that must succeed.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\nContent-Length: {}\r\n\r\n{body}",
            self.header,
            body.len()
        );
        self.socket
            .write_all(request.as_bytes())
            .await
            .expect("written");
        let mut answer = Vec::new();
        let head = loop {
            assert!(
                self.socket.read_buf(&mut answer).await.expect("read") > 0,
                "an answer"
            );
            if let Some(at) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
        let length: usize = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
            .expect("a length");
        while answer.len() < head + length {
            assert!(
                self.socket.read_buf(&mut answer).await.expect("read") > 0,
                "a body"
            );
        }
        assert!(
            text.starts_with("http/1.1 200"),
            "{method} {path}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
}
