//! SUBSCRIBE and UNSUBSCRIBE.

use std::sync::Arc;

use crate::broker::access::Action;
use crate::broker::filter::TopicFilter;
use crate::broker::packet::{BrokerOutput, ConnectionId, Qos, Refusal, SubscribeFilter, Version};
use crate::broker::publish::push_delivery;
use crate::broker::session::Subscription;
use crate::broker::{Broker, FILTERS_MAX, Outputs, SUBSCRIPTIONS_MAX, record};

impl Broker {
    pub fn handle_subscribe(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        filters: &[SubscribeFilter],
        out: &mut Outputs,
    ) {
        let Some(session) = self.session(id) else {
            return;
        };
        if filters.len() > FILTERS_MAX {
            // GUESS: AWS says that eight is the quota and not what happens beyond it.
            return self.close(now_ms, id, Refusal::QuotaExceeded, out);
        }
        let mut count = session.subscriptions.len();
        let mut denials = Vec::new();
        let checked: Vec<Result<TopicFilter, Refusal>> = filters
            .iter()
            .map(|filter| {
                let parsed =
                    TopicFilter::new(&filter.text).map_err(|_| Refusal::TopicFilterInvalid)?;
                if let Err(denial) = session.access.check(Action::Subscribe(parsed.pattern())) {
                    denials.push(denial);
                    return Err(Refusal::NotAuthorized);
                }
                if !session.subscriptions.contains_key(&filter.text) {
                    if count == SUBSCRIPTIONS_MAX {
                        return Err(Refusal::QuotaExceeded);
                    }
                    count += 1;
                }
                Ok(parsed)
            })
            .collect();
        let version = session.version;
        for denial in denials {
            record(&mut self.denials, denial);
        }
        // 3.1.1 closes without a SUBACK; only the quota of subscriptions is reported in one.
        let fatal = checked
            .iter()
            .filter_map(|result| result.as_ref().err())
            .find(|refusal| **refusal != Refusal::QuotaExceeded);
        if let Some(refusal) = fatal
            && version == Version::V3
        {
            return self.close(now_ms, id, *refusal, out);
        }
        self.subscribe(now_ms, id, packet_id, filters, checked, out);
    }

    pub fn handle_unsubscribe(
        &mut self,
        id: ConnectionId,
        packet_id: u16,
        filters: &[String],
        out: &mut Outputs,
    ) {
        let Some(key) = self.by_connection.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let existed = filters
            .iter()
            .map(|filter| match session.subscriptions.remove(filter) {
                None => false,
                Some(subscription) => {
                    self.router.unsubscribe(&subscription.filter, key);
                    true
                }
            })
            .collect();
        out.push((id, BrokerOutput::Unsuback { packet_id, existed }));
    }

    fn subscribe(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        filters: &[SubscribeFilter],
        checked: Vec<Result<TopicFilter, Refusal>>,
        out: &mut Outputs,
    ) {
        let Some(key) = self.by_connection.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let mut retained = Vec::new();
        let mut results = Vec::new();
        for (asked, checked) in filters.iter().zip(checked) {
            let result = checked.map(|filter| {
                let qos = if asked.qos == 0 {
                    Qos::AtMostOnce
                } else {
                    Qos::AtLeastOnce
                };
                if let Some(message) = filter
                    .exact_topic()
                    .and_then(|topic| self.retained.get(topic))
                    && session.wants_retained(&asked.text, asked.retain_handling)
                {
                    retained.push((Arc::clone(message), qos));
                }
                self.router.subscribe(&filter, key, qos);
                session
                    .subscriptions
                    .insert(asked.text.clone(), Subscription { filter, qos });
                qos
            });
            results.push(result);
        }
        out.push((id, BrokerOutput::Suback { packet_id, results }));
        for (message, qos) in retained {
            let is_stale = message
                .expires_ms
                .is_some_and(|expires_ms| expires_ms <= now_ms);
            if is_stale {
                continue;
            }
            match session.access.check(Action::Receive(&message.topic)) {
                Ok(()) => {
                    let delivery = session.deliver(now_ms, &message, qos, true);
                    push_delivery(session, delivery, out);
                }
                Err(denial) => record(&mut self.denials, denial),
            }
        }
    }
}
