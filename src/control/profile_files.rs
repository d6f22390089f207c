//! Whether the two files of the AWS environment can be read. The SDK takes what it cannot read for an empty file, or loses on
//! the way what is wrong with it, and where.

use std::path::PathBuf;

use aws_config::profile::ProfileFileLoadError;
use aws_types::os_shim_internal::{Env, Fs};

/// The largest file that is looked at, in bytes.
const LARGEST: u64 = 1 << 20;

/// The variables that name the files, and where they are otherwise.
const FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileFileFlaw {
    #[error("the file `{}` is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    #[error(transparent)]
    Unreadable(#[from] ProfileFileLoadError),
}

/// Finds what is wrong with the files.
pub(crate) async fn check_profile_files() -> Result<(), ProfileFileFlaw> {
    for (variable, usual) in FILES {
        let named = std::env::var_os(variable).filter(|path| !path.is_empty());
        let path = named
            .map(PathBuf::from)
            .or_else(|| Some(std::env::home_dir()?.join(usual)));
        let Some(path) = path else { continue };
        let is_looked_at = path
            .metadata()
            .is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
        if is_looked_at && std::fs::read(&path).is_ok_and(|bytes| str::from_utf8(&bytes).is_err()) {
            return Err(ProfileFileFlaw::NotUtf8(path));
        }
    }
    #[expect(deprecated, reason = "what it should be replaced by is private")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await?;
    Ok(())
}
