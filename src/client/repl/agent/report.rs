//! What the agent knows and does, for people and for programs. Pure.

use std::time::Duration;

use serde_json::{Value, json};

use crate::executor::core::{Decision, ExecutionId, PendingEntry, Status, in_words};
use crate::executor::plan::Plan;
use crate::protocol::{JobExecutionStatus, ThingName};
use crate::repl::output::form::WAITS_THEN;
use crate::text;

pub(crate) const IS_OFF: &str = "The agent is off; `agent on` starts it.";

/// Where the values of a report begin, in columns.
const VALUE_COLUMN: usize = 12;

pub(crate) fn is_off(thing: &ThingName) -> String {
    let thing = text::sanitize(thing.as_str());
    format!(
        "The agent is off. `agent on` lets a simulated device work on the jobs of {thing}, and `agent step` shows each of its moves first. \
         `help plans` explains how to say how the work goes."
    )
}

/// How an agent was turned on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) plan: Plan,
    /// Every draw comes from it.
    pub(crate) seed: u64,
    /// Whether each move waits for Enter.
    pub(crate) by_step: bool,
}

impl Setup {
    /// It is on.
    pub(crate) fn state(&self) -> String {
        let how = if self.by_step {
            "Enter at the empty prompt makes its next move, and `agent on` all others."
        } else {
            "`agent step` shows each of its moves first."
        };
        let Self { plan, seed, .. } = self;
        format!(
            "The agent is on, with the plan `{plan}` and seed {seed}. {how} `agent status` shows what it does, `agent off` stops it."
        )
    }

    /// It begins, on the jobs of this thing, after a while.
    pub(crate) fn begins(&self, thing: &ThingName, absence: Option<Duration>) -> String {
        let thing = text::sanitize(thing.as_str());
        let how = match absence {
            Some(absence) => format!(
                " The plan keeps it away for {}: the connection of this session is cut, and `agent off` ends that.",
                in_words(absence)
            ),
            None if self.by_step => {
                " Enter at the empty prompt makes its next move; every command can be typed in between.".to_owned()
            }
            None => String::new(),
        };
        let Self { plan, seed, .. } = self;
        format!(
            "The agent works on the jobs of {thing}. It simulates, and executes nothing.{how}\nPlan: {plan}\nSeed: {seed}"
        )
    }

    /// All that is known of it, a line each.
    pub(crate) fn report(&self, status: &Status) -> String {
        let connected = if status.is_connected {
            "connected"
        } else {
            "not connected"
        };
        let waits = if self.by_step {
            ", waits for Enter before each move"
        } else {
            ""
        };
        let pending = match &status.pending {
            None => "not known on this connection".to_owned(),
            Some(entries) => or_nothing(entries.iter().map(entry)),
        };
        let running = status.running.as_ref().map(|(id, done, steps)| {
            let step = (done + 1).min(*steps);
            format!("{id}, step {step} of {steps}")
        });
        let unreported = status.unreported.as_ref();
        let unreported = unreported.map(|(id, outcome)| format!("{id} {outcome}"));
        let by_hand = status.by_hand.as_ref().map(ToString::to_string);
        let mut lines = vec![
            line("agent", &format!("on, {connected}{waits}")),
            line("plan", &self.plan.to_string()),
            line("seed", &self.seed.to_string()),
            line("pending", &pending),
            line("running", &or_nothing(running)),
            line("unreported", &or_nothing(unreported)),
            line("by hand", &or_nothing(by_hand)),
        ];
        lines.extend(decisions(status).enumerate().map(|(at, it)| {
            let label = if at == 0 { "decisions" } else { "" };
            let waits = if it.waits { WAITS_THEN } else { "" };
            line(label, &text::sanitize(&format!("{waits}{it}")))
        }));
        lines.join("\n")
    }

    /// The same for a program.
    pub(crate) fn json(&self, status: &Status) -> Value {
        let pending = status.pending.as_ref().map(|entries| {
            let entries = entries.iter();
            let entries =
                entries.map(|it| with(&it.id, &json!({ "status": status_of(it).as_str() })));
            entries.collect::<Vec<_>>()
        });
        let running = status.running.as_ref();
        let running = running
            .map(|(id, done, steps)| with(id, &json!({ "stepsDone": done, "steps": steps })));
        let unreported = status.unreported.as_ref();
        let unreported = unreported.map(|(id, status)| with(id, &json!({ "status": status })));
        let decisions: Vec<&Decision> = decisions(status).collect();
        json!({
            "isOn": true,
            "isConnected": status.is_connected,
            "waitsForEnter": self.by_step,
            "plan": self.plan.to_string(),
            "seed": self.seed,
            "pending": pending,
            "running": running,
            "unreported": unreported,
            "byHand": status.by_hand,
            "decisions": decisions,
        })
    }
}

/// The last decisions. One that has waited for Enter is shown once: as it waits, or as it was made.
fn decisions(status: &Status) -> impl Iterator<Item = &Decision> {
    let last = status.decisions.len().saturating_sub(1);
    let decisions = status.decisions.iter().enumerate();
    let shown = decisions.filter(move |(at, it)| !it.waits || *at == last);
    shown.map(|(_, it)| it)
}

/// An execution with further members.
fn with(id: &ExecutionId, members: &Value) -> Value {
    let mut all = json!(id);
    for (name, value) in members.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    all
}

/// It was on already.
pub(crate) fn goes_on(by_step: bool) -> &'static str {
    if by_step {
        "The agent waits before each move. Enter at the empty prompt makes the move; `agent on` continues without waiting."
    } else {
        "The agent continues without waiting."
    }
}

/// It was turned off, and has left this execution.
pub(crate) fn ends(left: Option<ExecutionId>) -> String {
    match left {
        None => "The agent is off.".to_owned(),
        Some(id) => format!(
            "The agent is off. It leaves {id} IN_PROGRESS; `done {job}` or `fail {job}` ends it, and `agent on` works on it from its start.",
            job = id.job_id
        ),
    }
}

fn line(label: &str, value: &str) -> String {
    format!("{label:VALUE_COLUMN$}{value}")
}

fn or_nothing(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().collect();
    if values.is_empty() {
        "nothing".to_owned()
    } else {
        values.join(", ")
    }
}

fn entry(entry: &PendingEntry) -> String {
    format!("{} {}", entry.id, status_of(entry).as_str())
}

fn status_of(entry: &PendingEntry) -> JobExecutionStatus {
    if entry.in_progress {
        JobExecutionStatus::InProgress
    } else {
        JobExecutionStatus::Queued
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::core::DecisionName;
    use crate::protocol::JobId;

    fn id(job: &str, number: i64) -> ExecutionId {
        ExecutionId {
            job_id: JobId::new(job).expect("a job id"),
            execution_number: number,
            queued_at: 7,
        }
    }

    fn setup(by_step: bool) -> Setup {
        Setup {
            plan: "fail 10%".parse().expect("a plan"),
            seed: 5,
            by_step,
        }
    }

    fn decision(does: &str, waits: bool) -> Decision {
        Decision {
            name: DecisionName::Claim,
            execution: None,
            does: does.to_owned(),
            cause: "why".to_owned(),
            waits,
        }
    }

    fn busy() -> Status {
        let entry = |job, in_progress| PendingEntry {
            id: id(job, 1),
            in_progress,
        };
        Status {
            is_connected: true,
            pending: Some(vec![entry("a", true), entry("b", false)]),
            running: Some((id("a", 2), 1, 3)),
            unreported: Some((id("c", 1), "FAILED")),
            is_claiming: false,
            by_hand: Some(id("b", 1)),
            decisions: vec![
                decision("waits", true),
                decision("does", false),
                decision("goes", true),
            ],
        }
    }

    #[test]
    fn everything_known_is_reported() {
        let idle = Status {
            is_connected: false,
            pending: None,
            running: None,
            unreported: None,
            is_claiming: false,
            by_hand: None,
            decisions: Vec::new(),
        };
        let setup_lines = "plan        succeed after 3s in 3 steps; fail 10%\nseed        5\n";
        for (by_step, status, expected) in [
            (
                false,
                &idle,
                [
                    "agent       on, not connected\n",
                    setup_lines,
                    "pending     not known on this connection\nrunning     nothing\nunreported  nothing\nby hand     nothing",
                ],
            ),
            (
                true,
                &busy(),
                [
                    "agent       on, connected, waits for Enter before each move\n",
                    setup_lines,
                    "pending     a IN_PROGRESS, b QUEUED\nrunning     a (execution 2), step 2 of 3\n\
                     unreported  c FAILED\nby hand     b\ndecisions   does: why\n            waits for Enter, then goes: why",
                ],
            ),
        ] {
            assert_eq!(setup(by_step).report(status), expected.concat());
        }
    }

    #[test]
    fn a_program_gets_the_same() {
        let execution = |job: &str, number: i64| json!({ "jobId": job, "executionNumber": number, "queuedAt": 7 });
        let reported = setup(true).json(&busy());
        for (member, expected) in [
            ("isOn", json!(true)),
            ("waitsForEnter", json!(true)),
            ("seed", json!(5)),
            (
                "pending",
                json!([
                    with(&id("a", 1), &json!({ "status": "IN_PROGRESS" })),
                    with(&id("b", 1), &json!({ "status": "QUEUED" })),
                ]),
            ),
            (
                "running",
                json!({ "jobId": "a", "executionNumber": 2, "queuedAt": 7, "stepsDone": 1, "steps": 3 }),
            ),
            (
                "unreported",
                json!({ "jobId": "c", "executionNumber": 1, "queuedAt": 7, "status": "FAILED" }),
            ),
            ("byHand", execution("b", 1)),
            (
                "decisions",
                json!([
                    { "name": "claim", "does": "does", "cause": "why", "waits": false },
                    { "name": "claim", "does": "goes", "cause": "why", "waits": true },
                ]),
            ),
        ] {
            assert_eq!(reported[member], expected, "{member}");
        }
    }

    #[test]
    fn a_beginning_and_an_end_say_what_comes_next() {
        let lamp = ThingName::new("lamp").expect("a thing name");
        let away = Some(Duration::from_hours(2));
        for (text, part) in [
            (
                setup(false).begins(&lamp, None),
                "of lamp. It simulates, and executes nothing.\nPlan: succeed",
            ),
            (
                setup(true).begins(&lamp, None),
                "Enter at the empty prompt makes its next move",
            ),
            (
                setup(true).begins(&lamp, away),
                "keeps it away for 2 h: the connection of this session is cut",
            ),
            (setup(true).state(), "and `agent on` all others."),
            (setup(false).state(), "`agent step` shows each"),
            (ends(None), "The agent is off."),
            (
                ends(Some(id("a", 2))),
                "It leaves a (execution 2) IN_PROGRESS; `done a`",
            ),
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
