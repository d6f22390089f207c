//! `fleet`: rehearses a rollout, and prints what happened.
//!
//! | file | what it holds |
//! |---|---|
//! | [`options`] | what the command line means |
//! | [`input`] | a JSON text, typed or in a file |
//! | [`pace`], [`interrupt`] | a rehearsal that is watched; Ctrl-C |
//! | [`chart`] | the curves of a rollout, as SVG |
//! | [`error`] | why a report cannot be made |

mod chart;
mod error;
mod input;
mod interrupt;
mod options;
mod pace;

use std::path::Path;

use serde_json::{Value, json};

use crate::cause::Cause;
use crate::cli::{FleetArgs, ReportForm};
use crate::fleet::{End, Expectation, Report, Setup, World, minutes_csv, variants, variants_csv};
use crate::fleet_command::chart::chart;
use crate::fleet_command::interrupt::Interrupt;
use crate::fleet_command::options::Options;
use crate::fleet_command::pace::rehearse;
use crate::own_file;
use crate::text::quote;

pub(crate) use crate::fleet_command::error::FleetError;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    /// For standard error, behind the text.
    pub(crate) news: Vec<String>,
    /// `None` if all is well.
    pub(crate) cause: Option<Cause>,
}

/// Checks everything that was typed, and rehearses.
pub(crate) fn run(args: &FleetArgs) -> Result<Outcome, FleetError> {
    let options = Options::read(args)?;
    if args.explain {
        // Refused as it would be before a rehearsal.
        World::new(options.setup.clone())?;
        return Ok(Outcome {
            text: explain(&options.setup),
            news: Vec::new(),
            cause: None,
        });
    }
    let interrupt = Interrupt::watch();
    let Some(variation) = &options.variation else {
        let mut world = World::new(options.setup)?;
        let report = rehearse(&mut world, args.speed, &interrupt);
        // The program ends next. To free so many pieces of memory one by one takes a tenth as long as the rehearsal.
        std::mem::forget(world);
        if let Some(path) = &args.chart {
            draw(&report, path)?;
        }
        let news = unmet(&options.expectations, "", &report);
        return Ok(outcome(one(&report, args.output), news, &report));
    };
    let setups = variation.apply(&options.setup)?;
    // All before the first is run.
    for (_, setup) in &setups {
        World::new(setup.clone())?;
    }
    let (mut reports, mut news) = (Vec::new(), Vec::new());
    for (value, setup) in setups {
        let report = rehearse(&mut World::new(setup)?, args.speed, &interrupt);
        let variant = format!("{}={value}: ", variation.name);
        news.extend(unmet(&options.expectations, &variant, &report));
        let is_partial = report.end == End::Partial;
        reports.push((value, report));
        if is_partial {
            break;
        }
    }
    let text = several(&variation.name, &reports, args.output);
    let Some((_, last)) = reports.last() else {
        return Err(FleetError::NoValues);
    };
    Ok(outcome(text, news, last))
}

fn draw(report: &Report, path: &Path) -> Result<(), FleetError> {
    let svg = chart(report).map_err(|error| FleetError::Draw(error.to_string()))?;
    own_file::write(path, &svg).map_err(|source| FleetError::Write(path.to_owned(), source))
}

fn outcome(text: String, mut news: Vec<String>, last: &Report) -> Outcome {
    let cause = if last.end == End::Partial {
        news.push("interrupted: the report is partial".to_owned());
        Some(Cause::Interrupted)
    } else {
        (!news.is_empty()).then_some(Cause::Refused)
    };
    Outcome { text, news, cause }
}

/// A line for each expectation that does not hold.
fn unmet(expectations: &[Expectation], variant: &str, report: &Report) -> Vec<String> {
    let unmet = expectations.iter().filter_map(|expectation| {
        let actual = expectation.check(report).err()?;
        Some(format!(
            "{variant}expected {expectation}, but it is {actual}"
        ))
    });
    unmet.collect()
}

fn one(report: &Report, form: ReportForm) -> String {
    match form {
        ReportForm::Text => report.text(),
        ReportForm::Json => line(&json!(report)),
        ReportForm::Csv => minutes_csv(report),
    }
}

fn several(name: &str, reports: &[(String, Report)], form: ReportForm) -> String {
    match form {
        ReportForm::Text => variants(name, reports),
        ReportForm::Csv => variants_csv(name, reports),
        ReportForm::Json => {
            let lines = reports.iter().map(|(value, report)| {
                let value: Value = serde_json::from_str(value).unwrap_or_default();
                let mut object = json!({ "variant": { name: value } });
                if let (Value::Object(object), Value::Object(report)) = (&mut object, json!(report))
                {
                    object.extend(report);
                }
                line(&object)
            });
            lines.collect()
        }
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// The call that creates the job, for the AWS CLI.
fn explain(setup: &Setup) -> String {
    let mut call = json!({ "jobId": setup.job.id });
    if let (Value::Object(call), Value::Object(body)) = (&mut call, setup.job.body.clone()) {
        call.extend(body);
    }
    format!(
        "aws iot create-job --cli-input-json {}\n",
        quote(&call.to_string())
    )
}
