//! Days as rows of a table that stays short: of a longer time, weeks or months. Pure.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};

use super::Count;

/// Rows at most: a table of more would neither be read nor leave its page below 100 KB.
const ROWS: i64 = 90;

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// Seven days, from Monday on.
    Week,
    /// A month of the calendar.
    Month,
}

impl Step {
    /// The shortest of which so many days have few rows.
    #[must_use]
    pub fn of(days: i64) -> Self {
        match days {
            ..=ROWS => Self::Day,
            // The first and the last week may be shorter.
            days if days / 7 + 1 < ROWS => Self::Week,
            _ => Self::Month,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The same days, added up, by the first day of each row; what begins before the time that is
    /// shown is named by its first day that is.
    #[must_use]
    pub fn rows(self, days: &BTreeMap<Date, Count>, from: Date) -> BTreeMap<Date, Count> {
        let mut rows = BTreeMap::<Date, Count>::new();
        for (day, count) in days {
            rows.entry(self.first(*day).max(from)).or_default().add_all(count);
        }
        rows
    }

    fn first(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(since.days()).unwrap_or(day)
            }
            Self::Month => day.first_of_month(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(moments: u32) -> Count {
        Count { moments, ..Count::default() }
    }

    #[test]
    fn however_long_the_time_is_its_rows_are_few() {
        let from: Date = "2021-07-03".parse().unwrap();
        for days in 1..=1_830 {
            let all = (0..days).map(|nth| (from.checked_add(nth.days()).unwrap(), moments(1)));
            let rows = Step::of(days).rows(&all.collect(), from);
            assert!(rows.len() as i64 <= ROWS, "{days} days are {} rows", rows.len());
            let sum: u32 = rows.values().map(|row| row.moments).sum();
            assert_eq!(i64::from(sum), days, "nothing is left out");
            assert_eq!(rows.keys().next(), Some(&from));
        }
        assert_eq!(
            (Step::of(90), Step::of(91), Step::of(731)),
            (Step::Day, Step::Week, Step::Month)
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first_day() {
        let days = ["2026-11-01", "2026-11-02", "2026-11-08", "2026-12-01"];
        let days = days.map(|day| (day.parse().unwrap(), moments(1))).into_iter().collect();
        let check = |step: Step, expected: &[(&str, u32)]| {
            let rows = step.rows(&days, "2026-10-28".parse().unwrap());
            let rows: Vec<(String, u32)> =
                rows.iter().map(|(day, count)| (day.to_string(), count.moments)).collect();
            let rows: Vec<(&str, u32)> = rows.iter().map(|(day, n)| (day.as_str(), *n)).collect();
            assert_eq!(rows, expected);
        };
        check(Step::Week, &[("2026-10-28", 1), ("2026-11-02", 2), ("2026-11-30", 1)]);
        check(Step::Month, &[("2026-11-01", 3), ("2026-12-01", 1)]);
    }
}
