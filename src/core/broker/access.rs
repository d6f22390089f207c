//! The rights of a connection: the only place where the broker evaluates policies.

use std::fmt;
use std::sync::Arc;

use crate::broker::filter::{MqttTopicError, TopicUse, check_topic, topic_use};
use crate::broker::notes::{Denial, Notes, shown};
use crate::broker::packet::{Connect, MqttMessage, Refusal, Will};
use crate::broker::reserved::AbsentService;
use crate::policy::{
    AccessRequest, ConnectRequest, ConnectionContext, PolicyDocument, ResourceArns, evaluate,
};

/// What the log calls a message.
pub(crate) const MESSAGE: &str = "a message";
const WILL: &str = "its will";

/// Why a message of QoS 2 is refused.
pub(crate) const QOS_2: &str = "AWS IoT Core does not support QoS 2";

/// "You can't publish to a reserved topic with the RETAIN flag set."
/// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-retain>
pub(crate) const RETAIN: &str = "a message to a reserved topic cannot be retained";

pub(crate) fn is_retained_reserved(message: &MqttMessage) -> bool {
    message.retain && message.topic.starts_with('$')
}

/// What a client wants to do.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// `iot:Connect` with this client id.
    Connect(&'a str),
    /// `iot:Publish` to this topic.
    Publish(&'a str),
    /// `iot:RetainPublish` to this topic: needed besides `iot:Publish` if RETAIN is set.
    RetainPublish(&'a str),
    /// `iot:Subscribe` to this filter, without `$share/GROUP/`.
    Subscribe(&'a str),
    /// `iot:Receive` from this topic; checked for every message.
    Receive(&'a str),
}

/// The policies attached to a connection's certificate, and what they can refer to.
#[derive(Debug, Clone)]
pub struct ConnectionAccess {
    pub policies: Arc<[(String, PolicyDocument)]>,
    /// The values of the policy variables.
    pub context: ConnectionContext,
    /// What is added to each message that the connection publishes.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types-propagating-attributes.html>
    pub user_properties: Arc<[(String, String)]>,
    /// The region and account of the resources.
    pub arns: ResourceArns,
    /// Whether the certificate is active. An inactive one may have left something behind, such as a will.
    pub is_active: bool,
}

impl ConnectionAccess {
    /// Whether the policies allow an action. Without a policy everything is denied.
    pub fn check(&self, action: Action<'_>) -> Result<(), Denial> {
        let (name, resource) = self.request(action);
        let request = AccessRequest {
            action: name,
            resource: &resource,
            context: &self.context,
        };
        let decision = if self.is_active {
            let decision = evaluate(&self.policies, &request);
            if decision.is_allowed() {
                return Ok(());
            }
            decision.to_string()
        } else {
            "refused: its certificate is not registered or not active".to_owned()
        };
        Err(Denial {
            client_id: self.context.client_id.clone().unwrap_or_default(),
            decision,
            action: name,
            resource,
        })
    }

    /// The same, for an action that may concern a service that is not emulated. The denial then also names that service,
    /// because no other policy would help.
    pub(crate) fn check_about(
        &self,
        action: Action<'_>,
        absent: Option<AbsentService>,
    ) -> Result<(), Denial> {
        self.check(action).map_err(|mut denial| {
            if let Some(service) = absent {
                denial.decision = format!(
                    "{}. {}",
                    denial.decision,
                    Refusal::NotEmulated(service).text()
                );
            }
            denial
        })
    }

    /// Whether a client may have this will. One to a topic of a service of AWS only goes to subscribers.
    pub(crate) fn check_will(&self, will: &Will, notes: &mut Notes) -> Result<(), Refusal> {
        let Will { message, qos, .. } = will;
        // AWS closes the connection ("Will with QoS 2").
        if *qos > 1 {
            return Err(self.refuse((WILL, message), Refusal::QosNotSupported, &QOS_2, notes));
        }
        if is_retained_reserved(message) {
            return Err(self.refuse((WILL, message), Refusal::TopicNameInvalid, &RETAIN, notes));
        }
        let topic_use = match topic_use(&message.topic) {
            TopicUse::Refuse => TopicUse::Refuse,
            _ => TopicUse::Route,
        };
        self.check_message((WILL, message), topic_use, notes)
    }

    /// Notes why a message is refused.
    pub(crate) fn refuse(
        &self,
        (kind, message): (&str, &MqttMessage),
        refusal: Refusal,
        why: &impl fmt::Display,
        notes: &mut Notes,
    ) -> Refusal {
        let topic = shown(&message.topic);
        notes.refused(
            self.client_id(),
            format!("{kind} to `{topic}` is refused: {why}"),
        );
        refusal
    }

    pub(crate) fn client_id(&self) -> &str {
        self.context.client_id.as_deref().unwrap_or_default()
    }

    /// Whether a client may publish this message, now or as its will, as which the log names it.
    pub(crate) fn check_message(
        &self,
        (kind, message): (&str, &MqttMessage),
        topic_use: TopicUse,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        let checked = check_topic(&message.topic);
        let checked = checked.and(match topic_use {
            TopicUse::Refuse => Err(MqttTopicError::Reserved),
            _ => Ok(()),
        });
        if let Err(error) = checked {
            let why = format!("the topic {error}");
            return Err(self.refuse((kind, message), Refusal::TopicNameInvalid, &why, notes));
        }
        let absent = match topic_use {
            TopicUse::Absent(service) => Some(service),
            _ => None,
        };
        let action = Action::Publish(&message.topic);
        notes.check(self.check_about(action, absent))?;
        if message.retain {
            notes.check(self.check(Action::RetainPublish(&message.topic)))?;
        }
        match absent {
            Some(service) => Err(self.refuse_absent(action, service, notes)),
            None => Ok(()),
        }
    }

    /// The name and the resource of an action.
    fn request(&self, action: Action<'_>) -> (&'static str, String) {
        match action {
            Action::Connect(client_id) => ("iot:Connect", self.arns.client(client_id)),
            Action::Publish(topic) => ("iot:Publish", self.arns.topic(topic)),
            Action::RetainPublish(topic) => ("iot:RetainPublish", self.arns.topic(topic)),
            Action::Subscribe(filter) => ("iot:Subscribe", self.arns.topic_filter(filter)),
            Action::Receive(topic) => ("iot:Receive", self.arns.topic(topic)),
        }
    }

    /// The same while a CONNECT is decided on: policies can also refer to its parameters.
    // GUESS: with MQTT 5, a Session Expiry Interval asks for PersistentConnect, since it makes the session persistent.
    // GUESS: a statement without a condition allows persistent sessions and wills, because the examples of
    // connect-policy.html deny them beside one; mqtt.html says "You must specify a persistent connection in your IAM policy
    // if you want to have one".
    pub(crate) fn to_connect(&self, connect: &Connect) -> Self {
        let will = connect.will.as_ref();
        let mut access = self.clone();
        access.context.connect = Some(Box::new(ConnectRequest {
            is_persistent: connect.session_expiry_s > 0,
            last_will_topic: will.map(|will| self.arns.topic(&will.message.topic)),
        }));
        access
    }

    /// Notes a request for a service that is not emulated, and returns the refusal that the client gets.
    pub(crate) fn refuse_absent(
        &self,
        action: Action<'_>,
        service: AbsentService,
        notes: &mut Notes,
    ) -> Refusal {
        let (action, resource) = self.request(action);
        let refusal = Refusal::NotEmulated(service);
        let denial = Denial {
            client_id: self.context.client_id.clone().unwrap_or_default(),
            action,
            resource,
            decision: format!("refused: {}", refusal.text()),
        };
        // The client gets a different refusal than that of a policy.
        let _ = notes.check(Err(denial));
        refusal
    }
}
