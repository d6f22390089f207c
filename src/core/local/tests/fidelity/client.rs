//! A client of either version that works on bytes, and prints what it receives in a few words.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::local::tests::soon;
use crate::local::tests::wire::{ANY_PING, PONG, V5, packet, text};

/// The transport: TLS, or memory.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(super) struct Client {
    pub(super) stream: Box<dyn Stream>,
    pub(super) version: u8,
    pub(super) is_open: bool,
}

impl Client {
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // The service may have closed the connection; its last packet is then read.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next packet, or `None` if the service has closed the connection.
    pub(super) async fn packet(&mut self) -> Option<Vec<u8>> {
        let mut packet = vec![self.stream.read_u8().await.ok()?];
        loop {
            packet.push(self.stream.read_u8().await.ok()?);
            if packet.last().is_some_and(|byte| byte & 0x80 == 0) {
                break;
            }
        }
        let digits = packet[1..].iter().rev();
        let length = digits.fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        packet.extend(body);
        Some(packet)
    }

    /// The next packet in words.
    pub(super) async fn answer(&mut self) -> String {
        if let Some(packet) = soon("an answer", self.packet()).await {
            return shown(&packet, self.version);
        }
        self.is_open = false;
        "closed".to_owned()
    }

    /// All packets so far, in words, up to the answer to a ping.
    pub(super) async fn answers(&mut self) -> Vec<String> {
        let mut answers = Vec::new();
        self.send(ANY_PING).await;
        while self.is_open {
            let answer = self.answer().await;
            if answer == "pong" {
                break;
            }
            answers.push(answer);
        }
        answers
    }
}

/// A packet of the service in words.
fn shown(bytes: &[u8], version: u8) -> String {
    let length = bytes[1..].iter().take_while(|byte| **byte & 0x80 != 0);
    let body = &bytes[2 + length.count()..];
    let is_v5 = version == V5;
    match bytes[0] >> 4 {
        2 => connack(body, is_v5),
        3 => publish(bytes[0], body, is_v5),
        4 => match body.get(2) {
            None | Some(0) => "puback".to_owned(),
            Some(code) => format!("puback {code:#04x}"),
        },
        9 => format!("suback{}", codes(&body[2..], is_v5)),
        11 => format!("unsuback{}", codes(&body[2..], is_v5)),
        13 if bytes == PONG => "pong".to_owned(),
        14 => format!("disconnect {:#04x}", body[0]),
        _ => format!("{bytes:02x?}"),
    }
}

fn connack(body: &[u8], is_v5: bool) -> String {
    let mut words = vec!["connack".to_owned()];
    words.extend((body[0] == 1).then(|| "present".to_owned()));
    words.extend((body[1] != 0).then(|| format!("{:#04x}", body[1])));
    if is_v5 && body[1] == 0 {
        let interesting = |word: &String| {
            ["expiry=", "id=", "keep-alive="]
                .iter()
                .any(|name| word.starts_with(name))
                && word != "keep-alive=60"
        };
        words.extend(properties(&body[2..]).0.into_iter().filter(interesting));
    }
    words.join(" ")
}

fn publish(first: u8, body: &[u8], is_v5: bool) -> String {
    let (topic, mut rest) = string(body);
    let mut words = Vec::new();
    if first & 6 != 0 {
        words.push(format!("#{}", u16::from_be_bytes([rest[0], rest[1]])));
        rest = &rest[2..];
    }
    words.extend((first & 8 != 0).then(|| "dup".to_owned()));
    words.extend((first & 1 != 0).then(|| "retained".to_owned()));
    if is_v5 {
        let (found, behind) = properties(rest);
        words.extend(found);
        rest = behind;
    }
    let message = format!("{topic}={}", String::from_utf8_lossy(rest));
    words.insert(0, message);
    words.join(" ")
}

fn codes(body: &[u8], is_v5: bool) -> String {
    let codes = if is_v5 { properties(body).1 } else { body };
    codes
        .iter()
        .map(|code| match code {
            0..=2 => format!(" {code}"),
            code => format!(" {code:#04x}"),
        })
        .collect()
}

fn string(bytes: &[u8]) -> (String, &[u8]) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let text = String::from_utf8_lossy(&bytes[2..2 + length]).into_owned();
    (text, &bytes[2 + length..])
}

/// The properties of a packet of MQTT 5, and what follows them.
fn properties(bytes: &[u8]) -> (Vec<String>, &[u8]) {
    let digits = 1 + bytes.iter().take_while(|byte| **byte & 0x80 != 0).count();
    let length = bytes[..digits]
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    let (mut list, rest) = bytes[digits..].split_at(length);
    let mut found = Vec::new();
    while let Some((id, value)) = list.split_first() {
        let number = |bytes: usize| {
            let digits = value[..bytes].iter();
            digits.fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
        };
        let (name, size) = match id {
            0x01 => ("text", 1),
            0x02 | 0x11 => ("expiry", 4),
            0x13 => ("keep-alive", 2),
            0x21 => ("receive", 2),
            0x22 => ("aliases", 2),
            0x27 => ("largest", 4),
            0x03 | 0x08 | 0x09 | 0x12 | 0x1f | 0x26 => ("", 0),
            _ => ("can", 1),
        };
        if size > 0 {
            found.push(format!("{name}={}", number(size)));
            list = &value[size..];
            continue;
        }
        let (text, behind) = string(value);
        let (word, behind) = match id {
            0x26 => {
                let (value, behind) = string(behind);
                (format!("{text}={value}"), behind)
            }
            0x03 => (format!("type={text}"), behind),
            0x08 => (format!("reply={text}"), behind),
            0x09 => (format!("data={text}"), behind),
            0x12 => ("id=made".to_owned(), behind),
            _ => (format!("reason={text}"), behind),
        };
        found.push(word);
        list = behind;
    }
    (found, rest)
}

/// The text behind `NAME=` in the options.
pub(super) fn option<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    options
        .iter()
        .find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

fn number<N: std::str::FromStr>(options: &[&str], name: &str) -> Option<N> {
    option(options, name).map(|word| word.parse().unwrap_or_else(|_| panic!("{name}={word}")))
}

/// The properties of MQTT 5 that the options name; nothing for MQTT 3.1.1.
fn property_list(version: u8, options: &[&str], names: &[(&str, u8, usize)]) -> Vec<u8> {
    if version != V5 {
        return Vec::new();
    }
    let mut list = Vec::new();
    for (name, id, size) in names {
        let Some(value) = option(options, name) else {
            continue;
        };
        list.push(*id);
        match size {
            0 => list.extend(text(value)),
            size => {
                let number: u32 = value.parse().expect("a number");
                list.extend(&number.to_be_bytes()[4 - size..]);
            }
        }
    }
    for user in options.iter().filter_map(|it| it.strip_prefix("user=")) {
        let (key, value) = user.split_once(':').expect("KEY:VALUE");
        list.push(0x26);
        list.extend([text(key), text(value)].concat());
    }
    let length = u8::try_from(list.len()).expect("few properties");
    [vec![length], list].concat()
}

/// `persistent` is 3.1.1's clean session 0, and with MQTT 5 a session that is resumed and outlives the connection by an
/// hour.
pub(super) fn connect(version: u8, client_id: &str, options: &[&str]) -> Vec<u8> {
    let is_persistent = options.contains(&"persistent");
    let resumes = is_persistent || options.contains(&"resume");
    let mut all = options.to_vec();
    if is_persistent && option(options, "expiry").is_none() {
        all.push("expiry=3600");
    }
    let will = option(options, "will");
    let mut flags = u8::from(!resumes) << 1;
    if will.is_some() {
        let qos: u8 = number(options, "will-qos").unwrap_or(1);
        flags |= 4 | qos << 3 | u8::from(options.contains(&"will-retain")) << 5;
    }
    let user = option(options, "name");
    flags |= u8::from(user.is_some()) << 7;
    let keep_alive: u16 = number(options, "keep-alive").unwrap_or(60);
    let names = [
        ("expiry", 0x11, 4),
        ("receive", 0x21, 2),
        ("largest", 0x27, 4),
    ];
    let mut body = [
        text("MQTT"),
        vec![version, flags],
        keep_alive.to_be_bytes().to_vec(),
        property_list(version, &all, &names),
        text(client_id),
    ]
    .concat();
    if let Some(topic) = will {
        body.extend(property_list(version, options, &[("delay", 0x18, 4)]));
        body.extend([text(topic), text("gone")].concat());
    }
    body.extend(user.map(text).unwrap_or_default());
    packet(0x10, &[&body])
}

pub(super) fn publish_packet(version: u8, words: &[&str]) -> Vec<u8> {
    let [topic, qos, payload, options @ ..] = words else {
        panic!("publish TOPIC QOS PAYLOAD: {words:?}");
    };
    let qos: u8 = qos.parse().expect("a QoS");
    let flags = qos << 1 | u8::from(options.contains(&"retain"));
    let id: u16 = number(options, "id").unwrap_or(7);
    let id = if qos == 0 {
        Vec::new()
    } else {
        id.to_be_bytes().to_vec()
    };
    let names = [
        ("text", 0x01, 1),
        ("expiry", 0x02, 4),
        ("type", 0x03, 0),
        ("reply", 0x08, 0),
        ("data", 0x09, 0),
        ("alias", 0x23, 2),
    ];
    let topic = match *topic {
        "-" => "",
        "LONG" => &"x".repeat(257),
        topic => topic,
    };
    let payload = match option(options, "bytes") {
        Some(count) => "x".repeat(count.parse().expect("a number")),
        None => payload.trim_matches('-').to_owned(),
    };
    let properties = property_list(version, options, &names);
    packet(
        0x30 | flags,
        &[&text(topic), &id, &properties, payload.as_bytes()],
    )
}

/// Filters are separated by commas.
pub(super) fn subscribe_packet(version: u8, filters: &str, words: &[&str]) -> Vec<u8> {
    let [qos, options @ ..] = words else {
        panic!("subscribe FILTERS QOS");
    };
    let qos: u8 = qos.parse().expect("a QoS");
    let retain: u8 = number(options, "retain").unwrap_or(0);
    let local: u8 = number(options, "no-local").unwrap_or(0);
    let entries: Vec<u8> = filters
        .split(',')
        .flat_map(|filter| [text(filter), vec![qos | local << 2 | retain << 4]].concat())
        .collect();
    packet(
        0x82,
        &[&[0, 1], &property_list(version, options, &[]), &entries],
    )
}
