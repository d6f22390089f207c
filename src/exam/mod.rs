//! `exam`: plays scenarios against any device program, and prints a mark sheet.
//!
//! Each scenario has a service, a thing, a link and a program of its own, so several are played at a time: nearly all of the time
//! is spent waiting.
//!
//! | where | what it holds |
//! |---|---|
//! | [`scenarios`] | the scenarios |
//! | [`room`], [`sight`], [`limits`] | where one is played, what is seen there, how long things may take |
//! | [`setting`], [`launch`], [`document`] | what all have in common; what a program is started with; its job document |
//! | [`program`], [`leftovers`], [`effects`] | the program as a process, what it leaves behind, what its work did |
//! | [`link`], [`wire`], [`takeover`] | the link that is cut, the messages on it, another client |
//! | [`mark`], [`junit`], [`stop`] | the marks, and why a scenario ended |
//! | [`play`], [`screen`] | plays several scenarios at a time, and shows that |
//! | [`error`] | why an exam cannot be held |

mod document;
mod effects;
mod error;
mod junit;
mod launch;
mod leftovers;
mod limits;
mod link;
mod mark;
mod play;
mod program;
mod room;
mod scenarios;
mod screen;
mod setting;
mod sight;
mod stop;
mod takeover;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::cli::{EXAM_LIMIT, ExamArgs, ExamForm};
use crate::exam::document::Template;
use crate::exam::mark::{Mark, counts, summary, tenths};
use crate::exam::scenarios::{SCENARIOS, Scenario};
use crate::exam::screen::{Screen, print};
use crate::exam::setting::Setting;
use crate::own_file;
use crate::serve::PrivateFolder;
use crate::signals::Signals;
use crate::text;

pub(crate) use crate::exam::error::ExamError;

/// How long a program may take to end after its scenario.
const FAREWELL: Duration = Duration::from_secs(5);

/// What to do if a program never connected.
const NEVER_CONNECTED: &str = "\
hint: the program is to connect to {endpoint} and {port}, which it is given in its
  arguments or in its environment (`help exam`); --logs keeps what it printed
";

/// Holds an exam, and returns whether everything was passed that applies.
pub(crate) fn run(args: &ExamArgs) -> Result<bool, ExamError> {
    let chosen = chosen(&args.only)?;
    if args.list {
        return print(&list(&chosen)).map(|()| true);
    }
    if let Some(path) = &args.junit {
        // A place that cannot be written to is not found out at the end.
        write_report(path, "")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(ExamError::Start)?;
    let setting = Arc::new(setting(args, &runtime)?);
    watch_signals(&runtime, &setting)?;
    let begin = Instant::now();
    let is_text = args.output == ExamForm::Text;
    let alone = Alone::new(args);
    let mut screen = Screen::new();
    let at_a_time = usize::from(args.parallel);
    let (marks, ended) = play::all(&setting, &chosen, at_a_time, |news| {
        if is_text {
            screen.show(news, |id| alone.command(id))
        } else {
            Ok(())
        }
    });
    let took = begin.elapsed();
    // What has an end is shown even if the rest has none.
    if !marks.is_empty() || ended.is_ok() {
        report(args, &marks, took)?;
    }
    runtime.shutdown_background();
    if is_text && setting.is_absent.load(Ordering::Relaxed) {
        print(NEVER_CONNECTED)?;
    }
    ended?;
    Ok(counts(&marks)[1] == 0)
}

/// The scenarios that are asked for, in order.
fn chosen(only: &[String]) -> Result<Vec<&'static Scenario>, ExamError> {
    let is_asked = |it: &&Scenario| only.iter().any(|id| id.eq_ignore_ascii_case(it.id));
    if let Some(id) = only
        .iter()
        .find(|id| !SCENARIOS.iter().any(|it| id.eq_ignore_ascii_case(it.id)))
    {
        return Err(ExamError::NoScenario(id.clone()));
    }
    let all = SCENARIOS.iter();
    Ok(all.filter(|it| only.is_empty() || is_asked(it)).collect())
}

fn list(scenarios: &[&Scenario]) -> String {
    let lines = scenarios.iter().map(|it| {
        format!(
            "{:<4}{}: {}\n    {}\n",
            it.id,
            it.title,
            it.expects,
            it.page()
        )
    });
    lines.collect()
}

fn setting(args: &ExamArgs, runtime: &Runtime) -> Result<Setting, ExamError> {
    let template = match args.document.as_deref() {
        None => document::DEFAULT.to_owned(),
        Some(typed) => match typed.strip_prefix('@') {
            Some(path) => read(Path::new(path))?,
            None => typed.to_owned(),
        },
    };
    // A command line without a program is refused before.
    let mut command = args.program.iter().cloned();
    Ok(Setting {
        template: Template::new(template).map_err(ExamError::NotJson)?,
        program: command.next().unwrap_or_default(),
        arguments: command.collect(),
        folder: PrivateFolder::create(None)?,
        log_folder: args.logs.clone(),
        runtime: runtime.handle().clone(),
        stop: AtomicBool::new(false),
        signal: OnceLock::new(),
        is_absent: AtomicBool::new(false),
        limit: Duration::from_secs(args.limit),
        farewell: FAREWELL,
    })
}

fn read(path: &Path) -> Result<String, ExamError> {
    let path = path.to_owned();
    match fs::read(&path) {
        Ok(bytes) => {
            text::decode(bytes).map_err(|source| ExamError::DocumentNotText { path, source })
        }
        Err(source) => Err(ExamError::Document { path, source }),
    }
}

/// A signal ends the exam in good order.
fn watch_signals(runtime: &Runtime, setting: &Arc<Setting>) -> Result<(), ExamError> {
    let _inside = runtime.enter();
    let mut signals = Signals::new().map_err(ExamError::Start)?;
    let setting = Arc::clone(setting);
    let watching = async move {
        let number = signals.recv().await;
        let _ = setting.signal.set(number);
        setting.stop.store(true, Ordering::Relaxed);
    };
    runtime.spawn(watching.boxed());
    Ok(())
}

/// What is written at the end.
fn report(args: &ExamArgs, marks: &[Mark], took: Duration) -> Result<(), ExamError> {
    if let Some(path) = &args.junit {
        write_report(path, &junit::report(marks, took))?;
    }
    match args.output {
        ExamForm::Text => print(&format!("\n{}\n", summary(marks, took))),
        ExamForm::Json => {
            let [passed, failed, rest] = counts(marks);
            let sheet = json!({
                "passed": passed,
                "failed": failed,
                "notApplicable": rest,
                "seconds": tenths(took),
                "scenarios": marks.iter().map(Mark::json).collect::<Vec<_>>(),
            });
            print(&format!("{sheet:#}\n"))
        }
    }
}

fn write_report(path: &Path, text: &str) -> Result<(), ExamError> {
    own_file::write(path, text).map_err(|source| ExamError::Report {
        path: path.to_owned(),
        source,
    })
}

/// How to play one scenario alone, as a shell reads it.
struct Alone {
    document: Option<String>,
    limit: u64,
    logs: Option<PathBuf>,
    program: String,
}

impl Alone {
    fn new(args: &ExamArgs) -> Self {
        let words = args.program.iter();
        let words = words.map(|word| text::quote(&word.to_string_lossy()).into_owned());
        Self {
            document: args.document.clone(),
            limit: args.limit,
            logs: args.logs.clone(),
            program: words.collect::<Vec<_>>().join(" "),
        }
    }

    fn command(&self, id: &str) -> String {
        let document = self.document.as_deref().map_or_else(String::new, |typed| {
            format!(" --document {}", text::quote(typed))
        });
        let limit = match self.limit {
            EXAM_LIMIT => String::new(),
            limit => format!(" --limit {limit}"),
        };
        let logs = self.logs.as_deref().unwrap_or(Path::new("exam-logs"));
        let logs = text::quote(&logs.to_string_lossy()).into_owned();
        format!(
            "jobs-sandbox exam --only {id} --logs {logs}{limit}{document} -- {}",
            self.program
        )
    }
}
