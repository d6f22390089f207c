//! Text that did not come from this program cannot drive the terminal, wherever it is quoted. The program as it is shipped.

use std::fs;

use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::serve::{Folder, finish, program};

/// What clears a screen, sets its title, moves the cursor back, and reverses what is read.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;t\u{7}\r\u{8}\u{9b}31m\u{202e}\u{7f}";

/// Whether a terminal would do more with a text than print it.
fn drives_terminal(text: &str) -> bool {
    let is_harmless = |c: char| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c);
    !text.chars().all(|c| c == '\n' || is_harmless(c))
}

#[test]
fn no_argument_and_no_variable_drives_the_terminal() {
    let folder = Folder::new("outside-text");
    let policy = folder.0.join(format!("policy{HOSTILE}.json"));
    fs::write(&policy, format!("{{\"Version\":\"{HOSTILE}\"}}")).expect("a file");
    let policy = policy.to_str().expect("a path");
    let names = "--thing t --region us-east-1 --account 123456789012";
    for (line, code) in [
        ("--bogus~", 2),
        ("-~", 2),
        ("--color ~", 2),
        ("--port ~", 2),
        ("--color ~ --timeout 1", 2),
        ("--thing a~", 2),
        ("--endpoint ~ --cert c --key k --thing t", 2),
        ("--region ~", 2),
        ("--endpoint e --cert ~ --key k --thing t", 3),
        ("--endpoint e --cert c --key k --thing t --ca-file ~", 3),
        ("-f ~", 3),
        ("--log /no/~", 3),
        ("--transcript /no/~", 3),
        ("--query ~", 2),
        ("-c ~", 2),
        ("-c describe-job,~", 2),
        ("-c create-job,J,~{", 2),
        ("-c create-job,J,@'/no/~'", 3),
        ("-c pending,>,'/no/~'", 3),
        ("-c explain,describe-job,~", 2),
        ("~", 2),
        ("explain describe-thing-group ~", 0),
        ("describe-thing-group ~", 1),
        ("describe-job --~", 2),
        ("explain describe-job ~", 2),
        ("explain create-job J \"~\"", 2),
        ("help ~", 2),
        ("help describe-job ~", 2),
        ("doctor --cert ~ --endpoint e --key k --thing t", 1),
        ("doctor --~", 2),
        ("serve --~", 2),
        ("serve --dir /dev/null/~", 3),
        ("serve --policy /no/~", 3),
        ("serve --host ~", 2),
        ("serve --thing a~", 2),
        ("completions ~", 2),
        ("policy --only ~", 2),
        (
            "policy --thing ~ --region us-east-1 --account 123456789012",
            2,
        ),
        ("policy check /no/~ NAMES", 3),
        ("policy check POLICY NAMES", 3),
        (
            "serve --mqtt-port 0 --http-port 0 --https-port 0 --policy POLICY",
            2,
        ),
    ] {
        let line = line.replace("NAMES", names);
        let words = line.split(' ').map(|word| {
            word.replace('~', HOSTILE)
                .replace(',', " ")
                .replace("POLICY", policy)
        });
        let output = finish(program().args(words));
        for shown in [output.stdout, output.stderr] {
            let shown = String::from_utf8(shown).expect("UTF-8");
            assert!(!drives_terminal(&shown), "{line}: {shown:?}");
        }
        assert_eq!(output.status.code(), Some(code), "{line}");
    }
    for name in ["RUST_LOG", "VISUAL", "AWS_REGION", "HOME", "XDG_STATE_HOME"] {
        let mut command = program();
        command
            .env(name, HOSTILE)
            .args(["--log", "-", "-c", "pending"]);
        let output = finish(&mut command);
        for shown in [output.stdout, output.stderr] {
            let shown = String::from_utf8(shown).expect("UTF-8");
            assert!(!drives_terminal(&shown), "{name}: {shown:?}");
        }
    }
}

#[test]
fn an_error_of_the_command_line_keeps_its_colors() {
    let output = finish(program().env("CLICOLOR_FORCE", "1").arg("--bogus\u{1b}[2J"));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        said.contains("\u{1b}[") && said.contains("--bogus\\u001b[2J"),
        "{said:?}"
    );
    assert!(!said.contains("\u{1b}[2J"), "{said:?}");
}

#[test]
fn neither_a_line_of_the_history_nor_a_paste_drives_the_terminal() {
    let folder = Folder::new("outside-history");
    fs::create_dir(folder.0.join("jobs-sandbox")).expect("a folder");
    let history = format!("#V2\npending one\npending{HOSTILE}two\n");
    fs::write(folder.0.join("jobs-sandbox/history"), history).expect("a history");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.env("XDG_STATE_HOME", &folder.0);
    command.env("TERM", "xterm");
    command.env_remove("TERM_PROGRAM");
    let mut pty = Pty::spawn(command, 24, 80);
    pty.wait_until("the prompt", |screen| screen.ends_with(" local>"));
    // Up twice, down; found; and typed behind Ctrl-V.
    pty.send("\u{1b}[A");
    pty.wait_for("two");
    pty.send("\u{1b}[A");
    pty.wait_for("pending one");
    pty.send("\u{1b}[B");
    pty.wait_for("two");
    pty.send("\u{3}");
    // Until the next line is read, the terminal itself echoes what is typed.
    let prompt = |screen: &str| screen.ends_with(" local>");
    pty.wait_until("the prompt", prompt);
    pty.send("\u{12}ding\u{1b}[2J");
    pty.wait_for("reverse-i-search");
    pty.send("\u{3}");
    pty.wait_until("the prompt", prompt);
    pty.send("\u{16}\u{1b}");
    pty.send("[2J\u{16}\u{7}x");
    pty.send("\u{1b}[200~y\u{9b}2J\u{7}z\u{1b}[201~");
    pty.wait_for("xy2Jz");
    let painted = pty.output();
    for sequence in ["\u{1b}[2J", "\u{1b}]0", "\u{9b}", "\u{202e}"] {
        assert!(!painted.contains(sequence), "{painted:?}");
    }
}
