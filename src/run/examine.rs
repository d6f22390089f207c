//! The doctor: alone, or for a session.

use std::io::Write;
use std::process::ExitCode;

use futures_util::FutureExt;
use tokio::runtime::Runtime;

use crate::cli::ConnectionArgs;
use crate::config::Config;
use crate::control::Control;
use crate::device::Client;
use crate::doctor::{self, Check, DoctorSubject};
use crate::repl::parts::{Doctor, Examined};
use crate::repl::room;
use crate::run::aloud::printed;
use crate::run::connect::{Connected, ServiceRoute};
use crate::run::error::RunError;
use crate::run::settle::Settled;
use crate::run::start::{in_runtime, start_log};

/// `doctor`: exit status 1 if a check failed.
pub(crate) fn run(args: ConnectionArgs) -> Result<ExitCode, RunError> {
    start_log(&args)?;
    let settled = Settled::aloud(args)?;
    in_runtime(|runtime| {
        let mut written = Ok(());
        let is_well = examine(runtime, &settled.config, |check| {
            if written.is_ok() {
                written = writeln!(std::io::stdout(), "{}", room::fitted(&check.to_string()));
            }
        })?;
        printed(written).map(|code| if is_well { code } else { ExitCode::FAILURE })
    })
}

/// Shows each check of a connection as soon as it is done. Returns whether none failed.
pub(crate) fn examine(
    runtime: &Runtime,
    config: &Config,
    show: impl FnMut(&Check),
) -> Result<bool, RunError> {
    let route = ServiceRoute::find(runtime, config)?;
    if let (Some(_), Some(region)) = (&route.local, &route.region) {
        // As in a session: a new service does not have the thing yet, which is not the doctor's subject.
        let control = Control::open(region, &route.access, config.timeout);
        // If it cannot be created, the doctor reports that.
        let _ = runtime
            .block_on(async { control.await.create_thing(&config.thing).await }.boxed_local());
    }
    let subject = DoctorSubject {
        link: route
            .mqtt
            .map(|options| doctor::ExaminedConnection::New(Box::new(options))),
        environment: route.environment,
        control: route.region.map(|region| (region, route.access)),
        remote: config.remote().cloned(),
        timeout: config.timeout,
        thing: config.thing.clone(),
    };
    Ok(runtime.block_on(doctor::examine(&subject, show).boxed_local()))
}

/// The doctor of a session, which checks the session's connection.
pub(crate) fn of_session(config: &Config, connected: &Connected) -> Doctor {
    let (config, client_id) = (config.clone(), connected.client_id.clone());
    let control = (connected.region.clone(), connected.access.clone());
    Box::new(move |client: Client| {
        let subject = DoctorSubject {
            thing: config.thing.clone(),
            remote: config.remote().cloned(),
            link: Ok(doctor::ExaminedConnection::Standing(
                client,
                client_id.clone(),
            )),
            // Checked at the start.
            environment: Ok(()),
            control: Some(control.clone()),
            timeout: config.timeout,
        };
        let examined: Examined = Box::pin(async move {
            let mut lines = Vec::new();
            let is_well = doctor::examine(&subject, |check| lines.push(check.to_string())).await;
            (lines.join("\n"), is_well)
        });
        examined
    })
}
