//! What must hold once everything has come to rest.

use std::time::Duration;

use jobs_sandbox::executor::core::{Answer, ExecutionId, Input, PendingEntry, Status};
use jobs_sandbox::executor::step::Exit;
use jobs_sandbox::protocol::{DeviceRequest, GetPendingJobExecutionsRequest, JobId, Payload};
use serde_json::Value;

use crate::agent_core::world::World;

/// Lets everything come to rest: the link stands, everything is delivered, all work ends, and the time goes on.
pub(crate) fn settle(world: &mut World) {
    world.crash_in = None;
    world.cloud.faults.clear();
    world.link();
    for _ in 0..2_000 {
        world.start();
        world.deliver();
        if let Some(process) = &world.process {
            let exit = if process.is_terminated {
                Exit::Failure("killed by signal 15 (SIGTERM)".to_owned())
            } else {
                Exit::Success
            };
            world.end(exit, "");
        } else if !unblock(world) {
            match world.due() {
                Some(due) => world.advance(Duration::from_millis(due.0 - world.now.0)),
                None if world.device.is_none() => {}
                None => return,
            }
        }
    }
    panic!("it never comes to rest: {:#?}", world.tail());
}

/// Somebody does what the device waits for. Returns whether there was anything.
fn unblock(world: &mut World) -> bool {
    let Some(status) = status(world) else {
        return false;
    };
    if world.settings.by_step && go(world) {
        return true;
    }
    let by_hand = status.by_hand.filter(|id| is_pending(world, id));
    if let Some(id) = by_hand {
        world.update_by_hand(id.job_id.as_str(), "SUCCEEDED");
    } else if let (Some((id, ..)), None) = (status.running, world.due()) {
        // It hangs, and has no time limit.
        assert_eq!(world.cancel_execution(id.job_id.as_str(), true), 200);
    } else {
        return false;
    }
    true
}

fn is_pending(world: &mut World, id: &ExecutionId) -> bool {
    listed(world).iter().any(|entry| entry.id == *id)
}

/// Lets the device make a move. Returns whether it has made one.
fn go(world: &mut World) -> bool {
    world.feed(Input::Go);
    world
        .log
        .last()
        .is_none_or(|last| !last.starts_with("waits: "))
}

fn status(world: &World) -> Option<Status> {
    world
        .device
        .as_ref()
        .map(jobs_sandbox::executor::core::Device::status)
}

/// Device and service agree, and nothing is left to do.
pub(crate) fn check(world: &mut World) {
    let status = status(world).expect("the device is on");
    let tail = world.tail().join("\n");
    assert!(status.is_connected);
    assert_eq!(status.running, None, "{tail}");
    assert_eq!(status.unreported, None, "{tail}");
    assert_eq!(status.by_hand, None, "{tail}");
    let mut lists = [
        status.pending.expect("what is pending is known"),
        listed(world),
    ];
    if lists[1].iter().any(|it| world.is_touched(&it.id)) {
        // No event shows that the user has started one.
        for list in &mut lists {
            for entry in list.iter_mut() {
                entry.in_progress = false;
            }
            list.sort_by(|a, b| a.id.cmp(&b.id));
        }
    }
    assert_eq!(lists[0], lists[1], "{tail}");
    let only = world.settings.only.clone();
    let is_mine = |id: &ExecutionId| {
        only.as_ref()
            .is_none_or(|only| only.fits(id.job_id.as_str()))
    };
    for execution in world.cloud.executions(world.now) {
        let (id, status) = (&execution.id, execution.status.as_str());
        let is_touched = world.is_touched(id);
        match status {
            "QUEUED" | "IN_PROGRESS" => {
                assert!(!is_mine(id) || is_touched, "{id} is {status}: {tail}");
            }
            "SUCCEEDED" | "FAILED" | "REJECTED" if !is_touched => {
                let concluded = world.watch.concluded.get(id);
                assert_eq!(concluded, Some(&status), "{execution:?}: {tail}");
            }
            _ => {}
        }
        if status == "SUCCEEDED" && !is_touched {
            assert!(world.watch.started.contains(id), "{id} was not run: {tail}");
        }
    }
}

/// What the service lists as pending.
fn listed(world: &mut World) -> Vec<PendingEntry> {
    let request = GetPendingJobExecutionsRequest::default();
    let request = DeviceRequest::GetPendingJobExecutions(request);
    let (answer, _) = world.cloud.request(world.now, &request);
    let Some(Answer::Accepted(payload)) = answer else {
        panic!("{answer:?}");
    };
    let group = |name: &str, in_progress| entries(&payload, name, in_progress);
    [group("inProgressJobs", true), group("queuedJobs", false)].concat()
}

fn entries(payload: &Payload, group: &str, in_progress: bool) -> Vec<PendingEntry> {
    let entries = payload.value()[group].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let number = |value: &Value| value.as_i64().expect("a number");
    let entries = entries.iter().map(|entry| PendingEntry {
        id: ExecutionId {
            job_id: JobId::new(&text(&entry["jobId"])).expect("a job id"),
            execution_number: number(&entry["executionNumber"]),
            queued_at: number(&entry["queuedAt"]),
        },
        in_progress,
    });
    entries.collect()
}
