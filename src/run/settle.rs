//! From the options of a connection to its configuration: the profile, the variables, and what the user should know about them.

use std::path::PathBuf;

use crate::cli::ConnectionArgs;
use crate::config::{
    Chosen, CommandText, Config, ProfileError, ProfileFile, PromptColor, Resolved, ServiceChoice,
    Setting, resolve,
};
use crate::control;
use crate::run::aloud::say;
use crate::run::error::RunError;
use crate::run::join::{Joined, join};
use crate::text;

/// A connection, as options, variables and a profile describe it together.
pub(crate) struct Settled {
    pub(crate) config: Config,
    /// The color of the prompt, if the profile sets it.
    pub(crate) color: Option<PromptColor>,
    /// What the user should know before anything is created.
    pub(crate) notes: Vec<String>,
    /// Where a variable says that the user's own file of profiles is, and the variable.
    pub(crate) usual_file: Option<(PathBuf, String)>,
    /// Whether an option names the file.
    pub(crate) is_file_typed: bool,
    /// The file, if a profile was asked for.
    pub(crate) file: Option<ProfileFile>,
    /// The start-up lines of the profile.
    pub(crate) start_up: Vec<CommandText>,
    /// What was joined, which has the files of the connection.
    pub(crate) joined: Option<Joined>,
}

impl Settled {
    /// Reads the profile, if one is asked for, and applies the order of precedence.
    pub(crate) fn new(args: ConnectionArgs) -> Result<Self, RunError> {
        if let Some(name) = args.join.clone() {
            return Self::of_joined(args, name.as_deref());
        }
        let (is_local, is_file_typed) = (args.local, is_file_typed(&args));
        let usual_file = usual_file(&args);
        let file = file(&args).map_err(|error| with_origins(error, &args))?;
        let chosen = file
            .as_ref()
            .map(|file| chosen(file, args.profile.as_deref()));
        let chosen = chosen.transpose();
        let chosen = chosen.map_err(|error| with_origins(error, &args))?;
        let start_up = chosen.map_or_else(Vec::new, |it| it.profile.start.clone());
        let resolved = resolve(args, chosen, |name| std::env::var_os(name))?;
        let Resolved {
            config,
            color,
            mut notes,
            ..
        } = resolved;
        if matches!(config.service, ServiceChoice::Local { .. }) && !is_local {
            notes.extend(ignored_url());
        }
        Ok(Self {
            config,
            color,
            notes,
            usual_file,
            is_file_typed,
            file,
            start_up,
            joined: None,
        })
    }

    /// A connection to what runs in another terminal. Only the options describe it.
    fn of_joined(args: ConnectionArgs, name: Option<&str>) -> Result<Self, RunError> {
        let (is_file_typed, usual_file) = (is_file_typed(&args), usual_file(&args));
        let (config, joined) = join(args, name)?;
        Ok(Self {
            config,
            color: None,
            notes: vec![joined.notice.clone()],
            usual_file,
            is_file_typed,
            file: None,
            start_up: Vec::new(),
            joined: Some(joined),
        })
    }

    /// The same for a command without a transcript: prints what the user should know.
    pub(crate) fn aloud(args: ConnectionArgs) -> Result<Self, RunError> {
        let settled = Self::new(args)?;
        settled.notes.iter().for_each(|note| say(note));
        Ok(settled)
    }
}

fn is_file_typed(args: &ConnectionArgs) -> bool {
    args.profile_file.is_some() && !args.from_variables.contains_key("profile_file")
}

/// The file of profiles that a variable names, and the variable.
fn usual_file(args: &ConnectionArgs) -> Option<(PathBuf, String)> {
    let variable = args.from_variables.get("profile_file")?;
    Some((args.profile_file.clone()?, variable.clone()))
}

/// The error with the variables that give the profile and its file.
pub(crate) fn with_origins(error: ProfileError, args: &ConnectionArgs) -> ProfileError {
    let variable = |id| args.from_variables.get(id).map(String::as_str);
    error.given_by(variable("profile"), variable("profile_file"))
}

/// The file of profiles, if a profile is asked for: by its name, or with a file in which it is the only one. A variable that
/// names the file asks for none.
fn file(args: &ConnectionArgs) -> Result<Option<ProfileFile>, ProfileError> {
    if args.profile.is_none() && !is_file_typed(args) {
        return Ok(None);
    }
    let read = ProfileFile::read(args.profile_file.as_deref());
    read.map(Some)
        .map_err(|error| match (error, &args.profile) {
            (ProfileError::Missing(path), Some(name)) if is_of_aws(name) => {
                ProfileError::only_aws(name, path)
            }
            (error, _) => error,
        })
}

/// The profile of this name; the error says if only AWS's configuration has one of this name.
pub(crate) fn chosen<'a>(
    file: &'a ProfileFile,
    name: Option<&str>,
) -> Result<Chosen<'a>, ProfileError> {
    Chosen::of(file, name).map_err(|error| match (error, name) {
        (ProfileError::Unknown { path, .. }, Some(name)) if is_of_aws(name) => {
            ProfileError::only_aws(name, path)
        }
        (error, _) => error,
    })
}

/// Whether AWS's configuration has a profile of this name.
fn is_of_aws(name: &str) -> bool {
    now(control::aws_profiles()).is_some_and(|names| names.iter().any(|it| it == name))
}

/// A URL in the AWS environment that a local service of this program does not use, although the user may think so.
fn ignored_url() -> Option<String> {
    let (source, url) = now(control::configured_url(Setting::ControlUrl.of_aws()))??;
    Some(format!(
        "{source} names the control plane {}, which is not used: without --endpoint, a new local service is started.\nFor a running `jobs-sandbox serve`, give the --profile-file that it prints; with --local this is not shown.",
        text::sanitize(&url)
    ))
}

/// Waits for what needs no other thread; `None` if the system cannot.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Some(runtime.ok()?.block_on(future))
}
