//! However a connection ends, the hub is informed: the will is published and the client no longer counts as connected.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf,
};
use tokio::net::TcpStream;

use crate::local::local_service::EVERYTHING;
use crate::local::tests::inside::Inside;
use crate::local::tests::wire::{
    ANY_PING, V3, V5, connect, connect_with, disconnect, publish, suback, subscribe, text,
};
use crate::local::tests::{service, soon};

/// What happens to an open connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The task that serves it panics.
    Panic,
    /// Reading or writing fails.
    ReadFails,
    WriteFails,
    /// The client closes the connection.
    Close,
    /// The task is aborted.
    Abort,
}

/// A stream that suffers its fate once the client has sent a ping.
struct Faulty {
    stream: DuplexStream,
    fate: Fate,
    is_met: bool,
}

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().ends_with(ANY_PING) {
            self.is_met = true;
            match self.fate {
                Fate::Panic => panic!("as the test wants it"),
                Fate::ReadFails => return Poll::Ready(Err(io::ErrorKind::Other.into())),
                _ => {}
            }
        }
        polled
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_met && self.fate == Fate::WriteFails {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

async fn expect(client: &mut DuplexStream, expected: &[u8]) {
    let mut got = vec![0; expected.len()];
    let read = soon("an answer", client.read_exact(&mut got)).await;
    assert!(read.is_ok(), "hung up instead of {expected:02x?}");
    assert_eq!(got, expected);
}

#[tokio::test]
async fn a_service_with_a_fault_ends_instead_of_being_silent() {
    let service = service();
    let address = service.http_address();
    let mut client = TcpStream::connect(address).await.expect("it runs");
    assert!(
        tokio::time::timeout(Duration::ZERO, service.ended())
            .await
            .is_err()
    );
    service.panic();
    soon("the end", service.ended()).await;
    // Waiting callers get an error, and no other client is accepted.
    let read = soon("the end", client.read_to_end(&mut Vec::new())).await;
    assert!(matches!(read, Ok(0)) || read.is_err(), "{read:?}");
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon("a refusal", refused).await;
    assert_eq!(service.state(), serde_json::Value::Null);
    assert_eq!(
        service
            .control("GET", "/things", &serde_json::Value::Null)
            .0,
        503
    );
}

#[tokio::test]
async fn the_hub_hears_of_every_end() {
    let mut inside = Inside::start(&[("everything", EVERYTHING)]);
    let (mut watcher, server) = tokio::io::duplex(4096);
    inside.serve(server, 0);
    let greeting = [connect(V3, "watcher"), subscribe(V3, &["w"], 0)].concat();
    watcher.write_all(&greeting).await.expect("written");
    let greeted = [vec![0x20, 2, 0, 0], suback(V3, &[0])].concat();
    expect(&mut watcher, &greeted).await;
    let fates = [
        Fate::Panic,
        Fate::ReadFails,
        Fate::WriteFails,
        Fate::Close,
        Fate::Abort,
    ];
    for fate in fates {
        for version in [V3, V5] {
            let (mut client, stream) = tokio::io::duplex(4096);
            let stream = Faulty {
                stream,
                fate,
                is_met: false,
            };
            let task = inside.serve(stream, 0);
            let properties: &[u8] = if version == V5 { &[0] } else { &[] };
            let will = [properties, &text("w"), &text("gone")].concat();
            let greeting = connect_with(version, 6, b"", "c", &will);
            client.write_all(&greeting).await.expect("written");
            let mut connack = [0; 2];
            client.read_exact(&mut connack).await.expect("a CONNACK");
            let mut rest = vec![0; usize::from(connack[1])];
            client.read_exact(&mut rest).await.expect("a CONNACK");
            assert_eq!(inside.connected().await, ["watcher", "c"], "{fate:?}");
            match fate {
                Fate::Close => drop(client),
                Fate::Abort => task.abort(),
                _ => client.write_all(ANY_PING).await.expect("written"),
            }
            expect(&mut watcher, &publish(V3, 0, 0, "w", b"gone")).await;
            assert_eq!(inside.connected().await, ["watcher"], "{fate:?}");
        }
    }
    // A DISCONNECT also reaches the hub.
    let (mut client, server) = tokio::io::duplex(4096);
    inside.serve(server, 0);
    let will = [&[0][..], &text("w"), &text("gone")].concat();
    let greeting = connect_with(V5, 6, b"", "c", &will);
    let all = [greeting, disconnect(0, "bye")].concat();
    client.write_all(&all).await.expect("written");
    let mut answers = Vec::new();
    let read = soon("the end", client.read_to_end(&mut answers)).await;
    read.expect("closed in order");
    assert_eq!(inside.connected().await, ["watcher"]);
    watcher.write_all(ANY_PING).await.expect("written");
    expect(&mut watcher, &[0xd0, 0]).await;
    inside.stop().await;
}
