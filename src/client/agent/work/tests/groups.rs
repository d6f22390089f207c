//! Process groups: nothing is left of them, and nothing else is touched.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::agent::work::group::Presence;
use crate::agent::work::tests::{PATIENCE, Watched, run, shell};
use crate::agent::work::{Group, NotEnded};
use crate::executor::step::Exit;

#[tokio::test]
async fn a_program_leads_a_group_of_its_own() {
    let mut watched = Watched::start(shell("echo $$; echo ::jobs-sandbox ready=1; sleep 1000"));
    watched.until("ready", "1").await;
    let group = watched.group.as_ref().expect("a group");
    assert_ne!(group.presence(), Presence::Gone);
    let leader = serde_json::to_value(group).expect("JSON")["leader"].to_string();
    watched.work.kill();
    assert_eq!(watched.end().await.1.stdout, leader);
}

#[tokio::test]
async fn what_a_program_leaves_in_its_group_is_ended() {
    for script in [
        "sleep 1000 & echo left",
        "sleep 1000 <&- >&- 2>&- & echo left",
        // Neither SIGTERM nor a stop saves it.
        "(trap '' TERM; sleep 1000) & echo left",
        "sleep 1000 & kill -STOP $!; echo left",
    ] {
        let end = run(shell(script)).await;
        assert_eq!(
            (end.exit, end.stdout.as_str()),
            (Exit::Success, "left"),
            "{script}"
        );
    }
}

/// macOS has no such command.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_leaves_the_group_lives_on_and_is_not_waited_for() {
    let end = run(shell(
        "setsid sleep 1000 & echo $!; head -c 100000 /dev/zero | tr '\\0' x; echo; echo $!",
    ))
    .await;
    let (noise, pid) = end.stdout.rsplit_once('\n').expect("two lines");
    assert!(noise.ends_with("xxx"), "{noise}");
    let pid = pid.parse().expect("a number");
    let daemon = crate::agent::work::processes::find(pid).expect("it lives on");
    assert_eq!((daemon.is_dead, daemon.group), (false, pid));
    Group::of_leader(pid).end(PATIENCE).await.expect("its end");
}

#[tokio::test]
async fn without_an_owner_work_is_killed() {
    let script = "trap '' TERM; echo ::jobs-sandbox ready=1; sleep 1000";
    let mut dropped = Watched::start(shell(script));
    dropped.until("ready", "1").await;
    let Watched {
        work,
        group,
        mut reports,
    } = dropped;
    drop(work);
    let group = group.expect("a group");
    tokio::time::timeout(PATIENCE, group.gone())
        .await
        .expect("its end");
    reports
        .recv()
        .await
        .expect("the end is reported all the same");

    let mut unread = Watched::start(shell(script));
    unread.until("ready", "1").await;
    let Watched {
        work,
        group,
        reports,
    } = unread;
    drop(reports);
    let group = group.expect("a group");
    tokio::time::timeout(PATIENCE, group.gone())
        .await
        .expect("its end");
    drop(work);
}

#[test]
fn with_its_runtime_work_is_killed() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let first = runtime();
    let group = first.block_on(async {
        let mut watched = Watched::start(shell(
            "trap '' TERM; echo ::jobs-sandbox ready=1; sleep 1000",
        ));
        watched.until("ready", "1").await;
        let group = watched.group.clone().expect("a group");
        std::mem::forget(watched);
        group
    });
    drop(first);
    let end = runtime().block_on(async { tokio::time::timeout(PATIENCE, group.gone()).await });
    end.expect("its end");
}

/// A group that an earlier agent has left.
fn left(script: &str) -> (Child, Group) {
    let mut command = Command::new("sh");
    command.args(["-c", script]).process_group(0);
    let child = command.stdout(Stdio::piped()).spawn().expect("a shell");
    let leader = i32::try_from(child.id()).expect("a number");
    (child, Group::of_leader(leader))
}

/// Waits until the script has written a line.
fn ready(child: &mut Child) {
    let mut output = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    std::io::BufRead::read_line(&mut output, &mut String::new()).expect("a line");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_later_agent_ends_what_is_left() {
    for (script, grace) in [
        ("echo; sleep 1000", PATIENCE),
        ("trap '' TERM; echo; sleep 1000", Duration::from_millis(1)),
    ] {
        let (mut child, group) = left(script);
        ready(&mut child);
        let kept = serde_json::to_string(&group).expect("JSON");
        let group: Group = serde_json::from_str(&kept).expect("a group");
        assert_eq!(group.end(grace).await, Ok(true), "{script}");
        // It is dead, though not waited for: its parent may never do that.
        assert_eq!(group.end(grace).await, Ok(false), "{script}");
        child.wait().expect("it is dead");
    }
    // The first process of the group is gone.
    let (mut child, group) = left("sleep 1000 & echo");
    ready(&mut child);
    child.wait().expect("its end");
    assert_eq!(group.end(PATIENCE).await, Ok(true));
    assert_eq!(group.end(PATIENCE).await, Ok(false));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_group_with_the_same_number_is_not_touched() {
    let (mut child, group) = left("sleep 1000 & echo; wait");
    ready(&mut child);
    let known = serde_json::to_value(&group).expect("JSON");
    for (place, value) in [
        ("/birth/started", serde_json::json!(1)),
        ("/birth/machine", serde_json::json!("another")),
    ] {
        let mut other = known.clone();
        *other.pointer_mut(place).expect(place) = value;
        let other: Group = serde_json::from_value(other).expect("a group");
        assert_eq!(other.end(Duration::ZERO).await, Ok(false), "{place}");
    }
    let unknown: Group =
        serde_json::from_value(serde_json::json!({"leader": known["leader"], "birth": null}))
            .expect("a group");
    let error = unknown
        .end(Duration::ZERO)
        .await
        .expect_err("it is not known");
    assert!(matches!(error, NotEnded::Unknown(_)));
    assert_eq!(group.presence(), Presence::There);
    // Without its first process, the session tells them apart.
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(child.id().try_into().expect("a number")),
        nix::sys::signal::Signal::SIGKILL,
    )
    .expect("its own child");
    child.wait().expect("its end");
    let mut other = known.clone();
    *other.pointer_mut("/birth/session").expect("a session") = serde_json::json!(1);
    let other: Group = serde_json::from_value(other).expect("a group");
    assert_eq!(other.end(Duration::ZERO).await, Ok(false));
    assert_eq!(group.end(PATIENCE).await, Ok(true));
}
