//! Sums over moments. Pure.

use std::collections::BTreeMap;

use cliphound_store::Verdict;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{Fate, Hours, Item};

/// Stands for the strongest reason of a moment that has none.
const NO_REASON: &str = "none";
/// Most emotes that are listed.
const EMOTES: usize = 20;

/// How many moments, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Count {
    /// Moments.
    pub moments: u32,
    /// Those with a clip.
    pub clips: u32,
    /// Those whose clip Twitch refused, or that came too late.
    pub lost: u32,
    /// Those that editors kept.
    pub kept: u32,
    /// Those that editors rejected.
    pub rejected: u32,
}

impl Count {
    fn add(&mut self, item: &Item) {
        self.moments += 1;
        self.clips += u32::from(item.fate == Fate::Clipped);
        self.lost += u32::from(item.fate == Fate::Lost);
        self.kept += u32::from(item.judged == Some(Verdict::Kept));
        self.rejected += u32::from(item.judged == Some(Verdict::Rejected));
    }

    /// Adds another one's.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.moments += other.moments;
        self.clips += other.clips;
        self.lost += other.lost;
        self.kept += other.kept;
        self.rejected += other.rejected;
    }

    /// How many editors judged.
    #[must_use]
    pub fn judged(&self) -> u32 {
        self.kept + self.rejected
    }

    /// The share of the judged ones that was kept, 0 to 1: precision, as editors see it.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        (self.judged() > 0).then(|| f64::from(self.kept) / f64::from(self.judged()))
    }
}

/// Everything summed up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Sums {
    /// All of them.
    pub all: Count,
    /// By day in the zone asked for, without the empty days.
    #[schema(value_type = BTreeMap<String, Count>)]
    pub days: BTreeMap<Date, Count>,
    /// By channel.
    pub channels: BTreeMap<String, Count>,
    /// By what set them off: `hype`, `emote`, `manual`, `signal`.
    pub triggers: BTreeMap<String, Count>,
    /// By the strongest reason of each moment beyond the number of people, such as `laughter`;
    /// `people only` where there is no other, `none` for those without any, such as clips by hand.
    pub reasons: BTreeMap<String, Count>,
    /// The emotes that set most off, most first.
    pub emotes: Vec<(String, Count)>,
    /// By the hour of the week.
    pub hours: Hours,
}

impl Sums {
    /// Sums up; days and hours are those of `zone`.
    #[must_use]
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>, zone: &TimeZone) -> Self {
        let (mut sums, mut emotes) = (Self::default(), BTreeMap::<&str, Count>::new());
        for item in items {
            let (kind, name) = item.cause.split_once(':').unwrap_or((&item.cause, ""));
            sums.all.add(item);
            sums.channels.entry(item.login.clone()).or_default().add(item);
            sums.triggers.entry(kind.to_owned()).or_default().add(item);
            let reason = item.reason.as_deref().unwrap_or(NO_REASON);
            sums.reasons.entry(reason.to_owned()).or_default().add(item);
            if kind == "emote" {
                emotes.entry(name).or_default().add(item);
            }
            if let Ok(at) = Timestamp::from_millisecond(item.trigger_ms) {
                let at = at.to_zoned(zone.clone());
                sums.days.entry(at.date()).or_default().add(item);
                sums.hours.add(&at);
            }
        }
        sums.emotes = emotes.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        sums.emotes.sort_by_key(|(_, count)| std::cmp::Reverse(count.moments));
        sums.emotes.truncate(EMOTES);
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(cause: &str, at_h: i64, fate: Fate, judged: Option<Verdict>) -> Item {
        Item {
            login: "ninja".to_owned(),
            trigger_ms: at_h * 3_600_000,
            cause: cause.to_owned(),
            reason: (cause != "manual:ann").then(|| cause[..1].to_owned()),
            fate,
            judged,
        }
    }

    #[test]
    fn each_moment_counts_once_in_each_table() {
        let items = [
            item("emote:KEKW", 1, Fate::Clipped, Some(Verdict::Kept)),
            item("emote:KEKW", 2, Fate::Lost, None),
            item("emote:a:b", 25, Fate::Rejected, Some(Verdict::Rejected)),
            item("hype", 25, Fate::Clipped, Some(Verdict::Kept)),
            item("manual:ann", i64::MAX / 3_600_000, Fate::Open, None),
        ];
        let sums = Sums::of(&items, &TimeZone::UTC);
        assert_eq!(sums.all, Count { moments: 5, clips: 2, lost: 1, kept: 2, rejected: 1 });
        assert_eq!(sums.all.precision().map(|share| (share * 3.0).round()), Some(2.0));
        let emotes: Vec<_> =
            sums.emotes.iter().map(|(name, n)| (name.as_str(), n.moments)).collect();
        assert_eq!(emotes, [("KEKW", 2), ("a:b", 1)]);
        assert_eq!(sums.days.values().map(|day| day.moments).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(sums.triggers["emote"].clips, 1);
        let reasons: Vec<_> = sums.reasons.iter().collect();
        let count =
            |moments, clips, lost, kept, rejected| Count { moments, clips, lost, kept, rejected };
        assert_eq!(
            reasons,
            [
                (&"e".to_owned(), &count(3, 1, 1, 1, 1)),
                (&"h".to_owned(), &count(1, 1, 0, 1, 0)),
                (&"none".to_owned(), &count(1, 0, 0, 0, 0)),
            ]
        );
        assert_eq!(sums.hours.most(), 2, "1970-01-01 was a Thursday: 1 h, 2 h; Friday 1 h twice");
    }

    #[test]
    fn nothing_judged_has_no_precision() {
        assert_eq!(Sums::of(&[], &TimeZone::UTC).all.precision(), None);
    }
}
