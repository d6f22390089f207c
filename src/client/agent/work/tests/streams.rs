//! What a program reads and writes.

use crate::agent::work::CommandLine;
use crate::agent::work::tests::{Watched, run, shell};
use crate::executor::step::Exit;

#[tokio::test]
async fn ten_megabytes_on_each_stream_are_drained() {
    // With line ends, without any, and of what is no text.
    for (noise, end, expected) in [
        (
            "yes 12345678",
            "end",
            format!("678\n{}end", "12345678\n".repeat(113)),
        ),
        (
            "yes | tr -d '\\n'",
            "é end",
            format!("{}é end", "y".repeat(1019)),
        ),
        (
            "yes | tr 'y\\n' '\\377\\001'",
            " end",
            format!("{} end", "\u{fffd}".repeat(1020)),
        ),
    ] {
        let make = format!("{noise} | head -c 9999999; printf '{end}'");
        let script = format!("({make}) & ({make}) >&2 & wait; wait");
        let end = run(shell(&script)).await;
        assert_eq!(end.exit, Exit::Success);
        assert_eq!(end.stdout, expected);
        assert_eq!(end.stderr, expected);
    }
}

#[tokio::test]
async fn the_document_can_be_read_and_need_not_be() {
    let document = "é".repeat(500_000);
    for (script, expected) in [
        ("wc -c | tr -d ' '", "1000000"),
        ("exec 0<&-; echo closed", "closed"),
        ("echo unread", "unread"),
        ("head -c 4", "éé"),
    ] {
        let command = CommandLine {
            stdin: Some(document.clone()),
            ..shell(script)
        };
        let end = run(command).await;
        assert_eq!(
            (end.exit, end.stdout.as_str()),
            (Exit::Success, expected),
            "{script}"
        );
    }
    let end = run(shell("wc -c | tr -d ' '")).await;
    assert_eq!(end.stdout, "0");
}

#[tokio::test]
async fn progress_is_reported_while_the_program_works() {
    let mut watched = Watched::start(CommandLine {
        environment: vec![("WHAT".to_owned(), "of ten".to_owned())],
        ..shell(
            "echo before; echo '::jobs-sandbox progress=40'; echo ::jobs-sandbox step=1
             trap 'printf \"::jobs-sandbox file=third $WHAT\"; exit' TERM
             echo '::jobs-sandbox ready=1'; sleep 1000 & wait",
        )
    });
    let progress = watched.until("ready", "1").await;
    assert_eq!(progress.details["progress"], "40");
    watched.work.terminate();
    let (progress, end) = watched.end().await;
    let last = &progress.last().expect("one").details;
    let last: Vec<_> = last
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(last, ["file=third of ten", "progress=40", "ready=1"]);
    assert_eq!(end.stdout, "before\n::jobs-sandbox step=1");
}

#[tokio::test]
async fn many_reports_of_progress_do_not_stop_the_program() {
    let mut watched = Watched::start(shell(
        "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo \"::jobs-sandbox i=$i\"; done; echo done >&2",
    ));
    let (progress, end) = watched.end().await;
    assert_eq!(end.stderr, "done");
    assert_eq!(progress.last().expect("one").details["i"], "5000");
}

/// As Linux lists them. What this test was itself started with is not the agent's.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_descriptor_of_the_agent_is_inherited() {
    let name = format!("jobs-sandbox-{}", uuid::Uuid::new_v4());
    let path = std::env::temp_dir().join(&name);
    let _open = std::fs::File::create(&path).expect("room");
    let end = run(shell("ls -l /proc/self/fd")).await;
    assert!(
        end.stdout.contains("/proc/") && !end.stdout.contains(&name),
        "{}",
        end.stdout
    );
    std::fs::remove_file(path).expect("it is there");
}
