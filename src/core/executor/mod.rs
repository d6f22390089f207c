//! How a device executes jobs: what it asks, claims, runs and reports, decided without doing any of it (pure).
//!
//! | where | what it holds |
//! |---|---|
//! | [`core`] | decides what to ask, to claim, to run and to report |
//! | [`document`] | job documents of the AWS IoT Device Client, as steps |
//! | [`plan`] | how simulated work ends, as the user writes it |
//! | [`step`] | one step of a job's work, and how it ended |

pub mod core;
pub mod document;
pub mod plan;
pub mod step;
