//! Joins a service that runs in another terminal: as an operator, or as another thing with a certificate of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::cli::ConnectionArgs;
use crate::config::{Config, ConfigError, ServiceChoice};
use crate::control::{Access, Control, ControlError};
use crate::local::{ACCOUNT, LocalService};
use crate::policy_command::{Filling, device_policies, literal};
use crate::protocol::ThingName;
use crate::serve::{Joinable, PrivateFolder, Runner, Running, ServeError, running};
use crate::text;

/// The policy of an operator: it sees what happens, and does not execute jobs.
const OPERATOR: &str = include_str!("operator.json");

/// How long the end of one that has joined may take.
const LEAVING_MAX: Duration = Duration::from_secs(1);

/// The pause between two looks for a `serve` that has ended.
const LOOK_PAUSE: Duration = Duration::from_millis(500);

/// Why nothing was joined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// The options of the connection, joined or not.
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("--join does not take {0}: what is joined has its own\nleave {0} out")]
    Given(&'static str),
    #[error(
        "--join takes {0} only with --thing: an operator has a certificate that is made for it\nadd --thing NAME, or leave {0} out"
    )]
    NotOfThing(&'static str),
    #[error(
        "no session and no `serve` of yours runs here with a local service\nstart one in another terminal: jobs-sandbox, or jobs-sandbox serve"
    )]
    Nothing,
    #[error(
        "nothing that runs here has the name `{name}`; there is {running}\ngive one of these to --join"
    )]
    Unknown { name: String, running: String },
    #[error("more than one runs here: {0}\ngive the name of one, as in --join NAME")]
    Several(String),
    #[error(
        "`{0}` is a thing of what is joined, and a second connection would take over its connection\ngive another --thing, or none to join as an operator"
    )]
    SameThing(String),
    #[error(
        "`{0}` has already joined from another terminal, and a second connection would take over its connection\ngive another --thing, or none to join as an operator"
    )]
    Joined(String),
    #[error("the service that is joined refuses a certificate: {0}")]
    Control(#[from] ControlError),
    #[error(transparent)]
    Files(#[from] ServeError),
    #[error("cannot wait for the network: {0}")]
    Runtime(std::io::Error),
}

impl JoinError {
    /// Whether the command line is at fault.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Config(_) | Self::Given(_) | Self::NotOfThing(_) | Self::SameThing(_)
        )
    }
}

/// A service that was joined.
pub(crate) struct Joined {
    /// What the user has joined, and how.
    pub(crate) notice: String,
    running: Arc<Running>,
    /// Has the certificate and its key, and is removed at the end.
    pub(crate) folder: PrivateFolder,
    /// `None` if it uses a certificate that the user has given.
    pass: Option<Pass>,
}

/// The certificate and the policies that a service has made for one that joins.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    service: Arc<Running>,
    /// That of this program.
    folder: PathBuf,
    certificate_arn: String,
    thing: Option<ThingName>,
    policies: Vec<String>,
}

/// Lets other terminals join the service of this program, as long as the folder lives; `None` if they cannot, which does no
/// harm to the program.
pub(crate) fn let_join(
    local: &LocalService,
    runner: Runner,
    thing: &ThingName,
    region: &str,
) -> Option<PrivateFolder> {
    let folder = PrivateFolder::create(None).ok()?;
    let joinable = Joinable::new(local, runner, &[thing.to_string()], (region, ACCOUNT));
    joinable.offer(local, &folder).ok()?;
    Some(folder)
}

/// Joins the service of this name, or the only one. Returns the configuration of the connection.
pub(crate) fn join(
    args: ConnectionArgs,
    name: Option<&str>,
) -> Result<(Config, Joined), JoinError> {
    let args = without_variables(args);
    check_given(&args)?;
    let folder = PrivateFolder::create(None)?;
    let service = Arc::new(choose(running(folder.path()), name)?);
    let role = Role::of(&args, &service)?;
    let has_certificate = args.cert.is_some() || args.key.is_some();
    let config = config(args, &service, &folder, &role)?;
    let pass = if has_certificate {
        None
    } else {
        Some(Pass::make(&config, &service, &folder, &role)?)
    };
    if let Role::Thing(thing) = &role {
        service.join_as(&folder, thing)?;
    }
    let joinable = &service.joinable;
    let kind = match joinable.runner {
        Runner::Session => "the session",
        Runner::Agent => "the agent",
        Runner::Serve => "`serve`",
    };
    let notice = format!(
        "Joined {kind} `{}` {}.",
        text::sanitize(&joinable.name),
        match &role {
            Role::Operator => "as an operator".to_owned(),
            Role::Thing(thing) => format!("as the thing `{}`", text::sanitize(thing)),
        }
    );
    let joined = Joined {
        notice,
        running: service,
        folder,
        pass,
    };
    Ok((config, joined))
}

/// Variables describe another connection, and do not count.
fn without_variables(args: ConnectionArgs) -> ConnectionArgs {
    let variables = args.from_variables.clone();
    let is_typed = |id: &str| !variables.contains_key(id);
    ConnectionArgs {
        profile: args.profile.filter(|_| is_typed("profile")),
        profile_file: args.profile_file.filter(|_| is_typed("profile_file")),
        endpoint: args.endpoint.filter(|_| is_typed("endpoint")),
        cert: args.cert.filter(|_| is_typed("cert")),
        key: args.key.filter(|_| is_typed("key")),
        ca_file: args.ca_file.filter(|_| is_typed("ca_file")),
        port: args.port.filter(|_| is_typed("port")),
        thing: args.thing.filter(|_| is_typed("thing")),
        region: args.region.filter(|_| is_typed("region")),
        client_id: args.client_id.filter(|_| is_typed("client_id")),
        ..args
    }
}

/// What describes another connection cannot be given.
fn check_given(args: &ConnectionArgs) -> Result<(), JoinError> {
    let given = [
        ("--profile", args.profile.is_some()),
        ("--profile-file", args.profile_file.is_some()),
        ("--endpoint", args.endpoint.is_some()),
        ("--ca-file", args.ca_file.is_some()),
        ("--port", args.port.is_some()),
        ("--region", args.region.is_some()),
        ("--client-id", args.client_id.is_some()),
        ("--local", args.local),
    ];
    if let Some((option, _)) = given.iter().find(|(_, is_given)| *is_given) {
        return Err(JoinError::Given(option));
    }
    let of_thing = [
        ("--cert", args.cert.is_some()),
        ("--key", args.key.is_some()),
    ];
    match of_thing.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) if args.thing.is_none() => Err(JoinError::NotOfThing(option)),
        _ => Ok(()),
    }
}

/// The one with this name, or the only one.
fn choose(mut running: Vec<Running>, name: Option<&str>) -> Result<Running, JoinError> {
    let names: Vec<String> = running
        .iter()
        .map(|it| format!("`{}`", text::sanitize(&it.joinable.name)))
        .collect();
    let names = names.join(", ");
    match name {
        _ if running.is_empty() => Err(JoinError::Nothing),
        None if running.len() > 1 => Err(JoinError::Several(names)),
        None => Ok(running.swap_remove(0)),
        Some(name) => match running.iter().position(|it| it.joinable.name == name) {
            Some(at) => Ok(running.swap_remove(at)),
            None => Err(JoinError::Unknown {
                name: name.to_owned(),
                running: names,
            }),
        },
    }
}

/// As what a service is joined.
enum Role {
    Operator,
    Thing(String),
}

impl Role {
    fn of(args: &ConnectionArgs, service: &Running) -> Result<Self, JoinError> {
        let Some(thing) = args.thing.clone() else {
            return Ok(Self::Operator);
        };
        if service.joinable.things.contains(&thing) {
            return Err(JoinError::SameThing(thing));
        }
        if service.joined.contains(&thing) {
            return Err(JoinError::Joined(thing));
        }
        Ok(Self::Thing(thing))
    }
}

/// The configuration of a connection to the service, with files in the folder. An operator sees the first thing.
fn config(
    args: ConnectionArgs,
    service: &Running,
    folder: &PrivateFolder,
    role: &Role,
) -> Result<Config, ConfigError> {
    let joinable = &service.joinable;
    let (thing, client_id) = match role {
        Role::Thing(thing) => (Some(thing.clone()), thing.clone()),
        Role::Operator => {
            let id = format!("operator-{}", uuid::Uuid::new_v4());
            (joinable.things.first().cloned(), id)
        }
    };
    let (cert, key) = match (args.cert.clone(), args.key.clone()) {
        (None, None) => (
            Some(folder.path().join(CERTIFICATE)),
            Some(folder.path().join(KEY)),
        ),
        own => own,
    };
    let args = ConnectionArgs {
        endpoint: Some(joinable.mqtt.ip().to_string()),
        port: Some(joinable.mqtt.port()),
        ca_file: Some(service.ca_file()),
        cert,
        key,
        region: Some(joinable.region.clone()),
        client_id: Some(client_id),
        thing,
        join: None,
        ..args
    };
    let mut config = Config::new(args)?;
    if let ServiceChoice::Remote(remote) = &mut config.service {
        remote.control_url = Some(format!("http://{}", joinable.http));
    }
    Ok(config)
}

const CERTIFICATE: &str = "device.cert.pem";
const KEY: &str = "device.key.pem";

/// The policies of one that joins, under names that no other has.
fn policies(config: &Config, joinable: &Joinable, role: &Role) -> Vec<(String, String)> {
    let client_id = config.client_id.clone().unwrap_or_default();
    let policies = match role {
        Role::Operator => vec![("operator".to_owned(), OPERATOR.to_owned())],
        Role::Thing(thing) => device_policies(&Filling {
            region: &joinable.region,
            account: &joinable.account,
            thing,
            client_id: &literal(&client_id),
        }),
    };
    let id = uuid::Uuid::new_v4();
    let policies = policies.into_iter();
    let policies = policies.map(|(name, document)| (format!("joined-{name}-{id}"), document));
    policies.collect()
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

impl Pass {
    /// Has a certificate made, and writes it to the folder.
    fn make(
        config: &Config,
        service: &Arc<Running>,
        folder: &PrivateFolder,
        role: &Role,
    ) -> Result<Self, JoinError> {
        let policies = policies(config, &service.joinable, role);
        let thing = matches!(role, Role::Thing(_)).then_some(&config.thing);
        let runtime = runtime().map_err(JoinError::Runtime)?;
        let device = runtime.block_on(async {
            let control = control(&service.joinable, config.timeout).await;
            control.create_device(thing, &policies).await
        })?;
        let pass = Self {
            service: Arc::clone(service),
            folder: folder.path().to_owned(),
            certificate_arn: device.certificate_arn,
            thing: thing.cloned(),
            policies: policies.into_iter().map(|(name, _)| name).collect(),
        };
        folder.write(CERTIFICATE, &device.certificate_pem)?;
        folder.write(KEY, &device.private_key_pem)?;
        Ok(pass)
    }

    /// Has it deleted. A service that does not answer keeps it, which does no harm.
    pub(crate) async fn hand_back(&self) {
        if self.service.at_its_address(&self.folder).is_none() {
            return;
        }
        let control = control(&self.service.joinable, LEAVING_MAX).await;
        let deletion =
            control.delete_device(&self.certificate_arn, self.thing.as_ref(), &self.policies);
        let _ = tokio::time::timeout(LEAVING_MAX, deletion).await;
    }
}

/// The control plane of a service that runs here.
async fn control(joinable: &Joinable, timeout: Duration) -> Control {
    let access = Access::Url(format!("http://{}", joinable.http));
    Control::open(&joinable.region, &access, timeout).await
}

impl Drop for Joined {
    fn drop(&mut self) {
        if let (Some(pass), Ok(runtime)) = (&self.pass, runtime()) {
            runtime.block_on(pass.hand_back());
        }
    }
}

impl Joined {
    /// What is to be handed back at an end by a signal.
    pub(crate) fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    /// Waits on a thread of its own until the service has ended, and then gives the text about that. A `serve` that was
    /// restarted is waited for as well.
    pub(crate) fn when_ended(&self, show: impl Fn(String) + Send + 'static) {
        let joinable = &self.running.joinable;
        let name = text::sanitize(&joinable.name).into_owned();
        let text = match joinable.runner {
            Runner::Session | Runner::Agent => format!(
                "The {} `{name}` that you joined has ended, and its local service with it; leave with `quit`",
                if joinable.runner == Runner::Agent {
                    "agent"
                } else {
                    "session"
                }
            ),
            Runner::Serve => format!(
                "The `serve` that you joined as `{name}` has ended; leave with `quit`, or wait until it is restarted with its state"
            ),
        };
        let (first, own) = (Arc::clone(&self.running), self.folder.path().to_owned());
        // Without the thread, only the reason is not shown.
        let _ = thread::Builder::new().spawn(move || {
            first.wait();
            show(text.clone());
            if first.joinable.runner != Runner::Serve {
                return;
            }
            loop {
                thread::sleep(LOOK_PAUSE);
                if let Some(restarted) = first.at_its_address(&own) {
                    restarted.wait();
                    show(text.clone());
                }
            }
        });
    }
}
