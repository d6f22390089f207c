//! How simulated work goes, as the user writes it (`help plans`). Pure: every draw is a function of the seed and of what is drawn
//! for.
//!
//! | file | what it holds |
//! |---|---|
//! | `rules` | a plan, and its canonical text |
//! | `read` | from a text to a plan |
//! | `clause` | the words that clauses begin with |
//! | `mistake` | what is wrong with a text that should be a plan |
//! | `share`, `span`, `pattern` | the values: a percentage, a time or a range, a pattern of job ids |
//! | `course` | from a plan to how the work of one job execution goes |
//! | `draw` | a number drawn for a name |

mod clause;
mod course;
mod draw;
mod mistake;
mod pattern;
mod read;
mod rules;
mod share;
mod span;
#[cfg(test)]
mod tests;

pub use clause::Clause;
pub use course::{Course, Occasion, Outage};
pub use mistake::PlanError;
pub use pattern::{Pattern, PatternError};
pub use rules::Plan;
