//! Plays scenarios, several at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::exam::error::ExamError;
use crate::exam::mark::{Mark, Verdict};
use crate::exam::room::Room;
use crate::exam::scenarios::Scenario;
use crate::exam::setting::Setting;
use crate::exam::stop::Stop;

/// Plays them, and shows each mark as soon as all before it have been shown. Returns the marks that there are, and why there are
/// not all.
pub(crate) fn all(
    setting: &Setting,
    scenarios: &[&'static Scenario],
    at_a_time: usize,
    mut show: impl FnMut(&Mark) -> Result<(), ExamError>,
) -> (Vec<Mark>, Result<(), ExamError>) {
    let next = AtomicUsize::new(0);
    let (sender, ended) = mpsc::channel();
    let mut marks = Vec::new();
    let mut result = Ok(());
    thread::scope(|scope| {
        for _ in 0..at_a_time.min(scenarios.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let index = scenarios.iter().position(|it| it.id == scenario.id);
                    let played = one(setting, scenario);
                    // The receiver waits for all of them.
                    let _ = sender.send((index.unwrap_or_default(), played));
                    if setting.stop.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        for (index, played) in ended {
            match played {
                Ok(mark) => {
                    waiting.insert(index, mark);
                }
                Err(error) => {
                    setting.stop.store(true, Ordering::Relaxed);
                    if result.is_ok() || matches!(result, Err(ExamError::Interrupted)) {
                        result = Err(error);
                    }
                }
            }
            while let Some(mark) = waiting.remove(&marks.len()) {
                if let Err(error) = show(&mark) {
                    setting.stop.store(true, Ordering::Relaxed);
                    result = Err(error);
                }
                marks.push(mark);
            }
        }
    });
    (marks, result)
}

fn one(setting: &Setting, scenario: &'static Scenario) -> Result<Mark, ExamError> {
    let begin = Instant::now();
    if setting.is_absent.load(Ordering::Relaxed) {
        return Ok(Mark {
            scenario,
            verdict: Verdict::Fail("not played, since the program never connected".to_owned()),
            facts: Vec::new(),
            took: Duration::ZERO,
        });
    }
    let mut room = match Room::open(setting, scenario.id) {
        Ok(room) => room,
        Err(stop) => return Err(failure(setting, stop)),
    };
    room.note(&format!("{}: {}", scenario.title, scenario.expects));
    let played = (scenario.play)(&mut room);
    room.close();
    let verdict = match played {
        Ok(()) => Verdict::Pass,
        Err(Stop::Fail(reason)) => Verdict::Fail(reason),
        Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable(reason),
        Err(stop) => return Err(failure(setting, stop)),
    };
    room.note(&format!("{verdict:?}"));
    Ok(Mark {
        scenario,
        verdict,
        facts: std::mem::take(&mut room.facts),
        took: begin.elapsed(),
    })
}

/// Why there is no exam.
fn failure(setting: &Setting, stop: Stop) -> ExamError {
    match stop {
        Stop::Program(reason) => ExamError::Program {
            program: setting.program.to_string_lossy().into_owned(),
            reason,
        },
        Stop::Setup(reason) => ExamError::Setup(reason),
        Stop::Interrupted | Stop::Fail(_) | Stop::NotApplicable(_) => ExamError::Interrupted,
    }
}
