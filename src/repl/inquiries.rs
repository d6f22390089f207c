//! The requests of Tab to the service: they are not shown, remembered or counted.

use serde_json::Value;
use tokio::task::JoinSet;

use crate::control::operations::list_jobs::ListJobs;
use crate::control::operations::list_thing_groups::ListThingGroups;
use crate::control::operations::list_things::ListThings;
use crate::control::page::Page;
use crate::control::{Control, ControlOperation};
use crate::device::Client;
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest, ThingName};
use crate::repl::editor::{Answers, Unanswered};
use crate::repl::input::values::Need;
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
            Need::Jobs => {
                let list = |page| ListJobs {
                    page,
                    ..ListJobs::default()
                };
                self.list(unanswered, list, "/jobs", "jobId").await;
            }
            Need::Things => {
                let list = |page| ListThings {
                    page,
                    ..ListThings::default()
                };
                self.list(unanswered, list, "/things", "thingName").await;
            }
            Need::Groups => {
                let list = |page| ListThingGroups {
                    page,
                    ..ListThingGroups::default()
                };
                self.list(unanswered, list, "/thingGroups", "groupName")
                    .await;
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
    async fn list<T: ControlOperation>(
        &self,
        unanswered: &Unanswered,
        request: impl Fn(Page) -> T,
        entries: &str,
        name: &str,
    ) {
        let (mut words, mut next_token) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let request = request(Page {
                max_results: Some(PAGE_SIZE),
                next_token,
                all: false,
            });
            let call = self.control.prepare(&request, &self.thing);
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
            next_token = body["nextToken"].as_str().map(ToOwned::to_owned);
            if next_token.is_none() {
                break;
            }
        }
        unanswered.learn(words);
    }
}
