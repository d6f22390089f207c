//! The terminal after a program that ends unexpectedly.

#[cfg(unix)]
use std::path::PathBuf;

#[cfg(unix)]
use futures_util::FutureExt;
use nix::sys::signal::{Signal, kill};
#[cfg(unix)]
use nix::unistd::{Pid, getppid, getsid};
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{self, SignalKind, signal};

#[cfg(unix)]
use crate::cause::after_signal;
use crate::repl::editor::Editor;
#[cfg(unix)]
use crate::repl::editor::{Resumption, Screen};
use crate::run::join::Pass;
use crate::serve::PrivateFolder;

/// A program that dies while a line is typed must not leave the terminal in raw mode, nor these folders, nor what it has been
/// given to join a service.
pub(crate) fn restore_terminal_at_the_end(
    runtime: &Runtime,
    editor: &Editor,
    folders: [Option<&PrivateFolder>; 2],
    pass: Option<&Pass>,
) {
    if !editor.is_terminal() {
        return;
    }
    let screen = editor.screen();
    let usual = std::panic::take_hook();
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        // The program survives a panic of another thread.
        if std::thread::current().id() == here {
            screen.restore();
        }
        usual(panic);
    }));
    #[cfg(unix)]
    {
        let _inside = runtime.enter();
        let folders = folders.into_iter().flatten();
        let folders: Vec<PathBuf> = folders.map(|it| it.path().to_owned()).collect();
        handle_ends(runtime, &editor.screen(), &folders, pass);
        let stop = signal(SignalKind::from_raw(Signal::SIGTSTP as i32));
        let go_on = signal(SignalKind::from_raw(Signal::SIGCONT as i32));
        if let (Some(line), Ok(stop), Ok(go_on)) = (editor.resumption(), stop, go_on) {
            runtime.spawn(handle_stops(line, stop, go_on).boxed());
        }
    }
    #[cfg(not(unix))]
    let _ = (runtime, folders, pass);
}

/// The signals that end a program unless it handles them. SIGINT is Ctrl-C, which the session handles.
#[cfg(unix)]
const ENDS: [Signal; 10] = [
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGTERM,
    Signal::SIGXCPU,
    Signal::SIGXFSZ,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
];

#[cfg(unix)]
fn handle_ends(runtime: &Runtime, screen: &Screen, folders: &[PathBuf], pass: Option<&Pass>) {
    for number in ENDS.map(|it| it as i32) {
        // Registered at once, because the signal may come before the task begins.
        let Ok(mut signal) = signal(SignalKind::from_raw(number)) else {
            continue;
        };
        let (screen, folders, pass) = (screen.clone(), folders.to_owned(), pass.cloned());
        let ending = async move {
            if signal.recv().await.is_some() {
                screen.restore();
                if let Some(pass) = pass {
                    pass.hand_back().await;
                }
                for folder in folders {
                    let _ = std::fs::remove_dir_all(folder);
                }
                std::process::exit(after_signal(number).into());
            }
        };
        runtime.spawn(ending.boxed());
    }
}

/// Leaves the line before the program stops, and restores it when the program resumes, whatever has stopped it.
#[cfg(unix)]
async fn handle_stops(line: Resumption, mut stop: unix::Signal, mut go_on: unix::Signal) {
    loop {
        tokio::select! {
            Some(()) = stop.recv() => {
                if is_job() {
                    line.suspend();
                    // Sent to the program itself, so permission is not a question.
                    let _ = kill(Pid::this(), Signal::SIGSTOP);
                }
            }
            Some(()) = go_on.recv() => line.resume(),
            else => return,
        }
    }
}

/// Whether a shell could continue the program: its parent is in the same session. Otherwise the terminal does not stop a
/// program, as POSIX specifies for an orphaned process group.
#[cfg(unix)]
fn is_job() -> bool {
    getsid(Some(getppid())).is_ok_and(|session| Ok(session) == getsid(None))
}
