//! The options of `exam`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::connection::path;

/// The default of `--limit`, in seconds.
pub const EXAM_LIMIT: u64 = 30;

/// The options of `exam`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ExamArgs {
    /// Job document that the program can carry out; @ a file
    ///
    /// It has placeholders, such as {duration}, which each scenario fills in. Without --document it is one for `jobs-sandbox
    /// agent` and for the AWS IoT Device Client.
    #[arg(long, value_name = "DOCUMENT")]
    pub document: Option<String>,

    /// Play only these scenarios: --only E4,E9
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub only: Vec<String>,

    /// List the scenarios, and play none
    #[arg(long)]
    pub list: bool,

    /// How many scenarios are played at a time
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub parallel: u8,

    /// Seconds to wait for a job to begin or to end
    ///
    /// A device has twice as long after an outage. Nothing waits that long if the device is faster.
    #[arg(long, value_name = "SECONDS", default_value_t = EXAM_LIMIT, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub limit: u64,

    /// Also write the marks to this file, as JUnit XML
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub junit: Option<PathBuf>,

    /// Folder for what happened: messages, output, steps
    #[arg(long, value_name = "FOLDER", value_parser = path())]
    pub logs: Option<PathBuf>,

    /// Text, or one JSON object at the end
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: ExamForm,

    /// The program that is a device, and its arguments
    ///
    /// {endpoint}, {port}, {ca}, {cert}, {key}, {thing}, {client-id}, {region}, {state}, {effects} and {scenario} in
    /// them are replaced. The same values are in its environment.
    #[arg(last = true, value_name = "PROGRAM", required_unless_present = "list")]
    pub program: Vec<OsString>,
}

/// How `exam` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExamForm {
    /// A mark as soon as it is there.
    Text,
    /// One JSON object at the end.
    Json,
}
