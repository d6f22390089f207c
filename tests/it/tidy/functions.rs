//! The length of functions.

use crate::tidy::source::{Source, closing, first_word, is_word};

/// The most lines of a function, from the line of its `fn` to that of its closing brace, comments included: one screen.
const LINES_MAX: usize = 70;

/// The most lines of most functions.
const LINES_USUAL: usize = 40;

/// How many in a hundred functions may be longer than that.
const UNUSUAL_PERCENT_MAX: usize = 3;

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// No function is longer than one screen.
pub(crate) fn length(source: &Source) -> Vec<String> {
    functions(source)
        .into_iter()
        .filter(|function| function.lines > LINES_MAX)
        .map(|Function { name, line, lines }| {
            format!("line {line}: `{name}` has {lines} lines, at most {LINES_MAX}")
        })
        .collect()
}

/// Few functions are longer than usual.
pub(crate) fn usual_length(sources: &[Source]) -> Vec<String> {
    let mut total = 0;
    let mut unusual = Vec::new();
    for source in sources {
        let functions = functions(source);
        total += functions.len();
        unusual.extend(
            functions
                .into_iter()
                .filter(|function| function.lines > LINES_USUAL)
                .map(|function| (source, function)),
        );
    }
    if unusual.len() * 100 <= total * UNUSUAL_PERCENT_MAX {
        return Vec::new();
    }
    unusual.sort_by_key(|(_, function)| std::cmp::Reverse(function.lines));
    let listed: Vec<String> = unusual
        .iter()
        .map(|(source, Function { name, line, lines })| {
            format!("\n    {lines} lines: {}:{line} `{name}`", source.path)
        })
        .collect();
    vec![format!(
        "{} of {total} functions have more than {LINES_USUAL} lines, at most {UNUSUAL_PERCENT_MAX} % may:{}",
        unusual.len(),
        listed.concat()
    )]
}

/// The shipped functions with a body. A closure is part of its function; a function inside another counts both as part
/// of it and for itself.
fn functions(source: &Source) -> Vec<Function> {
    let code = &source.bare;
    word_positions(code, "fn")
        .into_iter()
        .filter_map(|start| {
            let rest = code[start + "fn".len()..].trim_start();
            let name = first_word(rest.trim_start_matches('$'));
            let signature = code.len() - rest.len();
            let body = body(code, signature).filter(|_| !name.is_empty())?;
            let line = source.line(start);
            let lines = code[start..closing(code, body)].matches('\n').count() + 1;
            Some(Function { name, line, lines })
        })
        .collect()
}

/// Where the body after a signature opens, if there is one.
fn body(code: &str, signature: usize) -> Option<usize> {
    let mut at = signature;
    loop {
        at += code[at..].find(['(', '[', '{', ';'])?;
        match code.as_bytes()[at] {
            b'{' => return Some(at),
            b';' => return None,
            _ => at = closing(code, at),
        }
    }
}

/// Where a word stands alone in bare code.
fn word_positions(code: &str, word: &str) -> Vec<usize> {
    let stands_alone =
        |at: usize| !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word);
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| stands_alone(*at))
        .collect()
}

#[test]
fn a_long_function_is_found() {
    let lines = |count: usize| "    call();\n".repeat(count);
    let (most, more) = (lines(LINES_MAX - 2), lines(LINES_MAX - 1));
    let strings = format!(
        "fn f() {{\n    \"}}\";\n    '}}';\n{}}}",
        lines(LINES_MAX - 4)
    );
    for (text, expected) in [
        (format!("fn f() {{\n{most}}}\n"), &[][..]),
        (
            format!("fn f() {{\n{more}}}\n"),
            &["line 1: `f` has 71 lines, at most 70"],
        ),
        (
            format!(
                "impl A {{\n    #[must_use]\n    pub(crate) async fn f<T>(\n        a: [u8; 2],\n    ) -> T {{\n{most}}}\n}}"
            ),
            &["line 3: `f` has 72 lines, at most 70"],
        ),
        (
            format!("fn f() {{\n    // {{\n{most}}}"),
            &["line 1: `f` has 71 lines, at most 70"],
        ),
        (
            format!("fn f() {{\n    let g = |x| {{\n{most}    }};\n}}"),
            &["line 1: `f` has 72 lines, at most 70"],
        ),
        (
            format!("fn f() {{\n    fn g() {{\n{more}    }}\n}}"),
            &[
                "line 1: `f` has 73 lines, at most 70",
                "line 2: `g` has 71 lines, at most 70",
            ],
        ),
        (
            format!(
                "macro_rules! m {{\n    ($name:ident) => {{\n        fn $name() {{\n{more}        }}\n    }};\n}}"
            ),
            &["line 3: `name` has 71 lines, at most 70"],
        ),
        (strings.clone(), &[]),
        (
            strings.replacen('\n', "\n\n", 1),
            &["line 1: `f` has 71 lines, at most 70"],
        ),
        (format!("trait T {{\n    fn f(&self);\n{more}}}"), &[]),
        (format!("struct S {{\n    f: fn(u8) -> u8,\n{more}}}"), &[]),
        (format!("const S: &str = \"fn f() {{\n{more}}}\";"), &[]),
        (
            format!("// fn f() {{\nconst X: [u8; 2] = {{\n{more}}};"),
            &[],
        ),
        (
            format!("#[cfg(test)]\nmod tests {{\n    fn f() {{\n{more}}}\n}}"),
            &[],
        ),
        (
            format!("#[cfg(test)]\nmod tests;\n\nfn f() {{\n{more}}}"),
            &["line 4: `f` has 71 lines, at most 70"],
        ),
    ] {
        assert_eq!(
            length(&Source::new("src/tls.rs", &text)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn too_many_long_functions_are_found() {
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "\n".repeat(lines - 2));
    let of = |usual: usize, unusual: usize| {
        [
            Source::new("src/a.rs", &function(LINES_USUAL).repeat(usual)),
            Source::new("src/b.rs", &function(LINES_USUAL + 1).repeat(unusual)),
            Source::new("src/b/tests.rs", &function(LINES_USUAL + 1)),
        ]
    };
    assert!(usual_length(&of(97, 3)).is_empty());
    assert!(usual_length(&of(0, 0)).is_empty());
    let expected = "2 of 66 functions have more than 40 lines, at most 3 % may:\
        \n    41 lines: src/b.rs:1 `f`\n    41 lines: src/b.rs:42 `f`";
    assert_eq!(usual_length(&of(64, 2)), [expected]);
}
