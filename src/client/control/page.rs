//! The requested page of a list. Pure.

use clap::{Args, Command};

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Page {
    /// page size, 1 to 250; --next-token fetches the next page
    #[arg(
        long,
        alias = "page-size",
        value_name = "number",
        allow_negative_numbers = true
    )]
    pub max_results: Option<i32>,
    /// nextToken of the last answer; keep the other flags
    #[arg(
        long,
        alias = "starting-token",
        value_name = "token",
        allow_hyphen_values = true
    )]
    pub next_token: Option<String>,
    /// fetch all pages and show one list
    #[arg(long)]
    pub all: bool,
    /// fetch one page (the default)
    #[arg(long, conflicts_with = "all", hide = true)]
    pub no_paginate: bool,
    #[arg(skip)]
    pub paging: Paging,
}

/// AWS's two ways to ask for a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paging {
    #[default]
    Tokens,
    Markers,
}

impl Paging {
    /// AWS's names of the size of a page and of the place where it begins.
    pub const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Tokens => ["maxResults", "nextToken"],
            Self::Markers => ["pageSize", "marker"],
        }
    }

    /// The members of a request for a page.
    pub(crate) fn members(self, page: &Page) -> impl Iterator<Item = (&'static str, String)> {
        let size = page.max_results.map(|size| size.to_string());
        let values = [size, page.next_token.clone()];
        let members = self.names().into_iter().zip(values);
        members.filter_map(|(name, value)| Some((name, value?)))
    }

    /// A command with the flags of a page, which can also be typed as AWS names them.
    pub(crate) fn with_flags(self, command: Command) -> Command {
        match self {
            Self::Tokens => command,
            Self::Markers => command.mut_arg("next_token", |arg| arg.alias("marker")),
        }
    }
}
