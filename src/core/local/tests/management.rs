//! The management of the service: state, reset, clock and faults, as methods and over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::local::tests::wire::{V3, Wire, connect, publish, suback, subscribe};
use crate::local::tests::{device, http, signed};
use crate::local::{ClockMode, Fault, FaultKind, FaultTarget, LocalService, Options};
use crate::service::THROTTLED;

fn service() -> LocalService {
    let options = Options {
        things: vec!["lamp".to_owned()],
        clock: ClockMode::Manual,
        admin_port: Some(0),
        ..Options::default()
    };
    LocalService::start(&options).expect("the service starts")
}

/// A client of 3.1.1 that is subscribed to all topics of the thing.
async fn lamp(service: &LocalService) -> Wire {
    let mut wire = Wire::greeted(service, &device(service), &connect(V3, "lamp")).await;
    wire.send(&subscribe(V3, &["$aws/things/lamp/jobs/#"], 0))
        .await;
    wire.expect(&suback(V3, &[0])).await;
    wire
}

/// The next message at QoS 0: the end of its topic, and its payload.
async fn message(wire: &mut Wire) -> (String, Value) {
    let (topic, payload) = wire.message(V3).await;
    let payload = serde_json::from_str(&payload).expect("JSON");
    (topic.replace("$aws/things/lamp/jobs/", ""), payload)
}

async fn request(wire: &mut Wire, rest: &str, payload: &str) {
    let topic = format!("$aws/things/lamp/jobs/{rest}");
    wire.send(&publish(V3, 0, 0, &topic, payload.as_bytes()))
        .await;
}

async fn create_job(service: &LocalService, job: &str) -> (u16, Value) {
    let body = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "document": "{}",
        "timeoutConfig": { "inProgressTimeoutInMinutes": 10 },
    });
    let path = format!("/jobs/{job}");
    let request = signed("iot", "PUT", &path, "", &body.to_string());
    http(service.http_address(), &request).await
}

async fn admin(service: &LocalService, method: &str, path: &str, body: &str) -> (u16, Value) {
    admin_with(
        service,
        method,
        path,
        "x-jobs-sandbox: admin\r\nHost: localhost:1\r\n",
        body,
    )
    .await
}

async fn admin_with(
    service: &LocalService,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, Value) {
    let request = format!(
        "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    http(service.admin_address().expect("a port"), &request).await
}

fn executions(service: &LocalService) -> Value {
    service.state()["executions"].clone()
}

#[tokio::test]
async fn advancing_once_by_n_is_advancing_n_times_by_one() {
    let mut seen = Vec::new();
    for (steps, step_s) in [(1, 660), (660, 1)] {
        let service = service();
        let mut wire = lamp(&service).await;
        let started = service.state()["clock"]["now"].as_f64().expect("a time");
        let delay = Fault {
            delay_ms: Some(90_000),
            of: Some(FaultTarget::Notifications),
            ..Fault::new(FaultKind::Delay)
        };
        service.add_fault(delay).expect("a fault");
        assert_eq!(create_job(&service, "j").await.0, 200);
        request(&mut wire, "start-next", "").await;
        assert_eq!(message(&mut wire).await.0, "start-next/accepted");
        assert_eq!(executions(&service)[0]["status"], "IN_PROGRESS");
        for _ in 0..steps {
            service.advance_clock(Duration::from_secs(step_s));
        }
        let now = service.state()["clock"]["now"].as_f64().expect("a time");
        assert!((now - started - 660.0).abs() < 0.002, "{started} {now}");
        // The two events of the creation are delayed; those of the time-out follow at 690 seconds.
        let mut topics = Vec::new();
        for _ in 0..2 {
            topics.push(message(&mut wire).await.0);
        }
        wire.expect_nothing().await;
        service.advance_clock(Duration::from_secs(29));
        wire.expect_nothing().await;
        service.advance_clock(Duration::from_secs(1));
        for _ in 0..2 {
            topics.push(message(&mut wire).await.0);
        }
        wire.expect_nothing().await;
        seen.push((topics, executions(&service)));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(
        seen[0].0,
        ["notify", "notify-next", "notify", "notify-next"]
    );
    assert_eq!(seen[0].1[0]["status"], "TIMED_OUT");
}

#[tokio::test]
async fn faults_hit_replies_and_notifications() {
    let service = service();
    let mut wire = lamp(&service).await;
    let fault = |kind| Fault {
        count: Some(1),
        ..Fault::new(kind)
    };
    let add = |fault| service.add_fault(fault).expect("a fault");

    add(fault(FaultKind::Drop));
    request(&mut wire, "get", "").await;
    wire.expect_nothing().await;
    add(fault(FaultKind::Duplicate));
    request(&mut wire, "get", r#"{"clientToken":"1"}"#).await;
    for _ in 0..2 {
        let (topic, payload) = message(&mut wire).await;
        assert_eq!(
            (topic.as_str(), &payload["clientToken"]),
            ("get/accepted", &json!("1"))
        );
    }
    wire.expect_nothing().await;
    add(Fault {
        delay_ms: Some(500),
        ..fault(FaultKind::Delay)
    });
    request(&mut wire, "get", "").await;
    request(&mut wire, "start-next", "").await;
    assert_eq!(message(&mut wire).await.0, "start-next/accepted");
    service.advance_clock(Duration::from_millis(500));
    assert_eq!(message(&mut wire).await.0, "get/accepted");

    // A throttled request has no effect.
    add(Fault {
        of: Some(FaultTarget::Http),
        ..fault(FaultKind::Throttle)
    });
    let (status, answer) = create_job(&service, "j").await;
    assert_eq!((status, &answer["message"]), (400, &json!(THROTTLED)));
    assert_eq!(executions(&service), json!([]));
    assert_eq!(create_job(&service, "j").await.0, 200);
    for expected in ["notify", "notify-next"] {
        assert_eq!(message(&mut wire).await.0, expected);
    }
    add(fault(FaultKind::Throttle));
    request(&mut wire, "start-next", r#"{"clientToken":"2"}"#).await;
    let (topic, payload) = message(&mut wire).await;
    assert_eq!(topic, "start-next/rejected");
    assert_eq!(
        (&payload["code"], &payload["clientToken"]),
        (&json!("RequestThrottled"), &json!("2"))
    );
    assert_eq!(executions(&service)[0]["status"], "QUEUED");

    service
        .add_fault(Fault::new(FaultKind::Drop))
        .expect("a fault");
    service.clear_faults();
    request(&mut wire, "get", "").await;
    assert_eq!(message(&mut wire).await.0, "get/accepted");

    add(fault(FaultKind::Disconnect));
    request(&mut wire, "get", "").await;
    wire.expect_close().await;
    let mut wire = lamp(&service).await;
    add(fault(FaultKind::Disconnect));
    assert_eq!(create_job(&service, "k").await.0, 200);
    wire.expect_close().await;
    assert!(service.add_fault(Fault::new(FaultKind::Delay)).is_err());
}

#[tokio::test]
async fn a_reset_leaves_what_the_program_set_up() {
    let service = service();
    let device = device(&service);
    let before = service.state();
    let mut wire = Wire::greeted(&service, &device, &connect(V3, "lamp")).await;
    assert_eq!(create_job(&service, "j").await.0, 200);
    service
        .add_fault(Fault::new(FaultKind::Drop))
        .expect("a fault");
    service.advance_clock(Duration::from_mins(1));
    service.reset();
    wire.expect_close().await;
    assert_eq!(service.state(), before, "the clock is also set back");
    lamp(&service).await;
}

#[tokio::test]
async fn the_management_port_does_the_same() {
    let service = service();
    let _wire = lamp(&service).await;
    let (status, state) = admin(&service, "GET", "/state", "").await;
    assert_eq!(status, 200);
    assert_eq!(state["clock"]["mode"], "manual");
    assert_eq!(state["things"][0]["thingName"], "lamp");
    let connection = &state["connections"][0];
    assert_eq!(connection["clientId"], "lamp");
    assert_eq!(
        connection["subscriptions"],
        json!(["$aws/things/lamp/jobs/#"])
    );
    assert_eq!(state, service.state());

    for (method, path, body, expected) in [
        ("POST", "/clock/advance", r#"{"seconds":60}"#, 200),
        ("POST", "/clock/advance", r#"{"seconds":-1}"#, 400),
        ("POST", "/clock/advance", r#"{"seconds":999999999999}"#, 400),
        ("POST", "/clock/advance", "", 400),
        (
            "POST",
            "/faults",
            r#"{"kind":"drop","rate":0.5,"seed":7}"#,
            200,
        ),
        ("POST", "/faults", r#"{"kind":"drop","rate":2}"#, 400),
        ("POST", "/faults", r#"{"kind":"none"}"#, 400),
        ("GET", "/faults", "", 404),
    ] {
        let (status, answer) = admin(&service, method, path, body).await;
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
    }
    let faults = &service.state()["faults"];
    assert_eq!(*faults, json!([{ "kind": "drop", "rate": 0.5, "seed": 7 }]));
    assert_eq!(admin(&service, "DELETE", "/faults", "").await.0, 200);
    assert_eq!(service.state()["faults"], json!([]));
    assert_eq!(create_job(&service, "j").await.0, 200);
    let (status, answer) = admin(&service, "POST", "/reset", "").await;
    assert_eq!((status, &answer["now"]), (200, &state["clock"]["now"]));
    assert_eq!(service.state()["jobs"], json!([]));
}

/// A web page cannot use it: neither without the header, nor by a name of its own that resolves to this machine.
#[tokio::test]
async fn the_management_port_is_for_this_machine_alone() {
    let service = service();
    for (headers, expected) in [
        ("x-jobs-sandbox: admin\r\nHost: 127.0.0.1:80\r\n", 200),
        ("x-jobs-sandbox: admin\r\nHost: [::1]:80\r\n", 200),
        ("x-jobs-sandbox: admin\r\nHost: localhost\r\n", 200),
        ("Host: localhost\r\n", 403),
        ("x-jobs-sandbox: yes\r\nHost: localhost\r\n", 403),
        ("x-jobs-sandbox: admin\r\nHost: rebound.example:80\r\n", 403),
        ("x-jobs-sandbox: admin\r\nHost: localhost.example\r\n", 403),
    ] {
        let (status, _) = admin_with(&service, "GET", "/state", headers, "").await;
        assert_eq!(status, expected, "{headers}");
    }
    let preflight = "Host: localhost\r\nOrigin: http://a.example\r\nAccess-Control-Request-Headers: x-jobs-sandbox\r\n";
    assert_eq!(
        admin_with(&service, "OPTIONS", "/state", preflight, "")
            .await
            .0,
        403
    );
    assert_eq!(
        LocalService::start(&Options::default())
            .expect("it starts")
            .admin_address(),
        None
    );
}

#[tokio::test]
async fn the_program_itself_can_ask_the_control_plane() {
    let service = service();
    let mut lamp = lamp(&service).await;
    let targets = ["arn:aws:iot:us-east-1:123456789012:thing/lamp"];
    let job = json!({ "targets": targets, "document": "{}" });
    let (status, answer) = service.control("PUT", "/jobs/Job1", &job);
    assert_eq!(
        (status, &answer["jobId"]),
        (200, &json!("Job1")),
        "{answer}"
    );
    let (topic, event) = message(&mut lamp).await;
    assert_eq!(
        (topic.as_str(), &event["jobs"]["QUEUED"][0]["jobId"]),
        ("notify", &json!("Job1"))
    );
    for (method, path, expected) in [
        ("GET", "/jobs?status=IN_PROGRESS", 200),
        ("GET", "/jobs?status=NONE", 400),
        ("GET", "/jobs/none", 404),
        ("DELETE", "/jobs/Job1?force=true", 200),
        ("DELETE", "/jobs/Job1", 404),
        ("GET", "/rules", 501),
    ] {
        let (status, answer) = service.control(method, path, &Value::Null);
        assert_eq!(status, expected, "{method} {path}: {answer}");
    }
}

/// A thing gets another certificate, as in a test of a device that replaces its own.
#[test]
fn requests_may_have_members_in_headers() {
    const THING: &str = "/things/lamp/principals";
    let service = service();
    let old = service.create_device_with(&["lamp"], &[]);
    let new = service.create_device().expect("a device");
    let arn = |id: &str| format!("arn:aws:iot:us-east-1:123456789012:cert/{id}");
    let (old, new) = (
        arn(&old.expect("a device").certificate_id),
        arn(&new.certificate_id),
    );
    for (method, principal, expected) in [("PUT", &new, 200), ("DELETE", &old, 200)] {
        let headers = [("X-Amzn-Principal", &**principal), ("other", "")];
        let (status, body) = service.control_with_headers(method, THING, &headers, &Value::Null);
        assert_eq!(status, expected, "{method}: {body}");
    }
    let attached = json!({ "principals": [new] });
    assert_eq!(service.control("GET", THING, &Value::Null), (200, attached));
    assert_eq!(service.control("PUT", THING, &Value::Null).0, 400);
}

#[test]
fn a_device_is_only_made_for_things_that_aws_could_have() {
    let service = service();
    for (things, expected) in [
        (&["lamp", "other"][..], None),
        (&["lamp", "a lamp"], Some("Value 'a lamp' at 'thingName'")),
        (&[""], Some("Value '' at 'thingName'")),
    ] {
        let refusal = service.create_device_with(things, &[]).err();
        let text = refusal.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            text.contains(expected.unwrap_or_default()),
            "{things:?}: {text}"
        );
        assert_eq!(text.is_empty(), expected.is_none(), "{things:?}: {text}");
    }
    let (_, things) = service.control("GET", "/things", &Value::Null);
    assert_eq!(
        things["things"].as_array().map(Vec::len),
        Some(2),
        "{things}"
    );
}
