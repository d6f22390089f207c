//! A line of the AWS CLI, such as `aws iot list-jobs --output json`, as a line of a session.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html>

use crate::control::ControlRequest;
use crate::control::operations;
use crate::repl::input::grammar::{self, AWS, AwsService, CommandKind};

/// Options that concern only the form in which the AWS CLI prints, and have no value.
const WITHOUT_EFFECT: [&str; 2] = ["--no-cli-pager", "--no-cli-auto-prompt"];

/// The same with a value.
const WITHOUT_EFFECT_WITH_VALUE: [&str; 2] = ["--cli-binary-format", "--color"];

/// Options with a value that has to be that of the session.
const OF_SESSION: [&str; 2] = ["--region", "--endpoint-url"];

/// Further options that choose the service, or how it is reached.
const NOT_TAKEN: [&str; 7] = [
    "--ca-bundle",
    "--cli-connect-timeout",
    "--cli-read-timeout",
    "--debug",
    "--no-sign-request",
    "--no-verify-ssl",
    "--profile",
];

/// The option that names the device.
const THING: &str = "--thing-name";

/// Options with which the AWS CLI fetches one page of a list, rather than all.
const OF_ONE_PAGE: [&str; 5] = [
    "--all",
    "--marker",
    "--max-results",
    "--next-token",
    "--no-paginate",
];

/// Why a line of the AWS CLI is not one of a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsLineError {
    #[error("`aws` needs a service and a command\nhint: such as `aws iot list-jobs`")]
    NoCommand,
    #[error(
        "a session does not have the commands of `aws {0}`\nhint: it has those of `aws iot` and `aws iot-jobs-data`, with the options behind"
    )]
    Service(String),
    #[error("`{command}` is not a command of `aws {service}`\nhint: {hint}")]
    Elsewhere {
        command: String,
        service: &'static str,
        hint: String,
    },
    #[error(
        "`{0}` is not an option of a single command here\nhint: leave it out: the session's own endpoint, region and credentials apply"
    )]
    OfSession(String),
    #[error(
        "`--output {0}` is not a form of a session\nhint: leave it out; `output pretty` prints JSON over several lines"
    )]
    Output(String),
    #[error("`{0}` is not read here\nhint: give each member as an option, as in `help {1}`")]
    Input(String, String),
    #[error(
        "{0} does not read a file here\nhint: give the value itself; only a document is read from a file"
    )]
    File(String),
    #[error("{0} needs a value")]
    NoValue(String),
    #[error("{command} needs {option}\nhint: without `aws {service}` it is optional")]
    NoOwn {
        command: String,
        option: String,
        service: &'static str,
    },
}

/// A line of the AWS CLI as a session reads it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AwsLine<'w> {
    /// The command and its arguments.
    pub(crate) words: Vec<&'w str>,
    /// What the line names of the session: options with their values.
    pub(crate) named: Vec<(&'static str, &'w str)>,
}

/// Reads words that begin with `aws`; `None` if they begin with something else.
pub(crate) fn aws_line<'w>(words: &[&'w str]) -> Result<Option<AwsLine<'w>>, AwsLineError> {
    let (service, name, options) = match words {
        [] => return Ok(None),
        [first, ..] if *first != AWS => return Ok(None),
        [_, service, ..] if AwsService::named(service).is_none() => {
            return Err(AwsLineError::Service((*service).to_owned()));
        }
        [_, service, name, options @ ..] => (AwsService::named(service), *name, options),
        _ => return Err(AwsLineError::NoCommand),
    };
    let service = service.unwrap_or(AwsService::Iot);
    check_command(service, name, options)?;
    let mut line = AwsLine {
        words: vec![name],
        named: Vec::new(),
    };
    let mut options = options.iter().copied();
    while let Some(word) = options.next() {
        line.take(service, word, &mut options)?;
    }
    check_files(&line.words)?;
    let is_named = line.named.iter().any(|(option, _)| *option == THING);
    if service == AwsService::JobsData && grammar::entry(name).is_some() && !is_named {
        return Err(no_own(service, name, THING));
    }
    let has = |flag| grammar::entry(name).and_then(|entry| grammar::known_flag(entry, flag));
    let is_one_page = |word: &&str| {
        let name = word.split('=').next();
        name.is_some_and(|name| OF_ONE_PAGE.contains(&name))
    };
    if has("--all").is_some() && !line.words.iter().any(is_one_page) {
        line.words.push("--all");
    }
    Ok(Some(line))
}

/// Checks that no value is in a file, which the AWS CLI reads for every option.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>
fn check_files(words: &[&str]) -> Result<(), AwsLineError> {
    let Some(entry) = words.first().and_then(|name| grammar::entry(name)) else {
        return Ok(());
    };
    let mut option = "";
    for word in words {
        let is_option = word.starts_with("--");
        let (name, value) = match word.split_once('=') {
            Some(split) if is_option => split,
            _ if is_option => (*word, ""),
            _ => (option, *word),
        };
        option = name;
        let is_file = ["file://", "fileb://"]
            .iter()
            .any(|it| value.starts_with(it));
        let is_document =
            grammar::named(entry, name).is_some_and(|(arg, _)| grammar::is_document(arg));
        if is_file && !is_document && !option.is_empty() {
            return Err(AwsLineError::File(option.to_owned()));
        }
    }
    Ok(())
}

/// Checks that a request does not need anything of a session that the AWS CLI does not have.
pub(crate) fn check_request(request: &ControlRequest, name: &str) -> Result<(), AwsLineError> {
    match request.left_out() {
        Some(option) => Err(no_own(AwsService::Iot, name, &option)),
        None => Ok(()),
    }
}

fn no_own(service: AwsService, command: &str, option: &str) -> AwsLineError {
    AwsLineError::NoOwn {
        command: command.to_owned(),
        option: option.to_owned(),
        service: service.name(),
    }
}

/// Checks that the service has the command.
fn check_command(service: AwsService, name: &str, options: &[&str]) -> Result<(), AwsLineError> {
    let Some(entry) = grammar::entry(name) else {
        // It is reported like any other.
        return Ok(());
    };
    let elsewhere = |hint: String| AwsLineError::Elsewhere {
        command: name.to_owned(),
        service: service.name(),
        hint,
    };
    let is_both = entry.get_name() == "describe-job-execution";
    match (grammar::kind(entry.get_name()), service) {
        (CommandKind::Control, _) if !operations::is_name(name) => {
            Err(elsewhere(format!("type `{name}` by itself")))
        }
        (kind, _) if kind == CommandKind::Own || !name.contains('-') => {
            Err(elsewhere(format!("type `{name}` by itself")))
        }
        // Each has one of this name.
        (CommandKind::Device, AwsService::Iot) if is_both => {
            let names_thing = |word: &&str| word.split('=').next() == Some(THING);
            let named = options.iter().any(names_thing);
            let none = || no_own(service, name, THING);
            named.then_some(()).ok_or_else(none)
        }
        (CommandKind::Device, AwsService::Iot) => {
            Err(elsewhere(format!("`aws iot-jobs-data {name}`")))
        }
        (CommandKind::Control, AwsService::JobsData) => Err(elsewhere(format!("`aws iot {name}`"))),
        _ => Ok(()),
    }
}

impl<'w> AwsLine<'w> {
    /// Takes a word over, if it is not an option of the AWS CLI itself.
    fn take(
        &mut self,
        service: AwsService,
        word: &'w str,
        rest: &mut impl Iterator<Item = &'w str>,
    ) -> Result<(), AwsLineError> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let mut value = || {
            let value = value.or_else(|| rest.next());
            value.ok_or_else(|| AwsLineError::NoValue(name.to_owned()))
        };
        match name {
            "--output" => match value()? {
                "json" => {}
                other => return Err(AwsLineError::Output(other.to_owned())),
            },
            "--cli-input-json" => {
                let value = value()?;
                if value.starts_with("file://") {
                    return Err(self.input(name));
                }
                self.words.extend([name, value]);
            }
            "--cli-input-yaml" | "--generate-cli-skeleton" => return Err(self.input(name)),
            THING if service == AwsService::JobsData => self.named.push((THING, value()?)),
            name if WITHOUT_EFFECT_WITH_VALUE.contains(&name) => drop(value()?),
            name if NOT_TAKEN.contains(&name) => {
                return Err(AwsLineError::OfSession(name.to_owned()));
            }
            name if WITHOUT_EFFECT.contains(&name) || self.is_default(name) => {}
            _ => match OF_SESSION.into_iter().find(|option| *option == name) {
                Some(option) => self.named.push((option, value()?)),
                None => self.words.push(word),
            },
        }
        Ok(())
    }

    fn input(&self, option: &str) -> AwsLineError {
        AwsLineError::Input(option.to_owned(), self.words[0].to_owned())
    }

    /// Whether an option only says that something is not asked for: `--no-force`.
    fn is_default(&self, option: &str) -> bool {
        let Some(entry) = grammar::entry(self.words[0]) else {
            return false;
        };
        let has = |flag: &str| grammar::known_flag(entry, flag);
        let opposite = option.strip_prefix("--no-").map(|name| format!("--{name}"));
        let opposite = opposite.and_then(|flag| has(&flag));
        has(option).is_none()
            && (option == "--no-paginate" || opposite.is_some_and(|arg| !grammar::takes_value(arg)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_aws_cli_is_read_as_one_of_a_session() {
        for (line, expected) in [
            ("list-jobs", Ok(None)),
            ("aws iot list-jobs", Ok(Some("list-jobs --all"))),
            (
                "aws iot list-jobs --no-paginate --output json --no-cli-pager",
                Ok(Some("list-jobs --no-paginate")),
            ),
            (
                "aws iot list-jobs --max-results=5",
                Ok(Some("list-jobs --max-results=5")),
            ),
            (
                "aws iot list-jobs --page-size 5 --query jobs",
                Ok(Some("list-jobs --page-size 5 --query jobs --all")),
            ),
            (
                "aws iot delete-job --job-id J --no-force --no-paginate",
                Ok(Some("delete-job --job-id J")),
            ),
            (
                "aws iot list-thing-groups --no-recursive --no-paginate",
                Ok(Some("list-thing-groups --no-recursive --no-paginate")),
            ),
            (
                "aws iot describe-job-execution --job-id J --thing-name lamp",
                Ok(Some("describe-job-execution --job-id J --thing-name lamp")),
            ),
            (
                "aws iot-jobs-data describe-job-execution --thing-name lamp --job-id J",
                Ok(Some(
                    "describe-job-execution --job-id J of --thing-name lamp",
                )),
            ),
            (
                "aws iot-jobs-data get-pending-job-executions --thing-name=lamp --cli-binary-format x",
                Ok(Some("get-pending-job-executions of --thing-name lamp")),
            ),
            ("aws iot no-such --x y", Ok(Some("no-such --x y"))),
            ("aws", Err("`aws` needs a service and a command")),
            ("aws iot", Err("`aws` needs a service and a command")),
            (
                "aws s3 ls",
                Err("a session does not have the commands of `aws s3`"),
            ),
            (
                "aws --region x iot list-jobs",
                Err("a session does not have the commands of `aws --region`"),
            ),
            ("aws iot jobs", Err("`jobs` is not a command of `aws iot`")),
            (
                "aws iot-jobs-data done J",
                Err("`done` is not a command of `aws iot-jobs-data`"),
            ),
            ("aws iot help", Err("`help` is not a command of `aws iot`")),
            (
                "aws iot get-pending-job-executions",
                Err("`get-pending-job-executions` is not a command of `aws iot`"),
            ),
            (
                "aws iot-jobs-data list-jobs",
                Err("`list-jobs` is not a command of `aws iot-jobs-data`"),
            ),
            (
                "aws iot describe-job-execution --job-id J",
                Err("describe-job-execution needs --thing-name"),
            ),
            (
                "aws iot get-policy p --region eu-west-1 --endpoint-url=http://x",
                Ok(Some(
                    "get-policy p of --region eu-west-1 --endpoint-url http://x",
                )),
            ),
            (
                "aws iot list-jobs --profile p",
                Err("`--profile` is not an option of a single command here"),
            ),
            (
                "aws iot create-job --cli-input-json file://job.json",
                Err("`--cli-input-json` is not read here"),
            ),
            (
                "aws iot create-job --job-id J --document {} --cli-input-json={\"x\":1}",
                Ok(Some(
                    "create-job --job-id J --document {} --cli-input-json {\"x\":1}",
                )),
            ),
            (
                "aws iot list-jobs --output table",
                Err("`--output table` is not a form of a session"),
            ),
            ("aws iot list-jobs --output", Err("--output needs a value")),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let read = aws_line(&words).map_err(|error| error.to_string());
            let read = read.map(|line| {
                line.map(|AwsLine { mut words, named }| {
                    words.extend(named.first().map(|_| "of"));
                    words.extend(named.iter().flat_map(|(option, value)| [*option, *value]));
                    words.join(" ")
                })
            });
            let read = read.as_ref().map(Option::as_deref);
            let first = |text: &String| text.lines().next().unwrap_or_default().to_owned();
            assert_eq!(
                read.map_err(first),
                expected.map_err(ToOwned::to_owned),
                "{line}"
            );
        }
    }
}
