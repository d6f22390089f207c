//! The tutorial: its texts after commands and events, in `golden/tutorial.txt`; and a user who follows it on a terminal.
//!
//! ```text
//! local THING             a tutorial where nothing is real; `aws THING` where jobs are
//! COMMAND = ANSWER        a command that did what it should; `-` is no answer of the service
//! COMMAND ! CODE          one that was refused; `connection` and `timeout` are no codes
//! COMMAND ...             one that has begun
//! LINE                    a line that is no command
//! * EVENT PAYLOAD         an event
//! ~ COMMAND = ANSWER      what the agent sent and received; `~ cut` is the link that it cuts
//! ```
//!
//! Indented below each is the text of the tutorial, without blank lines. `UPDATE_GOLDEN=1 cargo test` writes it; read it
//! before you commit it.

use jobs_sandbox::cause::Cause;
use jobs_sandbox::control::JobIds;
use jobs_sandbox::protocol::{EventMessage, Payload, ThingName};
use jobs_sandbox::repl::guide::tutorial::{Tutorial, TutorialSetup};
use jobs_sandbox::repl::input::command::{self, Command, ServiceRequest};
use jobs_sandbox::repl::jobs::Jobs;
use jobs_sandbox::repl::output::answer::{Answer, Failure, Outcome};
use jobs_sandbox::repl::pending::Pending;
use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::service::{check_golden, golden};

fn tutorial(thing: &str, is_real: bool) -> Tutorial {
    let prefix = if is_real { "tutorial-" } else { "Job" };
    Tutorial::new(TutorialSetup {
        thing: ThingName::new(thing).expect("a thing name"),
        job_prefix: prefix.to_owned(),
        caution: is_real.then(|| "These are real.".to_owned()),
    })
}

fn command(line: &str) -> Command {
    command::parse(line).expect(line).expect(line)
}

fn failure(code: &str) -> Failure {
    let cause = match code {
        "connection" => Cause::Connection,
        "timeout" => Cause::Timeout,
        _ => Cause::Refused,
    };
    let mut failure = Failure::new(cause, &code);
    failure.code = (cause == Cause::Refused).then(|| code.to_owned());
    failure
}

/// The text of the tutorial after one line of the table. `jobs` is what the session knows.
fn told(tutorial: &mut Tutorial, jobs: &mut Jobs, line: &str) -> Option<String> {
    if let Some(event) = line.strip_prefix("* ") {
        let (name, payload) = event.split_once(' ').expect("a payload");
        let event = EventMessage {
            name: name.parse().expect(name),
            payload: payload.into(),
        };
        if let Some(list) = Pending::of(event.payload.value()) {
            jobs.learn_pending(list);
        }
        return tutorial.handle_event(&event, jobs);
    }
    if let Some(of_agent) = line.strip_prefix("~ ") {
        told_by_agent(tutorial, jobs, of_agent);
        return None;
    }
    let (typed, outcome): (&str, Outcome) = if let Some((typed, payload)) = line.split_once(" = ") {
        let answer = match payload {
            "-" => Answer::Text(tutorial.shown(jobs)),
            payload => Answer::Response {
                operation: "Any",
                payload: payload.into(),
            },
        };
        (typed, Ok(answer))
    } else if let Some((typed, code)) = line.split_once(" ! ") {
        (typed, Err(failure(code)))
    } else if line.ends_with(" ...") {
        tutorial.handle_begin();
        return None;
    } else {
        let outcome = Err(Failure::new(Cause::Usage, &"no command"));
        return tutorial.handle_outcome(None, &outcome, jobs);
    };
    tutorial.handle_begin();
    let command = command(typed);
    let deleted = match &command {
        Command::Service(ServiceRequest::Control(request)) => match request.job_ids() {
            JobIds::Deleted(job) => Some(job),
            _ => None,
        },
        _ => None,
    };
    match (deleted, &outcome) {
        (Some(job), Ok(_)) => jobs.learn_deleted(job),
        (None, Ok(Answer::Response { payload, .. })) => jobs.learn_reply(payload.value()),
        _ => {}
    }
    tutorial.handle_outcome(Some(&command), &outcome, jobs)
}

/// What the agent does is reported, and events bring the text.
fn told_by_agent(tutorial: &mut Tutorial, jobs: &mut Jobs, line: &str) {
    let Some((typed, reply)) = line.split_once(" = ") else {
        assert_eq!(line, "cut");
        return tutorial.handle_cut();
    };
    let command = command(typed);
    let Command::Service(ServiceRequest::Device(request)) = &command else {
        panic!("{typed} is not a request of a device");
    };
    let (sent, reply): (Payload, Payload) = (request.payload().as_str().into(), reply.into());
    jobs.learn_reply(reply.value());
    tutorial.handle_agent(&request.operation(), sent.value(), reply.value(), jobs);
}

#[test]
fn it_follows_what_happens() {
    let path = golden("tutorial.txt");
    let table = std::fs::read_to_string(&path).expect("the table");
    let mut actual = String::new();
    let mut current = tutorial("lamp", false);
    let mut jobs = Jobs::default();
    for line in table.lines().filter(|line| !line.starts_with("    ")) {
        actual.extend([line, "\n"]);
        let said = match line.split_once(' ') {
            _ if line.is_empty() || line.starts_with('#') => continue,
            Some((place @ ("local" | "aws"), thing)) => {
                current = tutorial(thing, place == "aws");
                jobs = Jobs::default();
                Some(current.shown(&jobs))
            }
            _ => told(&mut current, &mut jobs, line),
        };
        let lines = said.iter().flat_map(|said| said.lines());
        for line in lines.filter(|line| !line.is_empty()) {
            actual.extend(["    ", line, "\n"]);
        }
    }
    check_golden(&path, &actual);
}

#[test]
fn nothing_from_the_network_drives_the_terminal() {
    let mut tutorial = tutorial("lamp", false);
    let payload = r#"{"inProgressJobs":[{"jobId":"\u001b[2J"}],"queuedJobs":[{"jobId":"fine"}]}"#;
    let said = told(
        &mut tutorial,
        &mut Jobs::default(),
        &format!("pending = {payload}"),
    )
    .expect("a remark");
    assert!(said.contains("Pending already: fine."), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

/// The command of the last `Type:` on the screen.
fn proposed(screen: &str) -> String {
    let line = screen
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Type:  "));
    line.expect("a proposal").to_owned()
}

/// Follows every proposal to the end, with wrong turns on the way.
#[test]
fn a_person_is_led_to_the_end() {
    const PROMPT: &str = "● sandbox-thing local>";
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    for name in ["HOME", "XDG_STATE_HOME", "NO_COLOR"] {
        command.env_remove(name);
    }
    let mut sandbox = Pty::spawn(command, 400, 600);
    sandbox.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    assert!(sandbox.screen().contains("New here? `tutorial`"));
    let type_line = |sandbox: &mut Pty, line: &str, expected: &str| {
        sandbox.send(&format!("{line}\r"));
        // The prompt also shows the agent.
        let typed = format!("> {line}\n");
        sandbox.wait_until(&format!("{expected} after {line}"), |screen| {
            let answer = screen.rsplit_once(&typed).map(|(_, answer)| answer);
            answer.is_some_and(|answer| answer.contains(expected) && answer.ends_with('>'))
        });
    };
    type_line(&mut sandbox, "tutorial off", "The tutorial is not running");
    type_line(&mut sandbox, "tutorial", "Tutorial, step 1 of 14");
    type_line(&mut sandbox, "get-pendig", "That is not a command");
    for step in 2..=14 {
        let proposal = proposed(&sandbox.screen());
        // An ordinary command in between is answered as usual.
        if step == 4 {
            type_line(
                &mut sandbox,
                "events last 1",
                "Received NextJobExecutionChanged",
            );
            type_line(&mut sandbox, "tutorial", &format!("Type:  {proposal}"));
        }
        type_line(
            &mut sandbox,
            &proposal,
            &format!("\nTutorial, step {step} of 14"),
        );
    }
    let screen = sandbox.screen();
    let mut rest = screen.as_str();
    for part in [
        "agent  keeps working on Job3: ",
        "agent  ends Job3 as SUCCEEDED: ",
        "\nReconnected after ",
        "\nagent  is done with Job3: ",
        "kept working without a connection",
    ] {
        let behind = rest.split_once(part).map(|(_, behind)| behind);
        rest = behind.unwrap_or_else(|| panic!("{part:?} is not in\n{screen}"));
    }
    type_line(&mut sandbox, "delete Job2", "Type:  delete-job Job1");
    type_line(&mut sandbox, "delete Job1", "Type:  delete-job Job3");
    type_line(&mut sandbox, "delete-job Job3", "Well done!");
    type_line(&mut sandbox, "pending", "\"queuedJobs\":[]");
    type_line(&mut sandbox, "tutorial", "Tutorial, step 1 of 14");
    type_line(&mut sandbox, "tutorial stop", "The tutorial is off");
    sandbox.send("quit\r");
    assert!(sandbox.wait_for_exit().success());
}

#[test]
fn programs_get_it_as_events() {
    let script = "tutorial\npending\n";
    let (code, output, _) = crate::script::ended(&["--output=jsonl"], script);
    assert_eq!(code, 0, "{output}");
    let last = output.lines().last().expect("a line");
    let last: serde_json::Value = serde_json::from_str(last).expect(last);
    assert_eq!(last["name"], "Tutorial");
    let message = last["message"].as_str().unwrap_or_default();
    assert!(message.contains("Type:  create-job Job1"), "{message}");
}
