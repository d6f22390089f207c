//! Values that only the service knows, and those that are known so far. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Values that only the service knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The jobs whose execution on this thing has not ended.
    Pending,
    /// The jobs of the account.
    Jobs,
    /// Those that have not ended.
    OpenJobs,
    /// Those that also take further targets.
    ContinuousJobs,
    Things,
    /// Those that can be deleted.
    UnusedThings,
    /// The names of the attributes of things.
    Attributes,
    ThingTypes,
    /// Those that new things can have.
    CurrentThingTypes,
    /// Those that can be deleted.
    DeprecatedThingTypes,
    Groups,
    StaticGroups,
    DynamicGroups,
    /// The static ones that can be deleted.
    LeafGroups,
    Certificates,
    /// Those that can be deleted.
    UnusedCertificates,
    Policies,
    /// Those that can be deleted.
    UnusedPolicies,
    JobTemplates,
    ManagedTemplates,
    /// What depends on arguments that have been typed.
    Of(Detail, Vec<String>),
}

/// Values that depend on other arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The versions of a policy.
    PolicyVersions,
    /// Those that do not apply.
    OtherPolicyVersions,
    /// What a policy is attached to.
    PolicyTargets,
    /// The names of the parameters of a managed job template.
    Parameters,
    /// The versions of a managed job template.
    TemplateVersions,
    /// The names of the tags of a resource.
    TagNames,
    /// The certificates of a thing.
    Principals,
    /// The values that things have for an attribute.
    AttributeValues,
    /// The names of the attributes of a thing.
    AttributesOfThing,
    /// The names of the attributes of a thing group.
    AttributesOfGroup,
    /// The things in a thing group.
    Members,
    /// The things that have a job.
    ThingsOfJob,
    /// The numbers of the executions of a job, on this thing or on another one.
    Executions,
}

/// The most needs whose answers are kept: then those that depend on typed arguments are forgotten.
const MAX_LEARNED: usize = 200;

/// What completion knows in addition to the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Ids of jobs whose executions have not ended: offered to `describe`, `update`, `done`, `fail` and `reject`.
    pub pending_jobs: Vec<String>,
    /// Ids of all jobs that the session has seen: offered to `delete-job` and, after the pending ones, to `describe`.
    pub known_jobs: Vec<String>,
    /// What the service has answered.
    pub learned: BTreeMap<Need, Vec<String>>,
    /// Names of aliases: offered in place of a command.
    pub aliases: Vec<String>,
}

impl Need {
    /// What depends on these arguments.
    pub(crate) fn of<'a>(detail: Detail, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let arguments = arguments.into_iter().map(ToOwned::to_owned);
        Self::Of(detail, arguments.collect())
    }
}

impl Context {
    /// What is known of a need.
    pub(crate) fn of(&self, need: &Need) -> Vec<&str> {
        let learned = self.learned.get(need).into_iter().flatten();
        let learned = learned.map(String::as_str);
        match need {
            Need::Pending => self.pending_jobs.iter().map(String::as_str).collect(),
            Need::Jobs => {
                let seen = self.known_jobs.iter().map(String::as_str);
                let all: BTreeSet<&str> = seen.chain(learned).collect();
                all.into_iter().collect()
            }
            _ => learned.collect(),
        }
    }

    /// Takes the service's answer.
    pub(crate) fn learn(&mut self, need: Need, words: Vec<String>) {
        match need {
            Need::Pending => self.pending_jobs = words,
            need => {
                if self.learned.len() >= MAX_LEARNED {
                    self.learned.retain(|need, _| !matches!(need, Need::Of(..)));
                }
                self.learned.insert(need, words);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_arguments_is_kept_within_bounds() {
        let mut context = Context::default();
        context.learn(Need::Things, vec!["lamp".to_owned()]);
        for number in 0..10 * MAX_LEARNED {
            let policy = number.to_string();
            let need = Need::of(Detail::PolicyVersions, [policy.as_str()]);
            context.learn(need.clone(), vec!["1".to_owned()]);
            assert_eq!(context.of(&need), ["1"]);
            assert!(context.learned.len() <= MAX_LEARNED);
        }
        assert_eq!(context.of(&Need::Things), ["lamp"]);
    }
}
