//! On systems without the users and modes of Unix, nothing is run: what the rights of a handler are cannot be checked.

use std::path::{Path, PathBuf};

use crate::agent::handlers::resolved::{Refused, Resolved};
use crate::executor::document::HandlerRules;
use crate::executor::step::HandlerCall;

pub fn folder(_: &Path) -> Result<PathBuf, Refused> {
    Err(Refused::NotUnix)
}

pub fn permit(_: &HandlerRules) -> Result<(), Refused> {
    Err(Refused::NotUnix)
}

pub fn resolve(_: &HandlerCall, _: &HandlerRules) -> Result<Resolved, Refused> {
    Err(Refused::NotUnix)
}

pub(crate) fn own_user() -> String {
    "the agent's user".to_owned()
}
