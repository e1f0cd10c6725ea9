//! Highlights, as viewers see them: their clips of the same stretch, taken together. Pure.

use cliphound_store::{ViewerClip, VodRow};

use super::Stream;

/// Clips whose starts are within this are of the same thing: most viewers keep the 30 s that
/// Twitch proposes.
const SAME_MS: i64 = 45_000;
/// Where Twitch does not know the place in the VOD: a viewer needs about so long from the end
/// of what is shown to the clip.
const AFTER_MS: i64 = 15_000;
/// Twitch is asked for clips of a stream that were made so long after it, at most. Later ones are
/// known from a later stream, whatever their place in its VOD.
pub const MADE_LATER_MS: i64 = 3_600_000;
/// A clip can't begin after it was made; clocks and starts may differ by so much.
const AHEAD_MS: i64 = 30_000;

/// What one or more viewers clipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Highlight {
    /// Where the first of the clips begins.
    pub start_ms: i64,
    /// Where the last of them ends.
    pub end_ms: i64,
    /// The clips, the most watched first.
    pub clips: Vec<ViewerClip>,
    /// When the first of them was made.
    pub first_made_ms: i64,
}

impl Highlight {
    /// How often its clips were watched.
    #[must_use]
    pub fn views(&self) -> i64 {
        self.clips.iter().map(|clip| clip.views).sum()
    }
}

/// The highlights of a stream, by time.
#[must_use]
pub fn highlights(stream: &Stream, clips: &[ViewerClip], vods: &[VodRow]) -> Vec<Highlight> {
    let vods: Vec<&VodRow> = vods.iter().filter(|vod| is_of(vod, stream)).collect();
    let mut placed: Vec<(i64, i64, &ViewerClip)> = clips
        .iter()
        .filter_map(|clip| {
            let (start_ms, end_ms) = place(stream, clip, &vods)?;
            Some((start_ms, end_ms, clip))
        })
        .collect();
    placed.sort_by_key(|(start_ms, _, clip)| (*start_ms, &clip.clip_id));
    let mut found: Vec<Highlight> = Vec::new();
    for (start_ms, end_ms, clip) in placed {
        match found.last_mut() {
            // From the first one: a chain of clips is not one long highlight.
            Some(last) if start_ms - last.start_ms <= SAME_MS => {
                last.end_ms = last.end_ms.max(end_ms);
                last.first_made_ms = last.first_made_ms.min(clip.created_ms);
                last.clips.push(clip.clone());
            }
            _ => found.push(Highlight {
                start_ms,
                end_ms,
                clips: vec![clip.clone()],
                first_made_ms: clip.created_ms,
            }),
        }
    }
    for highlight in &mut found {
        highlight.clips.sort_by_key(|clip| (-clip.views, clip.created_ms));
    }
    found
}

/// Where a clip lies, if it is of this stream. Whoever fetched it knew when the stream began, also
/// one of which we saw the end only, and of which of two that are shown as one it is.
fn place(stream: &Stream, clip: &ViewerClip, vods: &[&VodRow]) -> Option<(i64, i64)> {
    let length_ms = (clip.duration_s * 1000.0) as i64;
    let start_ms = match clip.start_ms {
        Some(start_ms) => start_ms,
        None => guess(stream, clip, vods, length_ms)?,
    };
    let is_within = (stream.start_ms - length_ms..=stream.end_ms).contains(&start_ms);
    is_within.then_some((start_ms, start_ms + length_ms))
}

/// Of clips that were kept without it, the place in the VOD counts from the start of the newest VOD
/// that the clip can be of; of a stream whose VODs are not known, from the stream's.
fn guess(stream: &Stream, clip: &ViewerClip, vods: &[&VodRow], length_ms: i64) -> Option<i64> {
    let Some(offset_s) = clip.vod_offset else {
        return Some(clip.created_ms - AFTER_MS - length_ms);
    };
    let made_in_time = (stream.start_ms..=stream.end_ms + MADE_LATER_MS).contains(&clip.created_ms);
    if !made_in_time {
        return None;
    }
    let of = vods.iter().filter(|vod| vod.started_ms <= clip.created_ms);
    let from_ms = of.map(|vod| vod.started_ms).max().unwrap_or(stream.start_ms);
    let start_ms = from_ms.checked_add(offset_s.checked_mul(1000)?)?;
    (start_ms <= clip.created_ms + AHEAD_MS).then_some(start_ms)
}

/// Whether a VOD is the one of a stream: it begins before the stream's end, and ends after its
/// start.
fn is_of(vod: &VodRow, stream: &Stream) -> bool {
    let ends_ms = vod.started_ms + vod.length_s * 1000;
    vod.broadcaster_id == stream.broadcaster_id
        && vod.started_ms < stream.end_ms
        && ends_ms > stream.start_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Stream {
        Stream {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            start_ms: 1_000_000,
            end_ms: 9_000_000,
            is_known: true,
        }
    }

    fn clip(id: &str, created_s: i64, vod_offset: Option<i64>) -> ViewerClip {
        ViewerClip {
            clip_id: id.to_owned(),
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            creator: "ann".to_owned(),
            created_ms: created_s * 1000,
            vod_offset,
            start_ms: None,
            duration_s: 30.0,
            title: "wow".to_owned(),
            views: id.len() as i64,
            found_ms: 0,
        }
    }

    fn found(clips: &[ViewerClip], vods: &[VodRow]) -> Vec<(i64, i64, usize)> {
        let found = highlights(&stream(), clips, vods);
        found.iter().map(|one| (one.start_ms / 1000, one.end_ms / 1000, one.clips.len())).collect()
    }

    #[test]
    fn clips_of_the_same_thing_are_one_highlight() {
        let clips = [
            clip("a", 2_000, Some(100)),
            clip("bbb", 1_200, Some(120)),
            clip("c", 1_300, Some(160)),
            clip("d", 1_400, None),
        ];
        assert_eq!(found(&clips, &[]), [(1_100, 1_150, 2), (1_160, 1_190, 1), (1_355, 1_385, 1)]);
        let first = &highlights(&stream(), &clips, &[])[0];
        assert_eq!((first.views(), first.first_made_ms), (4, 1_200_000));
        assert_eq!(first.clips[0].clip_id, "bbb", "the most watched first");
    }

    #[test]
    fn the_vod_tells_from_where_its_seconds_count() {
        let vod = VodRow {
            vod_id: "1".to_owned(),
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            started_ms: 900_000,
            length_s: 5_000,
        };
        assert_eq!(found(&[clip("a", 1_400, Some(300))], &[vod]), [(1_200, 1_230, 1)]);
    }

    #[test]
    fn of_a_stream_that_was_seen_late_clips_lie_where_they_were_found_to() {
        let placed =
            |start_ms| ViewerClip { start_ms: Some(start_ms), ..clip("a", 3_000, Some(2_600)) };
        assert_eq!(found(&[placed(2_900_000)], &[]), [(2_900, 2_930, 1)]);
        assert_eq!(found(&[placed(900_000)], &[]), [], "before we came");
        // Counted from when we came, it would show what was still to come.
        let unplaced = ViewerClip { start_ms: None, ..placed(0) };
        assert_eq!(found(&[unplaced], &[]), []);
    }

    #[test]
    fn clips_of_the_next_stream_are_not_of_the_one_before() {
        let day = 86_400;
        let next = clip("a", day + 2_000, Some(500));
        let placed = ViewerClip { start_ms: Some((day + 1_600) * 1000), ..next.clone() };
        assert_eq!(found(&[next.clone(), placed.clone()], &[]), []);
        let tomorrow =
            Stream { start_ms: (day + 1_000) * 1000, end_ms: (day + 9_000) * 1000, ..stream() };
        assert_eq!(highlights(&tomorrow, &[next], &[])[0].start_ms, (day + 1_500) * 1000);
        assert_eq!(highlights(&tomorrow, &[placed], &[])[0].start_ms, (day + 1_600) * 1000);
    }

    #[test]
    fn of_two_vods_within_one_stream_each_clip_counts_from_its_own() {
        let vod = |started_s: i64, length_s| VodRow {
            vod_id: started_s.to_string(),
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            started_ms: started_s * 1000,
            length_s,
        };
        let vods = [vod(1_000, 3_000), vod(5_000, 4_000)];
        let clips = [clip("a", 2_000, Some(900)), clip("b", 6_000, Some(900))];
        assert_eq!(found(&clips, &vods), [(1_900, 1_930, 1), (5_900, 5_930, 1)]);
    }

    #[test]
    fn clips_of_other_streams_are_left_out() {
        let clips = [
            clip("before", 900, None),
            clip("of the VOD before", 2_000, Some(90_000)),
            clip("made much later", 9_000 + MADE_LATER_MS / 1000 + 1, Some(10)),
            clip("of what was still to come", 2_000, Some(3_000)),
            clip("nonsense", 2_000, Some(i64::MAX)),
        ];
        assert_eq!(found(&clips, &[]), []);
    }
}
