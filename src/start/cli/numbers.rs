//! Numbers on the command line: how they may be typed, and what is said of wrong ones.

use std::error::Error as _;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use crate::wrong_number;

/// Lets every option take what looks like a negative number, and judge it. Otherwise it is taken for an unknown option.
pub(crate) fn may_be_negative(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let takes_value = arg.get_action().takes_values();
            arg.allow_negative_numbers(takes_value)
        })
        .mut_subcommands(may_be_negative)
}

/// The same error, but for wrong numbers, of which clap writes "0 is not in 1..=60".
pub(crate) fn in_plain_words(error: clap::Error) -> clap::Error {
    let (Some(arg), Some(ContextValue::String(value)), Some(cause)) = (
        error.get(ContextKind::InvalidArg),
        error.get(ContextKind::InvalidValue),
        error.source(),
    ) else {
        return error;
    };
    let Some(predicate) = wrong_number::predicate(value, cause) else {
        return error;
    };
    let message = format!("{arg}: `{value}` {predicate}\n\nFor more information, try '--help'.\n");
    let mut plain = clap::Error::raw(error.kind(), message);
    plain.insert(ContextKind::InvalidArg, arg.clone());
    plain
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;

    #[test]
    fn a_wrong_number_is_named_in_plain_words() {
        for (line, expected) in [
            ("--port x", "--port <PORT>: `x` is not a whole number"),
            ("--port 0", "--port <PORT>: `0` is not between 1 and 65535"),
            ("--timeout -1", "--timeout <SECONDS>: `-1` is negative"),
            (
                "--timeout 1.5",
                "--timeout <SECONDS>: `1.5` is not a whole number",
            ),
            ("agent --grace -1", "--grace <SECONDS>: `-1` is negative"),
            (
                "agent --step-timeout -1",
                "--step-timeout <MINUTES>: `-1` is not between 1 and 10080",
            ),
            (
                "serve --mqtt-port x",
                "--mqtt-port <PORT>: `x` is not a whole number",
            ),
            ("fleet -1", "<DEVICES>: `-1` is negative"),
            (
                "fleet 5 --seed 99999999999999999999",
                "--seed <NUMBER>: `99999999999999999999` is too large",
            ),
            (
                "exam --limit 0 -- x",
                "--limit <SECONDS>: `0` is not between 1 and 3600",
            ),
        ] {
            let words = ["jobs-sandbox"].into_iter().chain(line.split(' '));
            let error = Cli::read("1", words.map(Into::into).collect()).expect_err(line);
            let expected = format!("error: {expected}\n\nFor more information, try '--help'.\n");
            assert_eq!(error.render().to_string(), expected, "{line}");
        }
    }

    #[test]
    fn arguments_without_a_program_are_refused() {
        for (line, is_refused) in [
            ("agent --exec p -- a", false),
            ("agent --exec p -- -1", false),
            ("agent -- a", true),
            ("agent --plan fail -- a", true),
            ("agent --seed 1 -- a", true),
            ("agent --handlers f -- a", true),
        ] {
            let words = ["jobs-sandbox"].into_iter().chain(line.split(' '));
            assert_eq!(
                Cli::read("1", words.map(Into::into).collect()).is_err(),
                is_refused,
                "{line}"
            );
        }
    }
}
