//! The port for HTTPS: a device with its certificate, the policies that decide, and what ALPN selects.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use rustls::{ClientConfig, DEFAULT_VERSIONS};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::local::capacity::Capacity;
use crate::local::tests::wire::{CONNACK_V5, V3, V5, Wire, connect, suback, subscribe};
use crate::local::tests::{
    client_config, control, device, service, service_of, service_with, soon, status_and_body,
    tls_config,
};
use crate::local::{
    DeviceCertificate, EVERYTHING, Fault, FaultKind, FaultTarget, LocalService, Options,
};

/// For tests that use up the places.
const FEW: Capacity = Capacity {
    mqtt: 2,
    http: 1,
    https: 4,
    admin: 1,
};

/// The client's side with these names in ALPN.
fn offering(
    service: &LocalService,
    device: &DeviceCertificate,
    names: &[&str],
) -> Arc<ClientConfig> {
    let mut config = client_config(service, device).as_ref().clone();
    config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

async fn open(service: &LocalService, config: Arc<ClientConfig>) -> std::io::Result<Wire> {
    let opening = Wire::try_open_at(service, service.https_address(), config);
    soon("TLS", opening).await
}

fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// The response, as text.
async fn answer(wire: &mut Wire, request: &str) -> String {
    wire.send(request.as_bytes()).await;
    let mut answer = String::new();
    let read = soon("an answer", wire.stream.read_to_string(&mut answer)).await;
    read.expect("the connection is closed in order");
    answer
}

/// The status and the body of the response to a device.
async fn call(
    service: &LocalService,
    device: &DeviceCertificate,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, Value) {
    let mut wire = open(service, client_config(service, device))
        .await
        .expect("TLS stands");
    status_and_body(&answer(&mut wire, &request(method, path, body)).await)
}

/// B23: the whole life of a job, and what others see of it.
#[tokio::test]
async fn a_device_carries_out_a_job_with_its_certificate() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    let mut watcher = Wire::greeted(&service, &device, &connect(V3, "watcher")).await;
    watcher
        .send(&subscribe(V3, &["$aws/things/lamp/jobs/notify"], 0))
        .await;
    watcher.expect(&suback(V3, &[0])).await;
    let job = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "document": r#"{"operation":"blink"}"#,
    });
    control(&service, "PUT", "/jobs/Job1", &job.to_string()).await;
    watcher.message(V3).await;
    for (method, path, body, pointer, expected) in [
        ("GET", "", "", "/queuedJobs/0/jobId", json!("Job1")),
        ("GET", "/$next", "", "/execution/status", json!("QUEUED")),
        (
            "PUT",
            "/$next",
            "{}",
            "/execution/status",
            json!("IN_PROGRESS"),
        ),
        (
            "GET",
            "/Job1?includeJobDocument=true",
            "",
            "/execution/jobDocument",
            json!(r#"{"operation":"blink"}"#),
        ),
        (
            "POST",
            "/Job1",
            r#"{"status":"SUCCEEDED","includeJobExecutionState":true}"#,
            "/executionState/status",
            json!("SUCCEEDED"),
        ),
        ("GET", "/%24next", "", "", json!({})),
        ("GET", "", "", "/queuedJobs", json!([])),
    ] {
        let path = format!("/things/lamp/jobs{path}");
        let (status, answer) = call(&service, &device, method, &path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{method} {path}");
    }
    let (topic, payload) = watcher.message(V3).await;
    assert_eq!(topic, "$aws/things/lamp/jobs/notify");
    assert!(payload.contains(r#""jobs":{}"#), "{payload}");
    let (status, answer) = call(
        &service,
        &device,
        "POST",
        "/things/lamp/jobs/Job1",
        r#"{"status":"FAILED"}"#,
    )
    .await;
    assert_eq!(status, 409, "{answer}");
}

/// A policy that allows one action on one thing, and the operations that it allows.
#[tokio::test]
async fn each_operation_needs_its_action_on_the_thing() {
    let service = service_with(&["lamp", "door"]);
    let operations = [
        ("GetPendingJobExecutions", "GET", "", 200),
        ("StartNextPendingJobExecution", "PUT", "/$next", 200),
        ("DescribeJobExecution", "GET", "/$next", 200),
        ("DescribeJobExecution", "GET", "/Job1", 404),
        ("UpdateJobExecution", "POST", "/Job1", 404),
    ];
    let body = r#"{"status":"SUCCEEDED"}"#;
    for (allowed, ..) in operations {
        let resource = "arn:aws:iot:us-east-1:123456789012:thing/lamp";
        let policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": format!("iotjobsdata:{allowed}"), "Resource": resource,
        }});
        let device = service.create_device_with(&[], &[(allowed, &policy.to_string())]);
        let device = device.expect("a certificate");
        for (name, method, path, answered) in operations {
            for (thing, is_allowed) in [("lamp", name == allowed), ("door", false)] {
                let path = format!("/things/{thing}/jobs{path}");
                let body = if method == "GET" { "" } else { body };
                let (status, answer) = call(&service, &device, method, &path, body).await;
                let expected = if is_allowed { answered } else { 403 };
                assert_eq!(status, expected, "{allowed}: {method} {path}: {answer}");
            }
        }
    }
}

/// What a refusal says, and the line of the log about it.
#[tokio::test]
async fn what_a_policy_does_not_allow_is_refused_with_the_reason_in_the_log() {
    let (log, lines) = sync_channel(10);
    let service = LocalService::start(&Options {
        things: vec!["lamp".to_owned()],
        log: Some(log),
        ..Options::default()
    });
    let service = service.expect("the service starts");
    let of_mqtt = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*"}}"#;
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iotjobsdata:*","Resource":"arn:aws:iot:us-east-1:123456789012:thing/${iot:Connection.Thing.ThingName}"}}"#;
    let attached = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iotjobsdata:*","Resource":"*","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}}}"#;
    let named = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iotjobsdata:*","Resource":"*","Condition":{"StringEquals":{"iot:DomainName":"127.0.0.1","aws:SourceIp":"127.0.0.1"}}}}"#;
    let hint = ". A request over HTTPS has no client id, so `iot:ClientId` and `iot:Connection.Thing.…` have no value";
    let denied = "allowed by no statement";
    for (name, policy, expected) in [
        ("mqtt", of_mqtt, Some(denied.to_owned())),
        ("own", own, Some(format!("{denied}{hint}"))),
        ("attached", attached, Some(format!("{denied}{hint}"))),
        // An address is not sent as a server name.
        ("named", named, Some(denied.to_owned())),
        ("all", EVERYTHING, None),
    ] {
        let device = service.create_device_with(&["lamp"], &[(name, policy)]);
        let device = device.expect("a certificate");
        let config = client_config(&service, &device);
        let mut wire = open(&service, config).await.expect("TLS stands");
        let answer = answer(&mut wire, &request("GET", "/things/lamp/jobs", "")).await;
        let Some(decision) = expected else {
            assert!(answer.starts_with("HTTP/1.1 200 "), "{name}: {answer}");
            continue;
        };
        assert!(answer.starts_with("HTTP/1.1 403 "), "{name}: {answer}");
        assert!(
            answer.contains("x-amzn-errortype: ForbiddenException\r\n"),
            "{answer}"
        );
        assert!(
            answer.contains(r#"{"message":"Forbidden","traceId":""#),
            "{answer}"
        );
        let line = format!(
            "HTTPS: certificate {}: iotjobsdata:GetPendingJobExecutions on \
             `arn:aws:iot:us-east-1:123456789012:thing/lamp` is {decision}",
            device.certificate_id
        );
        assert_eq!(lines.try_recv(), Ok(line), "{name}");
    }
    assert!(lines.try_recv().is_err());
}

/// A certificate that is not active, or not registered; TLS accepts both, because the CA has issued them.
#[tokio::test]
async fn only_an_active_certificate_is_served() {
    let service = service_with(&["lamp"]);
    let known = device(&service);
    let unknown = service.authority.create_device().expect("a certificate");
    let refusal = json!({ "message": "The certificate is invalid." });
    let get = |device| call(&service, device, "GET", "/things/lamp/jobs", "");
    assert_eq!(get(&unknown).await, (400, refusal.clone()));
    // The connection stays, and its next request is refused.
    let config = client_config(&service, &known);
    let mut wire = open(&service, config).await.expect("TLS stands");
    let kept = request("GET", "/things/lamp/jobs", "").replace("close", "keep-alive");
    wire.send(kept.as_bytes()).await;
    let ok = wire.read(b"HTTP/1.1 200".len()).await;
    assert_eq!(ok, b"HTTP/1.1 200");
    let path = format!("/certificates/{}?newStatus=INACTIVE", known.certificate_id);
    control(&service, "PUT", &path, "").await;
    let rest = answer(&mut wire, &request("GET", "/things/lamp/jobs", "")).await;
    assert!(rest.contains("HTTP/1.1 400 Bad Request"), "{rest}");
    assert!(
        rest.contains("x-amzn-errortype: CertificateValidationException\r\n"),
        "{rest}"
    );
    let path = path.replace("INACTIVE", "ACTIVE");
    control(&service, "PUT", &path, "").await;
    assert_eq!(get(&known).await.0, 200);
    for without in [tls_config(&service, None, DEFAULT_VERSIONS)] {
        // TLS 1.3 reports the refusal after the handshake.
        if let Ok(mut wire) = open(&service, without).await {
            let _ = wire.stream.write_all(kept.as_bytes()).await;
            let answer = soon("the end", wire.stream.read_u8()).await;
            assert!(answer.is_err(), "{answer:?}");
        }
    }
}

/// What ALPN selects on this port.
#[tokio::test]
async fn alpn_selects_the_protocol() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    for (offered, selected) in [
        (&[][..], None),
        (&["http/1.1"], Some("http/1.1")),
        (&["h2", "http/1.1"], Some("http/1.1")),
        (&["x-amzn-http-ca"], Some("x-amzn-http-ca")),
        (&["http/1.1", "x-amzn-http-ca"], Some("x-amzn-http-ca")),
        (&["x-amzn-mqtt-ca"], Some("x-amzn-mqtt-ca")),
    ] {
        let config = offering(&service, &device, offered);
        let mut wire = open(&service, config).await.expect("TLS stands");
        let agreed = wire.stream.get_ref().1.alpn_protocol();
        assert_eq!(agreed, selected.map(str::as_bytes), "{offered:?}");
        if selected == Some("x-amzn-mqtt-ca") {
            wire.send(&connect(V5, "lamp")).await;
            wire.expect(&CONNACK_V5).await;
            wire.expect_nothing().await;
        } else {
            let answer = answer(&mut wire, &request("GET", "/things/lamp/jobs", "")).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{offered:?}: {answer}");
        }
    }
    // Of a custom authorizer, and of no service of AWS IoT.
    for offered in [&["mqtt"][..], &["h2"]] {
        let config = offering(&service, &device, offered);
        assert!(open(&service, config).await.is_err(), "{offered:?}");
    }
}

/// A client of MQTT has the same rights and the same session on both ports.
#[tokio::test]
async fn a_client_id_is_one_client_on_both_ports() {
    let service = service();
    let device = device(&service);
    let config = offering(&service, &device, &["x-amzn-mqtt-ca"]);
    let mut first = open(&service, config).await.expect("TLS stands");
    first.send(&connect(V3, "c")).await;
    first.expect(&[0x20, 2, 0, 0]).await;
    let mut second = Wire::greeted(&service, &device, &connect(V3, "c")).await;
    first.expect_close().await;
    second.expect_nothing().await;
}

#[tokio::test]
async fn what_is_not_for_jobs_is_refused_by_name() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    for (method, path, named) in [
        (
            "POST",
            "/topics/a/b?qos=1",
            "publishing over HTTPS (`iot-data`)",
        ),
        (
            "GET",
            "/things/lamp/shadow?name=a",
            "device shadows (`iot-data`)",
        ),
        (
            "GET",
            "/api/things/shadow/ListNamedShadowsForThing/lamp",
            "device shadows (`iot-data`)",
        ),
        (
            "GET",
            "/retainedMessage/a",
            "retained messages over HTTPS (`iot-data`)",
        ),
        (
            "DELETE",
            "/connections/c",
            "connections over HTTPS (`iot-data`)",
        ),
        (
            "GET",
            "/greengrass/discover/thing/lamp",
            "the discovery of AWS IoT Greengrass",
        ),
        ("GET", "/mqtt", "MQTT over WebSockets"),
        ("GET", "/things", "`GET /things` of iot-jobs-data"),
        ("PUT", "/jobs/Job1", "`PUT /jobs/Job1` of iot-jobs-data"),
    ] {
        let (status, answer) = call(&service, &device, method, path, "").await;
        let message = format!(
            "The local service does not emulate {named}; see `jobs-sandbox help limitations`"
        );
        assert_eq!(
            (status, &answer["message"]),
            (501, &json!(message)),
            "{path}"
        );
    }
}

#[test]
fn an_address_of_ipv6_is_in_brackets_in_the_url() {
    for (endpoint, host) in [("::1", "[::1]"), ("127.0.0.1", "127.0.0.1"), ("A.b", "a.b")] {
        let options = Options {
            endpoint: endpoint.to_owned(),
            ..Options::default()
        };
        let service = LocalService::start(&options).expect("the service starts");
        let port = service.https_address().port();
        assert_eq!(service.https_url(), format!("https://{host}:{port}"));
    }
}

/// A fault of HTTP is one of HTTPS.
#[tokio::test]
async fn a_fault_throttles_a_device() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    service
        .add_fault(Fault {
            of: Some(FaultTarget::Http),
            count: Some(1),
            ..Fault::new(FaultKind::Throttle)
        })
        .expect("a fault");
    for expected in [429, 200] {
        let (status, answer) = call(&service, &device, "GET", "/things/lamp/jobs", "").await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn requests_must_be_in_form() {
    let service = service_with(&["lamp"]);
    let device = device(&service);
    let get = request("GET", "/things/lamp/jobs", "");
    for (request, status, error) in [
        (get.clone(), 200, ""),
        (
            get.replace("localhost", "evil.example"),
            403,
            "AccessDeniedException",
        ),
        (
            get.replace("Host: localhost", "X: y"),
            400,
            "InvalidRequestException",
        ),
        (
            request("GET", "/things/la%20mp/jobs", ""),
            400,
            "InvalidRequestException",
        ),
        (
            request("POST", "/things/lamp/jobs/Job1", "{"),
            400,
            "SerializationException",
        ),
        (
            request("POST", "/things/lamp/jobs/Job1", "{}"),
            400,
            "InvalidRequestException",
        ),
        (
            request(
                "POST",
                "/things/lamp/jobs/Job1",
                &" ".repeat(512 * 1024 + 1),
            ),
            413,
            "InvalidRequestException",
        ),
    ] {
        let config = client_config(&service, &device);
        let mut wire = open(&service, config).await.expect("TLS stands");
        let answer = answer(&mut wire, &request).await;
        let request = request.lines().next();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request:?}: {answer}"
        );
        let found = answer
            .lines()
            .find_map(|line| line.strip_prefix("x-amzn-errortype: "));
        assert_eq!(found.unwrap_or_default(), error, "{request:?}: {answer}");
    }
}

/// Clients that do not finish TLS do not shut others out.
#[tokio::test]
async fn silent_clients_do_no_harm() {
    let service = service_of(&["lamp"], FEW);
    let device = device(&service);
    let mut silent = Vec::new();
    for _ in 0..10 {
        let socket = TcpStream::connect(service.https_address()).await;
        silent.push(socket.expect("the port accepts"));
    }
    let (status, _) = call(&service, &device, "GET", "/things/lamp/jobs", "").await;
    assert_eq!(status, 200);
}

/// One that speaks MQTT takes a place of MQTT, and leaves that of HTTPS.
#[tokio::test]
async fn a_client_of_mqtt_counts_as_one_of_mqtt() {
    let service = service_of(&["lamp"], FEW);
    let device = device(&service);
    let config = || offering(&service, &device, &["x-amzn-mqtt-ca"]);
    let mut clients = Vec::new();
    for at in 0..=FEW.mqtt {
        let mut wire = open(&service, config()).await.expect("TLS stands");
        wire.send(&connect(V3, &format!("c{at}"))).await;
        clients.push(wire);
    }
    let mut waiting = clients.pop().expect("a client");
    for wire in &mut clients {
        wire.expect(&[0x20, 2, 0, 0]).await;
    }
    let (status, _) = call(&service, &device, "GET", "/things/lamp/jobs", "").await;
    assert_eq!(status, 200);
    assert_eq!(
        service.state()["connections"].as_array().map(Vec::len),
        Some(FEW.mqtt)
    );
    // It gets the place of the first that leaves.
    clients.pop();
    waiting.expect(&[0x20, 2, 0, 0]).await;
}
