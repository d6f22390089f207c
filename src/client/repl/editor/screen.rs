//! The initial state of the terminal, restored when the program ends while a line is being typed.

#[cfg(unix)]
use std::fs::OpenOptions;
#[cfg(unix)]
use std::io::Write;
#[cfg(unix)]
use std::sync::{Arc, Mutex};

#[cfg(unix)]
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// Turns off bracketed paste, which the line editor turns on while a line is typed, and leaves that line.
#[cfg(unix)]
const LEAVE_LINE: &[u8] = b"\x1b[?2004l\r\n";

/// Turns bracketed paste on.
#[cfg(unix)]
const RESUME_LINE: &[u8] = b"\x1b[?2004h";

/// The initial settings of the terminal. Clones share them, and any thread can restore them.
#[derive(Clone, Debug)]
pub struct Screen {
    #[cfg(unix)]
    saved: Option<Arc<Mutex<Termios>>>,
    /// The settings while a line is typed.
    #[cfg(unix)]
    typing: Arc<Mutex<Option<Termios>>>,
}

impl Screen {
    /// Reads the settings of the terminal on standard input, if it is a terminal.
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

    /// Restores the settings after another program has used the terminal.
    pub(crate) fn reset(&self) {
        #[cfg(unix)]
        if let Some(saved) = &self.saved
            && let Ok(saved) = saved.lock()
        {
            // If this fails, the terminal is gone, and reading from it will fail.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &saved);
        }
    }

    /// Stores the settings while a line is typed.
    pub(crate) fn note_typing(&self) {
        #[cfg(unix)]
        if let Ok(mut typing) = self.typing.lock()
            && typing.is_none()
        {
            *typing = tcgetattr(std::io::stdin()).ok();
        }
    }

    /// The line is no longer being typed.
    pub(crate) fn end_typing(&self) {
        #[cfg(unix)]
        if let Ok(mut typing) = self.typing.lock() {
            *typing = None;
        }
    }

    /// Restores the settings of the typed line, after another program has used the terminal. Returns false if no line is
    /// being typed.
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

    /// Restores the initial settings and leaves the typed line, if there is one.
    pub(crate) fn suspend(&self) {
        #[cfg(unix)]
        if self.typing.lock().is_ok_and(|typing| typing.is_some()) {
            self.restore();
        }
    }

    /// Whether another program has put the terminal in a mode that does not wait for whole lines.
    pub(crate) fn is_taken(&self) -> bool {
        #[cfg(unix)]
        if self.saved.is_some() {
            let now = tcgetattr(std::io::stdin());
            return now.is_ok_and(|now| !now.local_flags.contains(LocalFlags::ICANON));
        }
        false
    }

    /// Restores the initial settings and leaves the typed line. Does nothing without a terminal.
    pub fn restore(&self) {
        self.reset();
        #[cfg(unix)]
        if self.saved.is_some() {
            write(LEAVE_LINE);
        }
    }
}

/// Does not use standard output, whose lock the interrupted thread may hold. Must not block, even if the terminal is not
/// read.
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
