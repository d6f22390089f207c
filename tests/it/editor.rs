//! The editor on a pseudo-terminal. Each test starts this very program again, as a small loop around the editor, and hands it
//! events over a socket while keys are typed.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use jobs_sandbox::repl::complete::Context;
use jobs_sandbox::repl::editor::{Editor, EditorOptions, Input, history_path};
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
    let (printer, screen) = (editor.printer(), editor.screen());
    std::thread::spawn(move || {
        for line in BufReader::new(events).lines() {
            let line = line.expect("the test");
            match line.as_str() {
                "!on" => printer.set_connected(true),
                "!off" => printer.set_connected(false),
                "!jobs" => printer.set_jobs(jobs()),
                "!go" => signals.send(()).expect("the loop"),
                "!restore" => {
                    screen.restore();
                    std::process::exit(7);
                }
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
        command.cwd(env!("CARGO_MANIFEST_DIR"));
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

/// A line in the making.
struct Typed<'a> {
    cols: u16,
    /// What is typed, and the rows that it makes.
    keys: &'a str,
    rows: &'a [&'a str],
    /// Keys that move the cursor, and where it is then.
    moves: &'a str,
    cursor: (u16, u16),
    /// What completes the line, and the line.
    rest: &'a str,
    line: &'a str,
}

/// Checks the screen and the cursor before an event, after one, and after one of two rows; then the line.
fn events_print_above(test: &str, typed: &Typed) {
    let mut session = Session::start(test, 16, typed.cols, &[]);
    session.send(typed.keys, &typed.rows.join("\n"));
    session.pty.send(typed.moves);
    let (row, col) = typed.cursor;
    let check = |session: &Session, events: &[&str]| {
        let expected = [events, typed.rows].concat().join("\n");
        session
            .pty
            .wait_until(&expected, |screen| screen == expected);
        let below = u16::try_from(events.len()).expect("few events");
        session.pty.wait_for_cursor(row + below, col);
    };
    check(&session, &[]);
    session.event("event 1");
    check(&session, &["event 1"]);
    session.event("event 2|below");
    check(&session, &["event 1", "event 2", "below"]);
    let answer = format!("<1: {:?}>\n○ thing-1>", typed.line);
    session.send(&format!("\x05{}\r", typed.rest), &answer);
    session.quit();
}

#[test]
fn events_print_above_a_typed_line() {
    child();
    let typed = Typed {
        cols: 60,
        keys: "xyz abc",
        rows: &["○ thing-1> xyz abc"],
        moves: "\x1b[D\x1b[D",
        cursor: (0, 16),
        rest: "",
        line: "xyz abc",
    };
    events_print_above("events_print_above_a_typed_line", &typed);
}

#[test]
fn events_print_above_a_wrapped_line() {
    child();
    let typed = Typed {
        cols: 20,
        keys: "xyz 678901234567890123456789",
        rows: &["○ thing-1> xyz 67890", "1234567890123456789"],
        moves: "\x01",
        cursor: (0, 11),
        rest: "",
        line: "xyz 678901234567890123456789",
    };
    events_print_above("events_print_above_a_wrapped_line", &typed);
}

#[test]
fn events_print_above_a_line_that_ends_in_the_last_column() {
    child();
    let typed = Typed {
        cols: 20,
        keys: "xyz 67890",
        rows: &["○ thing-1> xyz 67890"],
        moves: "",
        cursor: (1, 0),
        rest: "",
        line: "xyz 67890",
    };
    let test = "events_print_above_a_line_that_ends_in_the_last_column";
    events_print_above(test, &typed);
}

#[test]
fn events_print_above_a_line_of_several_rows() {
    child();
    let typed = Typed {
        cols: 60,
        keys: "create-job J {\r\"a\": 1",
        rows: &["○ thing-1> create-job J {", "\"a\": 1"],
        moves: "\x1b[D",
        cursor: (1, 5),
        rest: "}",
        line: "create-job J {\n\"a\": 1}",
    };
    events_print_above("events_print_above_a_line_of_several_rows", &typed);
}

#[test]
fn events_print_above_wide_characters() {
    child();
    let typed = Typed {
        cols: 20,
        keys: "作業 作業 abc",
        rows: &["○ thing-1> 作業 作業", " abc"],
        moves: "\x1b[D",
        cursor: (1, 3),
        rest: "",
        line: "作業 作業 abc",
    };
    events_print_above("events_print_above_wide_characters", &typed);
}

#[test]
fn events_print_above_a_hinted_line() {
    child();
    let mut session = Session::start("events_print_above_a_hinted_line", 16, 60, &[]);
    let line = "○ thing-1> create-job <jobId> <document>";
    session.send("create-job ", line);
    let (row, col) = session.pty.cursor();
    assert_eq!(session.pty.color(row, col), vt100::Color::Idx(8));
    session.event("event 1");
    session
        .pty
        .wait_until(line, |screen| screen == format!("event 1\n{line}"));
    // A hint is not part of the line, and is gone when the line is done.
    session.send(
        "J 1\x1b[C\r",
        "event 1\n○ thing-1> create-job J 1\n<1: \"create-job J 1\">\n○ thing-1>",
    );
    session.quit();
}

#[test]
fn no_event_is_lost_or_overtaken_while_typing() {
    child();
    let mut session = Session::start("no_event_is_lost_or_overtaken_while_typing", 16, 60, &[]);
    // Ten events for each line, sent while it is typed and answered.
    let (lines, events) = (100, 1000);
    for line in 1..=lines {
        for event in (line - 1) * 10 + 1..=line * 10 {
            session.event(&format!("event {event}."));
            session.pty.send("x");
        }
        session.pty.send("\r");
        let answer = format!("<{line}: \"xxxxxxxxxx\">");
        session.pty.wait_for_output(&answer);
    }
    session.pty.send("abc");
    session.pty.wait_for_output(&format!("event {events}."));
    let last = "thing-1> abc";
    session
        .pty
        .wait_until(last, |screen| screen.ends_with(last));
    let output = session.pty.output();
    let mut rest = output.as_str();
    for number in 1..=events {
        let event = format!("event {number}.");
        let Some((before, after)) = rest.split_once(&event) else {
            panic!("{event} is lost or out of order");
        };
        // Nothing is in front of it in its row but what clears the row.
        let row = before.rsplit('\n').next().unwrap_or_default();
        let row = row.rsplit("\x1b[K").next().unwrap_or_default();
        assert_eq!(row.trim_start_matches('\r'), "", "{event}");
        rest = after;
    }
    session.quit();
}

#[test]
fn events_wait_for_the_end_of_a_history_search() {
    child();
    let mut session = Session::start("events_wait_for_the_end_of_a_history_search", 16, 60, &[]);
    session.send("xyz\r", "<1: \"xyz\">\n○ thing-1>");
    session.send("\x12y", "(reverse-i-search)`y': xyz");
    for event in ["event 1", "event 2", "event 3", "!on", "event 4"] {
        session.event(event);
    }
    // The program goes on taking events, although none can be shown.
    session.send(
        "\x07abc",
        "event 1\nevent 2\nevent 3\nevent 4\n● thing-1> abc",
    );
    session.quit();
}

#[test]
fn an_answer_comes_before_the_events_that_wait() {
    child();
    let mut session = Session::start("an_answer_comes_before_the_events_that_wait", 16, 60, &[]);
    session.send("slow\r", "thing-1> slow\nbegun");
    // So many that the first would be shown long before the last has come.
    for event in 1..=2000 {
        session.event(&format!("event {event}."));
    }
    session.event("!go");
    let last = "event 1999.\nevent 2000.\n○ thing-1>";
    session
        .pty
        .wait_until(last, |screen| screen.ends_with(last));
    let output = session.pty.output();
    let (before, after) = output.split_once("answered").expect("an answer");
    assert!(!before.contains("event"), "{before}");
    assert!(after.starts_with("\r\n"));
    session.quit();
}

#[test]
fn what_is_typed_ahead_is_kept() {
    child();
    let mut session = Session::start("what_is_typed_ahead_is_kept", 16, 60, &[]);
    session.send("slow\rpending\rabc", "begun");
    session.event("!go");
    session.pty.wait_for("<2: \"pending\">\n○ thing-1> abc");
    session.quit();
}

#[test]
fn a_paste_is_one_document_or_several_commands() {
    child();
    let mut session = Session::start("a_paste_is_one_document_or_several_commands", 16, 60, &[]);
    session
        .pty
        .send("\x1b[200~create-job J {\n\t\"a\": 1\n}\npending\x1b[201~");
    session.pty.wait_for("pending");
    session.send(
        "\r",
        "<1: \"create-job J {\\n\\t\\\"a\\\": 1\\n}\">\n<2: \"pending\">\n○ thing-1>",
    );
    session.quit();
}

#[test]
fn tab_completes_also_on_a_wrapped_line() {
    child();
    let mut session = Session::start(
        "tab_completes_also_on_a_wrapped_line",
        16,
        30,
        &[("NO_COLOR", "1")],
    );
    session.event("!jobs");
    session.event("ready");
    session.pty.wait_for("ready");
    session.send("up\t", "○ thing-1> update-job-executio\nn");
    session.send("J\t", "n Job");
    session.send("\t", "Job1  Job2\n○ thing-1> update-job-executio\nn Job");
    session.event("event 1");
    session.send(
        "1 succ\t",
        "event 1\n○ thing-1> update-job-executio\nn Job1 succeeded",
    );
    session.quit();
}

#[test]
fn tab_completes_the_names_of_files() {
    child();
    let no_color = &[("NO_COLOR", "1")];
    let mut session = Session::start("tab_completes_the_names_of_files", 16, 80, no_color);
    session.send(
        "create-job J @Cargo.t\t",
        "○ thing-1> create-job J @Cargo.toml",
    );
    session.send(
        "\x15create-job J @pol\tdev\t",
        "○ thing-1> create-job J @policies/device.json",
    );
    session.quit();
}

#[test]
fn ctrl_c_clears_the_line_and_ctrl_d_ends() {
    child();
    let mut session = Session::start("ctrl_c_clears_the_line_and_ctrl_d_ends", 16, 60, &[]);
    session.send("xyz\x03", "○ thing-1> xyz\n<interrupted>\n○ thing-1>");
    session.send(
        "create-job J {\r\x03",
        "create-job J {\n\n<interrupted>\n○ thing-1>",
    );
    session.send("ab\x01\x04", "○ thing-1> b");
    session.event("event 1");
    session.pty.wait_for("event 1\n○ thing-1> b");
    session.pty.send("\x04\x04");
    assert!(session.pty.wait_for_exit().success());
    session.pty.wait_for("<end>");
    assert!(session.pty.is_cooked());
}

#[test]
fn the_prompt_shows_the_connection() {
    child();
    for (no_color, colors) in [
        (&[][..], (vt100::Color::Idx(1), vt100::Color::Idx(2))),
        (
            &[("NO_COLOR", "1")],
            (vt100::Color::Default, vt100::Color::Default),
        ),
    ] {
        let mut session = Session::start("the_prompt_shows_the_connection", 16, 60, no_color);
        session.send("xyz", "○ thing-1> xyz");
        assert_eq!(session.pty.color(0, 0), colors.0);
        session.event("!on");
        session.event("connected");
        session.pty.wait_for("connected\n● thing-1> xyz");
        assert_eq!(session.pty.color(1, 0), colors.1);
        session.event("!off");
        session.event("lost");
        session.pty.wait_for("lost\n○ thing-1> xyz");
        session.quit();
    }
}

#[cfg(unix)]
#[test]
fn the_history_is_kept_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    child();
    let mut session = Session::start("the_history_is_kept_for_its_owner_alone", 16, 60, &[]);
    session.send("pending\r", "thing-1>");
    session.pty.wait_for("<1: ");
    session.pty.send(" secret\r");
    session.pty.wait_for("<2: ");
    session.pty.send("create-job J {\r}\r");
    session.pty.wait_for("<3: ");
    session.send("\x1b[A", "thing-1> create-job J {\n}");
    session.send("\x1b[A\x1b[A", "thing-1> pending");
    let folder = session.state_home.join("jobs-sandbox");
    let mode = |path: &std::path::Path| {
        let metadata = std::fs::metadata(path).expect("the history");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("history")), 0o600);
    let history = std::fs::read_to_string(folder.join("history")).expect("the history");
    assert_eq!(history, "#V2\npending\ncreate-job J {\\n}\n");
    session.quit();
}

#[test]
fn it_works_without_a_home_folder() {
    child();
    let unset = [("XDG_STATE_HOME", "")];
    let mut session = Session::start("it_works_without_a_home_folder", 16, 60, &unset);
    session.send("pending\r", "<1: \"pending\">\n○ thing-1>");
    session.send("\x1b[A", "thing-1> pending");
    session.quit();
}

#[cfg(unix)]
#[test]
fn the_terminal_can_be_restored_from_another_thread() {
    child();
    let test = "the_terminal_can_be_restored_from_another_thread";
    let mut session = Session::start(test, 16, 60, &[]);
    session.send("xyz", "xyz");
    assert!(!session.pty.is_cooked());
    session.event("!restore");
    assert_eq!(session.pty.wait_for_exit().exit_code(), 7);
    assert!(session.pty.is_cooked());
    session.pty.wait_for_output("\x1b[?2004l");
}

#[test]
fn a_dumb_terminal_gets_a_plain_prompt() {
    child();
    let dumb = [("TERM", "dumb")];
    let mut session = Session::start("a_dumb_terminal_gets_a_plain_prompt", 16, 60, &dumb);
    session.send("pending\r", "thing-1> pending\n<1: \"pending\">\nthing-1>");
    session.event("event 1");
    session.pty.wait_for("event 1");
    session.pty.send("quit\r");
    assert!(session.pty.wait_for_exit().success());
}

/// The child with pipes in place of a terminal.
fn piped(test: &str) -> (Child, TcpStream, BufReader<ChildStdout>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([&format!("editor::{test}"), "--exact", "--nocapture"])
        .env(EVENTS, address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a program");
    let (events, _) = listener.accept().expect("the child");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut own = Vec::new();
    output.read_until(b'H', &mut own).expect("the child");
    (child, events, output)
}

/// Reads one line, and checks it.
fn expect_line(output: &mut BufReader<ChildStdout>, expected: &str) {
    let mut line = String::new();
    output.read_line(&mut line).expect("the child");
    assert_eq!(line.trim_end(), expected);
}

#[test]
fn a_script_gets_its_answers_and_events_without_prompts() {
    child();
    let (mut child, mut events, mut output) =
        piped("a_script_gets_its_answers_and_events_without_prompts");
    let mut input = child.stdin.take().expect("a pipe");
    events.write_all(b"event 1\n").expect("the child");
    expect_line(&mut output, "event 1");
    input.write_all(b"pending\r\nslow\n").expect("the child");
    expect_line(&mut output, "<1: \"pending\">");
    expect_line(&mut output, "begun");
    events.write_all(b"event 2\n!go\n").expect("the child");
    expect_line(&mut output, "answered");
    expect_line(&mut output, "event 2");
    input
        .write_all(b"create-job J {\n\"a\":")
        .expect("the child");
    drop(input);
    expect_line(&mut output, "<line 3 begins a command that does not end");
    expect_line(&mut output, "<end>");
    expect_line(&mut output, "");
    assert!(child.wait().expect("the child").success());
}

#[test]
fn a_closed_pipe_ends_the_program() {
    child();
    let (mut child, mut events, output) = piped("a_closed_pipe_ends_the_program");
    drop(output);
    events.write_all(b"event 1\n").expect("the child");
    // Its standard input is still open.
    assert!(child.wait().expect("the child").success());
}
