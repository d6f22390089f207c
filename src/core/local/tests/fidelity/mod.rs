//! Statements of AWS's documentation about device requests, MQTT and policies: the tables beside this file. Each row is run
//! with both versions of MQTT, once in memory and once over sockets.
//!
//! ```text
//! row C1 what it says          a new service with the things T and U and a clock that stands still; `(MQTT 5)` is only that,
//!                              `(limited)` sends 10 stored messages a second
//! policy NAME JSON             what `device` may name
//! device NAME POLICY,… [THING,…]   a certificate; without one, clients may do everything
//! N connect CLIENT [OPTIONS]   connection N; see `client::connect`
//! N subscribe FILTER,… QOS     and `unsubscribe FILTER`
//! N publish TOPIC QOS PAYLOAD  the payload is `-` if it is empty, and has no spaces
//! N ack ID, N leaves [CODE], N is lost, N connects (a second time)
//! times COUNT LINE             shows what the last of them brought
//! http METHOD PATH [BODY]      the control plane; without `->` the answer must be 200
//! data METHOD PATH [BODY]      the data plane of devices
//! wait SECONDS                 moves the clock
//! ```
//!
//! All results of a line follow ` -> `, each with the number of its client, separated by `;`; ` || ` separates MQTT 3.1.1
//! from MQTT 5 where they differ. The text behind ` ~> ` must be contained in the answer. Numbers of ten or more digits are
//! `T`.

mod client;
mod ports;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::broker::{ClientIdentity, ConnectionId};
use crate::local::hub::input::{AdminRequest, HttpPlane};
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::timing::Timing;
use crate::local::tests::fidelity::client::{
    Client, Stream, connect, option, publish_packet, subscribe_packet,
};
use crate::local::tests::wire::{V3, V5, Wire, packet, puback, unsubscribe};
use crate::local::tests::{http, signed, soon};
use crate::local::{ClockMode, DeviceCertificate, LocalService, Options};
use crate::policy::ConnectionOrigin;
use crate::service::{HttpRequest, MEMBER_HEADERS};

const TABLES: [&str; 3] = [
    include_str!("device_requests.txt"),
    include_str!("mqtt.txt"),
    include_str!("policies.txt"),
];

/// The transport of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Memory,
    Sockets,
}

/// One row in progress.
struct Run {
    /// Dropped before the service, which waits until they have disconnected.
    clients: BTreeMap<u64, Client>,
    service: LocalService,
    way: Way,
    version: u8,
    policies: BTreeMap<String, String>,
    devices: BTreeMap<String, DeviceCertificate>,
    last_id: u64,
}

impl Run {
    fn new(way: Way, version: u8, stored_per_second: Option<u32>) -> Self {
        let service = LocalService::start(&Options {
            stored_per_second,
            things: vec!["T".to_owned(), "U".to_owned()],
            clock: ClockMode::Manual,
            ..Options::default()
        })
        .expect("the service starts");
        let everything = service.create_device().expect("a certificate");
        Self {
            service,
            way,
            version,
            policies: BTreeMap::new(),
            devices: BTreeMap::from([("anyone".to_owned(), everything)]),
            clients: BTreeMap::new(),
            last_id: 0,
        }
    }

    /// Runs a line and returns all its results.
    async fn line(&mut self, input: &str) -> String {
        let words: Vec<&str> = input.split(' ').collect();
        match words[..] {
            ["policy", name, ..] => {
                let document = input.splitn(3, ' ').nth(2).expect("a document");
                self.policies.insert(name.to_owned(), document.to_owned());
                return String::new();
            }
            ["device", name, policies, ref things @ ..] => {
                self.add_device(name, policies, things.first());
                return String::new();
            }
            ["times", count, ref words @ ..] => {
                let line = words.join(" ");
                for _ in 1..count.parse().expect("a count") {
                    Box::pin(self.line(&line)).await;
                }
                return Box::pin(self.line(&line)).await;
            }
            ["http" | "data", ..] => return self.http(input).await,
            ["wait", seconds] => {
                let seconds = seconds.parse().expect("seconds");
                let by = std::time::Duration::from_secs(seconds);
                self.ask(AdminRequest::Advance(by)).await;
            }
            [id, ref words @ ..] => {
                let id = id.parse().unwrap_or_else(|_| panic!("no input: {input}"));
                return self.client(id, words).await;
            }
            [] => {}
        }
        self.answers(None, Vec::new()).await
    }

    fn add_device(&mut self, name: &str, policies: &str, things: Option<&&str>) {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let things = things.map(|things| list(things)).unwrap_or_default();
        let things: Vec<&str> = things.iter().map(String::as_str).collect();
        let policies: Vec<(&str, &str)> = policies
            .split(',')
            .filter_map(|name| Some((name, self.policies.get(name)?.as_str())))
            .collect();
        let device = self.service.create_device_with(&things, &policies);
        self.devices
            .insert(name.to_owned(), device.expect("a certificate"));
    }

    async fn ask(&self, request: AdminRequest) -> Value {
        soon("the hub", self.service.handle.admin(request))
            .await
            .expect("an answer")
    }

    async fn client(&mut self, id: u64, words: &[&str]) -> String {
        let version = self.version;
        let mut first = Vec::new();
        if let ["connect", client_id, options @ ..] = words {
            let device = self.devices[option(options, "as").unwrap_or("anyone")].clone();
            let stream = self.open(&device).await;
            let is_open = true;
            let mut client = Client {
                stream,
                version,
                is_open,
            };
            let client_id = if *client_id == "-" { "" } else { client_id };
            client.send(&connect(version, client_id, options)).await;
            first.push(format!("{id} {}", client.answer().await));
            self.clients.insert(id, client);
            return self.answers(Some(id), first).await;
        }
        let client = self.clients.get_mut(&id).expect("a connection");
        let bytes = match words {
            ["subscribe", filters, words @ ..] => subscribe_packet(version, filters, words),
            ["unsubscribe", filter] => unsubscribe(version, filter),
            ["publish", words @ ..] => publish_packet(version, words),
            ["ack", id] => puback(id.parse().expect("an id")),
            ["connects"] => connect(version, "again", &[]),
            ["leaves"] => packet(0xe0, &[]),
            // MQTT 3.1.1 has no code.
            ["leaves", _] if version == V3 => packet(0xe0, &[]),
            ["leaves", code] => packet(0xe0, &[&bytes_of(code)]),
            ["is", "lost"] => Vec::new(),
            _ => panic!("no input: {words:?}"),
        };
        client.send(&bytes).await;
        if matches!(words, ["leaves", ..] | ["is", "lost"]) {
            let mut client = self.clients.remove(&id).expect("a connection");
            let _ = client.stream.shutdown().await;
            // The service closes its side when it has noticed.
            while soon("the end", client.packet()).await.is_some() {}
        }
        self.answers(Some(id), first).await
    }

    /// What all connections have received, that of the input first. When the connection of the input has answered a ping,
    /// its input is in the hub's queue; when the hub has answered, the effects have been sent.
    async fn answers(&mut self, id: Option<u64>, mut found: Vec<String>) -> String {
        for at_first in [true, false] {
            if !at_first {
                self.ask(AdminRequest::State).await;
            }
            let order: Vec<u64> = self.clients.keys().copied().collect();
            let (own, others): (Vec<u64>, Vec<u64>) =
                order.into_iter().partition(|it| Some(*it) == id);
            let asked = if at_first {
                own
            } else {
                [own, others].concat()
            };
            for id in asked {
                let client = self.clients.get_mut(&id).expect("a connection");
                let answers = client.answers().await;
                found.extend(answers.into_iter().map(|answer| format!("{id} {answer}")));
            }
        }
        self.clients.retain(|_, client| client.is_open);
        normal(&found.join("; "))
    }

    async fn open(&mut self, device: &DeviceCertificate) -> Box<dyn Stream> {
        if self.way == Way::Sockets {
            return Box::new(Wire::open(&self.service, device).await.stream);
        }
        let (client, server) = tokio::io::duplex(1 << 20);
        // Connections over sockets are numbered from 1.
        self.last_id += 1;
        let id = ConnectionId(1_000_000 + self.last_id);
        let peer = ClientIdentity {
            client_id: String::new(),
            certificate_id: device.certificate_id.clone(),
            origin: Arc::new(ConnectionOrigin {
                source_ip: Some("127.0.0.1".to_owned()),
                domain_name: Some(self.service.endpoint()),
                certificate_serial: None,
            }),
        };
        let handle = self.service.handle.clone();
        let timing = Timing::default();
        let connection = MqttConnection::new(server, id, peer, handle, timing);
        tokio::spawn(connection.run());
        Box::new(client)
    }

    /// The response, and what devices receive.
    async fn http(&mut self, input: &str) -> String {
        let mut words = input.splitn(4, ' ');
        let (plane, method) = (words.next(), words.next().expect("a method"));
        let target = words.next().expect("a path");
        let body = words.next().unwrap_or_default();
        let mut principal = String::new();
        let mut target = target.to_owned();
        for (name, device) in &self.devices {
            target = target.replace(&format!("CERT-{name}"), &device.certificate_id);
        }
        if let Some((path, device)) = target.clone().split_once('@') {
            path.clone_into(&mut target);
            principal = Self::arn(&self.devices[device]);
        }
        let body = self
            .devices
            .iter()
            .fold(body.to_owned(), |body, (name, device)| {
                body.replace(&format!("ARN-{name}"), &Self::arn(device))
            });
        let is_control = plane == Some("http");
        let (status, answer) = if self.way == Way::Sockets {
            let name = if is_control { "iot" } else { "iot-jobs-data" };
            let request = signed(name, method, &target, &principal, &body);
            http(self.service.http_address(), &request).await
        } else {
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            let request = HttpRequest {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                body: body.into_bytes(),
            };
            let plane = if is_control {
                HttpPlane::Control
            } else {
                HttpPlane::JobsData
            };
            let headers = MEMBER_HEADERS.map(|name| (name, principal.clone())).into();
            let response = self.service.handle.http(plane, request, headers);
            let response = response.await;
            (
                response.status,
                serde_json::from_slice(&response.body).unwrap_or_default(),
            )
        };
        let answer = if answer.is_null() {
            String::new()
        } else {
            format!(" {answer}")
        };
        let first = normal(&format!("{status}{answer}"));
        let rest = self.answers(None, Vec::new()).await;
        [first, rest]
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn arn(device: &DeviceCertificate) -> String {
        format!(
            "arn:aws:iot:us-east-1:123456789012:cert/{}",
            device.certificate_id
        )
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|it| u8::from_str_radix(it, 16).ok())
        })
        .collect::<Option<_>>()
        .expect("hexadecimal digits")
}

/// Times are `T`; so are the fractions of seconds of the control plane.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(from.len());
        let (digits, behind) = from.split_at(end);
        normal.push_str(before);
        let is_time = digits
            .split('.')
            .next()
            .is_some_and(|it| (10..=11).contains(&it.len()));
        normal.push_str(if is_time { "T" } else { digits });
        rest = behind;
    }
    normal.push_str(rest);
    normal
}

/// The rows of a table: the line with the name, and the other lines.
fn rows(table: &str) -> Vec<(&str, Vec<&str>)> {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in table.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("row ") {
            rows.push((name, Vec::new()));
        } else if !line.is_empty() && !line.starts_with('#') {
            rows.last_mut()
                .expect("a row before its lines")
                .1
                .push(line);
        }
    }
    rows
}

async fn run_row(name: &str, lines: &[&str], way: Way, version: u8) {
    let stored_per_second = name.contains("(limited)").then_some(10);
    let mut run = Run::new(way, version, stored_per_second);
    for line in lines {
        let (input, expected, is_whole) = match (line.split_once(" -> "), line.split_once(" ~> ")) {
            (Some((input, expected)), _) => (input, expected, true),
            (None, Some((input, expected))) => (input, expected, false),
            (None, None) => (
                *line,
                "",
                !line.starts_with("http") && !line.starts_with("data"),
            ),
        };
        let expected = match expected.split_once("||") {
            Some((of_v3, of_v5)) => {
                if version == V3 {
                    of_v3
                } else {
                    of_v5
                }
            }
            None => expected,
        };
        let expected = expected.trim();
        let found = run.line(input).await;
        let place = format!("{name}, MQTT {version}, {way:?}\n{input}");
        if is_whole {
            assert_eq!(found, expected, "{place}");
        } else if expected.is_empty() {
            assert!(found.starts_with("200"), "{place}\n{found}");
        } else {
            assert!(
                found.contains(expected),
                "{place}\n{found}\nhas not {expected}"
            );
        }
    }
}

async fn run_all(way: Way) {
    for (name, lines) in TABLES.iter().flat_map(|table| rows(table)) {
        let versions = if name.contains("(MQTT 5)") {
            &[V5][..]
        } else {
            &[V3, V5]
        };
        for version in versions.iter().copied() {
            run_row(name, &lines, way, version).await;
        }
    }
}

/// The rows that `ports` holds.
const ELSEWHERE: [&str; 4] = ["B23", "C26", "C28", "C29"];

#[test]
fn there_is_every_row() {
    let all: BTreeSet<String> = [("B", 31), ("C", 37), ("D", 22)]
        .iter()
        .flat_map(|(letter, count)| (1..=*count).map(move |number| format!("{letter}{number}")))
        .collect();
    let names = TABLES.iter().flat_map(|table| rows(table));
    let names = names.map(|(name, _)| name.split(' ').next().unwrap_or_default());
    let found: BTreeSet<String> = names.chain(ELSEWHERE).map(str::to_owned).collect();
    assert_eq!(found, all);
}

#[tokio::test]
async fn every_row_holds_in_memory() {
    run_all(Way::Memory).await;
}

#[tokio::test]
async fn every_row_holds_over_sockets() {
    run_all(Way::Sockets).await;
}
