//! Whether a set of policies allows a request.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::fmt;

use crate::policy::context::ConnectionContext;
use crate::policy::document::{PolicyDocument, PolicyEffect, PolicyStatement};
use crate::policy::pattern::Case;

/// The action of a connection.
#[derive(Debug, Clone, Copy)]
pub struct AccessRequest<'a> {
    /// A service and an action, such as `iot:Publish`, in any case.
    pub action: &'a str,
    /// A full ARN, as [`crate::policy::ResourceArns`] makes it.
    pub resource: &'a str,
    /// The connection that requests it.
    pub context: &'a ConnectionContext,
}

/// The statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementRef<'p> {
    /// The name of its policy.
    pub policy: &'p str,
    /// Its position in the policy, from 0.
    pub statement: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<&'p str>,
}

/// The decision of the policies on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'p> {
    /// This statement allows it, and no statement denies it.
    Allowed(StatementRef<'p>),
    /// This statement denies it.
    Denied(StatementRef<'p>),
    /// No statement matches, so it is denied.
    NotAllowed,
}

impl Decision<'_> {
    /// Whether the action is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// Decides on a request. The policies are those attached to the certificate, by name. Their order only matters for which of
/// several statements is reported. A denial overrides all permissions.
pub fn evaluate<'p, N: AsRef<str>>(
    policies: &'p [(N, PolicyDocument)],
    request: &AccessRequest<'_>,
) -> Decision<'p> {
    let mut decision = Decision::NotAllowed;
    for (name, document) in policies {
        for (index, statement) in document.statements.iter().enumerate() {
            // A second permission changes nothing.
            if statement.effect == PolicyEffect::Allow && decision.is_allowed() {
                continue;
            }
            if !applies(statement, request) {
                continue;
            }
            let decided = StatementRef {
                policy: name.as_ref(),
                statement: index,
                sid: statement.sid.as_deref(),
            };
            match statement.effect {
                PolicyEffect::Deny => return Decision::Denied(decided),
                PolicyEffect::Allow => decision = Decision::Allowed(decided),
            }
        }
    }
    decision
}

/// A resource is compared as one text; case matters.
// GUESS: AWS IoT Core lets a `*` match the colons of an ARN, because its own examples never write the parts one by one.
fn applies(statement: &PolicyStatement, request: &AccessRequest<'_>) -> bool {
    let context = request.context;
    statement
        .actions
        .contains(request.action, Case::Insensitive, context)
        && statement
            .resources
            .contains(request.resource, Case::Sensitive, context)
        && statement
            .conditions
            .iter()
            .all(|condition| condition.holds(context))
}

impl fmt::Display for StatementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {}", self.statement + 1)?;
        if let Some(sid) = self.sid {
            write!(f, " (`{sid}`)")?;
        }
        write!(f, " of policy `{}`", self.policy)
    }
}

/// A phrase that ends a sentence such as "`iot:Publish` on `topic/a` is …". The statements are counted from 1.
impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(by) => write!(f, "allowed by {by}"),
            Self::Denied(by) => write!(f, "denied by {by}"),
            Self::NotAllowed => f.write_str("allowed by no statement"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use std::sync::Arc;

    use super::*;
    use crate::policy::{AttachedThing, ConnectRequest, ResourceArns};

    /// Policies, connections and requests; the file explains its own form.
    const GOLDEN: &str = include_str!("golden.txt");

    /// `name value` after `keyword`, on each line that starts with it.
    fn definitions(keyword: &str) -> impl Iterator<Item = (&str, &str)> {
        GOLDEN
            .lines()
            .filter_map(move |line| line.strip_prefix(keyword))
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    /// `key=value` by key; a thing is present if it has a name, and a certificate field has a dot.
    fn connection(text: &str) -> ConnectionContext {
        let mut context = ConnectionContext::default();
        let mut things = Vec::new();
        for (key, value) in text.split_whitespace().filter_map(|it| it.split_once('=')) {
            let value = value.to_owned();
            match key {
                "client" => context.client_id = Some(value),
                "ip" => Arc::make_mut(&mut context.origin).source_ip = Some(value),
                "certificate" => context.certificate_id = Some(value),
                "domain" => Arc::make_mut(&mut context.origin).domain_name = Some(value),
                "connect" => {
                    context.connect = Some(Box::new(ConnectRequest {
                        is_persistent: value == "persistent",
                        last_will_topic: None,
                    }));
                }
                "will" => {
                    let connect = context.connect.get_or_insert_default();
                    connect.last_will_topic = Some(value);
                }
                "thing" => things.push(AttachedThing {
                    name: value,
                    ..AttachedThing::default()
                }),
                field if field.contains('.') => {
                    let certificate = Arc::make_mut(&mut context.certificate);
                    certificate.entry(field.to_owned()).or_default().push(value);
                }
                of_thing => {
                    let thing = things.last_mut().expect("a thing before its attributes");
                    if of_thing == "type" {
                        thing.type_name = Some(value);
                    } else {
                        thing.attributes.insert(of_thing.to_owned(), value);
                    }
                }
            }
        }
        let client_id = context.client_id.clone().unwrap_or_default();
        ConnectionContext {
            thing: ConnectionContext::connection(&client_id, &things).thing,
            ..context
        }
    }

    #[test]
    fn the_golden_table_holds() {
        let arns = ResourceArns::new("eu-west-1", "123456789012");
        let documents: BTreeMap<_, _> = definitions("policy ")
            .map(|(name, text)| (name, PolicyDocument::parse(text).expect(name)))
            .collect();
        let contexts: BTreeMap<_, _> = definitions("connection ")
            .map(|(name, text)| (name, connection(text)))
            .collect();
        let mut rows = 0;
        for line in GOLDEN
            .lines()
            .filter(|line| line.contains('|') && !line.starts_with('#'))
        {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [names, connection, action, resource, expected] = cells[..] else {
                panic!("a row has five cells: {line}");
            };
            let policies: Vec<_> = names
                .split('+')
                .filter(|name| *name != "none")
                .map(|name| (name, documents[name].clone()))
                .collect();
            let request = AccessRequest {
                action,
                resource: &match resource.split_once('/') {
                    Some(("client", id)) => arns.client(id),
                    Some(("topic", topic)) => arns.topic(topic),
                    Some(("topicfilter", filter)) => arns.topic_filter(filter),
                    _ => resource.to_owned(),
                },
                context: &contexts[connection],
            };
            assert_eq!(
                evaluate(&policies, &request).to_string(),
                expected,
                "{line}"
            );
            rows += 1;
        }
        assert!(rows >= 60, "{rows} rows");
    }

    /// Allows or denies everything, one topic, or topics with the client's own id.
    fn document() -> impl Strategy<Value = PolicyDocument> {
        let statement = (
            prop::bool::ANY,
            prop::sample::select(vec!["*", "iot:Publish", "IOT:pub*", "iot:Connect"]),
            prop::sample::select(vec!["*", "arn:a", "arn:b", "arn:${iot:ClientId}", "arn:?"]),
        )
            .prop_map(|(allow, action, resource)| {
                let effect = if allow { "Allow" } else { "Deny" };
                format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}"#)
            });
        prop::collection::vec(statement, 1..4).prop_map(|statements| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
                statements.join(",")
            );
            PolicyDocument::parse(&text).expect("a policy")
        })
    }

    proptest! {
        #[test]
        fn a_denial_wins_in_any_order(
            mut policies in prop::collection::vec(("[a-z]", document()), 0..4),
            rotation in 0_usize..4,
            action in prop::sample::select(vec!["iot:Publish", "iot:Connect", "iot:Receive"]),
            resource in prop::sample::select(vec!["arn:a", "arn:b", "arn:c", "arn:cc"]),
        ) {
            let context = ConnectionContext::connection("c", &[]);
            let request = AccessRequest { action, resource, context: &context };
            let single = |policy: &(String, PolicyDocument)| {
                policy.1.statements.iter().map(|statement| {
                    let alone = [("x", PolicyDocument { statements: vec![statement.clone()] })];
                    matches!(evaluate(&alone, &request), Decision::Denied(_))
                        .then_some(PolicyEffect::Deny)
                        .or(evaluate(&alone, &request).is_allowed().then_some(PolicyEffect::Allow))
                }).collect::<Vec<_>>()
            };
            let effects: Vec<_> = policies.iter().flat_map(single).flatten().collect();
            let expected = if effects.contains(&PolicyEffect::Deny) {
                "denied"
            } else if effects.contains(&PolicyEffect::Allow) {
                "allowed"
            } else {
                "neither"
            };
            for _ in 0..2 {
                let actual = match evaluate(&policies, &request) {
                    Decision::Denied(_) => "denied",
                    Decision::Allowed(_) => "allowed",
                    Decision::NotAllowed => "neither",
                };
                prop_assert_eq!(actual, expected);
                let length = policies.len().max(1);
                policies.rotate_left(rotation % length);
                policies.reverse();
            }
        }

        #[test]
        fn no_request_makes_it_panic(document in document(), action in "\\PC{0,20}", resource in "\\PC{0,40}") {
            let context = ConnectionContext::connection(&resource, &[]);
            let request = AccessRequest { action: &action, resource: &resource, context: &context };
            let policies = [("p", document)];
            let first = evaluate(&policies, &request);
            prop_assert_eq!(first, evaluate(&policies, &request));
        }
    }
}
