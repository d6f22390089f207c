//! Certificates and policies: which clients may connect, what they may do, and the log lines about it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::local::local_service::EVERYTHING;
use crate::local::tests::wire::{
    V3, V5, Wire, connect, connect_with, disconnect, puback, publish, refused, suback, subscribe,
    text,
};
use crate::local::tests::{client_config, device, http, http_text, service, signed, soon};
use crate::local::{DeviceCertificate, LocalService, Options};

/// A device may be only its own thing, and use only its own topics.
const OWN_THING: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:us-east-1:123456789012:client/${iot:Connection.Thing.ThingName}"},
    {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:us-east-1:123456789012:topic/$aws/things/${iot:Connection.Thing.ThingName}/*"},
    {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:us-east-1:123456789012:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/*"}
]}"#;

/// Rows 107, 108 and 109.
#[tokio::test]
async fn the_policies_of_the_certificate_decide() {
    let service = service();
    let policies = [("own-thing", OWN_THING)];
    let lamp = service
        .create_device_with(&["lamp"], &policies)
        .expect("a certificate");
    let nobody = service
        .create_device_with(&[], &policies)
        .expect("a certificate");
    let powerless = service
        .create_device_with(&["lamp"], &[])
        .expect("a certificate");
    assert!(service.create_device_with(&[], &[("bad", "{")]).is_err());
    for (device, client_id) in [(&lamp, "door"), (&nobody, "lamp"), (&powerless, "lamp")] {
        let mut wire = Wire::open(&service, device).await;
        wire.send(&connect(V3, client_id)).await;
        wire.expect_close().await;
        let mut wire = Wire::open(&service, device).await;
        wire.send(&connect(V5, client_id)).await;
        wire.expect(b"\x20\x14\0\x87\x11\x1f\0\x0enot authorized")
            .await;
        wire.expect_close().await;
    }
    let own = ["$aws/things/lamp/jobs/#", "$aws/things/door/jobs/#", "#"];
    let foreign = "$aws/things/door/other/get";
    let mut wire = Wire::greeted(&service, &lamp, &connect(V5, "lamp")).await;
    wire.send(&subscribe(V5, &own, 1)).await;
    wire.expect(&suback(V5, &[1, 0x87, 0x87])).await;
    wire.send(&publish(V5, 2, 7, foreign, b"")).await;
    wire.expect(&refused(7, 0x87)).await;
    wire.send(&publish(V5, 2, 7, "$aws/things/lamp/other/get", b""))
        .await;
    wire.expect(&puback(7)).await;
    wire.send(&publish(V5, 0, 0, foreign, b"")).await;
    wire.expect(&disconnect(0x87, "not authorized")).await;
    wire.expect_close().await;
    for refused in [subscribe(V3, &own, 1), publish(V3, 2, 7, foreign, b"")] {
        let mut wire = Wire::greeted(&service, &lamp, &connect(V3, "lamp")).await;
        wire.send(&refused).await;
        wire.expect_close().await;
    }
}

#[tokio::test]
async fn the_log_names_what_was_refused_and_why() {
    let (log, lines) = std::sync::mpsc::sync_channel(10);
    let options = Options {
        log: Some(log),
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let unknown = service.authority.create_device().expect("a certificate");
    let policies = [("own-thing", OWN_THING)];
    let lamp = service
        .create_device_with(&["lamp"], &policies)
        .expect("a certificate");
    let oversized = "l".repeat(300);
    for client_id in ["c\u{202e}", &oversized] {
        let mut wire = Wire::open(&service, &unknown).await;
        wire.send(&connect(V5, client_id)).await;
        wire.expect_close().await;
    }
    let mut wire = Wire::open(&service, &lamp).await;
    wire.send(&connect(V3, "door")).await;
    wire.expect_close().await;
    let lines: Vec<String> = lines.try_iter().collect();
    let why = format!(
        "iot:Connect is refused: the certificate {} is not registered or not active",
        unknown.certificate_id
    );
    assert_eq!(
        lines,
        [
            format!("client `c `: {why}"),
            format!("client `{}…`: {why}", &oversized[..256]),
            "client `door`: iot:Connect on `arn:aws:iot:us-east-1:123456789012:client/door` is allowed by no statement"
                .to_owned(),
        ]
    );
}

async fn call(
    service: &LocalService,
    method: &str,
    path: &str,
    principal: &str,
    body: &str,
) -> (u16, Value) {
    let request = signed("iot", method, path, principal, body);
    http(service.http_address(), &request).await
}

async fn done(
    service: &LocalService,
    method: &str,
    path: &str,
    principal: &str,
    body: &str,
) -> Value {
    let (status, answer) = call(service, method, path, principal, body).await;
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

/// Sets up a device as boto3 and the AWS CLI do, with the effects on MQTT.
#[tokio::test]
async fn a_device_is_set_up_as_on_aws_and_loses_its_rights_at_once() {
    let service = service();
    let made = done(
        &service,
        "POST",
        "/keys-and-certificate?setAsActive=true",
        "",
        "",
    )
    .await;
    let text = |pointer: &str| {
        made.pointer(pointer)
            .and_then(Value::as_str)
            .expect(pointer)
    };
    let device = DeviceCertificate {
        certificate_id: text("/certificateId").to_owned(),
        certificate_pem: text("/certificatePem").to_owned(),
        private_key_pem: text("/keyPair/PrivateKey").to_owned(),
        public_key_pem: text("/keyPair/PublicKey").to_owned(),
        valid_ms: (0, 0),
    };
    assert!(
        device
            .public_key_pem
            .starts_with("-----BEGIN PUBLIC KEY-----")
    );
    let arn = text("/certificateArn");
    let target = json!({ "target": arn }).to_string();
    let certificate = format!("/certificates/{}", device.certificate_id);

    // Without a policy everything is denied.
    let not_authorized = b"\x20\x14\0\x87\x11\x1f\0\x0enot authorized";
    let mut wire = Wire::open(&service, &device).await;
    wire.send(&connect(V5, "lamp")).await;
    wire.expect(not_authorized).await;

    let document = json!({ "policyDocument": OWN_THING }).to_string();
    let bad = json!({ "policyDocument": "{\n  1}" }).to_string();
    let (status, answer) = call(&service, "POST", "/policies/bad", "", &bad).await;
    assert_eq!(status, 400);
    let message = answer["message"].as_str().expect("a message");
    assert!(message.contains("at line 2 column 3"), "{message}");
    done(&service, "POST", "/policies/own", "", &document).await;
    done(&service, "PUT", "/target-policies/own", "", &target).await;
    done(&service, "POST", "/things/lamp", "", "{}").await;
    let mut wire = Wire::open(&service, &device).await;
    wire.send(&connect(V5, "lamp")).await;
    wire.expect(not_authorized).await;
    done(&service, "PUT", "/things/lamp/principals", arn, "").await;

    let mut wire = Wire::greeted(&service, &device, &connect(V5, "lamp")).await;
    let get = "$aws/things/lamp/other/get";
    wire.send(&publish(V5, 2, 1, get, b"")).await;
    wire.expect(&puback(1)).await;
    // A change of policies applies to the next packet of an open connection.
    done(&service, "POST", "/target-policies/own", "", &target).await;
    wire.send(&publish(V5, 2, 2, get, b"")).await;
    wire.expect(&refused(2, 0x87)).await;
    done(&service, "PUT", "/target-policies/own", "", &target).await;
    wire.send(&publish(V5, 2, 3, get, b"")).await;
    wire.expect(&puback(3)).await;
    // So does a change of attachments.
    done(&service, "DELETE", "/things/lamp/principals", arn, "").await;
    wire.send(&publish(V5, 2, 4, get, b"")).await;
    wire.expect(&refused(4, 0x87)).await;
    done(&service, "PUT", "/things/lamp/principals", arn, "").await;

    // An inactive certificate: open connections end, new ones are refused without a CONNACK.
    let path = format!("{certificate}?newStatus=INACTIVE");
    done(&service, "PUT", &path, "", "").await;
    wire.expect(&disconnect(0x87, "not authorized")).await;
    wire.expect_close().await;
    for version in [V3, V5] {
        let mut wire = Wire::open(&service, &device).await;
        wire.send(&connect(version, "lamp")).await;
        wire.expect_close().await;
    }
    let path = format!("{certificate}?newStatus=ACTIVE");
    done(&service, "PUT", &path, "", "").await;
    Wire::greeted(&service, &device, &connect(V3, "lamp")).await;
}

/// Waiting messages and wills do not outlive a right, or pass to another certificate.
#[tokio::test]
async fn what_waits_and_wills_need_the_rights_of_the_moment() {
    let service = service();
    let other = device(&service);
    let mut watcher = Wire::greeted(&service, &other, &connect(V3, "watcher")).await;
    watcher.send(&subscribe(V3, &["wills"], 0)).await;
    watcher.expect(&suback(V3, &[0])).await;
    let powerless = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}"#;
    let mute = service
        .create_device_with(&[], &[("connect", powerless)])
        .expect("a certificate");
    let will = [text("wills"), text("gone")].concat();
    let persistent = connect_with(V3, 0x04, b"", "c", &will);
    let resumed = [0x20, 2, 1, 0];
    for end in ["another certificate", "detached", "inactive", "as ever"] {
        let owner = service
            .create_device_with(&[], &[("owner", EVERYTHING), ("connect", powerless)])
            .expect("a certificate");
        let id = &owner.certificate_id;
        let arn = format!("arn:aws:iot:us-east-1:123456789012:cert/{id}");
        let mut wire = Wire::greeted(&service, &owner, &connect(V3, "c")).await;
        drop(wire);
        wire = Wire::open(&service, &owner).await;
        wire.send(&persistent).await;
        wire.expect(&[0x20, 2, 0, 0]).await;
        wire.send(&subscribe(V3, &["a"], 1)).await;
        wire.expect(&suback(V3, &[1])).await;
        watcher.send(&publish(V3, 2, 9, "a", b"in flight")).await;
        watcher.expect(&puback(9)).await;
        wire.expect(&publish(V3, 2, 1, "a", b"in flight")).await;
        match end {
            "detached" => {
                let target = json!({ "target": arn }).to_string();
                done(&service, "POST", "/target-policies/owner", "", &target).await;
            }
            "inactive" => {
                let path = format!("/certificates/{id}?newStatus=INACTIVE");
                done(&service, "PUT", &path, "", "").await;
            }
            _ => {}
        }
        drop(wire);
        if matches!(end, "another certificate" | "as ever") {
            watcher.expect(&publish(V3, 0, 0, "wills", b"gone")).await;
        }
        // The hub has handled the end of the connection before this.
        while service.state()["connections"][1] != json!(null) {
            tokio::task::yield_now().await;
        }
        watcher.send(&publish(V3, 2, 9, "a", b"queued")).await;
        watcher.expect(&puback(9)).await;
        let next = if end == "another certificate" {
            &mute
        } else {
            &owner
        };
        let mut wire = Wire::open(&service, next).await;
        wire.send(&connect_with(V3, 0, b"", "c", b"")).await;
        match end {
            "inactive" => wire.expect_close().await,
            "as ever" => {
                wire.expect(&resumed).await;
                wire.expect(&publish(V3, 2, 1, "a", b"in flight")).await;
                wire.expect(&publish(V3, 2, 2, "a", b"queued")).await;
                wire.expect_nothing().await;
            }
            _ => {
                wire.expect(&resumed).await;
                wire.expect_nothing().await;
            }
        }
        watcher.expect_nothing().await;
    }
}

/// Row 101: what clients offer in ALPN, and whether they are served. No port here is 443, so ALPN is optional.
#[tokio::test]
async fn a_client_that_offers_another_protocol_is_refused() {
    let service = service();
    let device = device(&service);
    for (offered, is_served) in [
        (&[][..], true),
        (&["x-amzn-mqtt-ca"], true),
        (&["h2", "x-amzn-mqtt-ca"], true),
        (&["h2"], false),
        (&["mqttt"], false),
        (&["http/1.1", "x-amzn-http-ca"], false),
    ] {
        let mut config = client_config(&service, &device).as_ref().clone();
        config.alpn_protocols = offered
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let opened = soon("TLS", Wire::try_open_with(&service, Arc::new(config))).await;
        assert_eq!(opened.is_ok(), is_served, "{offered:?}: {:?}", opened.err());
    }
}

#[tokio::test]
async fn a_policy_can_name_what_is_known_about_a_connection() {
    let service = service();
    let allowed = [
        "${iot:ClientId}",
        "room/${iot:Connection.Thing.Attributes[room]}",
        "by/${iot:Certificate.Issuer.Organization}",
        "serial/${iot:Certificate.SerialNumber}",
    ];
    let resource = |name: &str| format!("arn:aws:iot:us-east-1:123456789012:{name}");
    let mut resources: Vec<String> = allowed
        .iter()
        .map(|topic| resource(&format!("topic/{topic}")))
        .collect();
    resources.push(resource("client/*"));
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "iot:*", "Resource": resources },
    ]});
    let thing = r#"{"attributePayload":{"attributes":{"room":"hall"}}}"#;
    done(&service, "POST", "/things/lamp", "", thing).await;
    let device = service
        .create_device_with(&["lamp"], &[("variables", &policy.to_string())])
        .expect("a certificate");
    for (client_id, topic, is_allowed) in [
        ("lamp", "lamp", true),
        ("lamp", "door", false),
        ("door", "door", true),
        ("lamp", "room/hall", true),
        ("lamp", "room/attic", false),
        // Only the client with the thing's name acts as the thing.
        ("door", "room/hall", false),
        ("door", "by/jobs-sandbox", true),
        ("door", "by/amazon", false),
        // An unknown variable does not resolve.
        ("lamp", "serial/", false),
    ] {
        let mut wire = Wire::greeted(&service, &device, &connect(V5, client_id)).await;
        wire.send(&publish(V5, 2, 7, topic, b"")).await;
        let expected = if is_allowed {
            puback(7)
        } else {
            refused(7, 0x87)
        };
        wire.expect(&expected).await;
    }
}

/// A web page cannot use the control plane: it cannot sign, it has no permission by CORS, and it does not know this
/// machine's name.
#[tokio::test]
async fn only_signed_requests_to_this_machine_are_heard() {
    let service = service();
    let signed = signed("iot", "GET", "/things", "", "");
    let bare = "GET /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let asking = "Origin: http://a.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization\r\n";
    let host = "Host: localhost\r\n";
    let cut_off = "/things?X-Amz-Signature=00";
    let in_url = "/things?X-Amz-Algorithm=a&X-Amz-Credential=a&X-Amz-Date=a&X-Amz-Expires=a&X-Amz-SignedHeaders=a&X-Amz-Signature=00";
    for (request, expected) in [
        (signed.clone(), "HTTP/1.1 200 "),
        (
            signed.replace(host, &format!("{host}Origin: http://a.example\r\n")),
            "HTTP/1.1 200 ",
        ),
        (
            signed.replace(host, "Host: rebound.example\r\n"),
            "HTTP/1.1 403 ",
        ),
        (signed.replace("AWS4-HMAC-SHA256", "Basic"), "HTTP/1.1 403 "),
        (format!("{bare}\r\n"), "HTTP/1.1 403 "),
        (
            format!("{}{asking}\r\n", bare.replace("GET", "OPTIONS")),
            "HTTP/1.1 403 ",
        ),
        (signed.replace("/iot/", "/sqs/"), "HTTP/1.1 501 "),
        // The bucket `things`.
        (signed.replace("/iot/", "/s3/"), "HTTP/1.1 404 "),
        (
            format!("{}\r\n", bare.replace("/things", in_url)),
            "HTTP/1.1 404 ",
        ),
        (
            format!("{}\r\n", bare.replace("/things", cut_off)),
            "HTTP/1.1 400 ",
        ),
        (
            format!(
                "{}\r\n",
                bare.replace("/things", "/things?AWSAccessKeyId=a")
            ),
            "HTTP/1.1 403 ",
        ),
        (
            format!(
                "{}{asking}\r\n",
                bare.replace("GET /things", &format!("OPTIONS {in_url}"))
            ),
            "HTTP/1.1 501 ",
        ),
        (
            format!(
                "{}\r\n",
                bare.replace("GET /things", &format!("POST {in_url}"))
            ),
            "HTTP/1.1 501 ",
        ),
        (
            format!(
                "{}\r\n",
                bare.replace("/things", in_url)
                    .replace(host, "Host: rebound.example\r\n")
            ),
            "HTTP/1.1 403 ",
        ),
    ] {
        let answer = http_text(service.http_address(), &request).await;
        assert!(answer.starts_with(expected), "{request}{answer}");
        assert!(
            !answer.to_lowercase().contains("access-control"),
            "{answer}"
        );
    }
}
