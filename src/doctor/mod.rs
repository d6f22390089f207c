//! The doctor: checks everything between this machine and AWS IoT in order, and shows how to correct what is wrong.
//!
//! It changes nothing. What cannot be tried without a change is tried with a request that must be refused (an update of a
//! job that does not exist, a CreateJob without a document), or is skipped with the reason.

mod check;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::config::{EndpointKind, Remote};
use crate::control::{Access, Control, EnvironmentError};
use crate::device::{Client, ConnectError, ConnectOptions, ConnectionState, Reply, RequestError};
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, ErrorCode, GetPendingJobExecutionsRequest, JobId,
    JobRef, Partition, ThingName, UpdateJobExecutionRequest,
};
use crate::tls::{self, TlsError};

pub use check::{Check, Grade};

/// How to find the endpoint.
const FIND_ENDPOINT: &str =
    "`aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints the one to use";

/// How to get another certificate.
const NEW_CERTIFICATE: &str =
    "create a new one: aws iot create-keys-and-certificate --set-as-active";

/// How long before its end a certificate causes a warning, in seconds.
const EXPIRY_WARNING_S: i64 = 30 * 86_400;

/// What the doctor checks.
#[derive(Debug)]
pub struct DoctorSubject {
    pub thing: ThingName,
    /// The files and the endpoint; `None` for a local service of this session, which has none.
    pub remote: Option<Remote>,
    /// How to connect; `Err` if the files cannot be used for TLS.
    pub link: Result<ExaminedConnection, TlsError>,
    /// Whether the AWS SDK can read the environment, if it is needed.
    pub environment: Result<(), EnvironmentError>,
    /// The control plane's region, if it is known, and how it is reached.
    pub control: Option<(String, Access)>,
    /// How long each request may take.
    pub timeout: Duration,
}

/// The connection to check.
#[derive(Debug)]
pub enum ExaminedConnection {
    New(Box<ConnectOptions>),
    /// An existing one, with its client id: another connection with the same id would end it.
    Standing(Client, String),
}

/// Known problems that may not matter, before anything is tried: for the start of a session.
pub fn warnings(remote: &Remote) -> Vec<String> {
    [
        endpoint(&remote.endpoint),
        expiry(&remote.cert, unix_now_s()),
    ]
    .into_iter()
    .filter(|check| matches!(check.grade, Grade::Warning | Grade::Fail))
    .map(|check| {
        let next = check
            .next
            .map_or_else(String::new, |next| format!("\n{next}"));
        format!("warning: {}{next}", check.detail)
    })
    .collect()
}

/// Runs all checks, shows each as soon as it is done, and returns whether none failed.
pub async fn examine(subject: &DoctorSubject, mut show: impl FnMut(&Check)) -> bool {
    let mut is_well = true;
    let mut put = |check: Check| {
        is_well &= check.grade != Grade::Fail;
        show(&check);
    };
    for check in files(subject) {
        put(check);
    }
    match &subject.link {
        Ok(link) => device(subject, link, &mut put).await,
        Err(_) => {
            for name in [
                "name of the endpoint",
                "TCP",
                "TLS",
                "MQTT (CONNACK)",
                "subscription",
            ] {
                put(check::after_failure(name));
            }
        }
    }
    control(subject, &mut put).await;
    is_well
}

fn files(subject: &DoctorSubject) -> Vec<Check> {
    let Some(remote) = &subject.remote else {
        let detail = "the local service keeps its own in memory";
        return vec![Check::new(Grade::Skipped, "files", detail)];
    };
    let pair = "certificate and key";
    let mut checks = vec![permissions(&remote.key)];
    checks.push(match &subject.link {
        Ok(_) => Check::new(Grade::Ok, pair, "readable, and they match"),
        Err(error) => Check::of_text(Grade::Fail, pair, &error.to_string()),
    });
    checks.push(expiry(&remote.cert, unix_now_s()));
    checks.push(endpoint(&remote.endpoint));
    checks
}

fn permissions(key: &Path) -> Check {
    let name = "private key file";
    match std::fs::metadata(key) {
        Err(error) => Check::new(Grade::Fail, name, format!("`{}`: {error}", key.display()))
            .next("check the path and the permissions"),
        Ok(metadata) => match others_access(&metadata) {
            None => Check::new(Grade::Ok, name, format!("`{}`", key.display())),
            Some(mode) => Check::new(
                Grade::Warning,
                name,
                format!("others can read `{}` (mode {mode:04o})", key.display()),
            )
            .next(format!("chmod 600 {}", key.display())),
        },
    }
}

/// The mode of a file that others than its owner can reach.
#[cfg(unix)]
fn others_access(metadata: &std::fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Modes exist only on Unix.
#[cfg(not(unix))]
fn others_access(_: &std::fs::Metadata) -> Option<u32> {
    None
}

fn expiry(cert: &Path, now_s: i64) -> Check {
    let name = "validity";
    let path = cert.display();
    match tls::validity(cert) {
        Err(_) => check::after_failure(name),
        Ok(None) => Check::new(
            Grade::Skipped,
            name,
            format!("cannot read the dates in the certificate `{path}`"),
        ),
        Ok(Some(validity)) => {
            let (from, until) = (validity.not_before, validity.not_after);
            if now_s > until.unix_s() {
                Check::new(
                    Grade::Fail,
                    name,
                    format!("the certificate `{path}` expired on {until}"),
                )
                .next(NEW_CERTIFICATE)
            } else if now_s < from.unix_s() {
                let detail = format!("the certificate `{path}` is not valid before {from}");
                Check::new(Grade::Fail, name, detail).next("check the clock of this machine")
            } else if now_s + EXPIRY_WARNING_S > until.unix_s() {
                Check::new(
                    Grade::Warning,
                    name,
                    format!("the certificate `{path}` expires on {until}"),
                )
                .next(NEW_CERTIFICATE)
            } else {
                Check::new(
                    Grade::Ok,
                    name,
                    format!("the certificate is valid until {until}"),
                )
            }
        }
    }
}

fn endpoint(endpoint: &str) -> Check {
    let name = "kind of endpoint";
    let kind = EndpointKind::of(endpoint);
    match kind.objection() {
        None => Check::new(Grade::Ok, name, kind.to_string()),
        Some(objection) => Check::new(Grade::Warning, name, format!("`{endpoint}` {objection}"))
            .next(FIND_ENDPOINT),
    }
}

async fn device(subject: &DoctorSubject, link: &ExaminedConnection, put: &mut impl FnMut(Check)) {
    let (connected, client_id) = match link {
        ExaminedConnection::New(options) => (
            Client::connect((**options).clone())
                .await
                .map(|(client, _events)| client),
            options.client_id.as_str(),
        ),
        ExaminedConnection::Standing(client, client_id) => {
            (standing(client).await, client_id.as_str())
        }
    };
    let client = match connected {
        Ok(client) => client,
        Err(error) => {
            for check in check::connection(Err(&error), client_id, &subject.thing) {
                put(check);
            }
            for name in REQUESTS {
                put(check::after_failure(name));
            }
            return;
        }
    };
    for check in check::connection(Ok(()), client_id, &subject.thing) {
        put(check);
    }
    requests(&client.within(subject.timeout), put).await;
    put(check::events(&subject.thing));
    if matches!(link, ExaminedConnection::New(_)) {
        client.disconnect().await;
    }
}

/// A connection that is being re-established gets one chance: a request triggers an attempt.
async fn standing(client: &Client) -> Result<Client, ConnectError> {
    if client.state() != ConnectionState::Connected {
        let request = GetPendingJobExecutionsRequest::default();
        let request = DeviceRequest::GetPendingJobExecutions(request);
        if let Err(RequestError::NotConnected { cause, .. }) = client.request(&request).await {
            return Err(*cause);
        }
    }
    Ok(client.clone())
}

const REQUESTS: [&str; 4] = ["get-pending", "describe $next", "start-next", "update"];

async fn requests(client: &Client, put: &mut impl FnMut(Check)) {
    let [pending, describe, start, update] = REQUESTS;
    let show = |name, reply: Result<Reply, RequestError>, expected| {
        let reply = reply
            .as_ref()
            .map(|reply| (reply.verdict, reply.head.code.clone()));
        check::request(name, reply, expected)
    };
    let request = GetPendingJobExecutionsRequest::default();
    let request = DeviceRequest::GetPendingJobExecutions(request);
    put(show(pending, client.request(&request).await, None));
    let request = DeviceRequest::DescribeJobExecution {
        job: JobRef::Next,
        request: DescribeJobExecutionRequest {
            include_job_document: Some(false),
            ..DescribeJobExecutionRequest::default()
        },
    };
    put(show(describe, client.request(&request).await, None));
    let detail =
        "not tried: it would start a job; the policy statement is the same as for the others";
    put(Check::new(Grade::Skipped, start, detail));
    if let Some(job) = no_job() {
        let request = DeviceRequest::UpdateJobExecution {
            job,
            request: UpdateJobExecutionRequest {
                status: "IN_PROGRESS".to_owned(),
                ..UpdateJobExecutionRequest::default()
            },
        };
        let expected = Some(ErrorCode::ResourceNotFound.as_str());
        put(show(update, client.request(&request).await, expected));
    }
}

/// The id of a job that does not exist.
fn no_job() -> Option<JobId> {
    JobId::new(&format!("doctor-{}", Uuid::new_v4())).ok()
}

async fn control(subject: &DoctorSubject, put: &mut impl FnMut(Check)) {
    if let Err(error) = &subject.environment {
        put(Check::of_text(
            Grade::Fail,
            "AWS environment",
            &error.to_string(),
        ));
        for name in ["control plane", "CreateJob"] {
            put(check::after_failure(name));
        }
        return;
    }
    let Some((region, access)) = &subject.control else {
        let check = Check::new(Grade::Skipped, "control plane", "the region is not known");
        put(check.next("give --region, or set AWS_REGION"));
        return;
    };
    let control = Control::open(region, access, subject.timeout).await;
    let (found, exchange) = control.describe_thing_and_exchange(&subject.thing).await;
    put(check::clock(unix_now_s(), exchange.date_s));
    let origin = match exchange.origin.as_str() {
        "" => format!("https://iot.{region}.{}", Partition::of(region).dns_suffix),
        asked => asked.to_owned(),
    };
    put(check::proxy(&origin, control.proxy_to(&origin)));
    let found = found.as_deref();
    for check in check::credentials(found, &subject.thing) {
        put(check);
    }
    put(match (found, no_job()) {
        (Ok(arn), Some(job)) => {
            let answer = control.try_create_job(&job, arn).await;
            check::create_job(answer.as_ref().copied())
        }
        _ => Check::new(
            Grade::Skipped,
            "CreateJob",
            "cannot be tried without the ARN of the thing",
        ),
    });
}

/// Seconds since 1970 by the clock of this machine.
fn unix_now_s() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
}
