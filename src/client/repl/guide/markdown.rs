//! Markdown as a terminal shows it: headings, paragraphs, lists, tables and code, in lines that fit. Pure.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::repl::columns::columns_of;
use crate::repl::pages;

/// Stands for a space at which lines are not broken.
const FIXED_SPACE: char = '\u{a0}';

/// The indentation of code, and of text that does not fit beside its label.
const INDENT: &str = "  ";

/// Between the columns of a table.
const GAP: &str = "  ";

/// Code in a sentence that is longer than this, in columns, may be broken.
const LONGEST_WHOLE: usize = 40;

/// The fewest columns in which prose is readable.
const NARROWEST: usize = 24;

/// How prose is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The most columns of a line. Longer code and words are not broken.
    pub width: usize,
    /// Whether headings may be bold.
    pub color: bool,
}

impl Look {
    /// A heading of a text.
    pub fn heading(self, text: &str) -> String {
        if self.color {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Renders Markdown.
pub fn render(markdown: &str, look: Look) -> String {
    let mut shown = Renderer {
        look,
        lines: Vec::new(),
        text: String::new(),
        lists: Vec::new(),
        row: Vec::new(),
        rows: Vec::new(),
        link: None,
        is_heading: false,
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        shown.take(event);
    }
    let mut text = shown.lines.join("\n");
    text.push('\n');
    text.replace(FIXED_SPACE, " ")
}

struct Renderer {
    look: Look,
    lines: Vec<String>,
    /// The text of the current block so far.
    text: String,
    /// The lists being read, each with the number of its next item if it has numbers.
    lists: Vec<Option<u64>>,
    /// The row of a table being read, and the rows before it.
    row: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The target of the current link, and the start of its text.
    link: Option<(String, usize)>,
    is_heading: bool,
}

impl Renderer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_heading => self.text.push_str(&text.to_uppercase()),
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(code) => {
                let code = if columns_of(&code) <= LONGEST_WHOLE {
                    code.replace(' ', &FIXED_SPACE.to_string())
                } else {
                    code.into_string()
                };
                self.text.extend(["`", &code, "`"]);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            // Comments, and elements that the pages do not use.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.gap();
                self.is_heading = true;
            }
            Tag::Paragraph if self.lists.is_empty() => self.gap(),
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.gap();
                } else {
                    self.item_text();
                }
                self.lists.push(first);
            }
            Tag::CodeBlock(_) | Tag::Table(_) => self.gap(),
            Tag::Link { dest_url, .. } => {
                self.link = Some((dest_url.into_string(), self.text.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let text = std::mem::take(&mut self.text);
                self.lines.push(self.look.heading(&text));
                self.is_heading = false;
            }
            TagEnd::Paragraph if self.lists.is_empty() => self.wrap("", ""),
            TagEnd::CodeBlock => {
                let code = std::mem::take(&mut self.text);
                let lines = code.lines().map(|line| {
                    let line = format!("{INDENT}{line}");
                    line.trim_end().to_owned()
                });
                self.lines.extend(lines);
            }
            TagEnd::Item => {
                self.item_text();
                if let Some(Some(number)) = self.lists.last_mut() {
                    *number += 1;
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead | TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.row)),
            TagEnd::Table => self.table(),
            _ => {}
        }
    }

    /// An empty line between blocks. It is left out below a heading.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// A link to a page is replaced by the command that shows it; a link to the web is followed by its address.
    fn end_link(&mut self) {
        let Some((target, begin)) = self.link.take() else {
            return;
        };
        let page = target.strip_suffix(".md").and_then(pages::page);
        let text = self.text.get(begin..).unwrap_or_default();
        if let Some(page) = page {
            let command = format!("`help{FIXED_SPACE}{}`", page.name);
            self.text.truncate(begin);
            self.text.push_str(&command);
        } else if target.starts_with("http") && text != target {
            self.text.extend([" (", &target, ")"]);
        }
    }

    fn item_text(&mut self) {
        let depth = self.lists.len().saturating_sub(1);
        let label = match self.lists.last() {
            Some(Some(number)) => format!("{number}. "),
            _ => "* ".to_owned(),
        };
        let first = format!("{}{label}", INDENT.repeat(depth));
        let rest = " ".repeat(first.len());
        if !self.text.is_empty() {
            self.wrap(&first, &rest);
        }
    }

    /// Ends a block: its words in lines that begin with `first`, then with `rest`.
    fn wrap(&mut self, first: &str, rest: &str) {
        let text = std::mem::take(&mut self.text);
        self.lines
            .extend(wrapped(&text, first, rest, self.look.width));
    }

    /// A table: all columns but the last are as wide as their contents; the last takes the rest.
    fn table(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.iter().map(|cell| bare(cell)).collect())
            .collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns.saturating_sub(1))
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| columns_of(cell)).max().unwrap_or_default()
            })
            .collect();
        let indent: usize = widths.iter().map(|width| width + GAP.len()).sum();
        let lasts = rows.iter().filter_map(|row| row.last());
        let widest = lasts.map(|cell| columns_of(cell)).max().unwrap_or_default();
        let has_room = indent.saturating_add(widest.min(NARROWEST)) <= self.look.width;
        for row in &rows {
            let Some((last, labels)) = row.split_last() else {
                continue;
            };
            let mut first = String::new();
            for (cell, width) in labels.iter().zip(&widths) {
                let padding = " ".repeat(width.saturating_sub(columns_of(cell)));
                first.extend([cell, &padding, GAP]);
            }
            let rest = if has_room {
                " ".repeat(indent)
            } else {
                self.lines.push(first.trim_end().to_owned());
                INDENT.repeat(2).clone_into(&mut first);
                INDENT.repeat(2)
            };
            let lines = wrapped(last, &first, &rest, self.look.width);
            self.lines.extend(lines);
        }
    }
}

/// A cell of a table; if all of it is code, without the code marks.
fn bare(cell: &str) -> String {
    let inner = cell.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
    match inner {
        Some(code) if !code.contains('`') || code.contains("`, `") => code.replace('`', ""),
        _ => cell.to_owned(),
    }
}

/// The words of a text in lines that begin with `first`, then with `rest`.
fn wrapped(text: &str, first: &str, rest: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && columns_of(&current) + 1 + columns_of(word) > width {
            lines.push(std::mem::replace(&mut current, rest.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current.push_str(word);
        is_empty = false;
    }
    lines.push(current.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: usize) -> String {
        let color = false;
        render(markdown, Look { width, color })
    }

    #[test]
    fn blocks_are_shown_in_lines_that_fit() {
        for (markdown, width, expected) in [
            (
                "# One `two`\n\nthree\nfour",
                20,
                "ONE `two`\n\nthree four\n",
            ),
            ("one two three", 7, "one two\nthree\n"),
            ("a `b c` d", 5, "a\n`b c`\nd\n"),
            ("a `b c` d", 7, "a `b c`\nd\n"),
            ("* one two\n* three", 6, "* one\n  two\n* three\n"),
            ("1. one\n2. two\n   three", 8, "1. one\n2. two\n   three\n"),
            ("* one\n  * two", 20, "* one\n  * two\n"),
            (
                "a\n\n```sh\nb  c\n\nd\n```\n\ne",
                3,
                "a\n\n  b  c\n\n  d\n\ne\n",
            ),
            ("a\n\n<!-- b -->\n\nc", 20, "a\n\nc\n"),
            ("see [aws](aws.md)", 40, "see `help aws`\n"),
            ("see [A](https://a.b/c)", 40, "see A (https://a.b/c)\n"),
            ("see [`p/d.json`](../p/d.json)", 40, "see `p/d.json`\n"),
            ("**a** b", 40, "a b\n"),
        ] {
            assert_eq!(plain(markdown, width), expected, "{markdown} in {width}");
        }
    }

    #[test]
    fn the_last_column_of_a_table_takes_what_is_left() {
        let table =
            "| a | b |\n|---|---|\n| `one` | two `three` four five six |\n| `x`, `y` | z |\n";
        for (width, expected) in [
            (80, "a     b\none   two `three` four five six\nx, y  z\n"),
            (
                30,
                "a     b\none   two `three` four five\n      six\nx, y  z\n",
            ),
            (
                20,
                "a\n    b\none\n    two `three` four\n    five six\nx, y\n    z\n",
            ),
        ] {
            assert_eq!(plain(table, width), expected, "{width}");
        }
    }

    #[test]
    fn headings_are_bold_where_there_are_colours() {
        let (width, color) = (80, true);
        let shown = render("# A\n\nb", Look { width, color });
        assert_eq!(shown, "\x1b[1mA\x1b[0m\n\nb\n");
    }
}
