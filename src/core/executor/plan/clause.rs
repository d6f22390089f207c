//! The words that clauses begin with.

/// What a clause is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    Succeed,
    Fail,
    Reject,
    Hang,
    Offline,
    Away,
    Reboot,
}

/// How alike two words must be for one to be meant by the other: 1 is equal.
const ALIKE: f64 = 0.6;

impl Clause {
    pub const ALL: [Self; 7] = [
        Self::Succeed,
        Self::Fail,
        Self::Reject,
        Self::Hang,
        Self::Offline,
        Self::Away,
        Self::Reboot,
    ];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Reject => "reject",
            Self::Hang => "hang",
            Self::Offline => "offline",
            Self::Away => "away",
            Self::Reboot => "reboot",
        }
    }

    /// A clause with all that it can have.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Succeed => "succeed after 3s in 4 steps",
            Self::Fail => "fail 10%",
            Self::Reject => "reject 2%",
            Self::Hang => "hang 1%",
            Self::Offline => "offline 5% for 30s",
            Self::Away => "away 10% for 2h",
            Self::Reboot => "reboot 5% for 2s",
        }
    }

    /// The words that can follow these words of a plan, as far as they are not values.
    pub fn next_words(typed: &[&str]) -> Vec<&'static str> {
        let is_end = |word: &&str| word.ends_with([';', ':']);
        let clause = typed.rsplit(is_end).next().unwrap_or_default();
        let Some((first, behind)) = clause.split_first() else {
            return Self::ALL.map(Self::word).to_vec();
        };
        let Some(clause) = Self::read(first) else {
            return Vec::new();
        };
        let words = clause.example().split(' ').skip(1);
        let words = words.filter(|word| word.chars().all(char::is_alphabetic));
        let words: Vec<&str> = words.collect();
        let given = words.iter().rposition(|word| behind.contains(word));
        match given {
            // Its value comes first.
            Some(at) if behind.last() == words.get(at) => Vec::new(),
            given => words
                .get(given.map_or(0, |at| at + 1))
                .copied()
                .into_iter()
                .collect(),
        }
    }

    /// The clause that begins with this word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|clause| clause.word() == word)
    }

    /// The clause that this word resembles most.
    pub fn similar(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let alike = Self::ALL.map(|clause| {
            let alike = strsim::normalized_damerau_levenshtein(&word, clause.word());
            (alike, clause)
        });
        let most = alike.into_iter().max_by(|(a, _), (b, _)| a.total_cmp(b));
        most.filter(|(alike, _)| *alike >= ALIKE)
            .map(|(_, clause)| clause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_taken_for_the_clause_that_it_resembles() {
        for (word, expected) in [
            ("fail", Some(Clause::Fail)),
            ("FAIL", Some(Clause::Fail)),
            ("failed", Some(Clause::Fail)),
            ("failure", None),
            ("success", Some(Clause::Succeed)),
            ("succeeds", Some(Clause::Succeed)),
            ("rejected", Some(Clause::Reject)),
            ("hangs", Some(Clause::Hang)),
            ("ofline", Some(Clause::Offline)),
            ("awya", Some(Clause::Away)),
            ("reboto", Some(Clause::Reboot)),
            ("wait", None),
            ("", None),
        ] {
            assert_eq!(Clause::similar(word), expected, "{word}");
        }
    }
}
