//! One run, from its start to the end of its process group.
//!
//! On Unix a run begins in a shell that waits for a line on its standard input and then becomes the program. Until then the group
//! can be noted: if the agent is killed before, the line never comes, and the shell ends without having done anything.

use std::fmt::Display;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, watch};

use crate::agent::work::command::{CommandLine, WorkReport};
use crate::agent::work::group::{Group, Presence, Request};
use crate::agent::work::tail::Tail;
use crate::agent::work::{output, program};
use crate::executor::step::{Exit, Progress, StepEnd};

/// How long what a program leaves in its group may take to end.
const GRACE_OF_REST: Duration = Duration::from_secs(2);

/// The gate. What it reads is taken byte by byte, so that the program finds all that follows.
#[cfg(unix)]
const GATE: [&str; 4] = ["/bin/sh", "-c", "IFS= read -r _ && exec \"$@\"", "sh"];

/// A program that runs. Dropped before its end is reported, it is killed with its group.
#[derive(Debug)]
pub struct Work {
    requests: watch::Sender<Option<Request>>,
}

impl Work {
    /// Starts a program, in a process group of its own. `note` is given the group before the program begins; if it fails, the
    /// program does not begin. Where groups are not known (Windows), it is not called.
    ///
    /// # Panics
    /// Outside a runtime of tokio.
    pub fn start<E: Display>(
        command: CommandLine,
        note: impl FnOnce(&Group) -> Result<(), E>,
        reports: mpsc::Sender<WorkReport>,
    ) -> Self {
        let (requests, requested) = watch::channel(None);
        let started = spawn(&command).and_then(|child| begin(child, note));
        let running = async move {
            let end = match started {
                Ok(started) => run(started, command, requested, &reports).await,
                Err(reason) => not_started(reason),
            };
            // The receiver may be gone, and so is the program.
            let _ = reports.send(WorkReport::Ended(end)).await;
        };
        tokio::spawn(running.boxed());
        Self { requests }
    }

    /// Asks all processes of the group to end (SIGTERM). On Windows the program itself is ended.
    pub fn terminate(&self) {
        self.request(Request::Terminate);
    }

    /// Ends all processes of the group (SIGKILL).
    pub fn kill(&self) {
        self.request(Request::Kill);
    }

    fn request(&self, request: Request) {
        self.requests.send_if_modified(|requested| {
            let is_new = *requested < Some(request);
            *requested = (*requested).max(Some(request));
            is_new
        });
    }
}

/// A program that may begin.
struct Started {
    child: Child,
    stdin: Option<ChildStdin>,
    rest: Rest,
}

/// The group of a program. Unless it is gone, it is killed when this is dropped.
struct Rest {
    group: Option<Group>,
    is_gone: bool,
    signals_by: Vec<String>,
}

impl Rest {
    /// Passes a request on to all processes of the group.
    fn ask(&self, group: &Group, request: Request) {
        group.ask(request);
        let Some((program, arguments)) = self.signals_by.split_first() else {
            return;
        };
        let mut command = Command::new(program);
        command.args(arguments).args(group.command_to_ask(request));
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        // Its end is that of the group, which is waited for.
        if let Err(error) = command.stderr(Stdio::null()).spawn() {
            tracing::warn!(%program, %error, "no signal was sent as another user");
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        if let (Some(group), false) = (&self.group, self.is_gone) {
            group.ask(Request::Kill);
        }
    }
}

fn not_started(reason: String) -> StepEnd {
    StepEnd {
        exit: Exit::NotStarted(reason),
        stdout: String::new(),
        stderr: String::new(),
    }
}

fn spawn(command: &CommandLine) -> Result<Child, String> {
    let search_path = std::env::var_os("PATH");
    let program = program::find(&command.program, search_path.as_deref());
    let program = program.map_err(|error| first_line(&error.to_string()))?;
    #[cfg(unix)]
    let mut child = {
        let mut gate = Command::new(GATE[0]);
        gate.args(&GATE[1..]).arg(&program).process_group(0);
        gate
    };
    #[cfg(not(unix))]
    let mut child = Command::new(&program);
    let withheld = std::env::vars_os().map(|(name, _)| name);
    for name in withheld.filter(|name| program::is_withheld(name)) {
        child.env_remove(name);
    }
    child
        .args(&command.arguments)
        .envs(
            command
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    child
        .spawn()
        .map_err(|error| format!("`{}` was not started: {error}", program.display()))
}

/// The next step of an error is the user's, who does not see this one at once.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").to_owned()
}

/// Notes the group.
fn begin<E: Display>(
    mut child: Child,
    note: impl FnOnce(&Group) -> Result<(), E>,
) -> Result<Started, String> {
    let stdin = child.stdin.take();
    let leader = child.id().and_then(|pid| i32::try_from(pid).ok());
    let group = leader.filter(|_| cfg!(unix)).map(Group::of_leader);
    if let Some(Err(error)) = group.as_ref().map(note) {
        return Err(error.to_string());
    }
    let rest = Rest {
        group,
        is_gone: false,
        signals_by: Vec::new(),
    };
    Ok(Started { child, stdin, rest })
}

async fn run(
    started: Started,
    command: CommandLine,
    requested: watch::Receiver<Option<Request>>,
    reports: &mpsc::Sender<WorkReport>,
) -> StepEnd {
    let Started {
        mut child,
        stdin,
        mut rest,
    } = started;
    rest.signals_by.clone_from(&command.signals_by);
    let (is_gone, gone) = watch::channel(false);
    let (progress, progressed) = watch::channel(Progress::default());
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let ended = async {
        let status = tokio::select! {
            status = end(&mut child, &mut rest, requested) => status,
            // Who would hear of the end cannot, nor start anything else.
            () = reports.closed() => {
                drop(rest);
                child.wait().await
            }
        };
        is_gone.send_replace(true);
        status
    };
    let read_stdout = async {
        match stdout {
            Some(pipe) => output::read_stdout(pipe, gone.clone(), progress).await,
            None => Tail::default(),
        }
    };
    let read_stderr = async {
        match stderr {
            Some(pipe) => output::read_stderr(pipe, gone.clone()).await,
            None => Tail::default(),
        }
    };
    let (status, stdout, stderr, (), ()) = tokio::join!(
        ended,
        read_stdout,
        read_stderr,
        feed(stdin, command.stdin.as_deref(), gone.clone()),
        report(progressed, reports),
    );
    outcome(&command, status, stdout, stderr)
}

/// Opens the gate, then writes what the program can read. It need not read it.
async fn feed(stdin: Option<ChildStdin>, text: Option<&str>, mut gone: watch::Receiver<bool>) {
    let Some(mut stdin) = stdin else {
        return;
    };
    let write = async {
        if cfg!(unix) {
            stdin.write_all(b"\n").await?;
        }
        stdin.write_all(text.unwrap_or_default().as_bytes()).await?;
        stdin.shutdown().await
    };
    tokio::select! {
        _ = write => {}
        _ = gone.wait_for(|is_gone| *is_gone) => {}
    }
}

/// Passes progress on, as fast as it is taken, until the output has ended.
async fn report(mut progressed: watch::Receiver<Progress>, reports: &mpsc::Sender<WorkReport>) {
    while progressed.changed().await.is_ok() {
        let progress = progressed.borrow_and_update().clone();
        // Without a receiver, the program is being ended.
        let _ = reports.send(WorkReport::Progress(progress)).await;
    }
}

/// Waits for the end of the program and then of its group, and passes requests on.
async fn end(
    child: &mut Child,
    rest: &mut Rest,
    mut requested: watch::Receiver<Option<Request>>,
) -> io::Result<ExitStatus> {
    let mut request = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            next = next(&mut requested), if request != Some(Request::Kill) => {
                request = Some(next);
                match &rest.group {
                    Some(group) => rest.ask(group, next),
                    None => child.start_kill()?,
                }
            }
        }
    };
    if let Some(group) = &rest.group
        && group.presence() != Presence::Gone
    {
        rest.ask(group, request.unwrap_or(Request::Terminate));
        tokio::select! {
            () = group.gone() => {}
            () = tokio::time::sleep(GRACE_OF_REST) => {}
            () = asked_to_kill(&mut requested) => {}
        }
        while group.presence() != Presence::Gone {
            rest.ask(group, Request::Kill);
            // The system may take its time, as with a disk that does not answer.
            let _ = tokio::time::timeout(GRACE_OF_REST, group.gone()).await;
        }
    }
    rest.is_gone = true;
    status
}

/// The next request. A [`Work`] that is dropped asks for the hardest.
async fn next(requested: &mut watch::Receiver<Option<Request>>) -> Request {
    match requested.changed().await {
        Ok(()) => requested.borrow_and_update().unwrap_or(Request::Kill),
        Err(_) => Request::Kill,
    }
}

async fn asked_to_kill(requested: &mut watch::Receiver<Option<Request>>) {
    while next(requested).await != Request::Kill {}
}

fn outcome(
    command: &CommandLine,
    status: io::Result<ExitStatus>,
    stdout: Tail,
    stderr: Tail,
) -> StepEnd {
    let mut exit = match status {
        Ok(status) => program::exit(status, command.may_reject),
        Err(error) => Exit::Failure(format!("its end was not observed: {error}")),
    };
    let lines = stderr.lines();
    if let (Exit::Success, Some(most)) = (&exit, command.stderr_lines_max)
        && lines > most
    {
        exit = Exit::Failure(format!(
            "{lines} lines on standard error, at most {most} allowed"
        ));
    }
    StepEnd {
        exit,
        stdout: if command.reports_stdout {
            stdout.text()
        } else {
            String::new()
        },
        stderr: stderr.text(),
    }
}
