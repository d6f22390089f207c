//! The state of the terminal at the start, to be put back when the program ends while a line is being typed.

#[cfg(unix)]
use std::fs::OpenOptions;
#[cfg(unix)]
use std::io::Write;
#[cfg(unix)]
use std::sync::{Arc, Mutex};

/// Turns bracketed paste off, which the line editor turns on while a line is typed, and leaves that line.
#[cfg(unix)]
const LEAVE_LINE: &[u8] = b"\x1b[?2004l\r\n";

/// The settings of the terminal as they were. Clones share them; any thread can put them back.
#[derive(Clone, Debug)]
pub struct Screen {
    #[cfg(unix)]
    saved: Option<Arc<Mutex<nix::sys::termios::Termios>>>,
}

impl Screen {
    /// Reads the settings of the terminal on standard input, if it is one.
    pub(crate) fn save() -> Self {
        Self {
            #[cfg(unix)]
            saved: nix::sys::termios::tcgetattr(std::io::stdin())
                .ok()
                .map(|termios| Arc::new(Mutex::new(termios))),
        }
    }

    /// Puts the settings back after another program has had the terminal.
    pub(crate) fn reset(&self) {
        #[cfg(unix)]
        if let Some(saved) = &self.saved
            && let Ok(saved) = saved.lock()
        {
            use nix::sys::termios::{SetArg, tcsetattr};
            // If it fails, the terminal is gone, and reading from it will say so.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &saved);
        }
    }

    /// Whether another program has put the terminal in a mode of its own, in which it does not wait for whole lines.
    pub(crate) fn is_taken(&self) -> bool {
        #[cfg(unix)]
        if self.saved.is_some() {
            use nix::sys::termios::{LocalFlags, tcgetattr};
            let now = tcgetattr(std::io::stdin());
            return now.is_ok_and(|now| !now.local_flags.contains(LocalFlags::ICANON));
        }
        false
    }

    /// Puts the settings back and leaves the line that is being typed. Does nothing where there is no terminal.
    pub fn restore(&self) {
        self.reset();
        #[cfg(unix)]
        if self.saved.is_some() {
            // Not through standard output: the thread that was stopped in the middle may hold its lock.
            if let Ok(mut terminal) = OpenOptions::new().write(true).open("/dev/tty") {
                let _ = terminal.write_all(LEAVE_LINE);
            }
        }
    }
}
