//! What is offered for each argument: what the service would refuse is left out, as far as that can be known. Pure.

use std::any::TypeId;

use clap::ValueHint;

use crate::protocol::{EventName, JobId, JobRef};
use crate::repl::input::grammar::own::TopicName;
use crate::repl::input::grammar::{self, CommandKind, TypedValues};
use crate::repl::input::needs::{Detail, Need};
use crate::repl::input::values::{Source, commands, other_topics, possible_values, statuses};

/// The id of the next job execution, which only the device's side knows.
const NEXT: &str = "$next";

/// The sources of the values of an argument, without those that are given already.
pub(crate) fn further_sources(
    entry: &clap::Command,
    arg: &clap::Arg,
    given: &TypedValues<'_>,
    typed: &str,
) -> Vec<Source> {
    let all = sources(entry, arg, given, typed).into_iter();
    let given = || given.all(arg.get_id().as_str()).map(ToOwned::to_owned);
    all.map(|source| match source {
        Source::Service(need) => Source::part_without("", need, "", given().collect()),
        other => other,
    })
    .collect()
}

/// The sources of the values of an argument, by its type, by the command, and by AWS's name for it.
pub(crate) fn sources(
    entry: &clap::Command,
    arg: &clap::Arg,
    given: &TypedValues<'_>,
    typed: &str,
) -> Vec<Source> {
    use Source::Service;
    let (command, id) = (entry.get_name(), arg.get_id().as_str());
    let kind = grammar::kind(command);
    let parsed = arg.get_value_parser();
    let is = |value: TypeId| parsed.type_id() == value;
    if arg.get_value_hint() == ValueHint::Other {
        // The name of something new.
        return Vec::new();
    }
    if is(TypeId::of::<JobRef>()) {
        let next = Source::words(&[NEXT]);
        return vec![Service(Need::Pending), next, Service(Need::Jobs)];
    }
    if is(TypeId::of::<TopicName>()) {
        let commands = commands(typed, |_| true);
        return vec![Source::Words(commands), Source::Words(other_topics())];
    }
    if is(TypeId::of::<JobId>()) && kind != CommandKind::Control {
        return vec![Service(Need::Pending)];
    }
    let offered = match kind {
        CommandKind::Own => own(command, id, given, typed),
        _ => of_job(command, id, given)
            .or_else(|| of_thing(command, id, given))
            .or_else(|| of_group(command, id))
            .or_else(|| of_principal(command, id, given))
            .or_else(|| listed(command, id, given, typed))
            .or_else(|| of_query(id, typed)),
    };
    offered.unwrap_or_else(|| vec![possible_values(arg, typed)])
}

/// Values for the sandbox's own commands.
fn own(command: &str, id: &str, given: &TypedValues<'_>, typed: &str) -> Option<Vec<Source>> {
    let jobs = || [Source::Service(Need::Pending), Source::Service(Need::Jobs)];
    let with_jobs = |words| [vec![Source::words(words)], jobs().to_vec()].concat();
    Some(match (command, id, given.of("what")) {
        ("wait", "what", _) => with_jobs(&["event"]),
        ("wait", "which", Some("event")) => {
            vec![Source::words(&EventName::ALL.map(EventName::as_str))]
        }
        ("wait", "which", _) => vec![statuses(typed)],
        ("events", "which", Some("only")) => with_jobs(&["changed", "next"]),
        _ => return None,
    })
}

/// Jobs, and job templates. The control plane also knows jobs with ended executions.
fn of_job(command: &str, id: &str, given: &TypedValues<'_>) -> Option<Vec<Source>> {
    use Need::{ContinuousJobs, JobTemplates, Jobs, ManagedTemplates, OpenJobs, Pending};
    let needs = match (command, id) {
        ("cancel-job" | "cancel-job-execution", "job_id") => vec![OpenJobs, Pending],
        ("update-job", "job_id") => vec![OpenJobs],
        ("associate-targets-with-job", "job_id") => vec![ContinuousJobs],
        (_, "job_id" | "from") => vec![Jobs, Pending],
        (_, "job_arn") => vec![Jobs],
        (_, "execution_number") => {
            let job = given.of("job_id")?;
            let thing = given.of("thing_name").into_iter();
            vec![Need::of(Detail::Executions, [job].into_iter().chain(thing))]
        }
        (_, "job_template_id") => vec![JobTemplates],
        (_, "template_name") => vec![ManagedTemplates],
        (_, "job_template_arn") => vec![JobTemplates, ManagedTemplates],
        (_, "template_version") => {
            vec![Need::of(
                Detail::TemplateVersions,
                [given.of("template_name")?],
            )]
        }
        _ => return None,
    };
    Some(needs.into_iter().map(Source::Service).collect())
}

/// Things, and thing types.
fn of_thing(command: &str, id: &str, given: &TypedValues<'_>) -> Option<Vec<Source>> {
    use Need::{
        Attributes, CurrentThingTypes, DeprecatedThingTypes, Groups, ThingTypes, Things,
        UnusedThings,
    };
    let needs = match (command, id) {
        ("remove-thing-from-thing-group", "thing_name") => {
            vec![Need::of(Detail::Members, [given.of("thing_group_name")?])]
        }
        ("delete-thing", "thing_name") => vec![UnusedThings],
        (_, "thing_name") => match given.of("job_id").filter(|job| *job != NEXT) {
            Some(job) => vec![Need::of(Detail::ThingsOfJob, [job])],
            None => vec![Things],
        },
        ("create-thing" | "update-thing", "thing_type_name") => vec![CurrentThingTypes],
        ("delete-thing-type", "thing_type_name") => vec![DeprecatedThingTypes],
        (_, "thing_type_name") => vec![ThingTypes],
        (_, "attribute_name") => vec![Attributes],
        (_, "attribute_value") => {
            vec![Need::of(
                Detail::AttributeValues,
                [given.of("attribute_name")?],
            )]
        }
        (_, "targets") => vec![Things, Groups],
        _ => return None,
    };
    Some(needs.into_iter().map(Source::Service).collect())
}

/// Thing groups.
fn of_group(command: &str, id: &str) -> Option<Vec<Source>> {
    let need = match (command, id) {
        ("delete-thing-group", "thing_group_name") => Need::LeafGroups,
        (
            "update-thing-group"
            | "add-thing-to-thing-group"
            | "remove-thing-from-thing-group",
            "thing_group_name",
        )
        // Dynamic groups are in no hierarchy.
        | (_, "parent_group" | "parent_group_name") => Need::StaticGroups,
        ("update-dynamic-thing-group" | "delete-dynamic-thing-group", "thing_group_name") => {
            Need::DynamicGroups
        }
        (_, "thing_group_name" | "name_prefix_filter") => Need::Groups,
        _ => return None,
    };
    Some(vec![Source::Service(need)])
}

/// Certificates and policies.
fn of_principal(command: &str, id: &str, given: &TypedValues<'_>) -> Option<Vec<Source>> {
    use Need::{Certificates, Groups, Policies, StaticGroups, UnusedCertificates, UnusedPolicies};
    let of_policy = |detail| Some(Need::of(detail, [given.of("policy_name")?]));
    let needs = match (command, id) {
        ("delete-certificate", "certificate_id") => vec![UnusedCertificates],
        ("detach-thing-principal", "principal") => {
            vec![Need::of(Detail::Principals, [given.of("thing_name")?])]
        }
        (_, "certificate_id" | "principal") => vec![Certificates],
        ("delete-policy", "policy_name") => vec![UnusedPolicies],
        (_, "policy_name") => vec![Policies],
        ("delete-policy-version", "policy_version_id") => {
            vec![of_policy(Detail::OtherPolicyVersions)?]
        }
        (_, "policy_version_id") => vec![of_policy(Detail::PolicyVersions)?],
        ("detach-policy", "target") => vec![of_policy(Detail::PolicyTargets)?],
        ("attach-policy", "target") => vec![Certificates, StaticGroups],
        (_, "target") => vec![Certificates, Groups],
        _ => return None,
    };
    Some(needs.into_iter().map(Source::Service).collect())
}

/// Names with their values, and lists of names.
fn listed(command: &str, id: &str, given: &TypedValues<'_>, typed: &str) -> Option<Vec<Source>> {
    use Need::{Groups, JobTemplates, Jobs, ThingTypes};
    let parameters = || {
        let template = given.of("job_template_arn")?;
        Some(Need::of(Detail::Parameters, [managed_name(template)]))
    };
    // Of `a=1,b=2,c` the part before `c` stays.
    let (before, _) = typed.split_at(typed.rfind(',').map_or(0, |comma| comma + 1));
    let names = |text: &str| {
        let names = text.split(',').filter_map(|it| it.split('=').next());
        let names = names.filter(|name| !name.is_empty());
        names.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let repeated = || given.all(id).flat_map(names).collect::<Vec<_>>();
    Some(match id {
        "parameter" => vec![Source::part_without("", parameters()?, "=", repeated())],
        "document_parameters" => {
            vec![Source::part_without(
                before,
                parameters()?,
                "=",
                names(before),
            )]
        }
        "attribute" if command.starts_with("update-") => {
            let thing = given
                .of("thing_name")
                .map(|it| (Detail::AttributesOfThing, it));
            let group = given.of("thing_group_name");
            let group = group.map(|it| (Detail::AttributesOfGroup, it));
            let (detail, of) = thing.or(group)?;
            vec![Source::part_without(
                "",
                Need::of(detail, [of]),
                "=",
                repeated(),
            )]
        }
        "tag_keys" => {
            let tags = Need::of(Detail::TagNames, [given.of("resource_arn")?]);
            let typed = [names(before), repeated()].concat();
            vec![Source::part_without(before, tags, "", typed)]
        }
        // What else has tags on AWS is not in the session, or the local service refuses it.
        "resource_arn" => [
            ("job/", Jobs),
            ("jobtemplate/", JobTemplates),
            ("thinggroup/", Groups),
            ("thingtype/", ThingTypes),
        ]
        .map(|(kind, need)| Source::part(kind, need, ""))
        .to_vec(),
        _ => return None,
    })
}

/// The name in the ARN of a job template that AWS manages: `arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:1.0`.
fn managed_name(typed: &str) -> &str {
    let name = typed.rsplit('/').next().unwrap_or(typed);
    name.split(':').next().unwrap_or(name)
}

/// The query of a dynamic thing group, as far as its first term.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html>
fn of_query(id: &str, typed: &str) -> Option<Vec<Source>> {
    const FIELDS: [&str; 5] = [
        "thingName:",
        "thingId:",
        "thingTypeName:",
        "thingGroupNames:",
        "attributes.",
    ];
    // The last mark before the value that is typed.
    let (before, _) = typed.split_at(typed.rfind([':', '.']).map_or(0, |mark| mark + 1));
    let attribute = before.strip_prefix("attributes.");
    let attribute = attribute.and_then(|it| it.strip_suffix(':'));
    Some(match (id, before) {
        ("query_string", "thingName:") => vec![Source::part(before, Need::Things, "")],
        ("query_string", "thingTypeName:") => vec![Source::part(before, Need::ThingTypes, "")],
        ("query_string", "thingGroupNames:") => vec![Source::part(before, Need::Groups, "")],
        ("query_string", "attributes.") => vec![Source::part(before, Need::Attributes, ":")],
        ("query_string", _) => match attribute {
            Some(name) => {
                let values = Need::of(Detail::AttributeValues, [name]);
                vec![Source::part(before, values, "")]
            }
            None => vec![Source::words(&FIELDS)],
        },
        ("index_name", _) => vec![Source::words(&["AWS_Things"])],
        ("query_version", _) => vec![Source::words(&["2017-09-30"])],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the arguments of a command depend on, if they are typed.
    const TYPED: &str = "job_id=J thing_name=t thing_group_name=g policy_name=p resource_arn=job/J \
        template_name=m job_template_arn=m";

    /// A line for each argument of each command that is sent to the service: what is offered for it.
    fn offered() -> String {
        let entries = grammar::table().get_subcommands();
        let entries = entries.filter(|entry| grammar::kind(entry.get_name()) != CommandKind::Own);
        let given: Vec<(&str, &str)> = TYPED
            .split_whitespace()
            .filter_map(|it| it.split_once('='))
            .collect();
        let lines = entries.flat_map(|entry| {
            let args = entry.get_arguments();
            let args = args.filter(|arg| grammar::takes_value(arg));
            args.map(|arg| {
                let id = arg.get_id().as_str();
                let has = |of: &str| entry.get_arguments().any(|arg| arg.get_id() == of);
                let others = given.iter().copied();
                let others = others.filter(|(of, _)| *of != id && has(of));
                let sources = sources(entry, arg, &TypedValues::of_pairs(others), "");
                let sources: Vec<String> = sources.iter().map(named).collect();
                let sources = sources.join(" ");
                let sources = if sources.is_empty() { "–" } else { &sources };
                format!("{} {id}: {sources}\n", entry.get_name())
            })
        });
        lines.collect()
    }

    fn named(source: &Source) -> String {
        match source {
            Source::Service(need) => format!("{need:?}"),
            Source::Part(part) => part.to_string(),
            Source::Words(words) => words.join(" "),
        }
    }

    #[test]
    fn it_is_decided_for_every_argument_what_is_offered() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/repl/input/offered.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, offered()).expect("is written");
        }
        let golden = std::fs::read_to_string(path).expect("a text");
        assert_eq!(offered(), golden.replace("\r\n", "\n"));
    }
}
