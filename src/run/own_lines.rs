//! The user's own lines for a session: aliases and start-up lines.

use crate::cli::SessionArgs;
use crate::config::{Flaw, ProfileError, ProfileFile};
use crate::repl::input::alias::{AliasError, Aliases, check_start_up};
use crate::run::settle::Settled;

/// What a session takes from a file of profiles besides its connection.
#[derive(Default)]
pub(crate) struct OwnLines {
    pub(crate) aliases: Aliases,
    pub(crate) start_up: Vec<String>,
    /// Why aliases are missing, although no profile was asked for.
    pub(crate) warning: Option<String>,
}

impl OwnLines {
    /// Those that are wanted: a script has to ask for them.
    pub(crate) fn new(
        settled: &Settled,
        args: &SessionArgs,
        is_interactive: bool,
    ) -> Result<Self, ProfileError> {
        let mut own = Self::default();
        if is_interactive || args.aliases {
            own.add_aliases(settled, args.aliases)?;
        }
        if is_interactive || args.start_up {
            own.add_start_up(settled)?;
        }
        Ok(own)
    }

    /// Whether a session could use them.
    pub(crate) fn check(settled: &Settled) -> Result<(), ProfileError> {
        let mut own = Self::default();
        own.add_aliases(settled, false)?;
        own.add_start_up(settled)
    }

    /// Those of the file of the profile, and those of the user's own file.
    fn add_aliases(&mut self, settled: &Settled, are_typed: bool) -> Result<(), ProfileError> {
        if let Some(file) = &settled.file {
            self.aliases = aliases(file)?;
        }
        if settled.file.is_none() || settled.is_file_typed {
            match of_usual_file(settled) {
                Ok(usual) => self.aliases.add(usual),
                Err(error) if are_typed => return Err(error),
                Err(error) => {
                    self.warning = Some(not_available(&error));
                }
            }
        }
        Ok(())
    }

    fn add_start_up(&mut self, settled: &Settled) -> Result<(), ProfileError> {
        let Some(file) = &settled.file else {
            return Ok(());
        };
        for line in file.trusted(&settled.start_up)? {
            let checked = check_start_up(&line.text, &self.aliases);
            checked.map_err(|error| flaw(file, line.at, &error))?;
            self.start_up.push(line.text.clone());
        }
        Ok(())
    }
}

/// The warning for a user who did not ask for aliases.
pub(crate) fn not_available(error: &ProfileError) -> String {
    format!("warning: aliases are not available: {error}")
}

/// The aliases of the user's own file, which need not exist.
fn of_usual_file(settled: &Settled) -> Result<Aliases, ProfileError> {
    let usual = settled.usual_file.as_ref();
    let file = ProfileFile::read_existing(usual.map(|(path, _)| path.as_path()));
    let aliases = file.and_then(|file| {
        file.as_ref()
            .map_or_else(|| Ok(Aliases::default()), aliases)
    });
    aliases.map_err(|error| error.given_by(None, usual.map(|(_, variable)| variable.as_str())))
}

/// Those of a file, if all of them can be used.
pub(crate) fn aliases(file: &ProfileFile) -> Result<Aliases, ProfileError> {
    let all = file.aliases()?;
    let pairs = all
        .iter()
        .map(|(name, line)| (name.text.as_str(), line.text.as_str()));
    Aliases::new(pairs).map_err(|(at, error)| {
        let (name, line) = &all[at];
        let place = if error.is_of_name() { name } else { line };
        flaw(file, place.at, &error)
    })
}

/// A mistake at a byte of the file.
fn flaw(file: &ProfileFile, at: usize, error: &AliasError) -> ProfileError {
    let error = error.to_string();
    let (what, next) = error.split_once('\n').unwrap_or((&error, ""));
    let flaw = Flaw::new(&file.text, at, what.to_owned(), next.to_owned());
    ProfileError::Flaw(file.path.clone(), flaw)
}
