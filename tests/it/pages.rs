//! The pages of `help`, and the README: what is derived from the code stands between marks (`UPDATE_GOLDEN=1` fills it in), links
//! lead somewhere, and every `help NAME` that a text points to exists.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use jobs_sandbox::cause;
use jobs_sandbox::cli::Cli;
use jobs_sandbox::config::Setting;
use jobs_sandbox::executor::document::{self, AllowedCommands, HandlerRules};
use jobs_sandbox::executor::plan::Plan;
use jobs_sandbox::protocol::{
    ErrorCode, EventName, JobId, JobRef, JobsTopic, Operation, ThingName, Topic,
};
use jobs_sandbox::repl::guide::help::{self, HelpStyle};
use jobs_sandbox::repl::guide::markdown::{Look, render};
use jobs_sandbox::repl::input::command::{self, HelpTopic};
use jobs_sandbox::repl::input::grammar;
use jobs_sandbox::repl::output::hints;
use jobs_sandbox::repl::pages::{PAGES, page};

const START: (&str, &str) = ("<!-- ", ": from the code -->\n");
const END: &str = "<!-- end -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file of the project that people read, with its path from the root.
fn texts() -> Vec<(PathBuf, String)> {
    let mut paths = vec![
        PathBuf::from("README.md"),
        PathBuf::from(".github/CONTRIBUTING.md"),
    ];
    let pages = PAGES.iter();
    paths
        .extend(pages.map(|page| PathBuf::from(format!("src/client/repl/pages/{}.md", page.name))));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(root().join(&path));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// A part of a page that is derived from the code.
fn part(name: &str) -> String {
    match name {
        "exit codes" => exit_codes(),
        "refusals of the device's side" => device_refusals(),
        "refusals of the control plane" => control_refusals(),
        "requests" => requests(),
        "events" => events(),
        "subscriptions" => subscriptions(),
        "settings" => settings(),
        "commands" => commands(),
        "pages" => pages(),
        other => panic!("no part is called `{other}`"),
    }
}

/// A table of Markdown.
fn table(head: [&str; 2], rows: impl Iterator<Item = (String, String)>) -> String {
    let mut text = format!("| {} | {} |\n|---|---|\n", head[0], head[1]);
    for (left, right) in rows {
        writeln!(text, "| {left} | {right} |").expect("a string");
    }
    text
}

fn exit_codes() -> String {
    let rows = cause::exit_codes().into_iter();
    let rows = rows.map(|(code, meaning)| (code.to_string(), meaning.to_owned()));
    table(["exit code", "meaning"], rows)
}

fn device_refusals() -> String {
    let rows = ErrorCode::ALL.into_iter().map(|code| {
        let hint = hints::of_rejection(code.as_str(), "", None, "");
        (format!("`{code}`"), hint.expect("a hint").into_owned())
    });
    table(["code", "what to do"], rows)
}

fn control_refusals() -> String {
    let rows = hints::EXCEPTIONS.into_iter().map(|(exception, operation)| {
        let hint = hints::of_exception(exception, operation, "");
        (format!("`{exception}`"), hint.expect("a hint").into_owned())
    });
    table(["code", "what to do"], rows)
}

/// The topic of the thing and the job of the page.
fn topic(topic: Topic) -> String {
    let thing = ThingName::new("THING").expect("a thing");
    JobsTopic { thing, topic }.to_string()
}

fn requests() -> String {
    let job = JobId::new("JOB").expect("a job");
    let operations = [
        Operation::GetPendingJobExecutions,
        Operation::StartNextPendingJobExecution,
        Operation::DescribeJobExecution(JobRef::Id(job.clone())),
        Operation::DescribeJobExecution(JobRef::Next),
        Operation::UpdateJobExecution(job),
    ];
    let rows = operations.into_iter().map(|operation| {
        let name = operation.name().to_owned();
        (format!("`{}`", topic(Topic::Request(operation))), name)
    });
    table(["topic", "operation"], rows)
}

fn events() -> String {
    let rows = EventName::ALL.into_iter();
    let rows = rows.map(|name| (format!("`{}`", topic(name.topic())), name.to_string()));
    table(["topic", "event"], rows)
}

fn subscriptions() -> String {
    let thing = ThingName::new("THING").expect("a thing");
    let filters = JobsTopic::filters(&thing);
    let lines: String = filters.into_iter().fold(String::new(), |lines, filter| {
        lines + &format!("{filter}\n")
    });
    format!("```\n{lines}```\n")
}

fn commands() -> String {
    let groups = help::GROUPS.map(|(heading, kind)| {
        let rows = help::main_rows(kind).into_iter().map(|row| {
            let names = [vec![row.usage], row.aliases].concat();
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            (names.join(", ").replace('|', "\\|"), row.about)
        });
        let table = table(["command", "what it does"], rows);
        format!("### {heading}\n\n{table}")
    });
    groups.join("\n")
}

/// Every setting with all of its sources, in the order of precedence.
fn settings() -> String {
    let program = Cli::command();
    let rows = Setting::ALL.map(|setting| {
        let id = setting.id();
        let option = program.get_arguments().find(|arg| *arg.get_id() == *id);
        let code = |name: &str| format!("`{name}`");
        let flag = option.and_then(|arg| Some(code(&format!("--{}", arg.get_long()?))));
        let variable = option.and_then(|arg| Some(code(&arg.get_env()?.to_string_lossy())));
        let of_aws = setting.of_aws().iter().map(|name| code(name));
        let of_profile = setting.of_aws_profile().into_iter();
        let of_profile = of_profile.map(|member| format!("{} of the AWS profile", code(member)));
        let otherwise = setting.otherwise().to_owned();
        let behind: Vec<String> = of_aws.chain(of_profile).chain([otherwise]).collect();
        let none = || "–".to_owned();
        format!(
            "| `{setting}` | {} | {} | {} |\n",
            flag.unwrap_or_else(none),
            variable.unwrap_or_else(none),
            behind.join("; ")
        )
    });
    let head = "| in a profile | option | variable | without them |\n|---|---|---|---|\n";
    head.to_owned() + &rows.concat()
}

fn pages() -> String {
    let links = PAGES.iter().map(|page| {
        let title = page.title();
        format!("[{title}](src/client/repl/pages/{}.md)", page.name)
    });
    let links: Vec<String> = links.collect();
    let rows: Vec<String> = links.chunks(3).map(|some| some.join(" · ")).collect();
    rows.join(" ·\n") + "\n"
}

/// A text with its parts as the code has them now.
fn filled_in(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, found)) = rest.split_once(START.1) {
        let (_, name) = before.rsplit_once(START.0).expect("the start of the mark");
        let (_, after) = found.split_once(END).expect("the end of the part");
        filled.extend([before, START.1, "\n", &part(name), "\n", END]);
        rest = after;
    }
    filled + rest
}

#[test]
fn derived_parts_are_as_the_code_has_them() {
    let mut parts = 0;
    for (path, text) in texts() {
        let filled = filled_in(&text);
        parts += text.matches(START.1).count();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(root().join(&path), &filled).expect("is written");
        } else {
            assert_eq!(text, filled, "{}", path.display());
        }
    }
    assert_eq!(parts, 9);
}

#[test]
fn a_part_that_is_out_of_date_is_found() {
    let text = "a\n\n<!-- exit codes: from the code -->\n\nold\n\n<!-- end -->\nb\n";
    let filled = filled_in(text);
    assert!(filled.starts_with("a\n\n<!-- exit codes: from the code -->\n\n| exit code"));
    assert!(filled.ends_with("|\n\n<!-- end -->\nb\n"), "{filled}");
    assert_eq!(filled_in(&filled), filled);
}

/// What is between `start` and the next `end` after it, each time.
fn between<'a>(text: &'a str, start: &str, end: char) -> Vec<&'a str> {
    let found = text.split(start).skip(1);
    found.filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn links_lead_to_files_that_exist() {
    let mut links = 0;
    for (path, text) in texts() {
        let folder = root().join(path.parent().expect("a folder"));
        let targets = [between(&text, "](", ')'), between(&text, "src=\"", '"')].concat();
        for target in targets.iter().filter(|it| !it.starts_with("http")) {
            let file = target.split('#').next().unwrap_or_default();
            assert!(folder.join(file).exists(), "{}: {target}", path.display());
            links += 1;
        }
    }
    assert!(links > 30, "{links}");
}

/// The names behind `help` in a text, where they are not placeholders.
fn pointed_to(text: &str) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = ["`help ", "jobs-sandbox help "]
        .iter()
        .flat_map(|start| text.split(start).skip(1))
        .map(|rest| {
            let end = rest.find(|c: char| c.is_whitespace() || "`\"|,.;:)".contains(c));
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect();
    let is_placeholder = |name: &str| !name.starts_with(|c: char| c.is_ascii_lowercase());
    names.retain(|name| !is_placeholder(name));
    names
}

/// Checks that `help` knows what a text points to; returns how much that is.
fn check_pointers(place: &str, text: &str) -> usize {
    let names = pointed_to(text);
    for name in &names {
        let parsed = command::parse(&format!("help {name}"));
        assert!(matches!(parsed, Ok(Some(_))), "{place}: help {name}");
    }
    names.len()
}

/// Every file of Rust below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(end) if end == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn every_page_that_a_text_points_to_exists() {
    let mut pointers = 0;
    for (path, text) in texts() {
        pointers += check_pointers(&path.display().to_string(), &text);
    }
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).expect("a text");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        pointers += check_pointers(&path.display().to_string(), text);
    }
    for page in PAGES {
        let look = Look {
            width: 80,
            color: false,
        };
        check_pointers(page.name, &render(page.text, look));
    }
    assert!(pointers > 10, "{pointers}");
}

#[test]
fn every_page_is_a_topic_and_fits_its_width() {
    let look = Look {
        width: 80,
        color: false,
    };
    for page in PAGES {
        let name = page.name;
        let style = HelpStyle {
            look,
            program_help: |_| String::new(),
        };
        let text = help::text(HelpTopic::Page(name), style);
        if grammar::entry(name).is_some() {
            // `help` shows the page behind the help of the command.
            let both = help::text(HelpTopic::Command(name), style);
            assert!(
                both.starts_with("usage: ") && both.ends_with(&format!("\n{text}")),
                "{both}"
            );
        }
        assert!(text.ends_with('\n') && text.lines().count() > 5, "{name}");
        // Code is kept as it is: commands fit, what a session prints need not.
        let is_recorded = name == "walkthrough";
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(is_recorded || widest <= Some(80), "{name}: {widest:?}");
        let prose = text.lines().filter(|line| !line.starts_with("  "));
        for line in prose.filter(|line| line.contains(' ')) {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        for raw in ["](", "<!--", "**", "\n#", "|--"] {
            let prose: String = text
                .lines()
                .filter(|line| !line.starts_with("  "))
                .collect();
            assert!(!prose.contains(raw), "{name}: {raw}");
        }
    }
}

#[test]
fn every_plan_of_its_page_is_read() {
    let page = page("plans").expect("a page").text;
    let plan = |text: &str| -> Plan { text.parse().unwrap_or_else(|error| panic!("{error}")) };
    let (mut rows, mut blocks) = (0, 0);
    for clause in between(page, "\n| `", '`') {
        assert!(plan(clause).to_string().contains(clause), "{clause}");
        rows += 1;
    }
    for block in page.split("```\n").skip(1).step_by(2) {
        let typed = block.strip_prefix("agent on ").unwrap_or(block);
        for text in typed.split("agent on ") {
            plan(text);
            blocks += 1;
        }
    }
    assert_eq!((rows, blocks), (7, 4));
    assert!(page.contains(&format!("means `{}`", Plan::default())));
    assert!(plan("reboot").to_string().ends_with("reboot 100% for 2s"));
}

#[test]
fn every_document_of_the_page_of_handlers_is_read() {
    let page = page("handlers").expect("a page").text;
    let rules = HandlerRules {
        folder: "/handlers".into(),
        allows_paths: false,
        commands: AllowedCommands::All,
        allows_root: false,
    };
    let documents = page.split("```json\n").skip(1);
    let steps = documents.filter_map(|rest| {
        let (document, _) = rest.split_once("```")?;
        Some(document::steps(document, &rules).map(|steps| steps.len()))
    });
    assert_eq!(steps.collect::<Vec<_>>(), [Ok(3), Ok(1)]);
}

#[test]
fn the_dependency_for_tests_is_this_version() {
    let (version, _) = env!("CARGO_PKG_VERSION")
        .rsplit_once('.')
        .expect("a version");
    let dependency = format!(
        "\n[dev-dependencies]\njobs-sandbox = {{ version = \"{version}\", default-features = false }}\n"
    );
    let front = fs::read_to_string(root().join("src/lib.rs")).expect("the front page");
    let front = front.replace("//! ", "");
    for text in [page("local-service").expect("a page").text, &front] {
        assert!(text.contains(&dependency), "{text}");
    }
}

#[test]
fn the_readme_is_short() {
    let (_, readme) = texts().swap_remove(0);
    assert!(readme.lines().count() <= 150);
}
