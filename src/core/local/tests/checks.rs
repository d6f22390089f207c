//! The checks of `tests/it/golden/service/checks-*.txt`, and the statements beside them, over real sockets, in both versions
//! of MQTT. There they are inputs of the pure core; here they are packets and requests, and the results must be the same.
//! Schedules are left out: their times are dates, and the clock here starts today.

use std::path::Path;
use std::time::Duration;

use crate::local::tests::wire::{V3, V5, Wire, connect, message_of, publish, suback, subscribe};
use crate::local::tests::{device, http_text, signed};
use crate::local::{ClockMode, LocalService, Options};

const FILES: [&str; 6] = [
    "checks-device",
    "checks-events",
    "checks-control",
    "checks-data",
    "statements-jobs",
    "statements-requests",
];

/// A topic to which a client publishes for itself: when the message arrives, all earlier messages have arrived.
const BARRIER: &str = "barrier";

/// A script in progress.
struct Run {
    version: u8,
    service: LocalService,
    wire: Wire,
    /// Second 0 of the script, in seconds since the epoch.
    origin_s: u64,
    /// The token of the last page, which the script calls `NEXT`.
    next: String,
}

impl Run {
    async fn start(version: u8) -> Self {
        let options = Options {
            endpoint: "localhost".to_owned(),
            things: vec!["T".to_owned(), "U".to_owned()],
            clock: ClockMode::Manual,
            ..Options::default()
        };
        let service = LocalService::start(&options).expect("the service starts");
        advance_to_whole_second(&service);
        Self {
            version,
            wire: listener(&service, version).await,
            service,
            origin_s: 0,
            next: String::new(),
        }
    }

    async fn restart(&mut self) {
        self.service.reset();
        advance_to_whole_second(&self.service);
        self.wire = listener(&self.service, self.version).await;
        self.next.clear();
    }

    /// Sends one input, and returns the resulting lines.
    async fn input(&mut self, line: &str) -> Vec<String> {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let mut lines = Vec::new();
        match word() {
            "new" => self.restart().await,
            "at" => match word().split_once('+') {
                None => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "whole seconds since the epoch"
                    )]
                    let now_s = clock(&self.service).round() as u64;
                    let at_s: u64 = line["at ".len()..].parse().expect("seconds");
                    self.origin_s = now_s - at_s;
                }
                Some((_, more)) => {
                    let more = Duration::from_secs(more.parse().expect("seconds"));
                    self.service.advance_clock(more);
                }
            },
            "mqtt" => {
                let topic = format!("$aws/things/{}/jobs/{}", word(), word());
                let packet = publish(self.version, 2, 7, &topic, word().as_bytes());
                self.wire.send(&packet).await;
            }
            plane @ ("http" | "data") => {
                let (method, path, body) = (word(), word(), word());
                lines.push(self.request(plane, method, path, body).await);
            }
            _ => assert!(line.is_empty() || line.starts_with('#'), "no input: {line}"),
        }
        lines.extend(self.messages().await);
        lines
            .iter()
            .map(|line| in_script_time(line, self.origin_s))
            .collect()
    }

    async fn request(&self, plane: &str, method: &str, path: &str, body: &str) -> String {
        let service = if plane == "http" {
            "iot"
        } else {
            "iot-jobs-data"
        };
        let path = path.replace("=NEXT", &format!("={}", self.next));
        let request = signed(service, method, &path, "", body);
        let answer = http_text(self.service.http_address(), &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).expect("a status");
        let error = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("x-amzn-errortype")
                .then_some(value)
        });
        let line = [status, error.unwrap_or_default(), body].join(" ");
        format!(
            "  {}",
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        )
    }

    /// All messages that have arrived.
    async fn messages(&mut self) -> Vec<String> {
        let barrier = publish(self.version, 0, 0, BARRIER, b"");
        self.wire.send(&barrier).await;
        let mut lines = Vec::new();
        loop {
            let packet = self.wire.packet().await;
            if packet == barrier {
                return lines;
            }
            // The acknowledgement of the request may arrive in between.
            if packet[0] != 0x40 {
                let (topic, payload) = message_of(&packet, self.version);
                let topic = topic.strip_prefix("$aws/things/").expect("a topic");
                lines.push(format!("  {topic} {payload}"));
            }
        }
    }
}

/// A number of ten digits at or after the origin is a time, unless it is part of an id; it is replaced by the seconds since
/// the origin.
pub(super) fn in_script_time(line: &str, origin_s: u64) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = rest[start..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len() - start);
        let number = &rest[start..start + digits];
        text.push_str(&rest[..start]);
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_alone = !text.ends_with(is_of_id) && !rest[start + digits..].starts_with(is_of_id);
        match number.parse::<u64>() {
            Ok(time_s) if digits == 10 && is_alone && time_s >= origin_s => {
                text.push_str(&(time_s - origin_s).to_string());
            }
            _ => text.push_str(number),
        }
        rest = &rest[start + digits..];
    }
    text + rest
}

/// A client that receives all messages about jobs.
async fn listener(service: &LocalService, version: u8) -> Wire {
    let connect = connect(version, "listener");
    let mut wire = Wire::greeted(service, &device(service), &connect).await;
    wire.send(&subscribe(version, &["$aws/things/+/jobs/#", BARRIER], 0))
        .await;
    wire.expect(&suback(version, &[0, 0])).await;
    wire
}

/// A script counts in whole seconds.
fn advance_to_whole_second(service: &LocalService) {
    let now = clock(service);
    service.advance_clock(Duration::from_secs_f64(now.ceil() - now));
}

/// The time of the service, in seconds since the epoch.
pub(super) fn clock(service: &LocalService) -> f64 {
    service.state()["clock"]["now"].as_f64().expect("a time")
}

/// The token in an answer that has further pages.
fn token(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(r#""nextToken":""#)?;
    rest.split('"').next()
}

/// Ids of things are random, and so are tokens of pages, which depend on ids and the time.
fn without_chance(line: &str) -> String {
    let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let line = token(line).map_or_else(|| line.to_owned(), |token| line.replace(token, "TOKEN"));
    let parts = line
        .split('"')
        .map(|part| if is_id(part) { "ID" } else { part });
    parts.collect::<Vec<_>>().join("\"")
}

async fn check(version: u8) {
    let mut run = Run::start(version).await;
    for file in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/it/golden/service")
            .join(file)
            .with_extension("txt");
        let script = std::fs::read_to_string(&path).expect("a script");
        let lines: Vec<&str> = script.lines().collect();
        let mut at = 0;
        while let Some(input) = lines.get(at) {
            let expected: Vec<&str> = lines[at + 1..]
                .iter()
                .copied()
                .take_while(|line| line.starts_with(' '))
                .collect();
            let found = run.input(input).await;
            if let Some(token) = found.iter().find_map(|line| token(line)) {
                token.clone_into(&mut run.next);
            }
            assert_eq!(
                found
                    .iter()
                    .map(|line| without_chance(line))
                    .collect::<Vec<_>>(),
                expected
                    .iter()
                    .map(|line| without_chance(line))
                    .collect::<Vec<_>>(),
                "{file}:{}: {input}",
                at + 1
            );
            at += 1 + expected.len();
        }
    }
}

#[tokio::test]
async fn every_check_holds_over_sockets_in_mqtt_3() {
    check(V3).await;
}

#[tokio::test]
async fn every_check_holds_over_sockets_in_mqtt_5() {
    check(V5).await;
}
