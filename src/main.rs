//! The `jobs-sandbox` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    jobs_sandbox::run(std::env::args_os())
}
