//! Which clip of a channel is ours, when the answer to the call was lost.

use cliphound_twitch::helix::Clip;

/// How long before the call our clip may seem to be created: clocks differ, and
/// Twitch tells whole seconds.
pub const BEFORE_MS: i64 = 5_000;
/// How long after the call our clip may be created.
pub const AFTER_MS: i64 = 60_000;

/// A call whose clip is looked for. Times in Unix milliseconds on Twitch's clock.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Our account's user id.
    pub creator_id: &'a str,
    /// The channel's user id.
    pub broadcaster_id: &'a str,
    /// Instant of the call.
    pub called_ms: i64,
    /// Instants of our other calls in this channel whose clips are not known yet.
    pub others_ms: &'a [i64],
}

/// Our clip among those that Twitch listed: made by us in this channel, of that
/// time, not known to belong to another promise, and nearer to our call than to any other
/// whose clip is not known: better none than the clip of another moment.
#[must_use]
pub fn ours<'a>(
    clips: &'a [Clip],
    wanted: &Wanted<'_>,
    is_taken: impl Fn(&str) -> bool,
) -> Option<&'a Clip> {
    let distance = |clip: &Clip| (clip.created_ms - wanted.called_ms).abs();
    clips
        .iter()
        .filter(|clip| clip.creator_id == wanted.creator_id)
        .filter(|clip| clip.broadcaster_id == wanted.broadcaster_id)
        .filter(|clip| (-BEFORE_MS..=AFTER_MS).contains(&(clip.created_ms - wanted.called_ms)))
        .filter(|clip| {
            wanted.others_ms.iter().all(|other| (clip.created_ms - other).abs() > distance(clip))
        })
        .filter(|clip| !is_taken(&clip.id))
        .min_by_key(|clip| (distance(clip), clip.id.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(id: &str, creator: &str, created_ms: i64) -> Clip {
        Clip {
            id: id.to_owned(),
            url: String::new(),
            broadcaster_id: "7".to_owned(),
            creator_id: creator.to_owned(),
            creator_name: String::new(),
            title: String::new(),
            created_ms,
            duration_s: 60.0,
            vod_offset: None,
            views: 0,
        }
    }

    fn check(clips: &[Clip], others_ms: &[i64], expected: Option<&str>) {
        let wanted = Wanted { creator_id: "1", broadcaster_id: "7", called_ms: 100_000, others_ms };
        let found = ours(clips, &wanted, |id| id == "taken");
        assert_eq!(found.map(|clip| clip.id.as_str()), expected);
    }

    #[test]
    fn our_clip_of_that_time_is_found() {
        check(&[clip("a", "1", 101_000)], &[], Some("a"));
        check(&[clip("a", "1", 95_000)], &[], Some("a"));
        check(&[clip("far", "1", 130_000), clip("near", "1", 101_000)], &[], Some("near"));
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        check(&[], &[], None);
        check(&[clip("other's", "2", 101_000)], &[], None);
        check(&[clip("taken", "1", 101_000)], &[], None);
        check(&[clip("early", "1", 94_000)], &[], None);
        check(&[clip("late", "1", 161_000)], &[], None);
        check(&[clip("of another call", "1", 111_000)], &[110_000], None);
        check(&[clip("of either call", "1", 105_000)], &[110_000], None);
        check(&[clip("of ours", "1", 104_000)], &[110_000], Some("of ours"));
        check(&[Clip { broadcaster_id: "8".to_owned(), ..clip("a", "1", 101_000) }], &[], None);
    }
}
