//! What the type of a thing means for its connections.

use serde_json::json;

use crate::local::tests::wire::{
    V3, V5, Wire, connect, puback, publish, refused, suback, subscribe,
};
use crate::local::tests::{control, device, service};

/// A device may publish to the topics of its type.
const OWN_TYPE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
    {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:us-east-1:123456789012:topic/${iot:Connection.Thing.ThingTypeName}/*"}
]}"#;

#[tokio::test]
async fn the_type_of_its_thing_decides_on_an_open_connection() {
    let service = service();
    let lamp = service
        .create_device_with(&["lamp"], &[("own-type", OWN_TYPE)])
        .expect("a certificate");
    let mut wire = Wire::greeted(&service, &lamp, &connect(V5, "lamp")).await;
    for (packet_id, body, is_allowed) in [
        (1, json!({}), false),
        (2, json!({ "thingTypeName": "light" }), true),
        (3, json!({ "thingTypeName": "door" }), false),
        (4, json!({ "thingTypeName": "light" }), true),
        (5, json!({ "removeThingType": true }), false),
    ] {
        for name in ["light", "door"] {
            control(&service, "POST", &format!("/thing-types/{name}"), "{}").await;
        }
        control(&service, "PATCH", "/things/lamp", &body.to_string()).await;
        wire.send(&publish(V5, 2, packet_id, "light/on", b"")).await;
        let answer = if is_allowed {
            puback(packet_id)
        } else {
            refused(packet_id, 0x87)
        };
        wire.expect(&answer).await;
    }
}

/// A PUBLISH of MQTT 5 with QoS 0 and user properties.
fn with_properties(topic: &str, properties: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let text = |text: &str| {
        [
            &[0, u8::try_from(text.len()).expect("short")],
            text.as_bytes(),
        ]
        .concat()
    };
    let properties: Vec<u8> = properties
        .iter()
        .flat_map(|(key, value)| [vec![0x26], text(key), text(value)].concat())
        .collect();
    let length = u8::try_from(properties.len()).expect("short");
    let topic = text(topic);
    let body = [&topic[..], &[length], &properties, payload].concat();
    let length = u8::try_from(body.len()).expect("short");
    [&[0x30, length], &body[..]].concat()
}

#[tokio::test]
async fn a_type_adds_properties_to_the_messages_of_its_things() {
    let service = service();
    let attributes = json!({ "attributes": { "room": "north" } });
    let configuration = |key: &str| {
        json!({ "thingTypeProperties": { "mqtt5Configuration": { "propagatingAttributes": [
            { "userPropertyKey": "client", "connectionAttribute": "iot:ClientId" },
            { "userPropertyKey": key, "thingAttribute": "room" },
            { "userPropertyKey": "none", "thingAttribute": "none" },
            { "userPropertyKey": "thing", "connectionAttribute": "iot:Thing.ThingName" },
        ] } } })
        .to_string()
    };
    control(
        &service,
        "POST",
        "/thing-types/light",
        &configuration("where"),
    )
    .await;
    let everything = crate::local::local_service::EVERYTHING;
    let lamp = service
        .create_device_with(&["lamp"], &[("everything", everything)])
        .expect("a certificate");
    let body = json!({ "thingTypeName": "light", "attributePayload": attributes }).to_string();
    control(&service, "PATCH", "/things/lamp", &body).await;
    let mut watcher = Wire::greeted(&service, &device(&service), &connect(V5, "watcher")).await;
    watcher.send(&subscribe(V5, &["t"], 0)).await;
    watcher.expect(&suback(V5, &[0])).await;
    // The version of the sender does not matter.
    let mut wire = Wire::greeted(&service, &lamp, &connect(V3, "lamp")).await;
    wire.send(&publish(V3, 0, 0, "t", b"on")).await;
    let added = [("client", "lamp"), ("where", "north"), ("thing", "lamp")];
    watcher.expect(&with_properties("t", &added, b"on")).await;
    control(
        &service,
        "PATCH",
        "/thing-types/light",
        &configuration("room"),
    )
    .await;
    wire.send(&publish(V3, 0, 0, "t", b"off")).await;
    let added = [("client", "lamp"), ("room", "north"), ("thing", "lamp")];
    watcher.expect(&with_properties("t", &added, b"off")).await;
    // Not as this thing, and not without a type.
    let mut other = Wire::greeted(&service, &lamp, &connect(V3, "other")).await;
    other.send(&publish(V3, 0, 0, "t", b"on")).await;
    watcher.expect(&with_properties("t", &[], b"on")).await;
    control(
        &service,
        "PATCH",
        "/things/lamp",
        r#"{"removeThingType":true}"#,
    )
    .await;
    wire.send(&publish(V3, 0, 0, "t", b"on")).await;
    watcher.expect(&with_properties("t", &[], b"on")).await;
}
