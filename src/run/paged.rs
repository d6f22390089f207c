//! Help that is printed without a session.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use crate::repl::editor::Pager;
use crate::repl::interrupts::Interrupts;
use crate::run::aloud::printed;
use crate::run::error::RunError;
use crate::run::start::in_runtime;

/// Prints a text of our own, which may have colours; on a terminal through a pager if it is taller than the screen.
pub(crate) fn print(text: &str) -> Result<ExitCode, RunError> {
    let are_terminals = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    in_runtime(|runtime| {
        // Ctrl-C in the pager is meant for the pager.
        let _interrupts = Interrupts::take_over(runtime.handle(), are_terminals);
        if are_terminals && Pager::new(std::env::var_os("PAGER")).show(text) {
            return Ok(ExitCode::SUCCESS);
        }
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        printed(written.and_then(|()| stdout.flush()))
    })
}
