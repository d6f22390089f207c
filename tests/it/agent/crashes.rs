//! An agent that is killed, refused, without a journal, or asked to stop.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::agent::{AS_JSON, Agent, World, first_line, is_alive, lines_of};
use crate::random::{Random, number};
use crate::test_service::THING;

/// A job whose three steps write to a file when they begin and when they have ended.
fn three_steps(file: &Path) -> Value {
    let file = file.to_str().expect("a path");
    let step = |number: u32| {
        let input = json!({"handler": "step.sh", "args": [number.to_string(), file]});
        json!({"action": {"name": format!("Step-{number}"), "type": "runHandler", "input": input}})
    };
    json!({"version": "1.0", "steps": [step(1), step(2), step(3)]})
}

/// The most lines that an agent prints for such a job.
const LINES: usize = 24;

#[test]
fn no_finished_step_runs_once_more_whenever_the_agent_is_killed() {
    let world = World::new("agent-kill");
    let script = "echo \"begin $2\" >> \"$3\"\nsleep 0.01\necho \"end $2\" >> \"$3\"\n";
    let handlers = world.script("handlers/step.sh", script);
    let folder = handlers.parent().and_then(Path::to_str).expect("a path");
    let options = ["--handlers", folder, "--as-root"];
    let mut random = Random::new(7);
    let mut kills = 0;
    let (mut jobs, most) = (0, number("AGENT_KILLS", 200));
    while kills < most {
        jobs += 1;
        let job = format!("Job-{jobs}");
        let file = world.0.path(&job);
        world.create(&job, &three_steps(&file));
        // A step that is interrupted more often fails.
        let kills_of_job = 1 + random.below(4);
        for nth in 0..kills_of_job {
            let mut command = world.command(world.port());
            let mut agent = Agent::start(command.args(AS_JSON).args(options));
            // The first kill is at every line in turn.
            let at = if nth == 0 {
                jobs % LINES
            } else {
                random.below(LINES)
            };
            let is_done = |agent: &Agent| agent.has_decided("reported", &job);
            for _ in 0..at {
                agent.line();
                if is_done(&agent) {
                    break;
                }
            }
            agent.kill();
            kills += 1;
            if is_done_at_service(&world, &job) {
                break;
            }
        }
        if !is_done_at_service(&world, &job) {
            let mut agent = world.agent(&options);
            agent.finish(&job);
            agent.kill();
        }
        assert_eq!(world.status(&job), "SUCCEEDED", "{job}");
        check_steps(&lines_of(&file), kills_of_job);
    }
}

fn is_done_at_service(world: &World, job: &str) -> bool {
    world.status(job) == "SUCCEEDED"
}

/// No step begins once a later one has begun, each has ended, and each kill has repeated one at most.
fn check_steps(lines: &[String], kills: usize) {
    let begun: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("begin "))
        .collect();
    assert!(begun.is_sorted(), "{lines:?}");
    assert!(begun.len() <= 3 + kills, "{kills} {lines:?}");
    for step in ["1", "2", "3"] {
        let of_step = lines.iter().filter(|line| line.ends_with(step));
        let of_step: Vec<&str> = of_step.map(|line| &line[..3]).collect();
        assert_eq!(of_step.last(), Some(&"end"), "{lines:?}");
        // Two processes of a step at once would end twice in a row.
        assert!(
            !of_step.windows(2).any(|pair| pair == ["end", "end"]),
            "{lines:?}"
        );
    }
}

#[test]
fn what_a_killed_agent_leaves_is_ended_before_anything_starts() {
    let world = World::new("agent-left");
    let pids = world.0.path("pids");
    let script = world.script(
        "work.sh",
        "echo \"$$ $JOBS_SANDBOX_ATTEMPT\" >> \"$1\"\n[ \"$JOBS_SANDBOX_ATTEMPT\" -gt 1 ] || sleep 1000\n",
    );
    let (script, file) = (
        script.to_str().expect("a path"),
        pids.to_str().expect("a path"),
    );
    let options = ["--exec", script, "--", file];
    let agent = world.agent(&options);
    world.create("Job-1", &json!({}));
    let first = first_line(&pids);
    let (pid, attempt) = first.split_once(' ').expect("two words");
    assert_eq!(attempt, "1");
    agent.kill();
    assert!(is_alive(pid), "nothing has ended it");
    let mut command = world.command(world.port());
    let mut agent = Agent::start(command.args(AS_JSON).args(options));
    let ended = agent.decided("stop", "");
    assert!(ended.contains("an earlier agent was killed"), "{ended}");
    assert!(!is_alive(pid));
    agent.decided("resume", "Job-1");
    agent.finish("Job-1");
    assert_eq!(world.status("Job-1"), "SUCCEEDED");
    assert_eq!(lines_of(&pids).len(), 2);
}

#[test]
fn an_interrupted_step_fails_its_job_if_the_user_wants_that() {
    let world = World::new("agent-interrupted");
    let pids = world.0.path("pids");
    let script = world.script("work.sh", "echo $$ >> \"$1\"\nsleep 1000\n");
    let (script, file) = (
        script.to_str().expect("a path"),
        pids.to_str().expect("a path"),
    );
    let options = ["--interrupted", "fail", "--exec", script, "--", file];
    let agent = world.agent(&options);
    world.create("Job-1", &json!({}));
    first_line(&pids);
    agent.kill();
    let mut agent = world.agent(&options);
    agent.finish("Job-1");
    assert_eq!(
        (world.status("Job-1"), world.detail("Job-1", "reason")),
        ("FAILED".to_owned(), "step 1 was interrupted".to_owned())
    );
    assert_eq!(lines_of(&pids).len(), 1);
}

#[test]
fn a_second_agent_of_a_thing_is_refused() {
    let world = World::new("agent-second");
    let first = world.agent(&[]);
    let (code, lines) = Agent::start(&mut world.command(world.port())).end();
    let pid = first.child.id();
    assert_eq!(code, Some(3), "{lines:?}");
    assert_eq!(
        lines[0],
        format!("error: another agent of `lamp` is running (process {pid})")
    );
    assert_eq!(first.stop().0, Some(0));
    // Another folder has another journal.
    assert_eq!(world.agent(&[]).stop().0, Some(0));
}

#[test]
fn without_a_journal_nothing_is_claimed() {
    let world = World::new("agent-journal");
    world.0.write("file", "");
    world.create("Job-1", &json!({}));
    let (code, lines) =
        Agent::start(&mut world.command_of(THING, world.port(), "file/state")).end();
    assert_eq!(code, Some(3), "{lines:?}");
    assert!(lines[0].starts_with("error: "), "{lines:?}");
    assert_eq!(world.status("Job-1"), "QUEUED");
    world.control("DELETE", "/jobs/Job-1?force=true", &Value::Null);
    // One that is lost while the agent waits.
    let agent = world.agent(&[]);
    fs::remove_dir_all(world.0.path("state")).expect("a folder");
    world.create("Job-2", &json!({}));
    let (code, lines) = agent.end();
    assert_eq!(code, Some(3), "{lines:?}");
    let last = lines
        .iter()
        .find(|line| line.starts_with("error: cannot write "))
        .expect("an error");
    assert!(last.contains("/state/"), "{last}");
    assert_eq!(world.status("Job-2"), "QUEUED");
}

#[test]
fn a_signal_leaves_time_to_the_running_job_and_a_second_one_does_not() {
    let world = World::new("agent-signal");
    let pids = world.0.path("pids");
    let script = world.script(
        "work.sh",
        "echo $$ >> \"$1\"\n[ \"$JOBS_SANDBOX_ATTEMPT\" -gt 1 ] || exec sleep 1000\n",
    );
    let (script, file) = (
        script.to_str().expect("a path"),
        pids.to_str().expect("a path"),
    );
    let options = ["--grace", "600", "--exec", script, "--", file];
    let mut agent = world.agent(&options);
    world.create("Job-1", &json!({}));
    world.create("Job-2", &json!({}));
    let pid = first_line(&pids);
    agent.signal("-TERM");
    agent.decided("wait", "Job-1");
    assert!(is_alive(&pid));
    agent.signal("-TERM");
    agent.decided("stop", "Job-1");
    let (code, lines) = agent.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    let last = lines.last().expect("a line");
    assert!(
        last.contains("\"finish\"") && last.contains("IN_PROGRESS"),
        "{last}"
    );
    assert!(!is_alive(&pid));
    assert_eq!(
        (
            world.status("Job-1").as_str(),
            world.status("Job-2").as_str()
        ),
        ("IN_PROGRESS", "QUEUED")
    );
    let mut agent = world.agent(&options);
    agent.decided("resume", "Job-1");
    agent.finish("Job-1");
}

#[test]
fn a_job_that_ends_in_time_is_reported_before_the_agent_stops() {
    let world = World::new("agent-grace");
    let gate = world.0.path("gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status();
    assert!(made.expect("mkfifo runs").success());
    let script = world.script("work.sh", "read -r _ < \"$1\"\n");
    let (script, file) = (
        script.to_str().expect("a path"),
        gate.to_str().expect("a path"),
    );
    let mut agent = world.agent(&["--grace", "600", "--exec", script, "--", file]);
    world.create("Job-1", &json!({}));
    agent.decided("start", "Job-1");
    agent.signal("-TERM");
    agent.decided("wait", "Job-1");
    fs::write(&gate, "on\n").expect("the program reads");
    let (code, lines) = agent.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    assert_eq!(world.status("Job-1"), "SUCCEEDED");
}
