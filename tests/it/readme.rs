//! The page `walkthrough` is true: what it types is typed into the built binary, in a pipe and on a pseudo-terminal, and what comes
//! back is compared with what the page shows. `UPDATE_GOLDEN=1` writes the page anew. The README names the gate.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::CommandBuilder;
#[cfg(unix)]
use serde_json::Value;

use crate::pty::Pty;

const PROMPT: &str = "● sandbox-thing local> ";

/// How long anything may take before the test fails.
const GUARD: Duration = Duration::from_secs(30);

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn readme() -> String {
    std::fs::read_to_string(file("README.md")).expect("the README")
}

fn page_path() -> PathBuf {
    file("src/client/repl/pages/walkthrough.md")
}

fn page() -> String {
    std::fs::read_to_string(page_path()).expect("the page")
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// What is typed, and the lines that it brings.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    typed: String,
    shown: Vec<String>,
}

impl Step {
    /// The step as documented: without remarks and margins, and with everything replaced that differs between runs.
    fn in_a_pipe(&self) -> Self {
        let sent = self.shown.iter().filter(|line| !is_remark(line));
        Self {
            typed: self.typed.clone(),
            shown: sent.map(|line| normal(line.trim_start())).collect(),
        }
    }
}

fn is_remark(line: &str) -> bool {
    line.starts_with("# ")
}

/// All steps of the walkthrough, as they are in a pipe.
fn steps() -> Vec<Step> {
    walkthrough(&page()).iter().map(Step::in_a_pipe).collect()
}

/// All steps of the walkthrough, from the `console` blocks of the page.
fn walkthrough(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            match line.strip_prefix(PROMPT) {
                Some(typed) => steps.push(Step {
                    typed: typed.to_owned(),
                    shown: Vec::new(),
                }),
                None => steps
                    .last_mut()
                    .expect("a prompt first")
                    .shown
                    .push(line.to_owned()),
            }
        }
    }
    steps
}

/// A line with everything that differs from run to run replaced: time stamps by `T`, client tokens by `C`.
pub(crate) fn normal(line: &str) -> String {
    replaced(line, |_| "T".to_owned())
}

/// A line with client tokens replaced by `C`, and time stamps by `time`.
fn replaced(line: &str, mut time: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("\":") {
        let name_start = rest[..at].rfind('"').map_or(0, |quote| quote + 1);
        let name = &rest[name_start..at];
        let value = &rest[at + 2..];
        let (sign, end) = match name {
            "timestamp" | "queuedAt" | "startedAt" | "lastUpdatedAt" => {
                let end = value
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(value.len());
                (time(&value[..end]), end)
            }
            "clientToken" => (
                "C".to_owned(),
                value[1..].find('"').map_or(value.len(), |quote| quote + 2),
            ),
            _ => (String::new(), 0),
        };
        out.push_str(&rest[..at + 2]);
        out.push_str(&sign);
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

/// A program that is being typed to through a pipe. Dropping it ends the program.
pub(crate) struct Piped {
    child: std::process::Child,
    stdin: Option<std::process::ChildStdin>,
    lines: Receiver<String>,
}

impl Piped {
    pub(crate) fn spawn(arguments: &[&str]) -> Self {
        Self::start(Command::new(env!("CARGO_BIN_EXE_jobs-sandbox")).args(arguments))
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// The process.
    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("an open input");
        writeln!(stdin, "{line}").expect("the program reads");
    }

    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(GUARD).expect("a line in time")
    }

    /// Ends the input, and returns what else is said and the exit status.
    pub(crate) fn end(mut self) -> (Vec<String>, Option<i32>) {
        drop(self.stdin.take());
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(GUARD) {
            rest.push(line);
        }
        let status = self.child.wait().expect("the program ends");
        (rest, status.code())
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_walkthrough_is_true_in_a_pipe() {
    let steps = steps();
    assert!(steps.len() > 10, "{steps:?}");
    // Two commands of the walkthrough are refused, which is what it shows.
    let mut sandbox = Piped::spawn(&["--keep-going"]);
    for step in &steps {
        sandbox.type_line(&step.typed);
        for expected in &step.shown {
            assert_eq!(normal(&sandbox.line()), *expected, "after {}", step.typed);
        }
    }
    let (rest, code) = sandbox.end();
    assert_eq!((rest, code), (Vec::new(), Some(1)));
}

#[test]
fn a_script_that_comes_at_once_prints_the_same() {
    let steps = steps();
    let mut sandbox = Piped::spawn(&["--keep-going"]);
    let lines: Vec<&str> = steps.iter().map(|step| step.typed.as_str()).collect();
    sandbox.type_line(&lines.join("\n"));
    let (shown, code) = sandbox.end();
    let shown: Vec<String> = shown.iter().map(|line| normal(line)).collect();
    let expected: Vec<String> = steps.into_iter().flat_map(|step| step.shown).collect();
    assert_eq!((shown, code), (expected, Some(1)));
}

#[test]
fn the_events_of_the_last_command_are_shown() {
    let mut sandbox = Piped::spawn(&[]);
    sandbox.type_line("create-job Job1 {}");
    let (shown, code) = sandbox.end();
    let events = shown.iter().filter(|line| line.starts_with("Received"));
    assert_eq!((events.count(), code), (2, Some(0)), "{shown:?}");
}

/// A disk that is full, as Linux offers one for tests.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(["-c", "get-pending-job-executions"])
        .stdin(Stdio::null())
        .stdout(full.expect("a device"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    assert_eq!(child.wait().expect("the program ends").code(), Some(3));
}

#[test]
fn the_walkthrough_is_true_on_a_terminal() {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.env_remove("HOME");
    command.env_remove("XDG_STATE_HOME");
    command.env_remove("NO_COLOR");
    // Wide, so that no line wraps, and high, so that none is scrolled away.
    let mut sandbox = Pty::spawn(command, 200, 600);
    sandbox.wait_until("the prompt", |screen| screen.ends_with(PROMPT.trim_end()));
    let mut transcript = Vec::new();
    for step in steps() {
        sandbox.send(&format!("{}\r", step.typed));
        transcript.push(format!("{PROMPT}{}", step.typed));
        transcript.extend(step.shown);
        // Text that is typed before the prompt is back appears twice, as on any terminal.
        let is_last = step.typed == "quit";
        let prompt = if is_last { "" } else { PROMPT.trim_end() };
        let expected = transcript.join("\n");
        sandbox.wait_until(&expected, |screen| {
            let sent = screen.lines().filter(|line| !is_remark(line));
            let screen: Vec<String> = sent.map(|line| normal(line.trim_start())).collect();
            let screen = screen.join("\n");
            screen.contains(&expected) && screen.ends_with(prompt)
        });
    }
    assert!(sandbox.wait_for_exit().success());
    assert!(sandbox.is_cooked());
}

/// The prompt of a session that does not know that its service is a local one.
#[cfg(unix)]
const RECORDED_PROMPT: &str = "● sandbox-thing> ";

/// How long the person in the recorded session takes for a command.
#[cfg(unix)]
const PACE: Duration = Duration::from_secs(8);

/// How many events each of the commands causes.
#[cfg(unix)]
fn events_of(commands: &[String]) -> Vec<usize> {
    let mut sandbox = Piped::spawn(&["--keep-going", "--output=jsonl"]);
    sandbox.type_line(&commands.join("\n"));
    let (shown, _) = sandbox.end();
    let mut events = vec![0; commands.len()];
    let mut last = 0;
    for line in shown {
        let line: Value = serde_json::from_str(&line).expect(&line);
        match line["line"].as_u64() {
            Some(number) => last = usize::try_from(number).expect("a line") - 1,
            None => events[last] += 1,
        }
    }
    events
}

/// Types commands on a terminal, and returns what each shows. The clock of the service moves only in between, so that ages
/// and intervals are the same in every run.
#[cfg(unix)]
fn record(commands: &[String]) -> Vec<Step> {
    use crate::test_service::TestService;

    let service = TestService::with_manual_clock("readme");
    let mut command = service.pty_command("sandbox-thing");
    command.arg("--color=never");
    // Wide, so that no line wraps, and high, so that none is scrolled away.
    let mut sandbox = Pty::spawn(command, 200, 600);
    let prompt = RECORDED_PROMPT.trim_end();
    let mut events = 0;
    let steps = commands.iter().zip(events_of(commands));
    for (before, (typed, caused)) in steps.enumerate() {
        sandbox.wait_until("the prompt below all events", |screen| {
            let count = |start| {
                screen
                    .lines()
                    .filter(|line| line.starts_with(start))
                    .count()
            };
            (count(prompt), count("Received ")) == (before + 1, events) && screen.ends_with(prompt)
        });
        events += caused;
        service.local.advance_clock(PACE);
        sandbox.send(&format!("{typed}\r"));
    }
    assert!(sandbox.wait_for_exit().success());
    let mut steps: Vec<Step> = Vec::new();
    for line in sandbox.screen().lines() {
        match (line.strip_prefix(RECORDED_PROMPT), steps.last_mut()) {
            (Some(typed), _) => steps.push(Step {
                typed: typed.to_owned(),
                shown: Vec::new(),
            }),
            (None, Some(step)) => step.shown.push(line.to_owned()),
            // The messages of the start.
            (None, None) => {}
        }
    }
    steps
}

/// A session with everything replaced that differs from run to run: tokens by `C`, times by what has passed since the first
/// one, and in remarks by `D`.
#[cfg(unix)]
fn comparable(steps: &[Step]) -> Vec<String> {
    let mut first = None;
    let mut lines = Vec::new();
    for step in steps {
        lines.push(format!("> {}", step.typed));
        for line in &step.shown {
            lines.push(if is_remark(line) {
                without_times(line)
            } else {
                replaced(line, |time| {
                    let time: u64 = time.parse().unwrap_or_default();
                    format!("+{}", time.saturating_sub(*first.get_or_insert(time)))
                })
            });
        }
    }
    lines
}

/// A remark with every date and time replaced by `D`. Whether the date is repeated depends on the hour of the day.
#[cfg(unix)]
fn without_times(line: &str) -> String {
    let is_date = |word: &str| word.len() == 10 && word.matches('-').count() == 2;
    let is_time = |word: &str| word.len() == 8 && word.matches(':').count() == 2;
    let words = line.split(' ').filter(|word| !is_date(word));
    let words: Vec<&str> = words
        .map(|word| if is_time(word) { "D" } else { word })
        .collect();
    words.join(" ").replace("D UTC", "D")
}

#[cfg(unix)]
#[test]
fn the_walkthrough_is_a_recorded_session() {
    let page = page();
    let old = walkthrough(&page);
    let commands: Vec<String> = old.iter().map(|step| step.typed.clone()).collect();
    let new = record(&commands);
    if is_update() && comparable(&new) != comparable(&old) {
        std::fs::write(page_path(), with_session(&page, &new)).expect("is written");
        return;
    }
    assert_eq!(comparable(&old), comparable(&new));
}

/// The page with another session in its `console` blocks; what stands around them stays.
#[cfg(unix)]
fn with_session(page: &str, session: &[Step]) -> String {
    let mut steps = session.iter();
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if line.starts_with(PROMPT) {
                let step = steps.next().expect("a step");
                lines.push(format!("{PROMPT}{}", step.typed));
                lines.extend_from_slice(&step.shown);
            }
            continue;
        }
        lines.push(line.to_owned());
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_first_session_of_the_readme_works() {
    let readme = readme();
    let session = readme.split("\n```\n").find(|it| it.starts_with("# As"));
    let session = session.expect("a session");
    assert!(session.lines().count() <= 12, "{session}");
    let mut sandbox = Piped::spawn(&[]);
    sandbox.type_line(session);
    let (shown, code) = sandbox.end();
    assert_eq!(code, Some(0), "{shown:?}");
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    for word in ["BUILDTIME", "LIMITATIONS", "TODO", "TBD"] {
        assert!(!readme().contains(word), "{word}");
    }
}

#[test]
fn the_gate_is_the_command_of_the_readme() {
    let line = "cargo fmt --check && cargo clippy --release --locked --all-targets -- -D warnings && cargo test --release --locked";
    assert!(readme().lines().any(|other| other == line));
}
