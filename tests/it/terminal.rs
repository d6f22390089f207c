//! The whole program on a pseudo-terminal: Ctrl-C, signals, the user's own editor, and a prompt that shows the real state.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use jobs_sandbox::local::{Fault, FaultKind};
use portable_pty::CommandBuilder;

use crate::proxy::{Cut, Proxy, Traffic};
use crate::pty::Pty;
use crate::serve::{Folder, program};
use crate::test_service::TestService;

const PROMPT: &str = "● sandbox-thing local>";

/// The program as a user starts it, on the sandbox's own service, with these variables set.
fn start(environment: &[(&str, &str)]) -> Pty {
    let pty = spawn(program().envs(environment.iter().copied()));
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    pty
}

/// The same with any command.
pub(crate) fn spawn(command: &Command) -> Pty {
    let mut on_terminal = CommandBuilder::new(command.get_program());
    on_terminal.env_clear();
    on_terminal.args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            on_terminal.env(name, value);
        }
    }
    on_terminal.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let term = command.get_envs().find(|(name, _)| *name == "TERM");
    let term = term.and_then(|(_, value)| value);
    on_terminal.env("TERM", term.unwrap_or("xterm-256color".as_ref()));
    on_terminal.cwd(env!("CARGO_MANIFEST_DIR"));
    Pty::spawn(on_terminal, 50, 200)
}

/// Types, and waits until the screen ends with `shown`.
fn send(pty: &mut Pty, keys: &str, shown: &str) {
    pty.send(keys);
    pty.wait_until(shown, |screen| screen.ends_with(shown));
}

/// Presses Ctrl-C in a running command until the program has written `text` this many times. A key that arrives before the
/// command begins is lost, and at the prompt it would have another effect.
fn interrupt(pty: &mut Pty, text: &str, times: usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut next_key = Instant::now();
    // The word in front of an error has a colour.
    let shown = |pty: &Pty| pty.output().replace("\x1b[0m", "");
    while shown(pty).matches(text).count() < times {
        assert!(
            Instant::now() < deadline,
            "no {text:?} in\n{}",
            pty.screen()
        );
        if Instant::now() >= next_key && pty.is_cooked() {
            pty.send("\x03");
            next_key = Instant::now() + Duration::from_secs(2);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn quit(mut pty: Pty) {
    pty.send("\x15quit\r");
    assert!(pty.wait_for_exit().success());
    assert!(pty.is_cooked());
}

#[test]
fn ctrl_c_twice_leaves() {
    let mut pty = start(&[]);
    let hint = format!("\nCtrl-C again leaves; so do Ctrl-D and `quit`\n{PROMPT}");
    send(&mut pty, "xyz\x03", &format!("{PROMPT} xyz\n{PROMPT}"));
    send(&mut pty, "\x03", &hint);
    // Twice in succession, that is.
    send(&mut pty, "xyz\x03", &format!("{PROMPT} xyz\n{PROMPT}"));
    send(&mut pty, "\x03", &hint);
    pty.send("\x03");
    assert!(pty.wait_for_exit().success());
    assert!(pty.is_cooked());
}

/// A session through a proxy, with Job1 queued.
fn with_job(service: &TestService) -> (Proxy, Pty) {
    let proxy = Proxy::start(service.local.mqtt_address());
    let mut pty = spawn(&service.command(&[], proxy.port()));
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    pty.send("create-job Job1 {\"a\":1}\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    (proxy, pty)
}

#[test]
fn ctrl_c_cancels_the_running_command_and_says_what_is_unknown() {
    let service = TestService::new("ctrl-c");
    let (proxy, mut pty) = with_job(&service);
    proxy.set(Traffic::Hold);
    pty.send("update Job1 IN_PROGRESS\r");
    proxy.wait_for_held();
    interrupt(&mut pty, "error: interrupted", 1);
    let answer = "\nerror: interrupted\noutcome unknown: it may have been carried out\n\
        hint: `describe-job-execution Job1` shows it; press Enter to run it\n● lamp>";
    pty.wait_until(answer, |screen| screen.ends_with(answer));
    // The reply arrives late, and is distinguished from that of another command.
    proxy.set(Traffic::Pass);
    pty.wait_for("Received late, after its command had ended:\nUpdateJobExecutionResponse:\n");
    quit(pty);
}

#[test]
fn ctrl_c_names_what_shows_the_outcome_of_an_operator() {
    let service = TestService::new("ctrl-c-operator");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    // It accepts connections, and never answers.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = mute.local_addr().expect("an address");
    command.env("AWS_ENDPOINT_URL_IOT", format!("http://{address}"));
    let mut pty = spawn(&command);
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    pty.send("cancel-job Job1\r");
    let (mut connection, _) = mute.accept().expect("a connection");
    connection.read_exact(&mut [0]).expect("a request");
    interrupt(&mut pty, "error: interrupted", 1);
    let answer = "\nerror: interrupted\noutcome unknown: it may have been carried out\n\
        hint: `describe-job Job1` shows it\n● lamp>";
    pty.wait_until(answer, |screen| screen.ends_with(answer));
    quit(pty);
}

#[test]
fn what_ctrl_c_takes_back_before_it_left_is_never_sent() {
    let service = TestService::new("taken-back");
    let (proxy, mut pty) = with_job(&service);
    // Without a connection, and between two attempts of a request that the service throttles.
    proxy.set(Traffic::Hold);
    proxy.cut(Cut::Reset);
    pty.wait_for("Connection lost");
    pty.send("update Job1 SUCCEEDED\r");
    let taken_back = "it was not carried out";
    interrupt(&mut pty, taken_back, 1);
    proxy.set(Traffic::Pass);
    pty.wait_for("Reconnected after");
    let throttle = Fault::new(FaultKind::Throttle);
    service.local.add_fault(throttle).expect("a fault");
    for (times, command, operation) in [
        (2, "update Job1 FAILED", "UpdateJobExecution"),
        (3, "delete-job Job1 --force --yes", "DeleteJob"),
    ] {
        pty.send(&format!("{command}\r"));
        pty.wait_for(&format!("{operation} was throttled"));
        interrupt(&mut pty, taken_back, times);
    }
    service.local.clear_faults();
    pty.send("describe Job1 --no-document\r");
    pty.wait_for("\"status\":\"QUEUED\"");
    quit(pty);
}

#[test]
fn ctrl_c_ends_the_reading_of_a_document() {
    let folder = Folder::new("fifo");
    let pipe = pipe_in(&folder);
    let mut pty = start(&[]);
    pty.send(&format!("create-job Job1 @{}\r", pipe.display()));
    // It opens once it is being read, and nothing is ever written into it.
    let writer = crate::serve::soon("a reader", move || {
        std::fs::File::options().write(true).open(pipe)
    });
    pty.send("\x03");
    pty.wait_for("error: interrupted\n");
    pty.send("pending\r");
    pty.wait_for("GetPendingJobExecutionsResponse:");
    quit(pty);
    drop(writer);
}

/// A named pipe in a folder.
fn pipe_in(folder: &Folder) -> std::path::PathBuf {
    let pipe = folder.0.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("a shell command").success());
    pipe
}

#[test]
fn ctrl_c_ends_the_wait_for_what_is_outside() {
    let folder = Folder::new("outside");
    let pipe = pipe_in(&folder).display().to_string();
    // What is given up may still open it.
    let other = Folder::new("outside-document");
    let unwritten = pipe_in(&other).display().to_string();
    let (mut pty, mut interrupted) = (start(&[]), 0);
    for (line, begun, failure) in [
        (
            format!("pending > {pipe}"),
            "",
            "interrupted\nthe command was not sent\n",
        ),
        (
            format!("pending >> {pipe}"),
            "",
            "interrupted\nthe command was not sent\n",
        ),
        (
            format!("create-job Job1 @{unwritten}"),
            "",
            "interrupted\nit was not carried out\n",
        ),
        (
            "pending | echo go; exec sleep 1000".to_owned(),
            "go",
            "ended with signal: 2 (SIGINT)\n",
        ),
        // It does not hear of it, and no more does what it leaves behind with its standard input.
        (
            "pending | trap '' INT; echo go; read line; exec sleep 1000 >&2".to_owned(),
            "go",
            "did not stop at Ctrl-C and was killed\n",
        ),
    ] {
        pty.send(&format!("{line}\r"));
        pty.wait_until(&line, |screen| {
            screen.ends_with(&format!("{line}\n{begun}").trim_end())
        });
        if begun.is_empty() {
            interrupted += 1;
            interrupt(&mut pty, "error: interrupted", interrupted);
        } else {
            pty.send("\x03");
        }
        pty.wait_until(failure, |screen| {
            screen.ends_with(&format!("{failure}{PROMPT}"))
        });
    }
    pty.send("pending\r");
    pty.wait_for("GetPendingJobExecutionsResponse:");
    quit(pty);
}

#[test]
fn a_program_that_is_left_behind_with_the_response_holds_nothing_up() {
    let mut pty = start(&[]);
    let folder = Folder::new("large");
    let document = folder.0.join("document.json");
    std::fs::write(&document, format!("\"{}\"", "x".repeat(30_000))).expect("a file");
    let create = format!("create-job Job1 @{} > /dev/null", document.display());
    pty.send(&format!("{create}\r"));
    // More than a pipe takes.
    let large = "get-job-document Job1 --query [document,document,document]";
    let left = "exec 3<&0; sleep 600 <&3 >/dev/null 2>&1 & echo left $!.";
    pty.send(&format!("{large} | {left}\r"));
    // The events of the job may come behind it, and fill the screen.
    pty.wait_for_output("\nleft ");
    pty.send("pending\r");
    pty.wait_for_output("GetPendingJobExecutionsResponse:");
    let pid = left_behind(&pty.output()).expect("a pid");
    let killed = Command::new("kill").arg(pid.to_string()).status();
    assert!(killed.expect("a shell command").success());
    quit(pty);
}

fn left_behind(screen: &str) -> Option<u32> {
    let (_, behind) = screen.rsplit_once("\nleft ")?;
    behind.split_once('.')?.0.parse().ok()
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    for (name, code) in [
        ("TERM", 143),
        ("HUP", 129),
        ("QUIT", 131),
        ("USR1", 138),
        ("ALRM", 142),
    ] {
        let mut pty = start(&[]);
        send(&mut pty, "xyz", &format!("{PROMPT} xyz"));
        assert!(!pty.is_cooked());
        pty.signal(name);
        assert_eq!(pty.wait_for_exit().exit_code(), code);
        assert!(pty.is_cooked());
        pty.wait_for_output("\x1b[?2004l");
    }
}

/// What a user sees who stops and continues the program: a shell would use the terminal in between.
#[test]
fn a_stopped_line_goes_on() {
    let mut pty = start(&[]);
    send(&mut pty, "xyz", &format!("{PROMPT} xyz"));
    pty.signal("STOP");
    pty.make_cooked();
    pty.signal("CONT");
    while pty.is_cooked() {
        std::thread::yield_now();
    }
    send(&mut pty, "abc", &format!("\n{PROMPT} xyzabc"));
    let prompts = pty.screen().matches("xyz").count();
    assert_eq!(prompts, 1, "{}", pty.screen());
    quit(pty);
}

#[test]
fn ctrl_c_in_the_editor_is_for_the_editor() {
    // The shell itself waits: dash forgets a signal while it starts a program.
    let mut pty = start(&[("EDITOR", "echo editing; read line #")]);
    send(&mut pty, "xyz\x18\x05", "xyz\nediting");
    pty.send("\x03");
    pty.wait_for("error: the editor `");
    pty.wait_until("the line", |screen| {
        screen.ends_with("● sandbox-thing local> xyz")
    });
    quit(pty);
}

#[test]
fn a_killed_editor_leaves_the_terminal_to_the_line() {
    let mut pty = start(&[("EDITOR", "stty raw -echo; kill -9 $$;")]);
    pty.send("xyz\x18\x05");
    pty.wait_for("error: the editor `");
    pty.wait_until("the line", |screen| {
        screen.ends_with("● sandbox-thing local> xyz")
    });
    quit(pty);
}

#[test]
fn a_document_is_written_in_the_editor() {
    let folder = Folder::new("documents");
    let file = folder.0.join("document");
    let copy = format!("cp {}", file.display());
    let mut pty = start(&[
        ("EDITOR", copy.as_str()),
        ("XDG_STATE_HOME", folder.0.to_str().expect("a path")),
    ]);
    std::fs::write(&file, "{\n  \"Todo\": \"Reboot\"\n}\n").expect("a file");
    pty.send("create-job Job1 --edit --description d\r");
    pty.wait_for("\"jobDocument\":{\"Todo\":\"Reboot\"}");
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    // The history has the command with its document.
    let line = "create-job Job1 --description d {\n  \"Todo\": \"Reboot\"\n}";
    send(&mut pty, "\x1b[A", &format!("{PROMPT} {line}"));
    pty.send("\x03");
    // A mistake can be mended where it stands, and nothing was sent.
    std::fs::write(&file, "{\"a\":}").expect("a file");
    send(
        &mut pty,
        "create-job Job2 --edit\r",
        &format!("\n{PROMPT} create-job Job2 {{\"a\":}}"),
    );
    pty.wait_for(
        "error: the document is not JSON: a value is missing before `}` at line 1 column 6\n",
    );
    pty.send("\x1b[D2\r");
    pty.wait_for("\"jobId\":\"Job2\"}\n");
    std::fs::write(&file, "\n").expect("a file");
    pty.send("create-job Job3 --edit\r");
    pty.wait_for("error: no document was written, so CreateJob was not sent");
    quit(pty);
}

#[test]
fn the_editor_can_begin_with_the_document_of_another_job() {
    let mut pty = start(&[("EDITOR", "sed -i s/Reboot/Restart/")]);
    pty.send("create-job Job1 {\"Todo\":  \"Reboot\"}\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    pty.send("create-job Job2 --edit --from Job1 --description d\r");
    pty.wait_for("\"jobId\":\"Job2\",\"description\":\"d\"}\n");
    // Its event may come after the prompt.
    pty.wait_for("+ Job2 QUEUED");
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    // The document as it was, but for what was changed.
    let line = "create-job Job2 --description d {\"Todo\":  \"Restart\"}";
    send(&mut pty, "\x1b[A", &format!("{PROMPT} {line}"));
    send(&mut pty, "\x03", &format!("{PROMPT} {line}\n{PROMPT}"));
    pty.send("create-job Job3 --edit --from nothing\r");
    pty.wait_for("CreateJob was not sent: it needs the document of a job");
    quit(pty);
}

#[test]
fn completion_knows_the_jobs_that_there_are() {
    let mut pty = start(&[("NO_COLOR", "1")]);
    pty.send("create-job Job1 {}\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    send(&mut pty, "done \t", &format!("{PROMPT} done Job1"));
    pty.send("\r");
    pty.wait_for("UpdateJobExecutionResponse:");
    pty.wait_for("Received NextJobExecutionChanged event:\n  {\"timestamp\":");
    pty.wait_for("\"jobs\":{}}");
    // It is no longer pending, but known.
    send(&mut pty, "done \t", &format!("{PROMPT} done"));
    send(
        &mut pty,
        "\x15delete-job \t",
        &format!("{PROMPT} delete-job Job1"),
    );
    quit(pty);
}

#[test]
fn tab_asks_the_service_and_leaves_no_trace() {
    let service = TestService::new("tab");
    let mut pty = spawn(&service.command(&[], service.local.mqtt_address().port()));
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    let mut other = service.command_of("other", "create-thing door");
    assert!(other.output().expect("a program").status.success());
    pty.send("wire on\rdescribe-thing d");
    // An answer that comes late serves the next Tab.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !pty.screen().ends_with("● lamp> describe-thing door") {
        assert!(Instant::now() < deadline, "{}", pty.screen());
        pty.send("\t");
        std::thread::sleep(Duration::from_millis(300));
    }
    pty.send("\x15wire off\r");
    send(
        &mut pty,
        "\x0cevents last\r",
        "● lamp> events last\n● lamp>",
    );
    assert!(!pty.output().contains("ListThings"), "{}", pty.output());
    quit(pty);
}

#[test]
fn the_prompt_shows_a_lost_connection_while_a_line_is_typed() {
    let service = TestService::new("prompt");
    let proxy = Proxy::start(service.local.mqtt_address());
    let mut pty = spawn(&service.command(&[], proxy.port()));
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    send(&mut pty, "pend", "● lamp> pend");
    proxy.set(Traffic::Refuse);
    proxy.cut(Cut::Reset);
    pty.wait_for("Connection lost: ");
    pty.wait_until("the prompt", |screen| screen.ends_with("○ lamp> pend"));
    proxy.set(Traffic::Pass);
    pty.wait_for("Reconnected after ");
    pty.wait_for("Pending now:\nGetPendingJobExecutionsResponse:\n");
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp> pend"));
    pty.send("ing\r");
    pty.wait_for("● lamp> pending\nGetPendingJobExecutionsResponse:");
    quit(pty);
}

#[test]
fn a_forced_deletion_is_asked_about() {
    let service = TestService::new("confirm");
    let mut pty = spawn(&service.command(&[], service.local.mqtt_address().port()));
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    pty.send("create-job Job1 {\"a\":1}\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    let question = "● delete Job1 and all its executions, also those in progress? y/N";
    let no = |answer: &str| format!("{question}{answer}\nnothing was sent\n● lamp>");
    // Ctrl-C, Ctrl-D and Ctrl-X Ctrl-E are no answers, and Tab offers no commands.
    for (keys, answer) in [
        ("\r", ""),
        ("\x03", ""),
        ("\x04", ""),
        ("y\x03", " y"),
        ("y\x18\x05", " y"),
        ("n\r", " n"),
        ("p\t\r", " p"),
        ("{\r", " {"),
    ] {
        send(&mut pty, "\x0cdelete-job Job1 --force\r", question);
        send(&mut pty, keys, &no(answer));
    }
    // Events are shown above the question and what is typed of the answer.
    send(&mut pty, "\x0cdelete-job Job1 --force\r", question);
    send(&mut pty, "ye", &format!("{question} ye"));
    let mut other = service.command_of("other", "create-job Job2 {} --target lamp");
    assert!(other.output().expect("a program").status.success());
    pty.wait_until("the event", |screen| {
        screen.contains("+ Job2 QUEUED") && screen.ends_with(&format!("{question} ye"))
    });
    pty.send("s\r");
    pty.wait_for("DeleteJobResponse:");
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    // The answers are not in the history.
    send(&mut pty, "\x0c\x1b[A", "● lamp> delete-job Job1 --force");
    pty.send("\x15delete-job Job2 --force --yes\r");
    pty.wait_for("DeleteJobResponse:");
    quit(pty);
}

#[test]
fn a_terminal_without_line_editing_asks_too() {
    let mut command = program();
    command.env("TERM", "dumb");
    let mut pty = spawn(&command);
    pty.wait_for("sandbox-thing local>");
    pty.send("create-job Job1 {}\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    pty.send("delete-job Job1 --force\r");
    pty.wait_for("in progress? y/N");
    pty.send("no\r");
    pty.wait_for("nothing was sent");
    pty.send("delete-job Job1 --force\r");
    pty.wait_until("a second question", |screen| {
        screen.matches("in progress? y/N").count() == 2
    });
    pty.send("Y\r");
    pty.wait_for("DeleteJobResponse:");
    pty.send("delete-job Job1 --force\r\x04");
    assert!(pty.wait_for_exit().success());
}

/// `delete-job --force` as a script or a single command, with the terminal for the rest.
#[test]
fn a_script_is_not_asked() {
    let mut command = program();
    command.args(["-c", "create-job Job1 {}", "-c", "delete-job Job1 --force"]);
    let pty = spawn(&command);
    assert!(pty.wait_for_exit().success());
    pty.wait_for("DeleteJobResponse:");
}
