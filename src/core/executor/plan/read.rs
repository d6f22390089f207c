//! From a text to a plan.

use std::iter::Peekable;
use std::str::FromStr;
use std::vec;

use crate::executor::plan::clause::Clause;
use crate::executor::plan::mistake::{LENGTH_MAX, Mistake, PlanError, STEPS_MAX};
use crate::executor::plan::pattern::{Pattern, PatternError};
use crate::executor::plan::rules::{BOOT_LASTS, Chance, Plan, Rules, Section, Success};
use crate::executor::plan::share::{Share, is_number};
use crate::executor::plan::span::Span;

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        read(text).map_err(|(place, mistake)| PlanError::new(text, place, &mistake))
    }
}

/// A mistake, and the byte where it is.
type Misplaced = (usize, Mistake);

/// A part of a text, and the byte where it begins.
type Part<'a> = (usize, &'a str);

fn read(text: &str) -> Result<Plan, Misplaced> {
    if text.len() > LENGTH_MAX {
        return Err((LENGTH_MAX, Mistake::TextTooLong));
    }
    let mut reader = Reader::default();
    for (place, line) in parts((0, text), |c| c == '\n') {
        let line = line.split('#').next().unwrap_or_default();
        for part in parts((place, line), |c| c == ';') {
            reader.read(words(part))?;
        }
    }
    reader.end_section()?;
    Ok(reader.plan)
}

/// The parts of a text, each with the character that ends it.
fn parts((place, text): Part<'_>, is_end: fn(char) -> bool) -> impl Iterator<Item = Part<'_>> {
    text.split_inclusive(is_end).scan(place, |next, part| {
        let place = *next;
        *next += part.len();
        Some((place, part))
    })
}

/// The words of a part between separators. A colon ends a word and belongs to it.
fn words(part: Part<'_>) -> Vec<Part<'_>> {
    let is_between = |c: char| c.is_whitespace() || c == ';';
    let words = parts(part, is_between);
    let words = words.map(|(place, word)| (place, word.trim_end_matches(is_between)));
    words.flat_map(|word| parts(word, |c| c == ':')).collect()
}

/// What is read of a plan.
#[derive(Debug, Default)]
struct Reader<'a> {
    plan: Plan,
    /// The pattern of the section, with its colon; none before the first.
    section: Option<Part<'a>>,
    /// The clauses of the section.
    given: Vec<Clause>,
}

impl<'a> Reader<'a> {
    /// Reads patterns and a clause, if they are there.
    fn read(&mut self, words: Vec<Part<'a>>) -> Result<(), Misplaced> {
        let comma = words.iter().find(|(_, word)| word.ends_with(','));
        if let Some((place, word)) = comma {
            return Err((place + word.len() - 1, Mistake::Comma));
        }
        let mut words = words.into_iter().peekable();
        while let Some(pattern) = words.next_if(|(_, word)| word.ends_with(':')) {
            self.end_section()?;
            self.begin_section(pattern)?;
        }
        let Some((place, word)) = words.next() else {
            return Ok(());
        };
        let clause = Clause::read(word);
        let clause = clause.ok_or_else(|| (place, Mistake::UnknownClause(word.to_owned())))?;
        if self.given.contains(&clause) {
            return Err((place, Mistake::ClauseTwice(clause)));
        }
        if clause == Clause::Away && self.section.is_some() {
            return Err((place, Mistake::AwayInSection));
        }
        self.given.push(clause);
        self.clause(Words {
            clause,
            last: (place, word),
            rest: words,
        })
    }

    fn begin_section(&mut self, header: Part<'a>) -> Result<(), Misplaced> {
        let (place, word) = header;
        let word = word.trim_end_matches(':');
        if let Some(clause) = Clause::read(word) {
            return Err((place + word.len(), Mistake::ColonBehindClause(clause)));
        }
        let pattern: Pattern = word.parse().map_err(|error| match error {
            PatternError::Empty => (place, Mistake::NoPattern),
            PatternError::Character { character, at } => {
                (place + at, Mistake::CharacterOfPattern(character))
            }
        })?;
        let mut earlier = self.plan.sections.iter();
        if let Some(earlier) = earlier.find(|earlier| earlier.pattern.covers(&pattern)) {
            let mistake = Mistake::UnusedSection {
                pattern: pattern.to_string(),
                earlier: earlier.pattern.to_string(),
            };
            return Err((place, mistake));
        }
        self.plan.sections.push(Section {
            pattern,
            rules: Rules::default(),
        });
        self.section = Some(header);
        self.given.clear();
        Ok(())
    }

    /// Checks that the section has clauses.
    fn end_section(&self) -> Result<(), Misplaced> {
        match self.section {
            Some((place, pattern)) if self.given.is_empty() => {
                Err((place, Mistake::EmptySection(pattern.to_owned())))
            }
            _ => Ok(()),
        }
    }

    /// Reads what follows the word of a clause.
    fn clause(&mut self, mut words: Words<'_>) -> Result<(), Misplaced> {
        let section = self.plan.sections.last_mut();
        let rules = section.map_or(&mut self.plan.rules, |section| &mut section.rules);
        match words.clause {
            Clause::Succeed => rules.success = words.success()?,
            Clause::Fail => rules.fail = words.share()?,
            Clause::Reject => rules.reject = words.share()?,
            Clause::Hang => rules.hang = words.share()?,
            Clause::Offline => rules.offline = Some(words.chance(None)?),
            Clause::Reboot => rules.reboot = Some(words.chance(Some(BOOT_LASTS))?),
            Clause::Away => self.plan.away = Some(words.chance(None)?),
        }
        let sum = rules.fail.plus(rules.reject).plus(rules.hang);
        if sum > Share::ALWAYS {
            return Err((words.last.0, Mistake::SumAbove100(sum.to_string())));
        }
        words.end()
    }
}

/// The words of a clause.
struct Words<'a> {
    clause: Clause,
    /// The last word that was read.
    last: Part<'a>,
    rest: Peekable<vec::IntoIter<Part<'a>>>,
}

impl<'a> Words<'a> {
    /// The next word, if it is this one.
    fn given(&mut self, expected: &str) -> bool {
        let next = self.rest.next_if(|(_, word)| *word == expected);
        self.last = next.unwrap_or(self.last);
        next.is_some()
    }

    /// The next word.
    fn next(&mut self, what: &'static str) -> Result<Part<'a>, Misplaced> {
        self.last = self.rest.next().ok_or_else(|| self.missing(what))?;
        Ok(self.last)
    }

    /// The mistake that something is missing where the next word is, or behind the last.
    fn missing(&mut self, what: &'static str) -> Misplaced {
        let (place, last) = self.last;
        let next = self.rest.peek().map(|(place, _)| *place);
        let clause = self.clause;
        let mistake = Mistake::Missing { what, clause };
        (next.unwrap_or(place + last.len()), mistake)
    }

    /// Checks that no word is left.
    fn end(mut self) -> Result<(), Misplaced> {
        let Some((place, typed)) = self.rest.next() else {
            return Ok(());
        };
        let (typed, clause) = (typed.to_owned(), self.clause);
        Err((place, Mistake::TooMuch { typed, clause }))
    }

    fn time(&mut self) -> Result<Span, Misplaced> {
        let (place, word) = self.next("a time")?;
        Span::read(word).map_err(|mistake| (place, mistake))
    }

    /// A percentage; always if it is absent.
    fn share(&mut self) -> Result<Share, Misplaced> {
        let word = self.rest.next_if(|(_, word)| *word != FOR);
        self.last = word.unwrap_or(self.last);
        word.map_or(Ok(Share::ALWAYS), |(place, word)| {
            Share::read(word).map_err(|mistake| (place, mistake))
        })
    }

    fn chance(&mut self, usual: Option<Span>) -> Result<Chance, Misplaced> {
        let share = self.share()?;
        let lasts = match usual {
            _ if self.given(FOR) => self.time()?,
            Some(usual) => usual,
            None => return Err(self.missing("`for` with a time")),
        };
        Ok(Chance { share, lasts })
    }

    fn success(&mut self) -> Result<Success, Misplaced> {
        let mut success = Success::default();
        if self.given("after") {
            let lasts = self.time()?;
            success = Success { lasts, steps: 1 };
        }
        if self.given("in") {
            success.steps = self.steps()?;
        }
        Ok(success)
    }

    /// A number, and the word `steps`.
    fn steps(&mut self) -> Result<u32, Misplaced> {
        let (place, word) = self.next("a number of steps")?;
        if !is_number(word) {
            return Err((place, Mistake::NotSteps(word.to_owned())));
        }
        // Digits alone: only a number that is too large is none.
        let steps = match word.parse().unwrap_or(u32::MAX) {
            0 => return Err((place, Mistake::NoSteps)),
            steps if steps > STEPS_MAX => return Err((place, Mistake::TooManySteps)),
            steps => steps,
        };
        if self.given("steps") || self.given("step") {
            return Ok(steps);
        }
        Err(self.missing("`steps`"))
    }
}

/// The word before how long something lasts.
const FOR: &str = "for";
