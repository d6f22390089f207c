//! Whether the two files of the AWS environment can be read. The SDK treats a file that it cannot read as empty, or loses
//! the details of the mistake.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use aws_config::profile::ProfileFileLoadError;
use aws_types::os_shim_internal::{Env, Fs};

use crate::control::environment::EnvironmentError;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The variables that name the files, and their default places.
const FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileFileFlaw {
    #[error("the file `{}` is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    #[error("the file `{}` is larger than 1 MiB", .0.display())]
    TooLarge(PathBuf),
    #[error(transparent)]
    Unreadable(#[from] ProfileFileLoadError),
}

/// Checks that the files are small enough for the SDK, which reads them without a limit.
pub fn check_profile_sizes() -> Result<(), EnvironmentError> {
    for path in paths() {
        if read(&path).is_some_and(|bytes| bytes.len() as u64 > LARGEST) {
            let next = "set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to files of the AWS CLI, or unset them";
            return Err(EnvironmentError::File {
                cause: ProfileFileFlaw::TooLarge(path).to_string(),
                next: next.to_owned(),
            });
        }
    }
    Ok(())
}

/// Finds what is wrong with the files.
pub(crate) async fn check_profile_files() -> Result<(), ProfileFileFlaw> {
    for path in paths() {
        if read(&path).is_some_and(|bytes| str::from_utf8(&bytes).is_err()) {
            return Err(ProfileFileFlaw::NotUtf8(path));
        }
    }
    #[expect(deprecated, reason = "what it should be replaced by is private")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await?;
    Ok(())
}

/// Whether there are files, and the SDK can read them without waiting.
pub(crate) fn are_plain() -> bool {
    let mut existing = paths().filter(|path| path.exists()).peekable();
    existing.peek().is_some() && existing.all(|path| read(&path).is_some())
}

/// The names of the AWS profiles; none if the files cannot be read.
pub async fn aws_profiles() -> Vec<String> {
    if !are_plain() || check_profile_sizes().is_err() {
        return Vec::new();
    }
    #[expect(deprecated, reason = "what it should be replaced by is private")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    let loaded = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await;
    loaded.map_or_else(
        |_| Vec::new(),
        |all| all.profiles().map(str::to_owned).collect(),
    )
}

/// The variables that give credentials, or name where they are.
const SOURCES: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

/// Whether anything on this machine names credentials. The role of the machine is not asked for: that is a request, which leads
/// nowhere on most devices.
pub fn may_have_credentials() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    SOURCES.into_iter().any(is_set) || paths().any(|path| path.exists())
}

/// The paths of the files.
fn paths() -> impl Iterator<Item = PathBuf> {
    FILES.into_iter().filter_map(|(variable, usual)| {
        let named = std::env::var_os(variable).filter(|path| !path.is_empty());
        let usual = || Some(std::env::home_dir()?.join(usual));
        named.map(PathBuf::from).or_else(usual)
    })
}

/// The bytes of a file, up to one more than the largest allowed, if it can be read.
fn read(path: &Path) -> Option<Vec<u8>> {
    let found = path.metadata().ok()?;
    let mut bytes = Vec::new();
    let file = is_read_twice(&found).then(|| File::open(path))?.ok()?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Whether the SDK can read the same bytes after this program, unlike those of a pipe.
fn is_read_twice(found: &Metadata) -> bool {
    #[cfg(unix)]
    let is_device = std::os::unix::fs::FileTypeExt::is_char_device(&found.file_type());
    #[cfg(not(unix))]
    let is_device = false;
    found.is_file() || is_device
}
