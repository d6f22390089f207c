//! How a run begins and ends.

use std::fs;
use std::path::Path;

use crate::agent::work::tests::{Watched, run, shell};
use crate::agent::work::{CommandLine, NoProgram, Program, Run, WorkReport};
use crate::executor::step::Exit;
use crate::protocol::{EpochSeconds, JobId, ThingName};

fn failure(text: &str) -> Exit {
    Exit::Failure(text.to_owned())
}

#[tokio::test]
async fn the_exit_status_is_the_outcome() {
    for (script, expected) in [
        ("exit 0", Exit::Success),
        ("exit 3", failure("exit status 3")),
        ("exit 100", failure("exit status 100")),
        ("exit 199", Exit::Rejected),
        ("kill -9 $$", failure("killed by signal 9 (SIGKILL)")),
        ("kill -TERM $$", failure("killed by signal 15 (SIGTERM)")),
        // A group may be ended by a program of its own.
        ("kill -9 0", failure("killed by signal 9 (SIGKILL)")),
        // Of many lines on standard error, none is too many unless a most is given.
        ("echo a >&2; echo b >&2; printf c >&2", Exit::Success),
    ] {
        assert_eq!(run(shell(script)).await.exit, expected, "{script}");
    }
    let strict = |script| CommandLine {
        may_reject: false,
        reports_stdout: false,
        stderr_lines_max: Some(2),
        ..shell(script)
    };
    for (script, expected) in [
        ("echo; exit 199", failure("exit status 199")),
        ("echo a >&2; echo b >&2", Exit::Success),
        ("echo a >&2; exit 4", failure("exit status 4")),
        (
            "echo a >&2; echo b >&2; printf c >&2",
            failure("3 lines on standard error, at most 2 allowed"),
        ),
    ] {
        let end = run(strict(script)).await;
        assert_eq!((end.exit, end.stdout.as_str()), (expected, ""), "{script}");
    }
}

#[tokio::test]
async fn what_cannot_be_started_ends_with_the_reason() {
    let file = std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()));
    fs::write(&file, "echo").expect("room");
    let name = file.display().to_string();
    let nul = CommandLine {
        arguments: vec!["\0".to_owned()],
        ..shell("")
    };
    let program = |program: &str| CommandLine {
        program: program.into(),
        ..CommandLine::default()
    };
    for (command, expected) in [
        (
            program("/no/such"),
            "the file `/no/such` does not exist".to_owned(),
        ),
        (
            program("no-such\u{1b}"),
            r"the program `no-such\u001b` is not on the PATH".to_owned(),
        ),
        (program("/"), "`/` is not a file".to_owned()),
        (
            program(&name),
            format!("`{name}` cannot be executed by this user"),
        ),
        (
            nul,
            "was not started: nul byte found in provided data".to_owned(),
        ),
    ] {
        let end = run(command).await;
        let Exit::NotStarted(reason) = &end.exit else {
            panic!("{end:?}");
        };
        assert!(reason.ends_with(&expected), "{reason}");
        assert_eq!(reason.lines().count(), 1, "{reason}");
    }
    fs::remove_file(file).expect("it is there");
}

#[tokio::test]
async fn a_program_without_its_interpreter_fails() {
    let file = std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()));
    fs::write(&file, "#!/no/such\n").expect("room");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("own");
    let command = CommandLine {
        program: file.clone(),
        ..CommandLine::default()
    };
    let end = run(command).await;
    // Shells give it different numbers.
    assert!(matches!(end.exit, Exit::Failure(_)), "{end:?}");
    assert!(end.stderr.contains(&file.display().to_string()), "{end:?}");
    fs::remove_file(file).expect("it is there");
}

#[tokio::test]
async fn a_program_that_is_not_noted_does_not_begin() {
    let file = std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()));
    let script = format!("echo > {}", file.display());
    let (sender, mut reports) = tokio::sync::mpsc::channel(1);
    let mut group = None;
    let note = |noted: &crate::agent::work::Group| {
        group = Some(noted.clone());
        Err("no room")
    };
    let _work = crate::agent::work::Work::start(shell(&script), note, sender);
    let Some(WorkReport::Ended(end)) = reports.recv().await else {
        panic!("no end");
    };
    assert_eq!(end.exit, Exit::NotStarted("no room".to_owned()));
    group.expect("it was to be noted").gone().await;
    assert!(!file.exists());
}

#[tokio::test]
async fn work_that_is_terminated_can_end_in_order() {
    let mut watched = Watched::start(shell(
        "trap 'echo bye; exit 5' TERM; sleep 1000 & echo '::jobs-sandbox ready=1'; wait",
    ));
    watched.until("ready", "1").await;
    watched.work.terminate();
    let (_, end) = watched.end().await;
    assert_eq!(
        (end.exit, end.stdout.as_str()),
        (failure("exit status 5"), "bye")
    );
}

#[tokio::test]
async fn work_that_does_not_end_when_asked_is_killed() {
    let mut watched = Watched::start(shell(
        "trap 'echo ::jobs-sandbox asked=1' TERM; echo ::jobs-sandbox ready=1; while :; do sleep 1; done",
    ));
    watched.until("ready", "1").await;
    watched.work.terminate();
    watched.until("asked", "1").await;
    watched.work.kill();
    watched.work.terminate();
    let (_, end) = watched.end().await;
    assert_eq!(end.exit, failure("killed by signal 9 (SIGKILL)"));
}

#[tokio::test]
async fn signals_are_also_sent_as_another_user() {
    let file = std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()));
    let file = file.display();
    let script = format!(
        "trap '' TERM; echo ::jobs-sandbox ready=1; while [ ! -e {file} ]; do sleep 0.01; done; cat {file}; echo $$; rm {file}"
    );
    let other = format!("echo \"$@\" > {file}.new && mv {file}.new {file}");
    let mut watched = Watched::start(CommandLine {
        signals_by: ["sh", "-c", &other, "sh"].map(str::to_owned).to_vec(),
        ..shell(&script)
    });
    watched.until("ready", "1").await;
    watched.work.terminate();
    let (_, end) = watched.end().await;
    let (sent, leader) = end.stdout.split_once('\n').expect("two lines");
    assert_eq!(sent, format!("kill -s TERM -- -{leader}"));
}

#[tokio::test]
async fn a_program_is_found_and_given_what_it_needs() {
    let folder = std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()));
    fs::create_dir(&folder).expect("a folder");
    let file = folder.join("my program");
    fs::write(
        &file,
        "#!/bin/sh\ncat\nprintf '|%s' \"$@\" \"$JOBS_SANDBOX_THING\" \"$JOBS_SANDBOX_JOB_ID\" \
         \"$JOBS_SANDBOX_EXECUTION_NUMBER\" \"$JOBS_SANDBOX_QUEUED_AT\" \"$JOBS_SANDBOX_ATTEMPT\"\n",
    )
    .expect("room");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("own");
    let search_path = std::env::join_paths([Path::new("/no/such"), &folder]).expect("a list");
    let find = |program: &str| {
        let arguments = vec!["-a $HOME".to_owned(), String::new()];
        Program::find(Path::new(program), arguments, Some(&search_path))
    };
    let (thing, job) = (ThingName::new("a:b"), JobId::new("job-1"));
    let (thing, job) = (thing.expect("a name"), job.expect("an id"));
    let run_for = Run {
        thing: &thing,
        job: &job,
        execution_number: 2,
        queued_at: EpochSeconds(1_700_000_000),
        attempt: 3,
    };
    let path = file.display().to_string();
    for name in ["my program", &path] {
        let command = find(name)
            .expect("it is there")
            .command(run_for, "{\"a\":\"é\"}");
        let end = run(command).await;
        assert_eq!(end.exit, Exit::Success);
        assert_eq!(
            end.stdout,
            "{\"a\":\"é\"}|-a $HOME||a:b|job-1|2|1700000000|3"
        );
    }
    assert_eq!(find("other"), Err(NoProgram::NotOnPath("other".into())));
    let missing = std::path::absolute("./my program").expect("a folder");
    assert_eq!(find("./my program"), Err(NoProgram::Missing(missing)));
    assert_eq!(find(""), Err(NoProgram::Missing("".into())));
    fs::remove_dir_all(folder).expect("it is there");
}

#[test]
fn credentials_are_withheld() {
    for (variable, expected) in [
        ("AWS_ACCESS_KEY_ID", true),
        ("AWS_SECRET_ACCESS_KEY", true),
        ("AWS_SESSION_TOKEN", true),
        ("AWS_REGION", false),
        ("PATH", false),
    ] {
        let is_withheld = crate::agent::work::program::is_withheld(variable.as_ref());
        assert_eq!(is_withheld, expected, "{variable}");
    }
}
