//! The requests of Tab to the service: they are not shown, remembered or counted.

use serde_json::Value;
use tokio::task::JoinSet;

use crate::control::declared::{Declared, DeclaredRequest};
use crate::control::operations::list_jobs::ListJobs;
use crate::control::operations::list_thing_groups::ListThingGroups;
use crate::control::operations::{
    list_certificates, list_job_templates, list_managed_job_templates, list_policies,
    list_thing_types, list_things,
};
use crate::control::{Control, ControlOperation};
use crate::device::Client;
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest, ThingName};
use crate::repl::editor::{Answers, Unanswered};
use crate::repl::input::values::Need;
use crate::repl::list;
use crate::repl::pending::Pending;
use crate::text;

/// The size of a page: AWS's maximum.
const PAGE_SIZE: i32 = 250;

/// The most pages that are requested: with more entries, the user types more of the name.
const MAX_PAGES: usize = 4;

/// The clients that Tab uses.
#[derive(Debug, Clone)]
pub(crate) struct Inquiries {
    pub(crate) client: Client,
    pub(crate) control: Control,
    pub(crate) thing: ThingName,
}

impl Inquiries {
    /// Answers until it is dropped.
    pub(crate) async fn run(self, mut answers: Answers) {
        let mut underway = JoinSet::new();
        while let Some(unanswered) = answers.next().await {
            let inquiries = self.clone();
            underway.spawn(async move { inquiries.answer(&unanswered).await });
            while underway.try_join_next().is_some() {}
        }
    }

    async fn answer(&self, unanswered: &Unanswered) {
        match unanswered.need {
            Need::Pending => self.pending(unanswered).await,
            // Looking for credentials may take a second and another request.
            _ if !self.control.has_credentials() => {}
            need => {
                let (mut request, entries, name) = list_of(need);
                self.list(unanswered, &mut *request, entries, name).await;
            }
        }
    }

    async fn pending(&self, unanswered: &Unanswered) {
        let request = GetPendingJobExecutionsRequest::default();
        let request = DeviceRequest::GetPendingJobExecutions(request);
        let Ok(reply) = self.client.attempt(&request).await.end else {
            return;
        };
        if let Some(pending) = Pending::of(reply.payload.value()) {
            unanswered.learn(pending.offered().map(|it| it.job.clone()).collect());
        }
    }

    /// Requests a list. If it is refused, the known names stay.
    async fn list(
        &self,
        unanswered: &Unanswered,
        request: &mut dyn ControlOperation,
        entries: &str,
        name: &str,
    ) {
        let (mut words, mut next_token) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            if let Some(page) = request.page_mut() {
                page.max_results = Some(PAGE_SIZE);
                page.next_token = next_token;
            }
            let call = self.control.prepare(request, &self.thing);
            let (Ok(body), _) = self.control.send(&call).await else {
                return;
            };
            let body: Value = serde_json::from_str(&body).unwrap_or_default();
            let entries = body.pointer(entries).and_then(Value::as_array);
            let names = entries.into_iter().flatten();
            let names = names.filter_map(|entry| entry[name].as_str());
            // Names are untrusted.
            let plain = names.filter(|name| text::quote(name) == *name);
            words.extend(plain.map(ToOwned::to_owned));
            next_token = list::next_token(&body);
            if next_token.is_none() {
                break;
            }
        }
        unanswered.learn(words);
    }
}

/// The request for a list, the place of its entries, and their names.
fn list_of(need: Need) -> (Box<dyn ControlOperation>, &'static str, &'static str) {
    let declared = |operation: &'static Declared| Box::new(DeclaredRequest::new(operation));
    match need {
        Need::Pending | Need::Jobs => (Box::new(ListJobs::default()), "/jobs", "jobId"),
        Need::Things => (declared(&list_things::OPERATION), "/things", "thingName"),
        Need::ThingTypes => {
            let request = declared(&list_thing_types::OPERATION);
            (request, "/thingTypes", "thingTypeName")
        }
        Need::Groups => {
            let request = Box::new(ListThingGroups::default());
            (request, "/thingGroups", "groupName")
        }
        Need::Certificates => {
            let request = declared(&list_certificates::OPERATION);
            (request, "/certificates", "certificateId")
        }
        Need::JobTemplates => {
            let request = declared(&list_job_templates::OPERATION);
            (request, "/jobTemplates", "jobTemplateId")
        }
        Need::ManagedTemplates => {
            let request = declared(&list_managed_job_templates::OPERATION);
            (request, "/managedJobTemplates", "templateName")
        }
        Need::Policies => (
            declared(&list_policies::OPERATION),
            "/policies",
            "policyName",
        ),
    }
}
