//! Options that are wrong, and an agent that cannot start.

use crate::serve::{check_error, finish, program};

fn check(options: &[&str], code: i32, expected: &str) {
    let ended = finish(program().arg("agent").args(options));
    check_error(&ended, code, expected);
}

#[test]
fn a_wrong_option_is_named() {
    for (options, expected) in [
        (
            &["--plan", "fail 10"][..],
            "error: the plan is not valid: `10` has no percent sign at line 1 column 6\n",
        ),
        (
            &["--plan", "\u{1b}[31m"],
            "error: the plan is not valid: `\\u001b[31m` is not a clause",
        ),
        (&["--only", "a b"], "error: --only `a b` contains ' '"),
        (&["--only", ""], "error: --only `` is empty\n"),
        (
            &["--plan", "fail", "--exec", "sh"],
            "error: the argument '--plan <PLAN>' cannot be used with '--exec <PROGRAM>'",
        ),
        (
            &["--exec", "sh", "--handlers", "/"],
            "error: the argument '--exec <PROGRAM>' cannot be used with '--handlers <FOLDER>'",
        ),
        (
            &["--seed", "1", "--exec", "sh"],
            "error: the argument '--seed <NUMBER>' cannot be used with '--exec <PROGRAM>'",
        ),
        (
            &["--seed", "-1"],
            "error: --seed <NUMBER>: `-1` is negative",
        ),
        (
            &["--seed", "many"],
            "error: --seed <NUMBER>: `many` is not a whole number",
        ),
        (
            &["--as-root"],
            "error: the following required arguments were not provided:\n  --handlers <FOLDER>",
        ),
        (
            &["--allow-commands"],
            "error: the following required arguments were not provided:\n  --handlers <FOLDER>",
        ),
        (
            &["--handlers", "/", "--allow-commands="],
            "error: a value is required for '--allow-commands[=<LIST>]' but none was supplied\n",
        ),
        (
            &["--exec", "sh", "--allow-commands"],
            "error: the argument '--exec <PROGRAM>' cannot be used with '--allow-commands[=<LIST>]'",
        ),
        (
            &["--exec", "sh", "--allow-path"],
            "error: the argument '--exec <PROGRAM>' cannot be used with '--allow-path'",
        ),
        (
            &["--plan", "fail", "--as-root"],
            "error: the argument '--plan <PLAN>' cannot be used with '--as-root'",
        ),
        (
            &["--", "a"],
            "error: the following required arguments were not provided:\n  --exec <PROGRAM>",
        ),
        (
            &["--unknown", "keep"],
            "error: invalid value 'keep' for '--unknown <WHAT>'",
        ),
        (
            &["--step-timeout", "0"],
            "error: --step-timeout <MINUTES>: `0` is not between 1 and 10080",
        ),
        (
            &["--grace", "4000"],
            "error: --grace <SECONDS>: `4000` is not between 0 and 3600",
        ),
        (
            &["--cert", "c"],
            "error: --cert without --endpoint, --key, --thing\n",
        ),
        (
            &["check"],
            "error: the following required arguments were not provided:\n  <DOCUMENT>",
        ),
        (&["check", "-"], "error: --handlers is missing\n"),
    ] {
        check(options, 2, expected);
    }
}

#[test]
fn what_is_not_as_needed_is_named() {
    for (options, expected) in [
        (
            &["--exec", "no-such-program"][..],
            "error: --exec: the program `no-such-program` is not on the PATH\n",
        ),
        (
            &["--exec", "/bin/no such"],
            "error: --exec: the file `/bin/no such` does not exist\ngive the path of a program\nits arguments follow `--`: ",
        ),
        (
            &["--exec", "/etc/passwd"],
            "error: --exec: `/etc/passwd` cannot be executed by this user\n",
        ),
        (
            &["--handlers", "/no-such-folder"],
            "error: --handlers: /no-such-folder",
        ),
        (
            &[
                "check",
                "/no-such-file",
                "--as-root",
                "--handlers",
                "/usr/bin",
            ],
            "error: cannot read the job document `/no-such-file`: ",
        ),
    ] {
        check(options, 3, expected);
    }
}

#[test]
fn a_service_that_is_not_there_ends_the_start() {
    let world = crate::agent::World::new("agent-alone");
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let (code, lines) = crate::agent::Agent::start(&mut world.command(port)).end();
    assert_eq!(code, Some(4), "{lines:?}");
    // On two pipes, so that either may be read first.
    for begin in ["error: ", "A device that simulates jobs"] {
        assert!(
            lines.iter().any(|line| line.starts_with(begin)),
            "{lines:?}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let mut child = program()
        .arg("agent")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let code = crate::serve::soon("the end", move || child.wait().expect("it ends").code());
    assert_eq!(code, Some(141));
}
