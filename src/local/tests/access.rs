//! Certificates and policies: who is let in, what may be done, and what the log says about it.

use crate::local::tests::service;
use crate::local::tests::wire::{
    V3, V5, Wire, connect, disconnect, puback, publish, refused, suback, subscribe,
};
use crate::local::{LocalService, Options};

/// A device may be only its own thing, and use only its own topics.
const OWN_THING: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:us-east-1:123456789012:client/${iot:Connection.Thing.ThingName}"},
    {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:us-east-1:123456789012:topic/$aws/things/${iot:Connection.Thing.ThingName}/*"},
    {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:us-east-1:123456789012:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/*"}
]}"#;

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
    let shadow = "$aws/things/door/shadow/get";
    let mut wire = Wire::greeted(&service, &lamp, &connect(V5, "lamp")).await;
    wire.send(&subscribe(V5, &own, 1)).await;
    wire.expect(&suback(V5, &[1, 0x87, 0x87])).await;
    wire.send(&publish(V5, 2, 7, shadow, b"")).await;
    wire.expect(&refused(7, 0x87)).await;
    wire.send(&publish(V5, 2, 7, "$aws/things/lamp/shadow/get", b""))
        .await;
    wire.expect(&puback(7)).await;
    wire.send(&publish(V5, 0, 0, shadow, b"")).await;
    wire.expect(&disconnect(0x87, "not authorized")).await;
    wire.expect_close().await;
    for refused in [subscribe(V3, &own, 1), publish(V3, 2, 7, shadow, b"")] {
        let mut wire = Wire::greeted(&service, &lamp, &connect(V3, "lamp")).await;
        wire.send(&refused).await;
        wire.expect_close().await;
    }
}

#[tokio::test]
async fn the_log_says_what_was_refused_and_why() {
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
    let mut wire = Wire::open(&service, &unknown).await;
    wire.send(&connect(V5, "c\u{202e}")).await;
    wire.expect_close().await;
    let mut wire = Wire::open(&service, &lamp).await;
    wire.send(&connect(V3, "door")).await;
    wire.expect_close().await;
    let lines: Vec<String> = lines.try_iter().collect();
    assert_eq!(
        lines,
        [
            format!(
                "client `c `: iot:Connect is refused: the certificate {} is not registered or not active",
                unknown.certificate_id
            ),
            "client `door`: iot:Connect on `arn:aws:iot:us-east-1:123456789012:client/door` is allowed by no statement"
                .to_owned(),
        ]
    );
}
