//! A JSON text, typed or in a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::excerpt::excerpt;
use crate::fleet_command::error::FleetError;
use crate::not_json;
use crate::text;

/// No file is larger than this, in bytes.
const FILE_MAX: u64 = 1024 * 1024;

/// A text as it was typed, or the file behind `@`; `@-` is standard input.
pub(crate) fn text(typed: &str) -> Result<String, FleetError> {
    let Some(path) = typed.strip_prefix('@') else {
        return Ok(typed.to_owned());
    };
    let path = text::in_home(Path::new(path), std::env::home_dir);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(FILE_MAX + 1).read_to_end(&mut bytes)
    } else {
        let file = File::open(&path);
        file.and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(length) if length as u64 > FILE_MAX => Err(FleetError::TooLarge(path, FILE_MAX)),
        Ok(_) => text::decode(bytes).map_err(|source| FleetError::NotText(path, source)),
        Err(source) => Err(FleetError::Read(path, source)),
    }
}

/// The JSON that an option holds.
pub(crate) fn json<T: DeserializeOwned>(
    option: &'static str,
    typed: &str,
) -> Result<T, FleetError> {
    let text = text(typed)?;
    not_json::read(&text).map_err(|reason| FleetError::NotJson {
        option,
        excerpt: excerpt(&text, reason.place),
        reason,
    })
}
