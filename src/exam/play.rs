//! Plays scenarios, several at a time.

use std::collections::{BTreeMap, BTreeSet};
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

/// What is shown while scenarios are played.
#[derive(Debug)]
pub(crate) enum News<'a> {
    /// A mark. All before it have been shown.
    Mark(&'a Mark),
    /// What is being played, in order.
    Playing(Vec<&'static str>),
}

/// What happens to a scenario, by its place in the list.
enum Happened {
    Begun(usize),
    Ended(usize, Result<Mark, ExamError>),
}

/// Plays them, and shows each mark as soon as all before it have been shown. Returns the marks that there are, and why there are
/// not all.
pub(crate) fn all(
    setting: &Setting,
    scenarios: &[&'static Scenario],
    at_a_time: usize,
    mut show: impl FnMut(News<'_>) -> Result<(), ExamError>,
) -> (Vec<Mark>, Result<(), ExamError>) {
    let next = AtomicUsize::new(0);
    let (sender, happened) = mpsc::channel();
    let mut sheet = Sheet::default();
    thread::scope(|scope| {
        for _ in 0..at_a_time.min(scenarios.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !setting.stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else {
                        return;
                    };
                    // The receiver waits for all of them.
                    let _ = sender.send(Happened::Begun(index));
                    let played = one(setting, scenario);
                    let _ = sender.send(Happened::Ended(index, played));
                }
            });
        }
        drop(sender);
        for happened in happened {
            sheet.note(setting, happened);
            let shown = sheet.show_next(&mut show).and_then(|()| {
                let playing = sheet.playing.iter().map(|index| scenarios[*index].id);
                show(News::Playing(playing.collect()))
            });
            sheet.check(setting, shown);
        }
    });
    let rest = sheet.show_rest(&mut show);
    sheet.check(setting, rest);
    (sheet.marks, sheet.result)
}

/// The marks so far.
struct Sheet {
    playing: BTreeSet<usize>,
    /// Marks that are not shown yet, by their places.
    waiting: BTreeMap<usize, Mark>,
    /// Those that were shown.
    marks: Vec<Mark>,
    result: Result<(), ExamError>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            playing: BTreeSet::new(),
            waiting: BTreeMap::new(),
            marks: Vec::new(),
            result: Ok(()),
        }
    }
}

impl Sheet {
    fn note(&mut self, setting: &Setting, happened: Happened) {
        match happened {
            Happened::Begun(index) => {
                self.playing.insert(index);
            }
            Happened::Ended(index, played) => {
                self.playing.remove(&index);
                let played = played.map(|mark| {
                    self.waiting.insert(index, mark);
                });
                self.check(setting, played);
            }
        }
    }

    /// An error ends the exam. That it was interrupted may be the consequence of another one.
    fn check(&mut self, setting: &Setting, result: Result<(), ExamError>) {
        if let Err(error) = result {
            setting.stop.store(true, Ordering::Relaxed);
            if matches!(self.result, Ok(()) | Err(ExamError::Interrupted { .. })) {
                self.result = Err(error);
            }
        }
    }

    /// Shows the marks that follow those that were shown.
    fn show_next(
        &mut self,
        show: &mut impl FnMut(News<'_>) -> Result<(), ExamError>,
    ) -> Result<(), ExamError> {
        while let Some(mark) = self.waiting.remove(&self.marks.len()) {
            self.marks.push(mark);
            show(News::Mark(&self.marks[self.marks.len() - 1]))?;
        }
        Ok(())
    }

    /// Shows those behind one that does not come any more.
    fn show_rest(
        &mut self,
        show: &mut impl FnMut(News<'_>) -> Result<(), ExamError>,
    ) -> Result<(), ExamError> {
        for mark in std::mem::take(&mut self.waiting).into_values() {
            self.marks.push(mark);
            show(News::Mark(&self.marks[self.marks.len() - 1]))?;
        }
        Ok(())
    }
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

/// Why an exam cannot be held.
fn failure(setting: &Setting, stop: Stop) -> ExamError {
    match stop {
        Stop::Program(reason) => ExamError::Program {
            program: setting.program.to_string_lossy().into_owned(),
            reason,
        },
        Stop::Setup(reason) => ExamError::Setup(reason),
        Stop::Interrupted | Stop::Fail(_) | Stop::NotApplicable(_) => ExamError::Interrupted {
            signal: setting.signal.get().copied(),
        },
    }
}
