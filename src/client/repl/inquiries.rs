//! The requests of Tab to the service: they are not shown, remembered or counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::control::{Control, ControlRequest};
use crate::device::Client;
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest, ThingName};
use crate::repl::arns;
use crate::repl::editor::{Answers, Unanswered};
use crate::repl::input::command::{self, Command, ServiceRequest};
use crate::repl::input::needs::{Detail, Need};
use crate::repl::input::query::Query;
use crate::repl::list;
use crate::repl::parts::Parts;
use crate::repl::pending::Pending;
use crate::text;

/// The size of a page: AWS's maximum.
const PAGE_SIZE: i32 = 250;

/// The most pages that are requested: with more entries, the user types more of the name.
const MAX_PAGES: usize = 4;

/// The most thing groups that one Tab asks for their kind, each with a request; the next Tab asks about the rest.
const MAX_GROUPS: usize = 50;

/// The most names that one Tab asks about, each with a request or two; further ones are offered unasked.
const MAX_IN_USE: usize = 20;

/// The clients that Tab uses.
#[derive(Debug, Clone)]
pub(crate) struct Inquiries {
    client: Client,
    control: Control,
    thing: ThingName,
    /// The ARN of the thing, once it is known.
    arn: Arc<OnceCell<String>>,
    kinds: GroupKinds,
}

/// Whether each thing group is dynamic: a list does not show it.
#[derive(Debug, Clone, Default)]
struct GroupKinds(Arc<Mutex<BTreeMap<String, bool>>>);

/// A command whose response has the words, and the expression that selects them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    command: String,
    words: String,
}

impl Inquiries {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            client: parts.client.clone(),
            control: parts.control.clone(),
            thing: parts.thing.clone(),
            arn: Arc::new(OnceCell::new_with(parts.address.thing_arn.clone())),
            kinds: GroupKinds::default(),
        }
    }

    /// Answers until it is dropped.
    pub(crate) async fn run(self, mut answers: Answers) {
        let mut underway = JoinSet::new();
        while let Some(unanswered) = answers.next().await {
            let inquiries = self.clone();
            let answer = async move { inquiries.answer(&unanswered).await };
            underway.spawn(answer.boxed());
            while underway.try_join_next().is_some() {}
        }
    }

    async fn answer(&self, unanswered: &Unanswered) {
        let words = match &unanswered.need {
            Need::Pending => self.pending().await,
            // Looking for credentials may take a second and another request.
            _ if !self.control.has_credentials() => None,
            Need::StaticGroups => self.groups(false).await,
            Need::DynamicGroups => self.groups(true).await,
            Need::LeafGroups => {
                self.unused(&unanswered.need, self.groups(false).await)
                    .await
            }
            need => {
                let names = self.ask(&question(need, &self.thing)).await;
                self.unused(need, names).await
            }
        };
        // If it is refused, the known words stay.
        if let Some(words) = words {
            unanswered.learn(words);
        }
    }

    async fn pending(&self) -> Option<Vec<String>> {
        let request = GetPendingJobExecutionsRequest::default();
        let request = DeviceRequest::GetPendingJobExecutions(request);
        let reply = self.client.attempt(&request).await.end.ok()?;
        let pending = Pending::of(reply.payload.value())?;
        Some(pending.offered().map(|it| it.job.clone()).collect())
    }

    /// The words that answer a question; `None` if it is refused.
    async fn ask(&self, question: &Question) -> Option<Vec<String>> {
        let Ok(Some(Command::Service(ServiceRequest::Control(mut request)))) =
            command::parse(&question.command)
        else {
            return None;
        };
        self.find_arns(&mut request).await?;
        let (mut words, mut next_token) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            if let Some(page) = request.page_mut() {
                page.max_results = Some(PAGE_SIZE);
                page.next_token = next_token;
            }
            let call = self.control.prepare(&request, &self.thing);
            let body = self.control.send(&call).await.0.ok()?;
            words.extend(words_in(&select(&question.words, &body)?));
            next_token = list::next_token(&serde_json::from_str(&body).unwrap_or_default());
            if next_token.is_none() {
                break;
            }
        }
        Some(words)
    }

    /// Replaces resources by their ARNs.
    async fn find_arns(&self, request: &mut ControlRequest) -> Option<()> {
        for (typed, kind) in request.arns_mut() {
            if let Some(resource) = arns::resource(typed, kind) {
                let own = || self.control.describe_thing(&self.thing);
                let own = self.arn.get_or_try_init(own).await.ok()?;
                *typed = arns::beside(own, &resource);
            }
        }
        Some(())
    }

    /// Those of these names that nothing uses, where a use is why the service would refuse them. One whose uses cannot be found
    /// out stays.
    async fn unused(&self, need: &Need, names: Option<Vec<String>>) -> Option<Vec<String>> {
        let names = names?;
        let asked = names.iter().take(MAX_IN_USE).map(async |name| {
            let uses = uses(need).iter().map(async |(command, words)| {
                let command = format!("{command} {name}");
                let words = (*words).to_owned();
                let users = self.ask(&Question { command, words }).await;
                users.is_some_and(|users| !users.is_empty())
            });
            join_all(uses).await.contains(&true)
        });
        let mut is_used = join_all(asked).await.into_iter();
        let kept = names.into_iter();
        Some(kept.filter(|_| is_used.next() != Some(true)).collect())
    }

    /// The names of the thing groups of a kind. One whose kind cannot be found out belongs to both.
    async fn groups(&self, is_dynamic: bool) -> Option<Vec<String>> {
        let names = self.ask(&question(&Need::Groups, &self.thing)).await?;
        let unknown: Vec<String> = {
            let mut kinds = self.kinds.lock();
            kinds.retain(|name, _| names.contains(name));
            let unknown = names.iter().filter(|name| !kinds.contains_key(*name));
            unknown.take(MAX_GROUPS).cloned().collect()
        };
        let described = unknown.iter().map(async |name| {
            let command = format!("describe-thing-group {name}");
            let words = "type(queryString)".to_owned();
            let kind = self.ask(&Question { command, words }).await?;
            Some((name.clone(), kind != ["null"]))
        });
        let described = join_all(described).await.into_iter().flatten();
        self.kinds.lock().extend(described);
        let kinds = self.kinds.lock();
        let is_offered = |name: &String| match kinds.get(name) {
            Some(kind) => *kind == is_dynamic,
            None => unknown.contains(name),
        };
        Some(names.into_iter().filter(is_offered).collect())
    }
}

impl GroupKinds {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, bool>> {
        // Every change is complete before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an expression selects from a response.
fn select(words: &str, body: &str) -> Option<String> {
    Query::new(words).ok()?.select(body).ok()
}

/// The words of a selection: a value, or a list of values. An ARN is what it names. Names are untrusted: those that would have to
/// be quoted are left out.
fn words_in(selection: &str) -> Vec<String> {
    let values = match serde_json::from_str(selection).unwrap_or_default() {
        Value::Array(values) => values,
        value => vec![value],
    };
    let words = values.into_iter().filter_map(|value| match value {
        Value::String(text) if text.starts_with("arn:") => {
            text.split_once('/').map(|(_, name)| name.to_owned())
        }
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let mut seen = std::collections::BTreeSet::new();
    let new = words.filter(|word| text::quote(word) == *word && seen.insert(word.clone()));
    new.collect()
}

/// The question to the control plane for what is needed.
fn question(need: &Need, own: &ThingName) -> Question {
    let (command, words) = match need {
        Need::Pending | Need::Jobs => ("list-jobs", "jobs[].jobId"),
        Need::OpenJobs => (
            "list-jobs",
            "jobs[?status=='IN_PROGRESS' || status=='SCHEDULED'].jobId",
        ),
        Need::ContinuousJobs => (
            "list-jobs --status IN_PROGRESS --target-selection CONTINUOUS",
            "jobs[].jobId",
        ),
        Need::Things | Need::UnusedThings => ("list-things", "things[].thingName"),
        Need::Attributes => ("list-things", "things[?attributes].attributes.keys(@)[]"),
        Need::ThingTypes => ("list-thing-types", "thingTypes[].thingTypeName"),
        Need::CurrentThingTypes => (
            "list-thing-types",
            "thingTypes[?thingTypeMetadata.deprecated!=`true`].thingTypeName",
        ),
        Need::DeprecatedThingTypes => (
            "list-thing-types",
            "thingTypes[?thingTypeMetadata.deprecated].thingTypeName",
        ),
        Need::Groups | Need::StaticGroups | Need::DynamicGroups | Need::LeafGroups => {
            ("list-thing-groups --recursive", "thingGroups[].groupName")
        }
        Need::Certificates => ("list-certificates", "certificates[].certificateId"),
        Need::UnusedCertificates => (
            "list-certificates",
            "certificates[?status!='ACTIVE'].certificateId",
        ),
        Need::Policies | Need::UnusedPolicies => ("list-policies", "policies[].policyName"),
        Need::JobTemplates => ("list-job-templates", "jobTemplates[].jobTemplateId"),
        Need::ManagedTemplates => (
            "list-managed-job-templates",
            "managedJobTemplates[].templateName",
        ),
        Need::Of(detail, of) => return question_of(*detail, of, own),
    };
    Question {
        command: command.to_owned(),
        words: words.to_owned(),
    }
}

/// The questions about what uses a name, which is typed behind each.
fn uses(need: &Need) -> &'static [(&'static str, &'static str)] {
    match need {
        Need::UnusedThings => &[("list-thing-principals", "principals")],
        Need::DeprecatedThingTypes => &[("list-things --thing-type-name", "things[].thingName")],
        Need::LeafGroups => &[(
            "list-thing-groups --parent-group",
            "thingGroups[].groupName",
        )],
        // Attached policies are no obstacle with --force-delete.
        Need::UnusedCertificates => &[("list-principal-things", "things")],
        Need::UnusedPolicies => &[
            ("list-targets-for-policy", "targets"),
            (
                "list-policy-versions",
                "policyVersions[?!isDefaultVersion].versionId",
            ),
        ],
        _ => &[],
    }
}

/// The same for what depends on other arguments.
fn question_of(detail: Detail, of: &[String], own: &ThingName) -> Question {
    let (command, words) = match detail {
        Detail::PolicyVersions => ("list-policy-versions", "policyVersions[].versionId"),
        Detail::OtherPolicyVersions => (
            "list-policy-versions",
            "policyVersions[?!isDefaultVersion].versionId",
        ),
        Detail::PolicyTargets => ("list-targets-for-policy", "targets"),
        Detail::Parameters => ("describe-managed-job-template", "documentParameters[].key"),
        Detail::TemplateVersions => (
            "list-managed-job-templates --template-name",
            "managedJobTemplates[].templateVersion",
        ),
        Detail::TagNames => ("list-tags-for-resource", "tags[].Key"),
        Detail::Principals => ("list-thing-principals", "principals"),
        Detail::AttributeValues => return values_of_attribute(of),
        Detail::AttributesOfThing => ("describe-thing", "keys(attributes || `{}`)"),
        Detail::AttributesOfGroup => (
            "describe-thing-group",
            "keys(thingGroupProperties.attributePayload.attributes || `{}`)",
        ),
        Detail::Members => ("list-things-in-thing-group", "things"),
        Detail::ThingsOfJob => ("list-job-executions", "executionSummaries[].thingArn"),
        Detail::Executions => (
            "list-job-executions",
            "executionSummaries[].jobExecutionSummary.executionNumber",
        ),
    };
    let of: Vec<_> = of.iter().map(|word| text::quote(word)).collect();
    let command = match (detail, of.as_slice()) {
        (Detail::Executions, [job]) => format!("{command} {job} --thing-name {own}"),
        (Detail::Executions, [job, thing, ..]) => {
            format!("{command} {job} --thing-name {thing}")
        }
        _ => format!("{command} {}", of.join(" ")),
    };
    Question {
        command,
        words: words.to_owned(),
    }
}

/// The values that things have for an attribute, whose name may need quotes in an expression.
fn values_of_attribute(of: &[String]) -> Question {
    let name = of.first().map_or("", String::as_str);
    Question {
        command: format!("list-things --attribute-name {}", text::quote(name)),
        words: format!("things[].attributes.{}", Value::from(name)),
    }
}
