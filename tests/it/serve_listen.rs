//! `serve` for clients on other machines.

use std::net::TcpStream;
use std::process::Stdio;

use serde_json::json;

use crate::serve::{FREE_PORTS, Serve, check_error, finish, program, session};

#[test]
fn other_machines_are_let_in_with_a_warning() {
    let options = [
        "--listen",
        "0.0.0.0",
        "--name",
        "Box.Example",
        "--name",
        "10.9.8.7",
    ];
    let serve = Serve::start_with(&options, Stdio::piped());
    let [mqtt, http, https] = ["mqttPort", "httpPort", "httpsPort"].map(|name| serve.port(name));
    for port in [mqtt, http, https] {
        TcpStream::connect(("127.0.0.1", port)).expect("it accepts");
    }
    assert_eq!(serve.offer["endpoint"], json!("box.example"));
    let url = format!("http://box.example:{http}");
    assert_eq!(
        serve.offer["environment"]["AWS_ENDPOINT_URL_IOT"],
        json!(url)
    );
    let stderr = serve.end_with_log();
    let expected = format!(
        "warning: other machines can reach this service on all addresses of this machine, ports {mqtt} (MQTT), {https} (HTTPS) and {http} (HTTP)\n\
         the HTTP port is not encrypted and does not check credentials: "
    );
    assert!(stderr.starts_with(&expected), "{stderr}");
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
}

#[test]
fn on_loopback_nothing_is_warned_of() {
    for options in [
        &[][..],
        &["--listen", "127.0.0.1"],
        &["--name", "box.example"],
    ] {
        let serve = Serve::start_with(options, Stdio::piped());
        assert_eq!(serve.end_with_log(), "", "{options:?}");
    }
}

#[test]
fn a_session_reaches_it_by_the_name() {
    let options = [
        "--listen",
        "0.0.0.0",
        "--name",
        "localhost",
        "--thing",
        "lamp",
    ];
    let serve = Serve::start_with(&options, Stdio::piped());
    let output = session(&serve, "create-job Job1 {}\nnext\nquit\n");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains(r#""status":"IN_PROGRESS""#), "{stdout}");
    let url = serve.offer["environment"]["AWS_ENDPOINT_URL_IOT"].as_str();
    assert!(
        url.is_some_and(|url| url.starts_with("http://localhost:")),
        "{url:?}"
    );
}

#[test]
fn a_place_that_clients_cannot_find_is_an_error() {
    for (options, code, expected) in [
        (
            &["--listen", "0.0.0.0"][..],
            2,
            "error: --listen `0.0.0.0` is all addresses",
        ),
        (
            &["--listen", "box"],
            2,
            "error: --listen `box` is not an IP address",
        ),
        (
            &["--listen", "0.0.0.0", "--name", "*"],
            2,
            "error: `*` is not a host name",
        ),
        (
            &["--name", "a:8883"],
            2,
            "error: `a:8883` is not a host name",
        ),
        (
            &["--listen", "::1", "--host", "::1"],
            2,
            "error: the argument '--listen <ADDRESS>' cannot be used with",
        ),
        // Reserved for documentation: https://datatracker.ietf.org/doc/html/rfc5737
        (
            &["--listen", "192.0.2.1"],
            3,
            "error: cannot listen on `192.0.2.1:0`: ",
        ),
    ] {
        check_error(
            &finish(program().args(FREE_PORTS).args(options)),
            code,
            expected,
        );
    }
}
