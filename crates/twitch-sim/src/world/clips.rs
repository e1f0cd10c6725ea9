//! Clips that were asked for: what Twitch cuts out, and when it shows them. Pure.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};
use serde::Serialize;

/// Twitch looks so far back from the call …
const BEFORE_MS: i64 = 85_000;
/// … and so far ahead; what is published is the end of that stretch.
const AFTER_MS: i64 = 5_000;
/// A clip is shown after 5 to 40 s.
const READY_MS: std::ops::RangeInclusive<i64> = 5_000..=40_000;
/// An answer that is on its way is of one of so many newest clips.
const NEWEST: usize = 64;
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
    /// The fault that spoilt the answer or the clip. Every record here is a clip that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// An earlier clip of the channel that shows mostly the same.
    pub duplicate_of: Option<String>,
    /// Where it begins in the VOD, in seconds, of one that Twitch knows it of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vod_offset: Option<i64>,
    /// It was made from the VOD.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_vod: bool,
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
    pub fault: Option<&'static str>,
    /// Instant at which it ends, of one that is made from the VOD.
    pub vod_end_ms: Option<i64>,
}

/// Somebody watching makes a clip of nothing special about this often.
const VIEWERS_EVERY_MS: std::ops::Range<i64> = 240_000..900_000;
/// Somebody makes one so long after the end of a moment that many joined in.
const REACTS_MS: std::ops::Range<i64> = 6_000..20_000;
/// Twitch knows where a clip is in the VOD only after this time.
pub(crate) const OFFSET_AFTER_MS: i64 = 180_000;
pub(crate) const VIEWERS: &[&str] = &["acorn_ally", "biscuit_bo", "clover_cy"];

/// All clips, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Clips {
    all: Vec<ClipRecord>,
    /// Those that viewers made, newest last.
    viewers: Vec<ClipRecord>,
    next_ms: BTreeMap<String, i64>,
    /// By channel the end of the newest moment, and when a viewer makes a clip of it.
    reactions: BTreeMap<String, (i64, Option<i64>)>,
}

/// A stream that is live, for its viewers.
#[derive(Debug, Clone)]
pub(crate) struct LiveChannel {
    pub login: String,
    pub id: u64,
    pub since_ms: i64,
    /// End of the newest moment that many joined in.
    pub moment_ms: Option<i64>,
}

impl Clips {
    /// Makes a clip and returns its id.
    pub fn create(&mut self, new: NewClip, now_ms: i64, rng: &mut impl Rng) -> String {
        let id = slug(now_ms, rng);
        let end_ms = new.vod_end_ms.unwrap_or(now_ms + AFTER_MS);
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
            fault: new.fault,
            duplicate_of: None,
            vod_offset: None,
            from_vod: new.vod_end_ms.is_some(),
        };
        clip.vod_offset = Some((clip.start_ms - new.live_since_ms) / 1000);
        clip.duplicate_of = self.duplicate_of(&clip);
        if self.all.len() == MAX_CLIPS {
            self.all.remove(0);
        }
        self.all.push(clip);
        id
    }

    /// The caller does not get the id of a clip that was made.
    pub fn answer_was_spoilt(&mut self, id: &str, fault: &'static str) {
        if let Some(clip) = self.all.iter_mut().rev().find(|clip| clip.id == id) {
            (clip.answered, clip.fault) = (false, Some(fault));
        }
    }

    /// The network did not carry this answer to the caller.
    pub fn answer_was_swallowed(&mut self, answer: &str) {
        let newest = self.all.iter_mut().rev().take(NEWEST);
        if let Some(clip) = newest.into_iter().find(|clip| answer.contains(&clip.id)) {
            (clip.answered, clip.fault) = (false, Some("net"));
        }
    }

    /// Lets viewers make the clips of a live channel that are due by now.
    pub fn by_viewers(&mut self, channel: &LiveChannel, now_ms: i64, rng: &mut impl Rng) {
        let next_ms = self.next_ms.entry(channel.login.clone());
        let at_ms = *next_ms.or_insert_with(|| now_ms + VIEWERS_EVERY_MS.start / 2);
        if now_ms >= at_ms {
            self.next_ms.insert(channel.login.clone(), now_ms + rng.random_range(VIEWERS_EVERY_MS));
            self.by_viewer(channel, now_ms, rng);
        }
        if self.reacts(channel, now_ms, rng) {
            self.by_viewer(channel, now_ms, rng);
        }
    }

    /// Whether somebody makes a clip of the newest moment now.
    fn reacts(&mut self, channel: &LiveChannel, now_ms: i64, rng: &mut impl Rng) -> bool {
        let Some(moment_ms) = channel.moment_ms else { return false };
        let of = self.reactions.entry(channel.login.clone()).or_insert((i64::MIN, None));
        if of.0 != moment_ms {
            *of = (moment_ms, Some(moment_ms + rng.random_range(REACTS_MS)));
        }
        of.1.take_if(|at_ms| *at_ms <= now_ms).is_some()
    }

    /// A viewer makes a clip now; its id.
    pub fn by_viewer(&mut self, channel: &LiveChannel, now_ms: i64, rng: &mut impl Rng) -> String {
        let viewer = VIEWERS[rng.random_range(0..VIEWERS.len())];
        let id = slug(now_ms, rng);
        if self.viewers.len() == MAX_CLIPS {
            self.viewers.remove(0);
        }
        self.viewers.push(ClipRecord {
            url: format!("https://clips.twitch.tv/{id}"),
            id: id.clone(),
            channel: channel.login.clone(),
            broadcaster_id: channel.id.to_string(),
            creator_id: crate::chat::id_of(viewer).to_string(),
            title: "did you see that".to_owned(),
            duration_s: 28.0,
            call_ms: now_ms,
            ready_ms: now_ms + rng.random_range(READY_MS),
            start_ms: now_ms - 33_000,
            end_ms: now_ms - 5_000,
            answered: true,
            fault: None,
            duplicate_of: None,
            vod_offset: Some((now_ms - 33_000 - channel.since_ms).max(0) / 1000),
            from_vod: false,
        });
        id
    }

    /// All that were asked for, also those that Twitch does not show yet.
    pub fn all(&self) -> &[ClipRecord] {
        &self.all
    }

    /// Those that viewers made.
    pub fn of_viewers(&self) -> &[ClipRecord] {
        &self.viewers
    }

    /// Those that Get Clips shows at a time, newest first, with those of viewers.
    pub fn shown(&self, now_ms: i64) -> impl Iterator<Item = &ClipRecord> {
        let all = self.all.iter().rev().chain(self.viewers.iter().rev());
        all.filter(move |clip| clip.ready_ms <= now_ms)
    }

    fn duplicate_of(&self, clip: &ClipRecord) -> Option<String> {
        let recent = self.all.iter().rev().take_while(|c| c.call_ms > clip.call_ms - BEFORE_MS);
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
            fault: None,
            vod_end_ms: None,
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
    fn viewers_clip_what_many_joined_in() {
        let (mut clips, mut rng) = (Clips::default(), Pcg64Mcg::seed_from_u64(1));
        let (login, since_ms) = ("a".to_owned(), 0);
        let mut channel = LiveChannel { login, id: 7, since_ms, moment_ms: None };
        let start_ms = 1_000_000;
        for now_ms in (start_ms..start_ms + 100_000).step_by(1_000) {
            channel.moment_ms = (now_ms >= start_ms + 30_000).then_some(start_ms + 30_000);
            clips.by_viewers(&channel, now_ms, &mut rng);
        }
        let [clip] = clips.of_viewers() else { panic!("{:?}", clips.of_viewers()) };
        assert!(REACTS_MS.contains(&(clip.call_ms - start_ms - 30_000)), "{clip:?}");
        assert_eq!(clip.vod_offset, Some(clip.start_ms / 1000));
        clips.by_viewer(&channel, start_ms, &mut rng);
        assert_eq!(clips.of_viewers().len(), 2);
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
