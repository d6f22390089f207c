//! The values that an argument can have, as far as known. Pure.

use std::any::TypeId;
use std::borrow::Cow;

use clap::ValueHint;

use crate::protocol::{EventName, JobExecutionStatus, JobId, JobRef};
use crate::repl::input::grammar::own::{OPERATOR, PROGRAM_COMMANDS, TopicName};
use crate::repl::input::grammar::{self, CommandKind};
use crate::repl::pages::PAGES;

/// What completion knows in addition to the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Ids of jobs whose executions have not ended: offered to `describe`, `update`, `done`, `fail` and `reject`.
    pub pending_jobs: Vec<String>,
    /// Ids of all jobs that have been seen: offered to `delete-job` and, after the pending ones, to `describe`.
    pub known_jobs: Vec<String>,
    /// Names of things.
    pub things: Vec<String>,
    /// Names of thing types.
    pub thing_types: Vec<String>,
    /// Names of thing groups.
    pub groups: Vec<String>,
    /// Ids of certificates.
    pub certificates: Vec<String>,
    /// Names of policies.
    pub policies: Vec<String>,
    /// Ids of job templates.
    pub job_templates: Vec<String>,
    /// Names of the job templates that AWS manages.
    pub managed_templates: Vec<String>,
    /// Names of aliases: offered in place of a command.
    pub aliases: Vec<String>,
}

/// Values that only the service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The jobs whose execution on this thing has not ended.
    Pending,
    /// The jobs of the account.
    Jobs,
    Things,
    ThingTypes,
    Groups,
    Certificates,
    Policies,
    JobTemplates,
    ManagedTemplates,
}

impl Context {
    fn of(&self, need: Need) -> &[String] {
        match need {
            Need::Pending => &self.pending_jobs,
            Need::Jobs => &self.known_jobs,
            Need::Things => &self.things,
            Need::ThingTypes => &self.thing_types,
            Need::Groups => &self.groups,
            Need::Certificates => &self.certificates,
            Need::Policies => &self.policies,
            Need::JobTemplates => &self.job_templates,
            Need::ManagedTemplates => &self.managed_templates,
        }
    }
}

/// The source of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Service(Need),
    /// The same behind a kind of resource: `job/`.
    Resource(&'static str, Need),
    Words(Vec<String>),
}

impl Source {
    pub(crate) fn need(&self) -> Option<Need> {
        match self {
            Self::Service(need) | Self::Resource(_, need) => Some(*need),
            Self::Words(_) => None,
        }
    }

    pub(crate) fn values<'a>(
        &'a self,
        context: &'a Context,
    ) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        let (kind, values) = match self {
            Self::Service(need) => ("", context.of(*need)),
            Self::Resource(kind, need) => (*kind, context.of(*need)),
            Self::Words(words) => ("", words.as_slice()),
        };
        values.iter().map(move |value| match kind {
            "" => Cow::Borrowed(value.as_str()),
            kind => Cow::Owned([kind, value].concat()),
        })
    }
}

/// The sources of the values of an argument, by its type and by AWS's name for it. `before` is the first word behind the
/// name of the command.
pub(crate) fn sources(
    entry: &clap::Command,
    arg: &clap::Arg,
    before: Option<&str>,
    typed: &str,
) -> Vec<Source> {
    use Need::{
        Certificates, Groups, JobTemplates, Jobs, ManagedTemplates, Pending, Policies, ThingTypes,
        Things,
    };
    use Source::{Resource, Service};
    let kind = grammar::kind(entry.get_name());
    let parsed = arg.get_value_parser();
    let is = |value: TypeId| parsed.type_id() == value;
    let words = |words: &[&str]| Source::Words(words.iter().map(ToString::to_string).collect());
    match arg.get_id().as_str() {
        // The name of something new.
        _ if arg.get_value_hint() == ValueHint::Other => Vec::new(),
        _ if is(TypeId::of::<JobRef>()) => vec![Service(Pending), words(&["$next"]), Service(Jobs)],
        // The control plane also knows jobs with ended executions.
        _ if is(TypeId::of::<JobId>()) && kind == CommandKind::Control => {
            vec![Service(Jobs), Service(Pending)]
        }
        _ if is(TypeId::of::<JobId>()) => vec![Service(Pending)],
        _ if is(TypeId::of::<TopicName>()) => {
            vec![
                Source::Words(commands(typed, |_| true)),
                Source::Words(other_topics()),
            ]
        }
        "thing_name" => vec![Service(Things)],
        "thing_type_name" => vec![Service(ThingTypes)],
        "thing_group_name" | "parent_group" | "parent_group_name" => vec![Service(Groups)],
        "targets" => vec![Service(Things), Service(Groups)],
        "certificate_id" | "principal" => vec![Service(Certificates)],
        "job_arn" => vec![Service(Jobs)],
        "job_template_id" => vec![Service(JobTemplates)],
        "template_name" => vec![Service(ManagedTemplates)],
        "job_template_arn" => vec![Service(JobTemplates), Service(ManagedTemplates)],
        "policy_name" => vec![Service(Policies)],
        "target" => vec![Service(Certificates), Service(Groups)],
        "resource_arn" => vec![
            Resource("job/", Jobs),
            Resource("jobtemplate/", JobTemplates),
            Resource("thinggroup/", Groups),
            Resource("thingtype/", ThingTypes),
            Resource("policy/", Policies),
        ],
        id if kind == CommandKind::Own => match (entry.get_name(), id, before) {
            ("wait", "what", _) => vec![words(&["event"]), Service(Pending), Service(Jobs)],
            ("wait", _, Some("event")) => vec![words(&EventName::ALL.map(EventName::as_str))],
            ("wait", "which", _) => vec![statuses(typed)],
            ("events", "which", Some("only")) => {
                vec![words(&["changed", "next"]), Service(Pending), Service(Jobs)]
            }
            _ => vec![possible_values(arg, typed)],
        },
        _ => vec![possible_values(arg, typed)],
    }
}

/// Topics of `help` other than commands.
pub fn other_topics() -> Vec<String> {
    let pages = || PAGES.iter().map(|page| page.name);
    // Some have a page of the same name.
    let programs = PROGRAM_COMMANDS.into_iter();
    let programs = programs.filter(|name| pages().all(|page| page != *name));
    let all = pages().chain([OPERATOR]).chain(programs);
    all.map(ToOwned::to_owned).collect()
}

/// The values that an argument declares, in the case of the typed part.
fn possible_values(arg: &clap::Arg, typed: &str) -> Source {
    let offered = arg.get_value_parser().possible_values();
    let offered = offered.into_iter().flatten();
    Source::Words(
        offered
            .map(|value| in_case_of(typed, value.get_name()))
            .collect(),
    )
}

fn statuses(typed: &str) -> Source {
    let all = JobExecutionStatus::ALL.iter();
    Source::Words(
        all.map(|status| in_case_of(typed, status.as_str()))
            .collect(),
    )
}

/// `word` in the case of the typed part, because completion only adds to what is typed.
fn in_case_of(typed: &str, word: &str) -> String {
    if typed.chars().any(char::is_lowercase) {
        word.to_lowercase()
    } else {
        word.to_owned()
    }
}

/// AWS's verbs for operations that only read.
const READING: [&str; 3] = ["describe-", "get-", "list-"];

/// The commands that can stand behind another one, or at the start of a line.
pub fn commands_behind(outer: Option<&str>, typed: &str) -> Vec<String> {
    commands(typed, |entry| {
        let name = entry.get_name();
        let is_service = grammar::kind(name) != CommandKind::Own;
        match outer {
            None => true,
            Some("watch") => is_service && READING.iter().any(|verb| name.starts_with(verb)),
            Some(_) => is_service,
        }
    })
}

/// Full names; aliases only if no full name fits.
fn commands(typed: &str, is_wanted: impl Fn(&clap::Command) -> bool) -> Vec<String> {
    let entries = || {
        let entries = grammar::table().get_subcommands();
        entries.filter(|entry| is_wanted(entry))
    };
    let full: Vec<String> = entries()
        .map(|entry| entry.get_name().to_owned())
        .filter(|name| name.starts_with(typed))
        .collect();
    if full.is_empty() {
        let aliases = entries().flat_map(clap::Command::get_visible_aliases);
        aliases.map(ToOwned::to_owned).collect()
    } else {
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Effect;
    use crate::control::operations::abouts;

    #[test]
    fn what_changes_nothing_is_known_by_its_verb() {
        for about in abouts() {
            let is_reading = READING.iter().any(|verb| {
                let verb = verb.trim_end_matches('-');
                about.name.to_lowercase().starts_with(verb)
            });
            assert_eq!(about.effect == Effect::Reads, is_reading, "{}", about.name);
        }
    }
}
