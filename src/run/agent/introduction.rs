//! Who an agent is: the first that it prints.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::agent::core::Worker;
use crate::device::ConnectOptions;
use crate::run::agent::link::OwnService;
use crate::run::agent::setup::Setup;
use crate::serve;

/// Everything that distinguishes this agent from others.
pub(crate) struct Introduction<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) options: &'a ConnectOptions,
    pub(crate) own_service: Option<&'a OwnService>,
    pub(crate) journal: Option<PathBuf>,
}

impl Introduction<'_> {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let Self { setup, options, .. } = self;
        let mut text = format!("A device that {}\n", setup.does);
        if let Worker::Plan(_) = setup.settings.worker {
            let _ = writeln!(
                text,
                "The same jobs go the same way with --seed {}.",
                setup.settings.seed
            );
        }
        let (thing, host, port) = (&options.thing, &options.host, options.port);
        let Some(service) = self.own_service else {
            let _ = write!(
                text,
                "Thing `{thing}` at {host}:{port}, client id `{}`",
                options.client_id
            );
            if let Some(journal) = &self.journal {
                let _ = write!(text, "\nJournal `{}`", journal.display());
            }
            return text;
        };
        let _ = writeln!(
            text,
            "Thing `{thing}` of a local service, which ends with the agent. To create a job for it:"
        );
        for (name, value) in serve::client_environment(&service.control_url, &service.region) {
            let _ = writeln!(text, "  export {name}={value}");
        }
        let target = service.thing_arn.as_deref().unwrap_or("ARN");
        let _ = write!(
            text,
            "  aws iot create-job --job-id Job-1 --targets {target} --document '{{}}'"
        );
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Self { setup, options, .. } = self;
        let seed = match setup.settings.worker {
            Worker::Plan(_) => Some(setup.settings.seed),
            Worker::Program | Worker::Handlers(_) => None,
        };
        let environment = self.own_service.map(|service| {
            let pairs = serve::client_environment(&service.control_url, &service.region);
            let pairs = pairs.into_iter();
            let pairs = pairs.map(|(name, value)| (name.to_owned(), Value::from(value)));
            pairs.collect::<serde_json::Map<_, _>>()
        });
        json!({
            "type": "agent",
            "does": setup.does,
            "seed": seed,
            "thing": options.thing.as_str(),
            "thingArn": self.own_service.and_then(|service| service.thing_arn.as_deref()),
            "endpoint": options.host,
            "port": options.port,
            "clientId": options.client_id,
            "journal": self.journal.as_ref().map(|path| path.to_string_lossy()),
            "environment": environment,
        })
    }
}
