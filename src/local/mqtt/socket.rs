//! The socket of a connection, which can acknowledge received bytes at once.
//!
//! A client that leaves Nagle's algorithm on (paho, for example) holds back its next request until its last segment is
//! acknowledged. The operating system does that with the next answer, or after 40 ms without one, as for a PUBACK.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Requests an acknowledgement of received bytes; it is sent when the connection next reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prompt(Arc<AtomicBool>);

impl Prompt {
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    prompt: Prompt,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let prompt = Prompt::default();
        Self { stream, prompt }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(crate) fn prompt(&self) -> Prompt {
        self.prompt.clone()
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
        if self.prompt.0.swap(false, Ordering::Relaxed) {
            acknowledge(&self.stream);
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_was_read_is_acknowledged_if_that_is_asked_for() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port");
        let mut client = TcpStream::connect(listener.local_addr().expect("an address"))
            .await
            .expect("a connection");
        let (accepted, _) = listener.accept().await.expect("a connection");
        let mut socket = Socket::new(accepted);
        for is_asked in [false, true] {
            // As after an exchange: acknowledgements wait for an answer.
            socket.stream.set_quickack(false).expect("an option");
            if is_asked {
                socket.prompt().ask();
            }
            client.write_all(b"x").await.expect("written");
            socket.read_u8().await.expect("a byte");
            let is_prompt = socket.stream.quickack().expect("an option");
            assert_eq!(is_prompt, is_asked);
        }
    }
}
