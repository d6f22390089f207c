//! Profiles: connections under a name, in a file of the user.
//!
//! | file | what it holds |
//! |---|---|
//! | `read` | from the text of the file to its profiles (pure) |
//! | `file` | finding and reading the file |
//! | `error` | what is wrong with a file of profiles |

mod error;
mod file;
mod read;

use std::path::{Path, PathBuf};

use crate::config::setting::Setting;
use crate::text;

pub use crate::config::profile::error::{Flaw, ProfileError};
pub use crate::config::profile::file::ProfileFile;

pub(crate) use crate::config::profile::read::read;

/// The contents of a file of profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    /// In the order of the file.
    pub profiles: Vec<Profile>,
    /// Names of aliases and their lines, in the order of the file.
    pub aliases: Vec<(CommandText, CommandText)>,
}

/// A connection under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// Texts, except for the start-up lines.
    pub members: Vec<Member>,
    /// What a session does before its first prompt.
    pub start: Vec<CommandText>,
}

/// A setting in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub setting: Setting,
    pub value: String,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// A line of a session in a file of profiles, or the name of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandText {
    pub text: String,
    /// Where it begins in the file, in bytes.
    pub at: usize,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// The color of the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptColor {
    None,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

impl PromptColor {
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Red,
        Self::Green,
        Self::Yellow,
        Self::Blue,
        Self::Magenta,
        Self::Cyan,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Red => "red",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
            Self::Cyan => "cyan",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The parameter that selects it in ECMA-48.
    /// <https://ecma-international.org/publications-and-standards/standards/ecma-48/>
    pub fn parameter(self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::Red => Some(31),
            Self::Green => Some(32),
            Self::Yellow => Some(33),
            Self::Blue => Some(34),
            Self::Magenta => Some(35),
            Self::Cyan => Some(36),
        }
    }
}

impl Profile {
    /// A setting, if the profile has it.
    pub fn member(&self, setting: Setting) -> Option<&Member> {
        self.members.iter().find(|it| it.setting == setting)
    }

    /// The text of a setting.
    pub fn text(&self, setting: Setting) -> Option<String> {
        self.member(setting).map(|member| member.value.clone())
    }

    /// The file that a setting names; a relative path counts from `folder`.
    pub fn path(&self, setting: Setting, folder: &Path) -> Option<PathBuf> {
        let named = self.member(setting)?;
        let named = text::in_home(Path::new(&named.value), std::env::home_dir);
        Some(folder.join(named))
    }
}
