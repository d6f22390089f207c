//! Ctrl-C outside the line editor.

use std::time::Duration;

use tokio::runtime::Handle;

use crate::cause::Cause;
use crate::repl::editor::Screen;
use crate::repl::input::command::{Command, ServiceRequest};
use crate::repl::output::answer::{self, Failure};

#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;
#[cfg(windows)]
type Signal = tokio::signal::windows::CtrlC;

/// Handles Ctrl-C while the program runs, also while the user's editor runs, which uses Ctrl-C for itself. If it is not
/// handled, it ends the program.
#[derive(Debug)]
pub struct Interrupts(Option<Signal>);

impl Interrupts {
    /// Installs the handler if `wanted` and the platform supports it.
    pub fn take_over(runtime: &Handle, wanted: bool) -> Self {
        let _inside = runtime.enter();
        #[cfg(unix)]
        let listen = || tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let listen = tokio::signal::windows::ctrl_c;
        Self(wanted.then(listen).and_then(Result::ok))
    }

    /// Waits for Ctrl-C, or returns at once if it was pressed since the last call or `forget`.
    pub async fn next(&mut self) {
        let came = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if came.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Forgets earlier Ctrl-C, which was meant for something else.
    pub async fn forget(&mut self) {
        tokio::select! {
            biased;
            () = self.next() => {}
            () = std::future::ready(()) => {}
        }
    }
}

/// How long a program that was started from here may take to end after Ctrl-C, which it also receives.
const GRACE: Duration = Duration::from_secs(1);

/// Waits until such a program must be killed: it is still running after Ctrl-C, and has not changed the mode of the
/// terminal, as a pager does.
pub(crate) async fn to_kill(interrupts: &mut Interrupts, screen: &Screen) {
    loop {
        interrupts.next().await;
        tokio::time::sleep(GRACE).await;
        if !screen.is_taken() {
            return;
        }
    }
}

/// The failure of work that Ctrl-C has ended.
pub(crate) fn failure() -> Failure {
    Failure::new(Cause::Interrupted, &"interrupted")
}

/// The same for a command that was given up before anything was sent.
pub(crate) fn not_sent(mut failure: Failure) -> Failure {
    failure.text.push_str("\nthe command was not sent");
    failure
}

/// The failure of a command that Ctrl-C has ended. A request that is being sent may have been carried out; anything else is
/// not sent.
pub(crate) fn failure_of(command: &Command, is_underway: bool) -> Failure {
    let mut failure = failure();
    match command {
        Command::Service(request) if !request.effect().is_change() => {}
        Command::Service(_) if !is_underway => failure.text.push_str("\nit was not carried out"),
        Command::Service(ServiceRequest::Device(request)) => {
            failure.text.push_str(answer::OUTCOME_UNKNOWN);
            failure.offer_to_ask(&request.operation());
        }
        Command::Service(ServiceRequest::Control(request)) => {
            let about = request.about();
            failure.text.push_str(&answer::unknown_outcome(about));
        }
        Command::Own(_) => {}
    }
    failure
}
