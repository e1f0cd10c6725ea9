//! Which clip of a channel is ours, when the answer to the call was lost.

use cliphound_store::Intent;
use cliphound_twitch::helix::Clip;

use super::order::ClipOrder;
use crate::config::title::neutral_title;

/// How long before the call our clip may seem to be created: clocks differ, and
/// Twitch tells whole seconds.
const BEFORE_MS: i64 = 5_000;
/// The same for a clip that has our title: a clock that was just set back is no other clip.
const TITLED_BEFORE_MS: i64 = 60_000;
/// How long after the call, or after we gave up hearing of it, our clip may be created.
const AFTER_MS: i64 = 60_000;
/// The same for a clip that has our title: a call may wait for a new token and then go out a
/// second time, and Twitch may be slow to perform it.
const TITLED_AFTER_MS: i64 = 180_000;

/// A call for a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its instant, Unix milliseconds on Twitch's clock.
    pub called_ms: i64,
    /// When nothing was heard of it any more, on the same clock: a machine that stands still in the
    /// middle of it sends it later.
    pub ended_ms: i64,
    /// The title that was asked for; an empty one tells nothing.
    pub title: String,
    /// It may have been asked for under other words, which were deleted since: they are not known,
    /// and another title tells nothing.
    pub is_renamed: bool,
}

/// A call whose clip is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Our account's user id.
    pub creator_id: &'a str,
    /// The channel's user id.
    pub broadcaster_id: &'a str,
    /// The call.
    pub call: &'a Call,
    /// Our other calls in this channel whose clips are not known yet.
    pub others: &'a [Call],
}

/// What Twitch's list says about a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighting<C> {
    /// This is its clip.
    Ours(C),
    /// There is a clip that is its own or that of another call: as long as that is open, nothing
    /// can be said, and least of all that there is none.
    Perhaps,
    /// There is none.
    Nothing,
}

/// Our clip among those that Twitch listed: made by us in this channel, of that time, not known
/// to belong to another promise. Of several calls whose clips are not known, it is of the one
/// whose title it has, and of those of the nearest: better none than the clip of another moment.
#[must_use]
pub fn ours<'a>(
    clips: &'a [Clip],
    wanted: &Wanted<'_>,
    is_taken: impl Fn(&str) -> bool,
) -> Sighting<&'a Clip> {
    let Wanted { call, others, .. } = wanted;
    let candidates = clips
        .iter()
        .filter(|clip| clip.creator_id == wanted.creator_id)
        .filter(|clip| clip.broadcaster_id == wanted.broadcaster_id)
        .filter(|clip| call.may_have_made(clip) && !is_taken(&clip.id))
        .filter(|clip| call.is_titled_as(clip) || !others.iter().any(|o| o.surely_made(clip)));
    let (ours, perhaps): (Vec<_>, Vec<_>) = candidates.partition(|clip| {
        call.is_about(clip) && others.iter().all(|other| call.is_before(other, clip))
    });
    let best = ours
        .into_iter()
        .min_by_key(|clip| (!call.is_titled_as(clip), call.distance_ms(clip), clip.id.clone()));
    match best {
        Some(clip) => Sighting::Ours(clip),
        None if perhaps.is_empty() => Sighting::Nothing,
        None => Sighting::Perhaps,
    }
}

impl Call {
    /// The call of `intent`, whose title may have been deleted since: what somebody asked for then
    /// has a neutral one, or none.
    #[must_use]
    pub fn of_stored(called_ms: i64, intent: &Intent) -> Self {
        let neutral = neutral_title(&intent.login, intent.key.trigger_ms);
        Self::maybe_renamed(called_ms, &intent.title, !intent.automatic, &neutral)
    }

    /// The same of an order.
    #[must_use]
    pub fn of(called_ms: i64, order: &ClipOrder) -> Self {
        Self::maybe_renamed(called_ms, &order.title, order.is_manual(), &order.neutral_title())
    }

    fn maybe_renamed(called_ms: i64, title: &str, is_manual: bool, neutral: &str) -> Self {
        let is_renamed = is_manual && (title.trim().is_empty() || title == neutral);
        Self { called_ms, ended_ms: called_ms, title: title.to_owned(), is_renamed }
    }

    /// The same call, of which nothing was heard until then (Twitch's clock).
    #[must_use]
    pub fn unheard_until(self, ended_ms: i64) -> Self {
        Self { ended_ms: ended_ms.max(self.called_ms), ..self }
    }

    /// From when until when its clip may be created, Twitch's clock.
    #[must_use]
    pub fn span_ms(&self) -> (i64, i64) {
        (self.called_ms - TITLED_BEFORE_MS, self.ended_ms + TITLED_AFTER_MS)
    }

    fn distance_ms(&self, clip: &Clip) -> i64 {
        (clip.created_ms - self.called_ms).abs()
    }

    fn may_have_made(&self, clip: &Clip) -> bool {
        let (before_ms, after_ms) = if self.is_titled_as(clip) || self.is_renamed {
            (TITLED_BEFORE_MS, TITLED_AFTER_MS)
        } else {
            (BEFORE_MS, AFTER_MS)
        };
        self.is_within(clip, before_ms, after_ms)
    }

    /// It has our title, or is from about our time. Under words that are not known any more it may
    /// be from longer before or after: then it is perhaps ours, and no other is asked for.
    fn is_about(&self, clip: &Clip) -> bool {
        self.is_within(clip, BEFORE_MS, AFTER_MS) || self.is_titled_as(clip)
    }

    fn is_within(&self, clip: &Clip, before_ms: i64, after_ms: i64) -> bool {
        (self.called_ms - before_ms..=self.ended_ms + after_ms).contains(&clip.created_ms)
    }

    fn is_titled_as(&self, clip: &Clip) -> bool {
        !self.title.trim().is_empty() && self.title.trim() == clip.title.trim()
    }

    fn surely_made(&self, clip: &Clip) -> bool {
        self.may_have_made(clip) && self.is_titled_as(clip)
    }

    /// Whether a clip of about this time is rather ours than of another call.
    fn is_before(&self, other: &Self, clip: &Clip) -> bool {
        !other.may_have_made(clip)
            || (self.is_titled_as(clip) && !other.is_titled_as(clip))
            || self.distance_ms(clip) < other.distance_ms(clip)
    }
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
            thumbnail_url: String::new(),
            vod_offset: None,
            views: 0,
        }
    }

    fn titled(id: &str, created_ms: i64, title: &str) -> Clip {
        Clip { title: title.to_owned(), ..clip(id, "1", created_ms) }
    }

    fn call(called_ms: i64, title: &str) -> Call {
        Call { called_ms, ended_ms: called_ms, title: title.to_owned(), is_renamed: false }
    }

    /// What is found for a call at 100 s with the title "ours".
    fn found<'a>(clips: &'a [Clip], others: &[Call]) -> Sighting<&'a str> {
        found_for(&call(100_000, "ours"), clips, others)
    }

    fn found_for<'a>(call: &Call, clips: &'a [Clip], others: &[Call]) -> Sighting<&'a str> {
        let wanted = Wanted { creator_id: "1", broadcaster_id: "7", call, others };
        match ours(clips, &wanted, |id| id == "taken") {
            Sighting::Ours(clip) => Sighting::Ours(clip.id.as_str()),
            Sighting::Perhaps => Sighting::Perhaps,
            Sighting::Nothing => Sighting::Nothing,
        }
    }

    fn check(clips: &[Clip], others_ms: &[i64], expected: Sighting<&str>) {
        let others: Vec<Call> = others_ms.iter().map(|at_ms| call(*at_ms, "other")).collect();
        assert_eq!(found(clips, &others), expected);
    }

    #[test]
    fn our_clip_of_that_time_is_found() {
        let ours = Sighting::Ours;
        check(&[clip("a", "1", 101_000)], &[], ours("a"));
        check(&[clip("a", "1", 95_000)], &[], ours("a"));
        check(&[clip("far", "1", 130_000), clip("near", "1", 101_000)], &[], ours("near"));
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let nothing = || Sighting::Nothing;
        check(&[], &[], nothing());
        check(&[clip("other's", "2", 101_000)], &[], nothing());
        check(&[clip("taken", "1", 101_000)], &[], nothing());
        check(&[clip("early", "1", 94_000)], &[], nothing());
        check(&[clip("late", "1", 161_000)], &[], nothing());
        let elsewhere = Clip { broadcaster_id: "8".to_owned(), ..clip("a", "1", 101_000) };
        check(&[elsewhere], &[], nothing());
    }

    #[test]
    fn while_another_call_is_open_its_clip_is_perhaps_ours() {
        check(&[clip("of another call", "1", 111_000)], &[110_000], Sighting::Perhaps);
        check(&[clip("of either call", "1", 105_000)], &[110_000], Sighting::Perhaps);
        check(&[clip("of ours", "1", 104_000)], &[110_000], Sighting::Ours("of ours"));
        // The other call came too late for it.
        check(&[clip("of ours", "1", 120_000)], &[126_000], Sighting::Ours("of ours"));
    }

    #[test]
    fn the_title_tells_calls_apart() {
        let other = [call(103_000, "other")];
        let (slow, theirs) = (titled("slow", 104_000, "ours"), titled("b", 101_000, "other"));
        assert_eq!(found(std::slice::from_ref(&slow), &other), Sighting::Ours("slow"));
        assert_eq!(found(&[theirs.clone(), slow], &other), Sighting::Ours("slow"));
        assert_eq!(found(&[theirs], &other), Sighting::Nothing);
        // Twitch's clock was set back while we called.
        assert_eq!(found(&[titled("a", 40_000, "ours")], &[]), Sighting::Ours("a"));
        assert_eq!(found(&[titled("a", 39_999, "ours")], &[]), Sighting::Nothing);
        // It was performed late.
        assert_eq!(found(&[titled("a", 280_000, "ours")], &[]), Sighting::Ours("a"));
        assert_eq!(found(&[titled("a", 280_001, "ours")], &[]), Sighting::Nothing);
        // Both have the same title: then the time tells, or nothing does.
        let same = [call(110_000, "ours")];
        assert_eq!(found(&[titled("b", 111_000, "ours")], &same), Sighting::Perhaps);
        assert_eq!(found(&[titled("a", 101_000, "ours")], &same), Sighting::Ours("a"));
    }

    /// The machine stood still in the middle of the call, and sent it when it woke up.
    #[test]
    fn a_call_that_was_sent_late_is_found_late() {
        let slow = call(100_000, "ours").unheard_until(400_000);
        assert_eq!(slow.span_ms(), (40_000, 580_000));
        for (created_ms, title, expected) in [
            (381_000, "ours", Sighting::Ours("a")),
            (460_000, "", Sighting::Ours("a")),
            (460_001, "", Sighting::Nothing),
            (580_000, "ours", Sighting::Ours("a")),
            (580_001, "ours", Sighting::Nothing),
        ] {
            let clips = [titled("a", created_ms, title)];
            assert_eq!(found_for(&slow, &clips, &[]), expected, "{created_ms} {title}");
        }
        assert_eq!(call(100_000, "").unheard_until(0).ended_ms, 100_000, "a clock was set back");
    }

    /// Somebody asked under words that were deleted once Twitch had them: a clip that was made late
    /// has them, and nobody knows them any more.
    #[test]
    fn a_clip_whose_title_was_deleted_is_not_taken_for_none() {
        let neutral = Call { is_renamed: true, ..call(100_000, "neutral") };
        let sighting = |created_ms, title: &str, others: &[Call]| match found_for(
            &neutral,
            &[titled("a", created_ms, title)],
            others,
        ) {
            Sighting::Ours(_) => "ours",
            Sighting::Perhaps => "perhaps",
            Sighting::Nothing => "nothing",
        };
        for (created_ms, expected) in [
            (39_999, "nothing"),
            (40_000, "perhaps"),
            (94_999, "perhaps"),
            (95_000, "ours"),
            (160_000, "ours"),
            (160_001, "perhaps"),
            (280_000, "perhaps"),
            (280_001, "nothing"),
        ] {
            assert_eq!(sighting(created_ms, "words", &[]), expected, "{created_ms}");
        }
        assert_eq!(sighting(280_000, "neutral", &[]), "ours", "it was called so");
        let other = [call(190_000, "other")];
        assert_eq!(sighting(191_000, "other", &other), "nothing", "it is the other's");
        // Nor does it keep what is surely of another call from that.
        let clips = [titled("b", 191_000, "other")];
        assert_eq!(found_for(&other[0], &clips, &[neutral]), Sighting::Ours("b"));
    }
}
