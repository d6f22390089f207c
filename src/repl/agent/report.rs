//! What the agent knows and does, for people and for programs. Pure.

use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::core::{Decision, ExecutionId, PendingEntry, Status};
use crate::agent::plan::Plan;
use crate::protocol::{JobExecutionStatus, Payload, ThingName};
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

pub(crate) fn is_on(plan: &Plan, seed: u64, by_step: bool) -> String {
    let how = if by_step {
        "Enter at the empty prompt makes its next move, and `agent on` all others."
    } else {
        "`agent step` shows each of its moves first."
    };
    format!(
        "The agent is on, with the plan `{plan}` and seed {seed}. {how} `agent status` shows what it does, `agent off` stops it."
    )
}

/// The agent has been set up.
pub(crate) fn begins(
    thing: &ThingName,
    plan: &Plan,
    seed: u64,
    by_step: bool,
    absence: Option<Duration>,
) -> String {
    let thing = text::sanitize(thing.as_str());
    let how = match (absence, by_step) {
        (Some(absence), _) => {
            format!(" It stays away for {absence:?}: the link of this session is cut.")
        }
        (None, true) => {
            " Enter at the empty prompt makes its next move; every command can be typed in between."
                .to_owned()
        }
        (None, false) => String::new(),
    };
    format!(
        "The agent works on the jobs of {thing}. It simulates, and executes nothing.{how}\nPlan: {plan}\nSeed: {seed}"
    )
}

/// It was on already.
pub(crate) fn goes_on(by_step: bool) -> &'static str {
    if by_step {
        "The agent waits before each move. Enter at the empty prompt makes the move; `agent on` goes on without waiting."
    } else {
        "The agent goes on without waiting."
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

/// All that is known of it, a line each.
pub(crate) fn of(plan: &Plan, seed: u64, by_step: bool, status: &Status) -> String {
    let connected = if status.is_connected {
        "connected"
    } else {
        "not connected"
    };
    let waits = if by_step {
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
        line("plan", &plan.to_string()),
        line("seed", &seed.to_string()),
        line("pending", &pending),
        line("running", &or_nothing(running)),
        line("unreported", &or_nothing(unreported)),
        line("by hand", &or_nothing(by_hand)),
    ];
    let decisions = status.decisions.iter().enumerate();
    lines.extend(decisions.map(|(at, it)| {
        let label = if at == 0 { "decisions" } else { "" };
        line(label, &text::sanitize(&it.to_string()))
    }));
    lines.join("\n")
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

pub(crate) fn json_of_none() -> Payload {
    json!({ "isOn": false }).to_string().into()
}

/// The same for a program.
pub(crate) fn json(plan: &Plan, seed: u64, by_step: bool, status: &Status) -> Payload {
    let with = |id: &ExecutionId, members: &Value| {
        let mut all = json!(id);
        for (name, value) in members.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        all
    };
    let pending = status.pending.as_ref().map(|entries| {
        let entries = entries.iter();
        let entries = entries.map(|it| with(&it.id, &json!({ "status": status_of(it).as_str() })));
        entries.collect::<Vec<_>>()
    });
    let running = status.running.as_ref();
    let running =
        running.map(|(id, done, steps)| with(id, &json!({ "stepsDone": done, "steps": steps })));
    let unreported = status.unreported.as_ref();
    let unreported = unreported.map(|(id, status)| with(id, &json!({ "status": status })));
    let decisions: Vec<&Decision> = status.decisions.iter().collect();
    json!({
        "isOn": true,
        "isConnected": status.is_connected,
        "waitsForEnter": by_step,
        "plan": plan.to_string(),
        "seed": seed,
        "pending": pending,
        "running": running,
        "unreported": unreported,
        "byHand": status.by_hand,
        "decisions": decisions,
    })
    .to_string()
    .into()
}
