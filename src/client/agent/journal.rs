//! The journal of a device: what it has to know of its jobs after it was stopped or killed at any instant.
//!
//! A thing has one file, which is replaced as a whole, and one that is locked as long as its journal is open. A third file names
//! the process group that works: it counts only as long as the machine runs, and so it is not synchronised with the disk.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::agent::work::Group;
use crate::not_json::NotJson;
use crate::text::NotText;
use crate::{own_file, redact, text};

/// The format of the file. Whatever an older program could not read raises it.
const VERSION: u32 = 1;

/// No journal is as large, and no more is read.
const BYTES_MAX: u64 = 16 << 20;

/// How many characters of a thing's name its files are named by.
const NAME_CHARACTERS_MAX: usize = 64;

/// How many bytes are written to find out whether there is room.
const TRIAL: [u8; 4096] = [b'\n'; 4096];

/// How long a lock may outlive its owner: a process that was about to become a program holds it until it is one.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whose journal it is. Things of the same name in two accounts have two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub endpoint: String,
    /// Absent where only the endpoint gives it.
    pub account: Option<String>,
    pub thing: String,
}

/// Why a journal cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error(
        "another agent of `{}` is running{}\nend that one first; a thing has one agent at a time",
        text::sanitize(thing),
        holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse { thing: String, holder: Option<u32> },
    #[error("the journal `{}` {flaw}\n{}", shown(path), flaw.next())]
    Unusable { path: PathBuf, flaw: Flaw },
    #[error("cannot {action} `{}`: {source}\n{}", shown(path), next_of(source))]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// What is wrong with a file or a folder that is there.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    #[error("is a symbolic link")]
    Link,
    #[error("is not a regular file")]
    NoFile,
    #[error("is in a place that is not a folder")]
    NoFolder,
    #[error("belongs to the user with id {owner}, and this program runs as {user}")]
    Owner { owner: u32, user: u32 },
    #[error("can be written by other users (mode {0:03o})")]
    Mode(u32),
    #[error("has more than {} MB", BYTES_MAX >> 20)]
    Size,
    #[error("{0}")]
    NotText(NotText),
    #[error("is not JSON: {0}")]
    NotJson(String),
    #[error("is JSON, but not a journal of this program (line {line} column {column})")]
    OtherJson { line: usize, column: usize },
    #[error("has format {0}; this program reads up to format {VERSION}")]
    Newer(u32),
    #[error("is the journal of `{}` at {}", text::sanitize(&.0.thing), text::sanitize(&.0.endpoint))]
    OtherThing(Identity),
}

impl Flaw {
    fn next(&self) -> &'static str {
        match self {
            Self::Newer(_) => "update jobs-sandbox, or give the agent another folder",
            Self::Owner { .. } => "run the agent as that user, or give it another folder",
            Self::Mode(_) => {
                "take the right from them (chmod go-w), or give the agent another folder"
            }
            Self::NoFolder => "give the agent another folder",
            Self::Link
            | Self::NoFile
            | Self::Size
            | Self::NotText(_)
            | Self::NotJson(_)
            | Self::OtherJson { .. }
            | Self::OtherThing(_) => {
                "look at it, then move it away; without it, the agent does not know which steps of a job are done"
            }
        }
    }
}

fn shown(path: &Path) -> String {
    text::sanitize(&path.to_string_lossy()).into_owned()
}

fn next_of(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or give the agent another folder"
        }
        ErrorKind::Unsupported => {
            "the file system has no locks; give the agent a folder on another one"
        }
        _ => "give the agent a folder that it can write to",
    }
}

/// The folder of the journals, from the values of `XDG_STATE_HOME` and `HOME`; `None` if neither is an absolute path.
pub fn folder(state_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    own_file::state_folder(state_home, home).map(|folder| folder.join("agent"))
}

/// An open journal. No other agent of the thing runs as long as it is open.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    /// What its files are called, but for their endings.
    stem: String,
    identity: Identity,
    /// Unlocks when it is closed.
    _lock: File,
}

/// The file.
#[derive(Serialize)]
struct Written<'a, T> {
    version: u32,
    identity: &'a Identity,
    memory: &'a T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Owner {
    identity: Identity,
}

#[derive(Deserialize)]
struct Kept<T> {
    memory: T,
}

impl Journal {
    /// Opens the journal in this folder, which is created if it is missing, and reads what was stored last, if anything was.
    pub fn open<T: DeserializeOwned>(
        folder: &Path,
        identity: Identity,
    ) -> Result<(Self, Option<T>), JournalError> {
        let folder = std::path::absolute(folder).map_err(failed("find", folder))?;
        create_private(&folder)?;
        let stem = stem(&identity);
        let lock = lock(&folder.join(format!("{stem}.lock")), &identity.thing)?;
        let journal = Self {
            folder,
            stem,
            identity,
            _lock: lock,
        };
        let memory = journal.read()?;
        journal.try_to_write()?;
        Ok((journal, memory))
    }

    /// Stores this in place of what was stored before. When it returns, the disk has it; after an error, the disk has what was
    /// stored before. It waits for the disk.
    pub fn store<T: Serialize>(&mut self, memory: &T) -> Result<(), JournalError> {
        let written = Written {
            version: VERSION,
            identity: &self.identity,
            memory,
        };
        let path = self.path("json");
        let bytes = serde_json::to_vec(&written).map_err(io::Error::from);
        let bytes = bytes.map_err(failed("write", &path))?;
        self.replace(&path, &bytes, true)
    }

    /// Notes which processes work, before they begin to; `None` once they are gone.
    pub fn note_group(&mut self, group: Option<&Group>) -> Result<(), JournalError> {
        let path = self.path("running");
        let Some(group) = group else {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(failed("remove", &path)(error))
                }
                _ => Ok(()),
            };
        };
        let bytes = serde_json::to_vec(group).map_err(io::Error::from);
        let bytes = bytes.map_err(failed("write", &path))?;
        self.replace(&path, &bytes, false)
    }

    /// The processes that worked when the last agent was killed. They may still run.
    pub fn noted_group(&self) -> Result<Option<Group>, JournalError> {
        let bytes = read_own(&self.path("running"))?;
        // Only a crash of the machine can have left half of a file, and no process has survived that.
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// The file, for messages.
    pub fn file(&self) -> PathBuf {
        self.path("json")
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.stem))
    }

    fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, JournalError> {
        let path = self.path("json");
        let unusable = |flaw| JournalError::Unusable {
            path: path.clone(),
            flaw,
        };
        let Some(bytes) = read_own(&path)? else {
            return Ok(None);
        };
        let written = text::decode(bytes).map_err(|error| unusable(Flaw::NotText(error)))?;
        // In steps: a newer format may have anything behind its version.
        let broken = |error| unusable(broken(&written, &error));
        let Version { version } = serde_json::from_str(&written).map_err(broken)?;
        if version > VERSION {
            return Err(unusable(Flaw::Newer(version)));
        }
        let Owner { identity } = serde_json::from_str(&written).map_err(broken)?;
        if identity != self.identity {
            return Err(unusable(Flaw::OtherThing(identity)));
        }
        let kept: Kept<T> = serde_json::from_str(&written).map_err(broken)?;
        Ok(Some(kept.memory))
    }

    /// Finds out whether there is a journal to be had before any job is claimed.
    fn try_to_write(&self) -> Result<(), JournalError> {
        let path = self.path("new");
        write_new(&path, &TRIAL, true).map_err(failed("write", &path))?;
        fs::remove_file(&path).map_err(failed("remove", &path))
    }

    /// Writes beside the file, then renames: at any instant, there is the old content or the new.
    fn replace(
        &self,
        path: &Path,
        bytes: &[u8],
        is_synchronised: bool,
    ) -> Result<(), JournalError> {
        let new = self.path("new");
        let replaced = write_new(&new, bytes, is_synchronised)
            .and_then(|()| fs::rename(&new, path))
            .and_then(|()| {
                if is_synchronised {
                    synchronise(&self.folder)
                } else {
                    Ok(())
                }
            });
        replaced.map_err(failed("write", path))
    }
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> JournalError + 'a {
    move |source| JournalError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Without the words of the parser, which may also quote what it has found.
fn broken(written: &str, error: &serde_json::Error) -> Flaw {
    if error.is_data() {
        return Flaw::OtherJson {
            line: error.line(),
            column: error.column(),
        };
    }
    let reason = NotJson::new(written, error).what;
    Flaw::NotJson(text::sanitize(&redact::signatures(&reason)).into_owned())
}

/// A name for files of this thing: readable, and its own, whatever the name of the thing and the file system.
fn stem(identity: &Identity) -> String {
    let Identity {
        endpoint,
        account,
        thing,
    } = identity;
    let account = account.as_deref().unwrap_or("");
    let whole = format!("{endpoint}\0{account}\0{thing}");
    let hash = digest::digest(&digest::SHA256, whole.as_bytes());
    let hash = hash.as_ref()[..16].iter();
    let hash = hash.fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = thing.chars().take(NAME_CHARACTERS_MAX).map(plain).collect();
    format!("{name}.{hash:032x}")
}

/// Creates the folder for its owner alone; one that is there must be no other user's.
fn create_private(folder: &Path) -> Result<(), JournalError> {
    own_file::create_folder(folder).map_err(failed("create the folder", folder))?;
    let metadata = fs::metadata(folder).map_err(failed("look at", folder))?;
    let flaw = if metadata.is_dir() {
        foreign(&metadata)
    } else {
        Some(Flaw::NoFolder)
    };
    refuse(folder, flaw)
}

fn refuse(path: &Path, flaw: Option<Flaw>) -> Result<(), JournalError> {
    match flaw {
        Some(flaw) => Err(JournalError::Unusable {
            path: path.to_owned(),
            flaw,
        }),
        None => Ok(()),
    }
}

/// What makes a file or folder another user's, who could have written it.
#[cfg(unix)]
fn foreign(metadata: &fs::Metadata) -> Option<Flaw> {
    foreign_to(nix::unistd::geteuid().as_raw(), metadata)
}

#[cfg(unix)]
fn foreign_to(user: u32, metadata: &fs::Metadata) -> Option<Flaw> {
    use std::os::unix::fs::MetadataExt as _;

    let owner = metadata.uid();
    if owner != user {
        return Some(Flaw::Owner { owner, user });
    }
    let mode = metadata.mode() & 0o777;
    (mode & 0o022 != 0).then_some(Flaw::Mode(mode))
}

#[cfg(not(unix))]
fn foreign(_: &fs::Metadata) -> Option<Flaw> {
    None
}

/// Locks a thing for as long as the file is open. The file says which process has it.
fn lock(path: &Path, thing: &str) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = open_own(path, &mut options)?;
    let is_locked = |error: &io::Error| error.kind() == ErrorKind::WouldBlock;
    let locked = own_file::within(PATIENCE, is_locked, || {
        file.try_lock().map_err(io::Error::from)
    });
    match locked {
        Ok(()) => {}
        Err(error) if is_locked(&error) => {
            let mut holder = String::new();
            // Where a lock also keeps others from reading, the holder stays unknown.
            let read = (&file).take(16).read_to_string(&mut holder);
            return Err(JournalError::InUse {
                thing: thing.to_owned(),
                holder: read.ok().and_then(|_| holder.trim().parse().ok()),
            });
        }
        Err(error) => return Err(failed("lock", path)(error)),
    }
    let pid = std::process::id();
    let written = file.set_len(0).and_then(|()| writeln!(file, "{pid}"));
    written.map_err(failed("write", path))?;
    Ok(file)
}

/// The content of a file of this user; `None` if the file does not exist.
fn read_own(path: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    let file = match open_own(path, OpenOptions::new().read(true)) {
        Err(JournalError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(None);
        }
        opened => opened?,
    };
    let mut bytes = Vec::new();
    let read = file.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    let length = read.map_err(failed("read", path))?;
    let is_large = u64::try_from(length).is_ok_and(|length| length > BYTES_MAX);
    refuse(path, is_large.then_some(Flaw::Size))?;
    Ok(Some(bytes))
}

/// Opens a regular file of this user. Neither a link is followed nor a pipe waited for.
fn open_own(path: &Path, options: &mut OpenOptions) -> Result<File, JournalError> {
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits());
    }
    let found = path.symlink_metadata();
    let flaw = match &found {
        Ok(found) if found.is_symlink() => Some(Flaw::Link),
        Ok(found) if !found.is_file() => Some(Flaw::NoFile),
        _ => None,
    };
    refuse(path, flaw)?;
    let file = options.open(path).map_err(failed("open", path))?;
    let metadata = file.metadata().map_err(failed("look at", path))?;
    let flaw = if metadata.is_file() {
        foreign(&metadata)
    } else {
        Some(Flaw::NoFile)
    };
    refuse(path, flaw)?;
    Ok(file)
}

/// Writes a file that only its owner can read. One that was left half written is replaced; after an error it does not exist.
fn write_new(path: &Path, bytes: &[u8], is_synchronised: bool) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| {
        if is_synchronised {
            file.sync_all()
        } else {
            Ok(())
        }
    });
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// Makes a renaming in a folder last.
#[cfg(unix)]
fn synchronise(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere, a folder cannot be opened.
#[cfg(not(unix))]
fn synchronise(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A folder that does not exist yet, in one that goes with this.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            let name = format!("jobs-sandbox-journal-{}", uuid::Uuid::new_v4());
            let place = std::env::temp_dir().join(name);
            fs::create_dir(&place).expect("a folder");
            Self(place)
        }

        fn folder(&self) -> PathBuf {
            self.0.join("state/agent")
        }

        fn open(&self) -> Result<(Journal, Option<Vec<String>>), JournalError> {
            Journal::open(&self.folder(), identity("Pump-1"))
        }

        /// The text of the error with which the journal is refused.
        fn refusal(&self) -> String {
            let refused = self.open().map(|(_, memory)| memory);
            let text = refused.expect_err("a refusal").to_string();
            text.replace(&*self.folder().to_string_lossy(), "FOLDER")
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn identity(thing: &str) -> Identity {
        Identity {
            endpoint: "example-ats.iot.us-east-1.amazonaws.com".to_owned(),
            account: None,
            thing: thing.to_owned(),
        }
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("a file").permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its own file");
    }

    #[test]
    fn what_is_stored_is_there_when_it_is_opened_next() {
        let place = Place::new();
        let (mut journal, memory) = place.open().expect("a journal");
        assert_eq!(memory, None);
        assert_eq!(journal.noted_group().expect("no file"), None);
        let group: Group = serde_json::from_str(r#"{"leader":12,"birth":null}"#).expect("a group");
        for text in ["one", "two", "\u{0}\u{1f680}"] {
            journal.store(&[text]).expect("room");
            journal.note_group(Some(&group)).expect("room");
            let file = journal.file();
            drop(journal);
            // As left by a program that was killed while it wrote.
            fs::write(file.with_extension("new"), "{\"vers").expect("room");
            let (opened, memory) = place.open().expect("a journal");
            assert_eq!(memory, Some(vec![text.to_owned()]));
            assert_eq!(opened.noted_group().expect("a file"), Some(group.clone()));
            journal = opened;
        }
        journal.note_group(None).expect("it is removed");
        journal.note_group(None).expect("nothing is to be removed");
        assert_eq!(journal.noted_group().expect("no file"), None);
        fs::write(journal.file().with_extension("running"), "{\"lea").expect("room");
        assert_eq!(journal.noted_group().expect("half a file"), None);

        assert_eq!(mode(&place.folder()), 0o700);
        let entries = fs::read_dir(place.folder()).expect("the folder");
        let files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        assert_eq!(files.len(), 3, "{files:?}");
        assert!(mode(&journal.file()) == 0o600, "{files:?}");
        assert!(
            mode(&journal.file().with_extension("lock")) == 0o600,
            "{files:?}"
        );
    }

    #[test]
    fn a_thing_has_one_agent() {
        let place = Place::new();
        let (journal, _) = place.open().expect("a journal");
        let expected = format!(
            "another agent of `Pump-1` is running (process {})\nend that one first; a thing has one agent at a time",
            std::process::id()
        );
        assert_eq!(place.refusal(), expected);
        let other = Journal::open::<()>(&place.folder(), identity("Pump-2"));
        other.expect("another thing");
        drop(journal);
        place.open().expect("the lock is free");
    }

    #[test]
    fn each_identity_has_files_of_its_own_in_the_folder() {
        let things = [
            "Pump-1",
            "pump-1",
            "a:b",
            "a_b",
            "..",
            ".",
            "a b",
            "\u{e9}",
            "a\\b",
            &"x".repeat(128),
        ];
        let mut identities: Vec<Identity> = things.map(identity).to_vec();
        let other = identity("Pump-1");
        identities.push(Identity {
            account: Some("123456789012".to_owned()),
            ..other.clone()
        });
        identities.push(Identity {
            endpoint: "localhost:8883".to_owned(),
            ..other
        });
        let stems: std::collections::BTreeSet<String> = identities.iter().map(stem).collect();
        assert_eq!(stems.len(), identities.len());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        for stem in &stems {
            assert!(
                stem.chars().all(is_plain) && !stem.starts_with('.'),
                "{stem}"
            );
            assert!(stem.len() <= NAME_CHARACTERS_MAX + 33, "{stem}");
        }
        assert!(stem(&identity("Pump:1")).starts_with("Pump_1."));
    }

    /// Puts something in place of a journal.
    type Make = Box<dyn Fn(&Path)>;

    #[test]
    fn a_file_that_is_no_journal_is_refused_and_stays() {
        let file = |content: &str| {
            let content = content.to_owned();
            move |path: &Path| fs::write(path, &content).expect("room")
        };
        let own = serde_json::to_string(&identity("Pump-1")).expect("JSON");
        let other = serde_json::to_string(&identity("Pump-2")).expect("JSON");
        let cases: [(Make, &str); 11] = [
            (
                Box::new(|path| fs::write(path, b"{\"version\":1,\xff").expect("room")),
                "is not UTF-8",
            ),
            (
                Box::new(file("")),
                "is not JSON: the text is empty at line 1 column 1",
            ),
            (
                Box::new(file("{\"version\":1")),
                "is not JSON: `{` is not closed at line 1 column 1",
            ),
            (
                Box::new(file("{\"version\":1}")),
                "is JSON, but not a journal of this program (line 1 column 13)",
            ),
            (
                Box::new(file(&format!(
                    "{{\"version\":1,\"identity\":{own},\"memory\":\"?X-Amz-Signature=0f\"}}"
                ))),
                "is JSON, but not a journal of this program (line 1 column 141)",
            ),
            (
                Box::new(file(&format!(
                    "{{\"version\":1,\"identity\":{other},\"memory\":[]}}"
                ))),
                "is the journal of `Pump-2` at example-ats.iot.us-east-1.amazonaws.com",
            ),
            (
                Box::new(file("{\"version\":2,\"memory\":{\"a\":1}}")),
                "has format 2; this program reads up to format 1",
            ),
            (
                Box::new(|path| {
                    File::create(path)
                        .and_then(|it| it.set_len(BYTES_MAX + 1))
                        .expect("a file with a hole");
                }),
                "has more than 16 MB",
            ),
            (
                Box::new(|path| {
                    fs::write(path, "").expect("room");
                    set_mode(path, 0o622);
                }),
                "can be written by other users (mode 622)",
            ),
            (
                Box::new(|path| symlink("/dev/null", path).expect("a link")),
                "is a symbolic link",
            ),
            (
                Box::new(|path| fs::create_dir(path).expect("a folder")),
                "is not a regular file",
            ),
        ];
        for (make, expected) in cases {
            let place = Place::new();
            let (journal, _) = place.open().expect("a journal");
            let path = journal.file();
            drop(journal);
            make(&path);
            let found = || path.symlink_metadata().expect("it is there");
            let before = (found().file_type(), found().len(), found().modified().ok());
            let name = path.file_name().expect("a name").to_string_lossy();
            let refusal = place.refusal();
            let (what, next) = refusal.split_once('\n').expect("what to do");
            assert_eq!(what, format!("the journal `FOLDER/{name}` {expected}"));
            assert!(!next.is_empty());
            let after = (found().file_type(), found().len(), found().modified().ok());
            assert_eq!(after, before, "{expected}");
        }
    }

    #[test]
    fn a_pipe_in_place_of_a_file_is_not_waited_for() {
        let place = Place::new();
        let (journal, _) = place.open().expect("a journal");
        let path = journal.file();
        drop(journal);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert!(place.refusal().contains("is not a regular file"));
    }

    #[test]
    fn a_folder_of_others_is_refused() {
        let place = Place::new();
        fs::create_dir_all(place.folder()).expect("a folder");
        set_mode(&place.folder(), 0o777);
        let expected = "the journal `FOLDER` can be written by other users (mode 777)\n\
            take the right from them (chmod go-w), or give the agent another folder";
        assert_eq!(place.refusal(), expected);
        let metadata = place.0.metadata().expect("a folder");
        let own = nix::unistd::geteuid().as_raw();
        assert!(foreign_to(own, &metadata).is_none());
        let flaw = foreign_to(own + 1, &metadata).expect("not that user's");
        let expected = format!(
            "belongs to the user with id {own}, and this program runs as {}",
            own + 1
        );
        assert_eq!(flaw.to_string(), expected);
    }

    #[test]
    fn a_journal_that_cannot_be_written_is_an_error_at_once() {
        let place = Place::new();
        fs::write(place.0.join("state"), "").expect("room");
        let refusal = place.refusal();
        assert!(
            refusal.starts_with("cannot create the folder `FOLDER`: "),
            "{refusal}"
        );
        assert!(
            refusal.ends_with("\ngive the agent a folder that it can write to"),
            "{refusal}"
        );

        let place = Place::new();
        let (mut journal, _) = place.open().expect("a journal");
        journal.store(&["old"]).expect("room");
        // In place of the file that is to be written, so that nothing can be.
        let obstacle = journal.file().with_extension("new");
        fs::create_dir(&obstacle).expect("a folder");
        let error = journal.store(&["new"]).expect_err("no file").to_string();
        assert!(error.starts_with("cannot write `"), "{error}");
        drop(journal);
        assert!(place.refusal().starts_with("cannot write `FOLDER/"));
        fs::remove_dir(&obstacle).expect("it is empty");
        let (_, memory) = place.open().expect("a journal");
        assert_eq!(memory, Some(vec!["old".to_owned()]));

        let full = failed("write", Path::new("/a\u{1b}"))(ErrorKind::StorageFull.into());
        let expected = "cannot write `/a\\u001b`: no storage space\nfree some space, or give the agent another folder";
        assert_eq!(full.to_string(), expected);
    }

    #[test]
    fn the_folder_is_in_that_of_the_state() {
        let path = folder(Some(OsStr::new("/s")), None);
        assert_eq!(path, Some(PathBuf::from("/s/jobs-sandbox/agent")));
        assert_eq!(folder(None, None), None);
    }
}
