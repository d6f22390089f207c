//! The state of the terminal at the start, to be put back when the program ends while a line is being typed.

#[cfg(unix)]
use std::fs::OpenOptions;
#[cfg(unix)]
use std::io::Write;
#[cfg(unix)]
use std::sync::{Arc, Mutex};

#[cfg(unix)]
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// Turns bracketed paste off, which the line editor turns on while a line is typed, and leaves that line.
#[cfg(unix)]
const LEAVE_LINE: &[u8] = b"\x1b[?2004l\r\n";

/// Turns it on.
#[cfg(unix)]
const RESUME_LINE: &[u8] = b"\x1b[?2004h";

/// The settings of the terminal as they were. Clones share them; any thread can put them back.
#[derive(Clone, Debug)]
pub struct Screen {
    #[cfg(unix)]
    saved: Option<Arc<Mutex<Termios>>>,
    /// The settings while a line is typed.
    #[cfg(unix)]
    typing: Arc<Mutex<Option<Termios>>>,
}

impl Screen {
    /// Reads the settings of the terminal on standard input, if it is one.
    pub(crate) fn save() -> Self {
        Self {
            #[cfg(unix)]
            saved: tcgetattr(std::io::stdin())
                .ok()
                .map(|termios| Arc::new(Mutex::new(termios))),
            #[cfg(unix)]
            typing: Arc::default(),
        }
    }

    /// Puts the settings back after another program has had the terminal.
    pub(crate) fn reset(&self) {
        #[cfg(unix)]
        if let Some(saved) = &self.saved
            && let Ok(saved) = saved.lock()
        {
            // If it fails, the terminal is gone, and reading from it will say so.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &saved);
        }
    }

    /// Keeps the settings while a line is typed.
    pub(crate) fn note_typing(&self) {
        #[cfg(unix)]
        if let Ok(mut typing) = self.typing.lock()
            && typing.is_none()
        {
            *typing = tcgetattr(std::io::stdin()).ok();
        }
    }

    /// No line is typed any more.
    pub(crate) fn end_typing(&self) {
        #[cfg(unix)]
        if let Ok(mut typing) = self.typing.lock() {
            *typing = None;
        }
    }

    /// Puts the settings of a line that is being typed back, after another program has had the terminal. False if there is none.
    pub(crate) fn resume(&self) -> bool {
        #[cfg(unix)]
        if let Ok(typing) = self.typing.lock()
            && let Some(typing) = &*typing
        {
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, typing);
            write(RESUME_LINE);
            return true;
        }
        false
    }

    /// Puts the settings back and leaves the line, if one is being typed.
    pub(crate) fn suspend(&self) {
        #[cfg(unix)]
        if self.typing.lock().is_ok_and(|typing| typing.is_some()) {
            self.restore();
        }
    }

    /// Whether another program has put the terminal in a mode of its own, in which it does not wait for whole lines.
    pub(crate) fn is_taken(&self) -> bool {
        #[cfg(unix)]
        if self.saved.is_some() {
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
            write(LEAVE_LINE);
        }
    }
}

/// Not through standard output: the thread that was stopped in the middle may hold its lock. Nor for long: nothing may take it.
#[cfg(unix)]
fn write(text: &[u8]) {
    use std::os::unix::fs::OpenOptionsExt;
    let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
    let terminal = OpenOptions::new()
        .write(true)
        .custom_flags(nonblocking)
        .open("/dev/tty");
    if let Ok(mut terminal) = terminal {
        let _ = terminal.write_all(text);
    }
}
