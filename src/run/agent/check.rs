//! `agent check`: what a job document would run, and why not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use crate::agent::handlers;
use crate::cli::HandlerArgs;
use crate::run::agent::error::AgentError;
use crate::run::agent::setup::handler_rules;
use crate::run::aloud::print;
use crate::run::error::RunError;
use crate::text;

/// No job document is larger, in bytes; a larger one is refused for its length.
const DOCUMENT_MAX: u64 = 1 << 20;

/// Exit status 1 if the agent would not run all of it.
pub(crate) fn run(document: &Path, args: &HandlerArgs) -> Result<ExitCode, RunError> {
    let rules = handler_rules(args)?;
    let document = read(document)?;
    let checked = handlers::check(&document, &rules);
    print(&checked.text).map(|code| {
        if checked.is_run {
            code
        } else {
            ExitCode::FAILURE
        }
    })
}

fn read(path: &Path) -> Result<String, AgentError> {
    let source: io::Result<Box<dyn Read>> = if path == Path::new("-") {
        Ok(Box::new(io::stdin()))
    } else {
        File::open(path).map(|file| Box::new(file) as Box<dyn Read>)
    };
    let mut bytes = Vec::new();
    let read = source.and_then(|source| source.take(DOCUMENT_MAX).read_to_end(&mut bytes));
    let path = path.to_owned();
    match read {
        Ok(_) => text::decode(bytes).map_err(|source| AgentError::DocumentNotText { path, source }),
        Err(source) => Err(AgentError::Document { path, source }),
    }
}
