//! How well the true moments were clipped: the figures that the demo shows. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::generator::{Kind, Truth};
use crate::world::ClipRecord;

/// A clip counts for a moment when it shows this share of it.
const SHOWN: f64 = 0.8;
/// A moment can be judged so long after its end: chat is late, the daemon waits, and
/// Twitch takes 5 s more.
const JUDGED_AFTER_MS: i64 = 60_000;
/// A clip is blamed on a decoy when it was called between its start and this long after
/// its end.
const BLAMED_MS: i64 = 45_000;

/// Moments and clips held against each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// True moments that are over for at least a minute.
    pub moments: usize,
    /// Those that at least one clip shows (80 % of the moment or more).
    pub moments_clipped: usize,
    /// `moments_clipped` of `moments`, 0 to 1; absent without moments.
    pub share_clipped: Option<f64>,
    /// The most clips that show one moment.
    pub most_clips_of_a_moment: usize,
    /// Decoys that are over for at least a minute.
    pub decoys: usize,
    /// Those during (or right after) which a clip was made that shows no moment.
    pub decoys_clipped: usize,
    /// All clips.
    pub clips: usize,
    /// Clips that show no moment and belong to no decoy.
    pub clips_elsewhere: usize,
    /// Clips of moments and decoys that are not over for a minute yet.
    pub clips_too_new: usize,
    /// By kind.
    pub kinds: BTreeMap<Kind, KindCount>,
}

/// How often something happened, and how often it was clipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// How often it happened.
    pub happened: usize,
    /// How often it was clipped.
    pub clipped: usize,
}

impl Report {
    /// Holds clips against the truth, at a time (Unix ms on the simulator's clock).
    #[must_use]
    pub fn new(truth: &[Truth], clips: &[ClipRecord], now_ms: i64) -> Self {
        let mut report = Self { clips: clips.len(), ..Self::default() };
        let is_over = |t: &&Truth| t.end_ms + JUDGED_AFTER_MS <= now_ms;
        for happening in truth.iter().filter(is_over) {
            let count = clips.iter().filter(|clip| belongs(clip, happening, truth)).count();
            let kind = report.kinds.entry(happening.kind).or_default();
            kind.happened += 1;
            kind.clipped += usize::from(count > 0);
            if happening.decoy {
                report.decoys += 1;
                report.decoys_clipped += usize::from(count > 0);
            } else {
                report.moments += 1;
                report.moments_clipped += usize::from(count > 0);
                report.most_clips_of_a_moment = report.most_clips_of_a_moment.max(count);
            }
        }
        let anywhere = |clip: &&ClipRecord| truth.iter().any(|t| belongs(clip, t, truth));
        report.clips_elsewhere = clips.len() - clips.iter().filter(anywhere).count();
        let judged = |clip: &&ClipRecord| {
            truth.iter().filter(is_over).any(|happening| belongs(clip, happening, truth))
        };
        let judged = clips.iter().filter(judged).count();
        report.clips_too_new = clips.len() - judged - report.clips_elsewhere;
        report.share_clipped =
            (report.moments > 0).then(|| report.moments_clipped as f64 / report.moments as f64);
        report
    }
}

/// Whether a clip counts for a happening: it shows the moment; or it was made because of
/// the decoy and shows no moment.
fn belongs(clip: &ClipRecord, happening: &Truth, truth: &[Truth]) -> bool {
    if !happening.decoy {
        return shows(clip, happening);
    }
    clip.channel == happening.channel
        && (happening.start_ms..happening.end_ms + BLAMED_MS).contains(&clip.call_ms)
        && !truth.iter().any(|other| !other.decoy && shows(clip, other))
}

fn shows(clip: &ClipRecord, moment: &Truth) -> bool {
    let shared = clip.end_ms.min(moment.end_ms) - clip.start_ms.max(moment.start_ms);
    clip.channel == moment.channel
        && shared as f64 >= SHOWN * (moment.end_ms - moment.start_ms) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(kind: Kind, start_s: i64, end_s: i64) -> Truth {
        Truth {
            channel: "a".to_owned(),
            kind,
            start_ms: start_s * 1000,
            end_ms: end_s * 1000,
            decoy: kind.is_decoy(),
            strength: 0.5,
        }
    }

    /// A clip of 60 s that was called at a time.
    fn clip(channel: &str, call_s: i64) -> ClipRecord {
        ClipRecord {
            id: format!("{call_s}"),
            url: String::new(),
            channel: channel.to_owned(),
            broadcaster_id: String::new(),
            creator_id: String::new(),
            title: String::new(),
            duration_s: 60.0,
            call_ms: call_s * 1000,
            ready_ms: 0,
            start_ms: (call_s - 55) * 1000,
            end_ms: (call_s + 5) * 1000,
            answered: true,
            fault: None,
            duplicate_of: None,
            vod_offset: None,
            from_vod: false,
        }
    }

    fn judge(calls: &[ClipRecord]) -> (usize, usize, usize, usize) {
        let truth = [
            truth(Kind::Laughter, 300, 310),
            truth(Kind::Raid, 420, 480),
            truth(Kind::Sadness, 700, 710),
        ];
        let report = Report::new(&truth, calls, 760_000);
        assert_eq!((report.moments, report.decoys), (1, 1), "the last is too young");
        (
            report.moments_clipped,
            report.most_clips_of_a_moment,
            report.decoys_clipped,
            report.clips_elsewhere,
        )
    }

    #[test]
    fn what_is_hardly_over_is_not_judged() {
        let truth = [truth(Kind::Laughter, 300, 310), truth(Kind::Sadness, 700, 710)];
        let clips = [clip("a", 325), clip("a", 725), clip("a", 500)];
        let count = |now_ms| {
            let report = Report::new(&truth, &clips, now_ms);
            (report.clips, report.clips_elsewhere, report.clips_too_new)
        };
        assert_eq!(count(730_000), (3, 1, 1));
        assert_eq!(count(770_000), (3, 1, 0));
    }

    #[test]
    fn clips_are_told_apart() {
        assert_eq!(judge(&[]), (0, 0, 0, 0));
        assert_eq!(judge(&[clip("a", 325)]), (1, 1, 0, 0));
        assert_eq!(judge(&[clip("a", 325), clip("a", 345)]), (1, 2, 0, 0));
        assert_eq!(judge(&[clip("b", 325)]), (0, 0, 0, 1), "another channel");
        assert_eq!(judge(&[clip("a", 304)]), (1, 1, 0, 0), "four fifths are shown");
        assert_eq!(judge(&[clip("a", 300)]), (0, 0, 0, 1), "half is shown");
        assert_eq!(judge(&[clip("a", 440)]), (0, 0, 1, 0));
        assert_eq!(judge(&[clip("a", 600)]), (0, 0, 0, 1));
        assert_eq!(judge(&[clip("a", 730)]), (0, 0, 0, 0), "shows the young moment");
    }
}
