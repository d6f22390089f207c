//! What others do with an execution while the agent works on it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::{Agent, World, is_alive, lines_of};
use crate::test_service::{THING, TestService, run};

/// A world with an agent whose program runs until it is ended, with a process of its own beside it.
struct Busy {
    world: World,
    agent: Agent,
    pids: PathBuf,
}

impl Busy {
    /// A stubborn program does not end on SIGTERM.
    fn start(world: World, is_stubborn: bool) -> Self {
        let pids = world.0.path("pids");
        let trap = if is_stubborn { "trap '' TERM\n" } else { "" };
        let script = world.script(
            "work.sh",
            &format!("{trap}sleep 1000 &\necho \"$$ $!\" >> \"$1\"\necho '::jobs-sandbox at=work'\nwait\n"),
        );
        let (script, file) = (
            script.to_str().expect("a path"),
            pids.to_str().expect("a path"),
        );
        let mut agent = world.agent(&["--grace", "1", "--exec", script, "--", file]);
        world.create("Job-1", &json!({}));
        agent.decided("progress", "Job-1");
        Self { world, agent, pids }
    }

    /// The agent has stopped the work for this reason: nothing of it is left when the next job starts.
    fn expect_stopped(&mut self, cause: &str) {
        let stopped = self.agent.decided("stop", "Job-1");
        assert!(stopped.contains(cause), "{stopped}");
        self.world.create("Next", &json!({}));
        self.agent.decided("start", "Next");
        let lines = lines_of(&self.pids);
        for pid in lines[0].split(' ') {
            assert!(!is_alive(pid), "{pid}: {:#?}", self.agent.seen);
        }
    }
}

/// An agent that ends by SIGTERM leaves nothing of its work, which would run for ever.
impl Drop for Busy {
    fn drop(&mut self) {
        self.agent.signal("-TERM");
        // It is killed if it fails to end.
        let _ = self.agent.child.wait();
    }
}

#[test]
fn work_that_is_over_for_the_service_is_ended_with_all_that_it_started() {
    const CANCEL: &str = "/things/lamp/jobs/Job-1/cancel?force=true";
    for (is_stubborn, method, path, cause) in [
        (false, "PUT", CANCEL, "it was cancelled"),
        (true, "PUT", CANCEL, "it was cancelled"),
        (
            false,
            "PUT",
            "/jobs/Job-1/cancel?force=true",
            "it was cancelled",
        ),
        (
            false,
            "DELETE",
            "/jobs/Job-1?force=true",
            "the job was deleted",
        ),
    ] {
        let mut busy = Busy::start(World::new("agent-over"), is_stubborn);
        busy.world.control(method, path, &json!({}));
        busy.expect_stopped(cause);
        let is_killed = busy.agent.has_decided("kill", "Job-1");
        assert_eq!(is_killed, is_stubborn, "{:#?}", busy.agent.seen);
    }
}

#[test]
fn work_that_times_out_at_the_service_is_ended() {
    let world = World(TestService::with_manual_clock("agent-timeout"));
    let pids = world.0.path("pids");
    let script = world.script(
        "work.sh",
        "echo $$ >> \"$1\"\necho '::jobs-sandbox at=work'\nexec sleep 1000\n",
    );
    let (script, file) = (
        script.to_str().expect("a path"),
        pids.to_str().expect("a path"),
    );
    let mut agent = world.agent(&["--exec", script, "--", file]);
    let limits = json!({"timeoutConfig": {"inProgressTimeoutInMinutes": 1}});
    world.create_with("Job-1", &json!({}), limits);
    agent.decided("progress", "Job-1");
    world.0.local.advance_clock(Duration::from_secs(70));
    let stopped = agent.decided("stop", "Job-1");
    assert!(stopped.contains("it timed out"), "{stopped}");
    world.create("Job-2", &json!({}));
    agent.decided("start", "Job-2");
    assert!(!is_alive(&lines_of(&pids)[0]));
}

#[test]
fn work_that_another_client_reports_is_ended() {
    let mut busy = Busy::start(World::new("agent-taken"), false);
    let done = run(&mut busy.world.0.command_of(THING, "done Job-1"), "");
    assert_eq!(done.code, Some(0), "{done:?}");
    busy.expect_stopped("another client has reported it");
}

#[test]
fn a_job_that_is_deleted_and_created_once_more_runs_once_more() {
    let world = World(TestService::with_manual_clock("agent-again"));
    let mut busy = Busy::start(world, false);
    busy.world
        .control("DELETE", "/jobs/Job-1?force=true", &Value::Null);
    busy.world.0.local.advance_clock(Duration::from_secs(2));
    busy.world.create("Job-1", &json!({}));
    busy.agent.decided("stop", "Job-1");
    busy.agent.decided("start", "Job-1");
    busy.agent.decided("progress", "Job-1");
    let lines = lines_of(&busy.pids);
    assert_eq!(lines.len(), 2, "{lines:?}");
    for pid in lines[0].split(' ') {
        assert!(!is_alive(pid), "{pid}");
    }
    assert_eq!(busy.world.status("Job-1"), "IN_PROGRESS");
}

#[test]
fn a_job_that_is_over_and_created_once_more_runs_once_more() {
    let world = World(TestService::with_manual_clock("agent-twice"));
    let mut agent = world.agent(&["--plan", "succeed after 1ms"]);
    for _ in 0..2 {
        world.create("Job-1", &json!({}));
        agent.decided("start", "Job-1");
        agent.finish("Job-1");
        assert_eq!(world.status("Job-1"), "SUCCEEDED");
        world.control("DELETE", "/jobs/Job-1?force=true", &Value::Null);
        world.0.local.advance_clock(Duration::from_secs(1));
    }
}

#[test]
fn a_client_with_its_client_id_is_noticed() {
    let world = World::new("agent-rival");
    let mut agent = world.agent(&[]);
    let _rival = Agent::start(&mut world.command_of(THING, world.port(), "other"));
    agent.wait_for("\"ConnectionLost\"");
    agent.decided("wait", "");
}
