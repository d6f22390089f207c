//! Ctrl-C outside the line editor.

use tokio::runtime::Handle;

use crate::protocol::Operation;
use crate::repl::guide::hints;
use crate::repl::input::command::Command;
use crate::repl::output::answer::{self, Cause, Failure};

#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;
#[cfg(windows)]
type Signal = tokio::signal::windows::CtrlC;

/// Takes Ctrl-C over for as long as the program runs, also from the person's own editor, which has its own use for it. Where it
/// is not taken over it ends the program.
pub(crate) struct Interrupts(Option<Signal>);

impl Interrupts {
    /// Does so if `wanted`, and if it can be.
    pub(crate) fn take_over(runtime: &Handle, wanted: bool) -> Self {
        let _inside = runtime.enter();
        #[cfg(unix)]
        let listen = || tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let listen = tokio::signal::windows::ctrl_c;
        Self(wanted.then(listen).and_then(Result::ok))
    }

    /// Waits for one, or finds that one has come since the last was found or forgotten.
    pub(crate) async fn next(&mut self) {
        let came = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if came.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Forgets what has come so far: it was meant for something else.
    pub(crate) async fn forget(&mut self) {
        tokio::select! {
            biased;
            () = self.next() => {}
            () = std::future::ready(()) => {}
        }
    }
}

/// What is said of a command that Ctrl-C has ended. Nobody knows what became of what it has sent.
pub(crate) fn failure_of(command: &Command) -> Failure {
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
