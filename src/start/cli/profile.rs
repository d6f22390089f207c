//! The options of `profile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::connection::path;

/// The options of `profile`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ProfileArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ProfileAction,
}

/// What `profile` does.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ProfileAction {
    /// List the profiles and aliases of the file
    List {
        /// Which file.
        #[command(flatten)]
        file: ProfileFileArgs,
    },
    /// Show the settings of a profile, and where each comes from
    Show {
        /// Name of the profile
        #[arg(value_name = "NAME")]
        name: String,

        /// Which file.
        #[command(flatten)]
        file: ProfileFileArgs,
    },
    /// Check the connection of a profile, and print only failures
    ///
    /// It runs the doctor, and exits with 1 if a check failed.
    Check {
        /// Name of the profile
        #[arg(value_name = "NAME")]
        name: String,

        /// Which file.
        #[command(flatten)]
        file: ProfileFileArgs,
    },
}

/// The file of profiles.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ProfileFileArgs {
    /// File of profiles [default: that of the user]
    #[arg(long, value_name = "FILE", value_parser = path(), env = "JOBS_SANDBOX_PROFILE_FILE", hide_env = true)]
    pub profile_file: Option<PathBuf>,
}
