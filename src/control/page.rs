//! The requested page of a list. Pure.

use clap::Args;

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Page {
    /// page size, 1 to 250; --next-token fetches the next page
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub max_results: Option<i32>,
    /// nextToken of the last answer; keep the other flags
    #[arg(long, value_name = "token", allow_hyphen_values = true)]
    pub next_token: Option<String>,
    /// fetch all pages and show one list
    #[arg(long)]
    pub all: bool,
}
