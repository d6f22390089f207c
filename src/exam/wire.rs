//! What a device and the job service say to each other in one scenario, and what goes wrong with it.

use std::fs::File;
use std::io::Write as _;
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::local::{Onlooker, SeenMessage, Treatment};
use crate::protocol::{JobsTopic, Operation, Topic, Verdict};
use crate::redact;

/// More requests than this, within [`FLOOD_SPAN`], are a flood: no device needs a fifth of it, and AWS throttles it.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#job-limits>
const FLOOD: usize = 500;

const FLOOD_SPAN: Duration = Duration::from_secs(10);

/// How many messages are kept; a scenario with more has long been ended as a flood.
const KEPT: usize = 20_000;

/// A message as it passed.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) at: Instant,
    pub(crate) topic: Topic,
    pub(crate) payload: Value,
}

/// Decides what becomes of a message; `None` leaves it to the next rule.
type Rule = Box<dyn FnMut(&Topic, &Value) -> Option<Treatment> + Send>;

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    rules: Vec<Rule>,
    log: Option<File>,
}

/// The messages of one scenario. Clones share them.
#[derive(Clone)]
pub(crate) struct Wire {
    state: Arc<(Mutex<State>, Condvar)>,
    began: Instant,
}

impl Wire {
    /// An empty wire, which is also written to `log`.
    pub(crate) fn new(log: Option<File>) -> Self {
        let state = State {
            log,
            ..State::default()
        };
        Self {
            state: Arc::new((Mutex::new(state), Condvar::new())),
            began: Instant::now(),
        }
    }

    /// Sees the messages of a service.
    pub(crate) fn onlooker(&self) -> Onlooker {
        let wire = self.clone();
        Onlooker::new(move |message| wire.pass(message))
    }

    /// Adds a rule. The first rule that decides about a message counts.
    pub(crate) fn rule(
        &self,
        rule: impl FnMut(&Topic, &Value) -> Option<Treatment> + Send + 'static,
    ) {
        self.lock().rules.push(Box::new(rule));
    }

    /// Everything goes right from now on.
    pub(crate) fn clear_rules(&self) {
        self.lock().rules.clear();
    }

    /// Waits for the next message, for a short time.
    pub(crate) fn wait(&self, most: Duration) {
        let state = self.lock();
        drop(self.state.1.wait_timeout(state, most));
    }

    /// Looks through the messages.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&[Message]) -> T) -> T {
        look(&self.lock().messages)
    }

    /// How many requests came within a short time, if they are far too many.
    pub(crate) fn flood(&self) -> Option<usize> {
        let now = Instant::now();
        let recent = self.look(|messages| {
            let recent = messages.iter().rev();
            recent
                .take_while(|it| now.duration_since(it.at) < FLOOD_SPAN)
                .filter(|it| matches!(it.topic, Topic::Request(_)))
                .count()
        });
        (recent > FLOOD).then_some(recent)
    }

    /// How long nothing has been said.
    pub(crate) fn silence(&self) -> Duration {
        let last = self.look(|messages| messages.last().map(|it| it.at));
        last.unwrap_or(self.began).elapsed()
    }

    fn pass(&self, message: SeenMessage<'_>) -> Treatment {
        let Ok(topic) = JobsTopic::from_str(message.topic) else {
            return Treatment::Pass;
        };
        let payload = serde_json::from_slice(message.payload)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(message.payload).into_owned()));
        let mut state = self.lock();
        let decided = state
            .rules
            .iter_mut()
            .find_map(|rule| rule(&topic.topic, &payload));
        let treatment = decided.unwrap_or(Treatment::Pass);
        let seconds = self.began.elapsed().as_secs_f64();
        if let Some(log) = &mut state.log {
            // What cannot be written is not needed for the marks.
            let _ = writeln!(log, "{}", line(seconds, &topic, &payload, &treatment));
        }
        if state.messages.len() < KEPT {
            state.messages.push(Message {
                at: Instant::now(),
                topic: topic.topic,
                payload,
            });
        }
        drop(state);
        self.state.1.notify_all();
        treatment
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message in the log.
fn line(seconds: f64, topic: &JobsTopic, payload: &Value, treatment: &Treatment) -> String {
    let mut entry = json!({
        "at": (seconds * 1000.0).round() / 1000.0,
        "topic": topic.to_string(),
        "payload": payload,
    });
    let note = match treatment {
        Treatment::Pass => None,
        Treatment::Lose => Some("lost"),
        Treatment::Twice => Some("sent twice"),
        Treatment::Replace(_) => Some("changed"),
        Treatment::Throttle => Some("throttled"),
        Treatment::Refuse(_) => Some("refused"),
    };
    if let Some(note) = note {
        entry["exam"] = note.into();
    }
    redact::signatures(&redact::private_keys(&entry.to_string())).into_owned()
}

impl Message {
    /// The job that an accepted claim has started, with the number of its execution.
    pub(crate) fn started(&self) -> Option<(&str, i64)> {
        let claim = Topic::Reply(Operation::StartNextPendingJobExecution, Verdict::Accepted);
        if self.topic != claim {
            return None;
        }
        let execution = &self.payload["execution"];
        Some((
            execution["jobId"].as_str()?,
            execution["executionNumber"].as_i64().unwrap_or(1),
        ))
    }

    /// The job that a request reports, with the status.
    pub(crate) fn update(&self) -> Option<(&str, &str)> {
        let Topic::Request(Operation::UpdateJobExecution(job)) = &self.topic else {
            return None;
        };
        Some((job.as_str(), self.payload["status"].as_str()?))
    }
}

/// Whether a request reports an outcome.
pub(crate) fn is_outcome(topic: &Topic, payload: &Value) -> bool {
    let is_over = payload["status"].as_str().is_some_and(is_over);
    is_over && matches!(topic, Topic::Request(Operation::UpdateJobExecution(_)))
}

/// Whether a status reported by a device ends an execution.
pub(crate) fn is_over(status: &str) -> bool {
    ["SUCCEEDED", "FAILED", "REJECTED"].contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_no_secrets() {
        let topic = "$aws/things/lamp/jobs/job-1/update";
        let topic = JobsTopic::from_str(topic).expect("a topic");
        let key = "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----";
        let url = "https://b/k?X-Amz-Signature=SECRET&a=1";
        for (secret, shown) in [
            (
                key,
                "-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----",
            ),
            (url, "https://b/k?X-Amz-Signature=[redacted]&a=1"),
        ] {
            let payload = json!({"statusDetails": {"stdout": secret}});
            let logged = line(1.0, &topic, &payload, &Treatment::Pass);
            let logged: Value = serde_json::from_str(&logged).expect("JSON");
            assert_eq!(logged["payload"]["statusDetails"]["stdout"], shown);
        }
    }
}
