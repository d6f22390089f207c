//! What is wrong with a file of profiles.

use std::io;
use std::path::{Path, PathBuf};

use crate::excerpt::{excerpt, line_and_column};
use crate::text::{self, NotText};

/// The largest file that is read, in bytes.
pub(crate) const LARGEST: u64 = 1 << 20;

/// How a profile is written.
const EXAMPLE: &str = "write one such as this; `jobs-sandbox help profiles` explains it:\n  [profile.bench]\n  endpoint = \"PREFIX-ats.iot.REGION.amazonaws.com\"\n  cert = \"cert.pem\"\n  key = \"key.pem\"\n  thing = \"bench-1\"";

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "the folder of profiles is not known: neither XDG_CONFIG_HOME nor HOME (on Windows APPDATA) is an absolute path\ngive --profile-file FILE"
    )]
    NoFolder,
    #[error("the file of profiles `{}` does not exist\n{EXAMPLE}", .0.display())]
    Missing(PathBuf),
    #[error("the file of profiles `{}` does not exist\ncheck the path", .0.display())]
    MissingNamed(PathBuf),
    #[error("cannot read the profiles in `{}`: {}\ncheck the path and the permissions", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    #[error("`{}` is not a regular file\ngive the path of a TOML file with profiles", .0.display())]
    NotFile(PathBuf),
    #[error("the file of profiles `{}` is larger than 1 MiB\ngive the path of a file of profiles", .0.display())]
    TooLarge(PathBuf),
    #[error("the file of profiles `{}` {}\nsave it as UTF-8", .0.display(), .1)]
    NotText(PathBuf, NotTextFile),
    #[error("the file of profiles `{}` is not valid: {}", .0.display(), .1)]
    Flaw(PathBuf, Flaw),
    #[error("`{}` does not contain a profile\n{EXAMPLE}", .0.display())]
    Empty(PathBuf),
    #[error("`{}` has several profiles: {}\nname one with --profile", .0.display(), .1)]
    Several(PathBuf, String),
    #[error("the profile `{name}` is not in `{}`\n{next}", .path.display())]
    Unknown {
        name: String,
        path: PathBuf,
        next: String,
    },
    #[error(
        "the profile `{name}` is not in `{}`, only in AWS's configuration\nto use its region and its credentials, set AWS_PROFILE={name}",
        .path.display()
    )]
    OnlyAws { name: String, path: PathBuf },
    #[error("the aliases and start-up lines in `{}` are refused: {}", .0.display(), .1)]
    Exposed(PathBuf, Exposure),
    /// The second part names what gives the profile and its file, if that is not the command line.
    #[error("{0}{1}")]
    Given(Box<Self>, String),
}

/// How other users could have written a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Exposure {
    #[error("other users can change the file\nchmod go-w {}", shell(.0))]
    File(PathBuf),
    #[error("other users can replace files in its folder\nchmod go-w {}", shell(.0))]
    Folder(PathBuf),
    #[error("another user owns the file\nuse a copy of your own")]
    Owner,
}

/// A path as a shell takes it.
fn shell(path: &Path) -> String {
    text::quote(&path.to_string_lossy()).into_owned()
}

/// Why the bytes of a file are not a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct NotTextFile(#[from] NotText);

impl ProfileError {
    /// Whether the command line is wrong, rather than a file.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::OnlyAws { .. } | Self::Several(..) => true,
            Self::Given(error, _) => error.is_usage(),
            _ => false,
        }
    }

    /// The same with the variables, if any, that give the profile and its file, as far as they matter.
    #[must_use]
    pub fn given_by(self, profile: Option<&str>, file: Option<&str>) -> Self {
        // Without the profile, the file would not have been read.
        let is_of_profile = match &self {
            Self::Unknown { .. } | Self::OnlyAws { .. } | Self::Missing(_) | Self::NoFolder => true,
            _ => file.is_none(),
        };
        let given = [
            ("the name of the profile", profile.filter(|_| is_of_profile)),
            ("the path of the file", file),
        ];
        let lines = given.map(|(what, variable)| {
            variable.map_or_else(String::new, |it| format!("\n{what} comes from {it}"))
        });
        let lines = lines.concat();
        if lines.is_empty() {
            return self;
        }
        Self::Given(Box::new(self), lines)
    }

    /// A name that only AWS's configuration knows.
    pub fn only_aws(name: &str, path: PathBuf) -> Self {
        let name = text::quote(&text::sanitize(name)).into_owned();
        Self::OnlyAws { name, path }
    }

    /// The name of a profile that does not exist.
    pub(crate) fn unknown(name: &str, path: PathBuf, others: &[&str]) -> Self {
        let nearest = nearest(name, others.iter().copied());
        let listed = others.iter().map(|name| text::sanitize(name));
        let listed: Vec<String> = listed.map(|name| format!("`{name}`")).collect();
        let next = match nearest {
            Some(nearest) => format!("did you mean `{}`?", text::sanitize(nearest)),
            None if listed.is_empty() => EXAMPLE.to_owned(),
            None => format!("it has {}", listed.join(", ")),
        };
        Self::Unknown {
            name: text::sanitize(name).into_owned(),
            path,
            next,
        }
    }
}

/// A mistake in the text of a file, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at line {line} column {column}\n{excerpt}\n{next}")]
pub struct Flaw {
    what: String,
    /// In characters, from 1.
    line: usize,
    /// Likewise.
    column: usize,
    /// The line of the file, and a caret under the place.
    excerpt: String,
    next: String,
}

impl Flaw {
    /// A mistake at a byte of a text.
    pub fn new(text: &str, at: usize, what: String, next: String) -> Self {
        let (line, column) = line_and_column(text, at);
        Self {
            what,
            line,
            column,
            excerpt: excerpt(text, at),
            next,
        }
    }
}

/// The least similarity of a proposed name: 1 means equal.
const ALIKE: f64 = 0.6;

/// The name that was probably meant.
pub(crate) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('_', "-");
    let alike = names.map(|name| {
        let alike = strsim::normalized_damerau_levenshtein(&typed, &name.to_lowercase());
        (alike, name)
    });
    alike
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}
