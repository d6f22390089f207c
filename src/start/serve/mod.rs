//! `serve`: the local service alone, for other programs.
//!
//! It starts the service, writes the certificates that a client needs to a folder, prints all addresses, and waits for a
//! signal to end.

mod error;
mod joinable;
mod kept;
mod leftovers;
mod offer;
mod place;
mod private_folder;
mod profile;

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::cli::{ClockChoice, OutputForm, ServeArgs};
use crate::config::is_region_name;
use crate::local::{
    ClockMode, DeviceCertificate, DeviceError, DeviceOwner, Identity, KnownPolicies, LocalService,
    Options, StartError, allow_many_connections,
};
use crate::protocol::{Partition, ThingName};
use crate::serve::offer::Offer;
use crate::serve::place::Place;
use crate::signals::Signals;
use crate::text;

pub use crate::serve::error::ServeError;
pub use crate::serve::joinable::{Joinable, Runner, Running, running};
pub use crate::serve::offer::client_environment;
pub use crate::serve::private_folder::PrivateFolder;

/// The device's policy unless `--policy` is given, in the partition `aws`.
const POLICY: &str = include_str!("policy.json");

/// What it was before devices could use HTTPS, as state files of that time have it for every region.
const FORMER_POLICY: &str = include_str!("policy-without-https.json");

/// The name of that policy in the service.
const POLICY_NAME: &str = "device";

/// The largest policy file that is read, in bytes.
const POLICY_FILE_MAX: u64 = 64 * 1024;

/// The most log lines that wait to be written; more are lost.
const LOG_LINES_MAX: usize = 1024;

/// How long the last log lines may take to be written at the end.
const LOG_END_MAX: Duration = Duration::from_secs(1);

/// Runs the local service until a signal ends it. All ports accept connections before anything is printed.
pub fn run(args: &ServeArgs) -> Result<(), ServeError> {
    let mut options = options(args)?;
    allow_many_connections();
    let policy = match args.policy.as_deref() {
        Some(path) => read_policy(path)?,
        None => default_policy(&options.region),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Signals)?;
    // From here on, signals end the program cleanly.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(ServeError::Signals)?
    };
    let (log, lines) = mpsc::sync_channel(LOG_LINES_MAX);
    options.log = Some(log);
    // Ends with the service, which holds the sender.
    let (written, log_ends) = mpsc::channel();
    thread::spawn(move || {
        write_log(&lines);
        // If the program does not wait for this, it has ended.
        let _ = written.send(());
    });
    let folder = PrivateFolder::create(args.dir.as_deref())?;
    let kept = find_kept(args, &folder)?;
    let is_kept = kept.is_some();
    let identity = match kept {
        // Not those of the state either.
        None if args.new => Some(Identity::new().map_err(StartError::from)?),
        kept => kept,
    };
    let local =
        LocalService::start_as(&options, identity).map_err(|error| with_option(error, args))?;
    if let Some(warning) = place::warning(&local) {
        // Without standard error the warning is lost.
        let _ = writeln!(io::stderr(), "{warning}");
    }
    let device = create_device(&local, &options.things, &policy, args.policy.as_deref())?;
    if !is_kept {
        write_files(&local, &device, &folder, args.dir.is_some())?;
    }
    let has_state = options.state.is_some();
    // A folder that was named stays, and is not looked for.
    let to_join = args
        .dir
        .as_ref()
        .and_then(|_| PrivateFolder::create(None).ok());
    let name = let_join(&local, to_join.as_ref().unwrap_or(&folder), &options);
    print(&offer(&local, &folder, options, name)?, args.output)?;
    let is_asked_to = runtime.block_on(async {
        tokio::select! {
            _ = signals.recv() => true,
            () = local.ended() => false,
        }
    });
    drop(local);
    // The last log lines are written, unless the reader of the log is stuck.
    let _ = log_ends.recv_timeout(LOG_END_MAX);
    is_asked_to
        .then_some(())
        .ok_or(ServeError::Ended(if has_state {
            ""
        } else {
            "; it has forgotten everything"
        }))
}

/// Names the option of a port that is in use, or that this user may not have.
fn with_option(error: StartError, args: &ServeArgs) -> ServeError {
    let StartError::Listen { address, source } = &error else {
        return error.into();
    };
    let is_of_the_port = matches!(
        source.kind(),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
    );
    let ports = [
        (Some(args.mqtt_port), "--mqtt-port"),
        (Some(args.http_port), "--http-port"),
        (Some(args.https_port), "--https-port"),
        (args.admin_port, "--admin-port"),
    ];
    // Of two options with the same port, the second one fails.
    let option = ports
        .iter()
        .rfind(|(port, _)| *port == Some(address.port()));
    match option {
        Some((_, option)) if is_of_the_port => ServeError::Port(error, option),
        _ => error.into(),
    }
}

/// The device that clients can be, with the policy from `path`, if given. It is attached to the things: a client with the
/// name of one of them acts as that thing.
fn create_device(
    local: &LocalService,
    things: &[String],
    policy: &str,
    path: Option<&Path>,
) -> Result<DeviceCertificate, ServeError> {
    let things: Vec<&str> = things.iter().map(String::as_str).collect();
    let known = match path {
        Some(_) => KnownPolicies::Replace,
        None => known_policy(local, policy),
    };
    local
        .own_device(DeviceOwner::Serve, &things, &[(POLICY_NAME, policy)], known)
        .map_err(|error| match (error, path) {
            (reason @ DeviceError::Policy { .. }, Some(path)) => ServeError::Policy {
                path: path.to_owned(),
                reason,
            },
            (error, _) => ServeError::Device(error),
        })
}

/// What becomes of a policy that the state file has: what was typed once is only changed by what is typed.
fn known_policy(local: &LocalService, default: &str) -> KnownPolicies {
    let path = format!("/policies/{POLICY_NAME}");
    let (_, found) = local.control("GET", &path, &Value::Null);
    match found["policyDocument"].as_str() {
        None => KnownPolicies::Keep,
        Some(found) if found == default => KnownPolicies::Keep,
        Some(FORMER_POLICY | POLICY) => KnownPolicies::Replace,
        Some(_) => {
            // Without standard error the line is lost.
            let _ = writeln!(
                io::stderr(),
                "the policy of the device is the one in the state file, not the default; --policy FILE replaces it"
            );
            KnownPolicies::Keep
        }
    }
}

/// The CA and the device of an earlier `serve`, if the folder was named and has them.
fn find_kept(args: &ServeArgs, folder: &PrivateFolder) -> Result<Option<Identity>, ServeError> {
    if args.dir.is_none() || args.new {
        return Ok(None);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_s = now.map_or(0, |now| now.as_secs());
    Ok(kept::find(
        folder.path(),
        i64::try_from(now_s).unwrap_or(i64::MAX),
    )?)
}

/// Writes the files that a client needs, and what a later `serve` needs to keep them valid.
fn write_files(
    local: &LocalService,
    device: &DeviceCertificate,
    folder: &PrivateFolder,
    is_to_stay: bool,
) -> Result<(), ServeError> {
    let (ca, ca_key) = (local.ca_pem(), local.ca_key_pem());
    let mut files = vec![
        (kept::CA, &*ca),
        (kept::CERTIFICATE, &*device.certificate_pem),
        (kept::KEY, &*device.private_key_pem),
    ];
    if is_to_stay {
        files.push((kept::CA_KEY, &*ca_key));
    }
    folder.write_all(&files)
}

/// Lets other terminals join. Returns the name for that; `None` if they cannot, which does no harm to clients.
fn let_join(local: &LocalService, folder: &PrivateFolder, options: &Options) -> Option<String> {
    let place = (&*options.region, &*options.account);
    let joinable = Joinable::new(local, Runner::Serve, &options.things, place);
    joinable.offer(local, folder).ok()
}

/// Everything that a client needs; writes the profile of it.
fn offer(
    local: &LocalService,
    folder: &PrivateFolder,
    options: Options,
    name: Option<String>,
) -> Result<Offer, ServeError> {
    let mut offer = Offer {
        endpoint: local.endpoint(),
        mqtt_port: local.mqtt_address().port(),
        http_port: local.http_address().port(),
        https_port: local.https_address().port(),
        https_url: local.https_url(),
        control_url: local.control_url(),
        admin_url: local
            .admin_address()
            .map(|address| format!("http://{address}")),
        ca_file: folder.path().join(kept::CA),
        cert_file: folder.path().join(kept::CERTIFICATE),
        key_file: folder.path().join(kept::KEY),
        region: options.region,
        account: options.account,
        things: options.things,
        profile_file: None,
        name,
        // It may be read from another folder.
        state_file: (options.state).map(|path| std::path::absolute(&path).unwrap_or(path)),
    };
    if let Some(text) = profile::text(&offer) {
        offer.profile_file = Some(folder.write(profile::FILE, &text)?);
    }
    Ok(offer)
}

fn print(offer: &Offer, form: OutputForm) -> Result<(), ServeError> {
    let text = match form {
        OutputForm::Text => offer.text(),
        OutputForm::Json => format!("{}\n", offer.json()),
    };
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text::sanitize_lines(&text).as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(ServeError::Output)
}

/// The device's policy unless `--policy` is given.
fn default_policy(region: &str) -> String {
    let start = format!("arn:{}:", Partition::of(region).name);
    POLICY.replace("arn:aws:", &start)
}

/// The text of the policy in a file.
fn read_policy(path: &Path) -> Result<String, ServeError> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(POLICY_FILE_MAX + 1).read_to_end(&mut bytes));
    let path = path.to_owned();
    match read {
        Ok(length) if length as u64 > POLICY_FILE_MAX => Err(ServeError::PolicyTooLarge {
            path,
            max: POLICY_FILE_MAX,
        }),
        Ok(_) => text::decode(bytes).map_err(|source| ServeError::PolicyNotText { path, source }),
        Err(source) => Err(ServeError::ReadPolicy { path, source }),
    }
}

/// Writes the service's log to standard error, on its own thread: a full pipe must not block the service.
fn write_log(lines: &mpsc::Receiver<String>) {
    for line in lines {
        // Without standard error the line is lost.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// The options of the local service.
fn options(args: &ServeArgs) -> Result<Options, ServeError> {
    let place = Place::of(args)?;
    for thing in &args.things {
        ThingName::new(thing).map_err(|error| ServeError::Thing(thing.clone(), error))?;
    }
    if !is_region_name(&args.region) {
        return Err(ServeError::Region(args.region.clone()));
    }
    if args.account.len() != 12 || !args.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ServeError::Account(args.account.clone()));
    }
    Ok(Options {
        things: args.things.clone(),
        region: args.region.clone(),
        account: args.account.clone(),
        endpoint: place.endpoint,
        names: args.names.clone(),
        bind: place.bind,
        mqtt_port: args.mqtt_port,
        http_port: args.http_port,
        https_port: args.https_port,
        admin_port: args.admin_port,
        clock: match args.clock {
            ClockChoice::System => ClockMode::System,
            ClockChoice::Manual => ClockMode::Manual,
        },
        stored_per_second: args.stored_per_second,
        deletion_time: args.deletion_time.unwrap_or_default(),
        state: args.state.clone(),
        log: None,
        onlooker: None,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Mode};

    fn args(line: &str) -> ServeArgs {
        let words = ["jobs-sandbox", "serve"]
            .into_iter()
            .chain(line.split_whitespace());
        match Cli::try_parse_from(words).expect("the options exist").mode {
            Some(Mode::Serve(args)) => args,
            other => panic!("no arguments of serve: {other:?}"),
        }
    }

    #[test]
    fn the_options_are_checked() {
        for (line, expected) in [
            ("", Ok(("127.0.0.1", "localhost"))),
            (
                "--thing a --thing b/c",
                Err("--thing `b/c` contains '/', which a name cannot have"),
            ),
            (
                "--region us_east",
                Err("--region `us_east` is not a region"),
            ),
            ("--account 1", Err("--account `1` is not an account")),
            (
                "--account 12345678901a",
                Err("--account `12345678901a` is not an account"),
            ),
        ] {
            let options = options(&args(line));
            let found = match &options {
                Ok(options) => Ok((options.bind.to_string(), options.endpoint.clone())),
                Err(error) => {
                    assert!(error.is_usage(), "{line}");
                    Err(error.to_string())
                }
            };
            let found = match &found {
                Ok((bind, endpoint)) => Ok((bind.as_str(), endpoint.as_str())),
                Err(text) => Err(text.lines().next().unwrap_or_default()),
            };
            assert_eq!(found, expected, "{line}");
        }
    }
}
