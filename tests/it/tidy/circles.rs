//! Files that use each other in a ring.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::tidy::modules::{Modules, Target};
use crate::tidy::source::Source;

/// The items, each with a line that names it, that a file takes from each other file.
type Ties = BTreeMap<usize, BTreeMap<String, usize>>;

/// No file uses, directly or through others, a file that uses it. A file uses those that define the items it names,
/// whatever path leads to them.
pub(crate) fn circles(sources: &[Source]) -> Vec<String> {
    let modules = Modules::new(sources);
    let ties: Vec<Ties> = (0..modules.files.len())
        .map(|file| ties(&modules, file))
        .collect();
    rings(&ties)
        .iter()
        .map(|ring| described(&modules, &ties, ring))
        .collect()
}

/// What a file takes from others. A re-export alone is not a tie, and an imported module ties only through what is used
/// from it.
fn ties(modules: &Modules, file: usize) -> Ties {
    let from = &modules.files[file];
    let imports = from.contents.imports.iter();
    let imported = imports
        .filter(|import| !import.is_public)
        .map(|import| &import.path);
    let mut ties = Ties::new();
    for path in imported.chain(&from.contents.paths) {
        match modules.target(file, path) {
            Some(Target::Item { file: to, name }) if to != file => {
                let line = from.source.line(path.at);
                ties.entry(to).or_default().entry(name).or_insert(line);
            }
            _ => {}
        }
    }
    ties
}

/// The groups of files, as large as possible, in which each file reaches every other.
fn rings(ties: &[Ties]) -> Vec<Vec<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..ties.len()).map(|file| reached(ties, file)).collect();
    let mut rings = Vec::new();
    for (file, from_here) in reached.iter().enumerate() {
        let ring: Vec<usize> = from_here
            .iter()
            .copied()
            .filter(|other| reached[*other].contains(&file))
            .collect();
        // A ring is found from each of its files, and noted at the first.
        if ring.first() == Some(&file) {
            rings.push(ring);
        }
    }
    rings
}

/// The files that a file reaches by ties; itself only if it is in a ring.
fn reached(ties: &[Ties], file: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        open.extend(ties[next].keys().filter(|to| reached.insert(**to)));
    }
    reached
}

fn described(modules: &Modules, ties: &[Ties], ring: &[usize]) -> String {
    let path = |file: usize| &modules.files[file].source.path;
    let mut text = format!("{} files use each other in a ring:", ring.len());
    for &from in ring {
        for (&to, items) in ties[from].iter().filter(|(to, _)| ring.contains(to)) {
            let items: Vec<String> = items
                .iter()
                .map(|(item, line)| format!("{item} (line {line})"))
                .collect();
            let (from, to, items) = (path(from), path(to), items.join(", "));
            let _ = write!(text, "\n    {from} -> {to}: {items}");
        }
    }
    text
}

/// Takes files with their code on one line each.
fn tree(files: &[&str]) -> Vec<Source> {
    files
        .iter()
        .filter_map(|file| file.split_once(": "))
        .map(|(path, code)| Source::new(&format!("src/{path}"), code))
        .collect()
}

/// Checks which items files take from each other.
fn check_ties(files: &[&str], expected: &[&str]) {
    let sources = tree(files);
    let modules = Modules::new(&sources);
    let mut all = Vec::new();
    for (from, file) in modules.files.iter().enumerate() {
        for (to, items) in ties(&modules, from) {
            let to = &modules.files[to].source.path;
            all.extend(
                items
                    .keys()
                    .map(|item| format!("{} -> {to}: {item}", file.source.path)),
            );
        }
    }
    let expected: Vec<String> = expected
        .iter()
        .map(|tie| format!("src/{}", tie.replace("-> ", "-> src/")))
        .collect();
    assert_eq!(all, expected, "{files:?}");
}

#[test]
fn a_path_in_any_form_is_a_tie() {
    for code in [
        "use crate::b::c::Item;",
        "use crate::b::Item;",
        "pub(crate) fn f(_: &crate::b::Item) {}",
        "use crate::b::Item as Other;",
        "use crate::{b::{Item}};",
        "use crate::b::{self, c::{self, Item}};",
        "use crate::b::Item::*;",
        "use crate::b::*; fn f(_: Item) {}",
        "use crate::b::c::*; fn f(_: Item) {}",
        "use crate::b; fn f(_: b::Item) {}",
        "use crate::b::{self}; fn f(_: b::c::Item) {}",
        "use crate::b::c as d; fn f(_: d::Item) {}",
        "use crate::b; use b::c; fn f(_: c::Item) {}",
        "pub use crate::b::Item; fn f(_: Item) {}",
        "fn f() { use crate::b::Item; }",
        "fn f() { super::b::Item::new() }",
        "fn f() { self::super::b::Item { x: 1 } }",
        "fn f() { crate::b::Item::<u8>::item() }",
        "fn f() { <crate::b::Item as Iterator>::next() }",
        "fn f() { A { x, ..crate::b::Item::default() } }",
        "macro_rules! m { () => { $crate::b::Item } }",
        "#[cfg(unix)] use crate::b::Item;",
        "#[cfg(test)] use other::{A, B}; use crate::b::Item;",
        "#[cfg(test)] mod tests; use crate::b::Item;",
        "#[cfg(test)] fn f<T: A>(_: [u8; 2]) { g() } use crate::b::Item;",
        "fn f<'a>() -> impl Iterator + use<'a> { crate::b::Item }",
    ] {
        check_ties(
            &[
                "lib.rs: mod a; mod b;",
                &format!("a.rs: {code}"),
                "b/mod.rs: mod c; pub use crate::b::c::Item;",
                "b/c.rs: pub struct Item; pub fn item() {}",
            ],
            &["a.rs -> b/c.rs: Item"],
        );
    }
}

#[test]
fn what_takes_nothing_is_no_tie() {
    for code in [
        "mod b;",
        "use crate::b;",
        "use crate::b; fn f(b: u8) { g(b) }",
        "use crate::b::*;",
        "use crate::b::*; fn f() { x.item(); y::item(); } fn item() {}",
        "pub use crate::b::item;",
        "pub(crate) use crate::b::{Item, item}; impl A { fn item(item: u8) { self.item } }",
        "pub use crate::b::*;",
        "use other::b::Item;",
        "use ::b::Item;",
        "fn f() { ::b::Item; b::Item; Item }",
        "const A: &str = \"crate::b::Item\";",
        "/* crate::b::Item */",
        "#[cfg(test)] use crate::b::Item;",
        "#[cfg(test)] use crate::{b::Item, b::item};",
        "#[cfg(test)] mod tests { use crate::b::Item; }",
        "#[cfg(all(test, unix))] #[expect(a)] mod tests { use crate::b::Item; }",
        "#[cfg(test)] fn f() { crate::b::Item }",
    ] {
        let files = [
            "lib.rs: mod a; mod b;",
            &format!("a.rs: {code}"),
            "a/tests.rs: use crate::b::Item;",
            "a/tests/b.rs: use crate::b::Item;",
            "b.rs: pub struct Item; pub fn item() {}",
        ];
        check_ties(&files, &[]);
    }
}

#[test]
fn a_tie_ends_where_the_item_is_defined() {
    const LIB: &str = "lib.rs: mod a; mod b; pub use b::item;";
    const A: &str = "a.rs: use crate::b::Item;";
    const C: &str = "b/c.rs: pub struct Item;";
    for (files, expected) in [
        // By more than one stop, under another name, by a glob.
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod d; pub use d::Item;",
                "b/d.rs: pub(crate) use super::c::Item;",
                C,
            ][..],
            &["a.rs -> b/c.rs: Item"][..],
        ),
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod c; pub use c::Inner as Item;",
                "b/c.rs: pub enum Inner {}",
            ],
            &["a.rs -> b/c.rs: Inner"],
        ),
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod d; mod c; pub use {d::*, c::*};",
                "b/d.rs: pub use crate::b::*;",
                C,
            ],
            &["a.rs -> b/c.rs: Item"],
        ),
        // The module between has a use of its own.
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod c; pub use c::Item; fn f(_: Item) {}",
                C,
            ],
            &["a.rs -> b/c.rs: Item", "b/mod.rs -> b/c.rs: Item"],
        ),
        (
            &[LIB, A, "b/mod.rs: mod c; use c::Item;", C],
            &["a.rs -> b/c.rs: Item", "b/mod.rs -> b/c.rs: Item"],
        ),
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod c; pub use c::Item; fn f() { c::g() }",
                C,
            ],
            &["a.rs -> b/c.rs: Item", "b/mod.rs -> b/c.rs: g"],
        ),
        // What no file spells out: made by a macro, from another crate, in a module without a file.
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod c; pub use c::Other; items! { Item }",
                C,
            ],
            &["a.rs -> b/mod.rs: Item"],
        ),
        (
            &[
                LIB,
                A,
                "b/mod.rs: mod c; pub use c::*;",
                "b/c.rs: items! { Item }",
            ],
            &["a.rs -> b/c.rs: Item"],
        ),
        (
            &[LIB, A, "b/mod.rs: mod c; pub use other::Item;", C],
            &["a.rs -> b/mod.rs: Item"],
        ),
        (
            &[
                LIB,
                "a.rs: use crate::b::inner::Item;",
                "b/mod.rs: pub mod inner { pub struct Item; }",
            ],
            &["a.rs -> b/mod.rs: inner"],
        ),
        (
            &[
                LIB,
                "a.rs: fn f() { crate::b::item!() }",
                "b/mod.rs: macro_rules! item { () => {} } pub(crate) use item;",
            ],
            &["a.rs -> b/mod.rs: item"],
        ),
        // A module and a function of one name.
        (
            &[
                LIB,
                "a.rs: use crate::b; fn f() { b::item(); b::item::other() }",
                "b/mod.rs: mod item; pub use item::item;",
                "b/item.rs: pub fn item() {}",
            ],
            &["a.rs -> b/item.rs: item", "a.rs -> b/item.rs: other"],
        ),
        (
            &[
                "main.rs: fn main() { jobs_sandbox::item() }",
                LIB,
                "b.rs: pub fn item() {}",
            ],
            &["main.rs -> b.rs: item"],
        ),
    ] {
        check_ties(files, expected);
    }
}

#[test]
fn a_ring_is_found() {
    for (files, expected) in [
        (
            &["lib.rs: mod a;", "a.rs: use crate::a::A; pub struct A;"][..],
            &[][..],
        ),
        (
            &[
                "lib.rs: mod a;",
                "a.rs: use crate::b::B;",
                "b.rs: use crate::c::C;",
                "c.rs: use crate::d::D;",
            ],
            &[],
        ),
        (
            &[
                "lib.rs: mod a;",
                "a.rs: use crate::b::{C, B};",
                "b.rs: fn f() { crate::a::a(); crate::c::c() }",
                "c.rs: fn c() {}",
            ],
            &["2 files use each other in a ring:\
               \n    src/a.rs -> src/b.rs: B (line 1), C (line 1)\
               \n    src/b.rs -> src/a.rs: a (line 1)"],
        ),
        // Two rings; what leads from one to the other is in neither.
        (
            &[
                "lib.rs: mod a;",
                "d.rs: use crate::e::E;",
                "e.rs: use crate::d::D;",
                "c.rs: use crate::a::A; use crate::d::D;",
                "b.rs: use crate::c::C;",
                "a.rs: use crate::b::B;",
            ],
            &[
                "3 files use each other in a ring:\
                 \n    src/a.rs -> src/b.rs: B (line 1)\
                 \n    src/b.rs -> src/c.rs: C (line 1)\
                 \n    src/c.rs -> src/a.rs: A (line 1)",
                "2 files use each other in a ring:\
                 \n    src/d.rs -> src/e.rs: E (line 1)\
                 \n    src/e.rs -> src/d.rs: D (line 1)",
            ],
        ),
        // A child that takes what its parent defines.
        (
            &[
                "lib.rs: mod a;",
                "a/mod.rs: mod b; fn f() { b::g() } pub struct A;",
                "a/b.rs: fn g(_: crate::a::A) {}",
            ],
            &["2 files use each other in a ring:\
               \n    src/a/b.rs -> src/a/mod.rs: A (line 1)\
               \n    src/a/mod.rs -> src/a/b.rs: g (line 1)"],
        ),
        (
            &[
                "lib.rs: mod a;",
                "a/mod.rs: mod b; pub use b::g; pub struct A;",
                "a/b.rs: fn g(_: crate::a::A) {}",
            ],
            &[],
        ),
    ] {
        assert_eq!(circles(&tree(files)), expected, "{files:?}");
    }
}
