use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::local::state_file::keeper::{Keeper, StateFile};
use crate::local::state_file::line::{line, object};
use crate::local::state_file::place::Place;
use crate::local::state_file::read::{Content, Extent, Flaw, beginning, read};
use crate::local::state_file::snapshot::{self, Part};
use crate::local::state_file::writer::Writer;
use crate::local::state_file::{Changes, Records};

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("jobs-sandbox-state-{}", uuid::Uuid::new_v4());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        // As the program finds it: without links.
        Self(folder.canonicalize().expect("a folder"))
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("state")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Appends a line with other records in place of those for which there are any.
pub(crate) fn append(path: &Path, change: impl Fn(&str, &str) -> Option<String>) {
    let bytes = std::fs::read(path).expect("a file");
    let records = read(&*bytes).expect("a state").records;
    let changed = records.iter().filter_map(|(key, record)| {
        let changed = change(key, record)?;
        Some((key.clone(), changed))
    });
    let changed: Vec<(String, String)> = changed.collect();
    assert!(!changed.is_empty());
    let records = changed.iter().map(|(key, record)| (key, Some(&**record)));
    let line = line(&object(records));
    std::fs::write(path, [bytes, line].concat()).expect("a file");
}

/// A snapshot of two lines, and three lines that were appended.
fn sample() -> Vec<u8> {
    let mut bytes = beginning(2);
    for object in [
        r#"{"thing/a":{"x":1},"thing/b":{"x":"é"}}"#,
        r#"{"thing/c":{"x":3}}"#,
        r#"{"thing/a":null,"waiting/J/1":"b"}"#,
        r#"{"thing/a":{"x":2}}"#,
        r#"{"thing/d":[]}"#,
    ] {
        bytes.extend(line(object));
    }
    bytes
}

fn content(bytes: &[u8]) -> Result<Content, Flaw> {
    read(bytes)
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_or_is_what_it_was_at_some_time() {
    let whole = sample();
    let ends = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count() - 1;
    for length in 1..whole.len() {
        let cut = &whole[..length];
        let lines = ends(cut);
        match content(cut) {
            // Title, head, and a snapshot of two lines.
            Err(Flaw::Foreign | Flaw::Cut) => assert!(lines < 4, "{length}"),
            Err(flaw) => panic!("{length}: {flaw:?}"),
            Ok(content) => {
                assert!(lines >= 4, "{length}");
                let last_end = cut.iter().rposition(|byte| *byte == b'\n');
                let good = last_end.map_or(0, |end| end + 1);
                assert_eq!(content.extent.bytes, good as u64, "{length}");
                let expected = read(&cut[..good]).expect("whole lines");
                assert_eq!(content, expected, "{length}");
            }
        }
    }
}

#[test]
fn a_file_with_a_flipped_bit_is_refused() {
    let whole = sample();
    let expected = content(&whole).expect("a state");
    assert_eq!(expected.extent.bytes, whole.len() as u64);
    assert_eq!(
        expected.records.keys().collect::<Vec<_>>(),
        ["thing/a", "thing/b", "thing/c", "thing/d", "waiting/J/1"]
    );
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let found = content(&flipped);
            assert!(found.is_err(), "byte {at}, bit {bit}: {found:?}");
        }
    }
}

#[test]
fn what_is_not_such_a_file_is_named() {
    let check = |bytes: &[u8], expected: &str| {
        let found = format!("{:?}", content(bytes).map(|content| content.records));
        assert_eq!(found, expected);
    };
    let of = |parts: &[&[u8]]| parts.concat();
    check(b"hello\n", "Err(Foreign)");
    check(b"\0\0\0", "Err(Foreign)");
    check(b"jobs-sandbox state, format x\n", "Err(Foreign)");
    check(b"jobs-sandbox state, format 2\nanything", "Err(Newer(2))");
    check(b"jobs-sandbox state, format 1\n", "Err(Cut)");
    check(&beginning(0), "Ok({})");
    check(&beginning(1), "Err(Cut)");
    check(
        &of(&[&beginning(0), b"0123456789abcdef {}\n"]),
        "Err(Damaged { line: 3, byte: 61 })",
    );
    check(
        &of(&[&beginning(0), &line("[]")]),
        "Err(Damaged { line: 3, byte: 61 })",
    );
    check(&of(&[&beginning(0), b"\0\0\0\0"]), "Ok({})");
}

fn keep(path: &Path) -> (Records, Keeper, UnboundedReceiver<String>) {
    let mut file = StateFile::open(path).expect("a state file");
    let records = file.take_records();
    let (notify, notices) = unbounded_channel();
    let keeper = file.keep(move |text| drop(notify.send(text)));
    (records, keeper.expect("it is written"), notices)
}

fn put(keeper: &mut Keeper, key: &str, record: Option<&str>) {
    let record = record.map(|record| Box::<str>::from(record).into());
    keeper.keep([(key.to_owned(), record)].into());
}

/// Waits for something that happens on the thread that writes.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn snapshots_take_the_place_of_what_has_grown_while_more_is_put() {
    let folder = Folder::new();
    let path = folder.file();
    let (records, mut keeper, mut notices) = keep(&path);
    assert_eq!(records, Records::new());
    let (mut expected, mut snapshots, mut before) = (Records::new(), 0, 0);
    let long = "x".repeat(20_000);
    let begun = Instant::now();
    for round in 0.. {
        // A line that gets lost shows, for nothing replaces it.
        let once = format!("once/{round}");
        put(&mut keeper, &once, Some("1"));
        expected.insert(once, "1".into());
        let (key, record) = (
            format!("key/{}", round % 300),
            format!("\"{round} {long}\""),
        );
        put(&mut keeper, &key, Some(&record));
        expected.insert(key, record.into());
        let length = std::fs::metadata(&path).expect("a file").len();
        snapshots += u32::from(length < before);
        before = length;
        if snapshots == 5 {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{snapshots} snapshots"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    put(&mut keeper, "key/0", None);
    expected.remove("key/0");
    drop(keeper);
    assert_eq!(notices.try_recv().ok(), None);
    let (records, keeper, _) = keep(&path);
    assert!(
        records == expected,
        "the records are not those that were put"
    );
    drop(keeper);
    let names = std::fs::read_dir(&folder.0).expect("a folder").count();
    assert_eq!(names, 1);
}

#[test]
fn a_snapshot_has_what_counts_of_the_bytes_that_it_stands_for() {
    let folder = Folder::new();
    let place = Place::open(&folder.file()).expect("a file");
    let many: Records = (0..250)
        .map(|number| (format!("key/{number} \"é\""), format!("[{number}]").into()))
        .collect();
    let records = many.iter().map(|(key, record)| (key, Some(&**record)));
    let bytes = [sample(), line(&object(records))].concat();
    let mut file = &place.file;
    file.write_all(&bytes).expect("it is written");
    let begun = snapshot::begin(&place, bytes.len() as u64).expect("a thread");
    file.write_all(&line("{\"thing/d\":null}"))
        .expect("it is written");
    let taken = begun.join().expect("it ends").expect("a snapshot");
    let written = std::fs::read(&taken.place.path).expect("a file");
    let snapshot = read(&*written).expect("a state");
    let expected = read(&*bytes).expect("a state").records;
    assert_eq!(snapshot.records, expected);
    assert_eq!(snapshot.records.len(), 255);
    assert_eq!(snapshot.extent.snapshot_bytes, written.len() as u64);
    snapshot::catch_up(&taken, &place.file, file.metadata().expect("a file").len())
        .expect("it is written");
    let written = std::fs::read(&taken.place.path).expect("a file");
    let records = read(&*written).expect("a state").records;
    assert_eq!(records.len(), 254);
}

#[test]
fn a_part_of_a_file_is_read_whatever_is_appended_meanwhile() {
    let folder = Folder::new();
    let place = Place::open(&folder.file()).expect("a file");
    let mut appended = place.file.try_clone().expect("a file");
    appended.write_all(&[b'a'; 1000]).expect("it is written");
    let mut part = Part::of(&place.file, 10..1000);
    let mut bytes = [0; 100];
    part.read_exact(&mut bytes).expect("it is read");
    appended.write_all(&[b'b'; 1000]).expect("it is written");
    let mut rest = Vec::new();
    part.read_to_end(&mut rest).expect("it is read");
    assert_eq!([&bytes[..], &rest].concat(), [b'a'; 990]);
}

#[test]
fn a_file_that_was_removed_is_written_anew() {
    let folder = Folder::new();
    let path = folder.file();
    let (_, mut keeper, mut notices) = keep(&path);
    put(&mut keeper, "key/1", Some("1"));
    wait_for("the line", || {
        std::fs::read(&path).is_ok_and(|bytes| bytes.ends_with(b"{\"key/1\":1}\n"))
    });
    std::fs::remove_file(&path).expect("it is removed");
    put(&mut keeper, "key/2", Some("2"));
    // With each change the snapshot is looked after.
    wait_for("a new file", || {
        put(&mut keeper, "key/3", Some("3"));
        path.exists()
    });
    put(&mut keeper, "key/3", Some("3"));
    drop(keeper);
    let (records, _keeper, _) = keep(&path);
    let expected = [("key/1", "1"), ("key/2", "2"), ("key/3", "3")];
    assert_eq!(
        records,
        Records::from(expected.map(|(key, record)| (key.to_owned(), record.into())))
    );
    let notice = notices.try_recv().expect("a notice");
    assert!(
        notice.ends_with("was removed; a new one is written"),
        "{notice}"
    );
    assert_eq!(notices.try_recv().ok(), None);
}

#[cfg(unix)]
#[test]
fn a_file_that_has_taken_its_place_is_left_alone() {
    let folder = Folder::new();
    let path = folder.file();
    let (_, mut keeper, mut notices) = keep(&path);
    let other = folder.0.join("other");
    std::fs::write(&other, "other").expect("a file");
    std::fs::rename(&other, &path).expect("it is moved");
    put(&mut keeper, "key/1", Some("1"));
    put(&mut keeper, "key/2", Some("2"));
    drop(keeper);
    assert_eq!(std::fs::read(&path).expect("a file"), b"other");
    let notice = notices.try_recv().expect("a notice");
    assert!(
        notice.contains("another file has taken its place"),
        "{notice}"
    );
    assert_eq!(notices.try_recv().ok(), None);
}

/// As on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_said_once_and_at_the_end() {
    let path = PathBuf::from("/dev/full");
    let file = std::fs::OpenOptions::new()
        .read(true)
        .append(true)
        .open(&path);
    let place = Place {
        path,
        file: file.expect("a device"),
    };
    let (notify, mut notices) = unbounded_channel();
    let (changes, to_write) = std::sync::mpsc::sync_channel(10);
    let say = Box::new(move |text| drop(notify.send(text)));
    let writer = Writer::new(place, Extent::default(), say);
    let thread = std::thread::spawn(move || writer.run(&to_write));
    changes.send(Changes::new()).expect("it takes it");
    let notice = notices.blocking_recv().expect("a notice");
    assert!(
        notice.starts_with("cannot write the state file `/dev/full`: "),
        "{notice}"
    );
    assert!(
        notice.contains("; free some space, or give another file"),
        "{notice}"
    );
    changes.send(Changes::new()).expect("it takes it");
    drop(changes);
    thread.join().expect("it ends");
    let last = notices.blocking_recv().expect("a notice");
    assert_eq!(
        last,
        "the state file `/dev/full` is not complete: changes since then are not kept"
    );
    assert_eq!(notices.blocking_recv(), None);
}

#[cfg(unix)]
#[test]
fn a_file_has_one_user_whatever_its_name() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = Folder::new();
    let path = folder.file();
    std::fs::write(&path, "").expect("a file");
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, readable).expect("rights");
    let (symbolic, hard) = (folder.0.join("symbolic"), folder.0.join("hard"));
    symlink("state", &symbolic).expect("a link");
    std::fs::hard_link(&path, &hard).expect("a link");
    let (_, keeper, _) = keep(&symbolic);
    let mode = path.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for other in [&path, &symbolic, &hard] {
        let error = StateFile::open(other)
            .expect_err("it is in use")
            .to_string();
        assert!(
            error.starts_with("another local service uses the state file"),
            "{error}"
        );
    }
    drop(keeper);
    StateFile::open(&path).expect("it is free");
    for (bad, expected) in [
        (folder.0.clone(), "is not a regular file"),
        (PathBuf::from("/dev/null"), "is not a regular file"),
        (folder.0.join("none/state"), "cannot find the state file"),
        (path.join("state"), "cannot find the state file"),
    ] {
        let error = StateFile::open(&bad)
            .expect_err("it cannot be used")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}
