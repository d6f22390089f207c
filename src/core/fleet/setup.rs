//! What is to be rehearsed.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};
use time::{Date, Month, Time};

use crate::executor::plan::{Pattern, Plan};
use crate::faults::{Fault, FaultTarget};
use crate::protocol::{EpochMillis, ThingName};
use crate::service::{HttpRequest, HttpResponse, ServiceIdentity, unknown_member};

/// The group of the whole fleet.
pub const FLEET: &str = "fleet";

/// The most devices: each takes some 5 KB, and so many fit into the memory of a usual machine.
pub const DEVICES_MAX: usize = 200_000;

/// A job starts at least half an hour after it is created, and there is time to look around before.
const BEFORE_START_MS: u64 = 3_600_000;

/// What is to be rehearsed.
#[derive(Debug, Clone)]
pub struct Setup {
    pub devices: usize,
    pub names: Names,
    /// Every draw comes from it.
    pub seed: u64,
    /// For devices in none of the cohorts.
    pub plan: Plan,
    /// A group, and the plan of its devices. The first that a device belongs to is used.
    pub cohorts: Vec<(String, Plan)>,
    /// Groups besides that of the whole fleet, and the names of their devices.
    pub groups: Vec<(String, Pattern)>,
    /// Which devices join their groups later, and when: the `away` of this plan.
    pub joins: Option<Plan>,
    pub job: JobCall,
    pub faults: Vec<Fault>,
    /// When the job is created.
    pub begins: EpochMillis,
    /// Minutes of the step timer that devices set.
    pub step_timeout_minutes: Option<i64>,
}

/// Why nothing can be rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error(
        "`{0}` has no `#`, which stands for the number of the device\nwrite a name as device-#"
    )]
    NoNumber(String),
    #[error("`{0}` is not the name of a thing: {1}")]
    Name(String, String),
    #[error("`{0}` is not the name of a group\ngive the group first: --group {0}=PATTERN")]
    UnknownCohort(String),
    #[error("the group `{0}` is given twice")]
    GroupTwice(String),
    #[error("no device has a name that fits `{1}`, the pattern of the group `{0}`")]
    EmptyGroup(String, String),
    #[error("CreateJob has no member `{0}`\ncheck the spelling; AWS would ignore it")]
    UnknownMember(String),
    #[error(
        "the configuration is not an object\nwrite what CreateJob takes: {{\"timeoutConfig\": …}}"
    )]
    NotObject,
    #[error("the document is given twice: by --job, and in the configuration\nremove one of them")]
    DocumentTwice,
    #[error("`{0}` is not a time\nwrite it as 2026-01-31T08:00, in UTC")]
    NotTime(String),
    #[error("--fault: {0}")]
    Fault(String),
    /// In the service's words.
    #[error("{operation} is refused: {message}")]
    Refused {
        operation: &'static str,
        message: String,
    },
}

/// The names of the devices: each `#` of the pattern is a digit of the number, and one alone is as many as are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(String);

impl FromStr for Names {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, SetupError> {
        if !text.contains('#') {
            return Err(SetupError::NoNumber(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self("device-#".to_owned())
    }
}

impl Names {
    /// The name of each device, in the order of their numbers and of the alphabet.
    pub fn of(&self, devices: usize) -> Result<Vec<ThingName>, SetupError> {
        let marks = self.0.matches('#').count();
        let (before, after) = match self.0.find('#') {
            Some(at) => (&self.0[..at], self.0[at..].trim_start_matches('#')),
            None => (&*self.0, ""),
        };
        let digits = marks.max(devices.to_string().len());
        (1..=devices)
            .map(|number| {
                let name = format!("{before}{number:0digits$}{after}");
                ThingName::new(&name)
                    .map_err(|error| SetupError::Name(name.clone(), error.to_string()))
            })
            .collect()
    }
}

/// The call that creates the job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobCall {
    pub id: String,
    /// Without the id.
    pub body: Value,
}

impl JobCall {
    /// The call with this configuration and this document. The targets are the whole fleet unless the configuration has some.
    pub fn new(config: Value, document: Option<String>) -> Result<Self, SetupError> {
        let Value::Object(mut body) = config else {
            return Err(SetupError::NotObject);
        };
        let id = body.shift_remove("jobId");
        let id = id.and_then(|id| id.as_str().map(ToOwned::to_owned));
        if document.is_some() && body.contains_key("document") {
            return Err(SetupError::DocumentTwice);
        }
        let mut call = Map::new();
        if !body.contains_key("targets") {
            let target = identity(&Value::Null).group_arn(FLEET);
            call.insert("targets".to_owned(), json!([target]));
        }
        if !body.contains_key("document") && !body.contains_key("documentSource") {
            let document = document.unwrap_or_else(|| r#"{"operation":"rehearse"}"#.to_owned());
            call.insert("document".to_owned(), Value::String(document));
        }
        call.append(&mut body);
        let body = Value::Object(call);
        match unknown_member("PUT", "/jobs/id", &body) {
            Some(name) => Err(SetupError::UnknownMember(name)),
            None => Ok(Self {
                id: id.unwrap_or_else(|| "rehearsal".to_owned()),
                body,
            }),
        }
    }

    pub fn request(&self) -> HttpRequest {
        HttpRequest::new("PUT", &format!("/jobs/{}", self.id), &self.body)
    }

    /// When the job is created if the user does not say it: an hour before its start, or at an arbitrary time.
    pub fn usual_begin(&self) -> EpochMillis {
        let start = self.body["schedulingConfig"]["startTime"].as_str();
        let start = start.and_then(|text| instant(text).ok());
        start.map_or(EpochMillis(1_767_225_600_000), |start| {
            EpochMillis(start.0.saturating_sub(BEFORE_START_MS))
        })
    }

    pub fn has_windows(&self) -> bool {
        let windows = &self.body["schedulingConfig"]["maintenanceWindows"];
        windows
            .as_array()
            .is_some_and(|windows| !windows.is_empty())
    }

    /// The account and the region that the targets name, so that what was rehearsed is what is created.
    pub fn identity(&self) -> ServiceIdentity {
        identity(&self.body["targets"])
    }

    /// The things and the groups that the job is for.
    pub fn is_for(&self, thing: &ThingName, groups: &[&str]) -> bool {
        let targets = self.body["targets"].as_array().into_iter().flatten();
        let mut targets = targets.filter_map(Value::as_str);
        targets.any(|arn| match arn.rsplit(':').next() {
            Some(target) => match target.split_once('/') {
                Some(("thing", name)) => name == thing.as_str(),
                Some(("thinggroup", name)) => groups.contains(&name),
                _ => false,
            },
            None => false,
        })
    }
}

fn identity(targets: &Value) -> ServiceIdentity {
    let arn = targets[0].as_str().unwrap_or_default();
    let parts: Vec<&str> = arn.split(':').collect();
    let (region, account) = match parts[..] {
        ["arn", _, "iot", region, account, ..] if !region.is_empty() && !account.is_empty() => {
            (region, account)
        }
        _ => ("us-east-1", "123456789012"),
    };
    ServiceIdentity {
        region: region.to_owned(),
        account: account.to_owned(),
        endpoint: "localhost".to_owned(),
        object_url: "http://localhost:8880".to_owned(),
        seed: 0,
    }
}

/// A fault as the admin port takes it. The devices of a fleet use MQTT.
pub fn read_fault(fault: Value) -> Result<Fault, SetupError> {
    let fault = serde_json::from_value(fault);
    let fault: Fault = fault.map_err(|error| SetupError::Fault(error.to_string()))?;
    fault.check().map_err(SetupError::Fault)?;
    if fault.of == Some(FaultTarget::Http) {
        let what = "the devices of a fleet use MQTT, so `http` hits nothing";
        return Err(SetupError::Fault(what.to_owned()));
    }
    Ok(fault)
}

/// A response of the service that refuses, as an error.
pub(super) fn accepted(operation: &'static str, response: &HttpResponse) -> Result<(), SetupError> {
    let Some(name) = response.error else {
        return Ok(());
    };
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    Err(SetupError::Refused {
        operation,
        message: format!("{name}: {}", body["message"].as_str().unwrap_or_default()),
    })
}

/// A time as a schedule has it: `2026-01-31T08:00`, in UTC.
pub fn instant(text: &str) -> Result<EpochMillis, SetupError> {
    let read = || {
        let (date, time) = text.split_once('T')?;
        let mut date = date.splitn(3, '-');
        let year = date.next()?.parse().ok()?;
        let month = Month::try_from(date.next()?.parse::<u8>().ok()?).ok()?;
        let date = Date::from_calendar_date(year, month, date.next()?.parse().ok()?).ok()?;
        let (hour, minute) = time.split_once(':')?;
        let time = Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()?;
        let seconds = date.with_time(time).assume_utc().unix_timestamp();
        Some(EpochMillis(u64::try_from(seconds).ok()?.checked_mul(1000)?))
    };
    read().ok_or_else(|| SetupError::NotTime(text.to_owned()))
}

/// A time in UTC, to the second.
pub(super) fn utc(at: EpochMillis) -> impl fmt::Display {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    let time = time::OffsetDateTime::from_unix_timestamp(seconds);
    time.map_or_else(
        |_| String::new(),
        |it| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                it.year(),
                u8::from(it.month()),
                it.day(),
                it.hour(),
                it.minute(),
                it.second()
            )
        },
    )
}
