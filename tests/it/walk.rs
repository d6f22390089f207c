//! Random inputs of the job service, and what must hold after each of them: what the events and the operations of a device show
//! is what the control plane shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::random::Random;
use crate::service::played;

const THINGS: [&str; 3] = ["T", "U", "V"];
const JOBS: [&str; 6] = ["J0", "J1", "J2", "J3", "J4", "J5"];

/// 2026-11-22T07:30, in minutes of the day and in seconds.
const START: (u64, u64) = (450, 1_795_332_600);

/// A script of random inputs, each followed by all that can be asked.
struct Walk {
    random: Random,
    /// Minutes of the day.
    now: u64,
    script: String,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut script = format!("deletion {}\nat {}\n", 90 * (seed % 2), START.1);
        script += "http POST /things/V\nhttp POST /thing-groups/G\n";
        script += "http POST /thing-groups/H {\"parentGroupName\":\"G\"}\n";
        Self {
            random: Random::new(seed),
            now: START.0,
            script,
        }
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn line(&mut self, line: &str) {
        writeln!(self.script, "{line}").expect("a string");
    }

    fn step(&mut self) {
        let job = self.random.pick(&JOBS);
        let thing = self.random.pick(&THINGS);
        let group = self.random.pick(&["G", "H"]);
        let member = json!({ "thingGroupName": group, "thingName": thing });
        let force = if self.chance(50) { "?force=true" } else { "" };
        let line = match self.random.below(24) {
            0..=3 => format!("http PUT /jobs/{job} {}", self.job()),
            4 | 5 => format!("http PUT /thing-groups/addThingToThingGroup {member}"),
            6 => format!("http PUT /thing-groups/removeThingFromThingGroup {member}"),
            7 => format!("http DELETE /jobs/{job}{force}"),
            8 => format!("http PUT /jobs/{job}/cancel{force}"),
            9 => format!("http PUT /things/{thing}/jobs/{job}/cancel{force}"),
            10 => format!("http DELETE /things/{thing}/jobs/{job}/executionNumber/1{force}"),
            11..=13 => format!("mqtt {thing} start-next {{\"stepTimeoutInMinutes\":10}}"),
            14..=18 => {
                let status = self
                    .random
                    .pick(&["SUCCEEDED", "FAILED", "REJECTED", "IN_PROGRESS"]);
                format!("mqtt {thing} {job}/update {{\"status\":\"{status}\"}}")
            }
            _ => {
                let minutes = [1, 3, 10, 30][self.random.below(4)];
                self.now += minutes;
                format!("at +{}", 60 * minutes)
            }
        };
        self.line(&line);
        for job in JOBS {
            self.line(&format!("http GET /jobs/{job}"));
            self.line(&format!("http GET /jobs/{job}/things"));
        }
        for thing in THINGS {
            self.line(&format!("data GET /things/{thing}/jobs"));
            self.line(&format!("data GET /things/{thing}/jobs/$next"));
        }
        self.line("# check");
    }

    /// The body of a CreateJob.
    fn job(&mut self) -> Value {
        let arn = |target| format!("arn:aws:iot:us-east-1:123456789012:{target}");
        let targets = ["thing/T", "thing/U", "thinggroup/G", "thinggroup/H"];
        let mut job = json!({ "targets": [arn(self.random.pick(&targets))], "document": "{}" });
        let is_continuous = self.chance(50);
        if is_continuous {
            job["targetSelection"] = json!("CONTINUOUS");
        }
        if self.chance(40) {
            job["jobExecutionsRolloutConfig"] = json!({ "maximumPerMinute": 1 });
        }
        if self.chance(40) {
            let retry = json!({ "failureType": "ALL", "numberOfRetries": 2 });
            job["jobExecutionsRetryConfig"] = json!({ "criteriaList": [retry] });
        }
        if self.chance(30) {
            let abort = json!({
                "failureType": "ALL", "action": "CANCEL",
                "thresholdPercentage": 50, "minNumberOfExecutedThings": 2,
            });
            job["abortConfig"] = json!({ "criteriaList": [abort] });
        }
        if self.chance(40) {
            job["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": 20 });
        }
        // The times of a schedule are of the same day.
        let time = |minutes: u64| format!("2026-11-22T{:02}:{:02}", minutes / 60, minutes % 60);
        if self.now + 120 < 24 * 60 {
            if self.chance(40) {
                job["schedulingConfig"]["startTime"] = json!(time(self.now + 31));
                if is_continuous {
                    let window =
                        json!({ "startTime": "cron(0/20 * * * ? *)", "durationInMinutes": 7 });
                    job["schedulingConfig"]["maintenanceWindows"] = json!([window]);
                }
            }
            if self.chance(30) {
                let behavior = self
                    .random
                    .pick(&["STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"]);
                job["schedulingConfig"]["endTime"] = json!(time(self.now + 90));
                job["schedulingConfig"]["endBehavior"] = json!(behavior);
            }
        }
        job
    }
}

/// An execution: its job, its number, and whether it is queued.
type Open = (String, u64, bool);

/// What the answers since the last check show, and the last events of each thing.
#[derive(Debug, Default)]
struct Seen {
    /// By the path that was asked for.
    answers: BTreeMap<String, Value>,
    notified: BTreeMap<String, Value>,
    next: BTreeMap<String, Value>,
}

impl Seen {
    fn event(&mut self, topic: &str, payload: &str) {
        let payload = serde_json::from_str(payload).expect("JSON");
        match topic.split_once("/jobs/") {
            Some((thing, "notify")) => self.notified.insert(thing.to_owned(), payload),
            Some((thing, "notify-next")) => self.next.insert(thing.to_owned(), payload),
            _ => None,
        };
    }

    fn answer(&self, path: &str) -> &Value {
        self.answers.get(path).unwrap_or(&Value::Null)
    }

    /// The open executions of a thing that the control plane shows and its device gets.
    fn handed_out(&self, thing: &str) -> BTreeSet<Open> {
        let mut open = BTreeSet::new();
        for job in JOBS {
            let status = &self.answer(&format!("/jobs/{job}"))["job"]["status"];
            let listed = &self.answer(&format!("/jobs/{job}/things"))["executionSummaries"];
            for execution in listed.as_array().into_iter().flatten() {
                let summary = &execution["jobExecutionSummary"];
                let is_queued = summary["status"] == "QUEUED";
                let is_open = is_queued || summary["status"] == "IN_PROGRESS";
                let is_withheld =
                    status == "DELETION_IN_PROGRESS" || (is_queued && status == "SCHEDULED");
                let is_its_own = execution["thingArn"]
                    .as_str()
                    .is_some_and(|arn| arn.rsplit_once('/').is_some_and(|(_, name)| name == thing));
                if is_its_own && is_open && !is_withheld {
                    let number = summary["executionNumber"].as_u64().expect("a number");
                    open.insert((job.to_owned(), number, is_queued));
                }
            }
        }
        open
    }

    fn check_thing(&self, thing: &str, place: &str) {
        let expected = self.handed_out(thing);
        let pending = self.answer(&format!("/things/{thing}/jobs"));
        let got = open(&pending["inProgressJobs"], &pending["queuedJobs"]);
        assert_eq!(got, expected, "{thing} {place}: pending");
        let without_status = |all: &BTreeSet<Open>| -> BTreeSet<(String, u64)> {
            let all = all.iter();
            all.map(|(job, number, _)| (job.clone(), *number)).collect()
        };
        let notified = self.notified.get(thing).unwrap_or(&Value::Null);
        let notified = open(
            &notified["jobs"]["IN_PROGRESS"],
            &notified["jobs"]["QUEUED"],
        );
        let (notified, expected) = (without_status(&notified), without_status(&expected));
        assert_eq!(notified, expected, "{thing} {place}: notify");
        let next = &self.answer(&format!("/things/{thing}/jobs/$next"))["execution"];
        let announced = &self.next.get(thing).unwrap_or(&Value::Null)["execution"];
        for member in ["jobId", "executionNumber"] {
            assert_eq!(next[member], announced[member], "{thing} {place}: next");
        }
    }

    /// Returns the status of the job, if there is one.
    fn check_job(&self, job: &str, place: &str) -> Option<String> {
        let described = &self.answer(&format!("/jobs/{job}"))["job"];
        let details = &described["jobProcessDetails"];
        let of = |name: &str| {
            details[format!("numberOf{name}Things")]
                .as_u64()
                .unwrap_or(0)
        };
        let listed = &self.answer(&format!("/jobs/{job}/things"))["executionSummaries"];
        let listed = listed.as_array().map_or(0, Vec::len) as u64;
        let names = [
            "Queued",
            "InProgress",
            "Succeeded",
            "Failed",
            "Canceled",
            "Rejected",
            "Removed",
            "TimedOut",
        ];
        assert_eq!(names.map(of).iter().sum::<u64>(), listed, "{job} {place}");
        let is_rolling_out = described["isConcurrent"] == true;
        let is_open = of("Queued") + of("InProgress") > 0 || is_rolling_out;
        let status = described["status"].as_str()?;
        match status {
            "COMPLETED" => assert!(!is_open, "{job} {place}"),
            "CANCELED" => assert!(of("Queued") == 0 && !is_rolling_out, "{job} {place}"),
            "IN_PROGRESS" if described["targetSelection"] == "SNAPSHOT" => {
                assert!(is_open, "{job} {place}");
            }
            _ => {}
        }
        let has_ended = matches!(status, "COMPLETED" | "CANCELED");
        let has_end = described["completedAt"].is_number();
        assert!(
            has_ended == has_end || status == "DELETION_IN_PROGRESS",
            "{job} {place}"
        );
        Some(status.to_owned())
    }
}

fn open(in_progress: &Value, queued: &Value) -> BTreeSet<Open> {
    let mut open = BTreeSet::new();
    for (list, is_queued) in [(in_progress, false), (queued, true)] {
        for execution in list.as_array().into_iter().flatten() {
            let job = execution["jobId"].as_str().expect("a job").to_owned();
            let number = execution["executionNumber"].as_u64().expect("a number");
            open.insert((job, number, is_queued));
        }
    }
    open
}

/// Checks what came back from a script; returns the statuses that its jobs had.
fn check(text: &str, walk: u64) -> BTreeSet<String> {
    let mut seen = Seen::default();
    let mut asked = None;
    let mut last = "";
    let mut statuses = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["http" | "data", "GET", path] => asked = Some((*path).to_owned()),
            ["", "", "200", body] if asked.is_some() => {
                let body = serde_json::from_str(body).expect("JSON");
                seen.answers.insert(asked.take().unwrap_or_default(), body);
            }
            ["#", "check"] => {
                let place = format!("after `{last}`, seed {walk}");
                for job in JOBS {
                    statuses.extend(seen.check_job(job, &place));
                }
                for thing in THINGS {
                    seen.check_thing(thing, &place);
                }
                seen.answers.clear();
            }
            ["", "", topic, payload] if topic.contains("/jobs/") => seen.event(topic, payload),
            ["", ..] => asked = None,
            _ => last = line,
        }
    }
    statuses
}

#[test]
fn devices_see_what_the_control_plane_shows() {
    let mut statuses = BTreeSet::new();
    for seed in 0..20 {
        let mut walk = Walk::new(seed);
        for _ in 0..80 {
            walk.step();
        }
        statuses.extend(check(&played(&walk.script), seed));
    }
    let all = [
        "CANCELED",
        "COMPLETED",
        "DELETION_IN_PROGRESS",
        "IN_PROGRESS",
        "SCHEDULED",
    ];
    assert!(statuses.iter().eq(all), "{statuses:?}");
}
