//! The editor on a pseudo-terminal. Each test starts this very program again, as a small loop around the editor, and hands it
//! events over a socket while keys are typed.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use jobs_sandbox::repl::complete::Context;
use jobs_sandbox::repl::editor::{Editor, EditorOptions, Input, Printer, history_path};
use portable_pty::CommandBuilder;

use crate::pty::Pty;

/// Where the child gets its events from.
const EVENTS: &str = "JOBS_SANDBOX_TEST_EVENTS";

/// Runs the child's loop if this is the child, and does not come back then.
fn child() {
    let Ok(address) = std::env::var(EVENTS) else {
        return;
    };
    let color = std::env::var_os("NO_COLOR").is_none();
    let history = history_path(std::env::var_os("XDG_STATE_HOME").as_deref(), None);
    let mut stdout = std::io::stdout();
    // The test harness has written its own lines.
    stdout.write_all(b"\x1b[2J\x1b[H").expect("a terminal");
    stdout.flush().expect("a terminal");
    let mut editor = Editor::open(EditorOptions {
        name: "thing-1".to_owned(),
        history,
        color,
        ..EditorOptions::default()
    })
    .expect("an editor");
    let events = TcpStream::connect(address).expect("the test");
    let (signals, received) = channel();
    let printer = editor.printer();
    std::thread::spawn(move || {
        for line in BufReader::new(events).lines() {
            let line = line.expect("the test");
            match line.as_str() {
                "!on" => printer.set_connected(true),
                "!off" => printer.set_connected(false),
                "!jobs" => printer.set_jobs(jobs()),
                "!go" => signals.send(()).expect("the loop"),
                "!restore" => unreachable!("no such order"),
                event => printer.print(event.replace('|', "\n")),
            }
        }
    });
    while reply(&editor.read(), &editor, &received) {}
    drop(editor);
    std::process::exit(0);
}

fn jobs() -> Context {
    Context {
        pending_jobs: vec!["Job1".into(), "Job2".into()],
        known_jobs: vec!["Job1".into(), "Job30".into()],
    }
}

/// Answers one input; says whether to go on.
fn reply(input: &Input, editor: &Editor, signals: &Receiver<()>) -> bool {
    match input {
        Input::Line { text, .. } if text == "quit" => return false,
        Input::Line { text, .. } if text == "slow" => {
            editor.print_reply("begun");
            signals.recv().expect("the test");
            editor.print_reply("answered");
        }
        Input::Line { number, text } => editor.print_reply(&format!("<{number}: {text:?}>")),
        Input::Interrupted => editor.print_reply("<interrupted>"),
        Input::End => {
            editor.print_reply("<end>");
            return false;
        }
        Input::Failed(error) => editor.print_reply(&format!("<{error}>")),
    }
    true
}

/// The child on its terminal, and the way to give it events.
struct Session {
    pty: Pty,
    events: TcpStream,
    state_home: PathBuf,
}

impl Session {
    /// Starts the child of the test function `test`, in this file.
    fn start(test: &str, rows: u16, cols: u16, environment: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state_home = std::env::temp_dir().join(format!("jobs-sandbox-{test}-{address}"));
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this program"));
        let filter = format!("editor::{test}");
        command.args([filter.as_str(), "--exact", "--nocapture"]);
        command.env(EVENTS, address.to_string());
        command.env("XDG_STATE_HOME", &state_home);
        command.env_remove("NO_COLOR");
        for (name, value) in environment {
            command.env(name, value);
        }
        let pty = Pty::spawn(command, rows, cols);
        let (events, _) = listener.accept().expect("the child");
        pty.wait_for("thing-1>");
        Self {
            pty,
            events,
            state_home,
        }
    }

    fn event(&mut self, text: &str) {
        let line = format!("{text}\n");
        self.events.write_all(line.as_bytes()).expect("the child");
    }

    /// Types, and waits until the screen ends with `shown`.
    fn send(&mut self, keys: &str, shown: &str) {
        self.pty.send(keys);
        self.pty.wait_until(shown, |screen| screen.ends_with(shown));
    }

    fn quit(mut self) {
        self.pty.send("\x15quit\r");
        assert!(self.pty.wait_for_exit().success());
        assert!(self.pty.is_cooked());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // There is none if the child had no history.
        let _ = std::fs::remove_dir_all(&self.state_home);
    }
}

/// Types `keys` and checks the screen before an event, after one, and after two at once of which one has two rows.
fn events_print_above(test: &str, cols: u16, keys: &str, last: &str, typed: &[&str], line: &str) {
    let mut session = Session::start(test, 16, cols, &[]);
    session.send(keys, last);
    let check = |session: &Session, events: &[&str]| {
        let expected = [events, typed].concat().join("\n");
        session
            .pty
            .wait_until(&expected, |screen| screen == expected);
    };
    check(&session, &[]);
    let cursor = session.pty.cursor();
    session.event("event 1");
    check(&session, &["event 1"]);
    session.event("event 2|below");
    check(&session, &["event 1", "event 2", "below"]);
    assert_eq!(session.pty.cursor(), (cursor.0 + 3, cursor.1));
    session.send("\x05\r", &format!("<1: {line:?}>\n○ thing-1>"));
    session.quit();
}

#[test]
fn events_print_above_a_typed_line() {
    child();
    events_print_above(
        "events_print_above_a_typed_line",
        60,
        "xyz abc\x1b[D\x1b[D",
        "xyz abc",
        &["○ thing-1> xyz abc"],
        "xyz abc",
    );
}

#[test]
fn events_print_above_a_wrapped_line() {
    child();
    events_print_above(
        "events_print_above_a_wrapped_line",
        20,
        "xyz 6789012345678901234567890\x01",
        "1234567890",
        &["○ thing-1> xyz 67890", "12345678901234567890"],
        "xyz 6789012345678901234567890",
    );
}

#[test]
fn events_print_above_a_line_of_several_rows() {
    child();
    events_print_above(
        "events_print_above_a_line_of_several_rows",
        60,
        "create-job J {\r\"a\": 1,",
        "\"a\": 1,",
        &["○ thing-1> create-job J {", "\"a\": 1,"],
        "create-job J {\n\"a\": 1,",
    );
}
