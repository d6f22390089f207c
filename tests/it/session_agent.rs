//! `agent` in a session: the program as it is shipped, on a terminal and in scripts.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use jobs_sandbox::local::{Fault, FaultKind, FaultTarget};
use portable_pty::CommandBuilder;
use serde_json::Value;

use crate::pty::Pty;
use crate::readme::normal;
use crate::script::{FOLLOWED, ended};
use crate::serve::{Folder, finish};
use crate::service::{check_golden, golden};
use crate::test_service::TestService;

const PROMPT: &str = "● sandbox-thing local>";
const WITH_AGENT: &str = "● sandbox-thing local agent>";

/// A session on the sandbox's own service, without remarks, on a terminal of this width.
fn start(cols: u16) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    for name in FOLLOWED {
        command.env_remove(name);
    }
    command.args(["--color", "never"]);
    let mut pty = Pty::spawn(command, 400, cols);
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    answered(&mut pty, "notes off", "Notes are off");
    pty
}

/// Types a line, and waits until the screen shows all of this behind it, in this order, and then the prompt.
fn answered(pty: &mut Pty, line: &str, shown: &str) {
    pty.send(&format!("{line}\r"));
    let typed = format!("> {line}\n");
    pty.wait_until(&format!("{shown} behind {line}"), |screen| {
        let behind = screen.rsplit_once(&typed).map(|(_, behind)| behind);
        behind.is_some_and(|behind| {
            contains_all(behind, shown) && behind.ends_with('>') && behind.contains("\n● ")
        })
    });
}

/// Whether a text contains the lines of another one, in their order.
fn contains_all(text: &str, lines: &str) -> bool {
    let mut rest = text;
    lines.lines().all(|line| {
        let behind = rest.split_once(line).map(|(_, behind)| behind);
        rest = behind.unwrap_or_default();
        behind.is_some()
    })
}

fn quit(mut pty: Pty) -> String {
    pty.send("\x15quit\r");
    assert!(pty.wait_for_exit().success());
    pty.screen()
}

/// What is typed in the walkthrough's two jobs, an empty line being Enter; and how what is shown ends.
const STEPS: [(&str, &str); 16] = [
    (
        "agent step succeed after 1ms; Job2: succeed after 1ms; fail --seed 1",
        "then asks for the pending",
    ),
    ("", "pending: nothing is pending"),
    (
        "create-job Job1 {\"Todo\":\"Reboot\"}",
        "Received NextJobExecutionChanged",
    ),
    (
        "create-job Job2 {\"Todo\": \"Reboot again\"}",
        "Job2 is QUEUED",
    ),
    ("", "then starts Job1"),
    ("", "then reports Job1 "),
    ("agent status", "decisions"),
    ("", "Received NextJobExecutionChanged"),
    ("", "then starts Job2"),
    ("", "then reports Job2 "),
    ("", "Received NextJobExecutionChanged"),
    ("", "waits: nothing is pending"),
    ("agent", "The agent is on"),
    ("agent on", "continues without waiting"),
    ("agent off", "The agent is off"),
    ("agent status", "The agent is off"),
];

#[test]
fn each_step_is_shown_with_its_reason() {
    let mut pty = start(400);
    for (line, last) in STEPS {
        // What was said before stays on the screen.
        let before = pty.screen().matches(last).count();
        pty.send(&format!("{line}\r"));
        pty.wait_until(&format!("{last} after {line:?}"), |screen| {
            screen.matches(last).count() > before && screen.ends_with('>')
        });
    }
    let screen = quit(pty);
    let (_, session) = screen.split_once("notes off\n").expect("its beginning");
    let lines = session.lines().skip(1).map(|line| normal(line) + "\n");
    check_golden(&golden("agent-step.txt"), &lines.collect::<String>());
}

#[test]
fn it_works_in_scripts_of_every_form() {
    let script = "create-job Job1 1\nagent on succeed after 20ms in 2 steps --seed 7\nwait Job1 SUCCEEDED\nwait 50ms\n\
        agent status\nagent off\n";
    for form in ["text", "pretty", "json", "jsonl", "raw"] {
        let (code, output, said) = ended(&["--output", form], script);
        assert_eq!((code, said.as_str()), (0, ""), "{output}");
        let (answer, status, made) = match form {
            "text" | "pretty" => (
                "Plan: succeed after 20ms in 2 steps\nSeed: 7\n",
                "\nplan        succeed after 20ms in 2 steps\n",
                "\nagent  claims the next execution: ",
            ),
            "json" => (
                "nothing.\\nPlan: succeed after 20ms in 2 steps\\nSeed: 7\"",
                "\"plan\": \"succeed after 20ms in 2 steps\"",
                "\"type\": \"decision\",\n  \"name\": \"claim\",\n  \"jobId\": \"Job1\"",
            ),
            "jsonl" => (
                "nothing.\\nPlan: succeed after 20ms in 2 steps\\nSeed: 7\"",
                "\"plan\":\"succeed after 20ms in 2 steps\"",
                "{\"type\":\"decision\",\"name\":\"claim\",\"jobId\":\"Job1\"",
            ),
            _ => (
                "Plan: succeed after 20ms in 2 steps\nSeed: 7\n",
                "\n{\"isOn\":true,",
                "",
            ),
        };
        let off = "The agent is off.";
        for expected in [answer, made, status, off] {
            assert!(output.contains(expected), "{form}: {expected}\n{output}");
        }
        assert_eq!(
            output.contains("agent  "),
            made.contains("agent  "),
            "{output}"
        );
    }
}

/// The objects of JSON Lines of this type.
fn objects(output: &str, kind: &str) -> Vec<Value> {
    let objects = output
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    objects
        .filter(|object: &Value| object["type"] == kind)
        .collect()
}

#[test]
fn programs_get_its_decisions_in_order_and_its_status() {
    let script = "agent status\nagent on succeed after 20ms in 2 steps; Job2: fail\ncreate-job Job1 1\nwait Job1 SUCCEEDED\n\
        create-job Job2 1\nwait Job2 FAILED\nwait 50ms\nagent status\nagent off\n";
    let (code, output, said) = ended(&["--output", "jsonl"], script);
    assert_eq!((code, said.as_str()), (0, ""), "{output}");
    let of = |job: &str| {
        let decisions = objects(&output, "decision").into_iter();
        let names = decisions.filter(|it| it["jobId"] == job);
        let names: Vec<String> = names
            .map(|it| it["name"].as_str().unwrap_or_default().to_owned())
            .collect();
        names.join(" ")
    };
    let steps = "claim start step-ended start progress outcome report reported";
    assert_eq!(of("Job1"), steps, "{output}");
    let second = of("Job2");
    assert!(
        second.starts_with("claim start ") && second.ends_with(" outcome report reported"),
        "{second}"
    );
    let payloads = objects(&output, "response").into_iter();
    let status: Vec<Value> = payloads
        .filter(|it| it["command"] == "agent status")
        .map(|it| it["payload"].clone())
        .collect();
    assert_eq!(status[0], serde_json::json!({ "isOn": false }));
    for (member, expected) in [
        ("isOn", Value::Bool(true)),
        ("isConnected", Value::Bool(true)),
        ("waitsForEnter", Value::Bool(false)),
        ("pending", serde_json::json!([])),
        ("running", Value::Null),
        ("unreported", Value::Null),
        ("byHand", Value::Null),
    ] {
        assert_eq!(status[1][member], expected, "{member}: {status:?}");
    }
    let last = &status[1]["decisions"][9];
    assert_eq!(last["cause"], "nothing is pending", "{status:?}");
}

#[test]
fn what_cannot_be_done_is_said() {
    for (line, code, error) in [
        (
            "agent on succed after 3s",
            2,
            "error: the plan is not valid: `succed` is not a clause at line 1 column 1\n  succed after 3s\n  ^\n\
             hint: did you mean `succeed`?",
        ),
        (
            "agent on succeed after 3s; fail 10",
            2,
            "error: the plan is not valid: `10` has no percent sign at line 1 column 24\n  succeed after 3s; fail 10\n                         ^\nhint: write `10%`",
        ),
        (
            "agent off now",
            2,
            "error: agent off does not take `now`\nhint: such as `agent on fail 10%`\n\
             usage: agent [on | step | status | off] [plan]",
        ),
        (
            "agent --seed 5",
            2,
            "error: agent does not take `--seed`\nhint: such as `agent on fail 10%`\n\
             usage: agent [on | step | status | off] [plan]",
        ),
        (
            "agent step",
            2,
            "error: `agent step` waits for Enter, which a script does not press\n\
             hint: `agent on` works without waiting, and shows the same",
        ),
    ] {
        let (status, output, said) = ended(&["-c", line], "");
        let expected = format!("{error}\n");
        assert_eq!(
            (status, output.as_str()),
            (code, expected.as_str()),
            "{said}"
        );
    }
    let twice = "agent on fail 10%\nagent on fail 20%\n";
    let (code, output, _) = ended(&[], twice);
    assert_eq!(code, 2);
    let error = "error: the agent is on already, with the plan `succeed after 3s in 3 steps; fail 10%`\nhint: `agent off` first; ";
    assert!(output.contains(error), "{output}");
}

#[test]
fn a_script_that_ends_while_it_works_says_what_it_leaves() {
    let script = "create-job Job1 1\nagent on succeed after 1h\nwait Job1 IN_PROGRESS\n";
    let (code, output, said) = ended(&[], script);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(
        output.ends_with("\nagent  stops: Job1 is left IN_PROGRESS\n"),
        "{output}"
    );
    let off = format!("{script}agent off\n");
    let (_, output, _) = ended(&[], &off);
    let left = "\nThe agent is off. It leaves Job1 IN_PROGRESS; `done Job1` or `fail Job1` ends it, and `agent on` works on it";
    assert!(output.contains(left), "{output}");
    assert!(!output.contains("is left IN_PROGRESS\nagent"), "{output}");
}

#[test]
fn the_end_of_a_script_awaits_the_reply_to_a_claim() {
    let service = TestService::new("session-agent-claim");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("its input");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    stdin
        .write_all(b"agent on succeed after 1h\n")
        .expect("a line");
    let is_idle = |line: &String| line.starts_with("agent  learns what is pending: ");
    let mut output = lines.by_ref().map(|line| line.expect("a line"));
    assert!(output.any(|line| is_idle(&line)));
    // The next reply is the one to the claim.
    let late = Fault {
        of: Some(FaultTarget::Replies),
        delay_ms: Some(300),
        count: Some(1),
        ..Fault::new(FaultKind::Delay)
    };
    service.local.add_fault(late).expect("a fault");
    stdin
        .write_all(b"create-job Job1 1\nwait Job1 IN_PROGRESS\n")
        .expect("two lines");
    drop(stdin);
    let last = output.last();
    assert_eq!(
        last.as_deref(),
        Some("agent  stops: Job1 is left IN_PROGRESS")
    );
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn its_status_goes_into_a_file_and_a_command() {
    let folder = Folder::new("agent-status");
    let file = folder.0.join("status.json");
    let script = format!(
        "agent on\nagent status > {}\nagent status | grep -c isOn\n",
        file.display()
    );
    let (code, output, said) = ended(&[], &script);
    assert_eq!(code, 0, "{said}");
    assert!(output.contains("\n1\n"), "{output}");
    let status = fs::read_to_string(file).expect("the file");
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["plan"], "succeed after 3s in 3 steps");
}

#[test]
fn the_wire_shows_its_messages_whole() {
    let script =
        "create-job Job1 1\nwire on\nagent on succeed after 1ms\nwait Job1 SUCCEEDED\nwait 50ms\n";
    let (code, output, _) = ended(&["--output", "jsonl"], script);
    assert_eq!(code, 0, "{output}");
    let wires = objects(&output, "wire").into_iter();
    let whole: Vec<String> = wires
        .filter(|it| it["direction"] == "received" && it["payload"].is_object())
        .filter_map(|it| {
            it["name"]
                .as_str()?
                .rsplit_once("/jobs/")
                .map(|(_, rest)| rest.to_owned())
        })
        .collect();
    assert_eq!(
        whole,
        [
            "get/accepted",
            "start-next/accepted",
            "Job1/update/accepted"
        ],
        "{output}"
    );
}

#[test]
fn it_shares_the_connection_to_a_service_elsewhere() {
    let service = TestService::new("session-agent");
    let folder = Folder::new("session-agent-transcript");
    let transcript = folder.0.join("session.txt");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    command.args(["--transcript", transcript.to_str().expect("a path")]);
    for line in [
        "agent on succeed after 1ms",
        "create-job Job1 1",
        "wait Job1 SUCCEEDED",
        "agent off",
    ] {
        command.args(["-c", line]);
    }
    let ended = finish(&mut command);
    let output = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{output}");
    let kept = fs::read_to_string(transcript).expect("the transcript");
    for text in [
        "agent  claims the next execution: ",
        "agent  is done with Job1: ",
    ] {
        assert!(
            output.contains(text) && kept.contains(&format!("Z {text}")),
            "{output}\n{kept}"
        );
    }
}

#[test]
fn what_it_decides_is_shown_above_the_line_being_typed() {
    let mut pty = start(80);
    answered(
        &mut pty,
        "agent on succeed after 300ms in 3 steps",
        "Seed: ",
    );
    pty.send("create-job Job1 1\rdescribe Jo");
    let typed = format!("{WITH_AGENT} describe Jo");
    pty.wait_until("all decisions above the line", |screen| {
        screen.contains("agent  waits for a job: ") && screen.ends_with(&typed)
    });
    let screen = quit(pty);
    let shown = "agent  claims the next execution: \n\
        agent  starts Job1, step 1 of 3: \n\
        agent  starts Job1, step 2 of 3: \n\
        agent  reports progress of Job1: \n\
        agent  ends Job1 as SUCCEEDED: \n\
        agent  is done with Job1: \n\
        agent  stops: nothing is left to do";
    assert!(contains_all(&screen, shown), "{screen}");
}

#[test]
fn decisions_fit_a_terminal_that_is_resized() {
    let mut pty = start(80);
    answered(&mut pty, "agent on succeed after 1h", "Seed: ");
    answered(&mut pty, "create-job Job1 1", "agent  starts Job1");
    pty.send("describe Jo");
    pty.wait_until("the line", |screen| screen.ends_with("describe Jo"));
    pty.resize(400, 40);
    pty.send("\x15create-job Job2 1\r");
    pty.wait_until("the change in lines that fit", |screen| {
        let behind = screen.rsplit_once("\nagent  ").map(|(_, behind)| behind);
        let lines: Vec<&str> = behind.unwrap_or_default().lines().collect();
        let fit = lines.iter().all(|line| line.chars().count() <= 40);
        lines.len() >= 3
            && lines[1].starts_with("       ")
            && behind.is_some_and(|it| it.contains("Job2"))
            && fit
    });
    pty.resize(400, 120);
    pty.send("agent off\r");
    pty.wait_for("It leaves Job1 IN_PROGRESS; `done Job1` or `fail Job1` ends it");
    quit(pty);
}

#[test]
fn what_the_user_does_by_hand_is_noticed() {
    let mut pty = start(120);
    answered(&mut pty, "agent on succeed after 1h", "Seed: ");
    answered(&mut pty, "create-job Job1 1", "agent  starts Job1");
    answered(
        &mut pty,
        "create-job Job2 1",
        "JobExecutionsChanged event:\nagent  ",
    );
    answered(
        &mut pty,
        "next",
        "StartNextJobExecutionResponse:\nagent  keeps working on Job1: ",
    );
    answered(
        &mut pty,
        "update Job2 IN_PROGRESS",
        "UpdateJobExecutionResponse:\nagent  leaves Job2 to you: ",
    );
    answered(
        &mut pty,
        "agent status",
        "running     Job1, step 1 of 1\nby hand     Job2",
    );
    answered(
        &mut pty,
        "fail Job1",
        "UpdateJobExecutionResponse:\nagent  stops Job1: ",
    );
    answered(&mut pty, "done Job2", "agent  takes over: ");
    answered(&mut pty, "describe Job1", "TerminalStateReached");
    quit(pty);
}

#[test]
fn it_survives_a_lost_connection() {
    let mut pty = start(120);
    answered(
        &mut pty,
        "agent on succeed after 200ms; offline for 400ms",
        "Seed: ",
    );
    pty.send("create-job Job1 1\r");
    // Which of these comes first depends on how busy the machine is.
    let shown = [
        "Connection lost: cut by the agent's plan for 400ms; reconnecting after that",
        "agent  keeps ",
        "agent  ends Job1 as SUCCEEDED: ",
        "Reconnected after ",
    ]
    .map(|event| {
        format!("agent  cuts the connection for 400 ms: \n{event}\nagent  is done with Job1: ")
    });
    pty.wait_until("the end of the work after the loss", |screen| {
        shown.iter().all(|shown| contains_all(screen, shown)) && screen.ends_with(WITH_AGENT)
    });
    quit(pty);
}

#[test]
fn it_survives_a_restart() {
    let mut pty = start(120);
    let plan = "succeed after 200ms in 2 steps; reboot for 100ms";
    answered(&mut pty, &format!("agent on {plan}"), "Seed: ");
    pty.send("create-job Job1 1\r");
    let shown = "agent  restarts, which takes 100 ms: \n\
        Connection lost: cut by the agent's plan for 100ms; reconnecting after that\n\
        Reconnected after \n\
        agent  claims the next execution: \n\
        agent  is done with Job1: ";
    pty.wait_until(shown, |screen| {
        contains_all(screen, shown) && screen.ends_with(WITH_AGENT)
    });
    quit(pty);
}

#[test]
fn it_can_be_away_until_it_is_turned_off() {
    let mut pty = start(120);
    pty.send("agent on away 100% for 2h\r");
    let lost = WITH_AGENT.replace('●', "○");
    pty.wait_until("the lost connection", |screen| {
        contains_all(
            screen,
            "The plan keeps it away for 2 h: \nConnection lost: ",
        ) && screen.ends_with(&lost)
    });
    let screen = pty.screen();
    assert!(!screen.contains("asks for the pending"), "{screen}");
    answered(
        &mut pty,
        "agent off",
        "The agent is off.\nReconnected after ",
    );
    let screen = quit(pty);
    assert!(screen.contains(&format!("\n{PROMPT} quit")), "{screen}");
}

#[test]
fn leaving_says_what_it_leaves() {
    let mut pty = start(80);
    answered(&mut pty, "agent on succeed after 1h", "Seed: ");
    answered(&mut pty, "create-job Job1 1", "agent  starts Job1");
    // Ctrl-C does not stop it.
    pty.send("\x03");
    pty.wait_for("Ctrl-C again leaves");
    answered(&mut pty, "agent status", "running     Job1, step 1 of 1");
    let screen = quit(pty);
    let left = "agent> quit\nagent  stops Job1: \nagent  stops: Job1 is left IN_PROGRESS";
    assert!(contains_all(&screen, left), "{screen}");
}
