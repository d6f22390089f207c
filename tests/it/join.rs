//! `--join`: a session, or `serve`, that runs in one terminal is joined from others. Each test has a folder for temporary files
//! of its own, so that only what it starts can be joined.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use jobs_sandbox::repl::pages;
use serde_json::Value;

use crate::pty::Pty;
use crate::serve::{Folder, Serve, finish, program};
use crate::serve_state::Control;
use crate::terminal::spawn;

/// The program, which sees only what this test has started.
fn here(folder: &Folder) -> Command {
    let mut command = program();
    command.env("TMPDIR", &folder.0);
    command
}

fn serve(folder: &Folder, options: &[&str]) -> Serve {
    Serve::start_as(&mut here(folder), options, Stdio::inherit())
}

/// A session with its own service, at its prompt.
fn session(folder: &Folder, thing: &str) -> Pty {
    let pty = spawn(here(folder).args(["--thing", thing]));
    let prompt = format!("● {thing} local>");
    pty.wait_until("the prompt", |screen| screen.ends_with(&prompt));
    pty
}

/// What joins, at its prompt.
fn joined(folder: &Folder, options: &[&str], prompt: &str) -> Pty {
    let pty = spawn(here(folder).arg("--join").args(options));
    pty.wait_until("the prompt", |screen| screen.ends_with(prompt));
    pty
}

fn join(folder: &Folder, options: &[&str]) -> Output {
    finish(here(folder).arg("--join").args(options))
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(out.contains(stdout), "{stdout}: {out}");
    assert!(err.contains(stderr), "{stderr}: {err}");
}

/// The folders of programs that run or were killed.
fn folders(folder: &Folder) -> Vec<PathBuf> {
    let entries = fs::read_dir(&folder.0).expect("a folder");
    entries.map(|it| it.expect("an entry").path()).collect()
}

/// How many certificates there are in the account, and the names of its policies.
fn account(serve: &Serve) -> (usize, Vec<String>) {
    let list = |path| {
        Control::of(serve)
            .call("GET", path, "")
            .expect("an answer")
            .1
    };
    let all = |body: &Value, member| body[member].as_array().expect(member).clone();
    let certificates = all(&list("/certificates"), "certificates");
    let policies = all(&list("/policies"), "policies");
    let names = policies.iter().map(|it| it["policyName"].as_str());
    let names = names.map(|it| it.expect("a name").to_owned());
    (certificates.len(), names.collect())
}

#[test]
fn an_operator_and_another_thing_join_serve() {
    let folder = Folder::new("join-serve");
    let serve = serve(&folder, &["--thing", "lamp", "--thing", "door"]);
    assert_eq!(serve.text("name"), "lamp");
    let output = join(&folder, &["-c", "create-job Job1 {}", "-c", "pending"]);
    check(
        &output,
        0,
        r#""queuedJobs":[{"jobId":"Job1""#,
        "Joined `serve` `lamp` as an operator.",
    );
    // Variables describe another connection.
    let mut command = here(&folder);
    command
        .env("JOBS_SANDBOX_ENDPOINT", "e")
        .env("JOBS_SANDBOX_THING", "lamp");
    let output = finish(command.args(["--join", "-c", "list-jobs"]));
    check(&output, 0, "Job1", "as an operator.");
    // An operator does not execute jobs.
    let output = join(&folder, &["lamp", "-c", "next"]);
    check(&output, 1, "0x87 not authorized", "line 1: `next` failed");
    let next = [
        "lamp",
        "--thing",
        "bell",
        "-c",
        "create-job Job2 {}",
        "-c",
        "next",
    ];
    let output = join(&folder, &next);
    check(
        &output,
        0,
        r#""status":"IN_PROGRESS""#,
        "Joined `serve` `lamp` as the thing `bell`.",
    );
    for thing in ["lamp", "door"] {
        let output = join(&folder, &["--thing", thing, "-c", "pending"]);
        let expected = format!("error: `{thing}` is a thing of what is joined");
        check(&output, 2, "", &expected);
    }
    // Those that joined have left nothing, here and in the account.
    assert_eq!(folders(&folder).len(), 1);
    assert_eq!(account(&serve), (1, vec!["device".to_owned()]));
    assert_eq!(serve.end("-TERM").0, Some(0));
    assert!(folders(&folder).is_empty());
}

#[test]
fn what_is_joined_is_found_by_its_name() {
    let folder = Folder::new("join-name");
    let output = join(&folder, &["-c", "pending"]);
    check(
        &output,
        3,
        "",
        "error: no session and no `serve` of yours runs here",
    );
    let dir = Folder::new("join-dir");
    let dir = dir.0.to_str().expect("a path");
    let first = serve(&folder, &["--thing", "lamp", "--dir", dir]);
    let second = serve(&folder, &["--thing", "lamp"]);
    assert_eq!(
        (first.text("name"), second.text("name")),
        ("lamp", "lamp-2")
    );
    let output = join(&folder, &["-c", "pending"]);
    check(
        &output,
        3,
        "",
        "error: more than one runs here: `lamp`, `lamp-2`",
    );
    let output = join(&folder, &["door", "-c", "pending"]);
    check(
        &output,
        3,
        "",
        "has the name `door`; there is `lamp`, `lamp-2`",
    );
    check(
        &join(&folder, &["lamp-2", "-c", "create-job Job1 {}"]),
        0,
        "Job1",
        "",
    );
    check(
        &join(&folder, &["lamp", "-c", "list-jobs"]),
        0,
        r#""jobs":[]"#,
        "",
    );
    // One that was killed is not found, and what it left is swept.
    assert_eq!(second.end("-KILL").0, None);
    check(
        &join(&folder, &["-c", "list-jobs"]),
        0,
        r#""jobs":[]"#,
        "`serve` `lamp`",
    );
    assert_eq!(folders(&folder).len(), 1);
    assert_eq!(first.end("-TERM").0, Some(0));
    assert!(folders(&folder).is_empty());
}

#[test]
fn a_thing_that_has_joined_counts_after_a_restart() {
    let folder = Folder::new("join-restart");
    let file = folder.0.join("state");
    let state = file.to_str().expect("a path");
    let first = serve(&folder, &["--thing", "lamp", "--state", state]);
    let [mqtt, http, https] =
        ["mqttPort", "httpPort", "httpsPort"].map(|name| first.port(name).to_string());
    let bell = joined(&folder, &["--thing", "bell"], "● bell>");
    let begun = Instant::now();
    while !fs::read_to_string(&file)
        .expect("a file")
        .contains(r#""things":["bell"]"#)
    {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is not kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    first.end("-KILL");
    bell.wait_for("The `serve` that you joined as `lamp` has ended");
    let mut command = here(&folder);
    command.args(["serve", "--mqtt-port", &mqtt, "--http-port", &http]);
    command.args(["--https-port", &https]);
    command.args(["--thing", "lamp", "--state", state]);
    // Ends with the terminal.
    let second = spawn(&command);
    bell.wait_for("Reconnected after");
    let output = join(&folder, &["--thing", "bell", "-c", "pending"]);
    let refusal = "error: `bell` has already joined from another terminal";
    check(&output, 3, "", refusal);
    let output = join(&folder, &["--thing", "door", "-c", "pending"]);
    check(
        &output,
        0,
        "GetPendingJobExecutionsResponse",
        "as the thing `door`",
    );
    // Each end is shown.
    second.signal("TERM");
    second.wait_for_exit();
    let ended = "The `serve` that you joined as `lamp` has ended";
    bell.wait_until("the second end", |screen| {
        screen.matches(ended).count() == 2
    });
}

#[test]
fn an_agent_with_its_own_service_gets_jobs_from_an_operator() {
    let folder = Folder::new("join-agent");
    let agent = spawn(here(&folder).args(["agent", "--thing", "lamp"]));
    // It can be joined before its first line.
    agent.wait_for("Thing `lamp` of a local service");
    let output = join(&folder, &["-c", "create-job Job1 {}"]);
    check(
        &output,
        0,
        "Job1",
        "Joined the agent `lamp` as an operator.",
    );
    agent.wait_for("Job1");
    agent.signal("TERM");
    agent.wait_for_exit();
    assert!(folders(&folder).is_empty());
}

#[test]
fn other_options_of_a_connection_contradict_it() {
    let folder = Folder::new("join-options");
    for (option, value) in [
        ("--profile", Some("p")),
        ("--profile-file", Some("f")),
        ("--endpoint", Some("e")),
        ("--ca-file", Some("f")),
        ("--port", Some("1")),
        ("--region", Some("us-east-1")),
        ("--client-id", Some("i")),
        ("--local", None),
    ] {
        let output = finish(here(&folder).arg("--join").arg(option).args(value));
        check(
            &output,
            2,
            "",
            &format!("error: --join does not take {option}"),
        );
    }
    for option in ["--cert", "--key"] {
        let output = finish(here(&folder).args(["--join", option, "f"]));
        let expected = format!("error: --join takes {option} only with --thing");
        check(&output, 2, "", &expected);
    }
}

/// The lines of the page that a session reads, and those that a shell reads, in order.
fn recipe() -> [Vec<String>; 2] {
    let page = pages::page("devices").expect("a page").text;
    let mut lines = [Vec::new(), Vec::new()];
    for block in page.split("```").skip(1).step_by(2) {
        let (kind, block) = block.split_once('\n').expect("a line");
        let block = block.replace("\\\n", "");
        lines[usize::from(kind == "sh")].extend(block.lines().map(ToOwned::to_owned));
    }
    lines
}

/// The words of a line for a shell behind the name of the program.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split_whitespace().skip(1);
    words.take_while(|word| *word != ">")
}

/// The certificate in a response without its key, which is in a file that only its owner can read.
fn certificate_of(files: &Folder, shown: &str) -> String {
    for file in ["lamp-2.key", "lamp-2.pem"] {
        let metadata = fs::metadata(files.0.join(file)).expect(file);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
    let key = fs::read_to_string(files.0.join("lamp-2.key")).expect("the key");
    let secret = key.lines().nth(1).expect("a second line");
    assert!(key.starts_with("-----BEGIN RSA PRIVATE KEY-----") && !shown.contains(secret));
    let created: Value = serde_json::from_str(shown).expect("JSON");
    let certificate = created["certificatePem"].as_str();
    let file = fs::read_to_string(files.0.join("lamp-2.pem")).expect("the certificate");
    assert_eq!(certificate, Some(file.as_str()));
    created["certificateId"].as_str().expect("an id").to_owned()
}

#[test]
fn a_second_device_is_set_up_in_a_session_as_the_page_says() {
    let folder = Folder::new("second-device");
    let files = Folder::new("second-device-files");
    let serve = serve(&folder, &["--thing", "lamp"]);
    let run = |command: &mut Command| {
        let output = finish(command.current_dir(&files.0));
        check(&output, 0, "", "");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let [session, shell] = recipe();
    let policy = run(here(&folder).args(words(&shell[0])));
    fs::write(files.0.join("lamp-2.json"), policy).expect("a file");
    let connect = || words(&shell[1]).chain(["-c", "next"]);
    let mut certificate = String::new();
    for line in &session {
        // Other ways to the certificate.
        let others = [
            "create-certificate-from-csr",
            "register-certificate-without-ca",
        ];
        if others.iter().any(|command| line.starts_with(command)) {
            continue;
        }
        if line.starts_with("detach-thing-principal") {
            // The device is complete. It does not need the policy of `serve` to work on a job.
            run(here(&folder).args(["--join", "-c", "create-job Job1 {} --target lamp-2"]));
            let output = finish(here(&folder).args(connect()).current_dir(&files.0));
            check(&output, 0, r#""jobId":"Job1""#, "as the thing `lamp-2`.");
        }
        let line = line.replace("CERTIFICATE", &certificate);
        let shown =
            run(here(&folder).args(["--join", "--output", "raw", "-c", "wire on", "-c", &line]));
        if line.starts_with("create-keys-and-certificate") {
            certificate = certificate_of(&files, &shown);
            // Nothing is made if a file is there already, and the other file is not left behind.
            let second = "create-keys-and-certificate --cert new.pem --key lamp-2.key";
            let mut command = here(&folder);
            command.args(["--join", "-c", second]).current_dir(&files.0);
            let expected = "error: `lamp-2.key` already exists, and is not overwritten";
            check(&finish(&mut command), 3, expected, "");
            assert_eq!(certificate_of(&files, &shown), certificate);
            assert!(!files.0.join("new.pem").exists());
        }
    }
    // Without its certificate it cannot connect.
    let output = finish(here(&folder).args(connect()).current_dir(&files.0));
    assert_ne!(output.status.code(), Some(0));
    assert_eq!(serve.end("-TERM").0, Some(0));
}

#[test]
fn a_session_is_joined_and_its_end_is_shown() {
    let folder = Folder::new("join-session");
    let mut host = session(&folder, "lamp");
    let operator = joined(&folder, &[], "● lamp>");
    let mut bell = joined(&folder, &["lamp", "--thing", "bell"], "● bell>");
    let output = join(&folder, &["--thing", "bell", "-c", "pending"]);
    check(
        &output,
        3,
        "",
        "error: `bell` has already joined from another terminal",
    );
    for path in folders(&folder) {
        let mode = fs::metadata(&path).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
    bell.send("create-job Job1 {} --target lamp\r");
    host.wait_for("NextJobExecutionChanged");
    operator.wait_for("NextJobExecutionChanged");
    host.send("quit\r");
    host.wait_for_exit();
    for pty in [&operator, &bell] {
        pty.wait_for("The session `lamp` that you joined has ended, and its local service with it");
    }
    bell.send("quit\r");
    bell.wait_for_exit();
    // Only what the operator has is left.
    assert_eq!(folders(&folder).len(), 1);
    operator.signal("HUP");
    operator.wait_for_exit();
    assert!(folders(&folder).is_empty());
}

#[test]
fn a_session_that_a_signal_ends_leaves_nothing() {
    let folder = Folder::new("join-signals");
    for signal in ["HUP", "TERM", "QUIT"] {
        let host = session(&folder, "lamp");
        let operator = joined(&folder, &[], "● lamp>");
        host.signal(signal);
        host.wait_for_exit();
        operator.wait_for("The session `lamp` that you joined has ended");
        operator.signal(signal);
        operator.wait_for_exit();
        assert!(folders(&folder).is_empty(), "{signal}");
    }
    let serve = serve(&folder, &["--thing", "lamp"]);
    let pty = joined(&folder, &["--thing", "bell"], "● bell>");
    assert_eq!(account(&serve).0, 2);
    pty.signal("HUP");
    pty.wait_for_exit();
    assert_eq!(account(&serve), (1, vec!["device".to_owned()]));
    assert_eq!(serve.end("-TERM").0, Some(0));
    let killed = session(&folder, "lamp");
    killed.signal("KILL");
    killed.wait_for_exit();
    assert_eq!(folders(&folder).len(), 1);
    let next = session(&folder, "bell");
    assert_eq!(folders(&folder).len(), 1);
    check(
        &join(&folder, &["-c", "pending"]),
        0,
        "",
        "the session `bell`",
    );
    drop(next);
}
