//! A session: lines become commands, commands are carried out one by one, and what the service sends is shown.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::control::Control;
use crate::device::{Client, EventStream};
use crate::protocol::ThingName;
use crate::repl::answer::{Answer, Cause, Failure, Outcome};
use crate::repl::command::{self, Command};
use crate::repl::editor::{Editor, EditorError, Input};
use crate::repl::execute;
use crate::repl::explain::Place;
use crate::repl::feed::Feed;
use crate::repl::form::{Form, Origin, Style};
use crate::repl::jobs::Jobs;
use crate::repl::tutorial::Scene;

/// How long the events that have arrived may take to be shown at the end.
const FAREWELL: Duration = Duration::from_secs(1);

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
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How it prints.
    pub style: Style,
    /// Whether there are remarks below what the service sends, until `notes` says otherwise.
    pub notes: bool,
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
pub fn run(runtime: &Handle, parts: Parts, editor: &mut Editor, options: Options) -> Ended {
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
    let feed = Feed::new(
        editor.printer(),
        options.style,
        options.notes,
        thing.clone(),
    );
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
    let stops = !editor.is_interactive() && !options.keep_going;
    while !ended.stopped {
        let mut patience = None;
        let mut is_shown = false;
        let mut watched = None;
        let (line, text, outcome) = match editor.read() {
            Input::Line { number, text } => match command::parse(&text, &session.thing) {
                Ok(None) => continue,
                Ok(Some(Command::Quit)) => break,
                Ok(Some(watch @ Command::Watch { .. })) => {
                    let origin = Origin {
                        line: number,
                        command: &text,
                    };
                    let last = watch_out(runtime, &mut session, watch, editor, options, origin);
                    is_shown = last.is_ok();
                    (number, text, last.unwrap_or_else(Err))
                }
                Ok(Some(command)) => {
                    patience = command.patience_for_events();
                    watched = session.feed.begin(&command);
                    let outcome = execute(runtime, &mut session, command, editor);
                    (number, text, outcome)
                }
                Err(error) => (number, text, Err(Failure::new(Cause::Usage, &error))),
            },
            Input::Interrupted => continue,
            Input::End => break,
            Input::Failed(error) => {
                let (line, cause) = match error {
                    EditorError::TooLong { number }
                    | EditorError::NotUtf8 { number }
                    | EditorError::Unfinished { number } => (number, Cause::Usage),
                    EditorError::Io(_) => (0, Cause::Setup),
                };
                (line, String::new(), Err(Failure::new(cause, &error)))
            }
        };
        let origin = Origin {
            line,
            command: &text,
        };
        if !is_shown {
            show(&session, editor, origin, &outcome);
        }
        session.feed.end(watched.as_ref(), &outcome);
        // A person sees events while typing; a script would run ahead of them.
        if let (Ok(_), Some(patience), false) = (&outcome, patience, editor.is_interactive()) {
            runtime.block_on(session.feed.settle(session.mark, patience));
        }
        if let Err(failure) = outcome {
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

/// Shows how a command ended, behind the events that came before, with the remarks on it.
fn show(session: &execute::Session, editor: &Editor, origin: Origin<'_>, outcome: &Outcome) {
    let style = session.feed.style();
    let mut shown = vec![style.outcome(origin, outcome)];
    if let Ok(Answer::Response { operation, payload }) = outcome {
        shown.extend(session.feed.notes_on_reply(operation, payload));
    }
    let shown = shown.join("\n");
    if style.form == Form::Raw && outcome.is_err() {
        editor.print_reply_after("", session.after_events);
        editor.print_error(&shown);
    } else {
        editor.print_reply_after(&shown, session.after_events);
    }
}

/// Carries `watch` out. Ctrl-C is its usual end where lines are edited; elsewhere it ends the program. An error if it does not
/// begin; else how the command ended the last time, which has been shown.
fn watch_out(
    runtime: &Handle,
    session: &mut execute::Session,
    watch: Command,
    editor: &Editor,
    options: Options,
    origin: Origin<'_>,
) -> Result<Outcome, Failure> {
    let Command::Watch {
        command,
        every,
        count,
    } = watch
    else {
        return Ok(Ok(Answer::Nothing));
    };
    if count.is_none() && !editor.is_interactive() && !options.is_alone {
        let what = "watch would never end\nhint: in a script it needs --count, as in `watch --count 5 pending`";
        return Err(Failure::new(Cause::Usage, &what));
    }
    let is_terminal = editor.is_terminal();
    let end = match count {
        Some(count) => format!("{count} times"),
        None => "until Ctrl-C".to_owned(),
    };
    if session.feed.shows_notes() {
        let line = format!(
            "# every {} s, {end}; shown when it changes",
            every.as_secs()
        );
        editor.print_reply(&options.style.comment(&line));
    }
    runtime.block_on(async {
        let watching = session.watch(&command, every, count, editor, |session, outcome| {
            show(session, editor, origin, outcome);
        });
        tokio::select! {
            last = watching => Ok(last),
            () = interrupted(), if is_terminal => Ok(Ok(Answer::Nothing)),
        }
    })
}

/// Carries a command out, unless Ctrl-C is pressed where lines are edited; elsewhere it ends the program.
fn execute(
    runtime: &Handle,
    session: &mut execute::Session,
    command: Command,
    editor: &Editor,
) -> Outcome {
    let interruptible = editor.is_terminal();
    runtime.block_on(async {
        tokio::select! {
            outcome = session.execute(command, editor) => outcome,
            () = interrupted(), if interruptible => Err(Failure::new(
                Cause::Interrupted,
                &"interrupted\nhint: the command may have been carried out; get-pending-job-executions tells",
            )),
        }
    })
}

/// Ctrl-C while a command runs. Where it cannot be listened to, it ends the program as usual.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
