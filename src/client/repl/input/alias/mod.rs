//! Aliases: names of the user's own for lines that take arguments. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | `template` | a line with places for arguments: `$1` to `$9` |
//! | `error` | what is wrong with an alias, a start-up line, or the use of an alias |

mod error;
mod template;

#[cfg(test)]
mod tests;

use crate::repl::input::alias::template::Template;
use crate::repl::input::command::{self, is_topic};
use crate::repl::input::grammar::{self, AWS};
use crate::repl::input::words::{self, Word};

pub use crate::repl::input::alias::error::AliasError;

/// The aliases of a session, in the order of their file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases(Vec<Alias>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Alias {
    name: String,
    /// As the user has written it.
    line: String,
    template: Template,
}

impl Aliases {
    /// Checks names and their lines. An error comes with the number of its alias, from 0.
    pub fn new<'a>(
        all: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Result<Self, (usize, AliasError)> {
        let names: Vec<&str> = all.clone().map(|(name, _)| name).collect();
        let aliases = all.enumerate().map(|(at, (name, line))| {
            check_name(name).map_err(|error| (at, error))?;
            let template = Template::new(line).map_err(|error| (at, error))?;
            check_command(template.command(), &names).map_err(|error| (at, error))?;
            Ok(Alias {
                name: name.to_owned(),
                line: line.to_owned(),
                template,
            })
        });
        aliases.collect::<Result<_, _>>().map(Self)
    }

    /// Adds those of another file whose names are not taken.
    pub fn add(&mut self, others: Self) {
        let others = others.0.into_iter();
        let new: Vec<Alias> = others.filter(|it| self.get(&it.name).is_none()).collect();
        self.0.extend(new);
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|alias| alias.name.as_str())
    }

    /// The names with what stands for their arguments, and their lines.
    pub fn rows(&self) -> impl Iterator<Item = (String, &str)> {
        self.0
            .iter()
            .map(|alias| (alias.usage(), alias.line.as_str()))
    }

    /// The line that a typed line stands for; `None` if it does not begin with an alias.
    pub fn expand(&self, line: &str, words: &[Word]) -> Option<Result<String, AliasError>> {
        let (first, arguments) = words.split_first()?;
        let alias = self.get(&first.text)?;
        let arguments: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
        let behind = words::redirection(line, words);
        let gap = if behind.is_empty() { "" } else { " " };
        let filled = alias.fill(&arguments);
        Some(filled.map(|filled| [&filled, gap, behind].concat()))
    }

    /// The help on an alias, if that is what the words ask for: `help boot`, `boot --help`.
    pub fn help(&self, words: &[Word]) -> Option<String> {
        let (first, rest) = words.split_first()?;
        let is_help = grammar::entry(&first.text).is_some_and(|it| it.get_name() == "help");
        let alias = match rest {
            [topic] if is_help => self.get(&topic.text)?,
            _ if rest
                .iter()
                .any(|word| command::HELP.contains(&word.text.as_str())) =>
            {
                self.get(&first.text)?
            }
            _ => return None,
        };
        Some(format!(
            "usage: {}\nan alias of yours for:\n  {}\n",
            alias.usage(),
            alias.line
        ))
    }

    fn get(&self, name: &str) -> Option<&Alias> {
        self.0.iter().find(|alias| alias.name == name)
    }
}

impl Alias {
    fn usage(&self) -> String {
        let places = (1..=self.template.places()).map(|place| format!(" <{place}>"));
        self.name.clone() + &places.collect::<String>()
    }

    fn fill(&self, arguments: &[&str]) -> Result<String, AliasError> {
        let (given, taken) = (arguments.len(), self.template.places());
        if given != taken {
            return Err(AliasError::Count {
                usage: self.usage(),
                line: self.line.clone(),
                given,
                taken,
            });
        }
        self.template.fill(arguments)
    }
}

fn check_name(name: &str) -> Result<(), AliasError> {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.starts_with('-') || !name.chars().all(is_of_name) {
        return Err(AliasError::Name(name.to_owned()));
    }
    if is_topic(name) {
        return Err(AliasError::Taken(name.to_owned()));
    }
    Ok(())
}

/// Checks the first word of an alias's line.
fn check_command(name: &str, aliases: &[&str]) -> Result<(), AliasError> {
    if aliases.contains(&name) {
        return Err(AliasError::Recursion(name.to_owned()));
    }
    match grammar::entry(name) {
        None if name != AWS => Err(AliasError::Command(command::no_such_command(name))),
        _ => Ok(()),
    }
}

/// Checks a start-up line, which is a command or an alias with its arguments.
pub fn check_start_up(line: &str, aliases: &Aliases) -> Result<(), AliasError> {
    let words = template::single(line)?;
    let first = words.first().map_or("", |word| word.text.as_str());
    match aliases.expand(line, &words) {
        Some(expanded) => expanded.map(drop),
        None => check_command(first, &[]),
    }
}
