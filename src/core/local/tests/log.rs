//! What the service logs when a connection ends for another reason than its client's wish. Most clients see only the end.

use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use rustls::DEFAULT_VERSIONS;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::local::capacity::Capacity;
use crate::local::mqtt::timing::Timing;
use crate::local::tests::wire::{
    V3, V5, Wire, connect, connect_with, disconnect, packet, publish, suback, subscribe,
};
use crate::local::tests::{client_config, device, soon, tls_config};
use crate::local::{LocalService, Options};

/// A service whose log is read here.
fn logged(timing: Timing) -> (LocalService, Receiver<String>) {
    logged_of(timing, Capacity::of_this_process())
}

fn logged_of(timing: Timing, capacity: Capacity) -> (LocalService, Receiver<String>) {
    let (log, lines) = sync_channel(10);
    let options = Options {
        log: Some(log),
        ..Options::default()
    };
    let service = LocalService::start_with(&options, None, (timing, capacity));
    (service.expect("the service starts"), lines)
}

/// The next line of the log.
async fn line(lines: &Receiver<String>) -> String {
    let next = async {
        loop {
            match lines.try_recv() {
                Ok(line) => return line,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    soon("a line of the log", next).await
}

#[tokio::test]
async fn a_connection_that_the_service_ends_is_explained() {
    let (service, lines) = logged(Timing::default());
    let device = device(&service);
    let disconnected = "a client without a session is disconnected:";
    for (version, first, second, expected) in [
        (
            V3,
            connect(V3, "a"),
            vec![0x30, 1, 0],
            "client `a` is disconnected: malformed packet",
        ),
        (
            V5,
            connect(V5, "a"),
            vec![0x30, 1, 0],
            "client `a` is disconnected: malformed packet",
        ),
        (
            V3,
            connect(V3, "a"),
            connect(V3, "a"),
            "client `a` is disconnected: protocol error",
        ),
        (
            V3,
            connect(V3, "a"),
            vec![0x80, 0],
            "client `a` is disconnected: malformed packet",
        ),
        (
            V3,
            connect(V3, "a"),
            publish(V3, 0, 0, "t", &vec![0; 150_000]),
            "client `a` is disconnected: packet too large",
        ),
        (
            V5,
            connect(V5, "a"),
            packet(0x82, &[&[0, 1, 2, 0x0b, 5, 0, 1], b"a\x01"]),
            "client `a` is disconnected: subscription identifiers not supported",
        ),
        (
            V5,
            connect(V5, "a"),
            vec![0xe0, 1, 0x95],
            "client `a` is disconnected: it reports `packet too large`",
        ),
        (
            V3,
            connect_with(V3, 3, &[], "a", &[]),
            vec![],
            &format!("{disconnected} malformed packet"),
        ),
        (
            V3,
            b"GET / HTTP/1.1\r\n".to_vec(),
            vec![],
            &format!("{disconnected} its first packet is not a CONNECT of MQTT of at most 128 KB"),
        ),
        (
            V3,
            connect(9, "a"),
            vec![],
            &format!("{disconnected} unsupported protocol version"),
        ),
    ] {
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&first).await;
        wire.send(&second).await;
        assert_eq!(
            line(&lines).await,
            expected,
            "{version}: {first:02x?} {second:02x?}"
        );
    }
    // A client that leaves does not concern the log.
    let mut wire = Wire::greeted(&service, &device, &connect(V5, "b")).await;
    wire.send(&[0xe0, 0]).await;
    wire.expect_close().await;
    let mut wire = Wire::greeted(&service, &device, &connect(V5, "b")).await;
    wire.send(&subscribe(V5, &["t"], 1)).await;
    wire.expect(&suback(V5, &[1])).await;
    drop(wire);
    let mut wire = Wire::greeted(&service, &device, &connect(V5, "c")).await;
    wire.expect_nothing().await;
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test]
async fn a_client_that_is_silent_too_long_is_named() {
    let (service, lines) = logged(Timing {
        greeting: Duration::from_secs(1),
        keep_alive_second: Duration::from_millis(10),
        ..Timing::default()
    });
    let device = device(&service);
    let mut wire = Wire::greeted(&service, &device, &connect(V5, "quiet")).await;
    assert_eq!(
        line(&lines).await,
        "client `quiet` is disconnected: nothing has come from it for 1.5 times its keep-alive of 60 s"
    );
    wire.expect(&disconnect(0x8d, "keep alive timeout")).await;
    let _wire = Wire::open(&service, &device).await;
    assert_eq!(
        line(&lines).await,
        "a client without a session is disconnected: it has not sent a CONNECT within 1 s"
    );
    let _socket = TcpStream::connect(service.mqtt_address())
        .await
        .expect("the port accepts");
    assert_eq!(
        line(&lines).await,
        "TLS with 127.0.0.1 has failed: no handshake within 1 s"
    );
}

#[tokio::test]
async fn a_failed_handshake_is_explained() {
    let (service, lines) = logged(Timing::default());
    let (other, _) = logged(Timing::default());
    let ours = device(&service);
    let foreign = device(&other);
    let mut wrong_protocol = tls_config(&service, Some(&ours), DEFAULT_VERSIONS)
        .as_ref()
        .clone();
    wrong_protocol.alpn_protocols = vec![b"h2".to_vec()];
    for (config, expected) in [
        (
            tls_config(&service, None, DEFAULT_VERSIONS),
            "the client has no certificate",
        ),
        (
            client_config(&service, &foreign),
            "the client's certificate was not issued by the service, and is not registered",
        ),
        (
            client_config(&other, &foreign),
            "the client does not trust the CA of the service, or uses another host name",
        ),
        (
            wrong_protocol.into(),
            "the client asks by ALPN for a protocol that is not served here",
        ),
    ] {
        for address in [service.mqtt_address(), service.https_address()] {
            let _ = Wire::try_open_at(&service, address, config.clone()).await;
            let expected = format!("TLS with 127.0.0.1 has failed: {expected}");
            assert_eq!(line(&lines).await, expected, "{address}");
        }
    }
    let address = service.mqtt_address();
    let mut socket = TcpStream::connect(address).await.expect("the port accepts");
    socket.write_all(&connect(V3, "a")).await.expect("written");
    let expected = "TLS with 127.0.0.1 has failed: the client does not speak TLS";
    assert_eq!(line(&lines).await, expected);
    // A client that only looks whether the port is open.
    drop(TcpStream::connect(address).await);
    let _wire = Wire::open(&service, &ours).await;
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test]
async fn clients_that_wait_for_a_place_are_mentioned_once() {
    let capacity = Capacity {
        mqtt: 4,
        ..Capacity::of_this_process()
    };
    let (service, lines) = logged_of(Timing::default(), capacity);
    let device = device(&service);
    let mut wires = Vec::new();
    for name in ["a", "b", "c", "d"] {
        wires.push(Wire::greeted(&service, &device, &connect(V5, name)).await);
    }
    let expected = "4 clients are connected to the port for MQTT, and further ones wait; the limit of open files (`ulimit -n`) \
                    allows no more";
    assert_eq!(line(&lines).await, expected);
    // Another takes the place of one.
    wires.pop();
    wires.push(Wire::greeted(&service, &device, &connect(V5, "e")).await);
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
}
