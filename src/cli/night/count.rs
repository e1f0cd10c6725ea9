//! What became of the moments: clips made, late, unknown, missed, refused. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cliphound_store::{Intent, VodRow};
use jiff::Timestamp;
use serde::Serialize;

use super::summary::{Facts, time};
use crate::clips::{life::WAIT_MS, stands::Stands};

/// A live clip that was asked for so much later than it was due is late, in milliseconds: of
/// a clip of 30 s a third is gone.
pub const LATE_MS: i64 = 10_000;
/// A link into a VOD begins so long before the moment.
const LEAD_MS: i64 = 5_000;

/// Moments and clips.
#[derive(Debug, Default, Serialize)]
pub struct Clips {
    /// Moments found or asked for.
    pub moments: usize,
    /// Those of them that people asked for.
    pub asked_for: usize,
    /// Clips that were made.
    pub clips: usize,
    /// Those of them that were made from the VOD.
    pub from_vod: usize,
    /// Clips that Twitch promised and never showed.
    pub unconfirmed: usize,
    /// Clips that are still being made.
    pub in_work: usize,
    /// Moments that wait for somebody's yes.
    pub in_review: usize,
    /// Moments to which somebody said no.
    pub rejected: usize,
    /// Moments without a clip of their own: the clip of another one has their stretch.
    pub covered: usize,
    /// Clips that were asked for late.
    pub late: Vec<Line>,
    /// Calls whose answer was lost: the clip may exist.
    pub unknown: Vec<Line>,
    /// Moments that were missed.
    pub missed: Vec<Line>,
    /// Moments of which no clip was made, by reason, the most frequent first.
    pub refused: Vec<Refusal>,
}

/// A moment.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Its trigger.
    pub time: Timestamp,
    /// The channel.
    pub channel: String,
    /// Title of the clip.
    pub title: String,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// How many seconds late.
    pub late_s: Option<f64>,
    /// The clip.
    pub clip: Option<String>,
    /// Where it can be seen in the VOD, where that is known.
    pub vod_url: Option<String>,
}

/// Why no clip was made.
#[derive(Debug, Serialize)]
pub struct Refusal {
    /// The reason, in words.
    pub reason: String,
    /// How often.
    pub count: usize,
    /// The newest moments of it.
    pub moments: Vec<Line>,
}

impl Clips {
    /// What became of the moments that have no clip that can be seen: with the clips, all of them.
    #[must_use]
    pub fn others(&self) -> [(usize, &'static str); 8] {
        [
            (self.covered, "in the clip of another moment"),
            (self.unconfirmed, "never shown by Twitch"),
            (self.unknown.len(), "unknown"),
            (self.missed.len(), "missed"),
            (self.refused.iter().map(|refusal| refusal.count).sum(), "not made"),
            (self.rejected, "rejected"),
            (self.in_review, "waiting for review"),
            (self.in_work, "in work"),
        ]
    }
}

/// Moments listed of one refusal.
const EXAMPLES: usize = 3;

/// Counts.
pub fn clips(facts: &Facts) -> Clips {
    let mut clips = Clips {
        moments: facts.moments.len(),
        asked_for: facts.moments.iter().filter(|moment| !moment.automatic).count(),
        ..Clips::default()
    };
    let promised: BTreeSet<_> = facts.intents.iter().map(|intent| &intent.key).collect();
    clips.covered = facts.moments.iter().filter(|found| !promised.contains(&found.key)).count();
    let mut refused: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    // The oldest first.
    for intent in facts.intents.iter().rev() {
        let line = || line(intent, &facts.vods);
        match Stands::of_intent(Some(intent)) {
            Stands::Created | Stands::Confirmed => clips.clips += 1,
            Stands::Unconfirmed => clips.unconfirmed += 1,
            Stands::Unknown => clips.unknown.push(line()),
            Stands::Missed => clips.missed.push(line()),
            Stands::Rejected | Stands::Declined => clips.rejected += 1,
            Stands::Noted | Stands::Refused => {
                let reason = intent.reason.clone().unwrap_or_else(|| "no reason is known".into());
                refused.entry(reason).or_default().push(line());
            }
            Stands::InReview => clips.in_review += 1,
            Stands::Accepted | Stands::Coming | Stands::ToBeMadeFromVod => clips.in_work += 1,
            // These have no promise, and were counted above.
            Stands::Unpromised | Stands::Covered => {}
        }
        if intent.state.has_clip() {
            clips.from_vod += usize::from(intent.from_vod);
            clips.late.extend(late_s(intent).map(|_| line()));
        }
    }
    let refusal = |(reason, mut moments): (String, Vec<Line>)| {
        let count = moments.len();
        let moments = moments.split_off(count.saturating_sub(EXAMPLES));
        Refusal { reason, count, moments }
    };
    clips.refused = refused.into_iter().map(refusal).collect();
    clips.refused.sort_by_key(|refusal| std::cmp::Reverse(refusal.count));
    clips
}

/// How late a live clip was asked for, if it was.
fn late_s(intent: &Intent) -> Option<f64> {
    let due_ms = intent.key.trigger_ms + if intent.automatic { WAIT_MS } else { 0 };
    let late_ms = intent.called_ms? - due_ms;
    (!intent.from_vod && late_ms > LATE_MS).then_some(late_ms as f64 / 1000.0)
}

fn line(intent: &Intent, vods: &[VodRow]) -> Line {
    Line {
        time: time(intent.key.trigger_ms),
        channel: intent.login.clone(),
        title: intent.title.clone(),
        reason: intent.reason.clone(),
        late_s: late_s(intent).filter(|_| intent.state.has_clip()),
        clip: intent.clip_url.clone(),
        vod_url: vod_url(intent, vods),
    }
}

/// Where a moment can be seen, if a known VOD has it.
fn vod_url(intent: &Intent, vods: &[VodRow]) -> Option<String> {
    let of_channel = vods.iter().filter(|vod| vod.broadcaster_id == intent.key.broadcaster_id);
    let vod = of_channel
        .filter(|vod| vod.started_ms <= intent.start_ms)
        .max_by_key(|vod| vod.started_ms)
        .filter(|vod| intent.start_ms < vod.started_ms + vod.length_s * 1000)?;
    // The id goes into an address: Twitch's are numbers.
    let is_plain = vod.vod_id.chars().all(|c| c.is_ascii_alphanumeric());
    let at_s = (intent.start_ms - LEAD_MS - vod.started_ms).max(0) / 1000;
    let (hours, minutes, seconds) = (at_s / 3600, at_s / 60 % 60, at_s % 60);
    let id = &vod.vod_id;
    is_plain.then(|| format!("https://www.twitch.tv/videos/{id}?t={hours}h{minutes}m{seconds}s"))
}
