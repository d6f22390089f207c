//! `--exec`: a program for every document.

use std::fs;

use serde_json::json;

use crate::agent::{World, lines_of};
use crate::test_service::THING;

/// What the service keeps of a detail.
const CHARACTERS: usize = 1024;

#[test]
fn the_exit_status_is_the_outcome() {
    let world = World::new("agent-exec");
    let script = world.script(
        "work.sh",
        "document=$(cat)\n\
         echo \"$1 $JOBS_SANDBOX_THING $JOBS_SANDBOX_JOB_ID $JOBS_SANDBOX_EXECUTION_NUMBER $JOBS_SANDBOX_ATTEMPT\"\n\
         echo '::jobs-sandbox file=1 of 3'\n\
         case $document in\n\
         *well*) echo \"$document\" ;;\n\
         *badly*) echo 'no space' >&2; exit 3 ;;\n\
         *refused*) exit 199 ;;\n\
         *killed*) kill -9 $$ ;;\n\
         esac\n",
    );
    let script = script.to_str().expect("a path");
    let mut agent = world.agent(&["--exec", script, "--", "an argument"]);
    assert!(
        agent.has_shown("work.sh 'an argument'` for each job"),
        "{:?}",
        agent.seen
    );
    for (word, status, reason, stderr) in [
        ("well", "SUCCEEDED", "", ""),
        ("badly", "FAILED", "exit status 3", "no space"),
        ("refused", "REJECTED", "the program rejects the job", ""),
        ("killed", "FAILED", "killed by signal 9 (SIGKILL)", ""),
    ] {
        let job = format!("Job-{word}");
        world.create(&job, &json!({"do": word}));
        agent.finish(&job);
        assert_eq!(world.status(&job), status, "{word}");
        let detail = |name| world.detail(&job, name);
        assert_eq!(
            (detail("reason").as_str(), detail("stderr").as_str()),
            (reason, stderr)
        );
        assert_eq!(detail("file"), "1 of 3", "{word}");
        let stdout = format!("an argument {THING} {job} 1 1");
        let document = format!("{stdout}\n{}", json!({"do": word}));
        let expected = if word == "well" { document } else { stdout };
        assert_eq!(detail("stdout"), expected);
    }
    assert_eq!(agent.stop().0, Some(0));
}

#[test]
fn progress_arrives_while_the_program_runs() {
    let world = World::new("agent-progress");
    let script = world.script(
        "work.sh",
        "echo '::jobs-sandbox percent=40'\nread -r _ < \"$1\"\n",
    );
    let pipe = world.0.path("pipe");
    nix_fifo(&pipe);
    let (script, gate) = (
        script.to_str().expect("a path"),
        pipe.to_str().expect("a path"),
    );
    let mut agent = world.agent(&["--exec", script, "--", gate]);
    world.create("Job-1", &json!({}));
    agent.decided("progress", "Job-1");
    // Only now the program can go on.
    fs::write(&pipe, "on\n").expect("the program reads");
    agent.finish("Job-1");
    assert_eq!(
        (
            world.status("Job-1").as_str(),
            world.detail("Job-1", "percent").as_str()
        ),
        ("SUCCEEDED", "40")
    );
}

fn nix_fifo(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success());
}

#[test]
fn the_end_of_ten_megabytes_on_both_streams_is_reported() {
    let world = World::new("agent-noise");
    let script = world.script(
        "work.sh",
        "noise() { head -c 10485760 /dev/zero | tr '\\0' \"$1\"; }\n\
         noise e >&2 &\n\
         noise o\n\
         wait\n\
         echo 'the end'\n\
         echo 'the other end' >&2\n",
    );
    let mut agent = world.agent(&["--exec", script.to_str().expect("a path")]);
    world.create("Job-1", &json!({}));
    agent.finish("Job-1");
    assert_eq!(world.status("Job-1"), "SUCCEEDED");
    for (name, letter, end) in [("stdout", "o", "the end"), ("stderr", "e", "the other end")] {
        let expected = letter.repeat(CHARACTERS - end.len()) + end;
        assert_eq!(world.detail("Job-1", name), expected, "{name}");
    }
}

#[test]
fn a_program_that_does_not_read_or_leaves_a_child_does_not_hold_the_agent_up() {
    let world = World::new("agent-deaf");
    let pids = world.0.path("pids");
    let script = world.script("work.sh", "exec 0<&-\nsleep 1000 &\necho $! >> \"$1\"\n");
    let (script, file) = (
        script.to_str().expect("a path"),
        pids.to_str().expect("a path"),
    );
    let mut agent = world.agent(&["--exec", script, "--", file]);
    let large = "x".repeat(30_000);
    world.create("Job-1", &json!({"large": large}));
    agent.finish("Job-1");
    assert_eq!(world.status("Job-1"), "SUCCEEDED");
    for pid in lines_of(&pids) {
        assert!(!crate::agent::is_alive(&pid), "{pid}");
    }
}

#[test]
fn signatures_are_neither_shown_nor_reported() {
    let world = World::new("agent-secret");
    let script = world.script(
        "work.sh",
        "cat\necho '::jobs-sandbox url=https://b.s3.amazonaws.com/k?X-Amz-Signature=5ec7e7'\ncat >&2 < \"$0\"\nexit 1\n",
    );
    let url = "https://b.s3.amazonaws.com/k?X-Amz-Signature=5ec7e7";
    let script = script.to_str().expect("a path");
    let mut agent = world.agent(&["--exec", script, "--", url]);
    world.create("Job-1", &json!({"url": url}));
    agent.finish("Job-1");
    let (_, lines) = agent.stop();
    let reported = world.execution("Job-1")["statusDetails"].to_string();
    assert!(
        reported.contains("X-Amz-Signature=[redacted]"),
        "{reported}"
    );
    for text in [reported, lines.join("\n")] {
        assert!(!text.contains("5ec7e7"), "{text}");
    }
}
