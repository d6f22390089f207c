//! A session: lines become commands, commands are carried out one by one, and what the service sends is shown.

use std::fmt;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::control::Control;
use crate::device::{Client, EventStream};
use crate::protocol::{JobId, ThingName};
use crate::repl::editor::{Editor, EditorError, EditorInput};
use crate::repl::feed::Feed;
use crate::repl::guide::explain::ServiceAddress;
use crate::repl::guide::tutorial::TutorialSetup;
use crate::repl::input::command::{self, Command, CreateJob, Document, Line};
use crate::repl::input::grammar;
use crate::repl::input::query::Query;
use crate::repl::interrupts::Interrupts;
use crate::repl::output::answer::{Answer, Cause, Failure, Outcome};
use crate::repl::output::form::{Form, Origin, Style};
use crate::repl::output::route::Route;
use crate::repl::{execute, interrupts};

/// How long the events that have arrived may take to be shown at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is said about Ctrl-C where there is nothing to clear and nothing to end.
const HOW_TO_LEAVE: &str = "Ctrl-C again leaves; so do Ctrl-D and `quit`";

/// What is said where a person was asked, and did not say yes.
const NOT_DONE: &str = "nothing was sent";

/// The name of the file that holds a document while it is written.
const DOCUMENT_FILE: &str = "document.json";

/// What a session runs on.
pub struct Parts {
    pub client: Client,
    /// What it reports without being asked.
    pub events: EventStream,
    pub control: Control,
    pub thing: ThingName,
    /// The ARN of the thing, if it is known already.
    pub thing_arn: Option<String>,
    /// Where other tools find the service, for `explain`.
    pub address: ServiceAddress,
    /// What `tutorial` begins with.
    pub tutorial_setup: TutorialSetup,
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
        address,
        tutorial_setup,
        doctor,
    } = parts;
    let feed = Feed::new(editor.printer(), options.style, thing.clone());
    // Before the first prompt, which shows it.
    editor.printer().set_connected(true);
    let showing = runtime.spawn(feed.clone().run(events, client.clone()));
    let mut turns = Turns {
        runtime,
        options,
        interrupts: Interrupts::take_over(runtime, editor.is_terminal()),
        editor,
        session: execute::Session {
            client,
            control,
            thing,
            thing_arn,
            tutorial_setup,
            address,
            doctor,
            timeout: options.timeout,
            stdin_is_free: options.stdin_is_free,
            feed,
            mark: 0,
            after_events: 0,
        },
        offer: None,
        is_leaving: false,
        ended: Ended {
            failures: 0,
            first: None,
            stopped: false,
        },
    };
    while turns.take().is_continue() {}
    runtime.block_on(async {
        turns.session.client.disconnect().await;
        // What has arrived is shown; a panic in the task has been printed already.
        let _ = tokio::time::timeout(FAREWELL, showing).await;
    });
    turns.ended
}

/// A session as it goes on, one line a turn.
struct Turns<'a> {
    runtime: &'a Handle,
    options: &'a Options,
    editor: &'a mut Editor,
    interrupts: Interrupts,
    session: execute::Session,
    /// What an empty line asks, after a command of which nobody knows whether it was carried out.
    offer: Option<String>,
    /// Whether the last key was a Ctrl-C at an empty prompt.
    is_leaving: bool,
    ended: Ended,
}

impl Turns<'_> {
    /// Reads a line, does what it asks for, and shows what came of it. Breaks at the end of the session.
    fn take(&mut self) -> ControlFlow<()> {
        let input = match (self.editor.read(), self.offer.take()) {
            (EditorInput::Line { number, text }, Some(ask)) if text.trim().is_empty() => {
                EditorInput::Line { number, text: ask }
            }
            (input, _) => input,
        };
        // One for the last command, or for a program that it ran, may have been heard of only now.
        self.runtime.block_on(self.interrupts.forget());
        let was_leaving = std::mem::take(&mut self.is_leaving);
        match input {
            EditorInput::Line { number, text } => self.line(number, text),
            EditorInput::Edited => ControlFlow::Continue(()),
            EditorInput::Interrupted { was_empty: true } if was_leaving => ControlFlow::Break(()),
            EditorInput::Interrupted { was_empty } => {
                self.is_leaving = was_empty;
                if was_empty && self.options.style.form == Form::Text {
                    let text = self.options.style.comment(HOW_TO_LEAVE);
                    self.editor.print_reply(&text);
                }
                ControlFlow::Continue(())
            }
            EditorInput::End => ControlFlow::Break(()),
            EditorInput::Failed(error) => {
                let (number, cause) = match error {
                    EditorError::TooLong { number }
                    | EditorError::NotUtf8 { number }
                    | EditorError::Unfinished { number } => (number, Cause::Usage),
                    EditorError::Compose(_) | EditorError::Io(_) => (0, Cause::Setup),
                };
                let origin = Origin {
                    line: number,
                    command: "",
                };
                let failure = self.show_failure(origin, Failure::new(cause, &error));
                self.count(origin, Some(failure))
            }
        }
    }

    fn line(&mut self, number: usize, mut text: String) -> ControlFlow<()> {
        let understood = self.understand(&mut text);
        let origin = Origin {
            line: number,
            command: &text,
        };
        let failure = match understood {
            Ok(None) => None,
            Ok(Some(line)) => match line.command {
                Command::Quit => return ControlFlow::Break(()),
                Command::Watch { .. } => self.watch(origin, line.command),
                _ if !self.is_meant(line.question.as_deref()) => {
                    let answer = Ok(Answer::Text(NOT_DONE.to_owned()));
                    self.session.show(origin, &answer, self.editor);
                    None
                }
                _ => self.command(origin, line),
            },
            Err(failure) => Some(self.show_failure(origin, failure)),
        };
        self.count(origin, failure)
    }

    /// What a line asks for; a document that is yet to be written is written now, and `text` is then what it is with that
    /// document.
    fn understand(&mut self, text: &mut String) -> Result<Option<Line>, Failure> {
        let parsed = self.parse(text)?;
        let from = match parsed.as_ref().map(|line| &line.command) {
            Some(Command::CreateJob(CreateJob {
                document: Document::Editor(from),
                ..
            })) if self.editor.is_terminal() => from.clone(),
            _ => return Ok(parsed),
        };
        let begun = from.map_or_else(|| Ok(String::new()), |job| self.document_of(job))?;
        let document = self.editor.compose(DOCUMENT_FILE, &begun);
        // Ctrl-C in the person's own editor is not meant for the command.
        self.runtime.block_on(self.interrupts.forget());
        let document = document.map_err(|error| Failure::new(Cause::Setup, &error))?;
        if document.trim().is_empty() {
            let error = "no document was written, so no job is created";
            return Err(Failure::new(Cause::Usage, &error));
        }
        *text = grammar::with_document(text, &document);
        let parsed = self.parse(text);
        match &parsed {
            Ok(_) => self.editor.remember(text),
            // What was written is not lost: it can be mended at the prompt.
            Err(_) => self.editor.offer(text.clone()),
        }
        parsed
    }

    /// The document of a job that there is, unless Ctrl-C is pressed.
    fn document_of(&mut self, job: JobId) -> Result<String, Failure> {
        let until = self.session.deadline();
        self.runtime.block_on(async {
            tokio::select! {
                document = self.session.document_of(job, until, self.editor) => document,
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Err(Failure::new(Cause::Interrupted, &"interrupted"))
                }
            }
        })
    }

    fn parse(&self, text: &str) -> Result<Option<Line>, Failure> {
        command::read(text, &self.session.thing).map_err(|error| Failure::new(Cause::Usage, &error))
    }

    /// Whether a person, who is asked if there is a question, means it.
    fn is_meant(&mut self, question: Option<&str>) -> bool {
        question
            .is_none_or(|question| !self.editor.is_interactive() || self.editor.confirm(question))
    }

    /// Carries a command out and sends what came of it on its way. Returns what went wrong.
    fn command(&mut self, origin: Origin<'_>, line: Line) -> Option<Failure> {
        let patience = line.command.patience_for_events();
        let begun = self.session.feed.begin(&line.command);
        let query = line.query.or_else(|| self.options.query.clone());
        let (route, mut outcome) = match Route::open(query, line.to) {
            Ok(route) => (route, self.execute(line.command)),
            Err(failure) => (Route::default(), Err(failure)),
        };
        if let (Err(failure), true) = (&mut outcome, self.editor.is_interactive()) {
            self.offer = failure.ask.take();
            if self.offer.is_some() {
                failure.text.push_str("; Enter asks");
            }
        }
        self.editor.flush_events_until(self.session.after_events);
        let outcomes = match outcome.clone() {
            Ok(answer) => {
                let keep = |text: &str| self.editor.keep(text);
                route.deliver(answer, self.options.style, keep)
            }
            Err(failure) => vec![Err(failure)],
        };
        // A pager that was killed may have left the terminal in a state of its own.
        self.editor.screen().reset();
        for outcome in &outcomes {
            self.session.show(origin, outcome, self.editor);
        }
        self.session.feed.end(begun.as_ref(), &outcome);
        // A person sees events while typing; a script would run ahead of them.
        if let (Ok(_), Some(patience), false) = (&outcome, patience, self.editor.is_interactive()) {
            let settled = self.session.feed.settle(self.session.mark, patience);
            self.runtime.block_on(settled);
        }
        outcomes.into_iter().find_map(Result::err)
    }

    /// Carries a command out, unless Ctrl-C is pressed.
    fn execute(&mut self, command: Command) -> Outcome {
        let interruption = interrupts::failure_of(&command);
        self.runtime.block_on(async {
            tokio::select! {
                outcome = self.session.execute(command, self.editor) => outcome,
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Err(interruption)
                }
            }
        })
    }

    /// Carries `watch` out, which shows each answer itself. Returns how it failed the last time.
    fn watch(&mut self, origin: Origin<'_>, watch: Command) -> Option<Failure> {
        let may_go_on = self.options.is_alone || self.editor.is_interactive();
        let query = self.options.query.clone();
        let outcome = self.runtime.block_on(async {
            tokio::select! {
                last = self.session.show_again_and_again(watch, query, may_go_on, origin, self.editor) => last,
                // Its usual end.
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Ok(Answer::Nothing)
                }
            }
        });
        self.session.feed.end(None, &outcome);
        outcome.err()
    }

    fn show_failure(&self, origin: Origin<'_>, failure: Failure) -> Failure {
        let outcome = Err(failure.clone());
        self.session.show(origin, &outcome, self.editor);
        self.session.feed.end(None, &outcome);
        failure
    }

    /// Takes down how a line ended. Breaks where a script stops.
    fn count(&mut self, origin: Origin<'_>, failure: Option<Failure>) -> ControlFlow<()> {
        let Some(failure) = failure else {
            return ControlFlow::Continue(());
        };
        self.ended.failures += 1;
        self.ended.first.get_or_insert(Failed {
            line: origin.line,
            command: origin.command.to_owned(),
            cause: failure.cause,
        });
        self.ended.stopped = !self.editor.is_interactive() && !self.options.keep_going;
        if self.ended.stopped {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
