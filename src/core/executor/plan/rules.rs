//! A plan, and its canonical text.

use std::fmt;

use crate::executor::plan::clause::Clause;
use crate::executor::plan::pattern::Pattern;
use crate::executor::plan::share::Share;
use crate::executor::plan::span::Span;

/// A plan: how simulated work goes. [`std::str::FromStr`] reads one, and its text is canonical: it reads as an equal plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// For the jobs that fit no pattern.
    pub rules: Rules,
    /// The device joins later.
    pub away: Option<Chance>,
    /// The first that fits a job is used.
    pub sections: Vec<Section>,
}

/// What holds for the jobs of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub pattern: Pattern,
    pub rules: Rules,
}

/// How the work of a job goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    pub success: Success,
    pub fail: Share,
    pub reject: Share,
    pub hang: Share,
    pub offline: Option<Chance>,
    pub reboot: Option<Chance>,
}

/// Work that ends well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success {
    pub lasts: Span,
    /// How many equal steps it has.
    pub steps: u32,
}

/// Something that may happen, and lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    pub share: Share,
    pub lasts: Span,
}

/// How long a device takes to start if the plan does not say it.
pub(super) const BOOT_LASTS: Span = Span::seconds(2);

/// What a plan means that does not say it: enough to watch.
impl Default for Success {
    fn default() -> Self {
        Self {
            lasts: Span::seconds(3),
            steps: 3,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)?;
        write_chance(f, Clause::Away, self.away)?;
        for section in &self.sections {
            write!(f, "; {}: {}", section.pattern, section.rules)?;
        }
        Ok(())
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Success { lasts, steps } = self.success;
        write!(f, "{} after {lasts}", Clause::Succeed.word())?;
        if steps > 1 {
            write!(f, " in {steps} steps")?;
        }
        for (clause, share) in [
            (Clause::Fail, self.fail),
            (Clause::Reject, self.reject),
            (Clause::Hang, self.hang),
        ] {
            if share > Share::NEVER {
                write!(f, "; {} {share}", clause.word())?;
            }
        }
        write_chance(f, Clause::Offline, self.offline)?;
        write_chance(f, Clause::Reboot, self.reboot)
    }
}

fn write_chance(f: &mut fmt::Formatter<'_>, clause: Clause, chance: Option<Chance>) -> fmt::Result {
    match chance {
        Some(Chance { share, lasts }) => write!(f, "; {} {share} for {lasts}", clause.word()),
        None => Ok(()),
    }
}
