//! A session: the connection, the first messages, the commands, and the exit status.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use crate::cause;
use crate::cli::Cli;
use crate::config::{Config, ServiceChoice};
use crate::control::Access;
use crate::device::EventStream;
use crate::local::LocalService;
use crate::logging;
use crate::repl::editor::{self, Editor, EditorOptions, Pager, Printer, Source};
use crate::repl::input::command::CommandError;
use crate::repl::input::query::Query;
use crate::repl::output::form::Style;
use crate::repl::output::notice::Notice;
use crate::repl::output::transcript::Transcript;
use crate::repl::parts::Parts;
use crate::repl::turns::{self, SessionEnded, SessionOptions};
use crate::run::address;
use crate::run::aloud::{self, Aloud, say};
use crate::run::connect::{Connected, connect};
use crate::run::error::RunError;
use crate::run::examine;
use crate::run::join::{Joined, let_join};
use crate::run::own_lines::OwnLines;
use crate::run::paged;
use crate::run::program::{program_help, program_option};
use crate::run::prompt;
use crate::run::restore::restore_terminal_at_the_end;
use crate::run::script::{self, Lines, Script, ScriptOrText};
use crate::run::settle::Settled;
use crate::run::start::{in_runtime, start_log};
use crate::run::thing::EnsuredThing;
use crate::run::tutorial_setup::tutorial_setup;
use crate::serve::Runner;
use crate::text;

/// Runs a session, or prints a text that does not need one.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, RunError> {
    let Cli {
        connection,
        session: args,
        mode,
    } = cli;
    start_log(&connection)?;
    let settled = Settled::new(connection);
    let is_interactive = script::is_interactive(&args, mode.as_ref());
    let own = settled.as_ref().map_or_else(
        |_| Ok(OwnLines::default()),
        |settled| OwnLines::new(settled, &args, is_interactive),
    );
    let aliases = own.as_ref().map(|own| own.aliases.clone());
    let config = settled.as_ref().ok().map(|settled| &settled.config);
    let script = script::script_or_text(&args, mode, config, &aliases.unwrap_or_default());
    if let Ok(ScriptOrText::Help(text)) = &script {
        return paged::print(text);
    }
    let (mut settled, own) = (settled?, own?);
    settled.notes.extend(own.warning);
    settled.config.keep_in(args.state.clone())?;
    let script = match script? {
        ScriptOrText::Text(text) | ScriptOrText::Help(text) => return aloud::print(&text),
        ScriptOrText::Script(script) => script,
    };
    let lines = script.lines();
    let query = args.query.as_deref().map(Query::new).transpose();
    let options = SessionOptions {
        style: script::style(&args),
        query: query.map_err(CommandError::from)?,
        keep_going: args.keep_going,
        timeout: settled.config.timeout,
        aliases: own.aliases,
        start_up: own.start_up,
        stdin_is_free: script.leaves_stdin(),
        is_alone: lines == Lines::None,
        program_help,
        program_option,
    };
    let transcript = args.transcript.as_deref().map(Transcript::open);
    let aloud = Aloud(transcript.transpose()?.map(Arc::new));
    settled.notes.iter().for_each(|note| aloud.say(note));
    in_runtime(|runtime| attend(runtime, &settled, script, &options, &aloud))
        .inspect_err(|error| aloud.keep(&format!("error: {error}")))
}

fn attend(
    runtime: &Runtime,
    settled: &Settled,
    script: Script,
    options: &SessionOptions,
    aloud: &Aloud,
) -> Result<ExitCode, RunError> {
    let config = &settled.config;
    let connected = connect(runtime, config, aloud)?;
    announce(config, &connected, aloud);
    // Not before the connection exists: a thing is not created for a session that cannot begin.
    let thing = EnsuredThing::wait(runtime, &connected.control, &config.thing, aloud);
    let lines = script.lines();
    let source = script.into_source();
    let mut editor = open_editor(settled, &connected, source, options.style.color, aloud)?;
    let aliases = options.aliases.names().map(str::to_owned);
    editor.printer().set_aliases(aliases.collect());
    let to_join = connected.local.as_ref().filter(|_| editor.is_interactive());
    let to_join = to_join
        .and_then(|local| let_join(local, Runner::Session, &config.thing, &connected.region));
    let joined = settled.joined.as_ref();
    let folders = [to_join.as_ref(), joined.map(|joined| &joined.folder)];
    restore_terminal_at_the_end(runtime, &editor, folders, joined.and_then(Joined::pass));
    if let Some(joined) = joined {
        report_end_of_joined(joined, editor.printer(), options.style);
    }
    if connected.local.is_some() && editor.is_interactive() {
        say("New here? `tutorial` walks through the life of a job, `help` lists the commands.");
    }
    let thing_arn = thing.print_later(runtime, editor.printer());
    // The local service is dropped last, after the session has disconnected from it.
    let (parts, events, mut local) = parts(config, connected, thing_arn);
    let watch = local
        .as_ref()
        .map(|local| report_end(runtime, local, editor.printer(), options.style));
    let notices = local.as_mut().and_then(LocalService::take_notices);
    let notices =
        notices.map(|notices| print_notices(runtime, notices, editor.printer(), options.style));
    let ended = turns::run(runtime.handle(), parts, events, &mut editor, options);
    if let Some(watch) = watch {
        watch.abort();
    }
    drop(local);
    if let Some(notices) = notices {
        // Ends with the local service.
        let _ = runtime.block_on(notices);
    }
    conclude(editor, &ended, lines, aloud)
}

/// Reports that the local service has ended by itself, after a fault of its own: without it no command works.
fn report_end(
    runtime: &Runtime,
    local: &LocalService,
    printer: Printer,
    style: Style,
) -> JoinHandle<()> {
    let ended = local.ended();
    let text = "The local service has failed and stopped; leave, and restart the sandbox";
    let notice = style.notice(&Notice::Remark {
        name: "LocalServiceEnded",
        text: text.to_owned(),
    });
    let reporting = async move {
        ended.await;
        printer.print(notice);
    };
    runtime.spawn(reporting.boxed())
}

/// Reports that the service that was joined has ended.
fn report_end_of_joined(joined: &Joined, printer: Printer, style: Style) {
    joined.when_ended(move |text| {
        let name = "LocalServiceEnded";
        printer.print(style.notice(&Notice::Remark { name, text }));
    });
}

/// Prints what there is to say about the file that keeps the state.
fn print_notices(
    runtime: &Runtime,
    mut notices: UnboundedReceiver<String>,
    printer: Printer,
    style: Style,
) -> JoinHandle<()> {
    let printing = async move {
        while let Some(text) = notices.recv().await {
            let name = "StateFile";
            printer.print(style.notice(&Notice::Remark { name, text }));
        }
    };
    runtime.spawn(printing.boxed())
}

/// Prints what the user is connected to.
fn announce(config: &Config, connected: &Connected, aloud: &Aloud) {
    let Connected {
        host, client_id, ..
    } = connected;
    if connected.local.is_none() {
        aloud.say(&format!("Connected to {host} as `{client_id}`."));
        return;
    }
    aloud.say("A local service; for AWS: --endpoint HOST --cert FILE --key FILE --thing NAME");
    if let Access::Url(url) = &connected.access {
        aloud.say(&format!(
            "For other tools: export AWS_ENDPOINT_URL_IOT={url}"
        ));
    }
    if let ServiceChoice::Local {
        state: Some(file), ..
    } = &config.service
    {
        let file = text::sanitize(&file.to_string_lossy()).into_owned();
        aloud.say(&format!("Its state is kept in `{file}`."));
    }
}

fn open_editor(
    settled: &Settled,
    connected: &Connected,
    source: Source,
    color: bool,
    aloud: &Aloud,
) -> Result<Editor, RunError> {
    let (is_local, host) = (connected.local.is_some(), &connected.host);
    let editor = Editor::open(EditorOptions {
        name: prompt::prompt(&settled.config.thing, is_local, host),
        name_color: prompt::color(settled.color, is_local, host),
        history: editor::history_path(
            std::env::var_os("XDG_STATE_HOME").as_deref(),
            std::env::var_os("HOME").as_deref(),
        ),
        color,
        transcript: aloud.0.clone(),
        news: Some(logging::take_failure),
        program: editor::editor_program(std::env::var_os("VISUAL"), std::env::var_os("EDITOR")),
        pager: Pager::new(std::env::var_os("PAGER")),
        source,
    })?;
    Ok(editor)
}

/// The parts of the session, the events of its client, and the local service if this run started one.
fn parts(
    config: &Config,
    connected: Connected,
    thing_arn: Option<String>,
) -> (Parts, EventStream, Option<LocalService>) {
    let is_local = connected.local.is_some();
    let parts = Parts {
        address: address::of_connected(config, &connected, thing_arn),
        tutorial_setup: tutorial_setup(&config.thing, is_local, &connected.region),
        doctor: examine::of_session(config, &connected),
        thing: config.thing.clone(),
        client: connected.client,
        control: connected.control,
    };
    (parts, connected.events, connected.local)
}

/// Ends the output, and prints where a script has failed.
fn conclude(
    editor: Editor,
    ended: &SessionEnded,
    lines: Lines,
    aloud: &Aloud,
) -> Result<ExitCode, RunError> {
    let is_interactive = editor.is_interactive();
    if let Err(error) = editor.close() {
        // The reader closed the pipe, which is not an error.
        if error.kind() != ErrorKind::BrokenPipe {
            return Err(RunError::SessionOutput(error));
        }
        return Ok(ExitCode::from(cause::OUTPUT_CLOSED));
    }
    match &ended.first {
        Some(first) if !is_interactive => {
            if lines != Lines::None {
                aloud.say(&script::summary(ended, first, lines));
            }
            Ok(ExitCode::from(first.cause.exit_code()))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
