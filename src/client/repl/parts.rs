//! What a session runs on.

use std::fmt;
use std::pin::Pin;

use crate::cause::Cause;
use crate::control::Control;
use crate::device::Client;
use crate::protocol::ThingName;
use crate::repl::guide::explain::ServiceAddress;
use crate::repl::guide::tutorial::TutorialSetup;
use crate::repl::output::answer::Failure;

/// What a session runs on.
pub struct Parts {
    pub client: Client,
    pub control: Control,
    pub thing: ThingName,
    /// Where other tools find the service, and the ARN of the thing, if it is known already.
    pub address: ServiceAddress,
    /// What a tutorial begins with.
    pub tutorial_setup: TutorialSetup,
    /// Looks at the connection and all around it.
    pub doctor: Doctor,
}

/// The doctor's report, and whether all checks passed.
pub type Examined = Pin<Box<dyn Future<Output = (String, bool)>>>;

/// Looks at the connection of a client.
pub type Doctor = Box<dyn Fn(Client) -> Examined>;

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("client", &self.client)
            .field("thing", &self.thing)
            .finish_non_exhaustive()
    }
}

impl Parts {
    /// Refuses a command that names another thing or service than the session's.
    pub(crate) fn check_named(&self, option: &str, value: &str) -> Result<(), Failure> {
        let (own, hint) = match option {
            "--region" => (self.address.region.as_deref(), "--region"),
            "--endpoint-url" => (self.address.control_url.as_deref(), "--endpoint"),
            _ => (Some(self.thing.as_str()), "--thing"),
        };
        if own == Some(value) {
            return Ok(());
        }
        let own = own.map_or_else(String::new, |own| format!(": `{own}`"));
        let error = format!(
            "`{option} {value}` is not what this session has{own}\nhint: leave it out, or start another session with `jobs-sandbox {hint} …`"
        );
        Err(Failure::new(Cause::Usage, &error))
    }
}
