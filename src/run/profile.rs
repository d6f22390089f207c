//! `profile`: lists, shows and checks profiles.

use std::process::ExitCode;

use crate::cli::{ConnectionArgs, ProfileAction, ProfileFileArgs};
use crate::config::{Origin, Profile, ProfileFile, Resolved, ServiceChoice, Setting, resolve};
use crate::control;
use crate::doctor::Grade;
use crate::repl::columns::columns_of;
use crate::run::aloud::{print, say};
use crate::run::error::RunError;
use crate::run::examine;
use crate::run::own_lines::{self, OwnLines};
use crate::run::settle::{self, Settled};
use crate::run::start::in_runtime;
use crate::text;

/// Carries out `profile`. `cli` has what variables give.
pub(crate) fn run(action: &ProfileAction, cli: ConnectionArgs) -> Result<ExitCode, RunError> {
    match action {
        ProfileAction::List { file } => list(&with_file(cli, file)),
        ProfileAction::Show { name, file } => show(with_profile(cli, name, file)),
        ProfileAction::Check { name, file } => check(with_profile(cli, name, file)),
    }
}

fn with_profile(cli: ConnectionArgs, name: &str, file: &ProfileFileArgs) -> ConnectionArgs {
    let mut args = with_file(cli, file);
    args.profile = Some(name.to_owned());
    args.from_variables.remove("profile");
    args
}

fn with_file(mut cli: ConnectionArgs, file: &ProfileFileArgs) -> ConnectionArgs {
    if cli.profile_file != file.profile_file {
        // It is typed.
        cli.from_variables.remove("profile_file");
        cli.profile_file.clone_from(&file.profile_file);
    }
    cli
}

fn list(args: &ConnectionArgs) -> Result<ExitCode, RunError> {
    let file = ProfileFile::read(args.profile_file.as_deref());
    let file = file.map_err(|error| settle::with_origins(error, args))?;
    let lines: Vec<[String; 2]> = file.profiles.profiles.iter().map(summary).collect();
    let aliases = file.profiles.aliases.iter();
    let aliases: Vec<[String; 2]> = aliases
        .map(|(name, line)| [name.text.clone(), line.text.clone()])
        .collect();
    let mut text = format!("Profiles in {}:\n{}", file.path.display(), columns(&lines));
    if !aliases.is_empty() {
        text.extend(["Aliases:\n", &columns(&aliases)]);
    }
    let code = print(&text)?;
    if let Err(error) = own_lines::aliases(&file) {
        say(&own_lines::not_available(&error));
    }
    Ok(code)
}

/// A profile, and where it leads.
fn summary(profile: &Profile) -> [String; 2] {
    let member = |setting| profile.text(setting);
    let thing = member(Setting::Thing).map_or_else(String::new, |thing| format!("{thing} on "));
    let to = member(Setting::Endpoint).unwrap_or_else(|| "a local service".to_owned());
    [profile.name.clone(), thing + &to]
}

/// Rows, in columns of two spaces between them.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let safe = |cell: &String| text::sanitize(cell).into_owned();
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(safe)).collect();
    let width = |at: usize| rows.iter().map(|row| columns_of(&row[at])).max();
    let mut lines = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let gap = width(at).unwrap_or_default() - columns_of(cell);
            line.extend(["  ", cell, &" ".repeat(gap)]);
        }
        lines.extend([line.trim_end(), "\n"]);
    }
    lines
}

fn show(args: ConnectionArgs) -> Result<ExitCode, RunError> {
    let settled = Settled::new(args.clone())?;
    let file = ProfileFile::read(args.profile_file.as_deref())?;
    let chosen = settle::chosen(&file, args.profile.as_deref())?;
    let resolved = resolve(args, Some(chosen), |name| std::env::var_os(name))?;
    let rows: Vec<[String; 3]> = Setting::ALL
        .into_iter()
        .filter(|setting| resolved.config.remote().is_some() || !setting.is_remote())
        .flat_map(|setting| rows(setting, &resolved, chosen.profile))
        .collect();
    let name = text::sanitize(&chosen.profile.name);
    let head = format!("Profile `{name}` in {}:\n", file.path.display());
    settled.notes.iter().for_each(|note| say(note));
    print(&(head + &columns(&rows)))
}

/// The rows of a setting: its name, its value, and where that comes from.
fn rows(setting: Setting, resolved: &Resolved, profile: &Profile) -> Vec<[String; 3]> {
    let row = |value: String, origin: String| vec![[setting.to_string(), value, origin]];
    if setting == Setting::Start && !profile.start.is_empty() {
        let lines = profile.start.iter();
        let rows = lines.map(|it| (it.text.clone(), format!("line {}", it.line)));
        return rows
            .flat_map(|(value, origin)| row(value, origin))
            .collect();
    }
    match (
        value(setting, resolved, profile),
        resolved.origins.get(&setting),
    ) {
        (Some(value), Some(Origin::Profile { line, .. })) => row(value, format!("line {line}")),
        (Some(value), Some(origin)) => row(value, origin.to_string()),
        _ => match of_aws(setting, resolved) {
            Some((value, origin)) => row(value, origin),
            None if setting == Setting::Region && resolved.config.remote().is_some() => {
                row("not known".to_owned(), "–".to_owned())
            }
            None => row(setting.otherwise().replace('`', ""), "default".to_owned()),
        },
    }
}

/// The value that is in use, if anything sets it.
fn value(setting: Setting, resolved: &Resolved, profile: &Profile) -> Option<String> {
    let config = &resolved.config;
    let remote = config.remote();
    let path = |path: &std::path::Path| path.display().to_string();
    match setting {
        Setting::Endpoint => remote.map(|it| it.endpoint.clone()),
        Setting::Port => remote.map(|it| it.port.to_string()),
        Setting::CaFile => remote?.ca_file.as_deref().map(path),
        Setting::Cert => remote.map(|it| path(&it.cert)),
        Setting::Key => remote.map(|it| path(&it.key)),
        Setting::Thing => Some(config.thing.to_string()),
        Setting::ClientId => config.client_id.clone(),
        Setting::Region => match &config.service {
            ServiceChoice::Local { region, .. } => Some(region.clone()),
            ServiceChoice::Remote(remote) => remote.region.clone(),
        },
        Setting::ControlUrl | Setting::AwsProfile | Setting::Color | Setting::Start => {
            profile.text(setting)
        }
    }
}

/// What the AWS environment sets, and what of it does. A local service of this program does not ask it.
fn of_aws(setting: Setting, resolved: &Resolved) -> Option<(String, String)> {
    let remote = resolved.config.remote()?;
    let variables = setting.of_aws();
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let of_variable = variables
        .iter()
        .find_map(|name| Some((set(name)?, (*name).to_owned())));
    match setting {
        Setting::Region => of_variable.or_else(|| {
            let region = control::environment_region(remote.aws_profile.as_deref());
            Some((settle::now(region)?.ok()??, "the AWS profile".to_owned()))
        }),
        Setting::ControlUrl => {
            let (origin, url) = settle::now(control::configured_url(variables))??;
            Some((url, origin.to_owned()))
        }
        _ => of_variable,
    }
}

/// Exit status 1 if a check of the connection failed; aliases and start-up lines that are not valid are an error. Only failures are printed.
fn check(args: ConnectionArgs) -> Result<ExitCode, RunError> {
    let name = args.profile.clone().unwrap_or_default();
    let settled = Settled::aloud(args)?;
    OwnLines::check(&settled)?;
    in_runtime(|runtime| {
        let mut failures = String::new();
        let is_well = examine::examine(runtime, &settled.config, |check| {
            if check.grade == Grade::Fail {
                failures.extend([&check.to_string(), "\n"]);
            }
        })?;
        if is_well {
            return Ok(ExitCode::SUCCESS);
        }
        let name = text::quote(&name);
        say(&format!(
            "{failures}`jobs-sandbox doctor --profile {name}` shows all checks"
        ));
        Ok(ExitCode::FAILURE)
    })
}
