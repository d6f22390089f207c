//! The signals that end a program which runs until it is asked to end, such as `serve`.

use std::io;

/// All signals that ask a program to end, or end it unless handled: each ends the program cleanly. SIGHUP is not handled if
/// it was ignored at the start, as with `nohup`: the program then outlives its terminal.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals(Vec<(i32, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    /// Handles the signals from now on; must be called inside a runtime.
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        /// The numbers of SIGXCPU, SIGXFSZ, SIGVTALRM and SIGPROF, which have no names in tokio.
        const LIMITS_AND_TIMERS: [i32; 4] = [24, 25, 26, 27];

        let mut kinds = vec![
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::quit(),
            SignalKind::alarm(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ];
        kinds.extend(LIMITS_AND_TIMERS.map(SignalKind::from_raw));
        if !is_hangup_ignored() {
            kinds.push(SignalKind::hangup());
        }
        kinds
            .into_iter()
            .map(|kind| Ok((kind.as_raw_value(), signal(kind)?)))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Waits for one of them, and returns its number.
    pub async fn recv(&mut self) -> i32 {
        use std::task::Poll;

        std::future::poll_fn(|context| {
            let mut signals = self.0.iter_mut();
            let came = signals.find_map(|(number, signal)| {
                signal.poll_recv(context).is_ready().then_some(*number)
            });
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Whether SIGHUP is ignored. A program cannot ask safely, but a child inherits this, and otherwise the signal ends the
/// child.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    use std::process::{Command, Stdio};

    let mut child = Command::new("/bin/sh");
    child
        .args(["-c", "kill -HUP $$"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Without a shell there was no `nohup`.
    child.status().is_ok_and(|status| status.success())
}

/// Ctrl-C.
#[cfg(windows)]
#[derive(Debug)]
pub struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Handles it from now on; must be called inside a runtime.
    pub fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits for it, and returns the number of SIGINT.
    pub async fn recv(&mut self) -> i32 {
        self.0.recv().await;
        2
    }
}
