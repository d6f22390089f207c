//! Files that the program writes for its user alone. Those to which it writes while it runs, such as the log, may be named
//! pipes, and never block the program for long.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long opening a pipe may wait for a reader, and writing to it may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// The folder for files that the program keeps between runs, from the values of `XDG_STATE_HOME` and `HOME`; `None` if
/// neither is an absolute path. <https://specifications.freedesktop.org/basedir-spec/latest/>
pub fn state_folder(state_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let absolute = |folder: Option<&OsStr>| folder.map(PathBuf::from).filter(|p| p.is_absolute());
    let state_home =
        absolute(state_home).or_else(|| absolute(home).map(|home| home.join(".local/state")));
    state_home.map(|folder| folder.join("jobs-sandbox"))
}

/// The folder for what the user configures, on an operating system as [`std::env::consts::OS`] names it; `None` if the variables
/// that lead there are not absolute paths.
pub fn config_folder(system: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        let folder = variable(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    let in_home = |folder| Some(absolute("HOME")?.join(folder));
    let folder = match system {
        "windows" => absolute("APPDATA"),
        "macos" => absolute("XDG_CONFIG_HOME").or_else(|| in_home("Library/Application Support")),
        _ => absolute("XDG_CONFIG_HOME").or_else(|| in_home(".config")),
    };
    folder.map(|folder| folder.join("jobs-sandbox"))
}

/// Writes a file anew. Only its owner can read it if it is new.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())
}

/// Creates a folder with those above it, for its owner alone where they are new.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file that is appended to. Only its owner can read it if it is new.
#[derive(Debug)]
pub struct OwnFile {
    file: File,
    /// How long the next write may take; zero after one that has taken too long.
    patience: Duration,
}

impl OwnFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
            options.mode(0o600).custom_flags(nonblocking);
        }
        let opened = within(PATIENCE, has_no_reader, || options.open(path));
        let file = opened.map_err(|error| {
            if has_no_reader(&error) {
                io::Error::other("no program reads this pipe")
            } else {
                error
            }
        })?;
        Ok(Self {
            file,
            patience: PATIENCE,
        })
    }
}

impl Write for OwnFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_full = |error: &io::Error| error.kind() == ErrorKind::WouldBlock;
        let file = &mut self.file;
        let written = within(self.patience, is_full, || file.write(bytes));
        self.patience = match &written {
            Err(error) if is_full(error) => Duration::ZERO,
            _ => PATIENCE,
        };
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether a file is a named pipe that no program reads.
fn has_no_reader(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(nix::errno::Errno::ENXIO as i32);
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// Retries something for this long, while it fails in this way.
pub fn within<T>(
    patience: Duration,
    is_passing: impl Fn(&io::Error) -> bool,
    mut attempt: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        let done = attempt();
        match &done {
            Err(error) if is_passing(error) && Instant::now() < deadline => {}
            _ => return done,
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;

    use super::*;

    fn pipe(name: &str) -> PathBuf {
        let name = format!("jobs-sandbox-{name}-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("a shell command").success());
        path
    }

    #[test]
    fn a_pipe_without_a_reader_is_an_error() {
        let path = pipe("unread");
        let error = OwnFile::open(&path).expect_err("no reader");
        assert_eq!(error.to_string(), "no program reads this pipe");
        std::fs::remove_file(path).expect("it is removed");
    }

    #[test]
    fn a_pipe_whose_reader_comes_late_gets_what_fits() {
        let path = pipe("stalled");
        let of_reader = path.clone();
        let reader = std::thread::spawn(move || File::open(of_reader));
        let mut file = OwnFile::open(&path).expect("a reader");
        let mut reader = reader.join().expect("a thread").expect("a pipe");
        let line = [b'x'; 1000];
        // The reader does not read: the first write that does not fit waits, and later ones do not.
        let taken = (0..200).filter(|_| file.write_all(&line).is_ok()).count();
        assert!((1..200).contains(&taken), "{taken}");
        assert_eq!(file.patience, Duration::ZERO);
        let mut read = vec![0; taken * line.len()];
        reader.read_exact(&mut read).expect("all that was taken");
        file.write_all(b"more").expect("there is room");
        assert_eq!(file.patience, PATIENCE);
        std::fs::remove_file(path).expect("it is removed");
    }

    #[test]
    fn each_system_has_its_folder_for_configuration() {
        let root = if cfg!(windows) { r"C:\" } else { "/" };
        let in_root = |folder: &str| Some(Path::new(root).join(folder));
        for (system, set, expected) in [
            (
                "linux",
                &["XDG_CONFIG_HOME", "HOME"][..],
                in_root("XDG_CONFIG_HOME"),
            ),
            ("linux", &["HOME"], in_root("HOME/.config")),
            ("freebsd", &["HOME"], in_root("HOME/.config")),
            (
                "macos",
                &["HOME"],
                in_root("HOME/Library/Application Support"),
            ),
            (
                "macos",
                &["XDG_CONFIG_HOME", "HOME"],
                in_root("XDG_CONFIG_HOME"),
            ),
            ("windows", &["APPDATA", "HOME"], in_root("APPDATA")),
            ("windows", &["HOME"], None),
            ("linux", &[], None),
        ] {
            let found = config_folder(system, |name| {
                let path = Path::new(root).join(name);
                set.contains(&name).then(|| path.into_os_string())
            });
            let expected = expected.map(|folder| folder.join("jobs-sandbox"));
            assert_eq!(found, expected, "{system} {set:?}");
        }
        // A relative path counts as unset.
        assert_eq!(config_folder("linux", |_| Some("relative".into())), None);
    }
}
