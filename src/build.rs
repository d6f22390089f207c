//! The build script: names the commit that the program is built from, which `--version` prints, and packs the relocations.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    for line in version_lines(Path::new("."), Path::new("git")) {
        println!("cargo::{line}");
    }
    if packs_relocations() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the program is for this machine, and glibc can read packed relocations. They take 1.7 MB off the program, and 2.6 MB
/// off its memory. With a linker of its own, a program is meant for other machines.
fn packs_relocations() -> bool {
    let is = |name, value: &str| std::env::var(name).is_ok_and(|it| it == value);
    let is_for_others = std::env::var_os("RUSTC_LINKER").is_some()
        || std::env::var_os("HOST") != std::env::var_os("TARGET");
    if is_for_others || !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return false;
    }
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let version = output.ok().and_then(|it| String::from_utf8(it.stdout).ok());
    version.is_some_and(|version| reads_packed_relocations(&version))
}

/// Takes what `getconf GNU_LIBC_VERSION` prints, such as `glibc 2.36`.
pub(crate) fn reads_packed_relocations(version: &str) -> bool {
    let number = version.trim().strip_prefix("glibc ");
    let parts = number.and_then(|number| number.split_once('.'));
    parts.is_some_and(|(major, minor)| {
        let minor = minor.split('.').next().unwrap_or_default();
        match (major.parse::<u32>(), minor.parse::<u32>()) {
            (Ok(major), Ok(minor)) => (major, minor) >= (2, 36),
            _ => false,
        }
    })
}

/// What cargo has to know: the version with the commit of the repository in `root`, and the files whose change means another
/// commit.
pub(crate) fn version_lines(root: &Path, git: &Path) -> Vec<String> {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec!["rerun-if-changed=src/build.rs".to_owned()];
    let Some(repository) = Repository::find(root, git) else {
        lines.push(format!("rustc-env=VERSION_WITH_COMMIT={version}"));
        return lines;
    };
    let changed = repository.changed_with_the_commit();
    lines.extend(changed.map(|file| format!("rerun-if-changed={}", file.display())));
    let commit = repository.commit().map(|it| format!(" ({it})"));
    let commit = commit.unwrap_or_default();
    lines.push(format!("rustc-env=VERSION_WITH_COMMIT={version}{commit}"));
    lines
}

/// The repository of this package, with the program that reads it.
struct Repository<'a> {
    root: &'a Path,
    git: &'a Path,
}

impl<'a> Repository<'a> {
    /// A published package has none. It may lie in a repository of others, be it below or at its root, whose commits mean
    /// nothing here.
    fn find(root: &'a Path, git: &'a Path) -> Option<Self> {
        let is_published = root.join(".cargo_vcs_info.json").exists();
        let has_repository = !is_published && root.join(".git").exists();
        has_repository.then_some(Self { root, git })
    }

    /// The commit and its date. Neither depends on the settings of the user, nor on the time zone of this machine.
    fn commit(&self) -> Option<String> {
        self.ask(&[
            "log",
            "-1",
            "--no-show-signature",
            "--no-color",
            "--abbrev=9",
            "--format=%h %cs",
        ])
    }

    /// The log of `HEAD` changes with every commit, checkout and reset. A repository may do without it.
    fn changed_with_the_commit(&self) -> impl Iterator<Item = PathBuf> {
        let files = ["HEAD", "logs/HEAD", "reftable/tables.list"];
        let paths = files.map(|file| self.ask(&["rev-parse", "--git-path", file]));
        let paths = paths.into_iter().flatten();
        paths
            .map(|path| self.root.join(path))
            // Cargo takes a missing file for a changed one.
            .filter(|path| path.exists())
    }

    /// What git answers; `None` if it is not installed, or fails.
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(self.git);
        // Stronger than GIT_DIR, which hooks set; and a repository around this one is not looked for.
        command.arg("--git-dir=.git").args(arguments);
        let output = command.current_dir(self.root).output().ok()?;
        let answer = String::from_utf8(output.stdout).ok()?;
        let answer = answer.trim();
        (output.status.success() && !answer.is_empty()).then(|| answer.to_owned())
    }
}
