use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::unistd::Uid;

use crate::agent::handlers::machine::Machine;
use crate::agent::handlers::resolve::resolve_on;
use crate::agent::handlers::{Refused, Resolved, check, files};
use crate::executor::document::{self, AllowedCommands, HandlerRules};
use crate::executor::step::{HandlerCall, HandlerProgram, Task};

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// Prints its arguments, each in a line.
const ARGUMENTS: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";

/// A folder of handlers, and one that stands for the `PATH`.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let name = format!("jobs-sandbox-handlers-{}", uuid::Uuid::new_v4());
        let root = std::env::temp_dir().canonicalize().expect("a folder");
        let place = Self(root.join(name));
        for folder in [place.0.clone(), place.handlers(), place.programs()] {
            fs::create_dir(&folder).expect("a folder");
            set_mode(&folder, 0o755);
        }
        place
    }

    fn handlers(&self) -> PathBuf {
        self.0.join("handlers")
    }

    fn programs(&self) -> PathBuf {
        self.0.join("programs")
    }

    fn handler(&self, name: &str, mode: u32) -> PathBuf {
        script(&self.handlers().join(name), ARGUMENTS, mode)
    }

    fn rules(&self) -> HandlerRules {
        HandlerRules {
            folder: self.handlers(),
            allows_paths: true,
            commands: AllowedCommands::All,
            allows_root: true,
        }
    }

    fn machine(&self, user: Uid) -> Machine {
        Machine::new(user, self.programs().as_os_str())
    }

    fn check_refused(&self, call: &HandlerCall, machine: &Machine, expected: &str) {
        let refused = resolve_on(call, &self.rules(), machine).expect_err(expected);
        let text = refused.to_string();
        let text = text.replace(self.0.to_str().expect("a text"), "");
        assert_eq!(text, expected, "{call:?}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode is set");
}

/// Another process writes the file: while this one has it open, so do the children that other tests start, and it cannot be
/// executed.
fn script(path: &Path, text: &str, mode: u32) -> PathBuf {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"printf %s "$1" > "$0""#]);
    assert!(
        shell
            .arg(path)
            .arg(text)
            .status()
            .expect("it runs")
            .success()
    );
    set_mode(path, mode);
    path.to_owned()
}

/// A user of the agent that is not root: the files of these tests belong to it or to root.
fn agent() -> Uid {
    match Uid::effective() {
        root if root.is_root() => Uid::from_raw(NOBODY),
        user => user,
    }
}

fn handler(name: &str) -> HandlerCall {
    called(HandlerProgram::Handler {
        name: name.to_owned(),
        arguments: Vec::new(),
        folder: None,
    })
}

fn in_folder(folder: &Path, name: &str) -> HandlerCall {
    called(HandlerProgram::Handler {
        name: name.to_owned(),
        arguments: Vec::new(),
        folder: Some(folder.to_str().expect("a text").to_owned()),
    })
}

fn command(words: &[&str]) -> HandlerCall {
    called(HandlerProgram::Command(owned(words)))
}

fn called(program: HandlerProgram) -> HandlerCall {
    HandlerCall {
        program,
        run_as: None,
        allowed_stderr_lines: None,
        reports_stdout: false,
    }
}

fn by(user: &str, call: HandlerCall) -> HandlerCall {
    HandlerCall {
        run_as: Some(user.to_owned()),
        ..call
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// Runs it with a `PATH` that begins with the programs of this place.
fn run(place: &Place, resolved: &Resolved) -> Output {
    let path = format!("{}:/usr/bin:/bin", place.programs().display());
    let mut program = Command::new(&resolved.program);
    program.args(&resolved.arguments).env("PATH", path);
    program.output().expect("it runs")
}

#[test]
fn a_handler_gets_the_user_first() {
    let place = Place::new();
    let file = place.handler("a.sh", 0o700);
    script(&place.programs().join("sudo"), ARGUMENTS, 0o755);
    let root = Uid::from_raw(0);
    for (user, agent, first, changes_to) in [
        (None, agent(), "", None),
        (Some("root"), agent(), "root", Some("root")),
        (Some("root"), root, "root", None),
    ] {
        let words = owned(&["x", "", "$HOME; `reboot` && 'a' \"b\" *"]);
        let call = HandlerCall {
            run_as: user.map(str::to_owned),
            ..called(HandlerProgram::Handler {
                name: "a.sh".to_owned(),
                arguments: words.clone(),
                folder: None,
            })
        };
        // Where the files do not belong to root, an agent that is root would not run them.
        if agent == root && !Uid::effective().is_root() {
            continue;
        }
        let resolved = resolve_on(&call, &place.rules(), &place.machine(agent)).expect("a file");
        let arguments: Vec<String> = [first.to_owned()].into_iter().chain(words).collect();
        let expected = Resolved {
            program: file.clone(),
            arguments: arguments.clone(),
            user: changes_to.map(str::to_owned),
        };
        assert_eq!(resolved, expected, "{user:?}");
        // No shell has read the arguments.
        let printed = run(&place, &resolved).stdout;
        let expected = format!("{}\n", arguments.join("\n"));
        assert_eq!(String::from_utf8_lossy(&printed), expected);
    }
}

#[test]
fn a_command_is_run_by_sudo_for_another_user() {
    let place = Place::new();
    let tool = script(&place.programs().join("tool"), ARGUMENTS, 0o755);
    let sudo = script(&place.programs().join("sudo"), ARGUMENTS, 0o755);
    let path = tool.to_str().expect("a text");
    let root = Uid::from_raw(0);
    let words = ["$HOME; `reboot`", "-u", "A=b"];
    let direct: Vec<&str> = words.to_vec();
    let as_root = [&["-u", "root", "-n", "--", path][..], &words].concat();
    for (user, agent, program, arguments, changes_to) in [
        (None, agent(), &tool, &direct, None),
        (Some("root"), root, &tool, &direct, None),
        (Some("root"), agent(), &sudo, &as_root, Some("root")),
    ] {
        for name in ["tool", path] {
            let call = HandlerCall {
                run_as: user.map(str::to_owned),
                ..command(&[&[name][..], &words].concat())
            };
            let resolved = resolve_on(&call, &place.rules(), &place.machine(agent));
            let expected = Resolved {
                program: program.clone(),
                arguments: owned(arguments),
                user: changes_to.map(str::to_owned),
            };
            assert_eq!(resolved, Ok(expected.clone()), "{name} {user:?}");
            let printed = run(&place, &expected).stdout;
            let expected = format!("{}\n", arguments.join("\n"));
            assert_eq!(String::from_utf8_lossy(&printed), expected);
        }
    }
}

#[test]
fn nothing_is_run_as_the_wrong_user() {
    let place = Place::new();
    place.handler("a.sh", 0o755);
    script(&place.programs().join("tool"), ARGUMENTS, 0o755);
    for call in [handler("a.sh"), command(&["tool"])] {
        for (user, expected) in [
            (
                "jobs-sandbox-none",
                "the user `jobs-sandbox-none` does not exist",
            ),
            ("0", "the user `0` does not exist"),
            ("#0", "the user `#0` does not exist"),
            ("-u", "the user `-u` does not exist"),
            ("root\n", r"the user `root\n` does not exist"),
            ("root\0", r"the user `root\u0000` does not exist"),
            (
                "root",
                "`sudo` is not on the PATH, and the user `root` needs it",
            ),
        ] {
            place.check_refused(&by(user, call.clone()), &place.machine(agent()), expected);
        }
        let strict = HandlerRules {
            allows_root: false,
            ..place.rules()
        };
        let machine = place.machine(Uid::from_raw(0));
        assert_eq!(resolve_on(&call, &strict, &machine), Err(Refused::Root));
    }
    // Neither a `sudo` that cannot be executed, nor one in a folder that depends on where the agent was started.
    let expected = "`sudo` is not on the PATH, and the user `root` needs it";
    let sudo = script(&place.programs().join("sudo"), ARGUMENTS, 0o644);
    let call = by("root", handler("a.sh"));
    place.check_refused(&call, &place.machine(agent()), expected);
    set_mode(&sudo, 0o755);
    let started_in = std::env::current_dir().expect("a folder");
    let up = "../".repeat(started_in.components().count() - 1);
    let relative = PathBuf::from(format!("{up}.{}", place.programs().display()));
    assert!(relative.join("sudo").is_file());
    let machine = Machine::new(agent(), relative.as_os_str());
    place.check_refused(&call, &machine, expected);
    resolve_on(&call, &place.rules(), &place.machine(agent())).expect("a `sudo`");
}

#[test]
fn a_handler_that_others_could_change_is_refused() {
    let others = |path: &str, mode: &str| {
        format!("other users can write {path} (mode {mode}): run `chmod go-w` on it")
    };
    let (file, folder, above) = ("/handlers/a.sh", "/handlers", "");
    for (of_file, of_folder, of_above, expected) in [
        (0o700, 0o700, 0o755, None),
        (0o755, 0o755, 0o755, None),
        (0o500, 0o511, 0o711, None),
        (0o755, 0o755, 0o1777, None),
        (0o755, 0o755, 0o1775, None),
        (0o775, 0o755, 0o755, Some(others(file, "775"))),
        (0o757, 0o755, 0o755, Some(others(file, "757"))),
        (0o1777, 0o755, 0o755, Some(others(file, "1777"))),
        (0o755, 0o775, 0o755, Some(others(folder, "775"))),
        (0o755, 0o757, 0o755, Some(others(folder, "757"))),
        (0o755, 0o1777, 0o755, Some(others(folder, "1777"))),
        (0o755, 0o755, 0o777, Some(others(above, "777"))),
        (0o755, 0o755, 0o775, Some(others(above, "775"))),
    ] {
        let place = Place::new();
        place.handler("a.sh", of_file);
        set_mode(&place.handlers(), of_folder);
        set_mode(&place.0, of_above);
        let machine = place.machine(agent());
        for call in [handler("a.sh"), in_folder(&place.handlers(), "a.sh")] {
            if let Some(expected) = &expected {
                place.check_refused(&call, &machine, expected);
            } else {
                let resolved = resolve_on(&call, &place.rules(), &machine);
                resolved.expect("no other user can change it");
            }
        }
        // Let it be removed.
        set_mode(&place.handlers(), 0o755);
        set_mode(&place.0, 0o755);
    }
}

#[test]
fn a_handler_of_another_user_is_refused() {
    let stranger = Uid::from_raw(54321);
    for whose in ["/handlers/a.sh", "/handlers", ""] {
        let place = Place::new();
        place.handler("a.sh", 0o755);
        let path = PathBuf::from(format!("{}{whose}", place.0.display()));
        let (owner, expected) = if Uid::effective().is_root() {
            chown(&path, Some(54322), None).expect("root may do that");
            ("user 54322".to_owned(), whose)
        } else {
            // Everything belongs to this user, who is not the agent. The folder is looked at first.
            let user = crate::agent::handlers::machine::user_name(Uid::effective());
            (user, "/handlers")
        };
        let expected = format!(
            "{expected} belongs to {owner}: it has to belong to the agent's user (user 54321) or to root"
        );
        place.check_refused(&handler("a.sh"), &place.machine(stranger), &expected);
    }
}

#[test]
fn a_handler_stays_in_its_folder() {
    let place = Place::new();
    let bare = "has to be the bare name of a file, without `/`";
    let inner = place.handlers().join("inner");
    fs::create_dir(&inner).expect("a folder");
    set_mode(&inner, 0o755);
    script(&place.0.join("outside.sh"), ARGUMENTS, 0o755);
    script(&inner.join("b.sh"), ARGUMENTS, 0o755);
    place.handler("a.sh", 0o755);
    place.handler("plain", 0o644);
    for (link, target) in [
        ("out", "../outside.sh"),
        ("shell", "/bin/sh"),
        ("chain", "out"),
        ("dangling", "nothing"),
        ("loop", "loop"),
        ("same", "a.sh"),
        ("deep", "inner/b.sh"),
        ("up", "../handlers/a.sh"),
    ] {
        symlink(target, place.handlers().join(link)).expect("a link");
    }
    let machine = place.machine(agent());
    let shell = Path::new("/bin/sh").canonicalize().expect("a shell");
    let leads = |name: &str, to: &str| {
        format!("/handlers/{name} is a symbolic link that leads out of the folder, to {to}")
    };
    for (name, expected) in [
        ("out", leads("out", "/outside.sh")),
        ("chain", leads("chain", "/outside.sh")),
        ("shell", leads("shell", shell.to_str().expect("a text"))),
        ("inner", "/handlers/inner is not a regular file".to_owned()),
        (
            "plain",
            "/handlers/plain cannot be executed by the agent's user: run `chmod u+x` on it, or change its owner"
                .to_owned(),
        ),
        ("../outside.sh", format!("`../outside.sh` {bare}")),
        ("inner/b.sh", format!("`inner/b.sh` {bare}")),
        ("/bin/sh", format!("`/bin/sh` {bare}")),
        ("..", format!("`..` {bare}")),
        (".", format!("`.` {bare}")),
        ("", format!("`` {bare}")),
    ] {
        place.check_refused(&handler(name), &machine, &expected);
    }
    for name in [
        "missing",
        "dangling",
        "loop",
        "a.sh\0",
        "a.sh;reboot",
        "$(reboot)",
        "~",
    ] {
        let refused = resolve_on(&handler(name), &place.rules(), &machine);
        let refused = refused.expect_err(name);
        assert!(matches!(refused, Refused::Unreadable { .. }), "{refused}");
    }
    for name in ["a.sh", "same", "deep", "up"] {
        let resolved = resolve_on(&handler(name), &place.rules(), &machine).expect(name);
        assert_eq!(resolved.program, place.handlers().join(name));
    }
    for name in [
        "x".repeat(30_000),
        format!("{}?X-Amz-Signature=0123abcd", "x".repeat(9)),
    ] {
        let refused = resolve_on(&handler(&name), &place.rules(), &machine);
        let text = refused.expect_err("no such file").to_string();
        assert!(text.len() < 400 && !text.contains("0123abcd"), "{text}");
    }
    // A folder in which others could put another target.
    set_mode(&inner, 0o777);
    let expected = "other users can write /handlers/inner (mode 777): run `chmod go-w` on it";
    place.check_refused(&handler("deep"), &machine, expected);
}

#[test]
fn a_folder_is_found_behind_symbolic_links() {
    let place = Place::new();
    let link = place.0.join("link");
    symlink("handlers", &link).expect("a link");
    assert_eq!(files::folder(&link, agent()), Ok(place.handlers()));
    place.handler("a.sh", 0o755);
    let resolved = resolve_on(
        &in_folder(&link, "a.sh"),
        &place.rules(),
        &place.machine(agent()),
    );
    let program = resolved.map(|it| it.program);
    assert_eq!(program, Ok(place.handlers().join("a.sh")));

    let file = place.handlers().join("a.sh");
    let refused = files::folder(&file, agent()).expect_err("a file");
    assert!(matches!(refused, Refused::NotFolder { .. }), "{refused}");
    set_mode(&place.handlers(), 0o777);
    let refused = files::folder(&link, agent()).expect_err("its mode");
    assert!(matches!(refused, Refused::Writable { .. }), "{refused}");
}

#[test]
fn the_rules_hold_here_too() {
    let place = Place::new();
    place.handler("a.sh", 0o755);
    let strict = HandlerRules {
        allows_paths: false,
        commands: AllowedCommands::Listed(owned(&["df"])),
        ..place.rules()
    };
    for (call, expected) in [
        (
            in_folder(Path::new("/bin"), "sh"),
            "`/bin` is not the folder of --handlers; this needs --allow-path",
        ),
        (
            in_folder(Path::new("handlers"), "a.sh"),
            "`handlers` has to be `default`, or a path that starts with `/`",
        ),
        (
            command(&["rm"]),
            "`rm` starts with a program that --allow-commands does not list",
        ),
        (
            command(&[]),
            "`` has to start with a program without spaces; commas separate its arguments",
        ),
        (command(&["df"]), "`df` is not on the PATH"),
    ] {
        let refused = resolve_on(&call, &strict, &place.machine(agent()));
        assert_eq!(refused.expect_err(expected).to_string(), expected);
    }
    let missing = command(&["/jobs-sandbox/none"]);
    let refused = resolve_on(&missing, &place.rules(), &place.machine(agent()));
    let expected = "/jobs-sandbox/none: No such file or directory (os error 2)";
    assert_eq!(refused.expect_err(expected).to_string(), expected);
}

/// Handlers of the managed templates: each calls a program of the system, as the user that it is given.
const HANDLERS: [(&str, &str); 7] = [
    ("reboot.sh", "reboot"),
    ("download-file.sh", "wget"),
    ("install-packages.sh", "apt-get install -y"),
    ("remove-packages.sh", "apt-get remove -y"),
    ("start-services.sh", "systemctl start"),
    ("stop-services.sh", "systemctl stop"),
    ("restart-services.sh", "systemctl restart"),
];

#[test]
fn every_managed_template_runs() {
    let place = Place::new();
    for (name, program) in HANDLERS {
        let text = format!(
            "#!/bin/sh\nuser=$1\nshift\n\
             if [ -n \"$user\" ]; then exec sudo -u \"$user\" -n {program} \"$@\"; fi\n\
             exec {program} \"$@\"\n"
        );
        script(&place.handlers().join(name), &text, 0o700);
    }
    for name in ["sudo", "reboot", "wget", "apt-get", "systemctl", "echo"] {
        let text = "#!/bin/sh\nprintf '<%s>' \"${0##*/}\" \"$@\"\n";
        script(&place.programs().join(name), text, 0o755);
    }
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/managed_templates");
    for (template, expected) in [
        ("Reboot", "<reboot>"),
        (
            "Download-File",
            "<wget><https://files.example.com/firmware.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
             %2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef></var/tmp/firmware.bin>",
        ),
        (
            "Install-Application",
            "<sudo><-u><root><-n><apt-get><install><-y><curl jq>",
        ),
        (
            "Remove-Application",
            "<sudo><-u><root><-n><apt-get><remove><-y><curl jq>",
        ),
        (
            "Start-Application",
            "<sudo><-u><root><-n><systemctl><start><nginx>",
        ),
        (
            "Stop-Application",
            "<sudo><-u><root><-n><systemctl><stop><nginx>",
        ),
        (
            "Restart-Application",
            "<sudo><-u><root><-n><systemctl><restart><nginx redis>",
        ),
        ("Run-Command", "<echo><hello, device><$HOME; reboot>"),
    ] {
        let document = fs::read_to_string(templates.join(format!("AWS-{template}.json")));
        let steps = document::steps(&document.expect(template), &place.rules()).expect(template);
        let ran: String = steps
            .iter()
            .map(|step| {
                let Task::Handler(call) = &step.task else {
                    panic!("{step:?}");
                };
                let resolved = resolve_on(call, &place.rules(), &place.machine(agent()));
                let output = run(&place, &resolved.expect("a program"));
                assert!(output.status.success(), "{output:?}");
                String::from_utf8(output.stdout).expect("a text")
            })
            .collect();
        assert_eq!(ran, expected, "{template}");
    }
}

#[test]
fn a_document_is_checked_in_words() {
    let place = Place::new();
    place.handler("a.sh", 0o755);
    place.handler("open.sh", 0o777);
    let me = crate::agent::handlers::machine::user_name(Uid::effective());
    let document = r#"{"version": "1.0", "includeStdOut": "true", "steps": [
        {"action": {"name": "one\u001b", "type": "runHandler", "allowStdErr": 2, "input": {
            "handler": "a.sh", "args": ["a b", "\u202e", "https://a.example/?X-Amz-Signature=0123abcd"]}}},
        {"action": {"name": "two", "type": "runHandler", "ignoreStepFailure": true, "runAsUser": "jobs-sandbox-none",
            "input": {"handler": "a.sh"}}},
        {"action": {"name": "three", "type": "runHandler", "input": {"handler": "open.sh"}}},
        {"action": {"name": "four", "type": "runCommand", "input": {"command": "/bin/sh,-c,true"}}}
    ]}"#;
    let checked = check(document, &place.rules());
    let expected = format!(
        r"This job document has 4 steps.
1. `one\u001b` runs /handlers/a.sh '' 'a b' '\u202e' 'https://a.example/?X-Amz-Signature=[redacted]'
   as {me}
   It fails with more than 2 lines on standard error.
   Its standard output is reported.
2. `two` is not run: the user `jobs-sandbox-none` does not exist
   If it fails, the job continues.
3. `three` is not run: other users can write /handlers/open.sh (mode 777): run `chmod go-w` on it
4. `four` runs /bin/sh -c true
   as {me}
   Its standard output is reported.
The job fails at step 3.
"
    );
    let text = checked.text.replace(place.0.to_str().expect("a text"), "");
    assert_eq!(text, expected);
    assert!(!checked.is_run);

    let (known, unknown) = (
        "The agent rejects this job document: `operation` has to be the bare name of a file, without `/`.\n",
        "The agent does not know this job document: not a job document of the AWS IoT Device Client: it is not an object.\n\
         It is rejected; with --unknown ignore it is left alone.\n",
    );
    let runs =
        format!("This job document has 1 step.\n1. `a.sh` runs /handlers/a.sh ''\n   as {me}\n");
    for (document, expected, is_run) in [
        (r#"{"operation": "../a.sh"}"#, known, false),
        ("7", unknown, false),
        (r#"{"operation": "a.sh"}"#, &runs, true),
    ] {
        let checked = check(document, &place.rules());
        let text = checked.text.replace(place.0.to_str().expect("a text"), "");
        assert_eq!((text.as_str(), checked.is_run), (expected, is_run));
    }
}

#[test]
fn a_check_as_root_says_so_once() {
    let place = Place::new();
    place.handler("a.sh", 0o755);
    let strict = HandlerRules {
        allows_root: false,
        ..place.rules()
    };
    let checked = check(r#"{"operation": "a.sh"}"#, &strict);
    let is_root = Uid::effective().is_root();
    assert_eq!(checked.is_run, !is_root);
    let refused = "None is run: the agent is root: start it as another user, or with --as-root.";
    assert_eq!(checked.text.contains(refused), is_root, "{}", checked.text);
}
