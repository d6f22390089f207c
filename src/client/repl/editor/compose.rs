//! The user's editor, opened on a text in a file: the one that `VISUAL` names, or else `EDITOR`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use uuid::Uuid;

use crate::repl::input::words::MAX_LINE_BYTES;
use crate::text;

/// Why the editor returned no text.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Neither variable names an editor.
    #[error(
        "no editor is set: neither VISUAL nor EDITOR names one\nhint: leave, run `export EDITOR=vi` (or your editor), and restart the sandbox"
    )]
    NoEditor,
    /// The line is taller than the screen, and no editor was found.
    #[error(
        "this line is taller than the screen, and no editor was found\nhint: enlarge the window, or give the document as `@file`"
    )]
    TooTall,
    /// The file for the editor could not be created.
    #[error("cannot write a file for the editor: {0}")]
    File(#[source] io::Error),
    /// The editor could not be started.
    #[error("cannot start the editor `{0}`: {1}\nhint: VISUAL, or else EDITOR, names the editor")]
    Start(String, #[source] io::Error),
    /// The editor failed, or the user discarded the text.
    #[error(
        "the editor `{0}` failed, so its text is not used: {1}\nhint: VISUAL, or else EDITOR, names the editor"
    )]
    Failed(String, ExitStatus),
    /// The saved text cannot be a command. The file is kept.
    #[error("cannot use `{}`, which the editor saved: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
}

/// The editor to use, by the values of `VISUAL` and `EDITOR`: a command with its arguments.
pub fn program(visual: Option<OsString>, editor: Option<OsString>) -> Option<OsString> {
    let mut named = visual.into_iter().chain(editor);
    named.find(|program| !program.is_empty())
}

/// An editor that most machines have.
pub(crate) fn usual_program() -> Option<OsString> {
    let mut find = Command::new("sh");
    find.args(["-c", "command -v vi || command -v nano"]);
    let found = find.stderr(Stdio::null()).output().ok()?.stdout;
    let found = String::from_utf8(found).ok()?;
    Some(found.trim().into()).filter(|program: &OsString| !program.is_empty())
}

/// Opens `program` on a file of this name that contains `text`, and waits until it exits. Returns the saved text without the
/// line ending at its end, at most [`MAX_LINE_BYTES`]. Only the owner can read the file. It is removed with everything that
/// the editor has put beside it.
pub(crate) fn compose(
    program: Option<&OsStr>,
    name: &str,
    text: &str,
) -> Result<String, ComposeError> {
    let program = program.ok_or(ComposeError::NoEditor)?;
    let folder = EditFolder::create().map_err(ComposeError::File)?;
    let path = folder.0.join(name);
    write(&path, text).map_err(ComposeError::File)?;
    let shown = || program.to_string_lossy().into_owned();
    let status = command(program, &path)
        .status()
        .map_err(|error| ComposeError::Start(shown(), error))?;
    if !status.success() {
        return Err(ComposeError::Failed(shown(), status));
    }
    read(&path).map_err(|reason| {
        folder.keep();
        ComposeError::Unusable { path, reason }
    })
}

/// As in git: the shell reads the variable, so it can contain arguments and quotes.
#[cfg(unix)]
fn command(program: &OsStr, path: &Path) -> Command {
    let mut line = program.to_owned();
    line.push(" \"$1\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).arg("sh").arg(path);
    command
}

/// A program and its arguments, separated by spaces.
#[cfg(not(unix))]
fn command(program: &OsStr, path: &Path) -> Command {
    let program = program.to_string_lossy();
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(path);
    command
}

/// A new folder that only its owner can enter, removed at the end with its contents.
struct EditFolder(PathBuf);

impl EditFolder {
    fn create() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("jobs-sandbox-edit-{}", Uuid::new_v4()));
        let mut folder = DirBuilder::new();
        // An existing folder belongs to another program.
        folder.recursive(false);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&path)?;
        Ok(Self(path))
    }

    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for EditFolder {
    fn drop(&mut self) {
        // If it cannot be removed, still only its owner can read it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.open(path)?;
    file.write_all(text.as_bytes())?;
    if !text.is_empty() {
        // Editors expect a line ending at the end.
        file.write_all(b"\n")?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    // One byte more than allowed, and a line ending.
    let limit = MAX_LINE_BYTES as u64 + 3;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    let text = text::decode(bytes).map_err(|error| format!("it {error}"))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.len() > MAX_LINE_BYTES {
        return Err(format!("it is longer than {MAX_LINE_BYTES} bytes"));
    }
    Ok(text.to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn composed(program: &str, text: &str) -> Result<String, ComposeError> {
        compose(Some(OsStr::new(program)), "line", text)
    }

    #[test]
    fn the_editor_is_visual_before_editor() {
        let os = |text: Option<&str>| text.map(OsString::from);
        for (visual, editor, expected) in [
            (Some("a"), Some("b"), Some("a")),
            (Some(""), Some("b"), Some("b")),
            (None, Some("b"), Some("b")),
            (None, Some(""), None),
            (None, None, None),
        ] {
            assert_eq!(program(os(visual), os(editor)), os(expected));
        }
    }

    #[test]
    fn what_is_saved_comes_back() {
        for (program, text, expected) in [
            ("true", "a b", "a b"),
            ("true", "", ""),
            ("sed -i s/b/c/", "a b\nb", "a c\nc"),
            ("sed -i 's/a b/c  d/'", "a b", "c  d"),
            ("printf '{\\r\\n}\\r\\n\\n' >", "x", "{\r\n}"),
            ("printf '' >", "x", ""),
            ("printf '\\357\\273\\277{}\\n' >", "x", "{}"),
            ("printf '\\377\\376{\\0}\\0' >", "x", "{}"),
        ] {
            let saved = composed(program, text).expect(program);
            assert_eq!(saved, expected, "{program}");
        }
    }

    #[test]
    fn nothing_is_taken_from_an_editor_that_fails() {
        let error = compose(None, "line", "x").expect_err("no editor");
        assert!(matches!(error, ComposeError::NoEditor));
        for program in ["false", "/no/such/editor", "kill -9 $$ #"] {
            let error = composed(program, "x").expect_err(program).to_string();
            assert!(error.contains(program), "{error}");
        }
    }

    #[test]
    fn only_its_owner_can_read_the_file_and_it_is_removed() {
        let seen = std::env::temp_dir().join(format!("jobs-sandbox-seen-{}", std::process::id()));
        let program = format!(
            "f() {{ touch \"$1~\"; stat -c %a \"$1\" \"${{1%/*}}\" > {0}; echo \"$1\" >> {0}; }}; f",
            seen.display()
        );
        assert_eq!(composed(&program, "x").expect("an editor"), "x");
        let report = fs::read_to_string(&seen).expect("a report");
        fs::remove_file(&seen).expect("it is removed");
        let lines: Vec<&str> = report.lines().collect();
        let [file_mode, folder_mode, path] = lines[..] else {
            panic!("{report}");
        };
        assert_eq!((file_mode, folder_mode), ("600", "700"));
        let folder = Path::new(path).parent().expect("a folder");
        assert!(!folder.exists(), "{path}");
    }

    #[test]
    fn what_cannot_be_taken_is_kept() {
        for (program, expected) in [
            ("printf '\\377' >", "is not UTF-8"),
            ("head -c 300000 /dev/zero >", "is longer than 262144 bytes"),
            ("rm", "No such file"),
        ] {
            let error = composed(program, "x").expect_err(program);
            assert!(error.to_string().contains(expected), "{error}");
            let ComposeError::Unusable { path, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(path.exists(), program != "rm");
            fs::remove_dir_all(path.parent().expect("a folder")).expect("it is removed");
        }
    }
}
