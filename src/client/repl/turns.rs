//! A session: lines become commands, commands are carried out one by one, and what the service sends is shown.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;

use crate::cause::Cause;
use crate::device::EventStream;
use crate::protocol::JobId;
use crate::repl::editor::{Editor, EditorError, EditorInput};
use crate::repl::feed::Feed;
use crate::repl::guide::help::{self, HelpStyle};
use crate::repl::input::alias::Aliases;
use crate::repl::input::command::{self, Command, CommandLine, HelpTopic, OwnCommand, Watch};
use crate::repl::input::grammar;
use crate::repl::input::query::Query;
use crate::repl::input::redirect::Redirect;
use crate::repl::input::words::Word;
use crate::repl::inquiries::Inquiries;
use crate::repl::interrupts::{self, Interrupts};
use crate::repl::misses::Misses;
use crate::repl::output::answer::{Answer, Failure};
use crate::repl::output::form::{Form, Style};
use crate::repl::output::object::Origin;
use crate::repl::output::route::Route;
use crate::repl::parts::Parts;
use crate::repl::session::{Answered, Session};
use crate::repl::set::set;
use crate::underway::Underway;

/// How long the events that have arrived may take to be shown at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is shown after Ctrl-C if nothing can be cleared or ended.
const HOW_TO_LEAVE: &str = "Ctrl-C again leaves; so do Ctrl-D and `quit`";

/// What is shown if the user did not confirm a command.
const NOT_DONE: &str = "nothing was sent";

/// The name of the file that holds a document while it is written.
const DOCUMENT_FILE: &str = "document.json";

/// How a session is to run.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    pub style: Style,
    /// What is shown of each response, where the command does not say it; all if `None`.
    pub query: Option<Query>,
    /// Whether a script continues after a failure; at a prompt the session always does.
    pub keep_going: bool,
    /// How long `wait` waits where it does not say.
    pub timeout: Duration,
    /// Whether a document may come from standard input, because the commands do not.
    pub stdin_is_free: bool,
    /// Names of the user's own for lines.
    pub aliases: Aliases,
    /// What is carried out before the first line is read.
    pub start_up: Vec<String>,
    /// Whether there is one command and no more, so that it may run until Ctrl-C.
    pub is_alone: bool,
    /// The help of a subcommand of the program, such as `serve`.
    pub program_help: fn(&str) -> String,
    /// How an option of the program is given, such as `--thing NAME`; `None` if it has none of this name.
    pub program_option: fn(&str) -> Option<String>,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnded {
    /// How many commands were refused, or failed, or were none.
    pub failures: usize,
    /// The first of them.
    pub first: Option<FailedCommand>,
    /// Whether the session ended there, without a look at the rest.
    pub stopped: bool,
}

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCommand {
    /// The number of its first line, from 1.
    pub line: usize,
    /// Its text; empty if it could not be read.
    pub command: String,
    pub cause: Cause,
}

/// Runs a session until `quit`, the end of the input, or the first failure of a script. `events` is what the client of `parts`
/// reports without being asked. Blocks the calling thread, which must not be one of the runtime's.
pub fn run(
    runtime: &Handle,
    parts: Parts,
    events: EventStream,
    editor: &mut Editor,
    options: &SessionOptions,
) -> SessionEnded {
    let feed = Feed::new(editor.printer(), options.style, parts.thing.clone());
    // Before the first prompt, which shows it.
    editor.printer().set_connected(true);
    let client = parts.client.clone();
    let showing = feed.clone().run(events, client.clone());
    let showing = runtime.spawn(showing.boxed());
    let inquiries = Inquiries::new(&parts);
    let inquiries = runtime.spawn(inquiries.run(editor.printer().answers()).boxed());
    let mut turns = Turns {
        runtime,
        options,
        interrupts: Interrupts::take_over(runtime, editor.is_terminal()),
        editor,
        session: Session {
            parts,
            timeout: options.timeout,
            stdin_is_free: options.stdin_is_free,
            feed,
            agent: None,
            mark: 0,
            expected: None,
            underway: Underway::default(),
        },
        misses: Misses::default(),
        offer: None,
        is_leaving: false,
        ended: SessionEnded {
            failures: 0,
            first: None,
            stopped: false,
        },
    };
    if turns.start_up().is_continue() {
        while turns.take().is_continue() {}
    }
    inquiries.abort();
    runtime.block_on(async {
        turns.session.end_agent().await;
        client.disconnect().await;
        // What has arrived is shown; a panic in the task has been printed already.
        let _ = tokio::time::timeout(FAREWELL, showing).await;
    });
    turns.ended
}

/// A running session, one line a turn.
pub(crate) struct Turns<'a> {
    pub(crate) runtime: &'a Handle,
    pub(crate) options: &'a SessionOptions,
    pub(crate) editor: &'a mut Editor,
    pub(crate) interrupts: Interrupts,
    pub(crate) session: Session,
    pub(crate) misses: Misses,
    /// The command that an empty line stands for, after a command whose outcome is unknown.
    pub(crate) offer: Option<String>,
    /// Whether the last key was a Ctrl-C at an empty prompt.
    is_leaving: bool,
    pub(crate) ended: SessionEnded,
}

/// A command that is being carried out, and where its answer goes.
struct Turn<'a> {
    origin: Origin<'a>,
    command: &'a Command,
    query: Option<Query>,
    to: Option<Redirect>,
}

impl Turns<'_> {
    /// Reads a line, does what it asks for, and shows what came of it. Breaks at the end of the session.
    fn take(&mut self) -> ControlFlow<()> {
        let input = match (self.editor.read(), self.offer.take()) {
            (EditorInput::Line { number, text, .. }, Some(ask)) if text.trim().is_empty() => {
                EditorInput::Line {
                    number,
                    words: command::words(&ask).unwrap_or_default(),
                    text: ask,
                }
            }
            (input, _) => input,
        };
        // One for the last command, or for a program that it ran, may have been heard of only now.
        self.runtime.block_on(self.interrupts.forget());
        let was_leaving = std::mem::take(&mut self.is_leaving);
        match input {
            EditorInput::Line {
                number,
                text,
                words,
            } => self.line(number, text, &words),
            EditorInput::Edited => ControlFlow::Continue(()),
            EditorInput::Interrupted { was_empty: true } if was_leaving => ControlFlow::Break(()),
            EditorInput::Interrupted { was_empty } => {
                self.is_leaving = was_empty;
                let style = self.session.feed.style();
                if was_empty && style.form.is_for_people() {
                    let text = style.comment(HOW_TO_LEAVE);
                    self.editor.print_reply(&text);
                }
                ControlFlow::Continue(())
            }
            EditorInput::End => ControlFlow::Break(()),
            EditorInput::Failed(error) => {
                let (line, command, cause) = match &error {
                    EditorError::Line { number, begin, .. } => {
                        (*number, begin.as_str(), Cause::Usage)
                    }
                    EditorError::Compose(_) | EditorError::Io(_) => (0, "", Cause::Setup),
                };
                let origin = Origin { line, command };
                let failure = self.show_failure(origin, Failure::new(cause, &error));
                self.count(origin, Some(failure))
            }
        }
    }

    /// Does what a line asks for, which does not begin with an alias.
    pub(crate) fn plain_line(
        &mut self,
        number: usize,
        mut text: String,
        words: &[Word],
    ) -> ControlFlow<()> {
        let understood = self.understand(&mut text, words);
        let origin = Origin {
            line: number,
            command: &text,
        };
        let failure = match understood {
            Ok(None) => {
                if text.trim().is_empty() && self.editor.is_interactive() {
                    self.session.let_agent_go();
                }
                None
            }
            Ok(Some(line)) if !self.is_meant(line.command.question().as_deref()) => {
                let answer = Ok(Answer::Text(NOT_DONE.to_owned()));
                self.session.show(origin, &answer, 0, self.editor);
                None
            }
            Ok(Some(line)) => self.carry_out(origin, line)?,
            Err(failure) => Some(self.show_failure(origin, failure)),
        };
        self.count(origin, failure)
    }

    /// What a line asks for; a document that is yet to be written is written now, and `text` is then what it is with that
    /// document.
    fn understand(
        &mut self,
        text: &mut String,
        words: &[Word],
    ) -> Result<Option<CommandLine>, Failure> {
        let program_option = self.options.program_option;
        let parsed = parse(text, words, program_option)?;
        for (option, value) in parsed.iter().flat_map(|line| &line.named) {
            self.session.parts.check_named(option, value)?;
        }
        let Some((operation, from)) = parsed.as_ref().and_then(CommandLine::to_be_written) else {
            return Ok(parsed);
        };
        if !self.editor.is_terminal() {
            return Ok(parsed);
        }
        let begun = match from {
            Some(job) => self.document_of(job, operation)?,
            None => String::new(),
        };
        let document = self.editor.compose(DOCUMENT_FILE, &begun);
        // Ctrl-C in the user's own editor is not meant for the command.
        self.runtime.block_on(self.interrupts.forget());
        let document = document.map_err(|error| Failure::new(Cause::Setup, &error))?;
        if document.trim().is_empty() {
            let error = format!("no document was written, so {operation} was not sent");
            return Err(Failure::new(Cause::Usage, &error));
        }
        *text = grammar::with_document(text, &document);
        let words = command::words(text);
        let words = words.map_err(|error| Failure::new(Cause::Usage, &error));
        let parsed = words.and_then(|words| parse(text, &words, program_option));
        match &parsed {
            Ok(_) => self.editor.remember(text),
            // What was written is not lost: it can be mended at the prompt.
            Err(_) => self.editor.offer(text.clone()),
        }
        parsed
    }

    /// The document of a job that there is, unless Ctrl-C is pressed.
    fn document_of(&mut self, job: JobId, operation: &str) -> Result<String, Failure> {
        let until = self.session.deadline();
        let finding = async {
            tokio::select! {
                document = self.session.document_of(job, operation, until, self.editor) => document,
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Err(interrupts::failure())
                }
            }
        };
        self.runtime.block_on(finding.boxed_local())
    }

    /// Whether the user confirms the command; true if it does not need to.
    fn is_meant(&mut self, question: Option<&str>) -> bool {
        question
            .is_none_or(|question| !self.editor.is_interactive() || self.editor.confirm(question))
    }

    /// Carries a command out. Breaks at the end of the session; else returns what went wrong.
    fn carry_out(
        &mut self,
        origin: Origin<'_>,
        line: CommandLine,
    ) -> ControlFlow<(), Option<Failure>> {
        let turn = Turn {
            origin,
            command: &line.command,
            query: (line.query.or_else(|| self.options.query.clone()))
                .map(|query| query.for_screen(line.to.is_none())),
            to: line.to,
        };
        ControlFlow::Continue(match &line.command {
            Command::Service(request) => self.answer(turn, async |session, editor| {
                session.request(request, editor).await
            }),
            Command::Own(own) => return self.own(turn, own),
        })
    }

    fn own(&mut self, turn: Turn<'_>, own: &OwnCommand) -> ControlFlow<(), Option<Failure>> {
        let text = |text| Ok(Answer::Text(text));
        ControlFlow::Continue(match own {
            OwnCommand::Quit => return ControlFlow::Break(()),
            OwnCommand::Agent(command) => self.answer(turn, async |session, editor| {
                let outcome = session.agent(command, editor).await;
                let after_events = session.feed.taken();
                Answered {
                    outcome,
                    after_events,
                }
            }),
            OwnCommand::Watch(watch) => self.watch(turn.origin, watch),
            OwnCommand::Wait { until, timeout } => self.answer(turn, async |session, editor| {
                session.wait(until, *timeout, editor).await.into()
            }),
            OwnCommand::Doctor => {
                self.answer(turn, async |session, _| session.examine().await.into())
            }
            OwnCommand::Explain(explained) => self.answer(turn, async |session, editor| {
                text(session.explain((**explained).clone(), editor).await).into()
            }),
            OwnCommand::Help(topic) => self.help(turn, *topic),
            OwnCommand::Tutorial(true) => self.answer(turn, async |session, _| {
                text(session.feed.tutorial(&session.parts.tutorial_setup)).into()
            }),
            OwnCommand::Tutorial(false) => self.answer(turn, async |session, _| {
                text(session.feed.end_tutorial().to_owned()).into()
            }),
            OwnCommand::LastEvents(count) => self.answer(turn, async |session, _| {
                Ok(Answer::Events(session.feed.last(*count))).into()
            }),
            OwnCommand::Set(setting) => self.answer(turn, async |session, _| {
                Ok(set(setting, &session.feed)).into()
            }),
        })
    }

    /// Runs a command until it has its answer or Ctrl-C is pressed, and delivers the answer. Returns what went wrong.
    fn answer(
        &mut self,
        turn: Turn<'_>,
        run: impl AsyncFnOnce(&mut Session, &Editor) -> Answered,
    ) -> Option<Failure> {
        let begun = self.session.feed.begin(turn.command);
        self.session.underway = Underway::default();
        self.session.expected = None;
        let query = turn.query.or_else(|| self.options.query.clone());
        let (route, answered) = match self.open(turn.to) {
            Err(failure) => (Route::default(), Err(failure).into()),
            Ok(to) => {
                let running = async {
                    tokio::select! {
                        answered = run(&mut self.session, self.editor) => Some(answered),
                        () = self.interrupts.next() => None,
                    }
                };
                let answered = self.runtime.block_on(running.boxed_local());
                let interrupted = || {
                    self.editor.end_line();
                    let is_underway = self.session.underway.is_set();
                    Err(interrupts::failure_of(turn.command, is_underway)).into()
                };
                (Route { query, to }, answered.unwrap_or_else(interrupted))
            }
        };
        let (outcome, failure) = self.deliver(turn.origin, route, answered);
        self.session.feed.end(begun.as_ref(), &outcome);
        self.session.pass_to_agent(turn.command, &outcome);
        self.editor.mark_prompt(self.session.agent_mark());
        if outcome.is_ok()
            && !self.editor.is_interactive()
            && let Some(expected) = self.session.expected.take()
        {
            self.wait_for_effects(&expected);
        }
        failure
    }

    /// Shows help; on the screen through a pager if it is taller.
    fn help(&mut self, turn: Turn<'_>, topic: HelpTopic) -> Option<Failure> {
        let is_for_people = turn.to.is_none() && self.options.style.form == Form::Text;
        let mut look = self.session.feed.look();
        look.color &= is_for_people;
        let program_help = self.options.program_help;
        let mut text = help::text(topic, HelpStyle { look, program_help });
        if topic == HelpTopic::Overview {
            text.push_str(&help::aliases(&self.options.aliases, look));
        }
        let answer = if is_for_people {
            if !self.editor.page(&text) {
                self.editor.print_reply(&text);
            }
            // Ctrl-C in the pager is not meant for the session.
            self.runtime.block_on(self.interrupts.forget());
            Answer::Nothing
        } else {
            Answer::Text(text)
        };
        self.answer(turn, async |_, _| Ok(answer).into())
    }

    /// Carries `watch` out, which shows each answer itself. Returns how it failed the last time.
    fn watch(&mut self, origin: Origin<'_>, watch: &Watch) -> Option<Failure> {
        let may_go_on = self.options.is_alone || self.editor.is_interactive();
        let query = self.options.query.clone();
        let watching = async {
            tokio::select! {
                last = self.session.watch(watch, query, may_go_on, origin, self.editor) => last,
                // Its usual end.
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Ok(Answer::Nothing)
                }
            }
        };
        let outcome = self.runtime.block_on(watching.boxed_local());
        self.session.feed.end(None, &outcome);
        outcome.err()
    }

    pub(crate) fn show_failure(&self, origin: Origin<'_>, failure: Failure) -> Failure {
        let outcome = Err(failure.clone());
        self.session.show(origin, &outcome, 0, self.editor);
        self.session.feed.end(None, &outcome);
        failure
    }

    /// Takes down how a line ended. Breaks where a script stops.
    pub(crate) fn count(
        &mut self,
        origin: Origin<'_>,
        failure: Option<Failure>,
    ) -> ControlFlow<()> {
        let Some(failure) = failure else {
            return ControlFlow::Continue(());
        };
        self.ended.failures += 1;
        self.ended.first.get_or_insert(FailedCommand {
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

fn parse(
    text: &str,
    words: &[Word],
    program_option: fn(&str) -> Option<String>,
) -> Result<Option<CommandLine>, Failure> {
    command::read(text, words).map_err(|error| {
        let error = error.with_option_of_program(program_option);
        Failure::new(Cause::Usage, &error)
    })
}
