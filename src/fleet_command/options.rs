//! What the command line means.

use serde_json::{Value, json};

use crate::cli::FleetArgs;
use crate::executor::plan::{Pattern, Plan};
use crate::fleet::{DEVICES_MAX, Expectation, JobCall, Setup, Variation, instant, read_fault};
use crate::fleet_command::error::FleetError;
use crate::fleet_command::input;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) setup: Setup,
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) variation: Option<Variation>,
}

impl Options {
    pub(crate) fn read(args: &FleetArgs) -> Result<Self, FleetError> {
        if !(1..=DEVICES_MAX).contains(&args.devices) {
            return Err(FleetError::Devices);
        }
        let config = match &args.config {
            Some(config) => input::json::<Value>("--with", config)?,
            None => json!({}),
        };
        let document = args.job.as_deref().map(input::text).transpose()?;
        let mut setup = Setup::new(
            args.devices,
            args.name.parse()?,
            JobCall::new(config, document)?,
        );
        setup.seed = args.seed;
        setup.step_timeout_minutes = args.step_timeout;
        plans(args, &mut setup)?;
        for group in &args.groups {
            setup.groups.push(read_group(group)?);
        }
        setup.joins = args.join.as_deref().map(join).transpose()?;
        for fault in &args.faults {
            let fault = input::json("--fault", fault)?;
            setup.faults.push(read_fault(fault)?);
        }
        if let Some(begin) = &args.begin {
            setup.begins = instant(begin)?;
        }
        let expectations = args.expectations.iter();
        let expectations = expectations.map(|text| Expectation::read(text, &setup.groups));
        let expectations = expectations.collect::<Result<_, _>>()?;
        Ok(Self {
            setup,
            expectations,
            variation: args.vary.as_deref().map(str::parse).transpose()?,
        })
    }
}

fn plans(args: &FleetArgs, setup: &mut Setup) -> Result<(), FleetError> {
    let mut has_plan = false;
    for text in &args.plans {
        // No plan has this character.
        let (group, text) = match text.split_once('=') {
            Some((group, text)) => (Some(group), text),
            None => (None, text.as_str()),
        };
        let plan: Plan = input::text(text)?.parse().map_err(FleetError::Plan)?;
        let is_twice = if let Some(group) = group {
            let is_twice = setup.cohorts.iter().any(|(other, _)| other == group);
            setup.cohorts.push((group.to_owned(), plan));
            is_twice
        } else {
            setup.plan = plan;
            std::mem::replace(&mut has_plan, true)
        };
        if is_twice {
            return Err(FleetError::PlanTwice);
        }
    }
    Ok(())
}

/// A share and a time, as `away` of a plan has them.
fn join(text: &str) -> Result<Plan, FleetError> {
    if text.contains([';', ':', '#', '\n']) {
        return Err(FleetError::JoinForm);
    }
    let plan = format!("away {text}").parse();
    plan.map_err(FleetError::Join)
}

fn read_group(text: &str) -> Result<(String, Pattern), FleetError> {
    let (group, pattern) = (text.split_once('='))
        .filter(|(group, pattern)| !group.is_empty() && !pattern.is_empty())
        .ok_or_else(|| FleetError::Group(text.to_owned()))?;
    let pattern: Pattern =
        pattern
            .parse()
            .map_err(|error: crate::executor::plan::PatternError| {
                FleetError::Pattern(text.to_owned(), error.to_string())
            })?;
    Ok((group.to_owned(), pattern))
}
