//! The broker as tables: a line is an input and its outputs.

mod property;
mod rights;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::{ConnectionContext, PolicyDocument, ResourceArns};

use super::*;

/// A broker, the time, and what reads and prints the tables.
struct Table {
    broker: Broker,
    now_s: u64,
    /// The policy of each certificate that does not have [`POLICY`].
    policies: BTreeMap<String, &'static str>,
}

/// Each line is `INPUT -> OUTPUT; OUTPUT`, or only `INPUT` if it has no output.
fn check(lines: &str) {
    let mut table = Table::new(1_000_000);
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (input, expected) = line.split_once(" -> ").unwrap_or((line, ""));
        assert_eq!(table.run(input), expected, "{line}");
    }
}

impl Table {
    fn new(now_s: u64) -> Self {
        Self {
            broker: Broker::default(),
            now_s,
            policies: BTreeMap::new(),
        }
    }

    /// Inputs that do not concern one connection; returns false for others.
    fn run_for_all(&mut self, words: &[&str], out: &mut Outputs) -> bool {
        match words {
            ["wait", seconds] => {
                self.now_s += number::<u64>(seconds);
                self.broker.handle_timeout(self.now_s * 1000, out);
            }
            ["grant", certificate, name] => {
                let (_, policy) = POLICIES
                    .iter()
                    .find(|(known, _)| known == name)
                    .expect("a policy");
                self.policies.insert((*certificate).to_owned(), policy);
                self.broker.set_access(certificate, |identity| {
                    Some(access(&identity.client_id, policy))
                });
            }
            ["revoke", certificate] => self.broker.revoke(self.now_s * 1000, certificate, out),
            _ => return false,
        }
        true
    }

    fn run(&mut self, input: &str) -> String {
        let words: Vec<&str> = input.split(' ').collect();
        let mut outputs = Vec::new();
        let out = &mut outputs;
        let now_ms = self.now_s * 1000;
        if self.run_for_all(&words, out) {
            return shown(&outputs);
        }
        let id = ConnectionId(number(words[0]));
        let broker = &mut self.broker;
        match words[1..] {
            ["connect", client_id, ref options @ ..] => {
                let connect = connect(client_id, options);
                let policy = self.policies.get(&connect.identity.certificate_id);
                let access = access(client_id, policy.copied().unwrap_or(POLICY));
                broker.handle_connect(now_ms, id, connect, access, out);
            }
            ["subscribe", filters, qos, ref options @ ..] => {
                let filter = |text: &str| SubscribeFilter {
                    text: text.to_owned(),
                    qos: number(qos),
                    retain_handling: match options {
                        ["if-new"] => RetainHandling::IfNew,
                        ["never"] => RetainHandling::Never,
                        _ => RetainHandling::Always,
                    },
                };
                let filters: Vec<SubscribeFilter> = filters.split(',').map(filter).collect();
                broker.handle_subscribe(now_ms, id, 1, &filters, out);
            }
            ["unsubscribe", filter] => {
                broker.handle_unsubscribe(id, 1, &[filter.to_owned()], out);
            }
            ["publish", topic, qos, payload, ref options @ ..] => {
                let qos: u8 = number(qos);
                let publish = Publish {
                    packet_id: (qos > 0).then_some(1),
                    qos,
                    message: message(topic, payload, options),
                };
                let accepted = broker.handle_publish(now_ms, id, publish, topic_use(topic), out);
                if let Some((message, qos)) = accepted {
                    broker.route(now_ms, &message, qos, out);
                }
            }
            ["reply", topic, payload] => {
                broker.reply(now_ms, id, &Arc::new(message(topic, payload, &[])), out);
            }
            ["ack", packet_id] => broker.handle_puback(now_ms, id, number(packet_id), out),
            ["leaves"] => broker.handle_gone(now_ms, id, false, None, out),
            ["leaves", expiry_s] => {
                broker.handle_gone(now_ms, id, false, Some(number(expiry_s)), out);
            }
            ["is", "lost"] => broker.handle_gone(now_ms, id, true, None, out),
            _ => panic!("no such input: {input}"),
        }
        shown(&outputs)
    }
}

fn number<N: std::str::FromStr>(word: &str) -> N {
    word.parse().unwrap_or_else(|_| panic!("no number: {word}"))
}

/// The value of `NAME=VALUE`.
fn option<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    options
        .iter()
        .find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

fn message(topic: &str, payload: &str, options: &[&str]) -> MqttMessage {
    MqttMessage {
        topic: topic.to_owned(),
        payload: payload.trim_matches('-').as_bytes().into(),
        retain: options.contains(&"retain"),
        properties: Properties {
            expiry_s: option(options, "expiry").map(number),
            ..Properties::default()
        },
        expires_ms: None,
    }
}

fn connect(client_id: &str, options: &[&str]) -> Connect {
    Connect {
        version: if options.contains(&"v3") {
            Version::V3
        } else {
            Version::V5
        },
        identity: ClientIdentity {
            client_id: client_id.to_owned(),
            certificate_id: option(options, "certificate").unwrap_or("0").to_owned(),
            origin: Arc::default(),
        },
        assigned: options.contains(&"assigned"),
        clean_start: !options.contains(&"resume"),
        session_expiry_s: option(options, "expiry").map_or(0, number),
        receive_maximum: option(options, "window").map_or(u16::MAX, number),
        will: option(options, "will").map(|topic| Will {
            message: MqttMessage {
                retain: options.contains(&"will-retain"),
                ..message(topic, "gone", &[])
            },
            qos: option(options, "will-qos").map_or(1, number),
            delay_s: option(options, "delay").map_or(0, number),
        }),
    }
}

/// Everything is allowed whose name does not start with "no-".
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iot:*","Resource":"*"},
    {"Effect":"Deny","Action":"iot:Connect","Resource":"arn:aws:iot:us-east-1:123456789012:client/no-connect"},
    {"Effect":"Deny","Action":"iot:Publish","Resource":"arn:aws:iot:us-east-1:123456789012:topic/no-publish"},
    {"Effect":"Deny","Action":"iot:RetainPublish","Resource":"arn:aws:iot:us-east-1:123456789012:topic/no-retain"},
    {"Effect":"Deny","Action":"iot:Subscribe","Resource":"arn:aws:iot:us-east-1:123456789012:topicfilter/no-subscribe/+"},
    {"Effect":"Deny","Action":"iot:Receive","Resource":"arn:aws:iot:us-east-1:123456789012:topic/no-receive"}
]}"#;

/// The policies that a certificate may have.
const POLICIES: [(&str, &str); 3] = [
    ("all", POLICY),
    (
        "connect",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}"#,
    ),
    (
        "receive",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iot:Connect","iot:Receive"],"Resource":"*"}}"#,
    ),
];

fn access(client_id: &str, policy: &str) -> ConnectionAccess {
    let document = PolicyDocument::parse(policy).expect("a policy");
    ConnectionAccess {
        policies: Arc::new([("policy".to_owned(), document)]),
        context: ConnectionContext::connection(client_id, &[]),
        user_properties: Arc::default(),
        arns: ResourceArns::new("us-east-1", "123456789012"),
        is_active: true,
    }
}

fn shown(outputs: &Outputs) -> String {
    let shown: Vec<String> = outputs
        .iter()
        .map(|(id, output)| format!("{} {}", id.0, show(output)))
        .collect();
    shown.join("; ")
}

fn show(output: &BrokerOutput) -> String {
    match output {
        BrokerOutput::Connack {
            session_present,
            assigned_client_id,
            session_expiry_s,
        } => {
            let mut text = "connack".to_owned();
            text.push_str(if *session_present { " present" } else { "" });
            text.extend(assigned_client_id.as_ref().map(|id| format!(" {id}")));
            text.extend(session_expiry_s.map(|expiry_s| format!(" expiry={expiry_s}")));
            text
        }
        BrokerOutput::Refuse(refusal) => format!("refuse: {}", refusal.text()),
        BrokerOutput::Puback { refusal: None, .. } => "puback".to_owned(),
        BrokerOutput::Puback {
            refusal: Some(refusal),
            ..
        } => format!("puback: {}", refusal.text()),
        BrokerOutput::Suback { results, .. } => {
            let results: Vec<String> = results
                .iter()
                .map(|result| match result {
                    Ok(qos) => format!(" {}", *qos as u8),
                    Err(refusal) => format!(": {}", refusal.text()),
                })
                .collect();
            format!("suback{}", results.concat())
        }
        BrokerOutput::Unsuback { existed, .. } => format!("unsuback {existed:?}"),
        BrokerOutput::Deliver(delivery) => {
            let mut text = format!(
                "{}={}",
                delivery.message.topic,
                String::from_utf8_lossy(&delivery.message.payload)
            );
            text.extend(delivery.packet_id.map(|id| format!(" #{id}")));
            text.push_str(if delivery.dup { " dup" } else { "" });
            text.push_str(if delivery.retain { " retained" } else { "" });
            text.extend(
                delivery
                    .expiry_s
                    .map(|expiry_s| format!(" expiry={expiry_s}")),
            );
            text
        }
        BrokerOutput::Close(refusal) => format!("close: {}", refusal.text()),
    }
}

#[test]
fn messages_go_to_their_subscribers() {
    check(
        "
        1 connect a -> 1 connack
        2 connect b v3 -> 2 connack
        1 subscribe t/+ 1 -> 1 suback 1
        1 subscribe t/x 0 -> 1 suback 0
        2 subscribe t/# 0 -> 2 suback 0
        2 publish t/x 1 m -> 2 puback; 1 t/x=m #1; 2 t/x=m
        2 publish t/x 0 m -> 1 t/x=m; 2 t/x=m
        2 publish t 1 m -> 2 puback
        1 ack 1
        1 unsubscribe t/+ -> 1 unsuback [true]
        1 unsubscribe t/+ -> 1 unsuback [false]
        2 publish t/x 1 m -> 2 puback; 1 t/x=m; 2 t/x=m
        2 leaves
        2 publish t/x 1 m
        1 publish t/x 1 m -> 1 puback; 1 t/x=m
        ",
    );
}

#[test]
fn refusals_are_reported_on_5_and_end_the_connection_on_3() {
    check(
        "
        1 connect a -> 1 connack
        1 publish $SYS/x 1 m -> 1 puback: topic name invalid
        1 subscribe $SYS/# 1 -> 1 suback: topic filter invalid
        1 publish $SYS/x 0 m -> 1 close: topic name invalid
        2 connect a -> 2 connack
        2 publish t 2 m -> 2 close: QoS not supported
        3 connect b v3 -> 3 connack
        3 publish t 2 m
        3 publish $SYS/x 1 m -> 3 close: topic name invalid
        4 connect b v3 -> 4 connack
        4 subscribe $SYS/# 1 -> 4 close: topic filter invalid
        5 connect $b -> 5 refuse: client identifier not valid
        6 connect b will=$SYS/x -> 6 refuse: topic name invalid
        7 connect b will=t will-qos=2 -> 7 refuse: QoS not supported
        8 connect made-up assigned -> 8 connack made-up
        ",
    );
}

#[test]
fn what_is_not_emulated_is_refused_by_its_name() {
    let shadows =
        "The local service does not emulate device shadows; see `jobs-sandbox help limitations`";
    let provisioning = shadows.replace("device shadows", "fleet provisioning");
    let lifecycle = shadows.replace("device shadows", "lifecycle events");
    check(&format!(
        "
        1 connect a -> 1 connack
        1 publish $aws/things/t/shadow/get 1 m -> 1 puback: {shadows}
        1 subscribe $aws/things/t/shadow/# 1 -> 1 suback: {shadows}
        1 subscribe $share/g/$aws/certificates/create/json/accepted 1 -> 1 suback: {provisioning}
        1 subscribe $aws/events/presence/# 1 -> 1 suback: {lifecycle}
        1 publish $aws/events/presence/connected/a 1 m -> 1 puback: topic name invalid
        1 publish $aws/things/t/other 1 m -> 1 puback
        1 subscribe $aws/things/t/# 1 -> 1 suback 1
        1 publish $aws/certificates/create/json 0 m -> 1 close: {provisioning}
        2 connect b v3 -> 2 connack
        2 publish $aws/things/t/shadow/get 1 m -> 2 close: {shadows}
        3 connect b v3 -> 3 connack
        3 subscribe $aws/things/t/shadow/get/accepted 1 -> 3 close: {shadows}
        "
    ));
    let mut table = Table::new(0);
    table.run("1 connect b v3");
    table.run("1 publish $aws/things/t/shadow/get 1 m");
    let noted = table.broker.take_notes();
    assert_eq!(
        noted.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!(
            "client `b`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/$aws/things/t/shadow/get` is refused: {shadows}"
        )]
    );
}

#[test]
fn the_policy_is_asked_for_everything() {
    check(
        "
        1 connect no-connect -> 1 refuse: not authorized
        1 connect a will=no-publish -> 1 refuse: not authorized
        1 connect a -> 1 connack
        1 publish no-publish 1 m -> 1 puback: not authorized
        1 publish no-retain 1 m retain -> 1 puback: not authorized
        1 publish no-retain 1 m -> 1 puback
        1 subscribe no-subscribe/+ 1 -> 1 suback: not authorized
        1 subscribe no-subscribe/x 1 -> 1 suback 1
        1 subscribe $share/g/no-subscribe/+ 1 -> 1 suback: not authorized
        1 subscribe + 1 -> 1 suback 1
        1 publish no-receive 1 m retain -> 1 puback
        1 subscribe no-receive 1 -> 1 suback 1
        1 reply no-receive m -> 1 no-receive=m #1
        1 publish no-publish 0 m -> 1 close: not authorized
        2 connect b v3 -> 2 connack
        2 publish no-publish 1 m -> 2 close: not authorized
        3 connect b v3 -> 3 connack
        3 subscribe no-subscribe/+ 1 -> 3 close: not authorized
        ",
    );
}

#[test]
fn a_session_outlives_its_connection_if_it_may() {
    check(
        "
        1 connect a expiry=60 window=2 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        9 connect speaker -> 9 connack
        9 publish t 1 first -> 9 puback; 1 t=first #1
        1 is lost
        9 publish t 1 second expiry=30 -> 9 puback
        9 publish t 1 third expiry=5 -> 9 puback
        9 publish t 1 fourth -> 9 puback
        9 publish t 0 never
        wait 10
        2 connect a expiry=60 window=2 resume -> 2 connack present; 2 t=first #1 dup; 2 t=second #2 expiry=20
        2 ack 1 -> 2 t=fourth #3
        2 is lost
        wait 60
        3 connect a expiry=60 resume -> 3 connack
        9 publish t 1 fifth -> 9 puback
        ",
    );
    check(
        "
        1 connect a expiry=60 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        1 leaves 0
        2 connect a expiry=7200 resume -> 2 connack expiry=3600
        2 leaves 600
        wait 599
        3 connect a expiry=60 resume -> 3 connack present
        4 connect a expiry=60 -> 3 close: session taken over; 4 connack
        ",
    );
}

#[test]
fn the_newer_connection_takes_over() {
    check(
        "
        1 connect a expiry=60 will=w -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        9 connect watcher -> 9 connack
        9 subscribe w 1 -> 9 suback 1
        9 publish t 1 m -> 9 puback; 1 t=m #1
        2 connect a expiry=60 resume -> 1 close: session taken over; 9 w=gone #1; 2 connack present; 2 t=m #1 dup
        1 publish t 1 late
        1 is lost
        2 publish w 1 still -> 2 puback; 9 w=still #2
        ",
    );
}

#[test]
fn a_will_is_published_unless_the_client_took_leave() {
    check(
        "
        9 connect watcher -> 9 connack
        9 subscribe w 0 -> 9 suback 0
        1 connect a will=w -> 1 connack
        1 is lost -> 9 w=gone
        2 connect a will=w -> 2 connack
        2 leaves
        3 connect a will=w v3 -> 3 connack
        3 publish $SYS/x 1 m -> 3 close: topic name invalid; 9 w=gone
        4 connect a will=w expiry=60 delay=10 -> 4 connack
        4 is lost
        wait 9
        5 connect a will=w expiry=60 delay=10 resume -> 5 connack present
        wait 10
        5 is lost
        wait 10 -> 9 w=gone
        wait 100
        6 connect a will=w expiry=5 delay=10 -> 6 connack
        6 is lost
        wait 5 -> 9 w=gone
        7 connect a will=$aws/things/t/other -> 7 connack
        7 is lost
        ",
    );
}

#[test]
fn retained_messages_go_to_exact_filters_only() {
    check(
        "
        1 connect a -> 1 connack
        1 publish t/x 1 old retain -> 1 puback
        1 publish t/x 1 new retain -> 1 puback
        1 publish t/y 1 short retain expiry=5 -> 1 puback
        1 subscribe t/x 1 -> 1 suback 1; 1 t/x=new #1 retained
        1 subscribe t/x 0 -> 1 suback 0; 1 t/x=new retained
        1 subscribe t/x 0 if-new -> 1 suback 0
        1 subscribe t/x 0 never -> 1 suback 0
        1 subscribe t/+ 0 -> 1 suback 0
        wait 5
        1 subscribe t/y 0 -> 1 suback 0
        1 publish t/x 0 live retain -> 1 t/x=live
        1 publish t/x 0 - retain -> 1 t/x=
        2 connect b -> 2 connack
        2 subscribe t/x 1 if-new -> 2 suback 1
        2 publish $aws/things/t/shadow/update 1 m retain -> 2 close: topic name invalid
        ",
    );
}

#[test]
fn a_shared_subscription_is_served_in_turn() {
    check(
        "
        1 connect a -> 1 connack
        2 connect b expiry=60 -> 2 connack
        9 connect speaker -> 9 connack
        1 subscribe $share/g/t 1 -> 1 suback 1
        2 subscribe $share/g/t 1 -> 2 suback 1
        9 publish t 1 m1 -> 9 puback; 1 t=m1 #1
        9 publish t 1 m2 -> 9 puback; 2 t=m2 #1
        2 is lost
        9 publish t 1 m3 -> 9 puback; 1 t=m3 #2
        9 publish t 1 m4 -> 9 puback; 1 t=m4 #3
        1 unsubscribe $share/g/t -> 1 unsuback [true]
        9 publish t 1 m5 -> 9 puback
        3 connect b expiry=60 resume -> 3 connack present; 3 t=m2 #1 dup; 3 t=m5 #2
        ",
    );
}

#[test]
fn a_reply_takes_the_qos_of_the_subscription_and_waits_its_turn() {
    check(
        "
        1 connect a window=1 -> 1 connack
        1 reply r/accepted m -> 1 r/accepted=m
        1 subscribe r/+ 1 -> 1 suback 1
        1 subscribe r/# 0 -> 1 suback 0
        1 reply r/accepted m -> 1 r/accepted=m #1
        1 reply r/accepted n
        1 ack 1 -> 1 r/accepted=n #2
        2 reply r/accepted m
        ",
    );
}

#[test]
fn nothing_is_left_of_a_session_that_ended() {
    let mut table = Table::new(0);
    for index in 1..100 {
        table.run(&format!("{index} connect a{} expiry=1 will=w", index % 7));
        table.run(&format!("{index} subscribe t/{index}/+ 1"));
        if index % 3 == 0 {
            table.run(&format!("{index} is lost"));
        }
    }
    for index in 1..100 {
        table.run(&format!("{index} leaves"));
    }
    table.run("wait 10");
    let broker = table.broker;
    assert!(broker.sessions.is_empty() && broker.by_client.is_empty());
    assert!(broker.by_connection.is_empty() && broker.deadlines.is_empty());
}
