//! One run of the program: from the command line to the exit status.

mod aloud;
mod examine;
mod pages;
mod prompt;
mod script;
mod thing;
mod tutorial_setup;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::cli::{Cli, ConnectionArgs, Mode, SessionArgs};
use crate::config::{ALPN_PORT, Config, ConfigError, Remote, ServiceChoice, is_region_name};
use crate::control::{self, Access, Control};
use crate::device::{Client, ConnectError, ConnectOptions};
use crate::doctor;
use crate::local::{self, DeviceError, LocalService, StartError};
use crate::logging::{self, LogError};
use crate::policy_command::{self, Filling, PoliciesError, device_policies, literal};
use crate::protocol::ThingName;
use crate::repl::editor::{self, Editor, EditorError, EditorOptions};
use crate::repl::input::command::CommandError;
use crate::repl::input::query::Query;
use crate::repl::output::transcript::{Transcript, TranscriptError};
use crate::repl::session::{self, Options, Parts};
use crate::run::aloud::{Aloud, say};
use crate::run::prompt::prompt;
use crate::run::script::Script;
use crate::run::thing::{Found, ensure_thing};
use crate::run::tutorial_setup::tutorial_setup;
use crate::serve::{self, ServeError};
use crate::tls::{self, TlsError};

/// What the program ends with when nobody reads its output any more: 128 and the number of SIGPIPE, as shells have it.
const BROKEN_PIPE: u8 = 141;

/// How long the start waits for the control plane; what comes later is shown when it comes.
const CONTROL_PATIENCE: Duration = Duration::from_secs(3);

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Local(#[from] StartError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Editor(#[from] EditorError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{0}")]
    Command(#[from] CommandError),
    #[error(
        "the tutorial is part of a session\nstart the program without a command, and type `tutorial`"
    )]
    SessionOnly,
    #[error("the command is not UTF-8: {0}")]
    NotUtf8(String),
    #[error("cannot read the commands in `{0}`: {1}")]
    Script(PathBuf, std::io::Error),
    #[error("cannot write to standard output: {0}\ncommands may not have been carried out")]
    Output(std::io::Error),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    #[error("cannot start the network thread: {0}")]
    Runtime(std::io::Error),
    #[error(
        "in which AWS region is `{0}`? its name does not tell\nsay it with --region, or set AWS_REGION"
    )]
    NoRegion(String),
}

impl RunError {
    /// 2: the command line; 3: a file or the machine; 4: the connection.
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::NoRegion(_)
            | Self::Command(_)
            | Self::SessionOnly
            | Self::NotUtf8(_) => 2,
            Self::Serve(error) if error.is_usage() => 2,
            Self::Policies(error) if error.is_usage() => 2,
            Self::Log(error) if error.is_usage() => 2,
            Self::Tls(_)
            | Self::Local(_)
            | Self::Device(_)
            | Self::Editor(_)
            | Self::Script(..)
            | Self::Runtime(_)
            | Self::Output(_)
            | Self::Policies(_)
            | Self::Log(_)
            | Self::Transcript(_)
            | Self::Serve(_) => 3,
            Self::Connect(_) => 4,
        }
    }
}

/// Runs the program. `help exit-codes` lists what it ends with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    tls::warm_up();
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way, too. If it cannot be printed, there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ended = match cli.mode {
        Some(Mode::Serve(args)) => serve::run(&args)
            .map(|()| ExitCode::SUCCESS)
            .map_err(RunError::from),
        Some(Mode::Completions { shell }) => print(&pages::completions(shell)),
        Some(Mode::Man) => print(&pages::manual()),
        Some(Mode::Doctor(args)) => examine::run(args),
        Some(Mode::Policy(args)) => policy_command::run(&args)
            .map(|is_fine| ExitCode::from(u8::from(!is_fine)))
            .map_err(RunError::from),
        Some(Mode::Command(_)) | None => session(cli),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// A text that was asked for.
fn print(text: &[u8]) -> Result<ExitCode, RunError> {
    std::io::stdout()
        .write_all(text)
        .map(|()| ExitCode::SUCCESS)
        .map_err(RunError::Output)
}

/// How to reach the service, whichever it is.
struct Service {
    host: String,
    port: u16,
    tls: Arc<rustls::ClientConfig>,
    region: String,
    access: Access,
}

fn session(cli: Cli) -> Result<ExitCode, RunError> {
    let Cli {
        connection,
        session: args,
        mode,
    } = cli;
    start_log(&connection)?;
    let timeout = Duration::from_secs(connection.timeout);
    let config = Config::new(connection)?;
    let script = match Script::find(&args, mode, &config)? {
        Script::Done => return Ok(ExitCode::SUCCESS),
        script => script,
    };
    let query = args.query.as_deref().map(Query::new).transpose();
    let query = query.map_err(CommandError::from)?;
    let transcript = args.transcript.as_deref().map(Transcript::open);
    let transcript = transcript.transpose()?.map(Arc::new);
    let aloud = Aloud(transcript.clone());
    in_runtime(|runtime| attend(runtime, config, &args, script, timeout, query, transcript))
        .inspect_err(|error| aloud.keep(&format!("error: {error}")))
}

/// The log, if one is asked for.
fn start_log(args: &ConnectionArgs) -> Result<(), LogError> {
    match &args.log {
        Some(target) => logging::start(target, std::env::var("RUST_LOG").ok().as_deref()),
        None => Ok(()),
    }
}

/// Starts the network's threads, and leaves without waiting for them.
fn in_runtime(
    run: impl FnOnce(&Runtime) -> Result<ExitCode, RunError>,
) -> Result<ExitCode, RunError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(RunError::Runtime)?;
    let ended = run(&runtime);
    // A name server that does not answer must not hold up the end.
    runtime.shutdown_background();
    ended
}

fn new_client_id() -> String {
    format!("test-{}", uuid::Uuid::new_v4())
}

fn tls_of(remote: &Remote) -> Result<Arc<rustls::ClientConfig>, TlsError> {
    let alpn = (remote.port == ALPN_PORT).then_some(tls::ALPN_MQTT_CERTIFICATE);
    tls::client_config(remote.ca_file.as_deref(), &remote.cert, &remote.key, alpn)
}

fn attend(
    runtime: &Runtime,
    config: Config,
    args: &SessionArgs,
    script: Script,
    timeout: Duration,
    query: Option<Query>,
    transcript: Option<Arc<Transcript>>,
) -> Result<ExitCode, RunError> {
    let aloud = Aloud(transcript.clone());
    let style = script::style(args);
    let (stdin_is_free, is_script) = (script.leaves_stdin(), script.has_lines());
    let is_local = matches!(config.service, ServiceChoice::Local { .. });
    let client_id = config.client_id.clone().unwrap_or_else(new_client_id);
    // Dropped last: the session says goodbye to it first.
    let (service, _local) = match &config.service {
        ServiceChoice::Local { region } => {
            let (service, local) = start_local(region, &config.thing, &client_id)?;
            (service, Some(local))
        }
        ServiceChoice::Remote(remote) => {
            let service = reach(runtime, remote)?;
            for warning in doctor::warnings(remote) {
                aloud.say(&warning);
            }
            (service, None)
        }
    };
    let mut options = ConnectOptions::new(
        &service.host,
        service.port,
        &client_id,
        config.thing.clone(),
        service.tls.clone(),
    );
    options.request_timeout = timeout;

    let (client, events) = runtime.block_on(Client::connect(options))?;
    if is_local {
        aloud.say("A local service; for AWS: --endpoint HOST --cert FILE --key FILE --thing NAME");
        if let Access::Url(url) = &service.access {
            aloud.say(&format!(
                "For other tools: export AWS_ENDPOINT_URL_IOT={url}"
            ));
        }
    } else {
        aloud.say(&format!("Connected to {} as `{client_id}`.", service.host));
    }
    // Not before the connection stands: a thing is not created for a session that cannot begin.
    let control = runtime.block_on(Control::open(&service.region, &service.access, timeout));
    let (asked, thing) = (control.clone(), config.thing.clone());
    let mut ensuring = runtime.spawn(async move { ensure_thing(&asked, &thing).await });
    let found =
        runtime.block_on(async { tokio::time::timeout(CONTROL_PATIENCE, &mut ensuring).await });
    let is_slow = found.is_err();
    let found = found.ok().and_then(Result::ok).unwrap_or_default();
    found.notice.iter().for_each(|notice| aloud.say(notice));
    if is_slow {
        aloud
            .say("The control plane has not answered yet; create-job and delete-job may not work.");
    }

    let mut editor = Editor::open(EditorOptions {
        name: prompt(&config.thing, is_local, &service.host),
        history: editor::history_path(
            std::env::var_os("XDG_STATE_HOME").as_deref(),
            std::env::var_os("HOME").as_deref(),
        ),
        color: style.color,
        transcript,
        program: editor::editor_program(std::env::var_os("VISUAL"), std::env::var_os("EDITOR")),
        source: script.into_source(),
    })?;
    restore_terminal_at_the_end(runtime, &editor);
    if is_local && editor.is_interactive() {
        say("New here? `tutorial` walks through the life of a job, `help` lists the commands.");
    }
    if is_slow {
        let printer = editor.printer();
        runtime.spawn(async move {
            if let Ok(Found {
                notice: Some(notice),
                ..
            }) = ensuring.await
            {
                printer.print(notice);
            }
        });
    }
    let doctor = examine::of_session(
        &config,
        &client_id,
        (service.region.clone(), service.access.clone()),
        timeout,
    );
    let tutorial_setup = tutorial_setup(&config.thing, is_local, &service.region);
    let mut address = script::service_address(&config);
    address.region = Some(service.region);
    address.endpoint = Some((service.host, service.port));
    if let Access::Url(url) = service.access {
        address.control_url = Some(url);
    }
    let parts = Parts {
        client,
        events,
        control,
        thing: config.thing,
        thing_arn: found.arn,
        address,
        tutorial_setup,
        doctor,
    };
    let options = Options {
        style,
        query,
        keep_going: args.keep_going,
        timeout,
        stdin_is_free,
        is_alone: !is_script,
    };
    let ended = session::run(runtime.handle(), parts, &mut editor, &options);
    let is_interactive = editor.is_interactive();
    if let Err(error) = editor.close() {
        // Whoever closed the pipe wants no more; anything else is news.
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            return Err(RunError::Output(error));
        }
        return Ok(ExitCode::from(BROKEN_PIPE));
    }
    match ended.first.clone() {
        Some(first) if !is_interactive => {
            if is_script {
                aloud.say(&script::summary(&ended, &first));
            }
            Ok(ExitCode::from(first.cause.exit_code()))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The sandbox's own local service; its device may do what the policy says that a person copies for AWS, and no more.
fn start_local(
    region: &str,
    thing: &ThingName,
    client_id: &str,
) -> Result<(Service, LocalService), RunError> {
    let options = local::Options {
        region: region.to_owned(),
        ..local::Options::default()
    };
    let local = LocalService::start(&options)?;
    let policies = device_policies(&Filling {
        region,
        account: local::ACCOUNT,
        thing: thing.as_str(),
        // Exactly this one, whatever characters it has.
        client_id: &literal(client_id),
    });
    let policies: Vec<(&str, &str)> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let device = local.create_device_with(&[], &policies)?;
    let service = Service {
        host: local.endpoint(),
        port: local.mqtt_address().port(),
        tls: tls::client_config_in_memory(
            &local.ca_pem(),
            &device.certificate_pem,
            &device.private_key_pem,
        )?,
        region: region.to_owned(),
        access: Access::Url(local.control_url()),
    };
    Ok((service, local))
}

fn reach(runtime: &Runtime, remote: &Remote) -> Result<Service, RunError> {
    let tls = tls_of(remote)?;
    let region = match &remote.region {
        Some(region) => Some(region.clone()),
        None => runtime.block_on(control::environment_region()),
    };
    let region = match region {
        Some(region) => region,
        None => ask_region(&remote.endpoint)?,
    };
    Ok(Service {
        host: remote.endpoint.clone(),
        port: remote.port,
        tls,
        region,
        access: Access::Environment,
    })
}

/// Asks on a terminal; a script gets the question as an error.
fn ask_region(endpoint: &str) -> Result<String, RunError> {
    let unknown = || RunError::NoRegion(endpoint.to_owned());
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(unknown());
    }
    let _ = write!(
        std::io::stderr(),
        "In which AWS region is {endpoint} (such as us-east-1)? "
    );
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|_| unknown())?;
    let answer = answer.trim();
    if is_region_name(answer) {
        Ok(answer.to_owned())
    } else {
        Err(unknown())
    }
}

/// A program that dies while a line is typed must not leave the terminal in raw mode.
fn restore_terminal_at_the_end(runtime: &Runtime, editor: &Editor) {
    if !editor.is_terminal() {
        return;
    }
    let screen = editor.screen();
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        screen.restore();
        default(panic);
    }));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let screen = editor.screen();
        for (kind, number) in [(SignalKind::terminate(), 15), (SignalKind::hangup(), 1)] {
            let screen = screen.clone();
            runtime.spawn(async move {
                let Ok(mut signal) = signal(kind) else { return };
                if signal.recv().await.is_some() {
                    screen.restore();
                    std::process::exit(128 + number);
                }
            });
        }
    }
    #[cfg(not(unix))]
    let _ = runtime;
}
