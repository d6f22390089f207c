//! The files of the crate as modules, and what a path in one of them leads to.

use std::collections::BTreeMap;

use crate::tidy::contents::{Contents, GLOB, Path};
use crate::tidy::source::{Source, in_crate};

/// What the binary calls the root of the library.
const LIBRARY: &str = "jobs_sandbox";

/// The shipped files of the crate.
pub(crate) struct Modules<'a> {
    pub(crate) files: Vec<File<'a>>,
    by_path: BTreeMap<Vec<String>, usize>,
}

pub(crate) struct File<'a> {
    pub(crate) source: &'a Source,
    pub(crate) contents: Contents,
    /// The path from the root, which is that of the library or that of the binary.
    module: Vec<String>,
}

/// What a path leads to, by the index of a file.
pub(crate) enum Target {
    Module(usize),
    Item { file: usize, name: String },
}

/// The names that are being looked up, each in a file: the path of an import may start with its own name.
type Asked = Vec<(usize, String)>;

impl<'a> Modules<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        let mut files: Vec<File> = sources
            .iter()
            .filter(|source| !source.shipped.is_empty())
            .map(|source| File {
                source,
                contents: Contents::read(&source.bare),
                module: module(&source.path),
            })
            .collect();
        files.sort_by(|a, b| a.source.path.cmp(&b.source.path));
        let by_path = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.module.clone(), index))
            .collect();
        Self { files, by_path }
    }

    /// What a path in a file leads to, through all imports; `None` if it leads out of the crate.
    pub(crate) fn target(&self, file: usize, path: &Path) -> Option<Target> {
        self.follow(file, &path.names, false, &mut Vec::new())
    }

    /// A module and an item may have the same name: where more names follow, the module is meant.
    fn follow(
        &self,
        file: usize,
        names: &[String],
        is_prefix: bool,
        asked: &mut Asked,
    ) -> Option<Target> {
        let (first, rest) = names.split_first()?;
        let more_follow = |index: usize| is_prefix || index < rest.len();
        let mut target = match first.as_str() {
            "crate" => self.module(&self.files[file].module[..1]),
            LIBRARY => self.module(&[LIBRARY.to_owned()]),
            "self" => Some(Target::Module(file)),
            "super" => self.parent(file),
            name => self.named(file, name, more_follow(0), asked),
        };
        for (index, name) in rest.iter().enumerate() {
            let Some(Target::Module(file)) = target else {
                break;
            };
            target = match name.as_str() {
                "super" => self.parent(file),
                name => Some(self.member(file, name, more_follow(index + 1), asked)),
            };
        }
        target
    }

    /// What a name after that of a module leads to.
    fn member(&self, file: usize, name: &str, is_prefix: bool, asked: &mut Asked) -> Target {
        self.named(file, name, is_prefix, asked)
            .unwrap_or_else(|| Target::Item {
                file: self.maker(file),
                name: name.to_owned(),
            })
    }

    /// What a name leads to that a file spells out: as an item, in an import, or as a module below it.
    fn named(&self, file: usize, name: &str, is_prefix: bool, asked: &mut Asked) -> Option<Target> {
        let below = [&self.files[file].module[..], &[name.to_owned()]].concat();
        if is_prefix {
            self.module(&below)
                .or_else(|| self.item(file, name, is_prefix, asked))
        } else {
            self.item(file, name, is_prefix, asked)
                .or_else(|| self.module(&below))
        }
    }

    fn item(&self, file: usize, name: &str, is_prefix: bool, asked: &mut Asked) -> Option<Target> {
        let contents = &self.files[file].contents;
        if contents.items.contains(name) {
            let name = name.to_owned();
            return Some(Target::Item { file, name });
        }
        let question = (file, name.to_owned());
        if asked.contains(&question) {
            return None;
        }
        asked.push(question);
        let mut imports = contents
            .imports
            .iter()
            .filter(|it| it.name == name)
            .peekable();
        if imports.peek().is_some() {
            return imports.find_map(|it| self.follow(file, &it.path.names, is_prefix, asked));
        }
        self.globs(file, asked)
            .into_iter()
            .find_map(|from| self.named(from, name, is_prefix, asked))
    }

    /// The modules of which a file imports everything.
    fn globs(&self, file: usize, asked: &mut Asked) -> Vec<usize> {
        let imports = self.files[file].contents.imports.iter();
        imports
            .filter(|import| import.name == GLOB)
            .filter_map(
                |import| match self.follow(file, &import.path.names, true, asked)? {
                    Target::Module(from) => Some(from),
                    Target::Item { .. } => None,
                },
            )
            .collect()
    }

    /// Where an item of a module comes from that is spelled out nowhere: a macro made it.
    fn maker(&self, file: usize) -> usize {
        let has_made_items = |file: &usize| self.files[*file].contents.has_made_items;
        let globs = self.globs(file, &mut Vec::new());
        [file]
            .into_iter()
            .chain(globs)
            .find(has_made_items)
            .unwrap_or(file)
    }

    fn module(&self, path: &[String]) -> Option<Target> {
        self.by_path.get(path).copied().map(Target::Module)
    }

    fn parent(&self, file: usize) -> Option<Target> {
        let (_, parent) = self.files[file].module.split_last()?;
        self.module(parent)
    }
}

/// The module of a file, from the root.
fn module(path: &str) -> Vec<String> {
    let of_package = path
        .strip_prefix("src/")
        .and_then(|it| it.strip_suffix("/lib.rs"));
    let path = of_package.unwrap_or_else(|| in_crate(path));
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "main" => vec!["main".to_owned()],
        "lib" => vec![LIBRARY.to_owned()],
        path => [LIBRARY]
            .into_iter()
            .chain(path.split('/'))
            .map(str::to_owned)
            .collect(),
    }
}
