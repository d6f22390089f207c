//! The room of one scenario: a service, a link to it, the program, and what is seen of them.

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::exam::document::{Filling, UNKNOWN};
use crate::exam::effects::Effects;
use crate::exam::launch;
use crate::exam::limits::SHORT;
use crate::exam::link::Link;
use crate::exam::program::{Launch, Program};
use crate::exam::setting::Setting;
use crate::exam::stop::{Stop, seconds};
use crate::exam::wire::Wire;
use crate::local::{ACCOUNT, LocalService, Options, REGION};

/// The pause between two looks at what no message announces.
const LOOK: Duration = Duration::from_millis(20);

/// How a job is set up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    /// Seconds that it takes.
    pub(crate) duration: u64,
    /// Minutes of the in-progress timer.
    pub(crate) timeout: Option<u64>,
    /// Whether a job that timed out is retried once.
    pub(crate) retries: bool,
    /// Whether the document is one that the device cannot know.
    pub(crate) is_unknown: bool,
}

impl Work {
    /// Work that ends soon.
    pub(crate) const SHORT: Self = Self {
        duration: SHORT,
        timeout: None,
        retries: false,
        is_unknown: false,
    };
}

/// Where one scenario is played.
pub(crate) struct Room<'a> {
    pub(crate) setting: &'a Setting,
    id: &'static str,
    pub(crate) thing: String,
    pub(crate) service: LocalService,
    pub(crate) link: Link,
    pub(crate) wire: Wire,
    pub(crate) effects: Effects,
    launch: Launch,
    pub(crate) program: Option<Program>,
    output: Option<File>,
    transcript: Option<File>,
    pub(crate) facts: Vec<String>,
    began: Instant,
    jobs: usize,
}

impl<'a> Room<'a> {
    /// A room with everything but the program.
    pub(crate) fn open(setting: &'a Setting, id: &'static str) -> Result<Self, Stop> {
        let logs = setting.logs(id).map_err(Stop::Setup)?;
        let wire = Wire::new(logs.wire);
        let thing = format!("exam-{}", id.to_lowercase());
        let service = LocalService::start(&Options {
            things: vec![thing.clone()],
            onlooker: Some(wire.onlooker()),
            ..Options::default()
        });
        let service = service.map_err(|error| Stop::Setup(error.to_string()))?;
        let link = Link::start(&setting.runtime, service.mqtt_address());
        let link = link.map_err(|error| Stop::Setup(format!("no port is free: {error}")))?;
        let launch = launch::prepare(setting, &service, (id, &thing, link.port()))?;
        let effects = Effects::new(setting.effects_file(id));
        Ok(Self {
            setting,
            id,
            thing,
            service,
            link,
            wire,
            effects,
            launch,
            program: None,
            output: logs.output,
            transcript: logs.transcript,
            facts: Vec::new(),
            began: Instant::now(),
            jobs: 0,
        })
    }

    /// How long a device has at first: it may need time to start and to connect.
    pub(crate) fn first(&self) -> Duration {
        self.setting.limit
    }

    /// How long it has after the link was cut, or a reply was lost: pauses between attempts grow, and timeouts are long.
    pub(crate) fn later(&self) -> Duration {
        2 * self.setting.limit
    }

    /// A fact for the mark sheet.
    pub(crate) fn fact(&mut self, fact: impl Into<String>) {
        let fact = fact.into();
        self.note(&fact);
        self.facts.push(fact);
    }

    /// A line for the transcript.
    pub(crate) fn note(&mut self, text: &str) {
        let at = self.began.elapsed().as_secs_f64();
        if let Some(file) = &mut self.transcript {
            // What cannot be written is not needed for the marks.
            let _ = writeln!(file, "{at:8.3}  {text}");
        }
    }

    /// Creates a job for the device, and returns its id.
    pub(crate) fn create(&mut self, work: Work) -> Result<String, Stop> {
        self.jobs += 1;
        let job = format!("{}-{}", self.id, self.jobs);
        let document = if work.is_unknown {
            UNKNOWN.to_owned()
        } else {
            self.setting.template.fill(Filling {
                job: &job,
                duration: work.duration,
                effects: &self.effects.path().to_string_lossy(),
            })
        };
        let mut body = json!({
            "targets": [format!("arn:aws:iot:{REGION}:{ACCOUNT}:thing/{}", self.thing)],
            "document": document,
        });
        if let Some(minutes) = work.timeout {
            body["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": minutes });
        }
        if work.retries {
            let criteria = json!([{ "failureType": "TIMED_OUT", "numberOfRetries": 1 }]);
            body["jobExecutionsRetryConfig"] = json!({ "criteriaList": criteria });
        }
        self.note(&format!("creates {job}"));
        self.control("PUT", &format!("/jobs/{job}"), &body)?;
        Ok(job)
    }

    /// A request to the control plane, which is to succeed.
    pub(crate) fn control(&mut self, method: &str, path: &str, body: &Value) -> Result<(), Stop> {
        match self.service.control(method, path, body) {
            (200, _) => Ok(()),
            (status, body) => Err(Stop::Setup(format!(
                "the local service refused {method} {path} with {status}: {body}"
            ))),
        }
    }

    /// Starts the program, which must not run.
    pub(crate) fn start(&mut self) -> Result<Instant, Stop> {
        self.note("starts the program");
        let program = Program::start(&self.launch, self.output.as_ref());
        let program = program.map_err(|error| Stop::Program(error.to_string()))?;
        self.program = Some(program);
        Ok(Instant::now())
    }

    /// Starts the program, and waits until it is connected and has nothing more to say.
    pub(crate) fn start_idle(&mut self) -> Result<(), Stop> {
        self.start()?;
        self.until(self.first(), "it never connected", |room| {
            room.is_subscribed()
        })?;
        self.settle()
    }

    /// Whether the device is connected, and has subscribed to something.
    pub(crate) fn is_subscribed(&self) -> bool {
        let state = self.service.state();
        let connections = state["connections"].as_array();
        let mut connections = connections.into_iter().flatten();
        connections.any(|it| {
            it["subscriptions"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        })
    }

    /// Waits until nothing has been said for a second, but not for ever.
    pub(crate) fn settle(&mut self) -> Result<(), Stop> {
        let (quiet, most) = (Duration::from_secs(1), Duration::from_secs(5));
        let begin = Instant::now();
        let is_settled = |room: &Self| {
            let waited = begin.elapsed();
            waited >= quiet && (room.wire.silence() >= quiet || waited >= most)
        };
        self.until(most + quiet, "it never fell silent", is_settled)
    }

    /// Waits until something is so. If it is not in time, the scenario has failed, with these words.
    pub(crate) fn until(
        &mut self,
        limit: Duration,
        otherwise: &str,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<(), Stop> {
        let deadline = Instant::now() + limit;
        loop {
            if is_so(self) {
                return Ok(());
            }
            if let Some(ended) = self.program.as_mut().and_then(Program::ended) {
                return Err(Stop::Fail(format!("the program ended by itself: {ended}")));
            }
            self.look_after(otherwise)?;
            if Instant::now() >= deadline {
                let limit = seconds(limit);
                if self.program.is_some() && self.link.connections() == 0 {
                    self.setting.is_absent.store(true, Ordering::Relaxed);
                    let line = self.program.as_ref().and_then(Program::last_line);
                    let line = line.map_or_else(String::new, |it| format!("; its last line: {it}"));
                    return Err(Stop::Fail(format!(
                        "the program never connected (waited for {limit}){line}"
                    )));
                }
                return Err(Stop::Fail(format!("{otherwise} (waited for {limit})")));
            }
            self.wire.wait(LOOK);
        }
    }

    fn look_after(&self, otherwise: &str) -> Result<(), Stop> {
        if self.setting.stop.load(Ordering::Relaxed) {
            return Err(Stop::Interrupted);
        }
        match self.wire.flood() {
            Some(count) => Err(Stop::Fail(format!(
                "{otherwise}, and it sent {count} requests within 10 s"
            ))),
            None => Ok(()),
        }
    }

    /// Cuts the link, and waits until the service knows.
    pub(crate) fn cut(&mut self) -> Result<(), Stop> {
        self.note("cuts the link");
        self.link.cut();
        self.until(self.first(), "the link could not be cut", |room| {
            !room.is_subscribed()
        })
    }

    pub(crate) fn restore(&mut self) -> Instant {
        self.note("restores the link");
        self.link.restore();
        Instant::now()
    }

    /// Waits for the first connection since then.
    pub(crate) fn reconnected(&mut self, since: Instant) -> Result<Instant, Stop> {
        self.until(self.later(), "it never reconnected", |room| {
            room.link.connected_after(since).is_some() && room.is_subscribed()
        })?;
        let at = self.link.connected_after(since).unwrap_or(since);
        let after = seconds(at.duration_since(since));
        self.fact(format!(
            "it reconnected {after} after the link was restored"
        ));
        Ok(at)
    }

    /// Ends the program, and says what it leaves behind.
    pub(crate) fn close(&mut self) {
        let Some(mut program) = self.program.take() else {
            return;
        };
        self.note("ends the program");
        self.link.restore();
        if program.ended().is_none() {
            program.terminate();
            if !program.ends_within(self.setting.farewell) {
                let waited = seconds(self.setting.farewell);
                self.fact(format!(
                    "it had not ended {waited} after SIGTERM, and was killed"
                ));
                program.kill();
                return;
            }
        }
        let count = program.leaves_behind(self.setting.farewell);
        if count > 0 {
            let processes = if count == 1 { "process" } else { "processes" };
            self.fact(format!(
                "it left {count} {processes} behind, which the exam killed"
            ));
        }
        program.kill();
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        drop(self.program.take());
        let _ = fs::remove_file(self.effects.path());
    }
}
