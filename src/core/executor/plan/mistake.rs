//! What is wrong with a text that should be a plan, in the words of the user who typed it.

use crate::excerpt::{excerpt, line_and_column};
use crate::executor::plan::clause::Clause;
use crate::executor::plan::pattern::RULE;
use crate::text;

/// The longest text of a plan, in bytes.
pub(super) const LENGTH_MAX: usize = 16 * 1024;

/// The most steps of a job.
pub(super) const STEPS_MAX: u32 = 100;

/// Why a text is not a plan. It says what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan is not valid: {what} at line {line} column {column}\n{excerpt}\nhint: {hint}")]
pub struct PlanError {
    what: String,
    /// In characters, from 1.
    line: usize,
    /// Likewise.
    column: usize,
    /// The line of the plan, and a caret under the place.
    excerpt: String,
    hint: String,
}

impl PlanError {
    /// A mistake at a byte of a text.
    pub fn new(text: &str, place: usize, mistake: &Mistake) -> Self {
        let (line, column) = line_and_column(text, place);
        Self {
            what: mistake.to_string(),
            line,
            column,
            excerpt: excerpt(text, place),
            hint: mistake.hint(),
        }
    }

    /// What is wrong, without the place: for a text that is only a part of a plan.
    pub fn what(&self) -> &str {
        &self.what
    }
}

/// What is wrong with a text that should be a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("the text has more than {LENGTH_MAX} bytes")]
    TextTooLong,
    #[error("`{}` is not a clause", short(.0))]
    UnknownClause(String),
    #[error("`{}` is given twice", .0.word())]
    ClauseTwice(Clause),
    /// A clause has more than it can have.
    #[error("`{}` is not part of `{}`", short(.typed), .clause.word())]
    TooMuch { typed: String, clause: Clause },
    /// A clause ends too early.
    #[error("{what} is missing")]
    Missing { what: &'static str, clause: Clause },
    #[error("a comma")]
    Comma,
    #[error("`{}` is not a percentage", short(.0))]
    NotPercentage(String),
    #[error("`{}` has no percent sign", short(.0))]
    NoPercentSign(String),
    #[error("the percentage has more than four decimals")]
    TooManyDecimals,
    #[error("the percentage is more than 100%")]
    Above100,
    #[error("`fail`, `reject` and `hang` are {0} together")]
    SumAbove100(String),
    #[error("`{}` is not a time", short(.0))]
    NotTime(String),
    #[error("`{}` has no unit", short(.0))]
    NoUnit(String),
    #[error("`{}` is not a unit of time", short(.0))]
    UnknownUnit(String),
    #[error("`{}` is not a whole number of a unit", short(.0))]
    FractionOfTime(String),
    #[error("`{}` is longer than 365 days", short(.0))]
    TimeTooLong(String),
    /// A range, and the same the right way round.
    #[error("the range goes backwards")]
    BackwardRange { turned: String },
    #[error("`{}` is not a number of steps", short(.0))]
    NotSteps(String),
    #[error("a job has at least one step")]
    NoSteps,
    #[error("a job has at most {STEPS_MAX} steps")]
    TooManySteps,
    #[error("`away` is about the device, not about a job")]
    AwayInSection,
    #[error("`{}` has a colon", .0.word())]
    ColonBehindClause(Clause),
    #[error("a pattern is missing before the colon")]
    NoPattern,
    #[error("{0:?} cannot be in a pattern")]
    CharacterOfPattern(char),
    /// A pattern is followed by another one, or by nothing.
    #[error("`{}` has no clauses", short(.0))]
    EmptySection(String),
    /// An earlier pattern fits all that this one fits.
    #[error("`{}:` is never used: its jobs fit `{}:`, which comes first", short(.pattern), short(.earlier))]
    UnusedSection { pattern: String, earlier: String },
}

impl Mistake {
    /// What to do about it.
    fn hint(&self) -> String {
        let hint = match self {
            Self::UnknownClause(word) => return after_unknown(word),
            Self::TooMuch { clause, .. } | Self::Missing { clause, .. } => {
                return format!(
                    "write it as `{}`; a `;` separates clauses",
                    clause.example()
                );
            }
            Self::ColonBehindClause(clause) => {
                return format!("write it as `{}`", clause.example());
            }
            Self::CharacterOfPattern(_) => {
                return format!("a pattern has {RULE}: `Boot-*: fail 50%`");
            }
            Self::BackwardRange { turned } => return format!("write `{turned}`"),
            Self::NoPercentSign(number) => return format!("write `{}%`", short(number)),
            Self::TextTooLong => "use patterns instead of a section for each job",
            Self::ClauseTwice(_) => {
                "remove one of them; patterns separate jobs: `Boot-*: fail 50%`"
            }
            Self::Comma => "separate clauses by `;`",
            Self::NotPercentage(_) => "write a percentage as `10%` or `0.5%`",
            Self::TooManyDecimals => "the smallest percentage is 0.0001%",
            Self::Above100 => "100% is always",
            Self::SumAbove100(_) => "they exclude one another: at most 100% together",
            Self::NotTime(_) => "write a time as `3s`, or a range as `2s..10s`",
            Self::NoUnit(_) | Self::UnknownUnit(_) => {
                "the units are ms, s, m, h and d: `500ms`, `2s..10s`"
            }
            Self::FractionOfTime(_) => "use a smaller unit: `1500ms` instead of `1.5s`",
            Self::TimeTooLong(_) => "the longest time is 365d",
            Self::NotSteps(_) | Self::NoSteps | Self::TooManySteps => {
                "write the number of steps as `in 4 steps`"
            }
            Self::AwayInSection => "put it before the first pattern",
            Self::NoPattern => "write a pattern of job ids: `Boot-*: fail 50%`; `*:` is all jobs",
            Self::EmptySection(_) => "put clauses behind it: `Boot-*: fail 50%`",
            Self::UnusedSection { .. } => "put it first, or remove it: the first pattern wins",
        };
        hint.to_owned()
    }
}

fn after_unknown(word: &str) -> String {
    if let Some(similar) = Clause::similar(word) {
        return format!("did you mean `{}`?", similar.word());
    }
    if word.contains(['*', '?']) {
        return "a colon follows a pattern: `Boot-*: fail 50%`".to_owned();
    }
    let words = Clause::ALL.map(Clause::word).join(", ");
    format!("the clauses are {words}")
}

/// The longest that is shown of a word, in characters.
const SHOWN_CHARS: usize = 40;

/// A word that was typed, or how it begins.
fn short(word: &str) -> String {
    text::sanitize(&text::shorten(word, SHOWN_CHARS)).into_owned()
}
