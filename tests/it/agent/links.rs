//! The link is cut at every message of a job.

use serde_json::json;

use crate::agent::{World, lines_of};
use crate::proxy::{Cut, Proxy};

/// How many agents are tried at once: most of the time goes into the pause before a reconnect.
const AT_ONCE: usize = 8;

#[test]
fn every_job_runs_once_and_its_outcome_arrives_whenever_the_link_is_cut() {
    let tried: Vec<usize> = std::thread::scope(|scope| {
        let threads = (0..AT_ONCE).map(|first| scope.spawn(move || cut_at_each(first + 1)));
        let threads: Vec<_> = threads.collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    // The claim, its reply, both events, and the same for the outcome.
    assert!(tried.iter().sum::<usize>() > 8, "{tried:?}");
}

/// Cuts the link at this message of a job, then at every eighth after it, until a job has no more messages. Returns how many
/// cuts there were.
fn cut_at_each(first: usize) -> usize {
    let world = World::new("agent-cut");
    let proxy = Proxy::start(world.0.local.mqtt_address());
    let file = world.0.path("runs");
    let script = world.script(
        "work.sh",
        "echo \"$JOBS_SANDBOX_JOB_ID\" >> \"$1\"\necho '::jobs-sandbox at=work'\n",
    );
    let (script, runs) = (
        script.to_str().expect("a path"),
        file.to_str().expect("a path"),
    );
    let mut agent = world.agent_through(proxy.port(), &["--exec", script, "--", runs]);
    let mut cuts = 0;
    for message in (first..).step_by(AT_ONCE) {
        let job = format!("Job-{message}");
        proxy.cut_at(message, Cut::Reset);
        world.create(&job, &json!({}));
        agent.finish(&job);
        let was_cut = proxy.was_cut();
        proxy.cut_at(0, Cut::Reset);
        assert_eq!(world.status(&job), "SUCCEEDED", "{message}");
        let of_job = lines_of(&file).iter().filter(|line| **line == job).count();
        assert_eq!(of_job, 1, "{message}: {:#?}", agent.seen);
        if !was_cut {
            break;
        }
        cuts += 1;
    }
    assert_eq!(agent.stop().0, Some(0));
    cuts
}
