//! The thing of a session, which has to exist.

use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::control::{Control, ControlError};
use crate::protocol::ThingName;
use crate::repl::editor::Printer;
use crate::repl::room;
use crate::run::aloud::Aloud;
use crate::text;

/// How long the start waits for the control plane; what comes later is shown when it comes.
const CONTROL_PATIENCE: Duration = Duration::from_secs(3);

/// What the start found out about the thing.
#[derive(Debug, Default)]
struct ThingAnswer {
    /// Its ARN, if the control plane returned it.
    arn: Option<String>,
    /// A message about it.
    notice: Option<String>,
}

/// The thing of a session, and the control plane's answer about it.
pub(crate) struct EnsuredThing {
    arn: Option<String>,
    /// The control plane's answer, if it has not come yet.
    late: Option<JoinHandle<ThingAnswer>>,
}

impl EnsuredThing {
    /// Waits a short time for the answer of the control plane, and prints its message.
    pub(crate) fn wait(
        runtime: &Runtime,
        control: &Control,
        thing: &ThingName,
        aloud: &Aloud,
    ) -> Self {
        let (control, thing) = (control.clone(), thing.clone());
        let mut ensuring = runtime.spawn(async move { ensure(&control, &thing).await });
        let found =
            runtime.block_on(async { tokio::time::timeout(CONTROL_PATIENCE, &mut ensuring).await });
        let Ok(found) = found else {
            aloud.say(
                "The control plane has not answered yet; create-job and delete-job may not work.",
            );
            return Self {
                arn: None,
                late: Some(ensuring),
            };
        };
        let ThingAnswer { arn, notice } = found.unwrap_or_default();
        if let Some(notice) = notice {
            aloud.say(&notice);
        }
        Self { arn, late: None }
    }

    /// Prints the message of a late answer as soon as it comes. Returns the ARN of the thing, if it is already known.
    pub(crate) fn print_later(self, runtime: &Runtime, printer: Printer) -> Option<String> {
        if let Some(late) = self.late {
            runtime.spawn(async move {
                if let Some(notice) = late.await.ok().and_then(|found| found.notice) {
                    printer.print(room::fitted_message(&notice));
                }
            });
        }
        self.arn
    }
}

/// Creates the thing unless it exists. A refusal does not end the session: the device's side works without the control plane.
async fn ensure(control: &Control, thing: &ThingName) -> ThingAnswer {
    let without = |operation: &str, error: &ControlError| {
        let next = match error {
            ControlError::NoCredentials(missing) => format!("\n{}", missing.next),
            _ => String::new(),
        };
        ThingAnswer {
            arn: None,
            notice: Some(format!(
                "Continuing without the control plane (create-job, delete-job): {operation}: {}{next}",
                text::sanitize(&error.to_string())
            )),
        }
    };
    match control.describe_thing(thing).await {
        Ok(arn) => ThingAnswer {
            arn: Some(arn),
            notice: None,
        },
        Err(error) if error.is_not_found() => match control.create_thing(thing).await {
            Ok(arn) => ThingAnswer {
                arn: Some(arn),
                notice: Some(format!(
                    "Created the thing {}, which did not exist.",
                    text::sanitize(thing.as_str())
                )),
            },
            Err(error) => without("CreateThing", &error),
        },
        Err(error) => without("DescribeThing", &error),
    }
}
