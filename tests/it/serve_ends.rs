//! How `serve` ends, what it leaves behind, and what it does not let others take from it: its folder and its ports.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::serve::{FREE_PORTS, Folder, Serve, check_error, finish, program, session, terminate};

/// The program by way of a shell, which does something before.
fn program_after(script: &str) -> Command {
    let program = program();
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{script}; exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .env_clear()
        .stdin(Stdio::null());
    for (name, value) in program.get_envs() {
        shell.env(name, value.expect("a value"));
    }
    shell
}

/// With a folder of its own for temporary files.
fn start_in(temporary: &Folder, mut command: Command) -> Serve {
    command.env("TMPDIR", &temporary.0);
    Serve::start_as(&mut command, &[], Stdio::inherit())
}

fn folder_of(serve: &Serve) -> PathBuf {
    let key = Path::new(serve.text("keyFile"));
    key.parent().expect("a folder").to_owned()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn every_signal_that_ends_it_removes_its_folder() {
    let temporary = Folder::new("signals");
    for signal in [
        "-HUP", "-INT", "-QUIT", "-TERM", "-ALRM", "-USR1", "-USR2", "-VTALRM", "-PROF", "-XCPU",
    ] {
        let serve = start_in(&temporary, program());
        let (code, rest) = serve.end(signal);
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{signal}");
        assert!(entries(&temporary.0).is_empty(), "{signal}");
    }
}

#[test]
fn under_nohup_it_outlives_its_terminal() {
    let temporary = Folder::new("nohup");
    let serve = start_in(&temporary, program_after("trap '' HUP"));
    terminate(&serve.child, "-HUP");
    let output = session(&serve, "pending\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    // It has no thing `lamp`, which is said of a service that is there.
    assert!(stderr.starts_with("Connected to localhost"), "{stderr}");
    assert_eq!(serve.end("-TERM").0, Some(0));
    assert!(entries(&temporary.0).is_empty());
}

#[test]
fn what_a_killed_one_leaves_is_swept_at_the_next_start() {
    let temporary = Folder::new("swept");
    let dead = start_in(&temporary, program());
    let left = folder_of(&dead);
    terminate(&dead.child, "-KILL");
    let (code, _) = dead.end("-KILL");
    assert_eq!(code, None);
    assert!(left.join("device.key.pem").exists());
    let living = start_in(&temporary, program());
    assert_eq!(entries(&temporary.0), [folder_of(&living)]);
    // What is alive stays, and so does what is not surely ours.
    let leftover = |name: &str, mode: u32, files: &[&str]| {
        let path = temporary.0.join(name);
        fs::create_dir(&path).expect("a folder");
        for file in files {
            File::create(path.join(file)).expect("a file");
        }
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
        path
    };
    let id = |digit: &str| {
        format!(
            "jobs-sandbox-{}",
            digit.repeat(8) + "-0000-4000-8000-000000000000"
        )
    };
    let whole = ["serve.lock", "device.key.pem"];
    let open = leftover(&id("1"), 0o755, &whole);
    let unlocked = leftover(&id("2"), 0o700, &whole[1..]);
    let starting = leftover(&id("3"), 0o700, &whole[..1]);
    let named = leftover("jobs-sandbox-keep", 0o700, &whole);
    let foreign = leftover("other", 0o700, &whole);
    let link = temporary.0.join(id("4"));
    symlink(&foreign, &link).expect("a link");
    let swept = leftover(&id("5"), 0o700, &whole);
    let second = start_in(&temporary, program());
    assert!(!swept.exists());
    for stays in [&open, &unlocked, &starting, &named, &foreign, &link] {
        assert!(stays.symlink_metadata().is_ok(), "{}", stays.display());
    }
    assert!(foreign.join("device.key.pem").exists());
    assert!(Path::new(living.text("keyFile")).exists());
    drop((living, second));
}

#[test]
fn a_folder_is_of_one_service_at_a_time() {
    let folder = Folder::new("one");
    let link = Folder::new("one-link");
    let link = link.0.join("link");
    symlink(&folder.0, &link).expect("a link");
    let path = folder.0.to_str().expect("a path");
    let first = Serve::start_as(&mut program(), &["--dir", path], Stdio::inherit());
    let files = || {
        ["ca.pem", "device.cert.pem", "device.key.pem"]
            .map(|it| fs::read(folder.0.join(it)).expect(it))
    };
    let before = files();
    let again = format!(
        "{path}/../{}/",
        folder
            .0
            .file_name()
            .and_then(|it| it.to_str())
            .expect("a name")
    );
    for dir in [path, &again, link.to_str().expect("a path")] {
        let output = finish(program().args(FREE_PORTS).args(["--dir", dir]));
        check_error(&output, 3, "error: another `serve` uses the folder `");
    }
    assert_eq!(files(), before);
    // However the first ends, its folder is free then, and stays.
    assert_eq!(first.end("-KILL").0, None);
    let next = Serve::start_as(&mut program(), &["--dir", path], Stdio::inherit());
    assert_eq!(files(), before);
    assert_eq!(next.end("-TERM").0, Some(0));
    assert!(folder.0.join("ca.pem").exists());
}

#[test]
fn a_policy_without_an_end_is_refused() {
    let folder = Folder::new("long-policy");
    let long = folder.0.join("long.json");
    fs::write(&long, " ".repeat(64 * 1024 + 1)).expect("a file");
    let long = long.to_str().expect("a path");
    for path in ["/dev/zero", long] {
        let output = finish(program().args(FREE_PORTS).args(["--policy", path]));
        check_error(
            &output,
            2,
            &format!("error: --policy `{path}` has more than 65536 bytes"),
        );
    }
}

#[test]
fn half_open_requests_leave_descriptors_to_mqtt() {
    let mut command = program_after("ulimit -n 100");
    let options = ["--thing", "lamp", "--admin-port", "0"];
    let serve = Serve::start_as(&mut command, &options, Stdio::inherit());
    let admin = serve.text("adminUrl").rsplit_once(':').expect("a port").1;
    let ports = [serve.port("httpPort"), admin.parse().expect("a number")];
    let mut held = Vec::new();
    for index in 0..120 {
        let mut socket = TcpStream::connect(("127.0.0.1", ports[index % 2])).expect("a socket");
        socket
            .write_all(b"GET / HTTP/1.1\r\nHo")
            .expect("it takes them");
        held.push(socket);
    }
    // All that a session needs, over both ports.
    let output = session(
        &serve,
        "create-job Job1 {}\nnext\nupdate Job1 SUCCEEDED\nlist-jobs\n",
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    // Those that waited longest made room.
    let mut first = &held[0];
    first
        .set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .expect("a timeout");
    // Closed, or reset if it was ended before its bytes were read.
    let end = first.read(&mut [0]).map_err(|error| error.kind());
    assert!(
        matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)),
        "{end:?}"
    );
}
