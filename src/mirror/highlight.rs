//! Highlights, as viewers see them: their clips of the same stretch, taken together. Pure.

use cliphound_store::{ViewerClip, VodRow};

use super::Stream;

/// Clips whose starts are within this are of the same thing: most viewers keep the 30 s that
/// Twitch proposes.
const SAME_MS: i64 = 45_000;
/// Where Twitch does not know the place in the VOD: a viewer needs about so long from the end
/// of what is shown to the clip.
const AFTER_MS: i64 = 15_000;
/// A clip that was made so long after the stream is of it still.
const MADE_LATER_MS: i64 = 14 * 24 * 3_600_000;

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
    let mut placed: Vec<(i64, i64, &ViewerClip)> = clips
        .iter()
        .filter_map(|clip| {
            let (start_ms, end_ms) = place(stream, clip, vods)?;
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
/// one of which we saw the end only. Of clips that were kept without it, the place in the VOD counts
/// from the VOD's start; of a stream whose VOD is not known, from the stream's.
fn place(stream: &Stream, clip: &ViewerClip, vods: &[VodRow]) -> Option<(i64, i64)> {
    let length_ms = (clip.duration_s * 1000.0) as i64;
    let start_ms = match (clip.start_ms, clip.vod_offset) {
        (Some(start_ms), _) => start_ms,
        (None, Some(offset_s)) => {
            let vod = vods.iter().find(|vod| is_of(vod, stream));
            let from_ms = vod.map_or(stream.start_ms, |vod| vod.started_ms);
            from_ms.checked_add(offset_s.checked_mul(1000)?)?
        }
        (None, None) => clip.created_ms - AFTER_MS - length_ms,
    };
    let made_in_time = (stream.start_ms..=stream.end_ms + MADE_LATER_MS).contains(&clip.created_ms);
    let is_within = (stream.start_ms - length_ms..=stream.end_ms).contains(&start_ms);
    (made_in_time && is_within).then_some((start_ms, start_ms + length_ms))
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
        // It began 1700 s before we came: from there on it would lie elsewhere.
        let unplaced = ViewerClip { start_ms: None, ..placed(0) };
        assert_eq!(found(&[unplaced], &[]), [(3_600, 3_630, 1)]);
    }

    #[test]
    fn clips_of_other_streams_are_left_out() {
        let clips = [
            clip("before", 900, None),
            clip("of the VOD before", 2_000, Some(90_000)),
            clip("made much later", 9_000 + MADE_LATER_MS / 1000 + 1, Some(10)),
            clip("nonsense", 2_000, Some(i64::MAX)),
        ];
        assert_eq!(found(&clips, &[]), []);
    }
}
