//! The options of `fleet`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::connection::path;

/// The options of `fleet`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct FleetArgs {
    /// Number of devices
    #[arg(value_name = "DEVICES")]
    pub devices: usize,

    /// How devices work, or GROUP=PLAN; can be repeated
    ///
    /// `help plans` describes plans. A plan for a group is for the devices of that group alone.
    #[arg(long = "plan", value_name = "PLAN")]
    pub plans: Vec<String>,

    /// Start of all random numbers
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,

    /// Job document: JSON, or @ and a file
    #[arg(long, value_name = "DOCUMENT")]
    pub job: Option<String>,

    /// Configuration as CreateJob takes it: JSON, or @ and a file
    #[arg(long = "with", value_name = "CONFIG")]
    pub config: Option<String>,

    /// Names of the devices; # is the number
    #[arg(long, value_name = "PATTERN", default_value = "device-#")]
    pub name: String,

    /// Another thing group: GROUP=PATTERN; can be repeated
    ///
    /// The pattern is one of names of devices: * is any text, ? any character.
    #[arg(long = "group", value_name = "GROUP=PATTERN")]
    pub groups: Vec<String>,

    /// Devices that join the groups later: 20% for 1h..8h
    #[arg(long, value_name = "SHARE for TIME")]
    pub join: Option<String>,

    /// Fault of the service, as JSON; can be repeated
    ///
    /// It is what the admin port takes (`help admin`): {"kind": "drop", "rate": 0.01}
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,

    /// Minutes of the step timer that devices set
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(i64).range(1..=10_080))]
    pub step_timeout: Option<i64>,

    /// Time when the job is created, in UTC: 2026-01-31T08:00
    ///
    /// Without it, this is an hour before the job starts if it has a schedule.
    #[arg(long, value_name = "TIME")]
    pub begin: Option<String>,

    /// How to print the report
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: ReportForm,

    /// Exit with 1 unless this holds: 'failed <= 50'
    ///
    /// It compares a value of the JSON report; can be repeated.
    #[arg(long = "expect", value_name = "COMPARISON")]
    pub expectations: Vec<String>,

    /// One rehearsal per value: maximumPerMinute=10,50
    #[arg(long, value_name = "NAME=VALUES")]
    pub vary: Option<String>,

    /// Draw the curves of the rollout, as SVG
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with = "vary")]
    pub chart: Option<PathBuf>,

    /// Show it at this many times real time
    ///
    /// Without it, the rehearsal is as fast as the machine. The report is the same.
    #[arg(long, value_name = "FACTOR", value_parser = clap::value_parser!(u32).range(1..))]
    pub speed: Option<u32>,

    /// Print the call that creates the job, and exit
    #[arg(long)]
    pub explain: bool,
}

/// How `fleet` prints its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportForm {
    /// For people.
    Text,
    /// An object on one line; with --vary an object per variant.
    Json,
    /// A row per minute; with --vary a row per variant.
    Csv,
}
