//! What a connection may do: the one place where the broker asks the policies.

use std::sync::Arc;

use crate::broker::filter::{TopicUse, check_topic};
use crate::broker::notes::{Denial, Notes};
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
    /// Whether the certificate is active. One that is not may leave something behind, such as a will.
    pub is_active: bool,
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

    /// Whether a client may publish this message, now or as its will.
    pub(crate) fn check_message(
        &self,
        message: &MqttMessage,
        topic_use: TopicUse,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        if check_topic(&message.topic).is_err() || topic_use == TopicUse::Refuse {
            return Err(Refusal::TopicNameInvalid);
        }
        notes.check(self.check(Action::Publish(&message.topic)))?;
        if message.retain {
            notes.check(self.check(Action::RetainPublish(&message.topic)))?;
        }
        Ok(())
    }
}
