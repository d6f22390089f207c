//! What is released: the version names the commit, the package has what its texts link to, and the image starts and checks
//! the service.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jobs_sandbox::cli::{Cli, Mode};

use crate::script::ended;
use crate::serve::Folder;

#[expect(dead_code, clippy::print_stdout, reason = "only cargo runs the script")]
#[path = "../../src/build.rs"]
mod build;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a line of shell in a folder, in which git has no settings of the user, and returns what it prints.
fn sh(folder: &Path, line: &str) -> String {
    let mut command = Command::new("sh");
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_COMMITTER_DATE", "2026-11-26T23:30:00-0500");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "T");
        command.env(format!("GIT_{role}_EMAIL"), "t@example.com");
    }
    let output = command.args(["-ec", line]).current_dir(folder).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A new repository with three commits.
fn repository(folder: &Path) -> PathBuf {
    let commits = "for it in 1 2 3; do git commit -q --allow-empty -m $it; done";
    sh(
        folder,
        &format!("git init -q -b main package; cd package; {commits}"),
    );
    folder.join("package")
}

/// What the build script sets the version to.
fn version(package: &Path, program: &str) -> String {
    let lines = build::version_lines(package, Path::new(program));
    let versions = lines
        .iter()
        .filter_map(|line| line.strip_prefix("rustc-env=VERSION_WITH_COMMIT="));
    versions.collect::<Vec<_>>().join(" and ")
}

#[test]
fn the_version_names_the_commit_of_the_package() {
    for (situation, line, name, is_named) in [
        ("a repository", ":", "package", true),
        ("a worktree", "git worktree add -q ../tree", "tree", true),
        ("no branch", "git checkout -q --detach", "package", true),
        ("a tag", "git tag v1; git checkout -q v1", "package", true),
        (
            "a shallow clone",
            "git clone -q --depth 1 file://$PWD ../clone",
            "clone",
            true,
        ),
        (
            "packed references",
            "git pack-refs --all; git gc -q",
            "package",
            true,
        ),
        (
            "a folder of another repository",
            "mkdir vendored",
            "package/vendored",
            false,
        ),
        (
            "a published package in one",
            "touch .cargo_vcs_info.json",
            "package",
            false,
        ),
        ("no repository", "rm -r .git", "package", false),
        ("a broken repository", "rm .git/HEAD", "package", false),
        (
            "a repository without a commit",
            "git init -q ../new",
            "new",
            false,
        ),
    ] {
        let folder = Folder::new("version");
        let first = repository(&folder.0);
        let hash = sh(&first, "git rev-parse HEAD")[..9].to_owned();
        sh(&first, line);
        let package = folder.0.join(name);
        let expected = if is_named {
            format!("{VERSION} ({hash} 2026-11-26)")
        } else {
            VERSION.to_owned()
        };
        assert_eq!(version(&package, "git"), expected, "{situation}");
        assert_eq!(version(&package, "no-such-git"), VERSION, "{situation}");
    }
}

/// The files that cargo watches, and what is in them.
fn watched(package: &Path) -> BTreeMap<String, Vec<u8>> {
    let lines = build::version_lines(package, Path::new("git"));
    let files = lines
        .iter()
        .filter_map(|line| line.strip_prefix("rerun-if-changed="));
    files
        .filter(|file| *file != "src/build.rs")
        .map(|file| (file.to_owned(), fs::read(file).expect(file)))
        .collect()
}

#[test]
fn cargo_watches_what_another_commit_changes() {
    let folder = Folder::new("watched");
    let first = repository(&folder.0);
    sh(
        &first,
        "git branch other HEAD~2; git worktree add -q -b third ../tree",
    );
    for package in [first.clone(), first.with_file_name("tree")] {
        for step in [
            "git commit -q --allow-empty -m C",
            "git commit -q --allow-empty --amend -m D",
            "git reset -q --hard HEAD~2",
            "git checkout -q --detach other",
            "git checkout -q -",
            "git merge -q --no-ff $(git commit-tree -p HEAD~1 -m E HEAD^{tree})",
        ] {
            let (before, head) = (watched(&package), sh(&package, "git rev-parse HEAD"));
            sh(&package, step);
            assert_ne!(head, sh(&package, "git rev-parse HEAD"), "{step}");
            assert!(!before.is_empty());
            let here = package.display();
            assert_ne!(before, watched(&package), "{step} in {here}");
        }
    }
}

#[test]
fn the_program_prints_the_commit_that_it_was_built_from() {
    let expected = format!("jobs-sandbox {}\n", version(root(), "git"));
    for option in ["--version", "-V"] {
        assert_eq!(ended(&[option], ""), (0, expected.clone(), String::new()));
    }
}

#[test]
fn the_packages_have_what_the_texts_link_to() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let (_, include) = manifest.split_once("\ninclude = [").expect("a list");
    let include = include.split(']').next().unwrap_or_default();
    let included: Vec<&str> = include.split('"').skip(1).step_by(2).collect();
    let root = root().canonicalize().expect("a folder");
    let mut links = 0;
    for (text, folder) in [("README.md", ""), (".github/CONTRIBUTING.md", ".github")] {
        let text = fs::read_to_string(root.join(text)).expect("a text");
        let targets = text.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|it| !it.starts_with("http")) {
            let file = root.join(folder).join(target).canonicalize();
            let file = file.unwrap_or_else(|error| panic!("{target}: {error}"));
            let is_there = |it: &&str| file.starts_with(root.join(&it[1..]));
            assert!(included.iter().any(is_there), "{target} is in no package");
            links += 1;
        }
    }
    assert!(links > 40, "{links}");
}

/// The command of an instruction of the image.
fn instructed(dockerfile: &str, instruction: &str) -> Vec<String> {
    let found = dockerfile.lines().find_map(|line| {
        let list = line.strip_prefix(instruction)?;
        Some(&list[list.find('[')?..])
    });
    let list = found.unwrap_or_else(|| panic!("no {instruction}"));
    serde_json::from_str(list).expect("a list of words")
}

#[test]
fn the_image_starts_the_service_and_checks_it() {
    let read = |words: Vec<String>| {
        let cli = Cli::read("", words.iter().map(Into::into).collect());
        cli.unwrap_or_else(|error| panic!("{words:?}: {error}"))
            .mode
    };
    let text = |path: &str| fs::read_to_string(root().join(path)).expect("a text");
    let dockerfile = text(".github/release/Dockerfile");
    let command = ["ENTRYPOINT ", "CMD "].map(|it| instructed(&dockerfile, it));
    let Some(Mode::Serve(serve)) = read(command.concat()) else {
        panic!("it starts no service");
    };
    let Some(Mode::Doctor(doctor)) = read(instructed(&dockerfile, "HEALTHCHECK ")) else {
        panic!("it is checked by no doctor");
    };
    let folder = serve.dir.expect("a folder");
    let file = |name: &str| Some(folder.join(name));
    assert_eq!(doctor.ca_file, file("ca.pem"));
    assert_eq!(doctor.cert, file("device.cert.pem"));
    assert_eq!(doctor.key, file("device.key.pem"));
    assert_eq!(doctor.port, Some(serve.mqtt_port));
    assert_eq!(doctor.thing.as_ref(), serve.things.first());
    assert_eq!(doctor.region, Some(serve.region));
    let url = format!("http://127.0.0.1:{} ", serve.http_port);
    assert!(dockerfile.contains(&format!("\nENV AWS_ENDPOINT_URL_IOT={url}")));
    let page = text("src/client/repl/pages/local-service.md");
    for port in [serve.mqtt_port, serve.http_port, serve.https_port] {
        assert!(dockerfile.contains(&format!(" {port}")), "{port}");
        assert!(page.contains(&format!("--publish 127.0.0.1:{port}:{port} ")));
    }
    let copied = format!("docker cp jobs-sandbox:{} ", folder.display());
    assert!(page.contains(&copied));
}

#[test]
fn relocations_are_packed_for_a_glibc_that_can_read_them() {
    for (version, is_packed) in [
        ("glibc 2.36\n", true),
        ("glibc 2.41.9000", true),
        ("glibc 3.0", true),
        ("glibc 2.35\n", false),
        ("glibc 2", false),
        ("musl 1.2.5", false),
        ("", false),
    ] {
        assert_eq!(
            build::reads_packed_relocations(version),
            is_packed,
            "{version}"
        );
    }
}
