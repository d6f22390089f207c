//! Scripts with what the device decides: each is a list of what happens, and below each line stands what the device decides, asks
//! (`>`) and does (`!`).
//!
//! ```text
//! new WORKER [OPTION]…                a new world: the device is on, and has a link
//! create JOB [timeout=M] [retries=N] [group], delete JOB, delete-execution JOB N, cancel JOB [force], join, leave
//! document JSON                       of the next job
//! next, update JOB STATUS [NUMBER]    the user of the session, by hand
//! other JOB STATUS                    another client updates an execution
//! fault CODE | none | lose-request | lose-reply | accept JSON
//! end ok | rejected | failed TEXT | not-started TEXT, progress NAME VALUE
//! at +SECONDS, cut, link, crash, crash-in ACTIONS, forget-journal, start, stop SECONDS, by-step on | off, go
//! by-message, up, down, overtake, duplicate N, deliver
//! journal, status, executions         print
//! ```
//!
//! Everything is delivered after each line, until `by-message`.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes what came back into the files; read the difference before you commit it.

use std::time::Duration;

use jobs_sandbox::executor::core::{Device, Input, Interrupted, Memory, Settings, Worker};
use jobs_sandbox::executor::document::{AllowedCommands, HandlerRules};
use jobs_sandbox::executor::plan::Plan;
use jobs_sandbox::executor::step::Exit;
use jobs_sandbox::protocol::ThingName;
use serde_json::{Value, json};

use crate::agent_core::cloud::{Fault, THING, refusal};
use crate::agent_core::world::{World, update};
use crate::service::check_scripts;

struct Script {
    world: World,
    is_by_message: bool,
}

/// What `new` asks for.
fn settings(words: &str) -> Settings {
    let (worker, options) = words.split_once(" | ").unwrap_or((words, ""));
    let plan = Plan::default();
    let thing = ThingName::new(THING).expect("a thing name");
    let mut settings = Settings::simulated(thing, plan, 7);
    settings.worker = match worker.strip_prefix("plan ") {
        Some(plan) => Worker::Plan(plan.parse::<Plan>().expect("a plan").into()),
        None if worker == "handlers" => Worker::Handlers(HandlerRules {
            folder: "/handlers".into(),
            allows_paths: false,
            commands: AllowedCommands::All,
            allows_root: false,
        }),
        None => Worker::Program,
    };
    for option in options.split_whitespace() {
        match option.split_once('=').unwrap_or((option, "")) {
            ("step-timeout", minutes) => {
                settings.step_timeout_minutes = Some(minutes.parse().expect("minutes"));
            }
            ("interrupted", "fail") => settings.interrupted = Interrupted::Fail,
            ("only", pattern) => settings.only = Some(pattern.parse().expect("a pattern")),
            ("leaves-unknown", _) => settings.leaves_unknown = true,
            ("by-step", _) => settings.by_step = true,
            _ => panic!("no option: {option}"),
        }
    }
    settings
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs_f64(text.trim_start_matches('+').parse().expect("seconds"))
}

impl Script {
    fn run(&mut self, command: &str, rest: &str) {
        let world = &mut self.world;
        match command {
            "new" => {
                *self = Self::new(settings(rest));
                self.world.link();
                self.world.start();
            }
            "at" => {
                // What is sent on the way is answered at once.
                let until = world.now.plus(seconds(rest));
                while let Some(due) = world.due().filter(|due| *due <= until) {
                    world.advance(Duration::from_millis(due.0.saturating_sub(world.now.0)));
                    if !self.is_by_message {
                        world.deliver();
                    }
                }
                world.advance(Duration::from_millis(until.0 - world.now.0));
            }
            "stop" => world.feed(Input::Stop {
                patience: seconds(rest),
            }),
            "go" => world.feed(Input::Go),
            "by-step" => {
                let device = world.device.as_mut().expect("the device is on");
                device.set_by_step(rest == "on");
                assert_eq!(device.is_by_step(), rest == "on");
            }
            "cut" => world.cut(),
            "link" => world.link(),
            "crash" => world.crash(),
            "forget-journal" => world.journal = Memory::default(),
            "crash-in" => world.crash_in = Some(rest.parse().expect("a number")),
            "start" => world.start(),
            "next" => world.next_by_hand(),
            "by-message" => self.is_by_message = true,
            "deliver" => world.deliver(),
            "up" => assert!(world.deliver_up(), "nothing is on its way"),
            "down" => assert!(
                world.deliver_down(),
                "nothing is on its way to the device: {:?}",
                world.now
            ),
            "overtake" => world.overtake(),
            "duplicate" => world.duplicate(rest.parse().expect("a number")),
            "document" => world.document = Some(serde_json::from_str(rest).expect("JSON")),
            "fault" => world.cloud.faults.push_back(fault(rest)),
            "end" => end(world, rest),
            "journal" | "status" | "executions" => print(world, command),
            command => operate(world, command, rest),
        }
        if !self.is_by_message {
            self.world.deliver();
        }
    }

    fn new(settings: Settings) -> Self {
        Self {
            world: World::new(settings),
            is_by_message: false,
        }
    }
}

fn fault(text: &str) -> Fault {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("none", _) => Fault::Pass,
        ("lose-request", _) => Fault::LoseRequest,
        ("lose-reply", _) => Fault::LoseReply,
        ("accept", payload) => Fault::Accept(serde_json::from_str(payload).expect("JSON")),
        (code, _) => refusal(code),
    }
}

fn end(world: &mut World, how: &str) {
    assert!(world.process.is_some(), "nothing runs");
    let (exit, text) = how.split_once(' ').unwrap_or((how, ""));
    let exit = match exit {
        "ok" => Exit::Success,
        "rejected" => Exit::Rejected,
        "failed" => Exit::Failure(text.to_owned()),
        "not-started" => Exit::NotStarted(text.to_owned()),
        exit => panic!("no exit: {exit}"),
    };
    world.end(exit, "the last words");
}

/// What the operator, the user or the program does.
fn operate(world: &mut World, command: &str, rest: &str) {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match (command, &words[..]) {
        ("create", [job, options @ ..]) => create(world, job, options),
        ("cancel", [job]) => assert_eq!(world.cancel_execution(job, false), 200),
        ("cancel", [job, "force"]) => assert_eq!(world.cancel_execution(job, true), 200),
        ("delete", [job]) => control(world, "DELETE", &format!("/jobs/{job}?force=true")),
        ("delete-execution", [job, number]) => {
            let execution = format!("/things/{THING}/jobs/{job}/executionNumber/{number}");
            control(world, "DELETE", &format!("{execution}?force=true"));
        }
        ("update", [job, status]) => world.update_by_hand(job, status),
        ("update", [job, status, number]) => {
            let number = number.parse().expect("a number");
            world.by_hand(update(job, Some(number), status), false);
        }
        ("other", [job, status]) => world.by_hand(update(job, None, status), true),
        ("progress", [name, value]) => world.progress(name, value),
        ("join" | "leave", []) => {
            let member = json!({ "thingGroupName": "G", "thingName": THING });
            let operation = if command == "join" {
                "addThingToThingGroup"
            } else {
                "removeThingFromThingGroup"
            };
            let status = world.control("PUT", &format!("/thing-groups/{operation}"), &member);
            assert_eq!(status, 200);
        }
        _ => panic!("no command: {command} {rest}"),
    }
}

fn control(world: &mut World, method: &str, target: &str) {
    assert_eq!(world.control(method, target, &Value::Null), 200, "{target}");
}

fn create(world: &mut World, job: &str, options: &[&str]) {
    let mut more = json!({});
    let mut target = "thing/T";
    for option in options {
        match option.split_once('=').unwrap_or((option, "")) {
            ("timeout", minutes) => {
                let minutes: u64 = minutes.parse().expect("minutes");
                more["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": minutes });
            }
            ("retries", retries) => {
                let retries: u64 = retries.parse().expect("a number");
                let criteria = json!([{ "failureType": "ALL", "numberOfRetries": retries }]);
                more["jobExecutionsRetryConfig"] = json!({ "criteriaList": criteria });
            }
            ("group", _) => {
                target = "thinggroup/G";
                more["targetSelection"] = json!("CONTINUOUS");
            }
            _ => panic!("no option: {option}"),
        }
    }
    assert_eq!(world.create(job, target, &more), 200, "{job}");
}

fn print(world: &mut World, what: &str) {
    let text = match what {
        "journal" => serde_json::to_string(&world.journal).expect("JSON"),
        "status" => {
            let status = world.device.as_ref().map(Device::status);
            let status = status.expect("the device is on");
            let or_nothing = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
            let pending = status.pending.map(|entries| {
                let names = entries.iter().map(|it| it.id.to_string());
                format!("[{}]", names.collect::<Vec<_>>().join(", "))
            });
            let running = status.running;
            let running = running.map(|(id, done, count)| format!("{id}, {done} of {count} done"));
            let unreported = status
                .unreported
                .map(|(id, status)| format!("{id} {status}"));
            format!(
                "pending: {}; running: {}; unreported: {}; by hand: {}; {} decisions",
                or_nothing(pending),
                or_nothing(running),
                or_nothing(unreported),
                or_nothing(status.by_hand.map(|id| id.to_string())),
                status.decisions.len()
            )
        }
        _ => {
            let executions = world.cloud.executions(world.now);
            let mut executions: Vec<String> = executions
                .iter()
                .map(|seen| format!("{} {}", seen.id, seen.status))
                .collect();
            executions.sort();
            executions.join(", ")
        }
    };
    world.log.push(format!("= {text}"));
}

/// Runs a script, and returns it with what comes back.
fn run(text: &str) -> String {
    let mut script = Script::new(settings("program"));
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with(' ') {
            continue;
        }
        lines.push(line.to_owned());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        script.world.log.clear();
        script.run(command, rest);
        lines.extend(script.world.log.iter().map(|line| format!("  {line}")));
    }
    lines.join("\n") + "\n"
}

#[test]
fn every_script_gets_what_it_should() {
    check_scripts("agent-core", run);
}
