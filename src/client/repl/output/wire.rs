//! The messages of an exchange with the service, as `wire on` shows them. Pure.

use std::time::Duration;

use crate::control::Exchange;
use crate::device::{Attempt, RequestError};
use crate::protocol::{EventMessage, JobsTopic, Operation, ThingName, Topic};
use crate::repl::output::notice::Wire;

/// A request of the device and its result; empty if it was not sent.
pub(crate) fn mqtt(thing: &ThingName, operation: &Operation, attempt: &Attempt) -> Vec<Wire> {
    let topic = |topic| {
        let thing = thing.clone();
        JobsTopic { thing, topic }.to_string()
    };
    let (what, bytes) = match &attempt.end {
        Ok(reply) => {
            let reply_topic = Topic::Reply(reply.operation.clone(), reply.verdict);
            (topic(reply_topic), Some(reply.payload.text().len()))
        }
        Err(RequestError::Refused { reason, .. }) => (format!("PUBACK {reason}"), None),
        Err(
            RequestError::ConnectionLost { sent: true, .. }
            | RequestError::Timeout { sent: true, .. },
        ) => ("no reply".to_owned(), None),
        Err(_) => return Vec::new(),
    };
    let request = topic(Topic::Request(operation.clone()));
    vec![
        sent(request, attempt.payload.clone()),
        received(what, bytes, attempt.round_trip),
    ]
}

/// The same with the payload of the reply, which is otherwise not shown.
pub(crate) fn mqtt_in_full(
    thing: &ThingName,
    operation: &Operation,
    attempt: &Attempt,
) -> Vec<Wire> {
    let mut wires = mqtt(thing, operation, attempt);
    if let (Some(received), Ok(reply)) = (wires.last_mut(), &attempt.end) {
        received.payload = Some(reply.payload.clone());
    }
    wires
}

/// An operation of the control plane and its response; empty if it did not reach the network.
pub(crate) fn http(exchange: &Exchange) -> Vec<Wire> {
    if exchange.method.is_empty() {
        return Vec::new();
    }
    let (what, bytes) = match exchange.status {
        0 => ("no response".to_owned(), None),
        status => (format!("HTTP {status}"), Some(exchange.received.len())),
    };
    vec![
        sent(
            format!("{} {}", exchange.method, exchange.path),
            exchange.sent.clone(),
        ),
        received(what, bytes, exchange.round_trip),
    ]
}

pub(crate) fn event(thing: &ThingName, event: &EventMessage) -> Wire {
    let topic = event.name.topic();
    let thing = thing.clone();
    Wire {
        is_sent: false,
        what: JobsTopic { thing, topic }.to_string(),
        payload: None,
        bytes: Some(event.payload.text().len()),
        round_trip: None,
    }
}

fn sent(what: String, payload: String) -> Wire {
    Wire {
        is_sent: true,
        what,
        bytes: Some(payload.len()),
        payload: Some(payload.into()),
        round_trip: None,
    }
}

fn received(what: String, bytes: Option<usize>, round_trip: Duration) -> Wire {
    Wire {
        is_sent: false,
        what,
        payload: None,
        bytes,
        round_trip: Some(round_trip),
    }
}
