//! The socket of a connection, which acknowledges received bytes at once while the connection is new, and later if its client
//! waits for that.
//!
//! A client that leaves Nagle's algorithm on (paho, for example) holds back its next request until its last segment is
//! acknowledged. The operating system does that with the next answer, or after 40 ms without one, as for a PUBACK.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How long after its last segment a client that waits for the acknowledgement sends the next one. Linux delays the
/// acknowledgement by 40 ms (`TCP_DELACK_MIN`); the network and a busy machine add to that. A client with such a pause for
/// another reason costs a system call for each segment.
const WAIT: Range<Duration> = Duration::from_millis(35)..Duration::from_millis(100);

/// How many segments of a new connection are acknowledged at once, whether or not its client waits for that. The first such
/// wait would be before its CONNECT: with TLS 1.3 the last segment of the handshake gets no answer.
const PROMPT_MAX: u8 = 16;

/// Whether a client waits for acknowledgements. That is known once it has waited.
#[derive(Debug, Default)]
struct Patience {
    /// How many segments are still acknowledged at once in any case.
    prompt_left: u8,
    /// When the last segment came, if nothing has been written since.
    unanswered_since: Option<Instant>,
    waits: bool,
    /// Whether the last segment is acknowledged before the next read.
    is_due: bool,
}

impl Patience {
    fn read(&mut self, now: Instant) {
        let paused = self.unanswered_since.map(|since| now - since);
        self.waits |= paused.is_some_and(|paused| WAIT.contains(&paused));
        self.unanswered_since = Some(now);
        self.is_due = self.waits || self.prompt_left > 0;
        self.prompt_left = self.prompt_left.saturating_sub(1);
    }

    /// What is written carries the acknowledgement.
    fn written(&mut self) {
        self.unanswered_since = None;
        self.is_due = false;
    }
}

#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    patience: Patience,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let patience = Patience {
            prompt_left: PROMPT_MAX,
            ..Patience::default()
        };
        Self { stream, patience }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn written(&mut self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            self.patience.written();
        }
        result
    }
}

/// Linux returns to delayed acknowledgements by itself, so the option cannot be set once. Other systems are not changed.
fn acknowledge(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // If this fails, the client is only slower.
    let _ = stream.set_quickack(true);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.patience.is_due) {
            acknowledge(&self.stream);
        }
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if result.is_ready() {
            self.patience.read(Instant::now());
        }
        result
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_seen_to_wait_if_it_comes_when_the_delay_is_over() {
        let start = Instant::now();
        // What happens at which millisecond, and whether the last segment is to be acknowledged.
        for (name, steps, expected) in [
            ("the first one", &[("read", 0)][..], false),
            ("at once", &[("read", 0), ("read", 1)], false),
            ("after the delay", &[("read", 0), ("read", 44)], true),
            ("much later", &[("read", 0), ("read", 300)], false),
            (
                "after an answer",
                &[("read", 0), ("write", 1), ("read", 44)],
                false,
            ),
            (
                "from then on",
                &[("read", 0), ("read", 44), ("write", 45), ("read", 300)],
                true,
            ),
            (
                "answered",
                &[("read", 0), ("read", 44), ("write", 45)],
                false,
            ),
        ] {
            let mut patience = Patience::default();
            for (what, millis) in steps {
                match *what {
                    "read" => patience.read(start + Duration::from_millis(*millis)),
                    _ => patience.written(),
                }
            }
            assert_eq!(patience.is_due, expected, "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    mod on_linux {
        use std::net::Ipv4Addr;

        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        use tokio::net::TcpListener;
        use tokio::time::timeout;

        use super::*;

        /// A client that leaves Nagle's algorithm on, and its socket here.
        async fn connected() -> (TcpStream, Socket) {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
            let listener = listener.expect("a port");
            let client = TcpStream::connect(listener.local_addr().expect("an address")).await;
            let (accepted, _) = listener.accept().await.expect("a connection");
            (client.expect("a connection"), Socket::new(accepted))
        }

        /// As after an exchange: acknowledgements wait for an answer.
        fn delay_acknowledgements(socket: &Socket) {
            socket.stream.set_quickack(false).expect("an option");
        }

        #[tokio::test]
        async fn what_was_read_is_acknowledged_for_a_client_that_waits() {
            let (mut client, mut socket) = connected().await;
            for (prompt_left, waits, is_answered, expected) in [
                (0, false, false, false),
                (0, true, true, false),
                (0, true, false, true),
                (1, false, true, false),
                (1, false, false, true),
            ] {
                socket.patience = Patience {
                    prompt_left,
                    waits,
                    ..Patience::default()
                };
                client.write_all(b"x").await.expect("written");
                socket.read_u8().await.expect("a byte");
                if is_answered {
                    socket.write_all(b"y").await.expect("written");
                }
                delay_acknowledgements(&socket);
                let reads = timeout(Duration::ZERO, socket.read_u8()).await;
                assert!(reads.is_err(), "nothing more came");
                let is_prompt = socket.stream.quickack().expect("an option");
                assert_eq!(is_prompt, expected, "{prompt_left} {waits} {is_answered}");
            }
        }

        #[tokio::test]
        async fn the_first_segments_are_acknowledged_at_once() {
            let (mut client, mut socket) = connected().await;
            for count in 1..=PROMPT_MAX + 1 {
                client.write_all(b"x").await.expect("written");
                socket.read_u8().await.expect("a byte");
                assert_eq!(socket.patience.is_due, count <= PROMPT_MAX, "{count}");
            }
        }

        #[tokio::test]
        async fn a_client_with_nagles_algorithm_is_seen_to_wait() {
            let (mut client, mut socket) = connected().await;
            let seen = async {
                while !socket.patience.waits {
                    delay_acknowledgements(&socket);
                    for _ in 0..2 {
                        client.write_all(b"x").await.expect("written");
                    }
                    for _ in 0..2 {
                        socket.read_u8().await.expect("a byte");
                    }
                }
            };
            let seen = timeout(Duration::from_secs(20), seen).await;
            seen.expect("it is seen to wait");
        }
    }
}
