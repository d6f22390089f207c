//! The editor on a pseudo-terminal. Each test starts this very program again, as a small loop around the editor, and hands it
//! events over a socket while keys are typed. `terminal` has what needs the whole program.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use jobs_sandbox::repl::editor::{
    Editor, EditorInput, EditorOptions, Printer, editor_program, history_path,
};
use jobs_sandbox::repl::input::needs::Context;
use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::serve::soon;

/// Where the child gets its events from.
const EVENTS: &str = "JOBS_SANDBOX_TEST_EVENTS";

/// What makes this program the child.
const CHILD: [&str; 3] = ["editor::child", "--exact", "--nocapture"];

/// The rows of every terminal here.
const ROWS: u16 = 16;

/// The loop that the tests below start as a program of its own; as one of the tests it does nothing.
#[test]
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
        program: editor_program(std::env::var_os("VISUAL"), std::env::var_os("EDITOR")),
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
                "!burst" => burst(&printer),
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

/// 200 events from each of three threads at once.
fn burst(printer: &Printer) {
    for thread in 1..=3 {
        let printer = printer.clone();
        std::thread::spawn(move || {
            for event in 1..=200 {
                printer.print(format!("event {event} of {thread}."));
            }
        });
    }
}

fn jobs() -> Context {
    Context {
        pending_jobs: vec!["Job1".into(), "Job2".into()],
        known_jobs: vec!["Job1".into(), "Job30".into()],
        ..Context::default()
    }
}

/// Answers one input; returns whether to continue.
fn reply(input: &EditorInput, editor: &Editor, signals: &Receiver<()>) -> bool {
    match input {
        EditorInput::Line { text, .. } if text == "quit" => return false,
        EditorInput::Line { text, .. } if text == "slow" => {
            editor.print_reply("begun");
            signals.recv().expect("the test");
            editor.print_reply("answered");
        }
        EditorInput::Line { number, text, .. } => {
            editor.print_reply(&format!("<{number}: {text:?}>"));
        }
        EditorInput::Edited => {}
        EditorInput::Interrupted { was_empty: true } => editor.print_reply("<nothing to clear>"),
        EditorInput::Interrupted { was_empty: false } => editor.print_reply("<interrupted>"),
        EditorInput::End => {
            editor.print_reply("<end>");
            return false;
        }
        EditorInput::Failed(error) => editor.print_reply(&format!("<{error}>")),
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
    /// Starts the child on a terminal of 60 columns.
    fn start() -> Self {
        Self::with(60, &[])
    }

    /// Starts the child on a terminal of `cols` columns, with these variables set.
    fn with(cols: u16, environment: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state_home = std::env::temp_dir().join(format!("jobs-sandbox-editor-{address}"));
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this program"));
        command.args(CHILD);
        command.env(EVENTS, address.to_string());
        command.env("XDG_STATE_HOME", &state_home);
        for name in ["NO_COLOR", "VISUAL", "EDITOR"] {
            command.env_remove(name);
        }
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        for (name, value) in environment {
            command.env(name, value);
        }
        let pty = Pty::spawn(command, ROWS, cols);
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
        // The child may have had no history.
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
fn events_print_above(typed: &Typed) {
    let mut session = Session::with(typed.cols, &[]);
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
    let typed = Typed {
        cols: 60,
        keys: "xyz abc",
        rows: &["○ thing-1> xyz abc"],
        moves: "\x1b[D\x1b[D",
        cursor: (0, 16),
        rest: "",
        line: "xyz abc",
    };
    events_print_above(&typed);
}

#[test]
fn events_print_above_a_wrapped_line() {
    let typed = Typed {
        cols: 20,
        keys: "xyz 678901234567890123456789",
        rows: &["○ thing-1> xyz 67890", "1234567890123456789"],
        moves: "\x01",
        cursor: (0, 11),
        rest: "",
        line: "xyz 678901234567890123456789",
    };
    events_print_above(&typed);
}

#[test]
fn events_print_above_a_line_that_ends_in_the_last_column() {
    let typed = Typed {
        cols: 20,
        keys: "xyz 67890",
        rows: &["○ thing-1> xyz 67890"],
        moves: "",
        cursor: (1, 0),
        rest: "",
        line: "xyz 67890",
    };
    events_print_above(&typed);
}

#[test]
fn events_print_above_a_line_of_several_rows() {
    let typed = Typed {
        cols: 60,
        keys: "create-job J {\r\"a\": 1",
        rows: &["○ thing-1> create-job J {", "\"a\": 1"],
        moves: "\x1b[D",
        cursor: (1, 5),
        rest: "}",
        line: "create-job J {\n\"a\": 1}",
    };
    events_print_above(&typed);
}

#[test]
fn events_print_above_wide_characters() {
    let typed = Typed {
        cols: 20,
        keys: "作業 作業 abc",
        rows: &["○ thing-1> 作業 作業", " abc"],
        moves: "\x1b[D",
        cursor: (1, 3),
        rest: "",
        line: "作業 作業 abc",
    };
    events_print_above(&typed);
}

#[test]
fn events_print_above_a_hinted_line() {
    let mut session = Session::start();
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
fn wrapped_coloured_and_wide_events_print_above_the_start_of_a_wrapped_line() {
    let mut session = Session::with(20, &[]);
    let line = "○ thing-1> xyz 67890\n1234567890123456789";
    session.send("xyz 678901234567890123456789", line);
    session.pty.send("\x01");
    session.pty.wait_for_cursor(0, 11);
    let long = "12345678901234567890".repeat(4);
    session.event(&format!("\x1b[32m{long}\x1b[0m"));
    session.event("作業 🚀 作業");
    let expected = format!("{}\n作業 🚀 作業\n{line}", [&long[..20]; 4].join("\n"));
    session
        .pty
        .wait_until(&expected, |screen| screen == expected);
    session.pty.wait_for_cursor(5, 11);
    session.send("\r", "<1: \"xyz 678901234567890123456789\">\n○ thing-1>");
    session.quit();
}

#[test]
fn events_print_above_a_hint_that_wraps() {
    let mut session = Session::with(30, &[]);
    let line = "○ thing-1> update Job1 <IN_PRO\nGRESS | SUCCEEDED | FAILED | R\nEJECTED>";
    session.send("update Job1 ", line);
    session.event("event 1");
    let expected = format!("event 1\n{line}");
    session
        .pty
        .wait_until(&expected, |screen| screen == expected);
    session.pty.wait_for_cursor(1, 23);
    session.send(
        "x\r",
        "○ thing-1> update Job1 x\n<1: \"update Job1 x\">\n○ thing-1>",
    );
    session.quit();
}

#[test]
fn a_burst_of_events_from_many_threads_leaves_a_wrapped_line_intact() {
    let mut session = Session::with(20, &[]);
    let typed = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";
    session.event("!burst");
    for key in typed.chars() {
        session.pty.send(&key.to_string());
    }
    for thread in 1..=3 {
        session
            .pty
            .wait_for_output(&format!("event 200 of {thread}."));
    }
    session.send("\r", "○ thing-1>");
    session.pty.wait_for_output(&format!("<1: \"{typed}\">"));
    let output = session.pty.output();
    for thread in 1..=3 {
        let mut rest = output.as_str();
        for event in 1..=200 {
            let event = format!("event {event} of {thread}.");
            let Some((_, after)) = rest.split_once(&event) else {
                panic!("{event} is lost or out of order");
            };
            rest = after;
        }
    }
    session.quit();
}

#[test]
fn a_line_higher_than_the_screen_is_kept() {
    let mut session = Session::with(20, &[]);
    let typed: String = ('a'..='z').cycle().take(400).collect();
    session.pty.send(&typed);
    session.event("event 1");
    session.pty.wait_for_output("event 1");
    session.pty.send("\r");
    session.pty.wait_for_output(&format!("<1: \"{typed}\">"));
    session
        .pty
        .wait_until("the prompt", |screen| screen.ends_with("○ thing-1>"));
    session.quit();
}

#[test]
fn the_terminal_can_be_resized_while_a_line_is_typed() {
    let mut session = Session::start();
    session.send("xyz abcdefghijkl", "○ thing-1> xyz abcdefghijkl");
    // An event at the very moment of a new width may be painted over, for the line editor has not heard of the width yet. A row of
    // the old line may stay above.
    session.pty.resize(ROWS, 20);
    let is_wrapped = |screen: &str| screen.ends_with("○ thing-1> xyz abcde\nfghijkl");
    session.pty.wait_until("the wrapped line", is_wrapped);
    session.event("event 1");
    session.pty.wait_until("an event above it", |screen| {
        screen.contains("event 1\n") && is_wrapped(screen)
    });
    session.pty.resize(ROWS, 60);
    let is_whole = |screen: &str| screen.ends_with("○ thing-1> xyz abcdefghijkl");
    session.pty.wait_until("the line", is_whole);
    session.event("event 2");
    session.pty.wait_until("an event above it", |screen| {
        screen.contains("event 2\n") && is_whole(screen)
    });
    session.send("m\r", "<1: \"xyz abcdefghijklm\">\n○ thing-1>");
    session.quit();
}

/// More lines of JSON than the screen has rows.
#[cfg(unix)]
fn members() -> String {
    let lines = (0..20).map(|n| format!("\"m{n}\": 1,\r"));
    lines.collect::<Vec<_>>().concat()
}

#[cfg(unix)]
#[test]
fn a_paste_that_is_taller_than_the_screen_goes_to_an_editor() {
    let lines = members();
    let line = format!("create-job J {{\r{lines}\"z\": 1}}");
    let paste = format!("\x1b[200~{line}\x1b[201~");
    let question = "○ `create-job J {` and 21 more lines: send? y/N";
    let sed = "sed -i s/m0/edited/";
    let mut session = Session::with(60, &[("EDITOR", sed)]);
    session.send(&paste, question);
    session.pty.send("y\r");
    let expected = line.replace('\r', "\n").replace("m0", "edited");
    session
        .pty
        .wait_for_output(&format!("<1: {expected:?}>").replace('\n', "\r\n"));
    // What is shortened stands at the prompt.
    let mut session = Session::with(60, &[("EDITOR", "echo pending >")]);
    session.send(&paste, "○ thing-1> pending");
    // With Enter behind it nothing can be edited.
    session.pty.send("\x15");
    session.pty.send(&format!("{paste}\r"));
    session.pty.wait_for_output("<1: \"create-job J {\\n");
    session.quit();
    // Without an editor it is not lost.
    for (name, value, reason) in [
        (
            "EDITOR",
            "false",
            "<the editor `false` failed, so its text is not used: exit status: 1\n",
        ),
        (
            "PATH",
            "/none",
            "<this line is taller than the screen, and no editor was found\n",
        ),
    ] {
        let mut session = Session::with(100, &[(name, value)]);
        session.send(&paste, question);
        session.pty.wait_for(reason);
        session.send("n\r", "send? y/N n\n○ thing-1>");
        session.send("\x1b[A", "\"z\": 1}");
        session.pty.send("\r");
        session.pty.wait_for_output("<1: \"create-job J {\\n");
        session.quit();
    }
}

#[cfg(unix)]
#[test]
fn a_line_is_not_changed_where_it_cannot_be_seen() {
    let lines = members();
    let mut session = Session::with(60, &[("EDITOR", "sed -i s/m9/edited/")]);
    session.send(
        &format!("create-job J {{\r{lines}"),
        "… } ends it, Ctrl-C drops it",
    );
    // The end is seen.
    session.send("\"z\": 1", "\n\"z\": 1");
    session.pty.send(&"\x1b[A".repeat(18));
    session.pty.send("x");
    session.pty.wait_for("more lines: send? y/N");
    session.pty.send("n\r");
    session.send("\x1b[A", "\n\"z\": 1");
    session.pty.send("}\r");
    session.pty.wait_for_output("\\n\\\"edited\\\": 1,");
    session.quit();
}

#[cfg(unix)]
#[test]
fn a_resized_line_is_painted_where_the_terminal_has_wrapped_it() {
    // The terminal here wraps nothing anew, so what is written counts.
    let mut session = Session::with(30, &[]);
    let typed = "xyz abcdefghijklmnopqrstuvwxyz 0123456789";
    session.send(
        typed,
        "○ thing-1> xyz abcdefghijklmno\npqrstuvwxyz 0123456789",
    );
    for (cols, erasing) in [
        // On one row now, where two were: room for the second is made below.
        (60, "\r\x1b[J\r\n\x1b[?2026h\r\x1b[K\x1b[A\r\x1b[K"),
        // On three, where one was.
        (20, "\x1b[2A\r\x1b[J\x1b[?2026h\r\x1b[K"),
    ] {
        let before = session.pty.output().len();
        session.pty.resize(ROWS, cols);
        session
            .pty
            .wait_until("the line", |screen| screen.contains("789"));
        session.pty.wait_for_output(erasing);
        assert!(session.pty.output()[before..].contains(erasing), "{cols}");
    }
    session.quit();
}

#[test]
fn an_open_command_is_marked() {
    for (color, mark) in [("1", "…"), ("", "… } ends it, Ctrl-C drops it")] {
        let environment = [("NO_COLOR", color)];
        let mut session = Session::with(60, if color.is_empty() { &[] } else { &environment });
        let expected = format!("○ thing-1> create-job J {{\n{mark}");
        session.send("create-job J {\r", &expected);
        session.event("event 1");
        session.send("", &format!("event 1\n{expected}"));
        session.send("\"a\": 1\r", &format!("\n\"a\": 1\n{mark}"));
        session.send(
            "}\r",
            "<1: \"create-job J {\\n\\\"a\\\": 1\\n}\">\n○ thing-1>",
        );
        session.quit();
    }
}

#[test]
fn json_is_coloured_while_it_is_typed() {
    let (name, number, plain) = (
        vt100::Color::Idx(12),
        vt100::Color::Idx(5),
        vt100::Color::Default,
    );
    for (environment, expected) in [
        (&[][..], [name, plain, number, plain]),
        (&[("NO_COLOR", "1")], [plain; 4]),
    ] {
        let mut session = Session::with(60, environment);
        // Half typed, over two rows.
        session.send(
            "create-job J {\"a\": \"b\",\r\"c\": 1",
            "○ thing-1> create-job J {\"a\": \"b\",\n\"c\": 1",
        );
        let places = [(0, 25), (0, 30), (1, 5), (0, 11)];
        assert_eq!(
            places.map(|(row, col)| session.pty.color(row, col)),
            expected
        );
        session.event("event 1");
        session.pty.wait_for("event 1\n○ thing-1> create-job");
        let below = places.map(|(row, col)| session.pty.color(row + 1, col));
        assert_eq!(below, expected);
        session.send(
            "}\r",
            "<1: \"create-job J {\\\"a\\\": \\\"b\\\",\\n\\\"c\\\": 1}\">\n○ thing-1>",
        );
        session.quit();
    }
}

#[test]
fn no_event_is_lost_or_overtaken_while_typing() {
    let mut session = Session::start();
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
    let mut session = Session::start();
    session.send("xyz\r", "<1: \"xyz\">\n○ thing-1>");
    session.send("\x12y", "(reverse-i-search)`y': xyz");
    for event in ["event 1", "event 2", "event 3", "!on", "event 4"] {
        session.event(event);
    }
    // The program continues to take events, although none can be shown.
    session.send(
        "\x07abc",
        "event 1\nevent 2\nevent 3\nevent 4\n● thing-1> abc",
    );
    session.quit();
}

#[test]
fn an_answer_comes_before_the_events_that_wait() {
    let mut session = Session::start();
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
    let mut session = Session::start();
    session.send("slow\rpending\rabc", "begun");
    session.event("!go");
    session.pty.wait_for("<2: \"pending\">\n○ thing-1> abc");
    session.quit();
}

#[test]
fn a_paste_is_one_document_or_several_commands() {
    let mut session = Session::start();
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
fn up_searches_by_what_is_typed_so_far() {
    let mut session = Session::with(60, &[("NO_COLOR", "1")]);
    for line in ["pending", "create-job J {\"a\": 1}", "list-jobs"] {
        session.pty.send(&format!("{line}\r"));
    }
    session.pty.wait_for("<3:");
    session.send("cr\x1b[A", "○ thing-1> create-job J {\"a\": 1}");
    session.send("\x1b[B", "○ thing-1> cr");
    session.send("\x15\x1b[A\x1b[A", "○ thing-1> create-job J {\"a\": 1}");
    session.send("\x15p\x1b[A\x1b[A!", "○ thing-1> pending!");
    session.quit();
}

#[test]
fn tab_completes_also_on_a_wrapped_line() {
    let mut session = Session::with(30, &[("NO_COLOR", "1")]);
    session.event("!jobs");
    session.event("ready");
    session.pty.wait_for("ready");
    session.send("update-job-\t", "○ thing-1> update-job-executio\nn");
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
    let mut session = Session::with(80, &[("NO_COLOR", "1")]);
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
fn what_is_typed_behind_ctrl_c_is_kept() {
    let mut session = Session::start();
    session.pty.send("xyz\x03pending\r\x03abc");
    session.pty.wait_for(
        "xyz\n<interrupted>\n○ thing-1> pending\n<1: \"pending\">\n○ thing-1>\n<nothing to clear>\n○ thing-1> abc",
    );
    session.quit();
}

#[test]
fn ctrl_c_clears_the_line_and_ctrl_d_ends() {
    let mut session = Session::start();
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
    for (no_color, colors) in [
        (&[][..], (vt100::Color::Idx(1), vt100::Color::Idx(2))),
        (
            &[("NO_COLOR", "1")],
            (vt100::Color::Default, vt100::Color::Default),
        ),
    ] {
        let mut session = Session::with(60, no_color);
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

    let mut session = Session::start();
    session.send("pending\r", "thing-1>");
    session.pty.wait_for("<1: ");
    session.pty.send(" secret\r");
    session.pty.wait_for("<2: ");
    session.pty.send("create-job J {\r}\r");
    session.pty.wait_for("<3: ");
    // Neither is a presigned URL.
    session
        .pty
        .send("create-job J {\"u\":\"k?Signature=0f\"}\r");
    session.pty.wait_for("<4: ");
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

#[cfg(unix)]
#[test]
fn sessions_share_one_history() {
    use std::os::unix::fs::PermissionsExt;

    let mut first = Session::start();
    let state_home = first.state_home.to_str().expect("a path").to_owned();
    let shared = [("XDG_STATE_HOME", state_home.as_str())];
    let mut second = Session::with(60, &shared);
    let mut expected = String::from("#V2\n");
    for number in 1..=20 {
        for (session, name) in [(&mut first, "first"), (&mut second, "second")] {
            session.pty.send(&format!("{name} {number}\r"));
            session
                .pty
                .wait_for_output(&format!("<{number}: \"{name} {number}\">"));
            expected.extend([name, " ", &number.to_string(), "\n"]);
        }
    }
    // Neither sees the lines of the other while it runs, as with other programs: what the arrow brings is one's own.
    first.send("\x1b[A\x1b[A", "thing-1> first 19");
    second.send("\x1b[A\x1b[A", "thing-1> second 19");
    // Twice the same, one with a space in front, and one of two rows.
    second.pty.send("\x15pending\r");
    second.pty.wait_for_output("<21: ");
    second.pty.send("pending\r pending\rcreate-job J {\r}\r");
    second.pty.wait_for_output("<24: ");
    expected += "pending\ncreate-job J {\\n}\n";
    let file = first.state_home.join("jobs-sandbox/history");
    let history = std::fs::read_to_string(&file).expect("the history");
    assert_eq!(history, expected);
    let mode = std::fs::metadata(&file).expect("the history").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    // A later one sees both, also by Ctrl-R.
    let mut third = Session::with(60, &shared);
    third.send("\x1b[A", "thing-1> create-job J {\n}");
    third.send("\x03\x12rst 7", "(reverse-i-search)`rst 7': first 7");
    third.send("\x07\x12ond 7", "(reverse-i-search)`ond 7': second 7");
    third.pty.send("\x03");
    for session in [first, second, third] {
        session.quit();
    }
}

#[test]
fn a_history_that_another_program_holds_keeps_nothing_waiting() {
    let state_home = std::env::temp_dir().join(format!("jobs-sandbox-held-{}", std::process::id()));
    let folder = state_home.join("jobs-sandbox");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("history");
    std::fs::write(&path, "#V2\nearlier\n").expect("a file");
    let held = std::fs::File::open(&path).expect("the history");
    held.lock().expect("a lock");
    let shared = [("XDG_STATE_HOME", state_home.to_str().expect("a path"))];
    let mut session = Session::with(200, &shared);
    session.pty.wait_for("Another program holds the history `");
    session.send("pending\r", "<1: \"pending\">\n○ thing-1>");
    session.send("slow\x03", "○ thing-1> slow\n<interrupted>\n○ thing-1>");
    held.unlock().expect("a lock");
    // A thread of the session writes it.
    let is_written = |expected: &'static str| {
        let path = path.clone();
        soon("the history is written", move || {
            while std::fs::read_to_string(&path).expect("the history") != expected {
                std::thread::yield_now();
            }
        });
    };
    is_written("#V2\nearlier\npending\n");
    // A late history comes before what was typed in between.
    session.send("wait\r", "<2: \"wait\">\n○ thing-1>");
    session.send("\x1b[A\x1b[A\x1b[A", "thing-1> earlier");
    is_written("#V2\nearlier\npending\nwait\n");
    session.quit();
    std::fs::remove_dir_all(state_home).expect("it is removed");
}

#[cfg(unix)]
#[test]
fn a_history_that_cannot_be_kept_is_reported_once() {
    for (made, reason) in [
        ("mkdir -p history", "Is a directory"),
        ("mkfifo history", "Another program holds"),
        ("printf 'a\\377\\n' > history", "valid UTF-8"),
    ] {
        let state_home =
            std::env::temp_dir().join(format!("jobs-sandbox-bad-{}", uuid::Uuid::new_v4()));
        let folder = state_home.join("jobs-sandbox");
        std::fs::create_dir_all(&folder).expect("a folder");
        let status = Command::new("sh")
            .args(["-c", made])
            .current_dir(&folder)
            .status();
        assert!(status.expect("a shell").success());
        let shared = [("XDG_STATE_HOME", state_home.to_str().expect("a path"))];
        let mut session = Session::with(300, &shared);
        session.pty.wait_for(reason);
        session.send("pending\r", "<1: \"pending\">\n○ thing-1>");
        session.send("\x1b[A", "○ thing-1> pending");
        assert_eq!(session.pty.output().matches(reason).count(), 1, "{made}");
        session.quit();
        std::fs::remove_dir_all(state_home).expect("it is removed");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_x_ctrl_e_edits_the_line() {
    let sed = "sed -i 's/abc/{\\n\"a\": 1}/'";
    let mut session = Session::with(60, &[("VISUAL", sed), ("EDITOR", "false")]);
    session.send("create-job J abc", "create-job J abc");
    // With the cursor in the middle, it stands at the end afterwards.
    session.send(
        "\x01\x18\x05",
        "○ thing-1> create-job J abc\n○ thing-1> create-job J {\n\"a\": 1}",
    );
    session.pty.wait_for_cursor(2, 7);
    // It is carried out when the user confirms.
    session.send("\r", "<1: \"create-job J {\\n\\\"a\\\": 1}\">\n○ thing-1>");
    session.quit();
}

#[cfg(unix)]
#[test]
fn the_line_is_kept_if_the_editor_fails() {
    for (environment, error) in [
        (
            &[][..],
            "no editor is set: neither VISUAL nor EDITOR names one",
        ),
        (
            &[("EDITOR", "false")],
            "the editor `false` failed, so its text is not used: exit status: 1",
        ),
        (
            &[("VISUAL", "/no/such/editor")],
            "the editor `/no/such/editor` failed, so its text is not used: exit status: 127",
        ),
    ] {
        let mut session = Session::with(80, environment);
        session.send("xyz abc", "xyz abc");
        session.pty.send("\x1b[D\x1b[D\x18\x05");
        session.pty.wait_for(error);
        session.pty.wait_until("the line", |screen| {
            screen.ends_with(">\n○ thing-1> xyz abc")
        });
        session.send("X\r", "<1: \"xyz aXbc\">\n○ thing-1>");
        session.quit();
    }
}

#[cfg(unix)]
#[test]
fn events_wait_for_the_end_of_the_editor() {
    // An editor that shows a word, and saves the next line that is typed.
    let mut session = Session::with(60, &[("EDITOR", "echo editing; head -n 1 >")]);
    session.send("xyz\x18\x05", "xyz\nediting");
    // More than a socket holds: they are taken although none can be shown.
    let long = "x".repeat(4000);
    for event in 1..=500 {
        session.event(&format!("event {event}. {long}"));
    }
    session.event("!on");
    session.event("last event");
    session.send("abc def\r", "last event\n● thing-1> abc def");
    let output = session.pty.output();
    let (_, after) = output.split_once("editing").expect("the editor");
    let (typed, mut rest) = after.split_once("event 1.").expect("the first event");
    assert!(typed.contains("abc def"), "{typed}");
    for event in 2..=500 {
        let event = format!("event {event}. ");
        let Some((_, after)) = rest.split_once(&event) else {
            panic!("{event} is lost or out of order");
        };
        rest = after;
    }
    session.quit();
}

#[test]
fn it_works_without_a_home_folder() {
    let mut session = Session::with(60, &[("XDG_STATE_HOME", "")]);
    session.send("pending\r", "<1: \"pending\">\n○ thing-1>");
    session.send("\x1b[A", "thing-1> pending");
    session.quit();
}

#[cfg(unix)]
#[test]
fn the_terminal_can_be_restored_from_another_thread() {
    let mut session = Session::start();
    session.send("xyz", "xyz");
    assert!(!session.pty.is_cooked());
    session.event("!restore");
    assert_eq!(session.pty.wait_for_exit().exit_code(), 7);
    assert!(session.pty.is_cooked());
    session.pty.wait_for_output("\x1b[?2004l");
}

#[test]
fn a_dumb_terminal_gets_a_plain_prompt() {
    let mut session = Session::with(60, &[("TERM", "dumb")]);
    session.send("pending\r", "thing-1> pending\n<1: \"pending\">\nthing-1>");
    session.event("event 1");
    session.pty.wait_for("event 1");
    session.send("create-job J {\r", "create-job J {\n…");
    session.send("}\r", "\n… }\n<2: \"create-job J {\\n}\">\nthing-1>");
    session.pty.send("quit\r");
    assert!(session.pty.wait_for_exit().success());
}

/// The child with pipes in place of a terminal.
fn piped() -> (Child, TcpStream, BufReader<ChildStdout>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(CHILD)
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
    let (mut child, mut events, mut output) = piped();
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
    expect_line(&mut output, "<line 3 begins a command that is not complete");
    expect_line(
        &mut output,
        "hint: a quote or a bracket is open; `help quoting` explains how lines are read>",
    );
    expect_line(&mut output, "<end>");
    expect_line(&mut output, "");
    assert!(child.wait().expect("the child").success());
}

#[test]
fn a_closed_pipe_ends_the_program() {
    let (mut child, mut events, output) = piped();
    drop(output);
    events.write_all(b"event 1\n").expect("the child");
    // Its standard input is still open.
    assert!(child.wait().expect("the child").success());
}
