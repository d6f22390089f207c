//! The pages of `help` that are not about one command: Markdown that `help PAGE` shows on a terminal and the README links
//! to.
//!
//! Some parts are generated from tables of the code. They are between marks, and the tests (`tests/it/pages`) check them;
//! `UPDATE_GOLDEN=1` fills them in. Pure.

/// A page, by its name in `help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub name: &'static str,
    /// Markdown.
    pub text: &'static str,
}

/// Lists the pages, each with the file of that name.
macro_rules! pages {
    ($($name:literal,)+) => {
        /// All pages, in the order in which `help` lists them.
        pub const PAGES: &[Page] = &[$(Page { name: $name, text: include_str!(concat!($name, ".md")) },)+];
    };
}

pages! {
    "walkthrough",
    "cheat",
    "keys",
    "quoting",
    "scripts",
    "agent",
    "plans",
    "fleet",
    "handlers",
    "exam",
    "exit-codes",
    "environment",
    "profiles",
    "errors",
    "topics",
    "aws",
    "devices",
    "policies",
    "local-service",
    "admin",
    "limitations",
    "cost",
    "questions",
}

/// The page of this name.
pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

impl Page {
    /// What the page is about: its heading.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim()
    }
}
