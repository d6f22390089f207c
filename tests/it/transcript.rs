//! `--transcript`: what is typed and shown is kept, with the time of each line. The program as it is shipped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::readme::normal;
use crate::script::ended;
use crate::serve::{Folder, soon};

/// The lines that were kept, without their times, and with everything replaced that differs from run to run.
fn kept(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the transcript");
    assert!(text.ends_with('\n'), "{text}");
    let lines = text.lines().map(|line| {
        assert!(!line.contains(char::is_control), "{line:?}");
        let (time, rest) = line.split_at("2026-11-22 06:58:20.123Z ".len());
        let shape = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(shape, "0000-00-00 00:00:00.000Z ", "{line}");
        normal(rest)
    });
    lines.collect()
}

#[test]
fn everything_typed_and_shown_is_kept() {
    let folder = Folder::new("transcript");
    let path = folder.0.join("session.txt");
    let file = path.to_str().expect("a path");
    let script = "create-job Job1 {\"a\":\n1}\nbo\u{1b}gus\npending --query queuedJobs[].jobId | cat\nevents off\nwire on\nwait 1ms\n";
    let options = ["--keep-going", "--color", "always", "--transcript", file];
    let (code, output, _) = ended(&options, script);
    assert_eq!(code, 2, "{output}");
    let lines = kept(&path);
    assert!(lines[0].starts_with("jobs-sandbox "), "{lines:?}");
    assert!(lines[1].starts_with("A local service;"), "{lines:?}");
    let queued =
        r#"{"jobId":"Job1","queuedAt":T,"lastUpdatedAt":T,"executionNumber":1,"versionNumber":1}"#;
    assert_eq!(
        lines[3..],
        [
            r#"sandbox-thing local> create-job Job1 {"a":"#,
            "1}",
            "CreateJobResponse:",
            r#"{"jobArn":"arn:aws:iot:us-east-1:123456789012:job/Job1","jobId":"Job1"}"#,
            "Received JobExecutionsChanged event:",
            &format!(r#"{{"timestamp":T,"jobs":{{"QUEUED":[{queued}]}}}}"#),
            "Received NextJobExecutionChanged event:",
            r#"{"timestamp":T,"execution":{"jobId":"Job1","status":"QUEUED","queuedAt":T,"lastUpdatedAt":T,"versionNumber":1,"executionNumber":1,"jobDocument":{"a":1}}}"#,
            r"sandbox-thing local> bo\u001bgus",
            r"error: `bo\u001bgus` is not a command",
            "hint: `help` lists the commands",
            "sandbox-thing local> pending --query queuedJobs[].jobId | cat",
            r#"["Job1"]"#,
            "sandbox-thing local> events off",
            "Events are off; `events on` shows them, `events last` replays the last ones.",
            "sandbox-thing local> wire on",
            "Wire is on: every message is shown with its topic and its time.",
            "sandbox-thing local> wait 1ms",
            r"line 3: `bo\u001bgus` failed",
        ]
    );
    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The next session is appended, whatever its form; so is a command of the command line.
    let options = [
        "--transcript",
        file,
        "--output",
        "raw",
        "describe-job",
        "Nothing",
    ];
    assert_eq!(ended(&options, "").0, 1);
    let appended = &kept(&path)[lines.len()..];
    assert_eq!(
        appended[3], "sandbox-thing local> describe-job Nothing",
        "{appended:?}"
    );
    assert!(
        appended[4].starts_with("error: DescribeJob was rejected"),
        "{appended:?}"
    );
}

#[test]
fn a_signature_is_nowhere_but_where_it_is_handed_on() {
    let folder = Folder::new("transcript-signature");
    let [path, handed] = ["session.txt", "document.json"].map(|name| folder.0.join(name));
    let [file, to] = [&path, &handed].map(|path| path.to_str().expect("a path"));
    let document = r#"{"u":"https://b/k?X-Amz-Credential=S3CR3T%2Fs3&X-Amz-Signature=S3CR3T"}"#;
    let script = format!(
        "wire on\ncreate-job Job1 {document}\nnext\nget-job-document Job1 | cat >/dev/null\nget-job-document Job1 > {to}\n\
         explain create-job Job2 {document}\ncreate-job Job1 {document}\ncreate-job Job2 {document}]\n\
         update Job1 IN_PROGRESS --detail u=?Signature=S3CR3T\ndescribe Job1\nevents last\n"
    );
    for form in ["text", "json", "jsonl", "raw"] {
        let options = ["--output", form, "--keep-going", "--transcript", file];
        let (code, output, said) = ended(&options, &script);
        assert_eq!(code, 1, "{said}");
        for shown in [output, said, fs::read_to_string(&path).expect("it")] {
            assert!(!shown.contains("S3CR3T"), "{form}: {shown}");
        }
        let handed = fs::read_to_string(&handed).expect("the document");
        assert_eq!(handed.matches("S3CR3T").count(), 2, "{handed}");
    }
    let kept = fs::read_to_string(&path).expect("the transcript");
    let url = "?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]";
    assert!(kept.matches(url).count() > 20, "{kept}");
}

#[test]
fn it_is_kept_on_a_terminal_and_holds_no_key() {
    let folder = Folder::new("transcript-terminal");
    let path = folder.0.join("session.txt");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.args(["--transcript", path.to_str().expect("a path")]);
    for name in ["HOME", "XDG_STATE_HOME", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.env("AWS_SECRET_ACCESS_KEY", "a-secret-that-stays-one");
    let mut pty = Pty::spawn(command, 50, 400);
    pty.wait_until("the prompt", |screen| screen.ends_with(" local>"));
    pty.send("wire on\rcreate-job Job1 1\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    // Each line is there as soon as it is shown; the last may be on its way.
    let is_kept = move || {
        let text = fs::read_to_string(&path).expect("the transcript");
        text.contains("Received NextJobExecutionChanged event:\n")
    };
    soon("the event in the file", move || {
        while !is_kept() {
            std::thread::yield_now();
        }
    });
    pty.send("quit\r");
    assert!(pty.wait_for_exit().success());
    let lines = kept(&folder.0.join("session.txt"));
    for expected in [
        "sandbox-thing local> wire on",
        "> PUT /jobs/Job1 {",
        "CreateJobResponse:",
        "Received JobExecutionsChanged event:",
        "sandbox-thing local> quit",
    ] {
        let found = lines
            .iter()
            .filter(|line| line.starts_with(expected))
            .count();
        assert_eq!(found, 1, "{expected}: {lines:?}");
    }
    let text = lines.join("\n");
    for secret in ["a-secret-that-stays-one", "Signature", "PRIVATE KEY"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_at_the_start() {
    for (file, reason) in [
        ("/no/such/folder/x", "No such file or directory"),
        ("/", "Is a directory"),
        #[cfg(target_os = "linux")]
        ("/dev/full", "No space left on device"),
    ] {
        let (code, output, said) = ended(&["--transcript", file, "-c", "create-job J 1"], "");
        assert_eq!((code, output.as_str()), (3, ""), "{said}");
        let error = format!("error: cannot write the transcript `{file}`: {reason}");
        assert!(said.starts_with(&error), "{said}");
        assert!(
            said.ends_with("\ngive another file with --transcript"),
            "{said}"
        );
    }
}

#[test]
fn a_session_that_cannot_begin_is_kept() {
    let folder = Folder::new("transcript-start");
    let path = folder.0.join("session.txt");
    let options = format!(
        "--transcript {} --endpoint e --region r --thing t --cert /no --key /no",
        path.display()
    );
    let options: Vec<&str> = options.split(' ').collect();
    let (code, _, said) = ended(&options, "");
    assert_eq!(code, 3);
    assert_eq!(kept(&path)[1..], said.lines().collect::<Vec<_>>());
}

#[test]
fn a_session_goes_on_when_its_transcript_cannot() {
    let folder = Folder::new("transcript-pipe");
    let [pipe, gate] = ["pipe", "gate"].map(|name| folder.0.join(name));
    let made = Command::new("mkfifo").args([&pipe, &gate]).status();
    assert!(made.expect("mkfifo").success());
    let [file, wait] = [&pipe, &gate].map(|path| path.to_str().expect("a path").to_owned());
    let reader = std::thread::spawn(move || {
        let mut reader = BufReader::new(fs::File::open(pipe).expect("the pipe"));
        let mut line = String::new();
        while !line.contains("For other tools") {
            line.clear();
            reader.read_line(&mut line).expect("a line");
        }
        drop(reader);
        // The first command of the script waits for this.
        fs::write(gate, "gone\n").expect("the gate");
    });
    let script = format!("pending | read line < '{wait}'\npending\npending\n");
    let (code, output, said) = ended(&["--transcript", &file], &script);
    reader.join().expect("the reader");
    assert_eq!(code, 0, "{said}");
    assert_eq!(output.lines().count(), 4, "{output}");
    let ends =
        format!("The transcript `{file}` ends here, because it cannot be written: Broken pipe");
    assert_eq!(said.matches(&ends).count(), 1, "{said}");
}

#[test]
fn a_pipe_that_no_program_reads_holds_nothing_up() {
    let folder = Folder::new("unread");
    let pipe = folder.0.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("a shell command").success());
    let pipe = pipe.to_str().expect("a path");
    for option in ["--log", "--transcript"] {
        let (code, output, said) = ended(&[option, pipe, "pending"], "");
        assert_eq!((code, output.as_str()), (3, ""), "{option}: {said}");
        assert!(said.contains(": no program reads this pipe\n"), "{said}");
    }
}
