//! A server with just enough MQTT 5 and HTTP to give the answers of a test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::test_service::{ReadWrite, THING, pretend};

/// What follows a request: endings of its topic, each with a payload.
pub(crate) type Answers = Vec<(&'static str, String)>;

/// Status, exception and body; `None` hangs up.
pub(crate) type HttpAnswer = Option<(u16, &'static str, String)>;

/// A CONNACK that accepts, without properties.
const CONNACK: [u8; 5] = [0x20, 3, 0, 0, 0];

/// Serves one connection: accepts everything, and answers each request of the device with what `answer` makes of its topic
/// and payload.
pub(crate) fn serve_mqtt(stream: &mut dyn ReadWrite, answer: &dyn Fn(&str, &str) -> Answers) {
    serve_packets(stream, &CONNACK, &|topic, payload| {
        answer(topic, payload)
            .into_iter()
            .map(|(end, text)| publish(&format!("{topic}/{end}"), text.as_bytes()))
            .collect()
    });
}

/// The same with any CONNACK, and any packets for an answer.
pub(crate) fn serve_packets(
    stream: &mut dyn ReadWrite,
    connack: &[u8],
    answer: &dyn Fn(&str, &str) -> Vec<Vec<u8>>,
) {
    while let Some((kind, body)) = packet(stream) {
        let answers = match kind >> 4 {
            1 => vec![connack.to_vec()],
            8 => vec![vec![0x90, 9, body[0], body[1], 0, 1, 1, 1, 1, 1, 1]],
            12 => vec![vec![0xd0, 0]],
            3 => {
                let length = usize::from(body[0]) << 8 | usize::from(body[1]);
                let topic = String::from_utf8_lossy(&body[2..2 + length]).into_owned();
                let rest = &body[2 + length..];
                let payload = String::from_utf8_lossy(&rest[3 + usize::from(rest[2])..]);
                let mut answers = vec![vec![0x40, 2, rest[0], rest[1]]];
                answers.extend(answer(&topic, &payload));
                answers
            }
            14 => return,
            _ => Vec::new(),
        };
        for packet in answers {
            if stream
                .write_all(&packet)
                .and_then(|()| stream.flush())
                .is_err()
            {
                return;
            }
        }
    }
}

/// The client token of a request.
pub(crate) fn token(payload: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    json["clientToken"].as_str().expect("a token").to_owned()
}

/// The next packet: its first byte and what follows its length.
fn packet(stream: &mut dyn ReadWrite) -> Option<(u8, Vec<u8>)> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok()?;
    let kind = byte[0];
    let (mut length, mut shift) = (0, 0);
    loop {
        stream.read_exact(&mut byte).ok()?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((kind, body))
}

/// A PUBLISH of QoS 0.
pub(crate) fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = u16::try_from(topic.len())
        .expect("a topic")
        .to_be_bytes()
        .to_vec();
    body.extend(topic.as_bytes());
    body.push(0);
    body.extend(payload);
    let mut packet = vec![0x30];
    let mut length = body.len();
    while length >= 0x80 {
        packet.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    packet.push(u8::try_from(length).expect("seven bits"));
    packet.extend(body);
    packet
}

/// A control plane that knows every thing except `nothing`, and otherwise answers with `answer`, which gets the number of
/// earlier requests. Returns its URL and that number.
pub(crate) fn pretend_control(
    answer: impl Fn(usize) -> HttpAnswer + Clone + Send + 'static,
) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let address = pretend(move |stream| {
        serve_http(stream, &|request| {
            if request.starts_with("GET /things/nothing ") {
                let message = r#"{"message":"it does not exist"}"#;
                return Some((404, "ResourceNotFoundException", message.to_owned()));
            }
            if request.starts_with("GET /things/") {
                let arn = format!("arn:aws:iot:us-east-1:123456789012:thing/{THING}");
                return Some((200, "", format!(r#"{{"thingArn":"{arn}"}}"#)));
            }
            answer(count.fetch_add(1, Ordering::SeqCst))
        });
    });
    (format!("http://{address}"), asked)
}

/// Serves one request of HTTP: `answer` gets the request line and gives status, exception and body; `None` hangs up.
fn serve_http(mut stream: TcpStream, answer: &dyn Fn(&str) -> HttpAnswer) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let Ok(count @ 1..) = stream.read(&mut buffer) else {
            return;
        };
        bytes.extend(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let head = text[..end].to_owned();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                })
                .and_then(|length| length.parse::<usize>().ok())
                .unwrap_or_default();
            break (head, end + 4 + length);
        }
    };
    while bytes.len() < length {
        let Ok(count @ 1..) = stream.read(&mut buffer) else {
            return;
        };
        bytes.extend(&buffer[..count]);
    }
    if let Some((status, exception, body)) = answer(head.lines().next().unwrap_or_default()) {
        let _ = write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nx-amzn-ErrorType: {exception}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    }
}
