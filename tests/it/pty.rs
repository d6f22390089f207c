//! A program on a pseudo-terminal: keys go in, and what a user would see comes out.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{
    ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};

/// How long anything may take before the test fails.
const GUARD: Duration = Duration::from_secs(30);

/// How many rows are kept after they have left the screen.
const SCROLLBACK_ROWS: usize = 10_000;

/// A running program and its screen. Dropping it ends the program.
pub(crate) struct Pty {
    #[cfg_attr(not(unix), expect(dead_code, reason = "held open"))]
    master: Box<dyn MasterPty + Send>,
    // Open until the end: the settings of the terminal outlive the program.
    _slave: Box<dyn SlavePty + Send>,
    writer: Box<dyn Write + Send>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    #[cfg_attr(not(unix), expect(dead_code, reason = "for signals"))]
    pid: Option<u32>,
    ended: Receiver<ExitStatus>,
    shown: Arc<Shown>,
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Pty {
    /// Starts `command` on a terminal of this size, in characters. `TERM` is that of `command`, or a usual one.
    pub(crate) fn spawn(mut command: CommandBuilder, rows: u16, cols: u16) -> Self {
        let inherited = std::env::var_os("TERM");
        if command.get_env("TERM") == inherited.as_deref() {
            command.env("TERM", "xterm-256color");
        }
        // Otherwise it would begin in the home of its environment, which there need not be.
        if command.get_cwd().is_none() {
            command.cwd(".");
        }
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut child = pair.slave.spawn_command(command).expect("a program");
        let killer = child.clone_killer();
        let pid = child.process_id();
        let (end, ended) = channel();
        std::thread::spawn(move || {
            // The receiver may be gone.
            let _ = end.send(child.wait().expect("a process"));
        });
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let at_least_one = |n| NonZeroU16::new(n).expect("a size");
        let parser = vt100::Parser::new(at_least_one(rows), at_least_one(cols), SCROLLBACK_ROWS);
        let shown = Arc::new(Shown {
            state: Mutex::new(State {
                parser,
                bytes: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        let to = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = reader.read(&mut buffer) {
                let mut state = to.state.lock().expect("the screen");
                state.parser.process(&buffer[..len]);
                state.bytes.extend_from_slice(&buffer[..len]);
                to.changed.notify_all();
            }
        });
        Self {
            master: pair.master,
            _slave: pair.slave,
            writer,
            killer,
            pid,
            ended,
            shown,
        }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("a terminal");
        self.writer.flush().expect("a terminal");
    }

    /// Changes the size of the terminal, in characters, and notifies the program.
    pub(crate) fn resize(&self, rows: u16, cols: u16) {
        let at_least_one = |n| NonZeroU16::new(n).expect("a size");
        // Both before the program can draw: it waits for the lock.
        let mut state = self.state();
        state
            .parser
            .set_size(at_least_one(rows), at_least_one(cols));
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.resize(size).expect("a terminal");
    }

    /// Sends a signal, by its name, to the program.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid.expect("a process").to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status();
        assert!(sent.expect("a shell command").success());
    }

    /// Waits until the screen shows `text`, in one row or wrapped.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the screen, as [`Pty::screen`] returns it or with wrapped rows joined, satisfies `what`.
    pub(crate) fn wait_until(&self, what: &str, is: impl Fn(&str) -> bool) {
        self.wait(what, |state| {
            is(&rows(state)) || is(&trimmed(state.parser.screen().contents().lines()))
        });
    }

    /// Waits until the program has written `text`, whether or not it is still shown.
    pub(crate) fn wait_for_output(&self, text: &str) {
        self.wait(text, |state| {
            String::from_utf8_lossy(&state.bytes).contains(text)
        });
    }

    fn wait(&self, what: &str, is: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + GUARD;
        let mut state = self.state();
        while !is(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited for {what:?}, the screen is:\n{}",
                rows(&state)
            );
            state = self
                .shown
                .changed
                .wait_timeout(state, left)
                .expect("the screen")
                .0;
        }
    }

    /// The rows of the screen without trailing blanks and blank rows.
    pub(crate) fn screen(&self) -> String {
        rows(&self.state())
    }

    /// Reads the screen.
    #[cfg(unix)]
    pub(crate) fn with_screen<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        read(self.state().parser.screen())
    }

    /// Where the cursor is: row and column from 0.
    pub(crate) fn cursor(&self) -> (u16, u16) {
        self.state().parser.screen().cursor_position()
    }

    /// Waits until the cursor is in this row and column, from 0.
    pub(crate) fn wait_for_cursor(&self, row: u16, col: u16) {
        self.wait(&format!("the cursor at {row}, {col}"), |state| {
            state.parser.screen().cursor_position() == (row, col)
        });
    }

    /// The color of the character in a row and column.
    pub(crate) fn color(&self, row: u16, col: u16) -> vt100::Color {
        let state = self.state();
        let cell = state.parser.screen().cell(row, col);
        cell.map_or(vt100::Color::Default, vt100::Cell::fgcolor)
    }

    /// Everything that was written so far.
    pub(crate) fn output(&self) -> String {
        String::from_utf8_lossy(&self.state().bytes).into_owned()
    }

    /// Has the terminal wait for whole lines and echo, as a shell does.
    #[cfg(unix)]
    pub(crate) fn make_cooked(&self) {
        let path = self.master.tty_name().expect("a terminal");
        let terminal = std::fs::File::open(path).expect("a terminal");
        let set = std::process::Command::new("stty")
            .args(["icanon", "echo"])
            .stdin(terminal)
            .status();
        assert!(set.expect("a program").success());
    }

    /// Whether the terminal waits for whole lines and echoes, as it did before the program started.
    #[cfg(unix)]
    pub(crate) fn is_cooked(&self) -> bool {
        let settings = self.master.get_termios().expect("a terminal");
        let flags = format!("{:?}", settings.local_flags);
        flags.contains("ICANON") && flags.contains("ECHO ")
    }

    /// Windows keeps a console's settings for each program.
    #[cfg(not(unix))]
    pub(crate) fn is_cooked(&self) -> bool {
        true
    }

    /// Waits until the program has ended.
    pub(crate) fn wait_for_exit(&self) -> ExitStatus {
        let ended = self.ended.recv_timeout(GUARD);
        let ended = ended
            .unwrap_or_else(|_| panic!("the program goes on, the screen is:\n{}", self.screen()));
        #[cfg(unix)]
        self.wait_for_the_rest();
        ended
    }

    /// Waits until the screen shows all that the program has written: what is written behind it has come. It sets a title, which
    /// the screen does not show.
    #[cfg(unix)]
    fn wait_for_the_rest(&self) {
        const TITLE: &str = "\x1b]2;the end\x07";
        let path = self.master.tty_name().expect("a terminal");
        let terminal = std::fs::OpenOptions::new().write(true).open(path);
        let mut terminal = terminal.expect("a terminal");
        terminal.write_all(TITLE.as_bytes()).expect("a terminal");
        self.wait_for_output(TITLE);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shown.state.lock().expect("the screen")
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.killer.kill();
    }
}

fn rows(state: &State) -> String {
    let screen = state.parser.screen();
    let (_, cols) = screen.size();
    let rows: Vec<String> = screen.rows(0, cols.get()).collect();
    trimmed(rows.iter().map(String::as_str))
}

fn trimmed<'a>(rows: impl Iterator<Item = &'a str>) -> String {
    let rows: Vec<&str> = rows.map(str::trim_end).collect();
    rows.join("\n").trim_end().to_owned()
}
