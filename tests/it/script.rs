//! Scripts: where commands come from, in which form answers go out, and how it all ends. The program as it is shipped.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What the program would follow of the environment of the tests.
pub(crate) const FOLLOWED: [&str; 5] = [
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "XDG_STATE_HOME",
    "HOME",
];

/// Runs the program to its end.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    for name in FOLLOWED {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    // It may end without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Its exit status, its output, and its standard error without the notices of the start.
pub(crate) fn ended(arguments: &[&str], input: &str) -> (i32, String, String) {
    let output = run(arguments, input);
    let notices = ["Local service", "A local service", "For other tools:"];
    let said = text(&output.stderr);
    let said: Vec<&str> = said
        .lines()
        .filter(|line| !notices.iter().any(|notice| line.starts_with(notice)))
        .collect();
    (
        output.status.code().expect("an exit status"),
        text(&output.stdout),
        said.join("\n"),
    )
}

/// The content of JSON Lines: type, name or operation, line.
pub(crate) fn summary(output: &str) -> Vec<String> {
    let lines = output.lines();
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect(line);
            let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            let what = word("operation") + &word("name") + &word("text");
            let number = line["line"].as_u64().map(|number| format!(" {number}"));
            format!("{} {what}{}", word("type"), number.unwrap_or_default())
        })
        .collect()
}

/// A file that is removed at the end.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("jobs-sandbox-script-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may be gone.
        let _ = std::fs::remove_file(&self.0);
    }
}

const JSONL: &str = "--output=jsonl";

#[test]
fn one_command_runs_and_exits() {
    let (code, output, said) = ended(&["get-pending-job-executions"], "");
    assert_eq!((code, said.as_str()), (0, ""));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "GetPendingJobExecutionsResponse:");
    assert!(lines[1].ends_with(r#""inProgressJobs":[],"queuedJobs":[]}"#));
    assert_eq!(lines.len(), 2);
}

#[test]
fn one_command_takes_a_document_as_the_shell_gives_it() {
    let create_from_stdin = Scratch::new("stdin.txt", "create-job J @-\n");
    for (arguments, input) in [
        (&["create-job", "J", r#"{"it's": "a b"}"#][..], ""),
        (&["create-job", "J", "@-"], "{\"it's\": \"a b\"}\n"),
        (&["-c", "create-job J @-"], "{\"it's\": \"a b\"}\n"),
        (&["-f", create_from_stdin.path()], "{\"it's\": \"a b\"}\n"),
    ] {
        let (code, output, _) = ended(&[&["--output", "raw"], arguments].concat(), input);
        assert_eq!(code, 0, "{arguments:?}: {output}");
        assert!(output.contains(r#""jobId":"J""#), "{output}");
    }
    let file = Scratch::new("document.json", "{\"from\": \"a file\"}\n");
    let create = format!("create-job J @{}", file.path());
    let (code, output, _) = ended(&[JSONL, "-c", &create, "-c", "get-job-document J"], "");
    assert_eq!(code, 0, "{output}");
    assert!(
        output.contains(r#"{"document":"{\"from\": \"a file\"}"}"#),
        "{output}"
    );
}

#[test]
fn the_same_script_comes_from_three_places() {
    let script = "create-job J {\n\"a\": 1\n}\nwait event\nwait event\n# a comment\n\nnext\ndone J\nwait event\nwait event\nwait J SUCCEEDED\n";
    let file = Scratch::new("script.txt", script);
    let expected = [
        "response CreateJob 1",
        "event JobExecutionsChanged",
        "event NextJobExecutionChanged",
        "response StartNextPendingJobExecution 8",
        "response UpdateJobExecution 9",
        "event JobExecutionsChanged",
        "event NextJobExecutionChanged",
        "response J is SUCCEEDED 12",
    ];
    for (arguments, input) in [
        (&[JSONL][..], script),
        (&[JSONL, "-f", "-"], script),
        (&[JSONL, "-f", file.path()], ""),
        (&[JSONL, "-c", script], ""),
    ] {
        let (code, output, said) = ended(arguments, input);
        assert_eq!(summary(&output), expected, "{arguments:?}");
        assert_eq!((code, said.as_str()), (0, ""));
    }
}

/// Without what differs from run to run: client tokens and times.
fn normal(output: &str) -> String {
    let words = output.split_inclusive(|c: char| !c.is_alphanumeric() && c != '-');
    let is_new = |word: &str| {
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        uuid::Uuid::try_parse(word).is_ok() || (word.len() == 10 && word.parse::<u64>().is_ok())
    };
    words
        .map(|word| if is_new(word) { "…" } else { word })
        .collect()
}

#[test]
fn a_command_prints_the_same_from_wherever_it_comes() {
    for arguments in [
        &["create-job", "J", "{\"a\": \"b c\"}", "--description", "d"][..],
        &["get-pending-job-executions"],
        &["help", "update-job-execution"],
        &["update", "nothing", "FAILED"],
        &["update", "nothing", "GONE"],
        &["pendin"],
        &["größe", "作業"],
    ] {
        let words: Vec<String> = arguments
            .iter()
            .map(|word| jobs_sandbox::text::quote(word).into_owned())
            .collect();
        let line = words.join(" ");
        let file = Scratch::new("same.txt", &line);
        let (code, mut output, said) = ended(arguments, "");
        // A single word that is not a command is a mistake in the command line, which is reported on standard error.
        if output.is_empty() {
            output = said + "\n";
        }
        let of = |arguments: &[&str], input: &str| {
            let (code, output, _) = ended(arguments, input);
            (code, normal(&output))
        };
        let expected = (code, normal(&output));
        assert_eq!(of(&["-c", &line], ""), expected, "{line}");
        assert_eq!(of(&["-f", file.path()], ""), expected, "{line}");
        assert_eq!(of(&[], &line), expected, "{line}");
    }
}

#[test]
fn a_script_ends_at_its_first_failure() {
    let script = "pending\n\nupdate nothing SUCCEEDED\npending\nbogus\n";
    let failed = "line 3: `update nothing SUCCEEDED` failed";
    let (code, output, said) = ended(&[JSONL], script);
    assert_eq!(
        summary(&output),
        [
            "response GetPendingJobExecutions 1",
            "error UpdateJobExecution 3"
        ]
    );
    assert!(said.starts_with(failed), "{said}");
    assert!(said.contains("--keep-going"), "{said}");
    assert_eq!(code, 1);
    let (code, output, said) = ended(&[JSONL, "--keep-going"], script);
    assert_eq!(
        summary(&output)[2..],
        ["response GetPendingJobExecutions 4", "error  5"]
    );
    assert_eq!(said, format!("{failed}, the first of 2 commands"));
    assert_eq!(code, 1);
}

#[test]
fn the_failure_at_the_end_quotes_its_command() {
    let stopped = ", so the script stopped there (--keep-going continues)";
    let long = format!("x '{}", "y".repeat(300_000));
    for (arguments, input, expected) in [
        // A single command does not keep another from running.
        (
            &["-c", "bogus"][..],
            "",
            "line 1: `bogus` failed".to_owned(),
        ),
        (
            &["-c", "describe nothing", "--keep-going"],
            "",
            "line 1: `describe nothing` failed".to_owned(),
        ),
        (
            &["-c", "bogus", "-c", "pending"],
            "",
            format!("line 1: `bogus` failed{stopped}"),
        ),
        (
            &[],
            "pending\nbogus\n",
            format!("line 2: `bogus` failed{stopped}"),
        ),
        (
            &[],
            "pending\ncreate-job J {\n\"a\":",
            format!("line 2: `create-job J {{` failed{stopped}"),
        ),
        (
            &[],
            "\ndone 'J\n",
            format!("line 2: `done 'J` failed{stopped}"),
        ),
        (
            &[],
            "done J \\\n",
            format!("line 1: `done J \\` failed{stopped}"),
        ),
        (
            &[],
            &long,
            format!("line 1: `{}` failed{stopped}", &long[..60]),
        ),
        (
            &["-c", "create-job J ["],
            "",
            "line 1: `create-job J [` failed".to_owned(),
        ),
    ] {
        let (code, _, said) = ended(arguments, input);
        assert_ne!(code, 0, "{arguments:?}");
        assert_eq!(said, expected, "{arguments:?}");
    }
    let (code, output, said) = ended(&["-f", "."], "");
    assert_eq!((code, output.as_str()), (3, ""));
    assert_eq!(
        said,
        "error: cannot read the commands in `.`: is a directory"
    );
}

#[test]
fn a_member_that_the_api_does_not_have_is_pointed_out() {
    let script = r#"create-job J {} --with {"foo":1,"tags":[{"key":"a"}]}"#;
    let (_, output, _) = ended(&[], script);
    let told: Vec<&str> = output.lines().take(2).collect();
    assert_eq!(
        told,
        [
            "CreateJob does not have the member `foo` in the API; it is sent anyway",
            "CreateJob does not have the member `tags.key` in the API; it is sent anyway",
        ],
        "{output}"
    );
    let (_, output, _) = ended(&["--output", "jsonl"], script);
    assert!(
        output.starts_with(r#"{"type":"UnknownMember""#) || output.contains("UnknownMember"),
        "{output}"
    );
}

#[test]
fn a_job_can_be_rejected() {
    let (code, output, said) = ended(
        &[],
        "create-job J {}\nreject J --detail reason=busy\ndescribe J --thing sandbox-thing\n",
    );
    assert_eq!(code, 0, "{output}{said}");
    assert!(output.contains(r#""status":"REJECTED""#), "{output}");
    assert!(output.contains(r#""reason":"busy""#), "{output}");
}

#[test]
fn the_exit_status_tells_what_went_wrong() {
    let not_utf8 = Scratch::new("latin-1.json", "");
    std::fs::write(&not_utf8.0, b"\"\xff\"").expect("a file");
    let bad_document = format!("create-job J @{}", not_utf8.path());
    for (arguments, code, said) in [
        (&["--bogus"][..], 2, "unexpected argument"),
        (
            &["-c", "pending", "pending"],
            2,
            "cannot be combined with -c",
        ),
        (&["-c", "pending", "-f", "x"], 2, "cannot be used with"),
        (
            &["--thing", "t", "serve"],
            2,
            "--thing is an option of a session",
        ),
        (
            &["--transcript", "/no", "serve"],
            2,
            "--transcript is an option of a session",
        ),
        (&["bogus"], 2, "`bogus` is not a command"),
        (&["create-job", "J", "{bad"], 2, "the document is not JSON"),
        (&["-c", "bogus"], 2, "line 1: `bogus` failed"),
        (
            &["-c", "create-job J {"],
            2,
            "line 1: `create-job J {` failed",
        ),
        (
            &["-f", "/no/such/file"],
            3,
            "cannot read the commands in `/no/such/file`",
        ),
        (&["-c", "create-job J @/no/such/file"], 3, "line 1"),
        (&["-c", &bad_document], 3, "line 1"),
        (&["-c", "wait event --timeout 1"], 5, "line 1"),
        (&["-c", "wait J QUEUED --timeout 1"], 5, "line 1"),
        (
            &[
                "-c",
                "create-job J 1",
                "-c",
                "done J",
                "-c",
                "wait J FAILED",
            ],
            1,
            "line 3",
        ),
        (&["--timeout", "0"], 2, "`0` is not between 1 and 3600"),
        (
            &[
                "--endpoint",
                "127.0.0.1",
                "--thing",
                "t",
                "--cert",
                "/no",
                "--key",
                "/no",
                "--region",
                "r",
            ],
            3,
            "/no",
        ),
    ] {
        let (actual, output, actually_said) = ended(arguments, "");
        assert_eq!(actual, code, "{arguments:?}: {output}{actually_said}");
        assert!(
            actually_said.contains(said),
            "{arguments:?}: {actually_said}"
        );
    }
}

#[test]
fn a_document_cannot_come_from_where_the_commands_do() {
    let (code, output, _) = ended(&[], "create-job J @-\n{}\n");
    assert_eq!(code, 2);
    assert!(
        output.contains("standard input holds the commands"),
        "{output}"
    );
}

#[test]
fn events_can_be_hidden_and_looked_up() {
    let script = "events off\ncreate-job J 1\nwait event NextJobExecutionChanged\nevents last 1\nevents on\n";
    let (code, output, _) = ended(&[JSONL], script);
    assert_eq!(code, 0);
    assert_eq!(
        summary(&output),
        ["response CreateJob 2", "event NextJobExecutionChanged"]
    );
}

#[test]
fn the_wire_is_shown_while_it_is_on() {
    let (code, output, _) = ended(
        &[],
        "wire on\ncreate-job J {\"a\": 1}\nwait event\ndone J\nwire off\npending\n",
    );
    assert_eq!(code, 0, "{output}");
    let shown: Vec<&str> = output
        .lines()
        .filter(|line| line.starts_with(['<', '>']))
        .collect();
    let document = "\"document\":\"{\\\"a\\\": 1}\"";
    assert!(shown[0].contains(document), "{shown:?}");
    for (at, expected) in [
        (0, "> PUT /jobs/J {".to_owned()),
        (1, "< HTTP 200 ".to_owned()),
        (2, "< $aws/things/sandbox-thing/jobs/notify ".to_owned()),
        (3, "< $aws/things/sandbox-thing/jobs/notify-next ".to_owned()),
        (4, "> $aws/things/sandbox-thing/jobs/J/update {\"status\":\"SUCCEEDED\",\"clientToken\":\"".to_owned()),
        (5, "< $aws/things/sandbox-thing/jobs/J/update/accepted ".to_owned()),
    ] {
        assert!(shown[at].starts_with(&expected), "{expected}: {shown:?}");
    }
    assert!(!output.contains("jobs/get"), "{output}");
    assert!(output.contains(" ms\n"), "{output}");
}

#[test]
fn a_command_is_explained_without_a_service() {
    let (code, output, said) = ended(
        &[
            "--thing",
            "lamp",
            "explain",
            "create-job",
            "J",
            "{\"a\": 1}",
        ],
        "",
    );
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(
        output,
        "aws iot create-job --job-id J --targets arn:aws:iot:REGION:ACCOUNT:thing/lamp --document '{\"a\": 1}'\n"
    );
}

#[test]
fn events_that_came_before_a_reply_are_shown_before_it() {
    // Each event is on its way before the next command is sent, as the reply to the other plane shows.
    let mut script = String::new();
    let mut expected = Vec::new();
    for number in 1..=20 {
        script.extend(["create-job J", &number.to_string(), " 1\npending\n"]);
        expected.push("response CreateJob");
        expected.push("event JobExecutionsChanged");
        if number == 1 {
            expected.push("event NextJobExecutionChanged");
        }
        expected.push("response GetPendingJobExecutions");
    }
    let (code, output, _) = ended(&[JSONL], &script);
    assert_eq!(code, 0);
    let shown = summary(&output);
    let shown: Vec<&str> = shown
        .iter()
        .map(|line| line.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn help_needs_no_service() {
    for topic in [
        "help",
        "?",
        "errors",
        "topics",
        "quoting",
        "scripts",
        "exit-codes",
        "environment",
        "tutorial",
        "wait",
    ] {
        let arguments = match topic {
            "help" | "?" => vec![topic],
            _ => vec!["help", topic],
        };
        // A certificate that is not there would be noticed.
        let connection = [
            "--endpoint",
            "e",
            "--thing",
            "t",
            "--cert",
            "/no",
            "--key",
            "/no",
        ];
        let (code, output, said) = ended(&[&connection[..], &arguments].concat(), "");
        assert_eq!((code, said.as_str()), (0, ""), "{topic}");
        assert!(output.lines().count() > 4, "{topic}: {output}");
    }
}

#[test]
fn completions_and_the_manual_page_take_no_options() {
    assert_eq!(ended(&["completions", "no-shell"], "").0, 2);
    assert_eq!(ended(&["--thing", "t", "man"], "").0, 2);
}

#[test]
fn there_are_colours_where_they_are_asked_for() {
    let colored = |output: &str| output.contains("\u{1b}[");
    let pending = ["-c", "pending"];
    let (_, output, _) = ended(&pending, "");
    assert!(!colored(&output), "{output}");
    let (_, always, _) = ended(&[&["--color", "always"], &pending[..]].concat(), "");
    assert!(colored(&always), "{always}");
    let (_, never, _) = ended(&[&["--color", "always", JSONL], &pending[..]].concat(), "");
    assert!(!colored(&never), "{never}");
}

#[test]
fn nobody_reads_the_output_any_more() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("its input");
    // It may end before it has read everything.
    let _ = stdin.write_all(b"pending\npending\n");
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(141));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_script() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;

    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(["-c", "pending", "-c", "wait 60s"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
    stdout.read_line(&mut line).expect("a line");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    // A shell makes 130 of it.
    assert_eq!(child.wait().expect("it ends").signal(), Some(2));
}
