//! A service that is reached by names, on all addresses of the machine. The whole of 127.0.0.0/8 is this machine, so 127.0.0.2
//! is an address beyond the one that is listened on by default.

use std::net::{Ipv4Addr, SocketAddr};

use rustls::DEFAULT_VERSIONS;
use rustls::pki_types::ServerName;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::local::tests::{http, signed, soon, tls_config};
use crate::local::{LocalService, Options, StartError};

fn service(bind: Ipv4Addr) -> LocalService {
    let options = Options {
        bind: bind.into(),
        endpoint: "Box.Example.".to_owned(),
        names: ["box.example", "10.9.8.7"].map(str::to_owned).to_vec(),
        admin_port: Some(0),
        ..Options::default()
    };
    LocalService::start(&options).expect("the service starts")
}

fn at(last: u8, address: SocketAddr) -> SocketAddr {
    (Ipv4Addr::new(127, 0, 0, last), address.port()).into()
}

#[tokio::test]
async fn the_certificate_is_made_out_to_the_names() {
    let service = service(Ipv4Addr::UNSPECIFIED);
    let device = service.create_device().expect("a device");
    for (name, expected) in [
        ("box.example", true),
        ("10.9.8.7", true),
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("other.example", false),
        ("sub.box.example", false),
        ("10.9.8.6", false),
        ("0.0.0.0", false),
    ] {
        let socket = TcpStream::connect(at(2, service.mqtt_address())).await;
        let connector = TlsConnector::from(tls_config(&service, Some(&device), DEFAULT_VERSIONS));
        let server = ServerName::try_from(name).expect("a name");
        let connecting = connector.connect(server, socket.expect("the port accepts"));
        let connected = soon("TLS", connecting).await;
        assert_eq!(connected.is_ok(), expected, "{name}");
    }
}

#[tokio::test]
async fn requests_must_name_the_service() {
    let service = service(Ipv4Addr::UNSPECIFIED);
    let asked = signed("iot", "GET", "/endpoint?endpointType=iot:Data-ATS", "", "");
    for (host, expected) in [
        ("box.example", 200),
        ("BOX.example.:8880", 200),
        ("10.9.8.7:8880", 200),
        ("localhost", 200),
        ("other.example", 403),
        ("0.0.0.0", 403),
        ("10.9.8.6", 403),
    ] {
        let request = asked.replace("Host: localhost", &format!("Host: {host}"));
        let (status, answer) = http(at(2, service.http_address()), &request).await;
        assert_eq!(status, expected, "{host}: {answer}");
        let endpoint = (status == 200).then_some(json!("box.example"));
        assert_eq!(answer.get("endpointAddress"), endpoint.as_ref(), "{host}");
    }
    // A target that is a whole URL counts as much as the header.
    for (target, expected) in [("http://box.example", 200), ("http://other.example", 403)] {
        let request = asked.replace("GET ", &format!("GET {target}"));
        let (status, answer) = http(service.http_address(), &request).await;
        assert_eq!(status, expected, "{target}: {answer}");
    }
    for (instead, expected) in [
        ("", json!({ "message": "The request has no `Host` header" })),
        ("Host: box.example\r\nHost: localhost\r\n", {
            json!({ "message": "The host of the request does not name this service; `serve --name HOST` adds one" })
        }),
    ] {
        let request = asked.replace("Host: localhost\r\n", instead);
        let (_, answer) = http(service.http_address(), &request).await;
        assert_eq!(answer, expected, "{instead}");
    }
    let port = service.http_address().port();
    assert_eq!(service.control_url(), format!("http://box.example:{port}"));
    let port = service.https_address().port();
    assert_eq!(service.https_url(), format!("https://box.example:{port}"));
    assert_eq!(service.endpoint(), "box.example");
}

#[tokio::test]
async fn the_management_port_stays_on_loopback() {
    let service = service(Ipv4Addr::UNSPECIFIED);
    let admin = service.admin_address().expect("a port");
    assert_eq!(admin.ip(), Ipv4Addr::LOCALHOST);
    assert!(TcpStream::connect(at(2, admin)).await.is_err());
    for (host, expected) in [("localhost", 200), ("box.example", 403), ("10.9.8.7", 403)] {
        let request = format!(
            "GET /state HTTP/1.1\r\nHost: {host}\r\nx-jobs-sandbox: admin\r\nConnection: close\r\n\r\n"
        );
        let (status, answer) = http(admin, &request).await;
        assert_eq!(status, expected, "{host}: {answer}");
    }
}

#[tokio::test]
async fn only_the_address_that_was_chosen_is_listened_on() {
    let service = service(Ipv4Addr::new(127, 0, 0, 2));
    let ports = [
        service.mqtt_address(),
        service.http_address(),
        service.https_address(),
    ];
    for address in ports {
        assert!(
            TcpStream::connect(at(1, address)).await.is_err(),
            "{address}"
        );
        assert!(TcpStream::connect(address).await.is_ok(), "{address}");
    }
}

#[test]
fn an_address_of_another_machine_is_an_error_with_a_next_step() {
    // Reserved for documentation: https://datatracker.ietf.org/doc/html/rfc5737
    let options = Options {
        bind: Ipv4Addr::new(192, 0, 2, 1).into(),
        ..Options::default()
    };
    let error = LocalService::start(&options).expect_err("it is not an address of this machine");
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
    let text = error.to_string();
    let next =
        "\nthis machine does not have the address: choose one that it has, or 0.0.0.0 for all";
    assert!(text.ends_with(next), "{text}");
}
