//! Where a response goes instead of the screen: `| COMMAND`, `> FILE`, `>> FILE`. Pure.

use crate::repl::input::words;

/// Where a response goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// `| COMMAND`: to a command of the shell, as it was typed.
    Shell(String),
    /// `> FILE` and `>> FILE`.
    File {
        path: String,
        /// Whether the old content is kept.
        append: bool,
    },
}

/// Why a redirection is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// No command stands before the sign.
    #[error(
        "a command is missing before `{0}`\nhint: put it behind a command, such as `pending {0} …`"
    )]
    NoCommand(&'static str),
    /// Nothing stands behind the sign.
    #[error("{0} needs {1}\nhint: such as `pending {0} {example}`", example = example(.0))]
    Incomplete(&'static str, &'static str),
    /// More than one file stands behind the sign.
    #[error(
        "only one file can follow {0}\nhint: quote a name that has spaces; `| tee FILE` both writes and shows"
    )]
    TooMuch(&'static str),
}

/// An example of what stands behind a sign.
fn example(sign: &str) -> &'static str {
    if sign == "|" { "jq ." } else { "FILE" }
}

/// Reads the text behind the words of a line (see [`words::redirection`]); `None` if it is empty.
pub(crate) fn read(text: &str, has_command: bool) -> Result<Option<Redirect>, RedirectError> {
    let Some((sign, rest)) = ["|", ">>", ">"]
        .into_iter()
        .find_map(|sign| Some((sign, text.strip_prefix(sign)?)))
    else {
        return Ok(None);
    };
    if !has_command {
        return Err(RedirectError::NoCommand(sign));
    }
    if sign == "|" {
        return match rest.trim() {
            "" => Err(RedirectError::Incomplete(sign, "a command of the shell")),
            command => Ok(Some(Redirect::Shell(command.to_owned()))),
        };
    }
    // An incomplete line has not been split yet.
    let files = words::split(rest, |_, _| false).unwrap_or_default();
    match files.as_slice() {
        [file] if words::redirection(rest, &files).is_empty() && !file.text.is_empty() => {
            Ok(Some(Redirect::File {
                path: file.text.clone(),
                append: sign == ">>",
            }))
        }
        [] => Err(RedirectError::Incomplete(sign, "the name of a file")),
        [file] if file.text.is_empty() => {
            Err(RedirectError::Incomplete(sign, "the name of a file"))
        }
        _ => Err(RedirectError::TooMuch(sign)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(command: &str) -> Redirect {
        Redirect::Shell(command.to_owned())
    }

    fn file(path: &str, append: bool) -> Redirect {
        let path = path.to_owned();
        Redirect::File { path, append }
    }

    #[test]
    fn what_follows_a_command_is_read() {
        for (text, expected) in [
            ("", Ok(None)),
            ("| jq .", Ok(Some(shell("jq .")))),
            (
                "|jq '.a | .b' > x 2>&1",
                Ok(Some(shell("jq '.a | .b' > x 2>&1"))),
            ),
            ("> f", Ok(Some(file("f", false)))),
            (">f", Ok(Some(file("f", false)))),
            (">>'a b'", Ok(Some(file("a b", true)))),
            ("> a\\  ", Ok(Some(file("a ", false)))),
            (
                r"> C:\out\new.json",
                Ok(Some(file(r"C:\out\new.json", false))),
            ),
            (
                "|",
                Err(RedirectError::Incomplete("|", "a command of the shell")),
            ),
            (
                ">",
                Err(RedirectError::Incomplete(">", "the name of a file")),
            ),
            (
                ">> ''",
                Err(RedirectError::Incomplete(">>", "the name of a file")),
            ),
            ("> a b", Err(RedirectError::TooMuch(">"))),
            ("> a | jq", Err(RedirectError::TooMuch(">"))),
            ("> a > b", Err(RedirectError::TooMuch(">"))),
        ] {
            assert_eq!(read(text, true), expected, "{text}");
        }
        assert_eq!(read("| jq", false), Err(RedirectError::NoCommand("|")));
    }
}
