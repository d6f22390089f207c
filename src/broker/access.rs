//! What a connection may do: the one place where the broker asks the policies.

use std::fmt;
use std::sync::Arc;

use crate::broker::filter::{TopicUse, check_topic};
use crate::broker::limits::DENIALS_MAX;
use crate::broker::packet::{MqttMessage, Refusal};
use crate::policy::{AccessRequest, ConnectionContext, PolicyDocument, ResourceArns, evaluate};

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
    /// `iot:Receive` from this topic; asked for every single message.
    Receive(&'a str),
}

/// The policies attached to a connection's certificate, and what they may ask about the connection.
#[derive(Debug, Clone)]
pub struct ConnectionAccess {
    pub policies: Arc<[(String, PolicyDocument)]>,
    /// What the policy variables stand for.
    pub context: ConnectionContext,
    /// Whose resources they are.
    pub arns: ResourceArns,
}

impl ConnectionAccess {
    /// Whether the policies allow it. Without a policy nothing is allowed.
    pub fn check(&self, action: Action<'_>) -> Result<(), Denial> {
        let (name, resource) = match action {
            Action::Connect(client_id) => ("iot:Connect", self.arns.client(client_id)),
            Action::Publish(topic) => ("iot:Publish", self.arns.topic(topic)),
            Action::RetainPublish(topic) => ("iot:RetainPublish", self.arns.topic(topic)),
            Action::Subscribe(filter) => ("iot:Subscribe", self.arns.topic_filter(filter)),
            Action::Receive(topic) => ("iot:Receive", self.arns.topic(topic)),
        };
        let request = AccessRequest {
            action: name,
            resource: &resource,
            context: &self.context,
        };
        let decision = evaluate(&self.policies, &request);
        if decision.is_allowed() {
            return Ok(());
        }
        Err(Denial {
            client_id: self.context.client_id.clone().unwrap_or_default(),
            decision: decision.to_string(),
            action: name,
            resource,
        })
    }

    /// Whether a client may publish this message, now or as its will.
    pub(crate) fn check_message(
        &self,
        message: &MqttMessage,
        topic_use: TopicUse,
        denials: &mut Denials,
    ) -> Result<(), Refusal> {
        if check_topic(&message.topic).is_err() || topic_use == TopicUse::Refuse {
            return Err(Refusal::TopicNameInvalid);
        }
        denials.note(self.check(Action::Publish(&message.topic)))?;
        if message.retain {
            denials.note(self.check(Action::RetainPublish(&message.topic)))?;
        }
        Ok(())
    }
}

/// What the policies did not allow, for the log of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub client_id: String,
    /// Such as `iot:Publish`.
    pub action: &'static str,
    /// The ARN of what it is about.
    pub resource: String,
    /// Which statement decided, or that none allowed it: the end of the sentence.
    pub decision: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client_id,
            action,
            resource,
            decision,
        } = self;
        write!(
            f,
            "client `{client_id}`: {action} on `{resource}` is {decision}"
        )
    }
}

/// What policies did not allow since it was last taken, while there is room.
#[derive(Debug, Default)]
pub(crate) struct Denials(Vec<Denial>);

impl Denials {
    /// Keeps a denial for the log; the client gets [`Refusal::NotAuthorized`].
    pub(crate) fn note(&mut self, checked: Result<(), Denial>) -> Result<(), Refusal> {
        checked.map_err(|denial| {
            if self.0.len() < DENIALS_MAX {
                self.0.push(denial);
            }
            Refusal::NotAuthorized
        })
    }

    pub(crate) fn take(&mut self) -> Vec<Denial> {
        std::mem::take(&mut self.0)
    }
}
