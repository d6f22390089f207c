//! Objects over sockets: what depends on HTTP rather than on the service.

use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::local::room::BODY_MAX;
use crate::local::tests::{control, http_text, service, service_with, signed, soon};
use crate::local::{LocalService, Options};

/// A request for objects, and the response.
async fn ask(service: &LocalService, method: &str, path: &str, body: &str) -> String {
    let request = signed("s3", method, path, "", body);
    http_text(service.http_address(), &request).await
}

#[tokio::test]
async fn a_head_has_the_length_of_the_object_and_no_body() {
    let service = service();
    ask(&service, "PUT", "/bucket", "").await;
    for (body, length) in [("", 0), ("body", 4)] {
        ask(&service, "PUT", "/bucket/key", body).await;
        let answer = ask(&service, "HEAD", "/bucket/key", "").await;
        let lower = answer.to_lowercase();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(
            lower.contains(&format!("\r\ncontent-length: {length}\r\n")),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        let answer = ask(&service, "GET", "/bucket/key", "").await;
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        for header in ["etag: ", "x-amz-request-id: ", "last-modified: ", "date: "] {
            assert!(
                answer.contains(&format!("\r\n{header}")),
                "{header}{answer}"
            );
        }
    }
    let answer = ask(&service, "HEAD", "/bucket/none", "").await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
}

/// A client that asks before it sends is answered at once; one that does not is listened to first.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let service = service();
    ask(&service, "PUT", "/bucket", "").await;
    let length = BODY_MAX + 1;
    let head = signed("s3", "PUT", "/bucket/key", "", "")
        .replace("Content-Length: 0", &format!("Content-Length: {length}"));
    let asking = head.replace("Connection", "Expect: 100-continue\r\nConnection");
    let answer = http_text(service.http_address(), &asking).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("<Code>EntityTooLarge</Code>"), "{answer}");

    let socket = TcpStream::connect(service.http_address()).await;
    let mut socket = socket.expect("the port accepts");
    socket.write_all(head.as_bytes()).await.expect("written");
    let body = vec![0; length];
    soon("the body", socket.write_all(&body))
        .await
        .expect("written");
    let mut answer = String::new();
    let read = soon("an answer", socket.read_to_string(&mut answer)).await;
    read.expect("an answer");
    assert!(answer.contains("<Code>EntityTooLarge</Code>"), "{answer}");
    // Its memory is free for others.
    for _ in 0..3 {
        let answer = ask(&service, "PUT", "/bucket/key", "small").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

/// Two bodies that may be as large as allowed leave no room for a third; it is read when one of them ends.
#[tokio::test]
async fn a_body_waits_for_memory() {
    let service = Arc::new(service());
    ask(&service, "PUT", "/bucket", "").await;
    let head = signed("s3", "PUT", "/bucket/key", "", "").replace(
        "Content-Length: 0",
        "Content-Encoding: aws-chunked\r\nTransfer-Encoding: chunked",
    );
    let mut first = Vec::new();
    for _ in 0..2 {
        let socket = TcpStream::connect(service.http_address()).await;
        let mut socket = socket.expect("the port accepts");
        let asking = head.replace("Connection", "Expect: 100-continue\r\nConnection");
        socket.write_all(asking.as_bytes()).await.expect("written");
        // It says that it may go on when there is room for it.
        let mut line = [0; 12];
        let read = soon("a word", socket.read_exact(&mut line)).await;
        read.expect("a word");
        assert_eq!(&line, b"HTTP/1.1 100");
        first.push(socket);
    }
    let third = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { ask(&service, "PUT", "/bucket/third", "third").await })
    };
    // Requests that do not need room are answered in the meantime.
    let answer = ask(&service, "GET", "/bucket/third", "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(!third.is_finished());
    drop(first.pop());
    let answer = soon("the third", third).await.expect("no panic");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// The address in a URL is one that leads to the service, with a name if it has names.
#[tokio::test]
async fn a_presigned_url_leads_to_the_service() {
    for (names, bind, host) in [
        (&[][..], "127.0.0.1", "127.0.0.1"),
        (&[], "127.0.0.2", "127.0.0.2"),
        (&[], "0.0.0.0", "127.0.0.1"),
        (&["localhost"], "0.0.0.0", "localhost"),
    ] {
        let service = LocalService::start(&Options {
            things: vec!["lamp".to_owned()],
            names: names.iter().map(ToString::to_string).collect(),
            endpoint: (*names.first().unwrap_or(&"127.0.0.1")).to_owned(),
            bind: bind.parse().expect("an address"),
            ..Options::default()
        });
        let service = service.expect("the service starts");
        check_presigned_url(&service, host).await;
    }
    let service = service_with(&["lamp"]);
    check_presigned_url(&service, "127.0.0.1").await;
}

async fn check_presigned_url(service: &LocalService, host: &str) {
    let (port, bind) = (service.http_address().port(), service.http_address().ip());
    let address = if bind.is_unspecified() {
        "127.0.0.1".parse().expect("an address")
    } else {
        bind
    };
    let send = async |request: &str| http_text((address, port).into(), request).await;
    for (path, body) in [("/bucket", ""), ("/bucket/key", "the image")] {
        let answer = send(&signed("s3", "PUT", path, "", body)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let job = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "document": r#"{"url":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bucket/key}"}"#,
        "presignedUrlConfig": { "roleArn": "arn:aws:iam::123456789012:role/reader" },
    });
    send(&signed("iot", "PUT", "/jobs/job", "", &job.to_string())).await;
    let started = send(&signed(
        "iot-jobs-data",
        "PUT",
        "/things/lamp/jobs/$next",
        "",
        "{}",
    ))
    .await;
    let url = started.split("http://").nth(1).expect("a URL");
    let url = url.split('\\').next().unwrap_or_default();
    let (authority, target) = url.split_once('/').expect("a path");
    assert_eq!(authority, format!("{host}:{port}"));
    let head = format!("GET /{target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let answer = send(&head).await;
    assert!(answer.ends_with("\r\n\r\nthe image"), "{answer}");
    check_cut_urls(&head, send).await;
    // Another name of the service is another host.
    let answer = send(&head.replace(authority, "[::1]")).await;
    assert!(
        answer.contains("<Code>SignatureDoesNotMatch</Code>"),
        "{answer}"
    );
}

/// As from a device that has no room for the whole URL, or that sends a header of its own.
async fn check_cut_urls(head: &str, send: impl AsyncFn(&str) -> String) {
    let (target, rest) = head.split_once(" HTTP/1.1\r\n").expect("a head");
    let from = |name: &str| target.find(name).expect(name);
    let signature = from("X-Amz-Signature=");
    for (until, code) in [
        (signature + 30, "SignatureDoesNotMatch"),
        (signature - 1, "AuthorizationQueryParametersError"),
        (from("X-Amz-Expires="), "AuthorizationQueryParametersError"),
        (
            from("X-Amz-Algorithm=") + 8,
            "AuthorizationQueryParametersError",
        ),
    ] {
        let cut = &target[..until];
        let answer = send(&format!("{cut} HTTP/1.1\r\n{rest}")).await;
        assert!(
            answer.contains(&format!("<Code>{code}</Code>")),
            "{cut}: {answer}"
        );
    }
    for (credential, code) in [
        ("Bearer t", "InvalidArgument"),
        ("Basic YTpi", "InvalidArgument"),
    ] {
        let rest = format!("Authorization: {credential}\r\n{rest}");
        let answer = send(&format!("{target} HTTP/1.1\r\n{rest}")).await;
        assert!(answer.contains(&format!("<Code>{code}</Code>")), "{answer}");
        assert!(
            answer.contains("Only one auth mechanism allowed"),
            "{answer}"
        );
    }
    let of_iot = target.replace("%2Fs3%2F", "%2Fiot%2F");
    let answer = send(&format!("{of_iot} HTTP/1.1\r\n{rest}")).await;
    assert!(
        answer.starts_with("HTTP/1.1 501 ") && answer.contains("requests of `iot`"),
        "{answer}"
    );
}

/// As from an HTTP client that sends from a stream.
#[tokio::test]
async fn an_object_of_an_unknown_length_is_refused() {
    const CHUNKED: &str = "Transfer-Encoding: chunked";
    let service = service();
    ask(&service, "PUT", "/bucket", "").await;
    let body = "3\r\nabc\r\n0\r\n\r\n";
    let signed_chunks = "d\r\n3\r\nabc\r\n0\r\n\r\n\r\n0\r\n\r\n";
    for (headers, body, expected) in [
        (CHUNKED, body, "501 Not Implemented"),
        ("X-Other: y", "", "411 Length Required"),
        ("x-amz-copy-source: /bucket/none", "", "404 Not Found"),
        (
            "Content-Encoding: aws-chunked\r\nTransfer-Encoding: chunked",
            signed_chunks,
            "200 OK",
        ),
    ] {
        let request = signed("s3", "PUT", "/bucket/key", "", "");
        let request = request.replace("Content-Length: 0", headers) + body;
        let answer = http_text(service.http_address(), &request).await;
        let start = format!("HTTP/1.1 {expected}\r\n");
        assert!(answer.starts_with(&start), "{headers}: {answer}");
        assert_eq!(
            answer.contains("<Header>Transfer-Encoding</Header>"),
            headers == CHUNKED,
            "{answer}"
        );
    }
    let answer = ask(&service, "GET", "/bucket/key", "").await;
    assert!(answer.ends_with("\r\n\r\nabc"), "{answer}");
}

#[tokio::test]
async fn a_reset_forgets_objects() {
    let service = service();
    ask(&service, "PUT", "/bucket", "").await;
    let answer = ask(&service, "GET", "/bucket", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    service.reset();
    let answer = ask(&service, "GET", "/bucket", "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    control(&service, "GET", "/jobs", "").await;
}
