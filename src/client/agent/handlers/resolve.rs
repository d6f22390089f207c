//! A call of a handler or of a command, as a program with its arguments.

use std::path::{Path, PathBuf};

use crate::agent::handlers::files;
use crate::agent::handlers::machine::{Machine, user_name};
use crate::agent::handlers::resolved::{Refused, Resolved};
use crate::executor::document::{HandlerRules, shown};
use crate::executor::step::{HandlerCall, HandlerProgram};

/// The folder of `--handlers` for [`HandlerRules`], if other users cannot change what is in it.
pub fn folder(typed: &Path) -> Result<PathBuf, Refused> {
    files::folder(typed, Machine::here().user)
}

/// Whether the agent may run handlers at all.
pub fn permit(rules: &HandlerRules) -> Result<(), Refused> {
    permit_on(rules, &Machine::here())
}

/// What a call runs on this machine.
pub fn resolve(call: &HandlerCall, rules: &HandlerRules) -> Result<Resolved, Refused> {
    resolve_on(call, rules, &Machine::here())
}

/// The agent's user, as people know it.
pub(crate) fn own_user() -> String {
    user_name(Machine::here().user)
}

fn permit_on(rules: &HandlerRules, machine: &Machine) -> Result<(), Refused> {
    if machine.user.is_root() && !rules.allows_root {
        return Err(Refused::Root);
    }
    Ok(())
}

/// [`resolve`] on a given machine.
pub(crate) fn resolve_on(
    call: &HandlerCall,
    rules: &HandlerRules,
    machine: &Machine,
) -> Result<Resolved, Refused> {
    permit_on(rules, machine)?;
    let sudo = match call.run_as.as_deref() {
        Some(user) if !machine.is_own_user(user)? => Some((machine.sudo_for(user)?, user)),
        _ => None,
    };
    match &call.program {
        HandlerProgram::Handler {
            name,
            arguments,
            folder,
        } => {
            let user = call.run_as.clone().unwrap_or_default();
            Ok(Resolved {
                program: handler(name, folder.as_deref(), rules, machine)?,
                arguments: std::iter::once(user).chain(arguments.clone()).collect(),
                user: sudo.map(|(_, user)| user.to_owned()),
            })
        }
        HandlerProgram::Command(words) => command(words, sudo, rules, machine),
    }
}

/// The file of a handler.
fn handler(
    name: &str,
    folder: Option<&str>,
    rules: &HandlerRules,
    machine: &Machine,
) -> Result<PathBuf, Refused> {
    HandlerRules::permit_handler(name).map_err(not_permitted(name))?;
    rules
        .permit_folder(folder)
        .map_err(not_permitted(folder.unwrap_or_default()))?;
    let folder = folder.map_or(rules.folder.as_path(), Path::new);
    let folder = files::folder(folder, machine.user)?;
    files::handler(&folder, name, machine.user)
}

/// A command, by `sudo` if it is for another user.
fn command(
    words: &[String],
    sudo: Option<(PathBuf, &str)>,
    rules: &HandlerRules,
    machine: &Machine,
) -> Result<Resolved, Refused> {
    let (name, arguments) = match words {
        [name, arguments @ ..] => (name.as_str(), arguments),
        [] => ("", &[][..]),
    };
    rules.permit_command(name).map_err(not_permitted(name))?;
    let program = if name.starts_with('/') {
        PathBuf::from(name)
    } else {
        machine
            .find(name)
            .ok_or_else(|| Refused::NoCommand(shown(name)))?
    };
    let Some((sudo, user)) = sudo else {
        files::check_program(&program)?;
        return Ok(Resolved {
            program,
            arguments: arguments.to_vec(),
            user: None,
        });
    };
    // The program is a full path: `sudo` takes it neither for an option nor for a variable.
    let before = ["-u", user, "-n", "--"].map(str::to_owned);
    let program = program.to_string_lossy().into_owned();
    Ok(Resolved {
        program: sudo,
        arguments: before
            .into_iter()
            .chain([program])
            .chain(arguments.iter().cloned())
            .collect(),
        user: Some(user.to_owned()),
    })
}

fn not_permitted(what: &str) -> impl FnOnce(String) -> Refused {
    let what = shown(what);
    |problem| Refused::NotPermitted { what, problem }
}
