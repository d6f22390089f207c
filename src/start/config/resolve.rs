//! What options, variables and a profile say together, and where each setting comes from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::cli::ConnectionArgs;
use crate::config::profile::{Profile, ProfileError, ProfileFile, PromptColor};
use crate::config::region::region_of;
use crate::config::setting::Setting;
use crate::config::{Config, ConfigError, ServiceChoice};
use crate::text;

/// A profile, and the file that it is in.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub profile: &'a Profile,
    pub path: &'a Path,
}

impl<'a> Chosen<'a> {
    /// The profile of this name in a file; without a name the only one.
    pub fn of(file: &'a ProfileFile, name: Option<&str>) -> Result<Self, ProfileError> {
        let path = &file.path;
        file.profile(name).map(|profile| Self { profile, path })
    }
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Option(String),
    Variable(String),
    Profile {
        name: String,
        path: PathBuf,
        line: usize,
    },
    /// The name of the endpoint.
    Endpoint,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => f.write_str(option),
            Self::Variable(variable) => f.write_str(variable),
            Self::Profile { name, path, line } => {
                let name = text::sanitize(name);
                write!(f, "the profile `{name}`, {}:{line}", path.display())
            }
            Self::Endpoint => f.write_str("the endpoint"),
        }
    }
}

/// The settings of a connection, in the order of precedence.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub config: Config,
    /// What is set, and by what.
    pub origins: BTreeMap<Setting, Origin>,
    /// The color of the prompt, if the profile sets it.
    pub color: Option<PromptColor>,
    /// Where the profile differs from the variables of AWS, for the user.
    pub notes: Vec<String>,
}

/// Why settings do not make a connection.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The second part names settings that do not come from options.
    #[error("{0}{1}")]
    Config(ConfigError, String),
    #[error(
        "the profile `{profile}` has {setting}, but no endpoint\nadd the endpoint to the profile, or remove {setting}"
    )]
    NoEndpoint { profile: String, setting: Setting },
}

/// Applies the order: options, variables, the profile. What these leave open, the AWS SDK looks up later.
pub fn resolve(
    args: ConnectionArgs,
    chosen: Option<Chosen<'_>>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Resolved, ResolveError> {
    let mut merge = Merge::new(args);
    let is_local = merge.args.local;
    if let Some(chosen) = chosen {
        merge.add(chosen);
    }
    let Merge { args, mut origins } = merge;
    let config = Config::new(args).map_err(|error| {
        let origins = origins_of(&error, &origins);
        ResolveError::Config(error, origins)
    })?;
    let text = |setting| chosen.and_then(|it| it.profile.text(setting));
    let mut resolved = Resolved {
        color: text(Setting::Color).and_then(|name| PromptColor::of_name(&name)),
        notes: chosen.map_or_else(Vec::new, |it| differences(&origins, it.profile, variable)),
        config,
        origins: BTreeMap::new(),
    };
    match &mut resolved.config.service {
        ServiceChoice::Remote(remote) => {
            // It belongs to the endpoint beside it.
            let is_of_profile = matches!(
                origins.get(&Setting::Endpoint),
                Some(Origin::Profile { .. })
            );
            remote.control_url = text(Setting::ControlUrl).filter(|_| is_of_profile);
            if remote.control_url.is_none() {
                origins.remove(&Setting::ControlUrl);
            }
            remote.aws_profile = text(Setting::AwsProfile);
            if remote.region.is_some() {
                origins.entry(Setting::Region).or_insert(Origin::Endpoint);
            }
        }
        ServiceChoice::Local { .. } => {
            for setting in [Setting::ControlUrl, Setting::AwsProfile] {
                if let (Some(chosen), Some(_), false) = (chosen, text(setting), is_local) {
                    let profile = text::sanitize(&chosen.profile.name).into_owned();
                    return Err(ResolveError::NoEndpoint { profile, setting });
                }
                origins.remove(&setting);
            }
        }
    }
    resolved.origins = origins;
    Ok(resolved)
}

/// Settings, filled in by one source after the other.
struct Merge {
    args: ConnectionArgs,
    origins: BTreeMap<Setting, Origin>,
}

/// What a local service of this program does without.
fn is_of_service(setting: Setting) -> bool {
    setting == Setting::Endpoint || setting.is_remote()
}

impl Merge {
    /// The options and the variables.
    fn new(mut args: ConnectionArgs) -> Self {
        if args.local {
            // The option is worth more than the variables.
            for setting in Setting::ALL {
                if is_of_service(setting) && args.from_variables.remove(&setting.id()).is_some() {
                    clear(&mut args, setting);
                }
            }
        }
        let given = Setting::ALL.into_iter().filter(|it| is_given(&args, *it));
        let origins = given.map(|setting| {
            let origin = match args.from_variables.get(&setting.id()) {
                Some(variable) => Origin::Variable(variable.clone()),
                None => Origin::Option(format!("--{setting}")),
            };
            (setting, origin)
        });
        let origins = origins.collect();
        Self { args, origins }
    }

    /// What the profile has, where nothing else is given.
    fn add(&mut self, Chosen { profile, path }: Chosen<'_>) {
        let folder = path.parent().unwrap_or(path);
        for member in &profile.members {
            let setting = member.setting;
            if self.origins.contains_key(&setting) || self.args.local && is_of_service(setting) {
                continue;
            }
            let args = &mut self.args;
            let text = || Some(member.value.clone());
            match setting {
                Setting::Endpoint => args.endpoint = text(),
                Setting::Port => args.port = member.value.parse().ok(),
                Setting::CaFile => args.ca_file = profile.path(setting, folder),
                Setting::Cert => args.cert = profile.path(setting, folder),
                Setting::Key => args.key = profile.path(setting, folder),
                Setting::Thing => args.thing = text(),
                Setting::ClientId => args.client_id = text(),
                Setting::Region => args.region = text(),
                Setting::ControlUrl | Setting::AwsProfile | Setting::Color | Setting::Start => {}
            }
            self.origins
                .insert(setting, origin(profile, path, member.line));
        }
        if let Some(line) = profile.start.first() {
            self.origins
                .insert(Setting::Start, origin(profile, path, line.line));
        }
    }
}

fn origin(profile: &Profile, path: &Path, line: usize) -> Origin {
    Origin::Profile {
        name: profile.name.clone(),
        path: path.to_owned(),
        line,
    }
}

fn is_given(args: &ConnectionArgs, setting: Setting) -> bool {
    match setting {
        Setting::Endpoint => args.endpoint.is_some(),
        Setting::Port => args.port.is_some(),
        Setting::CaFile => args.ca_file.is_some(),
        Setting::Cert => args.cert.is_some(),
        Setting::Key => args.key.is_some(),
        Setting::Thing => args.thing.is_some(),
        Setting::ClientId => args.client_id.is_some(),
        Setting::Region => args.region.is_some(),
        Setting::ControlUrl | Setting::AwsProfile | Setting::Color | Setting::Start => false,
    }
}

fn clear(args: &mut ConnectionArgs, setting: Setting) {
    match setting {
        Setting::Endpoint => args.endpoint = None,
        Setting::Port => args.port = None,
        Setting::CaFile => args.ca_file = None,
        Setting::Cert => args.cert = None,
        Setting::Key => args.key = None,
        _ => {}
    }
}

/// Where the settings come from that an error is about, unless that is the command line.
fn origins_of(error: &ConfigError, origins: &BTreeMap<Setting, Origin>) -> String {
    let lines = error.settings().into_iter().filter_map(|setting| {
        let origin = origins.get(&setting)?;
        let is_option = matches!(origin, Origin::Option(_));
        (!is_option).then(|| format!("\n{setting} comes from {origin}"))
    });
    lines.collect()
}

/// What a profile says about a setting, by itself or with the name of its endpoint, unless something else counts.
fn own<'a>(
    origins: &BTreeMap<Setting, Origin>,
    profile: &'a Profile,
    setting: Setting,
) -> Option<(&'static str, &'a str)> {
    let member = |setting| {
        let is_of_profile = matches!(origins.get(&setting), Some(Origin::Profile { .. }));
        let member = profile.member(setting).filter(|_| is_of_profile)?;
        Some(member.value.as_str())
    };
    if origins.contains_key(&setting) || setting != Setting::Region {
        return member(setting).map(|own| ("", own));
    }
    let region = region_of(member(Setting::Endpoint)?)?;
    Some(("endpoint of the ", region))
}

/// Variables of AWS that name something else than the profile.
fn differences(
    origins: &BTreeMap<Setting, Origin>,
    profile: &Profile,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<String> {
    let set = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some(value.to_string_lossy().into_owned())
    };
    let name = text::sanitize(&profile.name);
    let mut notes = Vec::new();
    for setting in [Setting::Region, Setting::AwsProfile] {
        let Some((whose, own)) = own(origins, profile, setting) else {
            continue;
        };
        // Only the first that is set would count.
        let mut variables = setting.of_aws().iter();
        let other = variables.find_map(|name| Some((name, set(name)?)));
        if let Some((variable, other)) = other.filter(|(_, other)| *other != own) {
            notes.push(format!(
                "The {whose}profile `{name}` has the {setting} {}, so {variable}={} is not used.",
                text::sanitize(own),
                text::sanitize(&other)
            ));
        }
    }
    let is_chosen = origins.contains_key(&Setting::AwsProfile);
    if let Some(aws) = profile.member(Setting::AwsProfile).filter(|_| is_chosen)
        && set("AWS_ACCESS_KEY_ID").is_some()
    {
        notes.push(format!(
            "The profile `{name}` has the aws-profile {}, so AWS_ACCESS_KEY_ID is not used.",
            text::sanitize(&aws.value)
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;
    use crate::config::profile::read;

    /// The settings that options and variables also have, each with the values of an option, a variable and a profile, in this
    /// order. A connection is complete with any of them.
    const VALUES: [(Setting, [&str; 3]); 8] = [
        (Setting::Endpoint, ["o", "v", "p"]),
        (Setting::Port, ["1", "2", "3"]),
        (Setting::CaFile, ["/o", "/v", "/p"]),
        (Setting::Cert, ["/o", "/v", "/p"]),
        (Setting::Key, ["/o", "/v", "/p"]),
        (Setting::Thing, ["o", "v", "p"]),
        (Setting::ClientId, ["o", "v", "p"]),
        (Setting::Region, ["o-1", "v-1", "p-1"]),
    ];

    fn shown(resolved: &Resolved, setting: Setting) -> Option<String> {
        let config = &resolved.config;
        let remote = config.remote()?;
        let path = |path: &Path| path.display().to_string();
        match setting {
            Setting::Endpoint => Some(remote.endpoint.clone()),
            Setting::Port => Some(remote.port.to_string()),
            Setting::CaFile => remote.ca_file.as_deref().map(path),
            Setting::Cert => Some(path(&remote.cert)),
            Setting::Key => Some(path(&remote.key)),
            Setting::Thing => Some(config.thing.to_string()),
            Setting::ClientId => config.client_id.clone(),
            Setting::Region => remote.region.clone(),
            Setting::ControlUrl => remote.control_url.clone(),
            Setting::AwsProfile => remote.aws_profile.clone(),
            Setting::Color => resolved.color.map(|color| color.name().to_owned()),
            Setting::Start => None,
        }
    }

    /// The arguments of a command line, as if variables had given some of them.
    fn args(options: &[(Setting, &str)], variables: &[(Setting, &str)]) -> ConnectionArgs {
        let all = options.iter().chain(variables);
        let words = all.flat_map(|(setting, value)| [format!("--{setting}"), (*value).to_owned()]);
        let words = std::iter::once("jobs-sandbox".to_owned()).chain(words);
        let mut args = Cli::try_parse_from(words).expect("options").connection;
        let program = Cli::command();
        for (setting, _) in variables {
            let id = setting.id();
            let mut all = program.get_arguments();
            let arg = all.find(|arg| *arg.get_id() == *id).expect("an option");
            let variable = arg.get_env().expect("a variable");
            let variable = variable.to_string_lossy().into_owned();
            args.from_variables.insert(id, variable);
        }
        args
    }

    fn profile(members: &str) -> Profile {
        let mut profiles = read(&format!("[profile.bench]\n{members}")).expect("a profile");
        profiles.profiles.remove(0)
    }

    fn resolved(
        args: ConnectionArgs,
        profile: &Profile,
        environment: &[(&str, &str)],
    ) -> Result<Resolved, ResolveError> {
        let chosen = Chosen {
            profile,
            path: Path::new("/folder/profiles.toml"),
        };
        resolve(args, Some(chosen), |name| {
            let set = environment.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_first_source_counts_for_every_setting() {
        for (setting, values) in VALUES {
            // All others come from the profile.
            let others = VALUES.iter().filter(|(other, _)| *other != setting);
            let others = others.map(|(other, [_, _, value])| match other {
                Setting::Port => format!("{other} = {value}\n"),
                _ => format!("{other} = \"{value}\"\n"),
            });
            let others: String = others.collect();
            let own = match setting {
                Setting::Port => format!("{setting} = {}\n", values[2]),
                _ => format!("{setting} = \"{}\"\n", values[2]),
            };
            for has_option in [true, false] {
                for has_variable in [true, false] {
                    let option = [(setting, values[0])];
                    let variable = [(setting, values[1])];
                    // clap itself leaves a variable out if the option is typed.
                    let args = match (has_option, has_variable) {
                        (true, _) => args(&option, &[]),
                        (false, true) => args(&[], &variable),
                        (false, false) => args(&[], &[]),
                    };
                    let profile = profile(&format!("{own}{others}"));
                    let resolved = resolved(args, &profile, &[]).expect("is complete");
                    let (value, origin) = match (has_option, has_variable) {
                        (true, _) => (values[0], format!("--{setting}")),
                        (false, true) => {
                            let id = setting.id().to_uppercase();
                            (values[1], format!("JOBS_SANDBOX_{id}"))
                        }
                        (false, false) => {
                            let origin = "the profile `bench`, /folder/profiles.toml:2";
                            (values[2], origin.to_owned())
                        }
                    };
                    assert_eq!(
                        shown(&resolved, setting).as_deref(),
                        Some(value),
                        "{setting}"
                    );
                    let found = resolved.origins[&setting].to_string();
                    assert!(found.starts_with(&origin), "{setting}: {found}");
                }
            }
        }
        // The rest only a profile has.
        let rest = Setting::ALL.into_iter();
        let rest = rest.filter(|it| VALUES.iter().all(|(other, _)| other != it));
        let program = Cli::command();
        for setting in rest {
            let mut all = program.get_arguments();
            assert!(all.all(|arg| *arg.get_id() != *setting.id()), "{setting}");
        }
    }

    /// A complete connection, and what else a profile may have.
    const COMPLETE: &str = "endpoint = \"e\"\ncert = \"certs/c\"\nkey = \"/k\"\nthing = \"t\"\n";

    #[test]
    fn a_relative_path_counts_from_the_file() {
        let resolved = resolved(args(&[], &[]), &profile(COMPLETE), &[]).expect("is complete");
        for (setting, expected) in [
            (Setting::Cert, Some("/folder/certs/c")),
            (Setting::Key, Some("/k")),
            (Setting::CaFile, None),
        ] {
            assert_eq!(shown(&resolved, setting).as_deref(), expected, "{setting}");
        }
    }

    #[test]
    fn what_cannot_be_together_is_refused_with_its_origin() {
        let variable = (Setting::Cert, "/v");
        for (options, variables, members, expected) in [
            (
                &[][..],
                &[variable][..],
                "thing = \"t\"",
                "--cert without --endpoint, --key\ngive --endpoint, --cert, --key and --thing to connect; give none of the first three for the local service\ncert comes from JOBS_SANDBOX_CERT_FILE",
            ),
            (
                &[],
                &[],
                "thing = \"a/b\"",
                "--thing `a/b` contains '/', which a name cannot have\nthing comes from the profile `bench`, /folder/profiles.toml:2",
            ),
            (
                &[(Setting::Thing, "a/b")],
                &[],
                "thing = \"t\"",
                "--thing `a/b` contains '/', which a name cannot have",
            ),
            (
                &[],
                &[],
                "aws-profile = \"x\"",
                "the profile `bench` has aws-profile, but no endpoint\nadd the endpoint to the profile, or remove aws-profile",
            ),
            (
                &[],
                &[],
                "control-url = \"http://h\"",
                "the profile `bench` has control-url, but no endpoint\nadd the endpoint to the profile, or remove control-url",
            ),
        ] {
            let resolved = resolved(args(options, variables), &profile(members), &[]);
            let error = resolved.map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()), "{members}");
        }
    }

    #[test]
    fn a_local_service_leaves_variables_and_profile_aside() {
        let mut args = args(&[], &[(Setting::Endpoint, "v"), (Setting::Region, "v-1")]);
        args.local = true;
        let profile = profile(&format!("{COMPLETE}aws-profile = \"x\"\n"));
        let resolved = resolved(args, &profile, &[]).expect("is complete");
        assert_eq!(resolved.config.remote(), None);
        assert_eq!(resolved.config.thing.as_str(), "t");
        let of_service = resolved.origins.keys().filter(|it| is_of_service(**it));
        assert_eq!(of_service.count(), 0);
    }

    #[test]
    fn a_control_plane_belongs_to_its_endpoint() {
        let profile = profile(&format!("{COMPLETE}control-url = \"http://h\"\n"));
        for (options, expected) in [
            (&[][..], Some("http://h")),
            (&[(Setting::Endpoint, "other")], None),
        ] {
            let resolved = resolved(args(options, &[]), &profile, &[]).expect("is complete");
            let found = shown(&resolved, Setting::ControlUrl);
            assert_eq!(found.as_deref(), expected);
        }
    }

    #[test]
    fn what_differs_from_the_variables_of_aws_is_said() {
        let profile = profile(&format!(
            "{COMPLETE}region = \"p-1\"\naws-profile = \"x\"\n"
        ));
        let region = "The profile `bench` has the region p-1, so";
        let aws = "The profile `bench` has the aws-profile x, so";
        for (options, environment, expected) in [
            (&[][..], &[][..], &[][..]),
            (&[], &[("AWS_REGION", "p-1"), ("AWS_PROFILE", "x")], &[]),
            (&[], &[("AWS_REGION", "")], &[]),
            // The first variable is the one that counts.
            (
                &[],
                &[("AWS_REGION", "p-1"), ("AWS_DEFAULT_REGION", "b")],
                &[],
            ),
            (
                &[],
                &[("AWS_REGION", "b-1")],
                &[format!("{region} AWS_REGION=b-1 is not used.")],
            ),
            (
                &[],
                &[("AWS_DEFAULT_REGION", "b-1"), ("AWS_PROFILE", "y")],
                &[
                    format!("{region} AWS_DEFAULT_REGION=b-1 is not used."),
                    format!("{aws} AWS_PROFILE=y is not used."),
                ],
            ),
            (
                &[],
                &[("AWS_ACCESS_KEY_ID", "hidden")],
                &[format!("{aws} AWS_ACCESS_KEY_ID is not used.")],
            ),
            (&[(Setting::Region, "o-1")], &[("AWS_REGION", "b-1")], &[]),
        ] {
            let resolved = resolved(args(options, &[]), &profile, environment);
            let notes = resolved.expect("is complete").notes;
            assert_eq!(notes, expected, "{environment:?}");
        }
    }

    #[test]
    fn the_region_of_an_endpoint_comes_before_the_variables_of_aws() {
        let endpoint = "a-ats.iot.eu-west-1.amazonaws.com";
        let members =
            format!("endpoint = \"{endpoint}\"\ncert = \"c\"\nkey = \"k\"\nthing = \"t\"\n");
        let note = "The endpoint of the profile `bench` has the region eu-west-1, so AWS_REGION=b-1 is not used.";
        let other = [(Setting::Endpoint, "a-ats.iot.us-west-2.amazonaws.com")];
        for (options, region, expected) in [
            (&[][..], "b-1", &[note][..]),
            (&[], "eu-west-1", &[]),
            (&other, "b-1", &[]),
        ] {
            let environment = [("AWS_REGION", region)];
            let resolved = resolved(args(options, &[]), &profile(&members), &environment);
            assert_eq!(resolved.expect("is complete").notes, expected, "{region}");
        }
    }
}
