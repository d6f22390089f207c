//! The files that `cargo fmt` does not find: a macro declares their modules.

use std::path::Path;
use std::process::Command;

/// The modules of `src/client/control/operations` are declared by the list of operations, one line each.
#[test]
fn the_files_of_operations_are_formatted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client/control/operations");
    let entries = std::fs::read_dir(&folder).expect("the folder");
    let files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    assert!(files.len() > 20, "{files:?}");
    let checked = Command::new("rustfmt")
        .args(["--edition", "2024", "--check"])
        .args(&files)
        .output()
        .expect("rustfmt");
    assert!(
        checked.status.success(),
        "run `rustfmt --edition 2024 src/client/control/operations/*.rs`\n{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}
