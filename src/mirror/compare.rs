//! Which of the viewers' highlights were caught, and what only Cliphound found. Pure.

use cliphound_store::IntentState;

use super::{
    Highlight,
    advice::{Advice, Record, advise},
    remedy::Tries,
};

/// A moment of ours is of a highlight when they are this close: our stretch is an estimate, and
/// viewers cut theirs as they like.
const CLOSE_MS: i64 = 10_000;

/// A moment of ours, as far as the mirror needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ours {
    /// The instant of the decision.
    pub trigger_ms: i64,
    /// Its start.
    pub start_ms: i64,
    /// Its end.
    pub end_ms: i64,
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What became of it; `None`: nobody promised to clip it.
    pub state: Option<IntentState>,
    /// When Twitch was asked for the clip.
    pub called_ms: Option<i64>,
    /// Twitch's id of the clip.
    pub clip_id: Option<String>,
    /// What set it off.
    pub by: By,
}

/// What set a moment of ours off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Chat did: it cost a clip of the budget, and began a cooldown.
    Chat,
    /// A signal that the streamer named: it began a cooldown.
    Signal,
    /// Somebody asked for it: neither.
    Hand,
}

impl By {
    /// Of a cause: `hype`, `emote:NAME`, `manual:LOGIN` or `signal:NAME`.
    #[must_use]
    pub fn cause(cause: &str) -> Self {
        match cause.split_once(':') {
            Some(("manual", _)) => Self::Hand,
            Some(("signal", _)) => Self::Signal,
            _ => Self::Chat,
        }
    }
}

impl Ours {
    /// Whether there is a clip of it.
    #[must_use]
    pub fn is_clipped(&self) -> bool {
        self.state.is_some_and(IntentState::has_clip)
    }

    /// Whether chat set it off at about `at_ms`.
    pub(super) fn is_at(&self, at_ms: i64, within_ms: i64) -> bool {
        self.by == By::Chat && (self.trigger_ms - at_ms).abs() <= within_ms
    }
}

/// A highlight, and what became of it with us.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// There is a clip of ours.
    Caught {
        /// Which of our moments, by its place in the list.
        ours: usize,
        /// So many milliseconds before any viewer made theirs; negative: after.
        ahead_ms: Option<i64>,
    },
    /// It was found, but there is no clip of it.
    Found {
        /// Which of our moments, by its place in the list.
        ours: usize,
    },
    /// It was not found.
    Missed(Advice),
}

/// Our moments beside the viewers' highlights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mirror {
    /// The highlights, by time, with what became of each.
    pub highlights: Vec<(Highlight, Compared)>,
    /// Our moments of which no viewer made a clip, by their places in the list.
    pub only_ours: Vec<usize>,
}

/// Sets them beside each other.
#[must_use]
pub fn mirror(highlights: Vec<Highlight>, record: &Record<'_>) -> Mirror {
    let (ours, mut tries) = (record.ours, None);
    let mut is_seen = vec![false; ours.len()];
    let compared = |highlight: Highlight| {
        let near = |(_, own): &(usize, &Ours)| is_near(&highlight, own.start_ms, own.end_ms);
        for (nth, _) in ours.iter().enumerate().filter(near) {
            if let Some(seen) = is_seen.get_mut(nth) {
                *seen = true;
            }
        }
        // The clip that was first, else the moment that was first.
        let best =
            ours.iter().enumerate().filter(near).min_by_key(|(_, own)| {
                (!own.is_clipped(), own.called_ms.unwrap_or(own.trigger_ms))
            });
        let became = match best {
            Some((nth, own)) if own.is_clipped() => Compared::Caught {
                ours: nth,
                ahead_ms: own.called_ms.map(|called_ms| highlight.first_made_ms - called_ms),
            },
            Some((nth, _)) => Compared::Found { ours: nth },
            None => {
                let tries = tries.get_or_insert_with(|| Tries::new(record));
                Compared::Missed(advise(&highlight, record, tries))
            }
        };
        (highlight, became)
    };
    let highlights = highlights.into_iter().map(compared).collect();
    let only_ours = (0..ours.len()).filter(|nth| !is_seen.get(*nth).copied().unwrap_or(false));
    Mirror { highlights, only_ours: only_ours.collect() }
}

/// Whether a moment of ours with this start and end is of the highlight.
pub(super) fn is_near(highlight: &Highlight, start_ms: i64, end_ms: i64) -> bool {
    start_ms <= highlight.end_ms + CLOSE_MS && end_ms >= highlight.start_ms - CLOSE_MS
}

impl Mirror {
    /// How many of the `top` most watched highlights were caught, and how many these are.
    #[must_use]
    pub fn caught_of_top(&self, top: usize) -> (usize, usize) {
        let mut all: Vec<&(Highlight, Compared)> = self.highlights.iter().collect();
        all.sort_by_key(|(highlight, _)| (-highlight.views(), highlight.start_ms));
        all.truncate(top);
        (
            all.iter().filter(|(_, became)| matches!(became, Compared::Caught { .. })).count(),
            all.len(),
        )
    }

    /// How many were caught before any viewer made a clip of them.
    #[must_use]
    pub fn earlier(&self) -> usize {
        let is_earlier = |became: &Compared| matches!(became, Compared::Caught { ahead_ms: Some(ahead_ms), .. } if *ahead_ms > 0);
        self.highlights.iter().filter(|(_, became)| is_earlier(became)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn highlight(start_s: i64, made_s: i64) -> Highlight {
        Highlight {
            start_ms: start_s * 1000,
            end_ms: (start_s + 30) * 1000,
            clips: Vec::new(),
            first_made_ms: made_s * 1000,
        }
    }

    fn ours(start_s: i64, clip: Option<&str>) -> Ours {
        Ours {
            trigger_ms: (start_s + 20) * 1000,
            start_ms: start_s * 1000,
            end_ms: (start_s + 25) * 1000,
            score: 0.9,
            state: Some(if clip.is_some() { IntentState::Confirmed } else { IntentState::Refused }),
            called_ms: Some((start_s + 27) * 1000),
            clip_id: clip.map(str::to_owned),
            by: By::Chat,
        }
    }

    #[test]
    fn caught_found_missed_and_only_ours() {
        let highlights = vec![
            highlight(100, 160),
            highlight(500, 505),
            highlight(900, 950),
            highlight(2000, 2050),
        ];
        let all =
            [ours(95, Some("A")), ours(480, Some("B")), ours(890, None), ours(1500, Some("D"))];
        let mirror = mirror(highlights, &Record { ours: &all, ..Record::default() });
        let became: Vec<&Compared> = mirror.highlights.iter().map(|(_, became)| became).collect();
        assert_eq!(became[0], &Compared::Caught { ours: 0, ahead_ms: Some(38_000) });
        assert_eq!(became[1], &Compared::Caught { ours: 1, ahead_ms: Some(-2_000) });
        assert_eq!(became[2], &Compared::Found { ours: 2 });
        assert!(matches!(became[3], Compared::Missed(_)));
        assert_eq!(mirror.only_ours, [3]);
        assert_eq!((mirror.caught_of_top(10), mirror.earlier()), ((2, 4), 1));
    }

    #[test]
    fn a_clip_that_never_appeared_is_none() {
        let lost = Ours { state: Some(IntentState::Unconfirmed), ..ours(95, Some("A")) };
        let mirror =
            mirror(vec![highlight(100, 160)], &Record { ours: &[lost], ..Record::default() });
        assert_eq!(mirror.highlights[0].1, Compared::Found { ours: 0 });
    }
}
