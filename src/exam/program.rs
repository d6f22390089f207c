//! The program that is examined, as a process with all its children.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::exam::leftovers;
use crate::text;

/// How much of an output is written to the log; the rest is read and forgotten.
const LOGGED_BYTES: usize = 4 << 20;

/// How long a line of the output is remembered at most, in bytes.
const LINE_BYTES: usize = 500;

/// How long what a program printed before its end may take to be read.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The pause between two looks at a process that is to end.
const PAUSE: Duration = Duration::from_millis(20);

/// How a program is started in one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(String, OsString)>,
    /// A variable and its value that no other program has, by which children are recognised.
    pub(crate) mark: String,
}

/// A program that runs, or has ended.
pub(crate) struct Program {
    child: Child,
    mark: String,
    /// The last line of what it printed.
    last_line: Arc<Mutex<String>>,
    /// Disconnected once all that it printed has been read.
    readers: Receiver<()>,
    ended: Option<ExitStatus>,
}

impl Program {
    /// Starts it. What it prints goes to `log`.
    pub(crate) fn start(launch: &Launch, log: Option<&File>) -> io::Result<Self> {
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.arguments)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C in the terminal is for the exam, which ends its programs itself.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let last_line = Arc::new(Mutex::new(String::new()));
        let stdout = child
            .stdout
            .take()
            .map(|it| Box::new(it) as Box<dyn Read + Send>);
        let stderr = child
            .stderr
            .take()
            .map(|it| Box::new(it) as Box<dyn Read + Send>);
        let (reader, readers) = mpsc::channel();
        for output in [stdout, stderr].into_iter().flatten() {
            let log = log.and_then(|log| log.try_clone().ok());
            let last_line = Arc::clone(&last_line);
            let reader = reader.clone();
            // It ends with the last process that holds the output, which is not waited for.
            thread::spawn(move || {
                drain(output, log, &last_line);
                drop(reader);
            });
        }
        Ok(Self {
            child,
            mark: launch.mark.clone(),
            last_line,
            readers,
            ended: None,
        })
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
            if self.ended.is_some() {
                // Its last line may not have been read yet. A child may hold the output for longer.
                let _ = self.readers.recv_timeout(LAST_WORDS);
            }
        }
        let status = self.ended?;
        Some(self.last_line().map_or_else(
            || status.to_string(),
            |line| format!("{status}; its last line: {line}"),
        ))
    }

    /// The last line that it printed, if there is one.
    pub(crate) fn last_line(&self) -> Option<String> {
        let line = self
            .last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let line = text::shorten(text::sanitize(&line).trim(), 200);
        (!line.is_empty()).then_some(line)
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&mut self) {
        #[cfg(unix)]
        if self.ended().is_none() {
            let _ = nix::sys::signal::kill(self.pid(), nix::sys::signal::Signal::SIGTERM);
        }
        #[cfg(not(unix))]
        let _ = self.child.kill();
    }

    /// As if the device lost its power: the program and everything that it started ends at once.
    pub(crate) fn kill(&mut self) {
        #[cfg(unix)]
        if self.ended().is_none() {
            let _ = nix::sys::signal::killpg(self.pid(), nix::sys::signal::Signal::SIGKILL);
        }
        let _ = self.child.kill();
        self.ended = self.child.wait().ok();
        leftovers::end(&self.mark);
    }

    /// Waits for its end.
    pub(crate) fn ends_within(&mut self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        while self.ended().is_none() {
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(PAUSE);
        }
        true
    }

    /// How many processes of it are left after its end. A child may take a moment to follow it.
    pub(crate) fn leaves_behind(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        loop {
            let count = leftovers::find(&self.mark).len();
            if count == 0 || Instant::now() >= deadline {
                return count;
            }
            thread::sleep(PAUSE);
        }
    }

    #[cfg(unix)]
    fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads an output to its end.
fn drain(mut output: impl Read, mut log: Option<File>, last_line: &Mutex<String>) {
    let mut bytes = vec![0; 16 << 10];
    let mut logged = 0;
    let mut line = Vec::new();
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        let bytes = &bytes[..count];
        if logged < LOGGED_BYTES {
            logged += count;
            // What cannot be written is not needed for the marks.
            let _ = log.as_mut().map(|log| log.write_all(bytes));
        }
        for byte in bytes {
            if *byte == b'\n' {
                let text = String::from_utf8_lossy(&line).into_owned();
                if !text.trim().is_empty() {
                    *last_line.lock().unwrap_or_else(PoisonError::into_inner) = text;
                }
                line.clear();
            } else if line.len() < LINE_BYTES {
                line.push(*byte);
            }
        }
    }
}
