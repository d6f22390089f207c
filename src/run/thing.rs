//! The thing of a session, which has to exist.

use std::time::Duration;

use futures_util::FutureExt;
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
        let mut ensuring = runtime.spawn(async move { answer(&control, &thing).await }.boxed());
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
            let printing = async move {
                if let Some(notice) = late.await.ok().and_then(|found| found.notice) {
                    printer.print(room::fitted_message(&notice));
                }
            };
            runtime.spawn(printing.boxed());
        }
        self.arn
    }
}

/// A thing that exists.
pub(crate) struct Ensured {
    arn: String,
    /// Whether it was created now.
    pub(crate) is_new: bool,
}

/// The operation that creates the thing.
pub(crate) const CREATE: &str = "CreateThing";

/// Creates the thing unless it exists. An error comes with the operation that failed.
pub(crate) async fn ensure(
    control: &Control,
    thing: &ThingName,
) -> Result<Ensured, (&'static str, ControlError)> {
    match control.describe_thing(thing).await {
        Ok(arn) => Ok(Ensured { arn, is_new: false }),
        Err(error) if error.is_not_found() => match control.create_thing(thing).await {
            Ok(arn) => Ok(Ensured { arn, is_new: true }),
            Err(error) => Err((CREATE, error)),
        },
        Err(error) => Err(("DescribeThing", error)),
    }
}

pub(crate) fn created(thing: &ThingName) -> String {
    let thing = text::sanitize(thing.as_str());
    format!("Created the thing {thing}, which did not exist.")
}

/// What a session says. A refusal does not end it: the device's side works without the control plane.
async fn answer(control: &Control, thing: &ThingName) -> ThingAnswer {
    match ensure(control, thing).await {
        Ok(Ensured { arn, is_new }) => ThingAnswer {
            arn: Some(arn),
            notice: is_new.then(|| created(thing)),
        },
        Err((operation, error)) => {
            let next = match &error {
                ControlError::NoCredentials(missing) => format!("\n{}", missing.next),
                _ => String::new(),
            };
            let error = error.to_string();
            ThingAnswer {
                arn: None,
                notice: Some(format!(
                    "Continuing without the control plane (create-job, delete-job): {operation}: {}{next}",
                    text::sanitize(&error)
                )),
            }
        }
    }
}
