//! The page of a list that a request asks for. Pure.

use clap::Args;

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Page {
    /// list at most so many, 1 to 250; what is left out is behind the nextToken of the answer
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub max_results: Option<i32>,
    /// go on where an answer with this nextToken ended; the other flags must be the same
    #[arg(long, value_name = "token", allow_hyphen_values = true)]
    pub next_token: Option<String>,
    /// ask for page after page to the end, and show one list; --max-results is then the size of a page
    #[arg(long)]
    pub all: bool,
}
