//! Job templates of the account: what jobs that are made from them inherit.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::EpochMillis;
use crate::service::behind::before;
use crate::service::noted::Noted;
use crate::service::tags::Tags;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JobTemplate {
    /// Its own description, which jobs do not inherit (recorded session).
    pub(crate) description: String,
    /// What jobs inherit: the document and the configurations, as members of CreateJob.
    pub(crate) inherited: Map<String, Value>,
    /// Its own tags.
    pub(crate) tags: Tags,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// Its order among those of the same time.
    pub(crate) sequence: u64,
}

/// All job templates, with their order.
#[derive(Debug, Default)]
pub(crate) struct JobTemplates {
    /// Change only tags in it: the order depends on the rest.
    pub(crate) by_id: Noted<String, JobTemplate>,
    /// The ids by the sequence.
    ids: BTreeMap<u64, String>,
}

impl JobTemplates {
    pub(crate) fn insert(&mut self, id: String, template: JobTemplate) {
        self.ids.insert(template.sequence, id.clone());
        self.by_id.insert(id, template);
    }

    /// Removes a template, and returns whether there was one.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let removed = self.by_id.remove(id);
        if let Some(template) = &removed {
            self.ids.remove(&template.sequence);
        }
        removed.is_some()
    }

    /// The templates that were created before the one with this number, or all, the newest first, with their numbers.
    pub(crate) fn newest_first(
        &self,
        number: Option<u64>,
    ) -> impl Iterator<Item = (u64, &String, &JobTemplate)> {
        let ids = self.ids.range(before(number)).rev();
        ids.filter_map(|(number, id)| Some((*number, id, self.by_id.get(id)?)))
    }
}
