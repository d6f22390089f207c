//! A session: lines become commands, commands are carried out one by one, and what the service sends is shown.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::control::Control;
use crate::device::{Client, EventStream};
use crate::protocol::{Operation, ThingName};
use crate::repl::editor::{Editor, EditorError, Input};
use crate::repl::execute;
use crate::repl::feed::Feed;
use crate::repl::guide::explain::Place;
use crate::repl::guide::hints;
use crate::repl::guide::tutorial::Scene;
use crate::repl::input::command::{self, Command, CreateJob, Document, Line};
use crate::repl::input::grammar;
use crate::repl::input::query::Query;
use crate::repl::interrupts::Interrupts;
use crate::repl::jobs::Jobs;
use crate::repl::output::answer::{self, Answer, Cause, Failure, Outcome};
use crate::repl::output::form::{Form, Origin, Style};
use crate::repl::output::route::Route;

/// How long the events that have arrived may take to be shown at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is said about Ctrl-C where there is nothing to clear and nothing to end.
const HOW_TO_LEAVE: &str = "Ctrl-C again leaves; so do Ctrl-D and `quit`";

/// The name of the file that holds a document while it is written.
const DOCUMENT_FILE: &str = "document.json";

/// What a session runs on.
pub struct Parts {
    /// The device's connection.
    pub client: Client,
    /// What it reports without being asked.
    pub events: EventStream,
    /// The control plane.
    pub control: Control,
    /// Whose jobs.
    pub thing: ThingName,
    /// The ARN of the thing, if it is known already.
    pub thing_arn: Option<String>,
    /// Where other tools find the service, for `explain`.
    pub place: Place,
    /// Where `tutorial` takes place.
    pub scene: Scene,
    /// Looks at the connection and all around it, for `doctor`.
    pub doctor: Doctor,
}

/// What the doctor says, and whether nothing failed.
pub type Examined = Pin<Box<dyn Future<Output = (String, bool)>>>;

/// Looks at the connection of a client.
pub type Doctor = Box<dyn Fn(Client) -> Examined>;

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("client", &self.client)
            .field("thing", &self.thing)
            .finish_non_exhaustive()
    }
}

/// How a session is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// How it prints.
    pub style: Style,
    /// What is shown of each response, where the command does not say it; all if `None`.
    pub query: Option<Query>,
    /// Whether a script goes on after a failure; a person always does.
    pub keep_going: bool,
    /// How long `wait` waits where it does not say.
    pub timeout: Duration,
    /// Whether a document may come from standard input, because the commands do not.
    pub stdin_is_free: bool,
    /// Whether there is one command and no more, so that it may go on until Ctrl-C.
    pub is_alone: bool,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How many commands were refused, or failed, or were none.
    pub failures: usize,
    /// The first of them.
    pub first: Option<Failed>,
    /// Whether the session ended there, without a look at the rest.
    pub stopped: bool,
}

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The number of its first line, from 1.
    pub line: usize,
    /// Its text; empty if it could not be read.
    pub command: String,
    /// Why.
    pub cause: Cause,
}

/// Runs a session until `quit`, the end of the input, or the first failure of a script. Blocks the calling thread, which must
/// not be one of the runtime's.
pub fn run(runtime: &Handle, parts: Parts, editor: &mut Editor, options: &Options) -> Ended {
    let Parts {
        client,
        events,
        control,
        thing,
        thing_arn,
        place,
        scene,
        doctor,
    } = parts;
    let jobs = Jobs::new(editor.printer());
    let feed = Feed::new(editor.printer(), options.style, thing.clone());
    // Before the first prompt, which shows it.
    editor.printer().set_connected(true);
    let showing = runtime.spawn(feed.clone().run(events, client.clone(), jobs.clone()));
    let mut session = execute::Session {
        client,
        control,
        thing,
        thing_arn,
        scene,
        place,
        doctor,
        timeout: options.timeout,
        stdin_is_free: options.stdin_is_free,
        jobs,
        feed,
        mark: 0,
        after_events: 0,
    };
    let mut ended = Ended {
        failures: 0,
        first: None,
        stopped: false,
    };
    // What an empty line asks, after a command of which nobody knows whether it was carried out.
    let mut offer: Option<String> = None;
    let stops = !editor.is_interactive() && !options.keep_going;
    let mut interrupts = Interrupts::take_over(runtime, editor.is_terminal());
    let mut is_leaving = false;
    while !ended.stopped {
        let mut patience = None;
        let mut is_shown = false;
        let mut route = Route::default();
        let mut watched = None;
        let input = match (editor.read(), offer.take()) {
            (Input::Line { number, text }, Some(ask)) if text.trim().is_empty() => {
                Input::Line { number, text: ask }
            }
            (input, _) => input,
        };
        // One for the last command, or for a program that it ran, may have been heard of only now.
        runtime.block_on(interrupts.forget());
        let was_leaving = std::mem::take(&mut is_leaving);
        let (line, text, mut outcome) = match input {
            Input::Line { number, mut text } => {
                // Ctrl-C in the person's own editor is not meant for the command.
                let forget = || runtime.block_on(interrupts.forget());
                match understand(&mut text, &session.thing, editor, forget) {
                    Ok(None) => continue,
                    Ok(Some(line)) if line.command == Command::Quit => break,
                    Ok(Some(Line {
                        command: watch @ Command::Watch { .. },
                        ..
                    })) => {
                        is_shown = true;
                        let origin = Origin {
                            line: number,
                            command: &text,
                        };
                        let may_go_on = options.is_alone || editor.is_interactive();
                        let query = options.query.clone();
                        let watching =
                            session.show_again_and_again(watch, query, may_go_on, origin, editor);
                        let last = runtime.block_on(async {
                            tokio::select! {
                                last = watching => last,
                                // Its usual end; the terminal has echoed `^C`.
                                () = interrupts.next() => {
                                    editor.print_reply("");
                                    Ok(Answer::Nothing)
                                }
                            }
                        });
                        (number, text, last)
                    }
                    Ok(Some(line)) => {
                        patience = line.command.patience_for_events();
                        watched = session.feed.begin(&line.command);
                        let query = line.query.or_else(|| options.query.clone());
                        let opened = Route::open(query, line.to).map(|opened| route = opened);
                        let command = line.command;
                        let running = execute(&mut session, command, editor, &mut interrupts);
                        let outcome = opened.and_then(|()| runtime.block_on(running));
                        (number, text, outcome)
                    }
                    Err(failure) => (number, text, Err(failure)),
                }
            }
            Input::Edited => continue,
            Input::Interrupted { was_empty: true } if was_leaving => break,
            Input::Interrupted { was_empty } => {
                is_leaving = was_empty;
                if was_empty && options.style.form == Form::Text {
                    editor.print_reply(&options.style.comment(HOW_TO_LEAVE));
                }
                continue;
            }
            Input::End => break,
            Input::Failed(error) => {
                let (line, cause) = match error {
                    EditorError::TooLong { number }
                    | EditorError::NotUtf8 { number }
                    | EditorError::Unfinished { number } => (number, Cause::Usage),
                    EditorError::Compose(_) | EditorError::Io(_) => (0, Cause::Setup),
                };
                (line, String::new(), Err(Failure::new(cause, &error)))
            }
        };
        if let (Err(failure), true) = (&mut outcome, editor.is_interactive() && !is_shown) {
            offer = failure.ask.take();
            if offer.is_some() {
                failure.text.push_str("; Enter asks");
            }
        }
        let origin = Origin {
            line,
            command: &text,
        };
        editor.print_reply_after("", session.after_events);
        let outcomes = match outcome.clone() {
            Ok(answer) => route.deliver(answer, options.style, |text| editor.keep(text)),
            Err(failure) => vec![Err(failure)],
        };
        // A pager that was killed may have left the terminal in a state of its own.
        editor.screen().reset();
        for outcome in outcomes.iter().filter(|_| !is_shown) {
            session.show(origin, outcome, editor);
        }
        session.feed.end(watched.as_ref(), &outcome);
        // A person sees events while typing; a script would run ahead of them.
        if let (Ok(_), Some(patience), false) = (&outcome, patience, editor.is_interactive()) {
            runtime.block_on(session.feed.settle(session.mark, patience));
        }
        if let Some(failure) = outcomes.into_iter().find_map(Result::err) {
            ended.failures += 1;
            ended.stopped = stops;
            ended.first.get_or_insert(Failed {
                line,
                command: text,
                cause: failure.cause,
            });
        }
    }
    runtime.block_on(async {
        session.client.disconnect().await;
        // What has arrived is shown; a panic in the task has been printed already.
        let _ = tokio::time::timeout(FAREWELL, showing).await;
    });
    ended
}

/// What a line asks for; a document that is yet to be written is written now, and `text` is then what it is with that document.
fn understand(
    text: &mut String,
    thing: &ThingName,
    editor: &mut Editor,
    has_edited: impl FnOnce(),
) -> Result<Option<Line>, Failure> {
    let parsed = parse(text, thing)?;
    let is_unwritten = |create: &CreateJob| create.document == Document::Editor;
    match parsed.as_ref().map(|line| &line.command) {
        Some(Command::CreateJob(create)) if is_unwritten(create) && editor.is_terminal() => {}
        _ => return Ok(parsed),
    }
    let document = editor.compose(DOCUMENT_FILE);
    has_edited();
    let document = document.map_err(|error| Failure::new(Cause::Setup, &error))?;
    if document.trim().is_empty() {
        let error = "no document was written, so no job is created";
        return Err(Failure::new(Cause::Usage, &error));
    }
    *text = grammar::with_document(text, &document);
    let parsed = parse(text, thing);
    match &parsed {
        Ok(_) => editor.remember(text),
        // What was written is not lost: it can be mended at the prompt.
        Err(_) => editor.offer(text.clone()),
    }
    parsed
}

fn parse(text: &str, thing: &ThingName) -> Result<Option<Line>, Failure> {
    command::read(text, thing).map_err(|error| Failure::new(Cause::Usage, &error))
}

/// Carries a command out, unless Ctrl-C is pressed.
async fn execute(
    session: &mut execute::Session,
    command: Command,
    editor: &Editor,
    interrupts: &mut Interrupts,
) -> Outcome {
    let interruption = interruption(&command);
    tokio::select! {
        outcome = session.execute(command, editor) => outcome,
        () = interrupts.next() => {
            // The terminal has echoed `^C`.
            editor.print_reply("");
            Err(interruption)
        }
    }
}

/// What is said of a command that Ctrl-C has ended. Nobody knows what became of what it has sent.
fn interruption(command: &Command) -> Failure {
    const UNKNOWN: &str = "\noutcome unknown: it may have been carried out";
    let mut failure = Failure::new(Cause::Interrupted, &"interrupted");
    let of_device = match command {
        Command::UpdateJobExecution { job, .. } => Some(Operation::UpdateJobExecution(job.clone())),
        Command::StartNextPendingJobExecution(_) => Some(Operation::StartNextPendingJobExecution),
        _ => None,
    };
    let of_operator = match command {
        Command::CreateJob(_) => Some("CreateJob"),
        Command::Control(request) => Some(request.operation()).filter(|it| answer::changes(it)),
        _ => None,
    };
    if let Some(operation) = of_device {
        failure.text.push_str(UNKNOWN);
        failure.offer_to_ask(&operation);
    } else if let Some(operation) = of_operator {
        let hint = hints::of_unknown_control_outcome(operation);
        failure.text.extend([UNKNOWN, "\nhint: ", hint]);
    }
    failure
}
