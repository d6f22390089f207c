//! What becomes of a response: `--query`, `|`, `>` and `>>`. The program as it is shipped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use portable_pty::CommandBuilder;
use serde_json::Value;

use crate::pty::Pty;
use crate::script::ended;
use crate::serve::{Folder, finish, program, soon};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

#[test]
fn a_query_selects_from_each_response_in_every_form() {
    let create = ["-c", r#"create-job Job1 {"a": 1}"#, "-c"];
    let whole = "list-jobs --query 'jobs[0].[jobId, status]'";
    let id = "list-jobs --query 'jobs[0].jobId'";
    for (options, command, shown) in [
        (&[][..], whole, r#"["Job1","IN_PROGRESS"]"#),
        (&[], id, r#""Job1""#),
        (&["--output=raw"], whole, r#"["Job1","IN_PROGRESS"]"#),
        (&["--output=raw"], id, "Job1"),
        (
            &["--color=always"],
            "list-jobs --query 'length(jobs)'",
            "\x1b[35m1\x1b[0m",
        ),
        (&[], "list-jobs --query nothing", "null"),
        // The query of the command overrides that of the session.
        (&["--query", "nothing"], id, r#""Job1""#),
    ] {
        let (code, output, said) = ended(&[options, &create[..], &[command]].concat(), "");
        assert_eq!((code, said.as_str()), (0, ""), "{command}");
        assert_eq!(output.lines().last(), Some(shown), "{options:?} {command}");
    }
    let options = ["--output=jsonl", "--query", "length(@)"];
    let (code, output, _) = ended(&[&options[..], &create, &["pending"]].concat(), "");
    assert_eq!(code, 0, "{output}");
    let lines: Vec<Value> = output.lines().map(json).collect();
    assert_eq!(lines[0]["payload"], 2, "{output}");
    assert_eq!(lines[3]["payload"], 4, "{output}");
    // Events are no responses.
    assert_eq!(lines[1]["type"], "event");
    assert!(lines[1]["payload"]["jobs"].is_object(), "{output}");
}

#[test]
fn a_command_of_its_own_takes_a_query_on_either_side() {
    for arguments in [
        ["list-jobs", "--query", "jobs"],
        ["--query", "jobs", "list-jobs"],
    ] {
        let (code, output, said) = ended(&arguments, "");
        assert_eq!((code, output.as_str(), said.as_str()), (0, "[]\n", ""));
    }
}

#[test]
fn a_wrong_query_is_refused_before_anything_is_sent() {
    let wrong = "error: --query is not a JMESPath expression: `lenght` is not a function\n  lenght(jobs)\n  ^";
    let script = "create-job Job1 1 --query lenght(jobs)\nlist-jobs --query jobs\n";
    let (code, output, _) = ended(&["--keep-going"], script);
    assert_eq!((code, output), (2, format!("{wrong}\n[]\n")));
    // A certificate that is not there would be noticed.
    let connection = "--endpoint e --thing t --cert /no --key /no";
    let mut arguments: Vec<&str> = connection.split(' ').collect();
    arguments.extend(["--query", "lenght(jobs)", "list-jobs"]);
    let (code, output, said) = ended(&arguments, "");
    assert_eq!((code, output.as_str(), said.as_str()), (2, "", wrong));
}

#[test]
fn a_query_that_does_not_fit_loses_no_response() {
    let (code, output, said) = ended(
        &[],
        "create-job Job1 1\nnext --query length(timestamp)\npending\n",
    );
    assert_eq!(code, 1);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[6], "StartNextJobExecutionResponse:", "{output}");
    assert_eq!(json(lines[7])["execution"]["jobId"], "Job1");
    assert_eq!(
        lines[8],
        "error: --query does not fit this response: argument 0 expects type array|object|string, given number"
    );
    assert_eq!(lines.len(), 11, "{output}");
    assert!(said.starts_with("line 2: `next "), "{said}");
}

#[test]
fn a_response_goes_to_a_command_and_nothing_else_does() {
    let script = "create-job Job1 {\"a\": \"b | c > d\"} | sed 's/^/piped: /'\n\
        get-job-document Job1 --query document | tr -d '\\\\'\n\
        done Job1 | cat\n\
        done Job1 | sed 's/^/piped: /'\n";
    for form in ["text", "json", "jsonl", "raw"] {
        let (code, output, said) = ended(&["--output", form], script);
        assert_eq!(code, 1, "{output}");
        let (first, rest) = output.split_once('\n').expect(&output);
        let response = first.strip_prefix("piped: ").expect(&output);
        assert_eq!(json(response)["jobId"], "Job1", "{form}");
        // The refusal of the last command is not a response, and neither are the events.
        let piped = rest.lines().filter(|line| line.starts_with("piped: "));
        assert_eq!(piped.count(), 0, "{form}: {output}");
        let document = r#"{"a": "b | c > d"}"#;
        assert!(rest.lines().any(|line| line == document), "{form}: {rest}");
        let refused = "InvalidStateTransition";
        assert!(rest.contains(refused) || said.contains(refused), "{rest}");
        assert_eq!(form == "text", rest.contains("Received Job"), "{rest}");
    }
}

#[test]
fn a_document_goes_into_a_file_as_it_was_typed() {
    let folder = Folder::new("document");
    let path = folder.0.join("doc.json");
    let file = path.to_str().expect("a path");
    let document = "{\n\t\"a\": \"\\u00e9 \\\"x\\\"\"\n}";
    for sign in [">", ">>", "| cat >"] {
        let script = format!(
            "create-job Job1 {document}\nget-job-document Job1 --query document {sign} '{file}'\n"
        );
        let (code, output, _) = ended(&[], &script);
        assert_eq!(code, 0, "{output}");
        let kept = fs::read_to_string(&path).expect("the file");
        assert_eq!(kept, format!("{document}\n"), "{sign}");
        fs::remove_file(&path).expect("it is removed");
    }
}

#[test]
fn a_command_that_fails_is_a_failure() {
    for (command, code, error, is_shown) in [
        (
            "pending | grep -q nothing",
            1,
            "`grep -q nothing` ended with exit status 1",
            false,
        ),
        (
            "pending | (cat; exit 7)",
            1,
            "`(cat; exit 7)` ended with exit status 7",
            true,
        ),
        // The response was not read, so it is shown.
        (
            "pending | no-such-program",
            1,
            "`no-such-program` ended with exit status 127",
            true,
        ),
        (
            "pending | kill -INT $$",
            130,
            "`kill -INT $$` ended with signal: 2 (SIGINT)",
            false,
        ),
        ("pending | true", 0, "", false),
        // It need not read anything, nor everything.
        ("help | head -1", 0, "", false),
    ] {
        let (actual, output, said) = ended(&["-c", command], "");
        assert_eq!(actual, code, "{command}: {output}");
        assert_eq!(
            output.contains("queuedJobs"),
            is_shown,
            "{command}: {output}"
        );
        let told = output
            .lines()
            .filter_map(|line| line.strip_prefix("error: "));
        assert_eq!(told.collect::<String>(), error, "{command}");
        assert_eq!(said.contains("line 1: "), code != 0, "{said}");
    }
}

#[test]
fn a_response_goes_into_a_file() {
    let folder = Folder::new("files");
    let path = folder.0.join("a b.json");
    let file = path.to_str().expect("a path");
    let script = format!(
        "create-job Job1 {{\"a\": \">\"}} > '{file}'\n\
         list-jobs --query jobs[].jobId >>'{file}'\n\
         describe-job Nothing > '{file}'\n\
         create-job Job2 1 > {}/none/x\n\
         list-jobs --query jobs[].jobId\n",
        folder.0.display()
    );
    let (code, output, said) = ended(&["--keep-going"], &script);
    assert_eq!(code, 1, "{output}");
    let kept = fs::read_to_string(&path).expect("the file");
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(json(lines[0])["jobId"], "Job1", "{kept}");
    assert_eq!(lines[1..], [r#"["Job1"]"#], "a refusal leaves it as it is");
    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What cannot be kept is not done.
    let lines: Vec<&str> = output.lines().skip(4).collect();
    assert!(
        lines[0].starts_with("error: DescribeJob was rejected"),
        "{output}"
    );
    assert_eq!(
        lines[2..],
        [
            &format!(
                "error: cannot write to `{}/none/x`: No such file or directory (os error 2)",
                folder.0.display()
            ),
            "the command was not sent",
            "hint: give another file",
            r#"["Job1"]"#
        ]
    );
    assert!(said.ends_with("the first of 2 commands"), "{said}");
    let again = format!("pending > '{file}'\n");
    assert_eq!(ended(&[], &again).1, "");
    let kept = fs::read_to_string(&path).expect("the file");
    assert_eq!(kept.lines().count(), 1, "{kept}");
    assert_eq!(json(&kept)["queuedJobs"], json("[]"));
}

/// A disk that is full, as Linux offers one for tests.
#[cfg(target_os = "linux")]
#[test]
fn a_response_that_cannot_be_written_is_shown() {
    let (code, output, _) = ended(&["-c", "pending > /dev/full"], "");
    assert_eq!(code, 3);
    assert!(
        output.starts_with("GetPendingJobExecutionsResponse:\n"),
        "{output}"
    );
    assert!(
        output.contains("\nerror: cannot write to `/dev/full`: "),
        "{output}"
    );
}

/// The same for a text that was asked for, and for the log of a session.
#[cfg(target_os = "linux")]
#[test]
fn a_text_that_cannot_be_written_is_an_error() {
    const ERROR: &str =
        "error: cannot write to standard output: No space left on device (os error 28)\n";
    let names = "--thing t --region us-east-1 --account 123456789012";
    for (line, next) in [
        ("--help", "the text is not complete\n"),
        ("--version", "the text is not complete\n"),
        ("serve --help", "the text is not complete\n"),
        ("policy check --help", "the text is not complete\n"),
        ("describe-job --help", "the text is not complete\n"),
        ("help", "the text is not complete\n"),
        ("explain pending", "the text is not complete\n"),
        ("man", "the text is not complete\n"),
        ("completions zsh", "the text is not complete\n"),
        (&format!("policy {names}"), "the text is not complete\n"),
        ("doctor", "the text is not complete\n"),
        ("serve --mqtt-port 0 --http-port 0 --https-port 0", ""),
        ("pending", "commands may not have been carried out\n"),
    ] {
        let full = fs::File::options().write(true).open("/dev/full");
        let mut command = program();
        let started = command
            .args(line.split(' '))
            .stdout(full.expect("a device"))
            .stderr(Stdio::piped())
            .spawn();
        let child = started.expect("it starts");
        let output = soon("the end", move || {
            child.wait_with_output().expect("it ends")
        });
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        let expected = [ERROR, next].concat();
        assert!(said.ends_with(&expected), "{line}: {said}");
        assert_eq!(output.status.code(), Some(3), "{line}");
    }
    // A reader that closes the pipe is not an error.
    for line in ["--help", "help", "man", "doctor"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let child = program()
            .args([line])
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn();
        let output = child
            .expect("it starts")
            .wait_with_output()
            .expect("it ends");
        // A local service that has just begun has no thing yet.
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            said.is_empty() || said.starts_with("Created the thing"),
            "{line}: {said}"
        );
        assert!(!said.contains("error"), "{line}: {said}");
        assert_eq!(output.status.code(), Some(141), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_is_reported_once() {
    let (code, output, said) = ended(&["--log", "/dev/full", "pending"], "");
    assert_eq!((code, output.as_str()), (3, ""), "{said}");
    let error = "error: cannot write the log `/dev/full`: No space left on device";
    assert!(said.starts_with(error), "{said}");
    // A log whose disk becomes full: the reader of a pipe that goes away after the first line.
    let folder = Folder::new("log-pipe");
    let [pipe, gate] = ["pipe", "gate"].map(|name| folder.0.join(name));
    let made = Command::new("mkfifo").args([&pipe, &gate]).status();
    assert!(made.expect("mkfifo").success());
    let [file, wait] = [&pipe, &gate].map(|path| path.to_str().expect("a path").to_owned());
    let reader = std::thread::spawn(move || {
        let mut reader = BufReader::new(fs::File::open(pipe).expect("the pipe"));
        reader.read_line(&mut String::new()).expect("a line");
        drop(reader);
        // The first command of the script waits for this.
        fs::write(gate, "gone\n").expect("the gate");
    });
    let script = format!("pending | read line < '{wait}'\ncreate-job J 1\npending\npending\n");
    let commands = folder.0.join("commands");
    fs::write(&commands, script).expect("a script");
    let mut command = program();
    command.env("RUST_LOG", "trace").arg("-f").arg(commands);
    let output = finish(command.args(["--log", &file]));
    reader.join().expect("the reader");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("GetPendingJobExecutionsResponse"), "{shown}");
    let ends = format!("The log `{file}` ends here, because it cannot be written: Broken pipe");
    assert_eq!(said.matches(&ends).count(), 1, "{said}");
}

fn sandbox() -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    for name in ["HOME", "XDG_STATE_HOME", "NO_COLOR"] {
        command.env_remove(name);
    }
    let pty = Pty::spawn(command, 50, 400);
    prompt(&pty);
    pty
}

fn prompt(pty: &Pty) {
    pty.wait_until("the prompt", |screen| screen.ends_with(" local>"));
}

#[test]
fn a_command_has_the_terminal_while_it_runs() {
    let mut pty = sandbox();
    // As a pager does: it shows the response, and reads keys from the terminal.
    pty.send("create-job Job1 1 | (cat; echo begun; read key < /dev/tty; echo \"got $key\")\r");
    pty.wait_until("the command", |screen| screen.ends_with("\nbegun"));
    assert!(pty.is_cooked());
    pty.send("a key\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    prompt(&pty);
    let screen = pty.screen();
    let place = |text: &str| screen.find(text).expect(text);
    let in_order = [
        "\"jobId\":\"Job1\"}\n",
        "\nbegun",
        "\ngot a key\n",
        "\nReceived Job",
    ];
    assert!(in_order.map(place).is_sorted(), "{screen}");
    pty.send("quit\r");
    assert!(pty.wait_for_exit().success());
    assert!(pty.is_cooked());
}

#[test]
fn ctrl_c_ends_the_command_and_not_the_sandbox() {
    let mut pty = sandbox();
    for command in ["help", "pending"] {
        pty.send(&format!(
            "{command} | (echo begun with {command}; exec sleep 600)\r"
        ));
        pty.wait_until("the command", |screen| {
            screen.ends_with(&format!("\nbegun with {command}"))
        });
        pty.send("\x03");
        pty.wait_until("its end", |screen| {
            screen.contains(&format!(
                "error: `(echo begun with {command}; exec sleep 600)` ended with "
            )) && screen.ends_with(" local>")
        });
    }
    pty.send("pending --query 'queuedJobs'\r");
    pty.wait_for("\n[]\n");
    pty.send("quit\r");
    assert!(pty.wait_for_exit().success());
    assert!(pty.is_cooked());
}

#[test]
fn files_are_completed_behind_a_sign() {
    let folder = Folder::new("redirect");
    fs::write(folder.0.join("before.json"), "").expect("a file");
    let begun = format!("{}/bef", folder.0.display());
    let mut pty = sandbox();
    pty.send(&format!("pending >> {begun}\t"));
    pty.wait_for(&format!("{begun}ore.json"));
    pty.send("\r");
    prompt(&pty);
    let kept = fs::read_to_string(folder.0.join("before.json")).expect("the file");
    assert_eq!(json(&kept)["queuedJobs"], json("[]"));
}
