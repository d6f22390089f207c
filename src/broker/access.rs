//! What a connection may do: the one place where the broker asks the policies.

use std::sync::Arc;

use crate::policy::{Context, Document, Request, ResourceArns, evaluate};

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
pub struct Access {
    /// By name.
    pub policies: Arc<[(String, Document)]>,
    /// What the policy variables stand for.
    pub context: Context,
    /// Whose resources they are.
    pub arns: ResourceArns,
}

impl Access {
    /// Whether the policies allow it. Without a policy nothing is allowed.
    pub fn may(&self, action: Action<'_>) -> bool {
        let (name, resource) = match action {
            Action::Connect(client_id) => ("iot:Connect", self.arns.client(client_id)),
            Action::Publish(topic) => ("iot:Publish", self.arns.topic(topic)),
            Action::RetainPublish(topic) => ("iot:RetainPublish", self.arns.topic(topic)),
            Action::Subscribe(filter) => ("iot:Subscribe", self.arns.topic_filter(filter)),
            Action::Receive(topic) => ("iot:Receive", self.arns.topic(topic)),
        };
        let request = Request {
            action: name,
            resource: &resource,
            context: &self.context,
        };
        evaluate(&self.policies, &request).is_allowed()
    }
}
