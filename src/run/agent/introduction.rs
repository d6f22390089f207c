//! Who an agent is: the first that it prints.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::device::ConnectOptions;
use crate::executor::core::Worker;
use crate::local::{self, LocalService};
use crate::protocol::Partition;
use crate::run::agent::setup::Setup;
use crate::serve;

/// Everything that distinguishes this agent from others.
pub(crate) struct Introduction<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) options: &'a ConnectOptions,
    /// A local service that ends with the agent, and its region.
    pub(crate) own_service: Option<(&'a LocalService, &'a str)>,
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
        let Some((service, region)) = self.own_service else {
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
        for (name, value) in serve::client_environment(&service.control_url(), region) {
            let _ = writeln!(text, "  export {name}={value}");
        }
        let target = self.thing_arn(region);
        let _ = write!(
            text,
            "  aws iot create-job --job-id Job-1 --targets {target} --document '{{}}'"
        );
        text
    }

    fn thing_arn(&self, region: &str) -> String {
        let (account, thing) = (local::ACCOUNT, &self.options.thing);
        let partition = Partition::of(region).name;
        format!("arn:{partition}:iot:{region}:{account}:thing/{thing}")
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Self { setup, options, .. } = self;
        let seed = match setup.settings.worker {
            Worker::Plan(_) => Some(setup.settings.seed),
            Worker::Program | Worker::Handlers(_) => None,
        };
        let environment = self.own_service.map(|(service, region)| {
            let url = service.control_url();
            let pairs = serve::client_environment(&url, region).into_iter();
            let pairs = pairs.map(|(name, value)| (name.to_owned(), Value::from(value)));
            pairs.collect::<serde_json::Map<_, _>>()
        });
        json!({
            "does": setup.does,
            "seed": seed,
            "thing": options.thing.as_str(),
            "thingArn": self.own_service.map(|(_, region)| self.thing_arn(region)),
            "endpoint": options.host,
            "port": options.port,
            "clientId": options.client_id,
            "journal": self.journal.as_ref().map(|path| path.to_string_lossy()),
            "environment": environment,
        })
    }
}
