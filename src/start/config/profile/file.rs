//! Finding and reading the file of profiles.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::config::profile::error::{Exposure, LARGEST};
use crate::config::profile::{CommandText, Profile, ProfileError, Profiles, read};
use crate::{own_file, text};

/// The name of the file in the program's own folder.
const NAME: &str = "profiles.toml";

/// A file of profiles that has been read.
#[derive(Debug)]
pub struct ProfileFile {
    /// Absolute.
    pub path: PathBuf,
    /// Its text, to show places in it.
    pub text: String,
    pub profiles: Profiles,
    /// How other users could have written it.
    exposure: Option<Exposure>,
}

impl ProfileFile {
    /// Reads the file at `named`, or else the user's own.
    pub fn read(named: Option<&Path>) -> Result<Self, ProfileError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => usual_path().ok_or(ProfileError::NoFolder)?,
        };
        let path = std::path::absolute(&path).unwrap_or(path);
        let (bytes, metadata) = match bytes(&path) {
            Err(ProfileError::Unreadable(path, error)) if is_missing(&error) => {
                return Err(match named {
                    Some(_) => ProfileError::MissingNamed(path),
                    None => ProfileError::Missing(path),
                });
            }
            read => read?,
        };
        let text = match text::decode(bytes) {
            Ok(text) => text,
            Err(error) => return Err(ProfileError::NotText(path, error.into())),
        };
        let profiles = match read(&text) {
            Ok(profiles) => profiles,
            Err(flaw) => return Err(ProfileError::Flaw(path, flaw)),
        };
        Ok(Self {
            exposure: exposure(&path, &metadata),
            path,
            text,
            profiles,
        })
    }

    /// The same, if there is a file.
    pub fn read_existing(named: Option<&Path>) -> Result<Option<Self>, ProfileError> {
        match Self::read(named) {
            Ok(file) => Ok(Some(file)),
            Err(ProfileError::Missing(_) | ProfileError::NoFolder) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The profile of this name; without a name the only one.
    pub fn profile(&self, name: Option<&str>) -> Result<&Profile, ProfileError> {
        let profiles = &self.profiles.profiles;
        let names: Vec<&str> = profiles.iter().map(|it| it.name.as_str()).collect();
        match (name, profiles.as_slice()) {
            (Some(name), _) => match profiles.iter().find(|it| it.name == name) {
                Some(profile) => Ok(profile),
                None => Err(ProfileError::unknown(name, self.path.clone(), &names)),
            },
            (None, [only]) => Ok(only),
            (None, []) => Err(ProfileError::Empty(self.path.clone())),
            (None, _) => {
                let names = text::sanitize(&names.join(", ")).into_owned();
                Err(ProfileError::Several(self.path.clone(), names))
            }
        }
    }

    /// What runs commands, unless others could have written it.
    pub fn trusted<'a>(&self, lines: &'a [CommandText]) -> Result<&'a [CommandText], ProfileError> {
        self.check_trust(lines.is_empty())?;
        Ok(lines)
    }

    /// Names of aliases and their lines, unless others could have written them.
    pub fn aliases(&self) -> Result<&[(CommandText, CommandText)], ProfileError> {
        let aliases = &self.profiles.aliases;
        self.check_trust(aliases.is_empty())?;
        Ok(aliases)
    }

    fn check_trust(&self, is_empty: bool) -> Result<(), ProfileError> {
        match &self.exposure {
            Some(exposure) if !is_empty => {
                Err(ProfileError::Exposed(self.path.clone(), exposure.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// The file in the platform's folder for configuration.
fn usual_path() -> Option<PathBuf> {
    let folder = own_file::config_folder(std::env::consts::OS, |name| std::env::var_os(name));
    folder.map(|folder| folder.join(NAME))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The bytes of a regular file. Reading any other, such as a pipe, could block.
fn bytes(path: &Path) -> Result<(Vec<u8>, Metadata), ProfileError> {
    let unreadable = |error| ProfileError::Unreadable(path.to_owned(), error);
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ProfileError::NotFile(path.to_owned()));
    }
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ProfileError::TooLarge(path.to_owned()));
    }
    Ok((bytes, metadata))
}

/// How others than this user and root can change the file, or replace it in its folder.
#[cfg(unix)]
fn exposure(path: &Path, file: &Metadata) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS_WRITE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let folder = path.parent().unwrap_or(path);
    let is_open = |it: Metadata| it.mode() & OTHERS_WRITE != 0 && it.mode() & STICKY == 0;
    let own = [0, nix::unistd::geteuid().as_raw()];
    if !own.contains(&file.uid()) {
        Some(Exposure::Owner)
    } else if file.mode() & OTHERS_WRITE != 0 {
        Some(Exposure::File(path.to_owned()))
    } else if fs::metadata(folder).ok().is_none_or(is_open) {
        Some(Exposure::Folder(folder.to_owned()))
    } else {
        None
    }
}

/// Modes exist only on Unix.
#[cfg(not(unix))]
fn exposure(_: &Path, _: &Metadata) -> Option<Exposure> {
    None
}
