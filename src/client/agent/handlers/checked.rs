//! What a job document would do on this machine, in words (`agent check`). Nothing is run.

use std::fmt::Write as _;

use crate::agent::handlers::resolved::{Refused, Resolved};
use crate::agent::handlers::{own_user, resolve};
use crate::executor::document::{self, HandlerRules, Refusal, shown};
use crate::executor::step::{HandlerCall, HandlerProgram, Step, Task};
use crate::{redact, text};

/// The most characters of a command line. More are cut.
const COMMAND_LINE_CHARACTERS: usize = 2000;

/// What a job document would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// For people: several lines, safe to show.
    pub text: String,
    /// Whether every step would be run.
    pub is_run: bool,
}

/// What a job document would do.
pub fn check(document: &str, rules: &HandlerRules) -> Checked {
    match document::steps(document, rules) {
        Ok(steps) => of_steps(&steps, rules),
        Err(refusal) => Checked {
            text: of_refusal(&refusal),
            is_run: false,
        },
    }
}

fn of_refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unknown(_) => format!(
            "The agent does not know this job document: {refusal}.\n\
             It is rejected; with --unknown ignore it is left alone.\n"
        ),
        Refusal::Refused { .. } => format!("The agent rejects this job document: {refusal}.\n"),
    }
}

fn of_steps(steps: &[Step], rules: &HandlerRules) -> Checked {
    let mut text = match steps.len() {
        1 => "This job document has 1 step.\n".to_owned(),
        count => format!("This job document has {count} steps.\n"),
    };
    let mut is_run = true;
    let mut fails_at = None;
    for (step, number) in steps.iter().zip(1..) {
        let Task::Handler(call) = &step.task else {
            continue;
        };
        let resolved = resolve(call, rules);
        is_run &= resolved.is_ok();
        // Writing to a `String` cannot fail.
        let _ = match resolved {
            Err(refused @ (Refused::Root | Refused::NotUnix)) => {
                let _ = writeln!(text, "None is run: {refused}.");
                return Checked { text, is_run };
            }
            Err(refused) => {
                if !step.ignores_failure {
                    fails_at = fails_at.or(Some(number));
                }
                writeln!(text, "{number}. `{}` is not run: {refused}", step.name)
            }
            Ok(resolved) => writeln!(text, "{number}. `{}` {}", step.name, run(call, &resolved)),
        };
        if step.ignores_failure {
            text.push_str("   If it fails, the job continues.\n");
        }
    }
    if let Some(number) = fails_at {
        let _ = writeln!(text, "The job fails at step {number}.");
    }
    Checked { text, is_run }
}

/// What a step runs, in one line or several.
fn run(call: &HandlerCall, resolved: &Resolved) -> String {
    let mut text = format!("runs {}\n   as {}", command_line(resolved), own_user());
    if let Some(user) = &resolved.user {
        let user = shown(user);
        let by = match call.program {
            HandlerProgram::Handler { .. } => "the handler changes by itself",
            HandlerProgram::Command(_) => "`sudo` changes",
        };
        let _ = write!(text, "; {by} to `{user}`");
    }
    if let Some(lines) = call.allowed_stderr_lines {
        let _ = write!(
            text,
            "\n   It fails with more than {lines} lines on standard error."
        );
    }
    if call.reports_stdout {
        text.push_str("\n   Its standard output is reported.");
    }
    text
}

/// The program and its arguments, each as one word.
fn command_line(resolved: &Resolved) -> String {
    let program = resolved.program.to_string_lossy();
    let words: Vec<String> = std::iter::once(program.as_ref())
        .chain(resolved.arguments.iter().map(String::as_str))
        .map(|word| text::quote(&text::sanitize(word)).into_owned())
        .collect();
    let line = words.join(" ");
    text::shorten(&redact::signatures(&line), COMMAND_LINE_CHARACTERS)
}
