//! What a file imports, names and defines, as far as its words show it.

use std::collections::BTreeSet;

use crate::tidy::source::is_word;

/// The words that stand before the name of an item.
const DEFINERS: [&str; 9] = [
    "struct", "enum", "union", "trait", "type", "fn", "const", "static", "mut",
];

/// What stands before a word that starts no path: a method, a field, the rest of a longer path, a name being defined.
const NO_PATH_AFTER: [&str; 4] = [".", "::", "fn", "mod"];

/// The name of an import of everything that a module has.
pub(crate) const GLOB: &str = "*";

/// What a file imports, names and defines.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) imports: Vec<Import>,
    /// All paths outside imports, those of one word included.
    pub(crate) paths: Vec<Path>,
    /// The names of the items of the module itself, as far as they are spelled out.
    pub(crate) items: BTreeSet<String>,
    /// Whether a macro may make items that are not spelled out.
    pub(crate) has_made_items: bool,
}

/// A name that a `use` brings into the file.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Path,
    pub(crate) name: String,
    /// Whether other modules may take it from here.
    pub(crate) is_public: bool,
}

/// A path as it is written, up to its generic arguments.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) names: Vec<String>,
    /// The byte of the code.
    pub(crate) at: usize,
}

impl Contents {
    /// Takes bare code.
    pub(crate) fn read(code: &str) -> Self {
        let mut reader = Reader {
            tokens: tokens(code),
            next: 0,
            contents: Self::default(),
        };
        let mut depth = 0;
        while reader.next < reader.tokens.len() {
            match reader.text(0) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                reader.read_item();
            }
            // `use<'a>` is a bound.
            if reader.text(0) == "use" && reader.text(1) != "<" {
                reader.read_import();
            } else {
                reader.read_path();
            }
        }
        reader.contents
    }
}

/// A word, `::`, `..`, or any other character.
struct Token<'a> {
    text: &'a str,
    at: usize,
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") || rest.starts_with("..") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            let text = &rest[..length];
            tokens.push(Token { text, at });
        }
        at += length;
    }
    tokens
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    contents: Contents,
}

impl<'a> Reader<'a> {
    /// The token that follows the next one after this many; empty after the last.
    fn text(&self, ahead: usize) -> &'a str {
        let token = self.tokens.get(self.next + ahead);
        token.map_or("", |token| token.text)
    }

    fn previous(&self) -> &'a str {
        let previous = self.next.checked_sub(1);
        previous.map_or("", |index| self.tokens[index].text)
    }

    /// Notes the item that is named next, and passes nothing.
    fn read_item(&mut self) {
        let (first, second) = (self.text(0), self.text(1));
        let item = match (first, second) {
            ("macro_rules", "!") => self.text(2),
            (word, "!") if word.starts_with(is_word) => {
                self.contents.has_made_items = true;
                return;
            }
            (definer, name) if DEFINERS.contains(&definer) => name,
            _ => return,
        };
        self.contents.items.insert(item.to_owned());
    }

    /// Passes a path, or a token that starts none.
    fn read_path(&mut self) {
        let at = self.tokens[self.next].at;
        let is_path = self.text(0).starts_with(is_word)
            && !NO_PATH_AFTER.contains(&self.previous())
            && self.text(1) != ":";
        let mut names = vec![self.text(0).to_owned()];
        self.next += 1;
        if !is_path {
            return;
        }
        while self.text(0) == "::" && self.text(1).starts_with(is_word) {
            names.push(self.text(1).to_owned());
            self.next += 2;
        }
        self.contents.paths.push(Path { names, at });
    }

    /// Passes an import.
    fn read_import(&mut self) {
        let is_public = matches!(self.previous(), "pub" | ")");
        self.next += 1;
        self.read_tree(&[], is_public);
    }

    /// Passes what an import has after `before`: a name, a group, or all.
    fn read_tree(&mut self, before: &[String], is_public: bool) {
        let mut names = before.to_vec();
        loop {
            match self.text(0) {
                "{" => return self.read_group(&names, is_public),
                "as" => {
                    let name = self.text(1);
                    self.next += 2;
                    return self.push_import(names, name, is_public);
                }
                "*" => {
                    self.next += 1;
                    return self.push_import(names, GLOB, is_public);
                }
                "," | "}" | ";" | "" => {
                    if names.len() > 1 && names.last().is_some_and(|name| name == "self") {
                        names.pop();
                    }
                    let name = names.last().cloned().unwrap_or_default();
                    return self.push_import(names, &name, is_public);
                }
                "::" if !names.is_empty() => self.next += 1,
                name => {
                    names.push(name.to_owned());
                    self.next += 1;
                }
            }
        }
    }

    fn read_group(&mut self, before: &[String], is_public: bool) {
        self.next += 1;
        while !matches!(self.text(0), "}" | "") {
            self.read_tree(before, is_public);
            if self.text(0) == "," {
                self.next += 1;
            }
        }
        self.next += 1;
    }

    fn push_import(&mut self, names: Vec<String>, name: &str, is_public: bool) {
        let at = self.tokens[self.next.min(self.tokens.len()) - 1].at;
        self.contents.imports.push(Import {
            path: Path { names, at },
            name: name.to_owned(),
            is_public,
        });
    }
}
