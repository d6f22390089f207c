//! Completion and hints, from the table of commands. Pure.

use std::borrow::Cow;

use clap::ValueHint;

use crate::executor::plan::Clause;
use crate::repl::input::grammar::{self, AWS, AwsService, NextWord, TypedValues};
use crate::repl::input::needs::{Context, Need};
use crate::repl::input::sources::{further_sources, sources};
use crate::repl::input::values::{Source, commands_behind};
use crate::repl::input::words::{self, Begun, Word};

/// What can stand at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word under the cursor begins, in bytes.
    pub start: usize,
    /// Words that start with its typed part.
    pub candidates: Vec<String>,
    /// The typed part of a path behind `@` or `>`. The candidates are the files that start with it.
    pub file: Option<Begun>,
    /// What to ask the service to learn more candidates.
    pub needs: Vec<Need>,
}

/// Whether more follows a candidate in its word: `name=`, `attributes.`.
pub fn goes_on(candidate: &str) -> bool {
    candidate.ends_with(['=', ':', '.'])
}

/// The common prefix of all candidates.
pub fn common_prefix(candidates: &[String]) -> &str {
    let mut candidates = candidates.iter();
    let first = candidates.next().map_or("", String::as_str);
    candidates.fold(first, |prefix, candidate| {
        let same = prefix
            .char_indices()
            .zip(candidate.chars())
            .find(|((_, a), b)| a != b)
            .map_or(prefix.len().min(candidate.len()), |((at, _), _)| at);
        &prefix[..same]
    })
}

/// What can stand at byte `pos` of `line`. Returns nothing inside a quoted word or a document.
pub fn complete(line: &str, pos: usize, context: &Context) -> Completion {
    let before = &line[..line.floor_char_boundary(pos)];
    let at = grammar::inner_at(before).unwrap_or_default();
    let (outer, inner) = before.split_at(at);
    let completion = complete_command(inner, outer, context);
    Completion {
        start: completion.start + at,
        ..completion
    }
}

/// What can stand at the end of `before`, a command or one behind the words `outer`.
fn complete_command(before: &str, outer: &str, context: &Context) -> Completion {
    let start = words::last_word(before);
    let (done, typed) = before.split_at(start);
    let Ok(words) = grammar::split(done) else {
        return Completion::default();
    };
    let file = |typed: &str| Completion {
        start: before.len() - typed.len(),
        file: Begun::read(typed),
        ..Completion::default()
    };
    match words::redirection(done, &words).trim_end() {
        "" => {}
        ">" | ">>" => return file(typed),
        _ => return Completion::default(),
    }
    let Some((name, words)) = words.split_first() else {
        let aliases = Some(context.aliases.clone()).filter(|_| outer.is_empty());
        let commands = Source::Words(commands_behind(outer, typed));
        let all = [commands, Source::Words(aliases.unwrap_or_default())];
        return offered(&all, start, typed, context);
    };
    if name.text == AWS && outer.is_empty() && words.is_empty() {
        let services = Source::words(&AwsService::ALL.map(AwsService::name));
        return offered(&[services], start, typed, context);
    }
    let Some(entry) = grammar::entry(&name.text) else {
        return Completion {
            start,
            ..Completion::default()
        };
    };
    let (arg, value) = value_at(entry, words, typed);
    match (arg, value.strip_prefix('@')) {
        (Some(arg), Some(path)) if grammar::is_document(arg) => return file(path),
        (Some(arg), _) if arg.get_value_hint() == ValueHint::FilePath => return file(value),
        _ => {}
    }
    let sources = match arg {
        Some(arg) if value.len() < typed.len() => {
            sources(entry, arg, &TypedValues::read(entry, words), value)
        }
        _ => arguments(entry, words, typed),
    };
    offered(&sources, before.len() - value.len(), value, context)
}

/// The values of these sources that start with the typed part of a word.
fn offered(sources: &[Source], start: usize, typed: &str, context: &Context) -> Completion {
    let mut seen = std::collections::BTreeSet::new();
    let all = sources.iter().flat_map(|source| source.values(context));
    Completion {
        start,
        candidates: all
            .filter(|word| word.starts_with(typed) && seen.insert(word.clone()))
            .map(Cow::into_owned)
            .collect(),
        file: None,
        needs: sources.iter().filter_map(Source::need).collect(),
    }
}

/// The argument whose value is being typed, and the typed part of it, which may follow its name: `--thing=la`.
fn value_at<'a, 't>(
    entry: &'a clap::Command,
    words: &[Word],
    typed: &'t str,
) -> (Option<&'a clap::Arg>, &'t str) {
    let next = grammar::next(entry, words);
    let named = typed.split_once('=').and_then(|(name, value)| {
        let flag = grammar::known_flag(entry, name).filter(|arg| grammar::takes_value(arg));
        let arg = flag.or_else(|| grammar::named(entry, typed).map(|(arg, _)| arg));
        Some((arg?, value))
    });
    match (next, named) {
        (NextWord::Positional(_) | NextWord::End, Some((arg, value))) => (Some(arg), value),
        (NextWord::Value(arg) | NextWord::Positional(arg), _) => (Some(arg), typed),
        (NextWord::End, None) => (None, typed),
    }
}

fn arguments(entry: &clap::Command, words: &[Word], typed: &str) -> Vec<Source> {
    let flags = |is_wanted: fn(&clap::Arg) -> bool| {
        vec![Source::Words(unused_flags(entry, words, is_wanted))]
    };
    let plan = plan_before(entry, words).filter(|_| !typed.starts_with('-'));
    let in_plan = plan.map_or(Vec::new(), |plan| Clause::next_words(&plan));
    match grammar::next(entry, words) {
        NextWord::Positional(_) | NextWord::End if typed.starts_with('-') => flags(|_| true),
        NextWord::Positional(_) | NextWord::End if !in_plan.is_empty() => {
            let words = in_plan.into_iter().map(ToOwned::to_owned);
            vec![Source::Words(words.collect())]
        }
        NextWord::Positional(arg) | NextWord::Value(arg) => {
            let given = TypedValues::read(entry, words);
            let of_arg = if grammar::is_repeatable(arg) {
                further_sources(entry, arg, &given, typed)
            } else {
                sources(entry, arg, &given, typed)
            };
            [of_arg, further(entry, words, typed)].concat()
        }
        NextWord::End if typed.is_empty() => {
            let needed = needed_flags(entry, words);
            let needed: Vec<_> = needed.into_iter().filter_map(grammar::flag).collect();
            let flags = if needed.is_empty() {
                flags(grammar::is_own)
            } else {
                vec![Source::Words(needed)]
            };
            [further(entry, words, typed), flags].concat()
        }
        NextWord::End => further(entry, words, typed),
    }
}

/// Further values of an argument that takes several and has one.
fn further(entry: &clap::Command, words: &[Word], typed: &str) -> Vec<Source> {
    let arg = grammar::progress(entry, words).further;
    arg.map_or(Vec::new(), |arg| {
        further_sources(entry, arg, &TypedValues::read(entry, words), typed)
    })
}

/// The words of the plan so far, if the next word can be part of one.
fn plan_before<'a>(entry: &clap::Command, words: &'a [Word]) -> Option<Vec<&'a str>> {
    let (what, plan) = words.split_first()?;
    let takes_plan = entry.get_name() == "agent" && ["on", "step"].contains(&what.text.as_str());
    let words = plan.iter().map(|word| word.text.as_str());
    takes_plan.then(|| words.collect())
}

/// The flags without which the command cannot be sent, and which are not given.
fn needed_flags<'a>(entry: &'a clap::Command, words: &[Word]) -> Vec<&'a clap::Arg> {
    let given = grammar::progress(entry, words).flags;
    let needed = entry.get_arguments().filter(|arg| arg.is_required_set());
    let needed = needed.filter(|arg| !arg.is_positional() && !given.contains(arg));
    needed.collect()
}

/// The flags that can still be given.
fn unused_flags(
    entry: &clap::Command,
    words: &[Word],
    is_wanted: impl Fn(&clap::Arg) -> bool,
) -> Vec<String> {
    let progress = grammar::progress(entry, words);
    let is_given = |arg: &clap::Arg| progress.flags.iter().any(|it| it.get_id() == arg.get_id());
    entry
        .get_arguments()
        .filter(|arg| is_wanted(arg) && !arg.is_hide_set())
        .filter_map(|arg| Some((arg, grammar::flag(arg)?)))
        .filter(|(arg, _)| {
            let repeats = matches!(arg.get_action(), clap::ArgAction::Append);
            let excludes = |other: &&clap::Arg| {
                grammar::excludes(entry, arg, other) || grammar::excludes(entry, other, arg)
            };
            let mut given = progress.given.iter().chain(&progress.flags);
            (repeats || !is_given(arg)) && !given.any(excludes)
        })
        .map(|(_, flag)| flag)
        .collect()
}

/// The missing arguments, shown in grey behind the line; the flags if no argument is missing.
pub fn hint(line: &str) -> Option<String> {
    if let Some(at) = grammar::inner_at(line)
        && !line[at..].trim().is_empty()
    {
        return hint(&line[at..]);
    }
    let words = grammar::split(line).ok()?;
    if !words::redirection(line, &words).is_empty() {
        return None;
    }
    let (name, words) = words.split_first()?;
    let entry = grammar::entry(&name.text)?;
    let ends_word = line.ends_with(char::is_whitespace);
    let needed_flags = needed_flags(entry, words);
    let needed = needed_flags.iter().map(ToString::to_string);
    let missing = match grammar::next(entry, words) {
        NextWord::Value(arg) => grammar::placeholder(arg),
        NextWord::Positional(_) => {
            let open = grammar::progress(entry, words).open;
            join(open.into_iter().map(grammar::placeholder).chain(needed))
        }
        NextWord::End if ends_word => {
            let is_needed = |flag: &String| {
                needed_flags
                    .iter()
                    .any(|arg| grammar::flag(arg).as_ref() == Some(flag))
            };
            let flags = unused_flags(entry, words, grammar::is_own).into_iter();
            let other = flags.filter(|flag| !is_needed(flag));
            join(needed.chain(other.map(|flag| format!("[{flag}]"))))
        }
        NextWord::End => return None,
    };
    let gap = if ends_word { "" } else { " " };
    (!missing.is_empty()).then(|| format!("{gap}{missing}"))
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::needs::Detail;

    fn context() -> Context {
        use Need::{
            Attributes, Certificates, ContinuousJobs, CurrentThingTypes, DeprecatedThingTypes,
            DynamicGroups, Groups, JobTemplates, LeafGroups, ManagedTemplates, OpenJobs, Policies,
            StaticGroups, ThingTypes, Things, UnusedCertificates, UnusedPolicies, UnusedThings,
        };
        let words = |words: &str| words.split(' ').map(ToOwned::to_owned).collect();
        let of = |detail, of: &str| Need::of(detail, of.split(' '));
        let learned = [
            (Need::Jobs, "Job1 ended"),
            (OpenJobs, "Job1 later"),
            (ContinuousJobs, "on"),
            (Things, "lamp door a:b"),
            (UnusedThings, "door"),
            (Attributes, "room"),
            (ThingTypes, "bulb old"),
            (CurrentThingTypes, "bulb"),
            (DeprecatedThingTypes, "old"),
            (Groups, "attic room"),
            (StaticGroups, "room"),
            (DynamicGroups, "attic"),
            (LeafGroups, "hall"),
            (Certificates, "4f2a 5b3c"),
            (UnusedCertificates, "5b3c"),
            (Policies, "Lamp"),
            (UnusedPolicies, "Spare"),
            (JobTemplates, "reboot"),
            (ManagedTemplates, "AWS-Reboot AWS-Run-Command"),
            (of(Detail::PolicyVersions, "Lamp"), "2 1"),
            (of(Detail::OtherPolicyVersions, "Lamp"), "1"),
            (of(Detail::PolicyTargets, "Lamp"), "4f2a"),
            (
                of(Detail::Parameters, "AWS-Run-Command"),
                "command runAsUser",
            ),
            (of(Detail::TemplateVersions, "AWS-Reboot"), "1.0"),
            (of(Detail::TagNames, "job/Job1"), "team floor"),
            (of(Detail::Principals, "lamp"), "4f2a"),
            (of(Detail::AttributeValues, "room"), "attic"),
            (of(Detail::AttributesOfThing, "lamp"), "room color"),
            (of(Detail::AttributesOfGroup, "room"), "floor"),
            (of(Detail::Members, "room"), "door"),
            (of(Detail::ThingsOfJob, "Job1"), "lamp"),
            (of(Detail::Executions, "Job1"), "2"),
            (of(Detail::Executions, "Job1 lamp"), "3"),
        ];
        Context {
            pending_jobs: vec!["Job1".into(), "Job2".into(), "other".into()],
            known_jobs: vec!["Job1".into(), "Job30".into()],
            learned: learned.map(|(need, known)| (need, words(known))).into(),
            aliases: vec!["boot".into()],
        }
    }

    #[test]
    fn what_can_stand_at_the_cursor_is_offered() {
        let all = grammar::table().get_subcommands();
        let all = join(all.map(|entry| entry.get_name().to_owned())) + " boot";
        for (line, start, candidates) in [
            ("", 0, all.as_str()),
            ("bo", 0, "boot"),
            ("boot ", 5, ""),
            ("explain bo", 8, ""),
            ("aws ", 4, "iot iot-jobs-data"),
            (
                "aws iot descr",
                8,
                "describe-job describe-job-execution describe-job-template describe-managed-job-template describe-thing describe-thing-type \
                describe-thing-group describe-certificate describe-endpoint describe-event-configurations",
            ),
            (
                "aws iot-jobs-data ",
                18,
                "get-pending-job-executions start-next-pending-job-execution describe-job-execution update-job-execution",
            ),
            (
                "aws iot list-job-e",
                8,
                "list-job-executions-for-job list-job-executions-for-thing",
            ),
            ("aws iot executions", 8, ""),
            ("aws iot-jobs-data ne", 18, ""),
            ("aws iot delete-job --job-id J", 28, "Job1 Job30 Job2"),
            ("aws iot create-job --job-id J --document @a", 42, ""),
            ("done", 0, "done"),
            (
                "describe-job",
                0,
                "describe-job-execution describe-job describe-job-template",
            ),
            ("cancel-job ", 11, "Job1 later Job2 other"),
            ("pen", 0, "pending"),
            ("xyz", 0, ""),
            ("update-job-execution ", 21, "Job1 Job2 other"),
            ("done J", 5, "Job1 Job2"),
            ("describe ", 9, "Job1 Job2 other $next Job30 ended"),
            ("describe $", 9, "$next"),
            ("delete-job J", 11, "Job1 Job30 Job2"),
            ("create-job J", 11, ""),
            ("create-job J {\"a\": ", 0, ""),
            ("update Job1 ", 12, "IN_PROGRESS SUCCEEDED FAILED REJECTED"),
            ("update Job1 S", 12, "SUCCEEDED"),
            ("update Job1 succ", 12, "succeeded"),
            (
                "update Job1 FAILED --inc",
                19,
                "--include-job-execution-state --include-job-document",
            ),
            ("update --detail k=v J", 20, "Job1 Job2"),
            ("update --detail ", 16, ""),
            (
                "next --detail k=v -",
                18,
                "--detail --step-timeout-in-minutes --query",
            ),
            ("next --step-timeout 1 -", 22, "--detail --query"),
            ("delete-job Job1 ", 16, "--force --yes"),
            ("delete-job Job1 --force ", 24, "--yes"),
            ("help update-job", 5, "update-job-execution update-job"),
            (
                "help e",
                5,
                "events explain exam exit-codes environment errors",
            ),
            ("explain update-job-", 8, "update-job-execution"),
            ("watch --ev", 6, "--every"),
            ("watch --every ", 14, ""),
            ("watch --every 5 --count=3 pen", 26, "pending"),
            ("watch describe ", 15, "Job1 Job2 other $next Job30 ended"),
            ("explain done J", 13, "Job1 Job2"),
            ("delete-job Job1 -", 16, "--force --yes --query"),
            ("pending --q", 8, "--query"),
            ("list-jobs --status co", 19, "completed"),
            ("list-job-executions --status Q", 29, "QUEUED"),
            ("pending ", 8, ""),
            ("wire ", 5, "on off"),
            ("notes of", 6, "off"),
            ("events ", 7, "on off only last"),
            (
                "events only ",
                12,
                "changed next Job1 Job2 other Job30 ended",
            ),
            ("events last ", 12, ""),
            ("wait ", 5, "event Job1 Job2 other Job30 ended"),
            ("wait event N", 11, "NextJobExecutionChanged"),
            ("wait Job1 f", 10, "failed"),
            ("wait Job1 T", 10, "TIMED_OUT"),
            ("tutorial s", 9, "stop"),
            ("agent ", 6, "on step status off"),
            (
                "agent on ",
                9,
                "succeed fail reject hang offline away reboot",
            ),
            ("agent step f", 11, "fail"),
            ("agent on succeed ", 17, "after"),
            ("agent on succeed after ", 23, "--seed"),
            ("agent on succeed after 3s ", 26, "in"),
            ("agent on succeed in 2 ", 22, "steps"),
            ("agent on fail 10%; off", 19, "offline"),
            ("agent on Boot-*: fail 1% ", 25, "--seed"),
            ("agent on Boot-*: re", 17, "reject reboot"),
            ("agent on offline 5% ", 20, "for"),
            ("agent on fail -", 14, "--seed"),
            ("agent on xyz ", 13, "--seed"),
            ("agent status ", 13, ""),
            ("describe Job1 --thing ", 22, "lamp"),
            ("create-job J {} --target ", 25, "lamp door a:b attic room"),
            ("create-job J {} --targets l", 26, "lamp"),
            ("create-job J {} --targets lamp d", 31, "door"),
            ("create-job J {} --targets lamp door a", 36, "a:b attic"),
            ("create-job J --targets lamp d", 28, "door"),
            (
                "create-job J {} --target lamp --target ",
                39,
                "door a:b attic room",
            ),
            ("associate-targets-with-job on --targets lamp r", 45, "room"),
            (
                "associate-targets-with-job on --targets lamp ",
                45,
                "door a:b attic room --targets --comment --namespace-id",
            ),
            ("untag-resource job/Job1 team f", 29, "floor"),
            ("update-thing lamp --attribute room=x c", 37, "color="),
            (
                "create-job J --template AWS-Run-Command --parameter command=ls r",
                63,
                "runAsUser=",
            ),
            (
                "create-job J --template ",
                24,
                "reboot AWS-Reboot AWS-Run-Command",
            ),
            (
                "create-job J --job-template-arn A",
                32,
                "AWS-Reboot AWS-Run-Command",
            ),
            (
                "create-job J --template reboot ",
                31,
                "--parameter --targets --continuous --description --timeout-config --start-time --end-time --end-behavior \
                 --maintenance-windows --job-executions-rollout-config --abort-config --job-executions-retry-config --presigned-url-config --tags --with",
            ),
            ("create-job-template ", 20, ""),
            ("create-job-template a --job J", 28, "Job1 Job30"),
            ("delete-job-template ", 20, "reboot"),
            (
                "describe-managed-job-template ",
                30,
                "AWS-Reboot AWS-Run-Command",
            ),
            ("tag-resource jobtemplate/", 13, "jobtemplate/reboot"),
            ("create-thing ", 13, ""),
            ("create-thing-group r", 19, ""),
            ("delete-thing d", 13, "door"),
            ("delete-policy ", 14, "Spare"),
            ("create-policy ", 14, ""),
            ("update-certificate ", 19, "4f2a 5b3c"),
            ("update-certificate 4f2a in", 24, "inactive"),
            ("attach-policy Lamp ", 19, "4f2a 5b3c room"),
            ("attach-thing-principal lamp ", 28, "4f2a 5b3c"),
            ("create-thing t --thing-type ", 28, "bulb"),
            ("delete-thing-type ", 18, "old"),
            (
                "tag-resource ",
                13,
                "job/Job1 job/Job30 job/ended jobtemplate/reboot thinggroup/attic thinggroup/room thingtype/bulb thingtype/old",
            ),
            (
                "list-tags-for-resource thing",
                23,
                "thinggroup/attic thinggroup/room thingtype/bulb thingtype/old",
            ),
            (
                "create-keys-and-certificate ",
                28,
                "--certificate-pem-outfile --private-key-outfile",
            ),
            (
                "create-keys-and-certificate --cert c --key k ",
                45,
                "--set-as-active --public-key-outfile",
            ),
            ("delete-thing-group ", 19, "hall"),
            ("delete-dynamic-thing-group ", 27, "attic"),
            ("describe-thing-group ", 21, "attic room"),
            ("set-default-policy-version Lamp ", 32, "2 1"),
            ("delete-policy-version Lamp ", 27, "1"),
            ("detach-policy Lamp ", 19, "4f2a"),
            ("detach-thing-principal lamp ", 28, "4f2a"),
            ("remove-thing-from-thing-group room ", 35, "door"),
            ("delete-job-execution Job1 ", 26, "2"),
            ("delete-job-execution --thing lamp Job1 ", 39, "3"),
            (
                "create-job J --template AWS-Run-Command --parameter ",
                52,
                "command= runAsUser=",
            ),
            (
                "create-job J --parameter command=ls --parameter runAsUser=a --template AWS-Run-Command --parameter ",
                99,
                "",
            ),
            (
                "create-job J --job-template-arn arn:aws:iot:us-east-1::jobtemplate/AWS-Run-Command:1.0 --parameter r",
                99,
                "runAsUser=",
            ),
            (
                "create-job J --template AWS-Run-Command --document-parameters command=a,r",
                62,
                "command=a,runAsUser=",
            ),
            (
                "describe-managed-job-template AWS-Reboot --version ",
                51,
                "1.0",
            ),
            ("untag-resource job/Job1 ", 24, "team floor"),
            ("untag-resource job/Job1 team,", 24, "team,floor"),
            (
                "update-thing lamp --attribute room=x --attribute ",
                49,
                "color=",
            ),
            ("update-thing-group room --attribute ", 36, "floor="),
            ("list-things --attribute-name ", 29, "room"),
            (
                "list-things --attribute-name room --attribute-value ",
                52,
                "attic",
            ),
            (
                "create-dynamic-thing-group g attributes.room:",
                29,
                "attributes.room:attic",
            ),
            ("create-thing-group new --attribute ", 35, ""),
            (
                "create-dynamic-thing-group g ",
                29,
                "thingName: thingId: thingTypeName: thingGroupNames: attributes.",
            ),
            (
                "create-dynamic-thing-group g thingName:",
                29,
                "thingName:lamp thingName:door",
            ),
            (
                "update-dynamic-thing-group attic --query-string attributes.",
                48,
                "attributes.room:",
            ),
            (
                "update-dynamic-thing-group attic --index-name ",
                46,
                "AWS_Things",
            ),
            ("add-thing-to-thing-group room ", 30, "lamp door a:b"),
            ("list-jobs --thing-group-name ", 29, "attic room"),
            (
                "watch de",
                6,
                "describe-job-execution describe-job describe-job-template describe-managed-job-template describe-thing \
                 describe-thing-type describe-thing-group describe-certificate describe-endpoint describe-event-configurations",
            ),
            (
                "explain delete-t",
                8,
                "delete-thing delete-thing-type delete-thing-group",
            ),
            ("explain wa", 8, ""),
            ("pending | don", 0, ""),
            ("pending | jq > don", 0, ""),
            ("xyz ", 4, ""),
            ("delete-job 'a b", 11, ""),
            ("delete-job --job-id J", 20, "Job1 Job30 Job2"),
            ("delete-job --job-id=J", 20, "Job1 Job30 Job2"),
            ("describe $next --thing=d", 23, "door"),
            ("describe $next --thing-name d=", 28, ""),
            ("list-jobs --status=comp", 19, "completed"),
            ("next --step-timeout=1 -", 22, "--detail --query"),
            ("delete-job --force=", 11, ""),
            ("update --job-id Job1 S", 21, "SUCCEEDED"),
            ("create-job --job-id ", 20, ""),
            (
                "list-jobs --thing-g",
                10,
                "--thing-group-name --thing-group-id",
            ),
        ] {
            let completion = complete(line, line.len(), &context());
            assert_eq!(completion.candidates.join(" "), candidates, "{line:?}");
            assert_eq!(completion.start, start, "{line:?}");
        }
    }

    #[test]
    fn a_file_is_asked_for_where_a_document_stands() {
        for (line, file) in [
            ("create-job J @", Some("")),
            ("create-job J @a/b", Some("a/b")),
            ("create-job @a", None),
            ("create-job J {} @a", None),
            ("done @a", None),
            ("pending > a/b", Some("a/b")),
            ("create-job J {} >> ", Some("")),
            ("pending > a b", None),
            ("pending | a", None),
            ("@a", None),
            ("create-job J --document @a", Some("a")),
            (r"create-job J @a\ b", Some("a b")),
            ("create-job J @'a b", Some("a b")),
            ("create-policy P @", Some("")),
            ("create-certificate-from-csr @a", Some("a")),
            ("create-keys-and-certificate --key a/", Some("a/")),
            ("create-keys-and-certificate --cert ", Some("")),
            ("create-keys-and-certificate --cert=a/b", Some("a/b")),
            ("pending > \"~/a b", Some("~/a b")),
            (r"pending > a\", None),
        ] {
            let completion = complete(line, line.len(), &context());
            let said = completion.file.map(|begun| begun.said);
            assert_eq!(said.as_deref(), file, "{line}");
        }
    }

    #[test]
    fn the_service_is_asked_only_for_what_can_stand_at_the_cursor() {
        use Need::{
            Certificates, Groups, JobTemplates, Jobs, ManagedTemplates, OpenJobs, Pending,
            Policies, StaticGroups, ThingTypes, Things,
        };
        let versions = Need::of(Detail::PolicyVersions, ["P"]);
        for (line, needs) in [
            ("", &[][..]),
            ("pen", &[]),
            ("update ", &[Pending]),
            ("update Job1 ", &[]),
            ("cancel-job ", &[OpenJobs, Pending]),
            ("describe $next --thing ", &[Things]),
            ("create-job J ", &[]),
            ("create-job J {} --target ", &[Things, Groups]),
            ("watch describe-thing ", &[Things]),
            ("wait event ", &[]),
            ("create-job J @", &[]),
            (
                "create-job J --template ",
                &[JobTemplates, ManagedTemplates],
            ),
            ("attach-policy ", &[Policies]),
            ("attach-policy P ", &[Certificates, StaticGroups]),
            ("get-policy-version --policy-version-id ", &[]),
            (
                "get-policy-version --policy-version-id 1 --policy-name ",
                &[Policies],
            ),
            (
                "get-policy-version --policy-name P --policy-version-id ",
                &[versions],
            ),
            ("tag-resource ", &[Jobs, JobTemplates, Groups, ThingTypes]),
        ] {
            let completion = complete(line, line.len(), &Context::default());
            assert_eq!(completion.needs, needs, "{line}");
        }
    }

    #[test]
    fn the_cursor_may_stand_in_the_middle() {
        let completion = complete("delete-j Job1", 8, &context());
        assert_eq!(
            completion.candidates,
            ["delete-job", "delete-job-execution", "delete-job-template"]
        );
    }

    #[test]
    fn candidates_share_a_prefix() {
        for (candidates, prefix) in [
            (&["describe-job-execution", "delete-job"][..], "de"),
            (&["Job1", "Job1", "Job10"], "Job1"),
            (&["äb", "äc", "ä"], "ä"),
            (&["a", "b"], ""),
            (&["one"], "one"),
            (&[], ""),
        ] {
            let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            assert_eq!(common_prefix(&candidates), prefix, "{candidates:?}");
        }
    }

    #[test]
    fn the_missing_arguments_are_hinted() {
        let statuses = "<IN_PROGRESS | SUCCEEDED | FAILED | REJECTED>";
        for (line, expected) in [
            ("", None),
            ("delete-jo", None),
            ("delete-job", Some(" <jobId>".to_owned())),
            ("delete-job ", Some("<jobId>".to_owned())),
            ("delete-job Job1", None),
            ("delete-job Job1 ", Some("[--force] [--yes]".to_owned())),
            ("delete-job Job1 --force ", Some("[--yes]".to_owned())),
            ("update-job-execution", Some(format!(" <jobId> {statuses}"))),
            ("update-job-execution Job1", Some(format!(" {statuses}"))),
            (
                "update Job1 FAILED --expected-version",
                Some(" <version>".to_owned()),
            ),
            ("create-job ", Some("<jobId> <document>".to_owned())),
            (
                "create-job J {} ",
                Some("[--targets] [--continuous] [--description] [--timeout-config] [--start-time] [--end-time] [--end-behavior] \
                     [--maintenance-windows] [--job-executions-rollout-config] [--abort-config] [--job-executions-retry-config] [--presigned-url-config] [--tags] [--with]".to_owned()),
            ),
            ("create-job --edit ", Some("<jobId>".to_owned())),
            (
                "create-job J --edit ",
                Some(
                    "[--from] [--targets] [--continuous] [--description] [--timeout-config] [--start-time] [--end-time] [--end-behavior] \
                     [--maintenance-windows] [--job-executions-rollout-config] [--abort-config] [--job-executions-retry-config] [--presigned-url-config] [--tags] [--with]"
                        .to_owned(),
                ),
            ),
            ("create-job Job1 {\"a\"", None),
            ("create-job Job1 {}", None),
            (
                "create-job-template a ",
                Some("<document> --description <text>".to_owned()),
            ),
            (
                "create-keys-and-certificate --cert a ",
                Some("--private-key-outfile <file> [--set-as-active] [--public-key-outfile]".to_owned()),
            ),
            ("help", Some(" [command]".to_owned())),
            (
                "agent",
                Some(" [on | step | status | off] [plan]".to_owned()),
            ),
            ("agent on ", Some("[plan]".to_owned())),
            ("agent on fail 10% ", Some("[--seed]".to_owned())),
            ("explain ", Some("<command>".to_owned())),
            ("watch ", Some("<command>".to_owned())),
            ("watch --every", Some(" <seconds>".to_owned())),
            ("watch --every 5 describe-job ", Some("<jobId>".to_owned())),
            ("explain delete-job ", Some("<jobId>".to_owned())),
            ("quit ", None),
            ("delete-job |", None),
            ("delete-job J > ", None),
            ("pending --query", Some(" <expression>".to_owned())),
            ("xyz ", None),
            ("delete-job --job-id", Some(" <jobId>".to_owned())),
            (
                "delete-job-execution --execution-number 2 ",
                Some("<jobId>".to_owned()),
            ),
        ] {
            assert_eq!(hint(line), expected, "{line:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_completed_without_panic(line in proptest::prelude::any::<String>(), pos in 0_usize..99) {
            for line in [line.clone(), format!("update {line}"), format!("create-job J {line}")] {
                let completion = complete(&line, pos.min(line.len()), &context());
                let _ = (common_prefix(&completion.candidates), hint(&line));
            }
        }
    }
}
