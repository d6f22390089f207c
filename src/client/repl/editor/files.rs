//! Names of files, for completion after `@`.

use std::fs;
use std::path::Path;

use crate::text;

/// The most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// The paths that begin with `typed`, sorted; folders end with `/`. Hidden files are included only if a dot is typed, and
/// names that could control the terminal never are.
pub(crate) fn beginning_with(typed: &str) -> Vec<String> {
    if typed == "~" {
        return vec!["~/".to_owned()];
    }
    let (folder, begun) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let shown = Path::new(if folder.is_empty() { "." } else { folder });
    let Ok(entries) = fs::read_dir(text::in_home(shown, std::env::home_dir)) else {
        return Vec::new();
    };
    let mut paths: Vec<String> = entries
        .take(MAX_ENTRIES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let is_wanted =
                name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'));
            let is_plain = !name.contains(text::is_hidden);
            // A link to a folder counts as one.
            let is_folder = fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
            let end = if is_folder { "/" } else { "" };
            (is_wanted && is_plain).then(|| [folder, &name, end].concat())
        })
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_found() {
        let root = std::env::temp_dir().join(format!("jobs-sandbox-files-{}", std::process::id()));
        fs::create_dir_all(root.join("folder")).expect("a folder");
        for name in [
            "a.json",
            "ab.json",
            ".hidden",
            "with space",
            "\u{1b}[2J",
            "folder/x",
        ] {
            fs::write(root.join(name), "").expect("a file");
        }
        let root_text = root.to_str().expect("a path").to_owned();
        for (typed, expected) in [
            ("/", &["/a.json", "/ab.json", "/folder/", "/with space"][..]),
            ("/ab", &["/ab.json"]),
            ("/.", &["/.hidden"]),
            ("/folder/", &["/folder/x"]),
            ("/w", &["/with space"]),
            ("/nothing/x", &[]),
        ] {
            let found = beginning_with(&format!("{root_text}{typed}"));
            let expected: Vec<String> = expected
                .iter()
                .map(|path| format!("{root_text}{path}"))
                .collect();
            assert_eq!(found, expected, "{typed}");
        }
        fs::remove_dir_all(root).expect("it is removed");
    }
}
