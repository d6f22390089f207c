//! What an agent prints, on a thread of its own: a full pipe must not hold the device up.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cli::AgentForm;
use crate::executor::core::Decision;
use crate::redact;
use crate::repl::output::{render, times};
use crate::repl::room;
use crate::run::agent::introduction::Introduction;
use crate::text;

/// How many lines wait to be printed; more are lost.
const LINES_MAX: usize = 1_024;

/// The most characters of a line for people.
const LINE_CHARACTERS: usize = 1_000;

/// How long the end waits for the last lines to be printed.
const END_MAX: Duration = Duration::from_secs(1);

/// Prints from anywhere. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    form: AgentForm,
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

/// Sees when nothing can be printed any more.
pub(crate) struct Watch(watch::Receiver<bool>);

impl Watch {
    pub(crate) async fn closed(&mut self) {
        if self.0.wait_for(|is_closed| *is_closed).await.is_err() {
            // The thread has ended well.
            let () = std::future::pending().await;
        }
    }
}

/// Where the lines go.
pub(crate) struct Screen {
    is_closed: watch::Receiver<bool>,
    ended: Receiver<io::Result<()>>,
}

impl Screen {
    pub(crate) fn start(form: AgentForm) -> (Printer, Self) {
        let (lines, waiting) = mpsc::sync_channel(LINES_MAX);
        let (end, ended) = mpsc::channel();
        let (close, is_closed) = watch::channel(false);
        let lost = Arc::new(AtomicU64::new(0));
        let printer = Printer {
            form,
            lines,
            lost: Arc::clone(&lost),
        };
        thread::spawn(move || {
            let written = print(&waiting, form, &lost);
            close.send_replace(written.is_err());
            // If the program does not wait for it, it has ended.
            let _ = end.send(written);
        });
        (printer, Self { is_closed, ended })
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch(self.is_closed.clone())
    }

    /// Waits a short time for the last lines, once the printer is gone.
    pub(crate) fn end(self) -> io::Result<()> {
        self.ended.recv_timeout(END_MAX).unwrap_or(Ok(()))
    }
}

fn print(lines: &Receiver<String>, form: AgentForm, lost: &AtomicU64) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for line in lines {
        writeln!(stdout, "{line}")?;
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            count => {
                let text = format!("({count} lines were not printed: too many at once)");
                writeln!(stdout, "{}", event(form, "Missed", &text))?;
            }
        }
        stdout.flush()?;
    }
    Ok(())
}

impl Printer {
    pub(crate) fn introduce(&self, introduction: &Introduction<'_>) {
        self.put(match self.form {
            AgentForm::Text => safe_lines(&introduction.text()),
            AgentForm::Jsonl => object("agent", introduction.json()),
        });
    }

    pub(crate) fn decision(&self, decision: &Decision) {
        self.put(match self.form {
            AgentForm::Text => {
                let line = text::sanitize(&redact::signatures(&decision.to_string())).into_owned();
                room::fitted_message(&text::shorten(&format!("agent: {line}"), LINE_CHARACTERS))
            }
            // Texts and numbers have a JSON form.
            AgentForm::Jsonl => object(
                "decision",
                serde_json::to_value(decision).unwrap_or_default(),
            ),
        });
    }

    pub(crate) fn event(&self, name: &'static str, text: &str) {
        self.put(event(self.form, name, text));
    }

    fn put(&self, line: String) {
        if let Err(mpsc::TrySendError::Full(_)) = self.lines.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn event(form: AgentForm, name: &'static str, text: &str) -> String {
    match form {
        AgentForm::Text => room::fitted_message(&safe_lines(text)),
        AgentForm::Jsonl => object("event", json!({"name": name, "message": text})),
    }
}

fn safe_lines(text: &str) -> String {
    text::sanitize_lines(&redact::signatures(text)).into_owned()
}

/// A line of JSON with the time, without members that have no value.
fn object(kind: &str, value: Value) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default();
    let (date, clock) = (times::date(now.as_secs()), times::clock(now.as_secs()));
    let time = format!("{date}T{clock}.{:03}Z", now.subsec_millis());
    let mut object = json!({"type": kind, "time": time});
    if let (Value::Object(object), Value::Object(members)) = (&mut object, value) {
        object.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
    }
    render::json(&redact::signatures(&object.to_string()))
}
