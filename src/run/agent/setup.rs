//! What the options of an agent mean.

use std::path::Path;
use std::time::Duration;

use crate::agent::handlers;
use crate::agent::shell::Tools;
use crate::agent::work::Program;
use crate::cli::{AgentArgs, HandlerArgs, InterruptedChoice, UnknownChoice, WorkArgs};
use crate::executor::core::{Interrupted, Settings, Worker};
use crate::executor::document::{AllowedCommands, HandlerRules};
use crate::executor::plan::{Pattern, Plan};
use crate::protocol::ThingName;
use crate::run::agent::error::AgentError;
use crate::text;

/// An agent that is ready to connect.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) tools: Tools,
    /// What does the work, as a predicate whose subject is the device.
    pub(crate) does: String,
    /// How long the plan keeps the device away after its start.
    pub(crate) absence: Option<Duration>,
}

impl Setup {
    pub(crate) fn new(args: &AgentArgs, thing: &ThingName) -> Result<Self, AgentError> {
        let only = args.conduct.only.as_deref().map(pattern).transpose()?;
        // It has to be short enough to be typed.
        let random = || u64::from(fastrand::u32(..));
        let seed = args.work.seed.unwrap_or_else(random);
        let (worker, tools, does) = work(args)?;
        let absence = match &worker {
            Worker::Plan(plan) => plan.absence(seed, thing),
            Worker::Program | Worker::Handlers(_) => None,
        };
        let settings = Settings {
            thing: thing.clone(),
            seed,
            worker,
            only,
            leaves_unknown: args.conduct.unknown == UnknownChoice::Ignore,
            interrupted: match args.conduct.interrupted {
                InterruptedChoice::Rerun => Interrupted::Rerun,
                InterruptedChoice::Fail => Interrupted::Fail,
            },
            step_timeout_minutes: args.conduct.step_timeout,
            grace: Duration::from_secs(args.conduct.grace),
            by_step: false,
            says_why: true,
        };
        Ok(Self {
            settings,
            tools,
            does,
            absence,
        })
    }
}

fn pattern(typed: &str) -> Result<Pattern, AgentError> {
    typed.parse().map_err(|error| AgentError::Only {
        typed: typed.to_owned(),
        error,
    })
}

fn work(args: &AgentArgs) -> Result<(Worker, Tools, String), AgentError> {
    let WorkArgs {
        plan,
        exec,
        arguments,
        ..
    } = &args.work;
    if let Some(program) = exec {
        let search_path = std::env::var_os("PATH");
        let found = Program::find(program, arguments.clone(), search_path.as_deref());
        let found = found.map_err(|error| AgentError::Program {
            error,
            has_spaces: program.to_string_lossy().contains(' '),
        })?;
        let words = std::iter::once(program.to_string_lossy().into_owned());
        let words: Vec<String> = words
            .chain(arguments.iter().cloned())
            .map(|word| text::quote(&word).into_owned())
            .collect();
        let does = format!("runs `{}` for each job", words.join(" "));
        return Ok((Worker::Program, Tools::Program(found), does));
    }
    if args.handlers.handlers.is_some() {
        let rules = handler_rules(&args.handlers)?;
        let folder = rules.folder.display();
        let does = format!("runs the handlers in `{folder}`, as jobs name them");
        return Ok((
            Worker::Handlers(rules.clone()),
            Tools::Handlers(rules),
            does,
        ));
    }
    let plan: Plan = plan.as_deref().unwrap_or_default().parse()?;
    let does = format!("simulates jobs and executes nothing, as this plan says: {plan}");
    Ok((Worker::Plan(plan.into()), Tools::None, does))
}

/// What job documents may run.
pub(crate) fn handler_rules(args: &HandlerArgs) -> Result<HandlerRules, AgentError> {
    let folder: &Path = args.handlers.as_deref().ok_or(AgentError::NoHandlers)?;
    let rules = HandlerRules {
        folder: handlers::folder(folder)?,
        allows_paths: args.allow_path,
        commands: match &args.allow_commands {
            None => AllowedCommands::None,
            Some(None) => AllowedCommands::All,
            Some(Some(list)) => {
                AllowedCommands::Listed(list.split(',').map(str::to_owned).collect())
            }
        },
        allows_root: args.as_root,
    };
    handlers::permit(&rules)?;
    Ok(rules)
}
