//! The service with an independent client, `rumqttc`, in both versions of MQTT.

use crate::local::LocalService;
use crate::local::tests::{client_config, control, device, service, service_with, soon};

const DOCUMENT: &str =
    r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thing/lamp"],"document":"{\"op\":1}"}"#;

macro_rules! tests {
    ($version:ident, $client:path, $packet:path, $qos:path) => {
        mod $version {
            use $client as mqtt;
            use $packet as Packet;
            use $qos as QoS;

            use super::*;

            struct Client {
                client: mqtt::AsyncClient,
                events: mqtt::EventLoop,
            }

            impl Client {
                fn new(service: &LocalService, id: &str) -> Self {
                    Self::with_device(service, id, &device(service))
                }

                fn with_device(
                    service: &LocalService,
                    id: &str,
                    device: &crate::local::DeviceCertificate,
                ) -> Self {
                    let port = service.mqtt_address().port();
                    let mut options = mqtt::MqttOptions::new(id, service.endpoint(), port);
                    let tls = rumqttc::TlsConfiguration::Rustls(client_config(service, device));
                    options.set_transport(rumqttc::Transport::Tls(tls));
                    let (client, events) = mqtt::AsyncClient::new(options, 10);
                    Self { client, events }
                }

                /// The next packet from the service that `pick` accepts.
                async fn next<T>(&mut self, what: &str, pick: impl Fn(Packet) -> Option<T>) -> T {
                    soon(what, async {
                        loop {
                            if let mqtt::Event::Incoming(packet) =
                                self.events.poll().await.expect("the connection stands")
                                && let Some(picked) = pick(packet)
                            {
                                return picked;
                            }
                        }
                    })
                    .await
                }

                async fn subscribe(&mut self, filter: &str, qos: QoS) {
                    self.client.subscribe(filter, qos).await.expect("queued");
                    self.next("a SUBACK", |packet| {
                        matches!(packet, Packet::SubAck(_)).then_some(())
                    })
                    .await;
                }

                async fn publish(&self, topic: &str, qos: QoS, payload: &str) {
                    let sent = self
                        .client
                        .publish(topic, qos, false, payload.to_owned())
                        .await;
                    sent.expect("queued");
                }

                /// The next message, as `TOPIC QOS PAYLOAD`.
                async fn message(&mut self) -> String {
                    self.next("a message", |packet| match packet {
                        Packet::Publish(publish) => Some(format!(
                            "{} {} {}",
                            String::from_utf8_lossy(publish.topic.as_ref()),
                            publish.qos as u8,
                            String::from_utf8_lossy(&publish.payload)
                        )),
                        _ => None,
                    })
                    .await
                }

                /// Sends a message to the client itself; afterwards all earlier messages have arrived.
                async fn barrier(&mut self) {
                    self.subscribe("barrier", QoS::AtLeastOnce).await;
                    self.publish("barrier", QoS::AtLeastOnce, "-").await;
                    assert_eq!(self.message().await, "barrier 1 -");
                }
            }

            #[tokio::test]
            async fn two_clients_talk() {
                let service = service();
                let mut listener = Client::new(&service, "listener");
                let mut speaker = Client::new(&service, "speaker");
                listener.subscribe("room/+", QoS::AtLeastOnce).await;
                listener.subscribe("room/quiet", QoS::AtMostOnce).await;
                speaker.publish("room/a", QoS::AtLeastOnce, "1").await;
                speaker.publish("room/a", QoS::AtMostOnce, "2").await;
                speaker.publish("room/quiet", QoS::AtLeastOnce, "3").await;
                speaker.publish("elsewhere", QoS::AtLeastOnce, "4").await;
                for _ in 0..3 {
                    speaker
                        .next("a PUBACK", |packet| {
                            matches!(packet, Packet::PubAck(_)).then_some(())
                        })
                        .await;
                }
                for expected in ["room/a 1 1", "room/a 0 2", "room/quiet 1 3"] {
                    assert_eq!(listener.message().await, expected);
                }
                listener.barrier().await;
            }

            #[tokio::test]
            async fn more_messages_than_the_window_all_arrive_in_order() {
                let service = service();
                let mut client = Client::new(&service, "client");
                client.subscribe("many", QoS::AtLeastOnce).await;
                let sender = client.client.clone();
                let sending = tokio::spawn(async move {
                    for index in 0..1000 {
                        let payload = index.to_string();
                        let sent = sender
                            .publish("many", QoS::AtLeastOnce, false, payload)
                            .await;
                        sent.expect("queued");
                    }
                });
                for index in 0..1000 {
                    assert_eq!(client.message().await, format!("many 1 {index}"));
                }
                sending.await.expect("sent");
            }

            /// Rows 2 to 4, 6 and 7.
            #[tokio::test]
            async fn a_reply_comes_once_to_the_requester_alone() {
                let service = service_with(&["lamp"]);
                let mut requester = Client::new(&service, "requester");
                let mut other = Client::new(&service, "other");
                let topic = "$aws/things/lamp/jobs/start-next";
                other
                    .subscribe("$aws/things/lamp/jobs/#", QoS::AtLeastOnce)
                    .await;

                // Without a subscription: QoS 0.
                requester
                    .publish(topic, QoS::AtLeastOnce, r#"{"clientToken":"1"}"#)
                    .await;
                let reply = requester.message().await;
                assert!(
                    reply.starts_with(&format!("{topic}/accepted 0 ")),
                    "{reply}"
                );
                assert!(reply.contains(r#""clientToken":"1""#), "{reply}");

                // With two matching subscriptions: one copy, at the granted QoS.
                requester
                    .subscribe(&format!("{topic}/+"), QoS::AtLeastOnce)
                    .await;
                requester
                    .subscribe("$aws/things/lamp/jobs/#", QoS::AtMostOnce)
                    .await;
                requester.publish(topic, QoS::AtMostOnce, "{}").await;
                let reply = requester.message().await;
                assert!(
                    reply.starts_with(&format!("{topic}/accepted 1 ")),
                    "{reply}"
                );
                requester.barrier().await;
                other.barrier().await;
            }

            /// Rows 5 and 74.
            #[tokio::test]
            async fn a_job_walks_through() {
                let service = service_with(&["lamp"]);
                let mut lamp = Client::new(&service, "lamp");
                let mut watcher = Client::new(&service, "watcher");
                let mut other = Client::new(&service, "other");
                for client in [&mut lamp, &mut other] {
                    client
                        .subscribe("$aws/things/lamp/jobs/#", QoS::AtLeastOnce)
                        .await;
                }
                watcher
                    .subscribe("$aws/things/+/jobs/notify", QoS::AtMostOnce)
                    .await;

                control(&service, "PUT", "/jobs/blink", DOCUMENT).await;
                let mut topics = Vec::new();
                for _ in 0..2 {
                    let message = lamp.message().await;
                    topics.extend(message.split(' ').next().map(str::to_owned));
                }
                topics.sort();
                assert_eq!(
                    topics,
                    [
                        "$aws/things/lamp/jobs/notify",
                        "$aws/things/lamp/jobs/notify-next"
                    ]
                );
                assert!(
                    watcher
                        .message()
                        .await
                        .starts_with("$aws/things/lamp/jobs/notify 0 ")
                );

                let start = "$aws/things/lamp/jobs/start-next";
                lamp.publish(start, QoS::AtLeastOnce, "").await;
                let started = lamp.message().await;
                assert!(
                    started.starts_with(&format!("{start}/accepted 1 ")),
                    "{started}"
                );
                assert!(started.contains(r#""status":"IN_PROGRESS""#), "{started}");

                // The reply precedes the events that it causes.
                let update = "$aws/things/lamp/jobs/blink/update";
                lamp.publish(update, QoS::AtLeastOnce, r#"{"status":"SUCCEEDED"}"#)
                    .await;
                assert!(
                    lamp.message()
                        .await
                        .starts_with(&format!("{update}/accepted 1 "))
                );
                for _ in 0..2 {
                    let message = lamp.message().await;
                    assert!(
                        message.starts_with("$aws/things/lamp/jobs/notify"),
                        "{message}"
                    );
                }
                assert!(
                    watcher
                        .message()
                        .await
                        .starts_with("$aws/things/lamp/jobs/notify 0 ")
                );
                lamp.barrier().await;
                watcher.barrier().await;
                // Other subscribers receive only the events: no request and no reply.
                for expected in ["notify", "notify-next", "notify", "notify-next"] {
                    let message = other.message().await;
                    let expected = format!("$aws/things/lamp/jobs/{expected} 1 ");
                    assert!(message.starts_with(&expected), "{message}");
                }
                other.barrier().await;
            }

            #[tokio::test]
            async fn a_timer_of_the_service_runs_out_when_the_clock_jumps() {
                let service = service_with(&["lamp"]);
                let mut lamp = Client::new(&service, "lamp");
                control(&service, "PUT", "/jobs/blink", DOCUMENT).await;
                let start = "$aws/things/lamp/jobs/start-next";
                lamp.publish(start, QoS::AtLeastOnce, r#"{"stepTimeoutInMinutes":10}"#)
                    .await;
                assert!(
                    lamp.message()
                        .await
                        .starts_with(&format!("{start}/accepted "))
                );
                lamp.subscribe("$aws/things/lamp/jobs/notify", QoS::AtLeastOnce)
                    .await;
                service.advance_clock(std::time::Duration::from_mins(11));
                let notified = lamp.message().await;
                assert!(
                    notified.contains("TIMED_OUT") || notified.contains("{}"),
                    "{notified}"
                );
            }

            #[tokio::test]
            async fn an_unknown_certificate_gets_no_connack() {
                let service = service();
                let unknown = service.authority.create_device().expect("a certificate");
                let mut client = Client::with_device(&service, "c", &unknown);
                let result = soon("the refusal", client.events.poll()).await;
                assert!(result.is_err(), "{result:?}");
            }
        }
    };
}

tests!(mqtt_3, rumqttc, rumqttc::Packet, rumqttc::QoS);
tests!(
    mqtt_5,
    rumqttc::v5,
    rumqttc::v5::mqttbytes::v5::Packet,
    rumqttc::v5::mqttbytes::QoS
);
