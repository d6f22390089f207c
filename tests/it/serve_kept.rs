//! The folder of `serve --dir`: clients go on with the files that they have.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use crate::serve::{FREE_PORTS, Folder, Serve, check_error, finish, program, session, soon};

const FILES: [&str; 4] = ["ca.pem", "ca.key.pem", "device.cert.pem", "device.key.pem"];

fn start(folder: &Folder, options: &[&str]) -> Serve {
    let path = folder.0.to_str().expect("a path");
    let options = [&["--dir", path, "--thing", "lamp"], options].concat();
    Serve::start_with(&options, Stdio::piped())
}

fn files(folder: &Path) -> [Vec<u8>; 4] {
    FILES.map(|name| fs::read(folder.join(name)).expect(name))
}

/// The answer about the certificates of the thing.
fn principals(serve: &Serve) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", serve.port("httpPort"))).expect("the port");
    let request = "GET /things/lamp/principals HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: \
                   AWS4-HMAC-SHA256 Credential=any/20261122/us-east-1/iot/aws4_request, SignedHeaders=host, \
                   Signature=00\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("written");
    soon("an answer", move || {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    })
}

#[test]
fn the_files_are_kept_and_still_connect() {
    let folder = Folder::new("kept");
    let first = start(&folder, &[]);
    let before = files(&folder.0);
    assert_eq!(first.end("-KILL").0, None);
    // The certificate of the server is new, also for other names.
    for options in [
        &[][..],
        &["--listen", "0.0.0.0", "--name", "localhost"],
        &["--host", "127.0.0.1"],
    ] {
        let serve = start(&folder, options);
        assert_eq!(files(&folder.0), before, "{options:?}");
        let output = session(&serve, "create-job Job1 {}\nnext\n");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{options:?}: {stdout}");
        assert!(stdout.contains(r#""status":"IN_PROGRESS""#), "{stdout}");
        // The certificate is attached to the thing.
        let principals = principals(&serve);
        assert!(principals.contains(":cert/"), "{principals}");
        assert_eq!(serve.end("-TERM").0, Some(0));
    }
}

#[test]
fn new_ones_are_made_on_request_alone() {
    let folder = Folder::new("new");
    let path = folder.0.to_str().expect("a path");
    assert_eq!(start(&folder, &[]).end("-TERM").0, Some(0));
    let before = files(&folder.0);
    for file in FILES {
        fs::remove_file(folder.0.join(file)).expect("removed");
        let output = finish(program().args(FREE_PORTS).args(["--dir", path]));
        check_error(&output, 3, &format!("error: `{path}` has "));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains(&format!("but not {file}\n--new makes")),
            "{stderr}"
        );
        // What was there is not touched.
        for (name, text) in FILES.iter().zip(&before).filter(|(name, _)| **name != file) {
            assert_eq!(fs::read(folder.0.join(name)).expect(name), *text);
        }
        let serve = start(&folder, &["--new"]);
        let output = session(&serve, "pending\n");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(serve.end("-TERM").0, Some(0));
        let after = files(&folder.0);
        assert!(
            before
                .iter()
                .zip(&after)
                .all(|(before, after)| before != after)
        );
        for (name, text) in FILES.iter().zip(&before) {
            fs::write(folder.0.join(name), text).expect("written");
        }
    }
    assert_eq!(start(&folder, &[]).end("-TERM").0, Some(0));
    let output = finish(program().args(FREE_PORTS).arg("--new"));
    check_error(
        &output,
        2,
        "error: the following required arguments were not provided",
    );
}

#[test]
fn files_that_cannot_all_be_written_leave_those_that_were_there() {
    let folder = Folder::new("half");
    let path = folder.0.to_str().expect("a path");
    let refuse = |options: &[&str]| {
        // As on a full disk.
        let obstacle = folder.0.join("device.key.pem.jobs-sandbox-new");
        fs::create_dir(&obstacle).expect("a folder");
        let options = [&["--dir", path], options].concat();
        let output = finish(program().args(FREE_PORTS).args(options));
        check_error(&output, 3, &format!("error: cannot write `{path}/device"));
        fs::remove_dir(obstacle).expect("removed");
        let names = fs::read_dir(&folder.0).expect("a folder");
        let names = names.map(|entry| entry.expect("an entry").file_name());
        let names: Vec<_> = names
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        let pem = names.iter().filter(|name| name.contains(".pem"));
        pem.count()
    };
    fs::create_dir_all(&folder.0).expect("a folder");
    assert_eq!(refuse(&[]), 0);
    assert_eq!(start(&folder, &[]).end("-TERM").0, Some(0));
    let before = files(&folder.0);
    assert_eq!(refuse(&["--new"]), 4);
    assert_eq!(files(&folder.0), before);
    let output = session(&start(&folder, &[]), "pending\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_temporary_folder_does_not_have_the_key_of_the_ca() {
    let serve = Serve::start(&[]);
    let folder = Path::new(serve.text("caFile")).parent().expect("a folder");
    assert!(folder.join("device.key.pem").exists());
    assert!(!folder.join("ca.key.pem").exists());
}
