//! The retained messages: one for each topic, limited in number and in bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::broker::limits::{RETAINED_BYTES_MAX, RETAINED_MAX};
use crate::broker::packet::MqttMessage;

#[derive(Debug, Default)]
pub(crate) struct Retained {
    by_topic: BTreeMap<String, Arc<MqttMessage>>,
    bytes: usize,
}

impl Retained {
    pub(crate) fn get(&self, topic: &str) -> Option<&Arc<MqttMessage>> {
        self.by_topic.get(topic)
    }

    /// Whether a tenth is free: at the limit there is room for one message and not for the next.
    pub(crate) fn has_ample_room(&self) -> bool {
        let ample = |used: usize, most: usize| used <= most / 10 * 9;
        ample(self.by_topic.len(), RETAINED_MAX) && ample(self.bytes, RETAINED_BYTES_MAX)
    }

    /// Retains a message in place of the one before. An empty payload only removes that. Returns whether it had
    /// room; if not, the one before stays.
    pub(crate) fn put(&mut self, message: &Arc<MqttMessage>) -> bool {
        let before = self.by_topic.get(&message.topic);
        let others = self.bytes - before.map_or(0, |it| it.bytes());
        if message.payload.is_empty() {
            self.by_topic.remove(&message.topic);
            self.bytes = others;
            return true;
        }
        let bytes = others + message.bytes();
        let has_place = before.is_some() || self.by_topic.len() < RETAINED_MAX;
        if !has_place || bytes > RETAINED_BYTES_MAX {
            return false;
        }
        self.by_topic
            .insert(message.topic.clone(), Arc::clone(message));
        self.bytes = bytes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, bytes: usize) -> Arc<MqttMessage> {
        Arc::new(MqttMessage {
            topic: topic.to_owned(),
            payload: vec![0; bytes].into(),
            ..MqttMessage::default()
        })
    }

    #[test]
    fn messages_are_limited_in_bytes() {
        let mut retained = Retained::default();
        let half = RETAINED_BYTES_MAX / 2;
        for (topic, bytes, fits, kept) in [
            ("a", half, true, half),
            // The one before counts no longer.
            ("a", half + 1, true, half + 1),
            ("b", half, false, 0),
            ("a", 1, true, 1),
            ("b", half, true, half),
            ("c", half, false, 0),
            ("b", RETAINED_BYTES_MAX, false, half),
            ("b", 0, true, 0),
            ("c", half, true, half),
        ] {
            assert_eq!(
                retained.put(&message(topic, bytes)),
                fits,
                "{topic} {bytes}"
            );
            let found = retained.get(topic).map_or(0, |it| it.payload.len());
            assert_eq!(found, kept, "{topic} {bytes}");
        }
        let sum: usize = retained.by_topic.values().map(|it| it.bytes()).sum();
        assert_eq!(retained.bytes, sum);
    }
}
