//! What is printed beside what the service sent: remarks, tables, the wire, `watch`, and lists in pages.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use jobs_sandbox::local::{Fault, FaultKind, FaultTarget};
use portable_pty::CommandBuilder;
use serde_json::Value;

use crate::pty::Pty;
use crate::readme::Piped;
use crate::script::{FOLLOWED, ended};
use crate::serve::finish;
use crate::test_service::{THING, TestService};

/// The program on a terminal of this width, with everything of the environment taken out that it could follow.
fn on_a_terminal(arguments: &[&str], environment: &[(&str, &str)], cols: u16) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    for name in FOLLOWED {
        command.env_remove(name);
    }
    command.args(arguments);
    for (name, value) in environment {
        command.env(name, value);
    }
    Pty::spawn(command, 50, cols)
}

/// The remarks on the screen, once the program has ended.
fn remarks(pty: &Pty) -> Vec<String> {
    assert!(pty.wait_for_exit().success(), "{}", pty.screen());
    let screen = pty.screen();
    let remarks = screen.lines().filter(|line| line.starts_with("# "));
    remarks.map(ToOwned::to_owned).collect()
}

const SCRIPT: [&str; 6] = [
    "-c",
    "create-job J 1",
    "-c",
    "wait event",
    "-c",
    "list-jobs",
];

#[test]
fn a_terminal_shows_remarks_and_a_program_gets_none() {
    let pty = on_a_terminal(&[&["--color=never"], &SCRIPT[..]].concat(), &[], 100);
    let shown = remarks(&pty);
    assert!(shown[0].ends_with(" UTC: J QUEUED"), "{shown:?}");
    assert!(
        shown[1].starts_with("# queuedAt, lastUpdatedAt 2"),
        "{shown:?}"
    );
    // The ages depend on the machine's haste.
    let begins = |line: &str, start: &str| assert!(line.starts_with(start), "{shown:?}");
    begins(
        &shown[2],
        "# jobId  status       targetSelection  createdAt",
    );
    begins(&shown[3], "# J      IN_PROGRESS  SNAPSHOT         ");
    assert_eq!(shown.len(), 4, "{shown:?}");
    for arguments in [
        &["--output=jsonl"][..],
        &["--output=json"],
        &["--output=raw"],
        &["-c", "notes off"],
    ] {
        let pty = on_a_terminal(&[arguments, &SCRIPT].concat(), &[], 100);
        assert_eq!(remarks(&pty), [""; 0], "{arguments:?}");
    }
    let (code, output, _) = ended(&SCRIPT, "");
    assert_eq!(code, 0);
    assert!(!output.contains('#'), "{output}");
}

#[test]
fn a_table_fits_its_terminal() {
    let long = "a".repeat(64);
    let create = format!("create-thing {long}");
    let script = ["--color=never", "-c", &create, "-c", "list-things"];
    let shown = remarks(&on_a_terminal(&script, &[], 30));
    assert_eq!(
        shown,
        [
            "# thingName            version",
            "# aaaaaaaaa…aaaaaaaaa  1",
            "# sandbox-thing        1",
        ]
    );
    // Without a terminal, nothing is cut.
    let (_, output, _) = ended(&["-c", "notes on", "-c", &create, "-c", "list-things"], "");
    assert!(output.contains(&format!("# {long}  1\n")), "{output}");
}

#[test]
fn prose_fits_its_terminal() {
    let pty = on_a_terminal(&["-c", "help quoting", "-c", "tutorial"], &[], 60);
    assert!(pty.wait_for_exit().success(), "{}", pty.screen());
    let screen = pty.screen();
    for expected in [
        "\nPresigned URLs in documents grant access to what they point\nat. Their credential, token and signature are shown as\n",
        "\nA job is a task for devices; a job execution is one device's\nattempt at it. ",
        "\nType:  get-pending-job-executions",
    ] {
        assert!(screen.contains(expected), "{expected}: {screen}");
    }
    // Without a terminal, the width is what can be read well; a program may get the whole line.
    let (_, output, _) = ended(&["-c", "help quoting", "-c", "tutorial"], "");
    let widest = output.lines().map(|line| line.chars().count()).max();
    assert!(matches!(widest, Some(100..=120)), "{output}");
    let (_, output, _) = ended(&["--output=jsonl", "-c", "help quoting"], "");
    assert!(
        output.contains("or after it once the JSON is complete:\\n"),
        "{output}"
    );
}

#[test]
fn settings_are_printed_when_they_change_and_when_asked() {
    let script = "events\nevents off\ncreate-job J 1\nwait event NextJobExecutionChanged\nevents only J\nevents only changed\nevents\n\
                  wire\nwire on\nwire off\nnotes\nnotes on\nnotes off\n";
    let (code, output, _) = ended(&[], script);
    assert_eq!(code, 0, "{output}");
    let said: Vec<&str> = output.lines().filter(|it| it.ends_with('.')).collect();
    assert_eq!(
        said,
        [
            "Events are on.",
            "Events are off; `events on` shows them, `events last` replays the last ones.",
            "NextJobExecutionChanged was received.",
            "Events are on, but only those that change J.",
            "Events are on, but only JobExecutionsChanged.",
            "Events are on, but only JobExecutionsChanged.",
            "Wire is off; `wire on` shows every message.",
            "Wire is on: every message is shown with its topic and its time.",
            "Wire is off; `wire on` shows every message.",
            "Notes are off; `notes on` shows times, tables and changes.",
            "Notes are on: times, tables and changes below what the service sends.",
            "Notes are off; `notes on` shows times, tables and changes.",
        ]
    );
    // A program gets an answer where it asks, and payloads alone stay alone.
    let (_, output, _) = ended(&["--output=jsonl"], "wire on\nwire\n");
    assert_eq!(
        output,
        "{\"type\":\"response\",\"line\":2,\"command\":\"wire\",\"text\":\"Wire is on: every message is shown with its topic and its time.\"}\n"
    );
    assert_eq!(ended(&["--output=raw"], "events off\n").1, "");
}

#[test]
fn the_form_can_be_changed_within_a_session() {
    let script = "output\ncreate-job J 1\noutput pretty\nget-job-document J\noutput jsonl\nget-job-document J\noutput\noutput raw\nget-job-document J\noutput text\n";
    let (code, output, _) = ended(&[], &format!("events off\n{script}"));
    assert_eq!(code, 0, "{output}");
    assert_eq!(
        output.lines().collect::<Vec<_>>()[1..],
        [
            "Output is text: JSON for people, as it was sent.",
            "CreateJobResponse:",
            r#"{"jobArn":"arn:aws:iot:us-east-1:123456789012:job/J","jobId":"J"}"#,
            "Output is pretty: JSON for people, with a line for each member.",
            "GetJobDocumentResponse:",
            "{",
            "  \"document\": \"1\"",
            "}",
            r#"{"type":"response","line":6,"command":"output jsonl","text":"Output is jsonl: a line of JSON for each answer."}"#,
            r#"{"type":"response","line":7,"command":"get-job-document J","operation":"GetJobDocument","payload":{"document":"1"}}"#,
            r#"{"type":"response","line":8,"command":"output","text":"Output is jsonl: a line of JSON for each answer."}"#,
            r#"{"document":"1"}"#,
            "Output is text: JSON for people, as it was sent.",
        ]
    );
}

#[test]
fn remarks_can_be_asked_for_anywhere() {
    let script = "notes on\npending\ncreate-job J 1\nwait event\nnext\npending\ndone J\nwait event\nnotes off\npending\n";
    let (code, output, _) = ended(&[], script);
    assert_eq!(code, 0, "{output}");
    let changes: Vec<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once(" UTC: "))
        .map(|(_, changes)| changes)
        .collect();
    assert_eq!(changes, ["+ J QUEUED", "− J", "nothing is next"]);
    assert!(output.contains("\n# J      IN_PROGRESS "), "{output}");
    assert!(output.ends_with("}\n"), "{output}");
    let (_, output, _) = ended(&["--output=jsonl"], script);
    assert!(!output.contains('#'), "{output}");
}

#[test]
fn colours_follow_the_terminal_and_the_environment() {
    for (arguments, environment, is_colored) in [
        (&[][..], &[][..], true),
        (&[], &[("NO_COLOR", "1")], false),
        (&[], &[("CLICOLOR", "0")], false),
        (&[], &[("TERM", "dumb")], false),
        (&["--color=never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--color=always"], &[("NO_COLOR", "1")], true),
        (&["--output=raw"], &[], false),
    ] {
        let pty = on_a_terminal(&[arguments, &SCRIPT].concat(), environment, 100);
        assert!(pty.wait_for_exit().success());
        let colored = pty.output().contains("\u{1b}[");
        assert_eq!(colored, is_colored, "{arguments:?} {environment:?}");
    }
}

#[test]
fn only_some_events_are_shown() {
    let script = |only: &str| {
        let script = format!(
            "events only {only}\ncreate-job A 1\ncreate-job B 2\ndone B\nevents on\ndone A\nevents only next\nevents off\n"
        );
        let (code, output, _) = ended(&["--output=jsonl"], &script);
        assert_eq!(code, 0, "{output}");
        let mut shown = String::new();
        for line in output.lines() {
            let line: Value = serde_json::from_str(line).expect(line);
            shown.push_str(match (line["name"].as_str(), line["line"].as_u64()) {
                (Some("JobExecutionsChanged"), _) => "c",
                (Some(_), _) => "n",
                (None, _) => ".",
            });
        }
        shown
    };
    // Four commands with an answer; the last one, after `events on`, causes one event of each kind.
    for (only, shown) in [
        ("changed", ".c.c.c.cn"),
        ("NextJobExecutionChanged", ".n...cn"),
        ("B", "..c.c.cn"),
        ("A", ".cn...cn"),
        ("nothing", "....cn"),
    ] {
        assert_eq!(script(only), shown, "{only}");
    }
}

/// The next line, a JSON object of this type.
fn next_of(piped: &Piped, kind: &str) -> Value {
    let line = piped.line();
    let value: Value = serde_json::from_str(&line).expect(&line);
    assert_eq!(value["type"], kind, "{line}");
    value
}

#[test]
fn a_list_is_read_page_by_page() {
    let mut piped = Piped::spawn(&["--output=jsonl", "--thing=lamp", "-f", "-"]);
    for line in [
        "create-thing lamp-1",
        "create-thing lamp-2",
        "create-thing-group g-1",
        "create-thing-group g-2",
        "create-thing-group h",
        "add-thing-to-thing-group g-1 lamp-1",
        "add-thing-to-thing-group g-1 lamp-2",
        "create-job A 1 --target g-1",
        "create-job B 1 --target lamp-1 --continuous",
        "create-job C 1 --target lamp-1",
        "cancel-job C",
    ] {
        piped.type_line(line);
        next_of(&piped, "response");
    }
    for (command, expected) in [
        ("list-things", "lamp lamp-1 lamp-2"),
        ("list-thing-groups", "g-1 g-2 h"),
        ("list-thing-groups --name-prefix g", "g-1 g-2"),
        ("list-things-in-thing-group g-1", "lamp-1 lamp-2"),
        ("list-jobs", "C B A"),
        ("list-jobs --status in_progress", "B A"),
        ("list-jobs --target-selection continuous", "B"),
        ("list-jobs --thing-group g-1", "A"),
        ("list-job-executions A", "lamp-1 lamp-2"),
        ("list-job-executions --thing lamp-1", "A B C"),
        ("list-job-executions B --thing lamp-1", "B"),
        ("list-job-executions --thing lamp-1 --status queued", "A B"),
    ] {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let token_flag = token.map_or(String::new(), |token| format!(" --next-token {token}"));
            piped.type_line(&format!("{command} --max-results 1{token_flag}"));
            let response = next_of(&piped, "response");
            let page = names(&response["payload"]);
            assert_eq!(page.len(), 1, "{command}: {response}");
            found.extend(page);
            let next = response["payload"]["nextToken"].as_str();
            token = next.map(ToOwned::to_owned);
            if token.is_none() {
                break;
            }
        }
        // Executions that were touched at the same time have no order of their own.
        let mut expected: Vec<&str> = expected.split(' ').collect();
        if command.starts_with("list-job-executions") {
            found.sort();
            expected.sort_unstable();
        }
        assert_eq!(found, expected, "{command}");
        piped.type_line(&format!("{command} --max-results 1 --all"));
        let response = next_of(&piped, "response");
        let mut joined = names(&response["payload"]);
        if command.starts_with("list-job-executions") {
            joined.sort();
        }
        assert_eq!(joined, expected, "{command}: {response}");
        assert_eq!(response["payload"]["nextToken"], Value::Null, "{response}");
        piped.type_line(command);
        let all = names(&next_of(&piped, "response")["payload"]);
        assert_eq!(all.len(), expected.len(), "{command}");
    }
    // The service's message about a wrong page is shown unchanged.
    piped.type_line("list-things --max-results 0");
    let refusal = next_of(&piped, "error");
    assert_eq!(refusal["code"], "InvalidRequestException", "{refusal}");
    piped.end();
}

/// What the entries of the only list of a payload are called.
fn names(payload: &Value) -> Vec<String> {
    let mut members = payload.as_object().expect("an object").values();
    let list = members.find_map(Value::as_array).expect("a list");
    let name = |entry: &Value| {
        let name = ["jobId", "thingName", "groupName", "thingArn"]
            .iter()
            .find_map(|name| entry[*name].as_str())
            .or(entry.as_str())
            .expect("a name");
        name.rsplit('/').next().expect("a part").to_owned()
    };
    list.iter().map(name).collect()
}

/// Runs commands with `wire on` against this service, and returns the messages: how each starts, and whether each received
/// one shows its time.
fn wire(command: &mut Command, commands: &[&str]) -> Vec<String> {
    command.args(["--keep-going", "--timeout=1", "-c", "wire on"]);
    for line in commands {
        command.args(["-c", line]);
    }
    let output = finish(command);
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    let messages = output.lines().filter(|line| line.starts_with(['<', '>']));
    messages
        .map(|line| {
            let is_timed = line.ends_with(" ms");
            let is_event = line.contains("/notify");
            assert_eq!(is_timed, line.starts_with('<') && !is_event, "{output}");
            let end = line.find([',', '{']).unwrap_or(line.len());
            let shown = line[..end].trim_end();
            // How large an answer is.
            let size = shown
                .strip_suffix(" bytes")
                .and_then(|it| it.rsplit_once(' '));
            size.map_or(shown, |(what, _)| what).to_owned()
        })
        .collect()
}

#[test]
fn every_exchange_is_on_the_wire() {
    let service = TestService::new("wire");
    let port = service.local.mqtt_address().port();
    let topic = |rest: &str| format!("$aws/things/{THING}/jobs/{rest}");
    let (asked, answered) = (
        |rest| format!("> {}", topic(rest)),
        |rest| format!("< {}", topic(rest)),
    );
    let messages = wire(
        &mut service.command(&[], port),
        &[
            "pending",
            "update nothing FAILED",
            "describe-job nothing",
            "create-thing-group g",
            "create-job J 1 --target g",
            "wait J QUEUED --timeout 1",
        ],
    );
    let expected = [
        asked("get"),
        answered("get/accepted"),
        asked("nothing/update"),
        answered("nothing/update/rejected"),
        "> GET /jobs/nothing".to_owned(),
        "< HTTP 404".to_owned(),
        "> POST /thing-groups/g".to_owned(),
        "< HTTP 200".to_owned(),
        "> GET /things/g".to_owned(),
        "< HTTP 404".to_owned(),
        "> GET /thing-groups/g".to_owned(),
        "< HTTP 200".to_owned(),
        "> PUT /jobs/J".to_owned(),
        "< HTTP 200".to_owned(),
        asked("J/get"),
        answered("J/get/rejected"),
        "> GET /things/lamp/jobs/J".to_owned(),
        "< HTTP 404".to_owned(),
    ];
    assert_eq!(messages[..expected.len()], expected);
}

#[test]
fn an_exchange_without_an_answer_is_on_the_wire() {
    let service = TestService::new("silence");
    let port = service.local.mqtt_address().port();
    let once = |kind| {
        let fault = Fault {
            of: Some(FaultTarget::Replies),
            count: Some(1),
            ..Fault::new(kind)
        };
        service.local.add_fault(fault).expect("a fault");
    };
    once(FaultKind::Drop);
    let get = format!("> $aws/things/{THING}/jobs/get");
    let mut command = service.command(&[], port);
    // Nothing listens there.
    command.env("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:1");
    assert_eq!(
        wire(&mut command, &["pending", "describe-job J"]),
        [get.as_str(), "< no reply", "> GET /jobs/J", "< no response"]
    );
    // A throttled request is also an exchange.
    once(FaultKind::Throttle);
    let topic = |verdict: &str| format!("< $aws/things/{THING}/jobs/get/{verdict}");
    assert_eq!(
        wire(&mut service.command(&[], port), &["pending"]),
        [get.clone(), topic("rejected"), get, topic("accepted")]
    );
}

#[test]
fn watch_shows_an_answer_when_it_is_another_one() {
    let service = TestService::with_manual_clock("watch");
    let mut command = service.pty_command(THING);
    command.arg("--color=never");
    let mut pty = Pty::spawn(command, 60, 200);
    pty.wait_for("● lamp>");
    pty.send("create-job J 1 --timeout 1\r");
    pty.wait_for("Received NextJobExecutionChanged event:");
    pty.send("next\r");
    pty.wait_for("startedAt, lastUpdatedAt");
    pty.send("watch --every 1 pending\r");
    pty.wait_for("# every 1 s, until Ctrl-C; shown when it changes");
    pty.wait_for("# J      IN_PROGRESS");
    service.local.advance_clock(Duration::from_secs(90));
    pty.wait_for("UTC: − J");
    pty.wait_for("\"inProgressJobs\":[],\"queuedJobs\":[]}");
    pty.send("\x03");
    pty.wait_until("the prompt", |screen| screen.ends_with("● lamp>"));
    let screen = pty.screen();
    let answers = screen.matches("GetPendingJobExecutionsResponse:").count();
    assert_eq!((answers, screen.contains("error")), (2, false), "{screen}");
    pty.send("quit\r");
    assert!(pty.wait_for_exit().success());
}

#[test]
fn watch_ends_in_a_script() {
    for (script, code, answers) in [
        ("watch --every 1 --count 2 pending", 0, 1),
        ("watch --count 1 describe-job nothing", 1, 1),
        ("watch pending", 2, 1),
        ("watch --count 0 pending", 2, 1),
        ("watch done J", 2, 1),
    ] {
        let (actual, output, said) = ended(&["--output=jsonl"], script);
        assert_eq!(actual, code, "{script}: {output}{said}");
        assert_eq!(output.lines().count(), answers, "{script}: {output}");
    }
    let (_, output, _) = ended(&["-c", "watch pending"], "");
    assert!(output.contains("--count"), "{output}");
}

#[test]
fn watch_alone_runs_until_ctrl_c() {
    use std::os::unix::process::ExitStatusExt;

    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(["watch", "pending"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
    stdout.read_line(&mut line).expect("a line");
    assert_eq!(line, "GetPendingJobExecutionsResponse:\n");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    assert_eq!(child.wait().expect("it ends").signal(), Some(2));
}
