//! Job documents of the AWS IoT Device Client, as steps of work. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | [`rules`] | what a document may ask for, as the user allows it |
//! | [`member`] | a member of a document, and where it stands |
//! | [`refusal`] | why a document is refused |
//! | [`command`] | the arguments in the text of a command |
//!
//! A document has one of two schemas: `version` with `steps`, or `operation` alone. This page describes both:
//! <https://github.com/awslabs/aws-iot-device-client/blob/main/source/jobs/README.md>
//!
//! What AWS's client does otherwise is on the page `src/client/repl/pages/handlers.md`.

mod command;
mod member;
mod refusal;
mod rules;

use serde_json::Value;

pub use crate::executor::document::refusal::Refusal;
pub use crate::executor::document::rules::{AllowedCommands, HandlerRules};

pub use crate::executor::document::refusal::{safe, shown};

use crate::executor::document::member::Member;
use crate::executor::step::{HandlerCall, HandlerProgram, Step, Task};
use crate::not_json;

/// The only version that the schema with `steps` has.
const VERSION: &str = "1.0";

/// The word in `path` for the folder of handlers.
const DEFAULT_FOLDER: &str = "default";

/// The most characters of a step's name. Longer ones are cut.
const NAME_CHARACTERS: usize = 128;

/// The steps of a job document, in the order in which they run. Each runs only if none before it has failed, failures that are
/// ignored aside.
pub fn steps(document: &str, rules: &HandlerRules) -> Result<Vec<Step>, Refusal> {
    let document: Value = not_json::read(document)
        .map_err(|error| Refusal::Unknown(format!("it is not JSON: {}", shown(&error.what))))?;
    if !document.is_object() {
        return Err(Refusal::Unknown("it is not an object".to_owned()));
    }
    let document = Member::document(&document);
    let has = |name| document.member(name).is_given();
    if has("version") && has("steps") {
        of_version(&document, rules)
    } else if has("operation") && !has("version") {
        Ok(vec![of_operation(&document, rules)?])
    } else {
        Err(Refusal::Unknown(
            "it has neither `version` with `steps`, nor `operation` without `version`".to_owned(),
        ))
    }
}

/// The schema with `version` and `steps`.
fn of_version(document: &Member<'_>, rules: &HandlerRules) -> Result<Vec<Step>, Refusal> {
    let version = document.member("version").needed_text()?;
    if version != VERSION {
        return Err(Refusal::Unknown(format!(
            "its `version` is `{}`, not `{VERSION}`",
            shown(version)
        )));
    }
    let conditions = document.member("conditions");
    if !conditions.elements()?.is_empty() {
        return Err(conditions.refused("is not empty, and conditions are not supported"));
    }
    let reports_stdout = document.member("includeStdOut").flag()?;
    let listed = document.member("steps");
    let mut entries = listed.elements()?;
    if entries.is_empty() {
        return Err(listed.refused("is empty"));
    }
    let last = document.member("finalStep");
    if last.is_given() {
        entries.push(last);
    }
    entries
        .iter()
        .map(|entry| of_action(&entry.object()?.member("action"), reports_stdout, rules))
        .collect()
}

fn of_action(action: &Member, reports_stdout: bool, rules: &HandlerRules) -> Result<Step, Refusal> {
    let action = action.object()?;
    let name = action.member("name").needed_text()?;
    let kind = action.member("type");
    let of_input = match kind.needed_text()? {
        "runHandler" => handler_of_input,
        "runCommand" => command_of_input,
        other => {
            return Err(kind.refused(format!(
                "is `{}`; it has to be `runHandler` or `runCommand`",
                shown(other)
            )));
        }
    };
    let program = of_input(action.member("input").object()?, rules)?;
    Ok(Step {
        name: step_name(name),
        task: Task::Handler(HandlerCall {
            program,
            run_as: action.member("runAsUser").text()?.map(str::to_owned),
            allowed_stderr_lines: action.member("allowStdErr").count()?,
            reports_stdout,
        }),
        ignores_failure: action.member("ignoreStepFailure").flag()?,
    })
}

fn handler_of_input(input: &Member<'_>, rules: &HandlerRules) -> Result<HandlerProgram, Refusal> {
    handler(&input.member("handler"), input, rules)
}

fn command_of_input(input: &Member<'_>, rules: &HandlerRules) -> Result<HandlerProgram, Refusal> {
    let member = input.member("command");
    let words = command::words(member.needed_text()?);
    let program = words.first().map_or("", String::as_str);
    rules
        .permit_command(program)
        .map_err(|problem| member.refused(problem))?;
    Ok(HandlerProgram::Command(words))
}

/// The schema with `operation`.
fn of_operation(document: &Member<'_>, rules: &HandlerRules) -> Result<Step, Refusal> {
    let operation = document.member("operation");
    let program = handler(&operation, document, rules)?;
    let user = document.member("runAsUser");
    if user.is_given() {
        return Err(user.refused("needs a document with `version` and `steps`"));
    }
    Ok(Step {
        name: step_name(operation.needed_text()?),
        task: Task::Handler(HandlerCall {
            program,
            run_as: None,
            allowed_stderr_lines: document.member("allowStdErr").count()?,
            reports_stdout: document.member("includeStdOut").flag()?,
        }),
        ignores_failure: false,
    })
}

/// A handler with this name. What else there is to it stands beside each other in both schemas.
fn handler(
    name: &Member<'_>,
    beside: &Member<'_>,
    rules: &HandlerRules,
) -> Result<HandlerProgram, Refusal> {
    let path = beside.member("path");
    let folder = path.text()?.filter(|folder| *folder != DEFAULT_FOLDER);
    let program = HandlerProgram::Handler {
        name: name.needed_text()?.to_owned(),
        arguments: beside.member("args").texts()?,
        folder: folder.map(str::to_owned),
    };
    HandlerRules::permit_handler(name.needed_text()?).map_err(|problem| name.refused(problem))?;
    rules
        .permit_folder(folder)
        .map_err(|problem| path.refused(problem))?;
    Ok(program)
}

/// The name of a step, as it may be shown and reported.
fn step_name(name: &str) -> String {
    safe(name, NAME_CHARACTERS)
}

#[cfg(test)]
mod tests;
