//! Cron expressions as AWS writes them: `cron(minutes hours day-of-month month day-of-week year)`, in UTC.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html>

use time::{Date, Weekday};

use crate::protocol::EpochMillis;

const MINUTE_MS: u64 = 60_000;

/// Minutes of a day.
const DAY: u64 = 1440;

/// The Julian day of 1 January 1970.
const FIRST_DAY: i32 = 2_440_588;

/// Why a text is not a cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CronError {
    #[error("it is not of the form cron(minutes hours day-of-month month day-of-week year)")]
    Form,
    #[error("`{text}` is not a value of {field}")]
    Value { field: &'static str, text: String },
    #[error("one of day-of-month and day-of-week must be `?`, and the other must not")]
    Days,
}

/// Times that come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: Vec<Range>,
    hours: Vec<Range>,
    months: Vec<Range>,
    years: Vec<Range>,
    days: Days,
}

/// Numbers from the first to the last, in steps of at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u64,
    last: u64,
    step: u64,
}

/// Which days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(Vec<MonthDay>),
    OfWeek(Vec<WeekDay>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MonthDay {
    Range(Range),
    /// `L`
    Last,
    /// `3W`: the day from Monday to Friday of the month that is closest to this one.
    Workday(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WeekDay {
    /// 1 is Sunday.
    Range(Range),
    /// `5L`: the last Thursday of the month.
    Last(u64),
    /// `3#2`: the second Tuesday of the month.
    Nth(u64, u64),
}

/// What one of the six fields may contain.
struct Field {
    name: &'static str,
    min: u64,
    max: u64,
    /// Names of the numbers from `min` on.
    names: &'static [&'static str],
    has_steps: bool,
}

const MINUTES: Field = Field::numbers("minutes", 0, 59);
const HOURS: Field = Field::numbers("hours", 0, 23);
const DAY_OF_MONTH: Field = Field::numbers("day-of-month", 1, 31);
const YEAR: Field = Field::numbers("year", 1970, 2199);
const MONTH: Field = Field {
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    ..Field::numbers("month", 1, 12)
};
const DAY_OF_WEEK: Field = Field {
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    has_steps: false,
    ..Field::numbers("day-of-week", 1, 7)
};

impl Field {
    const fn numbers(name: &'static str, min: u64, max: u64) -> Self {
        Self {
            name,
            min,
            max,
            names: &[],
            has_steps: true,
        }
    }

    fn wrong(&self, text: &str) -> CronError {
        CronError::Value {
            field: self.name,
            text: text.to_owned(),
        }
    }

    /// GUESS: names in lower case count as well, which the page does not exclude.
    fn number(&self, text: &str) -> Option<u64> {
        let mut known = (self.min..).zip(self.names);
        let found = known.find(|(_, name)| name.eq_ignore_ascii_case(text));
        found.map(|(number, _)| number).or_else(|| {
            let number = digits(text)?;
            (self.min..=self.max).contains(&number).then_some(number)
        })
    }

    /// `5`, `1-5`, `*`, `0/15` or `1-30/5`.
    fn range(&self, text: &str) -> Option<Range> {
        let (numbers, step) = match text.split_once('/') {
            Some((numbers, step)) if self.has_steps => (numbers, Some(digits(step)?)),
            Some(_) => return None,
            None => (text, None),
        };
        let (first, last) = match numbers.split_once('-') {
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if numbers == "*" => (self.min, self.max),
            None => {
                let first = self.number(numbers)?;
                (first, step.map_or(first, |_| self.max))
            }
        };
        let step = step.unwrap_or(1);
        // GUESS: a range that ends before it begins, such as FRI-MON, is refused; the page has none.
        (first <= last && step > 0).then_some(Range { first, last, step })
    }

    /// The parts of the field, which commas separate.
    fn parts<T>(
        &self,
        text: &str,
        part: impl Fn(&Self, &str) -> Option<T>,
    ) -> Result<Vec<T>, CronError> {
        let parts = text.split(',');
        let parts = parts.map(|text| part(self, text).ok_or_else(|| self.wrong(text)));
        parts.collect()
    }

    fn month_day(&self, text: &str) -> Option<MonthDay> {
        match text.strip_suffix('W') {
            Some(day) => self.number(day).map(MonthDay::Workday),
            None if text == "L" => Some(MonthDay::Last),
            None => self.range(text).map(MonthDay::Range),
        }
    }

    /// "L … specifies the last day of the month or week": alone it is Saturday. GUESS: behind a day, as in Quartz, whose
    /// expressions these are, it is the last such day of the month.
    fn week_day(&self, text: &str) -> Option<WeekDay> {
        if let Some((day, nth)) = text.split_once('#') {
            let nth = digits(nth).filter(|nth| (1..=5).contains(nth))?;
            return Some(WeekDay::Nth(self.number(day)?, nth));
        }
        match text.strip_suffix('L') {
            Some("") => self.range("SAT").map(WeekDay::Range),
            Some(day) => self.number(day).map(WeekDay::Last),
            None => self.range(text).map(WeekDay::Range),
        }
    }
}

/// Only digits, without a sign.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn any(ranges: &[Range], number: u64) -> bool {
    ranges.iter().any(|range| range.contains(number))
}

impl Range {
    fn contains(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
            && (number - self.first).is_multiple_of(self.step)
    }
}

impl Days {
    fn read(of_month: &str, of_week: &str) -> Result<Self, CronError> {
        match (of_month, of_week) {
            ("?", "?") => Err(CronError::Days),
            (of_month, "?") => {
                let days = DAY_OF_MONTH.parts(of_month, Field::month_day)?;
                Ok(Self::OfMonth(days))
            }
            ("?", of_week) => {
                let days = DAY_OF_WEEK.parts(of_week, Field::week_day)?;
                // "If you use a '#' character, you can define only one expression in the day-of-week field."
                let is_nth = |day: &WeekDay| matches!(day, WeekDay::Nth(..));
                if days.len() > 1 && days.iter().any(is_nth) {
                    return Err(DAY_OF_WEEK.wrong(of_week));
                }
                Ok(Self::OfWeek(days))
            }
            _ => Err(CronError::Days),
        }
    }

    fn contain(&self, date: Date) -> bool {
        let day = u64::from(date.day());
        let length = u64::from(date.month().length(date.year()));
        let of_week = u64::from(date.weekday().number_from_sunday());
        match self {
            Self::OfMonth(days) => days.iter().any(|one| match *one {
                MonthDay::Range(range) => range.contains(day),
                MonthDay::Last => day == length,
                MonthDay::Workday(wanted) => is_workday_closest_to(date, wanted, length),
            }),
            Self::OfWeek(days) => days.iter().any(|one| match *one {
                WeekDay::Range(range) => range.contains(of_week),
                WeekDay::Last(wanted) => of_week == wanted && day + 7 > length,
                WeekDay::Nth(wanted, nth) => of_week == wanted && (day - 1) / 7 + 1 == nth,
            }),
        }
    }
}

/// Whether a date is the day from Monday to Friday that is closest to this day of its month.
fn is_workday_closest_to(date: Date, wanted: u64, length: u64) -> bool {
    let day = u64::from(date.day());
    match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => false,
        // Saturday is closer to Friday, unless that is in the month before; Sunday is closer to Monday, likewise.
        Weekday::Monday => day == wanted || day == wanted + 1 || (wanted == 1 && day == 3),
        Weekday::Friday => {
            day == wanted
                || (day + 1 == wanted && wanted <= length)
                || (day + 2 == wanted && wanted == length)
        }
        _ => day == wanted,
    }
}

impl Cron {
    /// GUESS: only with `cron(…)` around the fields, as in the recorded session and on AWS's page.
    pub(crate) fn parse(text: &str) -> Result<Self, CronError> {
        let inner = text.strip_prefix("cron(");
        let fields = inner.and_then(|text| text.strip_suffix(')'));
        let fields = fields.ok_or(CronError::Form)?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields[..] else {
            return Err(CronError::Form);
        };
        Ok(Self {
            minutes: MINUTES.parts(minutes, Field::range)?,
            hours: HOURS.parts(hours, Field::range)?,
            months: MONTH.parts(months, Field::range)?,
            years: YEAR.parts(years, Field::range)?,
            days: Days::read(of_month, of_week)?,
        })
    }

    /// The first time that is not before this one.
    pub(crate) fn next(&self, from: EpochMillis) -> Option<EpochMillis> {
        let from = from.0.div_ceil(MINUTE_MS);
        let mut date = date(from / DAY)?;
        let mut earliest = from % DAY;
        while u64::try_from(date.year()).ok()? <= YEAR.max {
            let later = if !self.is_in_year(date) {
                Date::from_calendar_date(date.year() + 1, time::Month::January, 1).ok()?
            } else if !self.is_in_month(date) {
                let length = date.month().length(date.year());
                date.replace_day(length).ok()?.next_day()?
            } else {
                if self.days.contain(date)
                    && let Some(minute) = (earliest..DAY).find(|minute| self.is_at(*minute))
                {
                    return instant(date, minute);
                }
                date.next_day()?
            };
            (date, earliest) = (later, 0);
        }
        None
    }

    /// The last time that is not after this one, if it is on the same day or the day before.
    pub(crate) fn last(&self, until: EpochMillis) -> Option<EpochMillis> {
        let until = until.0 / MINUTE_MS;
        let today = date(until / DAY)?;
        let on = |date: Date, latest: u64| {
            let is_day = self.is_in_year(date) && self.is_in_month(date) && self.days.contain(date);
            let minute = (0..=latest).rev().find(|minute| self.is_at(*minute));
            minute.filter(|_| is_day).and_then(|it| instant(date, it))
        };
        on(today, until % DAY).or_else(|| on(today.previous_day()?, DAY - 1))
    }

    fn is_in_year(&self, date: Date) -> bool {
        u64::try_from(date.year()).is_ok_and(|year| any(&self.years, year))
    }

    fn is_in_month(&self, date: Date) -> bool {
        any(&self.months, u64::from(u8::from(date.month())))
    }

    fn is_at(&self, minute: u64) -> bool {
        any(&self.hours, minute / 60) && any(&self.minutes, minute % 60)
    }
}

fn date(day: u64) -> Option<Date> {
    let day = i32::try_from(day).ok()?.checked_add(FIRST_DAY)?;
    Date::from_julian_day(day).ok()
}

fn instant(date: Date, minute: u64) -> Option<EpochMillis> {
    let day = u64::try_from(date.to_julian_day() - FIRST_DAY).ok()?;
    Some(EpochMillis((day * DAY + minute) * MINUTE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::schedule::Moment;

    fn at(text: &str) -> EpochMillis {
        Moment::parse(text).expect(text).at
    }

    #[test]
    fn the_next_times() {
        // 2026-11-22 is a Sunday.
        const FROM: &str = "2026-11-22T07:30";
        for (expression, expected) in [
            ("cron(30 7 * * ? *)", &[FROM, "2026-11-23T07:30"][..]),
            (
                "cron(29 7 * * ? *)",
                &["2026-11-23T07:29", "2026-11-24T07:29"],
            ),
            (
                "cron(0/15 * * * ? *)",
                &[FROM, "2026-11-22T07:45", "2026-11-22T08:00"],
            ),
            (
                "cron(*/40 8 * * ? *)",
                &["2026-11-22T08:00", "2026-11-22T08:40", "2026-11-23T08:00"],
            ),
            (
                "cron(10-50/20 22 * * ? *)",
                &["2026-11-22T22:10", "2026-11-22T22:30", "2026-11-22T22:50"],
            ),
            (
                "cron(0 18 ? * MON-FRI *)",
                &["2026-11-23T18:00", "2026-11-24T18:00"],
            ),
            (
                "cron(0 18 ? * mon,7 *)",
                &["2026-11-23T18:00", "2026-11-28T18:00", "2026-11-30T18:00"],
            ),
            (
                "cron(0 8 1 * ? *)",
                &["2026-12-01T08:00", "2027-01-01T08:00"],
            ),
            (
                "cron(0 8 31 * ? *)",
                &["2026-12-31T08:00", "2027-01-31T08:00", "2027-03-31T08:00"],
            ),
            (
                "cron(0 8 L * ? *)",
                &[
                    "2026-11-30T08:00",
                    "2026-12-31T08:00",
                    "2027-01-31T08:00",
                    "2027-02-28T08:00",
                ],
            ),
            (
                "cron(0 8 29 FEB ? *)",
                &["2028-02-29T08:00", "2032-02-29T08:00"],
            ),
            // In 2027, 1 and 15 May are Saturdays, and 31 January, 1 August and 14 November are Sundays.
            ("cron(0 8 1W 8 ? 2027,2026)", &["2027-08-02T08:00"]),
            ("cron(0 8 1W 5 ? 2027)", &["2027-05-03T08:00"]),
            ("cron(0 8 31W JAN,FEB ? 2027)", &["2027-01-29T08:00"]),
            ("cron(0 8 15W 5 ? 2027)", &["2027-05-14T08:00"]),
            ("cron(0 8 14W 11 ? 2027)", &["2027-11-15T08:00"]),
            (
                "cron(0 8 ? * L *)",
                &["2026-11-28T08:00", "2026-12-05T08:00"],
            ),
            (
                "cron(0 8 ? * 5L *)",
                &["2026-11-26T08:00", "2026-12-31T08:00"],
            ),
            (
                "cron(0 8 ? * TUE#2 *)",
                &["2026-12-08T08:00", "2027-01-12T08:00"],
            ),
            (
                "cron(0 8 ? * 3#5 *)",
                &["2026-12-29T08:00", "2027-03-30T08:00"],
            ),
            (
                "cron( 0  8 1 1 ?\t2030-2031 )",
                &["2030-01-01T08:00", "2031-01-01T08:00"],
            ),
            ("cron(0 8 1 1 ? 2199)", &["2199-01-01T08:00"]),
            ("cron(0 8 1 1 ? 2025)", &[]),
            ("cron(0 8 30 2 ? *)", &[]),
        ] {
            let cron = Cron::parse(expression).expect(expression);
            let mut from = at(FROM);
            for text in expected {
                let next = cron.next(from);
                assert_eq!(next, Some(at(text)), "{expression}: {text}");
                assert_eq!(cron.last(at(text)), next, "{expression}: {text}");
                from = at(text).plus_minutes(1);
            }
            if expected.len() < 2 {
                assert_eq!(cron.next(from), None, "{expression}");
            }
        }
    }

    #[test]
    fn the_last_time_is_today_or_yesterday() {
        let cron = Cron::parse("cron(0,30 8,20 ? * SAT,SUN *)").expect("an expression");
        for (now, expected) in [
            ("2026-11-22T07:59", Some("2026-11-21T20:30")),
            ("2026-11-22T08:00", Some("2026-11-22T08:00")),
            ("2026-11-22T20:29", Some("2026-11-22T20:00")),
            ("2026-11-23T23:59", Some("2026-11-22T20:30")),
            ("2026-11-24T00:00", None),
            ("2026-11-21T07:59", None),
        ] {
            assert_eq!(cron.last(at(now)), expected.map(at), "{now}");
        }
        let late = EpochMillis(at("2026-11-22T08:00").0 + 1);
        assert_eq!(cron.next(late), Some(at("2026-11-22T08:30")));
    }

    #[test]
    fn what_is_wrong_with_an_expression() {
        let value = |field, text: &str| CronError::Value {
            field,
            text: text.to_owned(),
        };
        for (expression, expected) in [
            ("", CronError::Form),
            ("0 8 * * ? *", CronError::Form),
            ("rate(1 day)", CronError::Form),
            ("cron(0 8 * * ? *", CronError::Form),
            ("cron(0 8 * * ?)", CronError::Form),
            ("cron(0 8 * * ? * *)", CronError::Form),
            ("cron(60 8 * * ? *)", value("minutes", "60")),
            ("cron(+1 8 * * ? *)", value("minutes", "+1")),
            ("cron(0/0 8 * * ? *)", value("minutes", "0/0")),
            ("cron(0/ 8 * * ? *)", value("minutes", "0/")),
            ("cron(5-1 8 * * ? *)", value("minutes", "5-1")),
            ("cron(1,,2 8 * * ? *)", value("minutes", "")),
            ("cron(? 8 * * ? *)", value("minutes", "?")),
            ("cron(0 24 * * ? *)", value("hours", "24")),
            (
                "cron(0 99999999999999999999 * * ? *)",
                value("hours", "99999999999999999999"),
            ),
            ("cron(0 8 0 * ? *)", value("day-of-month", "0")),
            ("cron(0 8 W * ? *)", value("day-of-month", "W")),
            ("cron(0 8 L-3 * ? *)", value("day-of-month", "L-3")),
            ("cron(0 8 * JANUARY ? *)", value("month", "JANUARY")),
            ("cron(0 8 * 13 ? *)", value("month", "13")),
            ("cron(0 8 ? * 0 *)", value("day-of-week", "0")),
            ("cron(0 8 ? * FRI-MON *)", value("day-of-week", "FRI-MON")),
            ("cron(0 8 ? * 2/2 *)", value("day-of-week", "2/2")),
            ("cron(0 8 ? * 2#6 *)", value("day-of-week", "2#6")),
            ("cron(0 8 ? * 3#1,6#3 *)", value("day-of-week", "3#1,6#3")),
            ("cron(0 8 * * ? 1969)", value("year", "1969")),
            ("cron(0 8 * * ? 2200)", value("year", "2200")),
            ("cron(0 8 * * * *)", CronError::Days),
            ("cron(0 8 ? * ? *)", CronError::Days),
            ("cron(0 8 1 * MON *)", CronError::Days),
            ("cron(é 8 1 * ? *)", value("minutes", "é")),
        ] {
            assert_eq!(Cron::parse(expression), Err(expected), "{expression}");
        }
    }
}
