//! The scenarios: each drives a device, and ends by what happens or by a limit of its own.
//!
//! | file | what it holds |
//! |---|---|
//! | [`arriving`] | jobs that arrive, in every way |
//! | [`events`] | events that come twice or not at all |
//! | [`reporting`] | outcomes on a bad link, and those that the service does not take |
//! | [`ending`] | executions that end while the device works |
//! | [`restarting`] | devices that are stopped, restarted or thrown out |

mod arriving;
mod ending;
mod events;
mod reporting;
mod restarting;

use crate::exam::room::Room;
use crate::exam::stop::Stop;

/// A scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) id: &'static str,
    /// What happens to the device.
    pub(crate) title: &'static str,
    /// What is expected of it.
    pub(crate) expects: &'static str,
    /// The end of the URL of the page of AWS that it rests on.
    page: &'static str,
    pub(crate) play: fn(&mut Room<'_>) -> Result<(), Stop>,
}

impl Scenario {
    /// The page of AWS that it rests on.
    pub(crate) fn page(&self) -> String {
        format!("https://docs.aws.amazon.com/iot/latest/{}", self.page)
    }
}

const DEVICE_WORKFLOW: &str = "developerguide/jobs-workflow-device-online.html";
const NOTIFICATIONS: &str = "developerguide/jobs-comm-notifications.html";
const OPERATIONS: &str = "developerguide/jobs-mqtt-api.html";
const SESSIONS: &str = "developerguide/mqtt.html#mqtt-persistent-sessions";
const ERRORS: &str = "developerguide/jobs-api.html#jobs-mqtt-error-response";
const UPDATE: &str = "apireference/API_iot-jobs-data_UpdateJobExecution.html";
const CANCEL: &str = "apireference/API_CancelJobExecution.html";
const DELETE: &str = "apireference/API_DeleteJob.html";
const TIMEOUTS: &str = "developerguide/jobs-configurations-details.html#job-timeouts";
const URLS: &str = "developerguide/create-manage-jobs.html";
const LIMITS: &str = "developerguide/job-limits.html";
const CLIENT_IDS: &str = "developerguide/mqtt.html";

macro_rules! scenarios {
    ($(($id:literal, $title:literal, $expects:literal, $page:ident, $play:path),)+) => {
        /// All scenarios, in order.
        pub(crate) const SCENARIOS: &[Scenario] = &[$(Scenario {
            id: $id, title: $title, expects: $expects, page: $page, play: $play,
        },)+];
    };
}

scenarios! {
    ("E1", "a job was queued before the device connects", "it runs once", DEVICE_WORKFLOW, arriving::queued_before),
    ("E2", "a job is created while the device is connected", "it runs once", NOTIFICATIONS, arriving::while_connected),
    ("E3", "three jobs are queued", "they run in order, one at a time", DEVICE_WORKFLOW, arriving::three_in_order),
    ("E4", "every event comes twice", "the job runs once", NOTIFICATIONS, events::twice),
    ("E5", "an event is lost, of one stream and then of the other", "both jobs run", NOTIFICATIONS, events::one_lost),
    ("E6", "events are lost while the link is cut", "the job runs after the reconnect", SESSIONS, events::lost_in_an_outage),
    ("E7", "a job is IN_PROGRESS when the device starts", "it comes to an outcome", DEVICE_WORKFLOW, arriving::in_progress),
    ("E8", "the link is cut until the work has ended", "the outcome follows, and the job ran once", UPDATE, reporting::cut_before),
    ("E9", "the reply to the outcome is lost", "the device goes on, and the job ran once", OPERATIONS, reporting::reply_lost),
    ("E10", "requests are throttled", "they are sent later", ERRORS, reporting::throttled),
    ("E11", "a running job is cancelled by force", "its success is not reported", CANCEL, ending::cancelled),
    ("E12", "a running job is cancelled by force, with another one queued", "their works do not overlap", CANCEL, ending::cancelled_with_another),
    ("E13", "the in-progress timer runs out during the work", "the next job runs", TIMEOUTS, ending::timed_out),
    ("E14", "progress is reported while a step timer runs", "it renews the timer", TIMEOUTS, reporting::step_timer),
    ("E15", "a job that timed out is retried", "execution 2 runs as well", TIMEOUTS, ending::retried),
    ("E16", "a document comes once more, with another presigned URL", "the job runs once", URLS, restarting::another_url),
    ("E17", "the document is of a kind that nobody knows", "REJECTED or FAILED, not silence", OPERATIONS, arriving::unknown),
    ("E18", "an outcome is refused for its details", "it is reported without", UPDATE, reporting::details_refused),
    ("E19", "the power fails in the middle of the work", "an outcome, after at most two runs", DEVICE_WORKFLOW, restarting::power_fails),
    ("E20", "a running job is deleted", "the next job runs", DELETE, ending::deleted),
    ("E21", "more jobs are pending than a list shows", "all run once, in order", LIMITS, arriving::many),
    ("E22", "the device is asked to stop while it works", "it ends, and comes to an outcome later", DEVICE_WORKFLOW, restarting::asked_to_stop),
    ("E23", "another client takes the client id", "the device comes back", CLIENT_IDS, restarting::thrown_out),
}
