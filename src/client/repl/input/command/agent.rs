//! `agent`: what the simulated device is to do.

use crate::executor::plan::Plan;
use crate::repl::input::command::error::{CommandError, arguments};
use crate::repl::input::grammar::own::AgentArgs;

/// What is asked of the agent, or about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentCommand {
    /// Whether it is on, in a sentence.
    State,
    /// It works from now on.
    On(AgentStart),
    /// What it knows and does.
    Status,
    Off,
}

/// How the agent is to work. What is absent stays as it is, or is the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentStart {
    /// Whether each move waits for Enter.
    pub by_step: bool,
    pub plan: Option<Box<Plan>>,
    /// Every draw comes from it.
    pub seed: Option<u64>,
}

pub(crate) fn agent(args: &AgentArgs) -> Result<AgentCommand, CommandError> {
    let what = args.what.as_deref();
    if let ("on" | "step", Some(by_step)) = (what.unwrap_or_default(), what.map(|it| it == "step"))
    {
        let plan = match args.plan.as_slice() {
            [] => None,
            words => Some(Box::new(words.join(" ").parse()?)),
        };
        return Ok(AgentCommand::On(AgentStart {
            by_step,
            plan,
            seed: args.seed,
        }));
    }
    let superfluous = args.plan.first().map(|word| format!("`{word}`"));
    let superfluous = superfluous.or_else(|| args.seed.map(|_| "`--seed`".to_owned()));
    if let Some(superfluous) = superfluous {
        let name = ["agent", what.unwrap_or_default()].join(" ");
        let what = format!(
            "{} does not take {superfluous}\nhint: such as `agent on fail 10%`",
            name.trim_end()
        );
        return Err(arguments("agent", what));
    }
    Ok(match what {
        None => AgentCommand::State,
        Some("off") => AgentCommand::Off,
        Some(_) => AgentCommand::Status,
    })
}
