//! One line of the doctor, and what results mean. Pure.

use std::fmt;

use crate::control::{ControlError, Proxy};
use crate::device::{ConnectError, RequestError, SilentStage};
use crate::protocol::{JobsTopic, ThingName, Topic, Verdict};
use crate::text;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Ok,
    /// It works, or may work; the user should look at it.
    Warning,
    /// It does not work.
    Fail,
    /// Not tried; the detail gives the reason.
    Skipped,
}

/// One check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The subject of the check.
    pub name: String,
    pub grade: Grade,
    /// The finding. It may contain text from the network, which is shown through `text::sanitize` or the like.
    pub detail: String,
    /// The next step.
    pub next: Option<String>,
}

impl Check {
    /// A check without a next step.
    pub fn new(grade: Grade, name: &str, detail: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            grade,
            detail: detail.into(),
            next: None,
        }
    }

    /// The same with a next step.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }

    /// A failure with a text whose further lines are the next step, as in all errors of this program.
    pub fn of_text(grade: Grade, name: &str, text: &str) -> Self {
        let (detail, next) = text.split_once('\n').unwrap_or((text, ""));
        let check = Self::new(grade, name, detail);
        if next.is_empty() {
            check
        } else {
            check.next(next.replace('\n', "; "))
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fail => "FAIL",
            Self::Skipped => "skipped",
        })
    }
}

/// One line, and another one for the next step. Control characters become U+FFFD, so that a server cannot control the
/// terminal.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |text: &str| text::mask(text, '\u{FFFD}');
        write!(
            f,
            "{:<8} {:<24} {}",
            self.grade,
            self.name,
            plain(&self.detail)
        )?;
        match &self.next {
            Some(next) => write!(f, "\n         next: {}", plain(next)),
            None => Ok(()),
        }
    }
}

/// The steps of an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ConnectStep {
    Name,
    Tcp,
    Tls,
    Mqtt,
    Subscription,
}

fn failed_step(error: &ConnectError) -> ConnectStep {
    match error {
        ConnectError::InvalidHost { .. }
        | ConnectError::NameNotResolved { .. }
        | ConnectError::Timeout {
            stage: SilentStage::Name,
            ..
        } => ConnectStep::Name,
        ConnectError::Refused(_)
        | ConnectError::Unreachable { .. }
        | ConnectError::Timeout {
            stage: SilentStage::Tcp,
            ..
        } => ConnectStep::Tcp,
        ConnectError::NotTls { .. }
        | ConnectError::HungUpInTls(_)
        | ConnectError::WrongAlpn(_)
        | ConnectError::UnknownIssuer { .. }
        | ConnectError::NewAuthority { .. }
        | ConnectError::HostMismatch { .. }
        | ConnectError::ServerCertificateExpired { .. }
        | ConnectError::ServerCertificateNotYetValid { .. }
        | ConnectError::Tls { .. }
        | ConnectError::ClientCertificateRefused { .. }
        | ConnectError::Timeout {
            stage: SilentStage::Handshake,
            ..
        } => ConnectStep::Tls,
        ConnectError::ClientIdTooLong { .. }
        | ConnectError::NotAuthorized { .. }
        | ConnectError::RefusedByServer { .. }
        | ConnectError::HungUp { .. }
        | ConnectError::Protocol { .. } => ConnectStep::Mqtt,
        ConnectError::SubscriptionRefused { .. } | ConnectError::HungUpOnSubscribe { .. } => {
            ConnectStep::Subscription
        }
    }
}

/// The steps of one attempt to connect, from the name to each subscription.
pub(crate) fn connection(
    result: Result<(), &ConnectError>,
    client_id: &str,
    thing: &ThingName,
) -> Vec<Check> {
    let failed = result.err().map(failed_step);
    let text = result.err().map(ToString::to_string).unwrap_or_default();
    let steps = [
        (ConnectStep::Name, "name of the endpoint", "resolved"),
        (ConnectStep::Tcp, "TCP", "connected"),
        (ConnectStep::Tls, "TLS", "both sides accepted"),
        (
            ConnectStep::Mqtt,
            "MQTT (CONNACK)",
            &format!("accepted as `{client_id}`"),
        ),
    ];
    let mut checks: Vec<Check> = steps
        .into_iter()
        .map(|(step, name, detail)| match failed {
            Some(failed) if step == failed => Check::of_text(Grade::Fail, name, &text),
            Some(failed) if step > failed => after_failure(name),
            _ => Check::new(Grade::Ok, name, detail),
        })
        .collect();
    checks.extend(JobsTopic::filters(thing).map(|filter| subscription(result, filter)));
    checks
}

fn subscription(result: Result<(), &ConnectError>, filter: String) -> Check {
    let name = "subscription";
    match result {
        Ok(()) => Check::new(Grade::Ok, name, filter),
        Err(ConnectError::SubscriptionRefused { filters }) => {
            match filters.iter().find(|(refused, _)| *refused == filter) {
                Some((_, reason)) => Check::new(Grade::Fail, name, format!("{filter}: {reason}"))
                    .next(format!(
                        "allow iot:Subscribe on topicfilter/{filter} in the policy"
                    )),
                None => Check::new(Grade::Ok, name, filter),
            }
        }
        Err(error) if failed_step(error) == ConnectStep::Subscription => {
            Check::of_text(Grade::Fail, name, &error.to_string())
        }
        Err(_) => after_failure(name),
    }
}

/// What is not tried: an event needs a change of the jobs of the thing.
pub(crate) fn events(thing: &ThingName) -> Check {
    let topics = [Topic::Notify, Topic::NotifyNext].map(|topic| {
        let thing = thing.clone();
        format!("topic/{}", JobsTopic { thing, topic })
    });
    let detail = format!(
        "not tried: they come with jobs only; the policy has to allow iot:Receive on {}",
        topics.join(" and ")
    );
    Check::new(Grade::Skipped, "events", detail)
}

/// A step that needs an earlier one, which failed.
pub(crate) fn after_failure(name: &str) -> Check {
    Check::new(Grade::Skipped, name, "an earlier step failed")
}

/// The result of a request of the device. `expected` is the code of the rejection that shows that it is permitted.
pub(crate) fn request(
    name: &str,
    reply: Result<(Verdict, Option<String>), &RequestError>,
    expected: Option<&str>,
) -> Check {
    match reply {
        Ok((Verdict::Accepted, _)) => Check::new(Grade::Ok, name, "accepted"),
        Ok((Verdict::Rejected, code)) => {
            let code = code.unwrap_or_else(|| "without a code".to_owned());
            if expected == Some(code.as_str()) {
                let detail = format!("permitted: {code}, as this job does not exist");
                Check::new(Grade::Ok, name, detail)
            } else {
                Check::new(Grade::Warning, name, format!("rejected: {code}"))
                    .next("the service responds; run the command in a session to see the message")
            }
        }
        Err(error) => Check::of_text(Grade::Fail, name, &error.to_string()),
    }
}

/// From which difference of the clocks on the user is warned, in seconds.
const SKEW_WARNING_S: u64 = 30;

/// From which difference on AWS refuses signatures, in seconds.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
const SKEW_LIMIT_S: u64 = 5 * 60;

/// This machine's clock against the server's, both in seconds since 1970.
pub(crate) fn clock(now_s: i64, server_s: Option<i64>) -> Check {
    let name = "clock";
    let Some(server_s) = server_s else {
        let detail = "the control plane did not send its time";
        return Check::new(Grade::Skipped, name, detail);
    };
    let skew = now_s.abs_diff(server_s);
    let direction = if now_s < server_s {
        "behind"
    } else {
        "ahead of"
    };
    let detail = format!("{skew} s {direction} the clock of the control plane");
    let check = |grade| Check::new(grade, name, detail.clone()).next("set the clock (NTP)");
    if skew >= SKEW_LIMIT_S {
        check(Grade::Fail)
    } else if skew >= SKEW_WARNING_S {
        check(Grade::Warning)
    } else {
        Check::new(Grade::Ok, name, detail)
    }
}

/// How the control plane at `https://HOST` is reached.
pub(crate) fn proxy(origin: &str, proxy: Option<&Proxy>) -> Check {
    let detail = match proxy {
        Some(proxy) => format!(
            "{} is reached through {} ({}); MQTT is not",
            origin,
            proxy.shown(),
            proxy.variable
        ),
        None => format!("none; {origin} is reached directly"),
    };
    Check::new(Grade::Ok, "proxy", detail)
}

/// What DescribeThing shows about the control plane, the credentials and the thing.
pub(crate) fn credentials(result: Result<&str, &ControlError>, thing: &ThingName) -> Vec<Check> {
    let (plane, keys, described) = ("control plane", "AWS credentials", "DescribeThing");
    let answers = Check::new(Grade::Ok, plane, "answers");
    let accepted = Check::new(Grade::Ok, keys, "accepted");
    match result {
        Ok(arn) => vec![answers, accepted, Check::new(Grade::Ok, described, arn)],
        Err(ControlError::NoCredentials(missing)) => vec![
            Check::new(Grade::Skipped, plane, "not tried without credentials"),
            Check::new(Grade::Fail, keys, &missing.cause).next(&missing.next),
            after_failure(described),
        ],
        Err(error @ ControlError::Broken { .. }) => vec![
            Check::new(Grade::Fail, plane, error.to_string())
                .next("check the variables and the profile of the AWS environment"),
            after_failure(keys),
            after_failure(described),
        ],
        Err(error @ (ControlError::Unreachable { .. } | ControlError::Late { .. })) => vec![
            Check::new(Grade::Fail, plane, error.to_string())
                .next("check the network, --region and AWS_ENDPOINT_URL_IOT"),
            after_failure(keys),
            after_failure(described),
        ],
        Err(error @ ControlError::Refused { code, .. }) => {
            if error.is_service_failure() {
                let failed = Check::new(Grade::Fail, plane, error.to_string())
                    .next("the service failed; retry in a moment");
                vec![failed, after_failure(keys), after_failure(described)]
            } else if error.is_not_found() {
                let detail = format!("the thing `{thing}` does not exist");
                let absent = Check::new(Grade::Warning, described, detail)
                    .next("a session creates it, if iot:CreateThing is allowed");
                vec![answers, accepted, absent]
            } else if is_denied(code) {
                let denied = Check::new(Grade::Fail, described, error.to_string())
                    .next("allow iot:DescribeThing; `jobs-sandbox policy` prints the whole policy");
                vec![answers, accepted, denied]
            } else if error.is_throttled() {
                let busy = Check::new(Grade::Warning, described, error.to_string())
                    .next("too many requests; retry in a moment");
                vec![answers, accepted, busy]
            } else if code == "InvalidRequestException" {
                // Signatures are checked before names.
                let refused = Check::new(Grade::Fail, described, error.to_string())
                    .next("correct the name of the thing (--thing)");
                vec![answers, accepted, refused]
            } else {
                let refused = Check::new(Grade::Fail, keys, error.to_string())
                    .next("sign in again, or choose other credentials (AWS_PROFILE)");
                vec![answers, refused, after_failure(described)]
            }
        }
    }
}

/// What the CreateJob that creates nothing shows.
pub(crate) fn create_job(result: Result<(), &ControlError>) -> Check {
    let name = "CreateJob";
    match result {
        Err(ControlError::Refused { code, .. }) if code == "InvalidRequestException" => Check::new(
            Grade::Ok,
            name,
            "permitted: only the missing document was refused; nothing was created",
        ),
        Err(error @ ControlError::Refused { code, .. }) if is_denied(code) => {
            Check::new(Grade::Fail, name, error.to_string()).next(
                "allow iot:CreateJob on the job and the thing; `jobs-sandbox policy` prints the whole policy",
            )
        }
        Err(error) => Check::new(Grade::Warning, name, error.to_string())
            .next("it is unknown whether jobs can be created; try create-job in a session"),
        Ok(()) => Check::new(Grade::Warning, name, "a request without a document was accepted")
            .next("delete the job whose id starts with `doctor-`"),
    }
}

fn is_denied(code: &str) -> bool {
    matches!(
        code,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedException"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::MissingCredentials;
    use crate::device::{Peer, Reason};

    fn grades(checks: &[Check]) -> String {
        checks
            .iter()
            .map(|check| match check.grade {
                Grade::Ok => 'o',
                Grade::Warning => 'w',
                Grade::Fail => 'F',
                Grade::Skipped => '-',
            })
            .collect()
    }

    #[test]
    fn an_attempt_to_connect_shows_each_step() {
        let thing = ThingName::new("lamp").expect("a name");
        let host = || "h".to_owned();
        let second = JobsTopic::filters(&thing)[1].clone();
        for (error, expected) in [
            (None, "oooooooooo"),
            (
                Some(ConnectError::NameNotResolved {
                    host: host(),
                    detail: "no".to_owned(),
                }),
                "F---------",
            ),
            (
                Some(ConnectError::Refused(Peer {
                    host: host(),
                    port: 1,
                })),
                "oF--------",
            ),
            (
                Some(ConnectError::UnknownIssuer {
                    host: host(),
                    authority: None,
                }),
                "ooF-------",
            ),
            (
                Some(ConnectError::HungUp { client_id: host() }),
                "oooF------",
            ),
            (
                Some(ConnectError::HungUpOnSubscribe {
                    thing: ThingName::new("lamp").expect("a thing"),
                }),
                "ooooFFFFFF",
            ),
            (
                Some(ConnectError::SubscriptionRefused {
                    filters: vec![(second, Reason::NOT_AUTHORIZED)],
                }),
                "oooooFoooo",
            ),
        ] {
            let checks = connection(error.as_ref().map_or(Ok(()), Err), "c", &thing);
            assert_eq!(grades(&checks), expected, "{error:?}");
            for check in checks {
                let needs_step = check.grade == Grade::Fail;
                assert_eq!(check.next.is_some(), needs_step, "{check}");
            }
        }
    }

    #[test]
    fn the_clock_is_judged_by_the_date_of_the_server() {
        for (now_s, server_s, expected) in [
            (
                100,
                Some(100),
                "ok       clock                    0 s ahead of the clock of the control plane",
            ),
            (
                100,
                Some(129),
                "ok       clock                    29 s behind the clock of the control plane",
            ),
            (
                130,
                Some(100),
                "warning  clock                    30 s ahead of the clock of the control plane\n         next: set the clock (NTP)",
            ),
            (
                0,
                Some(300),
                "FAIL     clock                    300 s behind the clock of the control plane\n         next: set the clock (NTP)",
            ),
            (
                0,
                None,
                "skipped  clock                    the control plane did not send its time",
            ),
        ] {
            assert_eq!(clock(now_s, server_s).to_string(), expected);
        }
    }

    #[test]
    fn the_control_plane_is_judged_by_its_answers() {
        let thing = ThingName::new("lamp").expect("a name");
        let refused = |code: &str, status| ControlError::Refused {
            code: code.to_owned(),
            message: "m\u{1b}".to_owned(),
            status,
        };
        for (error, expected, create) in [
            (refused("ResourceNotFoundException", 404), "oow", 'w'),
            (refused("AccessDeniedException", 403), "ooF", 'F'),
            (refused("ThrottlingException", 400), "oow", 'w'),
            (refused("InternalFailureException", 500), "F--", 'w'),
            (refused("ExpiredTokenException", 403), "oF-", 'w'),
            (refused("InvalidRequestException", 400), "ooF", 'o'),
            (
                ControlError::NoCredentials(MissingCredentials {
                    cause: "x".to_owned(),
                    next: "y".to_owned(),
                }),
                "-F-",
                'w',
            ),
            (
                ControlError::Unreachable {
                    cause: "x".to_owned(),
                    sent: false,
                },
                "F--",
                'w',
            ),
            (
                ControlError::Late {
                    after: Duration::from_secs(1),
                    sent: true,
                },
                "F--",
                'w',
            ),
        ] {
            assert_eq!(
                grades(&credentials(Err(&error), &thing)),
                expected,
                "{error}"
            );
            let check = create_job(Err(&error));
            assert_eq!(
                grades(std::slice::from_ref(&check)),
                create.to_string(),
                "{error}"
            );
            assert!(!check.to_string().contains('\u{1b}'));
        }
        assert_eq!(grades(&credentials(Ok("arn"), &thing)), "ooo");
        assert_eq!(create_job(Ok(())).grade, Grade::Warning);
    }
}
