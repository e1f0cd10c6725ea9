//! Clips that were asked for: what Twitch cuts out, and when it shows them. Pure.

use rand::{Rng, RngExt};
use serde::Serialize;

/// Twitch looks so far back from the call …
const BEFORE_MS: i64 = 85_000;
/// … and so far ahead; what is published is the end of that stretch.
const AFTER_MS: i64 = 5_000;
/// A clip is shown after 5 to 40 s.
const READY_MS: std::ops::RangeInclusive<i64> = 5_000..=40_000;
/// Clips that are kept; the oldest go first.
const MAX_CLIPS: usize = 20_000;

const SLUG_WORDS: &[&str] = &[
    "Brave", "Calm", "Dapper", "Eager", "Fancy", "Gentle", "Humble", "Jolly", "Keen", "Lively",
    "Otter", "Pancake", "Quokka", "Radish", "Sparrow", "Teapot", "Umbrella", "Violin", "Waffle",
];

/// A clip, as it truly is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClipRecord {
    /// Its id (slug).
    pub id: String,
    /// Its public address.
    pub url: String,
    /// Login of the channel.
    pub channel: String,
    /// User id of the broadcaster.
    pub broadcaster_id: String,
    /// User id of who asked for it.
    pub creator_id: String,
    /// Title; empty: Twitch would take the stream's.
    pub title: String,
    /// Length in seconds.
    pub duration_s: f64,
    /// When Create Clip was called, Unix ms on the simulator's clock.
    pub call_ms: i64,
    /// From when on Get Clips shows it.
    pub ready_ms: i64,
    /// Start of what it shows.
    pub start_ms: i64,
    /// End of what it shows.
    pub end_ms: i64,
    /// Whether the answer reached the caller, as far as Twitch can tell.
    pub answered: bool,
    /// An earlier clip of the channel that shows mostly the same.
    pub duplicate_of: Option<String>,
}

/// What is asked of Create Clip.
#[derive(Debug, Clone)]
pub(crate) struct NewClip {
    pub channel: String,
    pub broadcaster_id: String,
    pub creator_id: String,
    pub title: String,
    pub duration_s: f64,
    /// When the stream began: nothing before can be clipped.
    pub live_since_ms: i64,
    /// Extra time until it is shown.
    pub late_ms: i64,
    pub answered: bool,
}

/// All clips, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Clips(Vec<ClipRecord>);

impl Clips {
    /// Makes a clip and returns its id.
    pub fn create(&mut self, new: NewClip, now_ms: i64, rng: &mut impl Rng) -> String {
        let id = slug(now_ms, rng);
        let end_ms = now_ms + AFTER_MS;
        let length_ms = ((new.duration_s * 1000.0) as i64).min(BEFORE_MS + AFTER_MS);
        let mut clip = ClipRecord {
            url: format!("https://clips.twitch.tv/{id}"),
            id: id.clone(),
            channel: new.channel,
            broadcaster_id: new.broadcaster_id,
            creator_id: new.creator_id,
            title: new.title,
            duration_s: new.duration_s,
            call_ms: now_ms,
            ready_ms: now_ms + rng.random_range(READY_MS) + new.late_ms,
            start_ms: (end_ms - length_ms).max(new.live_since_ms),
            end_ms,
            answered: new.answered,
            duplicate_of: None,
        };
        clip.duplicate_of = self.duplicate_of(&clip);
        if self.0.len() == MAX_CLIPS {
            self.0.remove(0);
        }
        self.0.push(clip);
        id
    }

    /// All of them, also those that Twitch does not show yet.
    pub fn all(&self) -> &[ClipRecord] {
        &self.0
    }

    /// Those that Get Clips shows at a time, newest first.
    pub fn shown(&self, now_ms: i64) -> impl Iterator<Item = &ClipRecord> {
        self.0.iter().rev().filter(move |clip| clip.ready_ms <= now_ms)
    }

    fn duplicate_of(&self, clip: &ClipRecord) -> Option<String> {
        let recent = self.0.iter().rev().take_while(|c| c.call_ms > clip.call_ms - BEFORE_MS);
        let same = |other: &&ClipRecord| {
            let shared = other.end_ms.min(clip.end_ms) - other.start_ms.max(clip.start_ms);
            other.channel == clip.channel && shared * 2 > clip.end_ms - clip.start_ms
        };
        recent.filter(same).last().map(|other| other.id.clone())
    }
}

/// Two words, the time, and chance: no two runs give the same one.
fn slug(now_ms: i64, rng: &mut impl Rng) -> String {
    let mut word = || SLUG_WORDS[rng.random_range(0..SLUG_WORDS.len())];
    let (first, second) = (word(), word());
    format!("{first}{second}{now_ms:x}-{:06x}", rng.random_range(0..0x100_0000))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn new(channel: &str, duration_s: f64) -> NewClip {
        NewClip {
            channel: channel.to_owned(),
            broadcaster_id: "1".to_owned(),
            creator_id: "2".to_owned(),
            title: String::new(),
            duration_s,
            live_since_ms: 0,
            late_ms: 0,
            answered: true,
        }
    }

    #[test]
    fn a_clip_is_the_end_of_what_twitch_captures() {
        let (mut clips, mut rng) = (Clips::default(), Pcg64Mcg::seed_from_u64(1));
        clips.create(new("a", 30.0), 1_000_000, &mut rng);
        let clip = &clips.all()[0];
        assert_eq!((clip.start_ms, clip.end_ms), (975_000, 1_005_000));
        assert!((1_005_000..=1_040_000).contains(&clip.ready_ms));
        assert_eq!(clips.shown(clip.ready_ms - 1).count(), 0);
        assert_eq!(clips.shown(clip.ready_ms).count(), 1);
        clips.create(new("a", 60.0), 20_000, &mut rng);
        assert_eq!(clips.all()[1].start_ms, 0, "nothing from before the stream");
    }

    #[test]
    fn duplicates_are_seen() {
        let (mut clips, mut rng) = (Clips::default(), Pcg64Mcg::seed_from_u64(1));
        let first = clips.create(new("a", 30.0), 1_000_000, &mut rng);
        clips.create(new("b", 30.0), 1_001_000, &mut rng);
        clips.create(new("a", 30.0), 1_010_000, &mut rng);
        clips.create(new("a", 30.0), 1_040_000, &mut rng);
        let found: Vec<_> = clips.all().iter().map(|c| c.duplicate_of.clone()).collect();
        assert_eq!(found, [None, None, Some(first), None]);
    }
}
