//! How the doctor is called in: alone, or by a session.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::cli::ConnectionArgs;
use crate::config::{Config, ServiceChoice};
use crate::control::{self, Access};
use crate::device::{Client, ConnectOptions};
use crate::doctor::{self, Subject};
use crate::local::LocalService;
use crate::repl::session::{Doctor, Examined};
use crate::run::{RunError, in_runtime, new_client_id, start_local, start_log, tls_of};

/// `doctor`: exit status 1 if a check failed.
pub(crate) fn run(args: ConnectionArgs) -> Result<ExitCode, RunError> {
    start_log(&args)?;
    let timeout = Duration::from_secs(args.timeout);
    let config = Config::new(args)?;
    in_runtime(|runtime| {
        let (subject, _local) = subject(runtime, config, timeout)?;
        let is_well = runtime.block_on(doctor::examine(&subject, |check| {
            // Without standard output there is nobody to tell.
            let _ = writeln!(std::io::stdout(), "{check}");
        }));
        Ok(ExitCode::from(u8::from(!is_well)))
    })
}

/// What the doctor looks at where there is no session.
fn subject(
    runtime: &Runtime,
    config: Config,
    timeout: Duration,
) -> Result<(Subject, Option<LocalService>), RunError> {
    let client_id = config.client_id.unwrap_or_else(new_client_id);
    let connect = |host: &str, port, tls| {
        let mut options = ConnectOptions::new(host, port, &client_id, config.thing.clone(), tls);
        options.request_timeout = timeout;
        doctor::Link::New(Box::new(options))
    };
    match config.service {
        ServiceChoice::Local { region } => {
            let (service, local) = start_local(&region, &config.thing, &client_id)?;
            let subject = Subject {
                link: Ok(connect(&service.host, service.port, service.tls)),
                control: Some((service.region, service.access)),
                thing: config.thing,
                remote: None,
                timeout,
            };
            Ok((subject, Some(local)))
        }
        ServiceChoice::Remote(remote) => {
            let region = match &remote.region {
                Some(region) => Some(region.clone()),
                None => runtime.block_on(control::environment_region()),
            };
            let subject = Subject {
                link: tls_of(&remote).map(|tls| connect(&remote.endpoint, remote.port, tls)),
                control: region.map(|region| (region, Access::Environment)),
                thing: config.thing,
                remote: Some(remote),
                timeout,
            };
            Ok((subject, None))
        }
    }
}

/// The doctor of a session, which looks at its connection. `control` is the region and the way to the control plane.
pub(crate) fn of_session(
    config: &Config,
    client_id: &str,
    control: (String, Access),
    timeout: Duration,
) -> Doctor {
    let remote = match &config.service {
        ServiceChoice::Local { .. } => None,
        ServiceChoice::Remote(remote) => Some(remote.clone()),
    };
    let (thing, client_id) = (config.thing.clone(), client_id.to_owned());
    Box::new(move |client: Client| {
        let subject = Subject {
            thing: thing.clone(),
            remote: remote.clone(),
            link: Ok(doctor::Link::Standing(client, client_id.clone())),
            control: Some(control.clone()),
            timeout,
        };
        let examined: Examined = Box::pin(async move {
            let mut lines = Vec::new();
            let is_well = doctor::examine(&subject, |check| lines.push(check.to_string())).await;
            (lines.join("\n"), is_well)
        });
        examined
    })
}
