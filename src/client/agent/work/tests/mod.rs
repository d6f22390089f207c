//! Programs that are run: shells that behave in every way.

mod ends;
mod groups;
mod streams;

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::agent::work::group::Presence;
use crate::agent::work::{CommandLine, Group, Work, WorkReport};
use crate::executor::step::{Progress, StepEnd};

/// Within which everything happens, however busy the machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn shell(script: &str) -> CommandLine {
    CommandLine {
        program: PathBuf::from("sh"),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        may_reject: true,
        reports_stdout: true,
        ..CommandLine::default()
    }
}

/// A program that runs, and what it reports.
struct Watched {
    work: Work,
    group: Option<Group>,
    reports: mpsc::Receiver<WorkReport>,
}

impl Watched {
    fn start(command: CommandLine) -> Self {
        let (sender, reports) = mpsc::channel(1);
        let mut group = None;
        let note = |noted: &Group| {
            group = Some(noted.clone());
            Ok::<(), Infallible>(())
        };
        let work = Work::start(command, note, sender);
        Self {
            work,
            group,
            reports,
        }
    }

    async fn next(&mut self) -> WorkReport {
        let next = tokio::time::timeout(PATIENCE, self.reports.recv());
        next.await.expect("in time").expect("a report")
    }

    /// Waits until the program has set this detail.
    async fn until(&mut self, name: &str, value: &str) -> Progress {
        loop {
            match self.next().await {
                WorkReport::Progress(progress)
                    if progress.details.get(name).is_some_and(|it| it == value) =>
                {
                    return progress;
                }
                WorkReport::Progress(_) => {}
                WorkReport::Ended(end) => panic!("{end:?}"),
            }
        }
    }

    /// The progress and the end. After the end no report comes, and nothing is left of the group.
    async fn end(&mut self) -> (Vec<Progress>, StepEnd) {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                WorkReport::Progress(progress) => all.push(progress),
                WorkReport::Ended(end) => {
                    let more = self.reports.recv().await;
                    assert_eq!(more, None);
                    let presence = self.group.as_ref().map(Group::presence);
                    assert!(matches!(presence, None | Some(Presence::Gone)));
                    return (all, end);
                }
            }
        }
    }
}

async fn run(command: CommandLine) -> StepEnd {
    Watched::start(command).end().await.1
}
