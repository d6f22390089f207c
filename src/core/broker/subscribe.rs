//! SUBSCRIBE and UNSUBSCRIBE.

use std::sync::Arc;

use crate::broker::access::Action;
use crate::broker::filter::TopicFilter;
use crate::broker::limits::{FILTERS_MAX, SUBSCRIPTIONS_MAX};
use crate::broker::notes::{Notes, shown};
use crate::broker::packet::{
    BrokerOutput, ConnectionId, Outputs, Qos, Refusal, SubscribeFilter, Version,
};
use crate::broker::publish::push_delivery;
use crate::broker::queue::Origin;
use crate::broker::reserved::subscribed_to;
use crate::broker::session::{ClientSession, Subscription};
use crate::broker::state::Broker;

impl Broker {
    pub fn handle_subscribe(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        filters: &[SubscribeFilter],
        out: &mut Outputs,
    ) {
        let Some(session) = self
            .by_connection
            .get(&id)
            .and_then(|key| self.sessions.get(key))
        else {
            return;
        };
        if filters.len() > FILTERS_MAX {
            let count = filters.len();
            self.notes.refused(
                &session.identity.client_id,
                format!("SUBSCRIBE is refused: it has {count} filters, and at most {FILTERS_MAX} are allowed"),
            );
            // GUESS: AWS documents eight as the quota, but not what happens beyond it.
            return self.close(now_ms, id, Refusal::QuotaExceeded, out);
        }
        let checked = check_filters(session, filters, &mut self.notes);
        // 3.1.1 closes without a SUBACK; only a violated quota of subscriptions is reported in a SUBACK.
        let fatal = checked
            .iter()
            .filter_map(|result| result.as_ref().err())
            .find(|refusal| **refusal != Refusal::QuotaExceeded);
        if let Some(refusal) = fatal
            && session.version == Version::V3
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
        let Some((key, session)) = self
            .by_connection
            .get(&id)
            .and_then(|key| Some((*key, self.sessions.get_mut(key)?)))
        else {
            return;
        };
        let mut retained = Vec::new();
        let mut results = Vec::new();
        for (asked, checked) in filters.iter().zip(checked) {
            let result = checked.map(|filter| {
                let qos = Qos::granted(asked.qos);
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
        let results = results.into();
        out.push((id, BrokerOutput::Suback { packet_id, results }));
        retained.retain(|(message, _)| !message.has_expired(now_ms));
        for (message, qos) in retained {
            let notes = &mut self.notes;
            let delivery = session.deliver(now_ms, &message, qos, Origin::Retained, notes);
            push_delivery(session, delivery, out);
        }
        self.plan_sending(key);
    }
}

/// The filters of a SUBSCRIBE, or for each the reason why the client cannot subscribe to it.
fn check_filters(
    session: &ClientSession,
    filters: &[SubscribeFilter],
    notes: &mut Notes,
) -> Vec<Result<TopicFilter, Refusal>> {
    let mut count = session.subscriptions.len();
    filters
        .iter()
        .map(|filter| {
            let parsed = TopicFilter::new(&filter.text).map_err(|error| {
                let why = format!("the filter {error}");
                refuse(session, filter, Refusal::TopicFilterInvalid, &why, notes)
            })?;
            let action = Action::Subscribe(parsed.pattern());
            let absent = subscribed_to(parsed.pattern());
            notes.check(session.access.check_about(action, absent))?;
            if let Some(service) = absent {
                return Err(session.access.refuse_absent(action, service, notes));
            }
            if !session.subscriptions.contains_key(&filter.text) {
                if count == SUBSCRIPTIONS_MAX {
                    let why = format!("the client has {count} subscriptions, which is the most");
                    return Err(refuse(session, filter, Refusal::QuotaExceeded, &why, notes));
                }
                count += 1;
            }
            Ok(parsed)
        })
        .collect()
}

/// Notes why a filter is refused.
fn refuse(
    session: &ClientSession,
    filter: &SubscribeFilter,
    refusal: Refusal,
    why: &str,
    notes: &mut Notes,
) -> Refusal {
    let what = format!("SUBSCRIBE to `{}` is refused: {why}", shown(&filter.text));
    notes.refused(&session.identity.client_id, what);
    refusal
}
