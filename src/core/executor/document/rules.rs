//! What a job document may ask for, as the user allows it.

use std::path::{Path, PathBuf};

/// The options of an agent that runs handlers.
#[derive(Debug, Clone)]
pub struct HandlerRules {
    /// The folder of `--handlers`, without symbolic links on the way to it.
    pub folder: PathBuf,
    /// Whether a document may name another folder (`--allow-path`).
    pub allows_paths: bool,
    /// The commands that a document may run (`--allow-commands`).
    pub commands: AllowedCommands,
    /// Whether the agent may be root (`--as-root`).
    pub allows_root: bool,
}

/// The commands that a document may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedCommands {
    None,
    All,
    /// Those whose program is written as one of these: a bare name, or a full path.
    Listed(Vec<String>),
}

impl HandlerRules {
    /// Whether a handler may have this name. The error is a predicate whose subject is the name or where it stands; likewise
    /// below.
    pub fn permit_handler(name: &str) -> Result<(), String> {
        if name.contains('/') || matches!(name, "" | "." | "..") {
            return Err("has to be the bare name of a file, without `/`".to_owned());
        }
        Ok(())
    }

    /// Whether a handler may be in this folder; in the one of `--handlers` if absent.
    pub fn permit_folder(&self, folder: Option<&str>) -> Result<(), String> {
        let Some(folder) = folder.map(Path::new) else {
            return Ok(());
        };
        if !folder.has_root() {
            return Err("has to be `default`, or a path that starts with `/`".to_owned());
        }
        if !self.allows_paths && folder != self.folder {
            return Err("is not the folder of --handlers; this needs --allow-path".to_owned());
        }
        Ok(())
    }

    /// Whether a command may have this program.
    pub fn permit_command(&self, program: &str) -> Result<(), String> {
        if program.is_empty() || program.contains(char::is_whitespace) {
            return Err(
                "has to start with a program without spaces; commas separate its arguments"
                    .to_owned(),
            );
        }
        if program.contains('/') && !program.starts_with('/') {
            return Err("has to start with the bare name or the full path of a program".to_owned());
        }
        match &self.commands {
            AllowedCommands::All => Ok(()),
            AllowedCommands::Listed(listed) if listed.iter().any(|it| it == program) => Ok(()),
            AllowedCommands::Listed(_) => {
                Err("starts with a program that --allow-commands does not list".to_owned())
            }
            AllowedCommands::None => Err("is a command; this needs --allow-commands".to_owned()),
        }
    }
}
