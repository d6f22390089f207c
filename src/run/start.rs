//! The start of a run: its log, and the threads of the network.

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use crate::cli::ConnectionArgs;
use crate::logging::{self, LogError};
use crate::run::error::RunError;

/// The log, if one is asked for.
pub(crate) fn start_log(args: &ConnectionArgs) -> Result<(), LogError> {
    match &args.log {
        Some(target) => logging::start(target, std::env::var("RUST_LOG").ok().as_deref()),
        None => Ok(()),
    }
}

/// Starts the network's threads, and leaves without waiting for them.
pub(crate) fn in_runtime(
    run: impl FnOnce(&Runtime) -> Result<ExitCode, RunError>,
) -> Result<ExitCode, RunError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(RunError::Runtime)?;
    let ended = run(&runtime);
    // A name server that does not answer must not hold up the end.
    runtime.shutdown_background();
    ended
}
