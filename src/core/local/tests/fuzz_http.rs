//! Whatever any port receives over HTTP, the service survives and answers the requests. `FUZZ_INPUTS=1000000` makes it
//! long; an input is a whole connection with one request or more.

use std::future::ready;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::{Notify, watch};

use crate::broker::ClientIdentity;
use crate::local::admin;
use crate::local::clock::ClockMode;
use crate::local::hosts::Hosts;
use crate::local::http::plane;
use crate::local::http::port::{Connection, Greeted, handler};
use crate::local::hub::handle::HubHandle;
use crate::local::hub::{Hub, HubSettings};
use crate::local::local_service::EVERYTHING;
use crate::local::pki::Authority;
use crate::local::tests::fuzz::{Random, number};
use crate::local::tests::{signed, soon};
use crate::policy::ResourceArns;
use crate::protocol::ThingName;
use crate::service::{KnownPolicies, Registration, Service, ServiceIdentity};

/// No input of this test makes the service wait, because the client closes its side.
const PATIENCE: Duration = Duration::from_secs(10);

const JOB: &str = r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thing/lamp"],"document":"{}","timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#;
const GROUP_JOB: &str = r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thinggroup/g"],"targetSelection":"CONTINUOUS","document":"{\"a\":[1]}"}"#;
const MEMBER: &str = r#"{"thingName":"lamp","thingGroupName":"g"}"#;
const ATTRIBUTES: &str = r#"{"attributePayload":{"attributes":{"a":"x"}}}"#;
const POLICY: &str = r#"{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}"#;

/// Requests of the control plane.
const CONTROL: [(&str, &str, &str); 34] = [
    ("PUT", "/jobs/Job1", JOB),
    ("PUT", "/jobs/Job2", JOB),
    ("PUT", "/jobs/Job3", GROUP_JOB),
    ("POST", "/jobs/Job3/targets", GROUP_JOB),
    ("GET", "/jobs/Job1", ""),
    ("GET", "/jobs", ""),
    (
        "GET",
        "/jobs?status=IN_PROGRESS&targetSelection=SNAPSHOT&maxResults=1",
        "",
    ),
    ("GET", "/jobs?thingGroupName=g&maxResults=250", ""),
    // A token of `jobs` and the number 5, and an invalid one.
    ("GET", "/jobs?maxResults=1&nextToken=6a6f62730a35", ""),
    ("GET", "/jobs?nextToken=6a6f62730aff", ""),
    ("GET", "/jobs/Job1/things?maxResults=1", ""),
    ("GET", "/jobs/Job1/things?status=QUEUED", ""),
    ("GET", "/things/lamp/jobs?jobId=Job1&maxResults=1", ""),
    ("GET", "/things/lamp/jobs?status=IN_PROGRESS", ""),
    ("GET", "/things/lamp/jobs/Job1", ""),
    (
        "PUT",
        "/jobs/Job1/cancel?force=true",
        r#"{"reasonCode":"A","comment":"b"}"#,
    ),
    (
        "PUT",
        "/things/lamp/jobs/Job2/cancel",
        r#"{"expectedVersion":1}"#,
    ),
    (
        "DELETE",
        "/things/lamp/jobs/Job2/executionNumber/1?force=true",
        "",
    ),
    ("DELETE", "/jobs/Job1?force=true", ""),
    ("DELETE", "/jobs/Job3?force=true", ""),
    ("POST", "/things/lamp2", ATTRIBUTES),
    ("PATCH", "/things/lamp", ATTRIBUTES),
    (
        "GET",
        "/things?attributeName=a&attributeValue=x&usePrefixAttributeValue=true",
        "",
    ),
    ("GET", "/things?maxResults=1", ""),
    ("DELETE", "/things/lamp2?expectedVersion=1", ""),
    ("POST", "/thing-groups/g", "{}"),
    ("POST", "/thing-groups/h", r#"{"parentGroupName":"g"}"#),
    ("GET", "/thing-groups?parentGroup=g&namePrefixFilter=h", ""),
    ("GET", "/thing-groups/g/things?recursive=true", ""),
    ("PUT", "/thing-groups/addThingToThingGroup", MEMBER),
    ("PUT", "/thing-groups/removeThingFromThingGroup", MEMBER),
    ("DELETE", "/thing-groups/h", ""),
    ("POST", "/policies/p", POLICY),
    ("GET", "/policies?pageSize=1&isAscendingOrder=true", ""),
];

/// Requests of a device.
const DATA: [(&str, &str, &str); 5] = [
    ("GET", "/things/lamp/jobs", ""),
    ("GET", "/things/lamp/jobs/$next", ""),
    (
        "PUT",
        "/things/lamp/jobs/$next",
        r#"{"stepTimeoutInMinutes":1}"#,
    ),
    ("GET", "/things/lamp/jobs/Job1?includeJobDocument=true", ""),
    (
        "POST",
        "/things/lamp/jobs/Job1",
        r#"{"status":"SUCCEEDED"}"#,
    ),
];

const CHUNKED: &str = "4;chunk-signature=00\r\nfour\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";

/// Requests for objects: of the last two, one is in chunks, and one is signed in its URL.
const OBJECTS: [(&str, &str, &str); 14] = [
    ("PUT", "/bucket", ""),
    ("GET", "/", ""),
    ("PUT", "/bucket/a%20b", "body"),
    ("GET", "/bucket/a%20b?response-content-type=a", ""),
    ("HEAD", "/bucket/a%20b", ""),
    (
        "GET",
        "/bucket?list-type=2&delimiter=%2F&max-keys=1&continuation-token=a",
        "",
    ),
    ("GET", "/bucket?marker=a&prefix=b&encoding-type=url", ""),
    ("POST", "/bucket/c?uploads", ""),
    ("PUT", "/bucket/c?partNumber=1&uploadId=00", "part"),
    (
        "POST",
        "/bucket/c?uploadId=00",
        "<Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>",
    ),
    (
        "POST",
        "/bucket?delete",
        "<Delete><Object><Key>a&lt;b</Key></Object></Delete>",
    ),
    ("DELETE", "/bucket/a%20b", ""),
    ("PUT", "/bucket/d?X-Amz-Signature=00", CHUNKED),
    (
        "GET",
        "/bucket/d?X-Amz-Credential=ASIA20718E51FB97E06A&X-Amz-Date=20261122T083005Z&X-Amz-Expires=60&X-Amz-Signature=00",
        "",
    ),
];

/// Requests of the management port.
const ADMIN: [(&str, &str, &str); 7] = [
    ("GET", "/state", ""),
    ("POST", "/reset", ""),
    ("POST", "/clock/advance", r#"{"seconds":660}"#),
    ("POST", "/clock/advance", r#"{"seconds":315619200}"#),
    (
        "POST",
        "/faults",
        r#"{"kind":"throttle","of":"http","count":1}"#,
    ),
    ("POST", "/faults", r#"{"kind":"drop","rate":0.1,"seed":7}"#),
    ("DELETE", "/faults", ""),
];

/// Connections that end early, are slow, or vary the framing of HTTP.
const FRAMES: [&str; 15] = [
    "",
    "G",
    "GET /jobs HTTP/1.1\r\nHost: loc",
    "GET /jobs HTTP/1.0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n",
    "GET http://localhost/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET http://a@[::1]:80/jobs HTTP/1.1\r\nHost: [::1]\r\nHost: localhost.:0\r\n\r\n",
    "PUT /jobs/J HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    "PUT /jobs/J HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "PUT /jobs/J HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "PUT /jobs/J HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "PUT /jobs/J HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    "GET /jobs HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/// The port that an input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Planes,
    /// HTTPS, within TLS.
    Device,
    Management,
}

impl Random {
    /// One or more requests on one connection, mostly valid, with some bytes changed.
    fn requests(&mut self) -> (Port, Vec<u8>) {
        let port = *self.pick(&[
            Port::Planes,
            Port::Planes,
            Port::Planes,
            Port::Device,
            Port::Management,
        ]);
        let mut bytes = Vec::new();
        for _ in 0..=self.below(3) {
            let request = match (port, self.below(8)) {
                (_, 0) => (*self.pick(&FRAMES)).to_owned(),
                (Port::Management, _) => {
                    let (method, path, body) = *self.pick(&ADMIN);
                    signed("iot", method, path, "", body)
                        .replace("\r\nx-amzn-principal: ", "\r\nx-jobs-sandbox: admin")
                }
                (Port::Device, _) => {
                    let (method, path, body) = *self.pick(&DATA);
                    signed("", method, path, "", body)
                }
                (Port::Planes, 1) => {
                    let (method, path, body) = *self.pick(&DATA);
                    signed("iot-jobs-data", method, path, "", body)
                }
                (Port::Planes, 2) => {
                    let (method, path, body) = *self.pick(&OBJECTS);
                    let request = signed("s3", method, path, "", body);
                    if path.contains("Signature") {
                        request.replace(
                            "Authorization: ",
                            "Content-Encoding: aws-chunked\r\nRange: ",
                        )
                    } else {
                        request
                    }
                }
                (Port::Planes, _) => {
                    let (method, path, body) = *self.pick(&CONTROL);
                    signed("iot", method, path, "", body)
                }
            };
            // All but the last keep the connection open.
            let kept = bytes.windows(17).position(|it| it == b"Connection: close");
            if let Some(at) = kept {
                bytes.splice(at..at + 17, *b"Connection: alive");
            }
            bytes.extend_from_slice(request.as_bytes());
        }
        for _ in 0..self.below(5).saturating_sub(1) {
            self.mutate(&mut bytes);
        }
        (port, bytes)
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const PIECES: [&[u8]; 8] = [
            b"\r\n",
            b"\0",
            b"%00",
            b"\xff\xfe",
            b"99999999999999999999",
            b"-1",
            b"[[[[",
            b"&nextToken=",
        ];
        let at = self.below(bytes.len() + 1);
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, self.byte()),
            2 if at < bytes.len() => {
                bytes.remove(at);
            }
            3 => {
                let piece = *self.pick(&PIECES);
                bytes.splice(at..at, piece.iter().copied());
            }
            _ if at < bytes.len() => bytes[at] = self.byte(),
            _ => {}
        }
    }
}

async fn answer(
    hub: HubHandle,
    (port, peer): (Port, Arc<ClientIdentity>),
    request: hyper::Request<Incoming>,
) -> Response<Full<Bytes>> {
    let hosts = Hosts::of_this_machine(Ipv4Addr::LOCALHOST.into());
    match port {
        Port::Planes => plane::handle(hub, hosts, PATIENCE, request).await,
        Port::Device => plane::handle_device(hub, hosts, PATIENCE, peer, request).await,
        Port::Management => admin::handle(hub, hosts, PATIENCE, request).await,
    }
}

/// Sends all bytes while it reads the responses to their end.
async fn exchange(client: DuplexStream, bytes: &[u8]) -> Vec<u8> {
    let (mut reader, mut writer) = tokio::io::split(client);
    let mut answers = Vec::new();
    let send = async {
        // The service may close the connection before all is sent.
        let _ = writer.write_all(bytes).await;
        let _ = writer.shutdown().await;
    };
    let _ = tokio::join!(send, reader.read_to_end(&mut answers));
    answers
}

#[tokio::test]
async fn no_request_ends_the_service() {
    let (inputs, seed) = (number("FUZZ_INPUTS", 2_000), number("FUZZ_SEED", 1));
    let identity = ServiceIdentity {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        endpoint: "localhost".to_owned(),
        object_url: "http://localhost:8880".to_owned(),
        seed: 7,
    };
    let settings = HubSettings {
        things: vec![ThingName::new("lamp").expect("a name")],
        clock: ClockMode::Manual,
        ..HubSettings::default()
    };
    let authority = Arc::new(Authority::new().expect("a CA"));
    let arns = ResourceArns::new("us-east-1", "123456789012");
    let device = authority.create_device().expect("a certificate");
    let peer = Arc::new(ClientIdentity {
        client_id: String::new(),
        certificate_id: device.certificate_id.clone(),
        origin: Arc::default(),
    });
    let registration = Registration {
        certificate: device.into_new(),
        policies: vec![("all".to_owned(), EVERYTHING.to_owned())],
        known: KnownPolicies::Refuse,
        things: Vec::new(),
    };
    let (mut hub, handle, _orders) = Hub::new(Service::new(identity), authority, arns, settings);
    hub.register(Arc::new(registration)).expect("a device");
    let (stop, stopped) = watch::channel(false);
    let hub = tokio::spawn(hub.run(stopped.clone()));
    let waits = Arc::new(Notify::new());
    let mut random = Random(seed);
    let (mut answered, mut accepted) = (0, 0);
    for input in 0..inputs {
        let (port, bytes) = random.requests();
        let (client, server) = tokio::io::duplex(64 * 1024);
        let (hub, peer) = (handle.clone(), Arc::clone(&peer));
        let greeted = Greeted {
            stream: Box::new(server),
            handler: handler(move |request| {
                answer(hub.clone(), (port, Arc::clone(&peer)), request)
            }),
        };
        let connection = Connection::new(PATIENCE, Arc::clone(&waits));
        let greeting = Box::pin(ready(Some(greeted)));
        let task = tokio::spawn(connection.run(greeting, stopped.clone()));
        let what = format!(
            "seed {seed}, input {input}, {port:?}: {}",
            bytes.escape_ascii()
        );
        let answers = soon(&what, exchange(client, &bytes)).await;
        assert!(task.await.is_ok(), "{what}");
        let answers = String::from_utf8_lossy(&answers);
        for head in answers.split("HTTP/1.").skip(1) {
            let status = head.get(2..5).and_then(|status| status.parse::<u16>().ok());
            let status = status.expect(&what);
            assert!((100..600).contains(&status), "{status}: {what}");
            answered += 1;
            accepted += u64::from(status == 200);
        }
    }
    assert!(answered > inputs / 2, "only {answered} answers");
    assert!(
        accepted > inputs / 4,
        "only {accepted} of {answered} are good"
    );
    assert!(!hub.is_finished(), "the hub lives");
    stop.send_replace(true);
    hub.await.expect("the hub ends well");
}
