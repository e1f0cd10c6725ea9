//! The verdicts that count: the newest moments', one a moment.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::{
    effect::Cause,
    input::{Verdict, VerdictInput},
    time::EventTime,
};

/// Verdicts kept: some twenty evenings at the default budget. Older moments go first: an audience
/// and an editor's taste change.
pub const MOST_VERDICTS: usize = 256;

/// Verdicts by their moments' triggers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Verdicts {
    /// The oldest first.
    judged: Vec<Judged>,
}

/// A moment that was judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Judged {
    trigger: EventTime,
    kept: bool,
    kind: Kind,
}

impl Verdicts {
    /// Takes a verdict in place of an older one on the same moment, or takes it back. Of what
    /// somebody asked for, or a signal forced, chat has shown nothing: it teaches nothing.
    pub fn take(&mut self, input: &VerdictInput) {
        let place = self.judged.binary_search_by_key(&input.trigger, |judged| judged.trigger);
        let is_found_by_chat = matches!(input.cause, Cause::Hype | Cause::Emote(_));
        let verdict = input.verdict.filter(|_| is_found_by_chat);
        let judged = verdict.map(|verdict| Judged {
            trigger: input.trigger,
            kept: verdict == Verdict::Kept,
            kind: Kind::of(&input.reasons),
        });
        match (place, judged) {
            (Ok(at), Some(judged)) => self.judged[at] = judged,
            (Ok(at), None) => drop(self.judged.remove(at)),
            (Err(at), Some(judged)) => self.judged.insert(at, judged),
            (Err(_), None) => {}
        }
        let too_many = self.judged.len().saturating_sub(MOST_VERDICTS);
        self.judged.drain(..too_many);
    }

    /// Takes these verdicts and none else.
    pub fn replace(&mut self, inputs: &[VerdictInput]) {
        self.judged.clear();
        inputs.iter().for_each(|input| self.take(input));
    }

    /// Kept and rejected moments.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self.judged.iter())
    }

    /// Kept and rejected moments of one kind.
    #[must_use]
    pub fn counts_of(&self, kind: Kind) -> Counts {
        Counts::of(self.judged.iter().filter(|judged| judged.kind == kind))
    }

    /// Whether stored verdicts can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.judged.len() <= MOST_VERDICTS && self.judged.is_sorted_by(|a, b| a.trigger < b.trigger)
    }
}

/// How many were kept and rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Kept.
    pub kept: u32,
    /// Rejected.
    pub rejected: u32,
}

impl Counts {
    fn of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Self {
        judged.fold(Self::default(), |counts, judged| Self {
            kept: counts.kept + u32::from(judged.kept),
            rejected: counts.rejected + u32::from(!judged.kept),
        })
    }

    /// Both together.
    #[must_use]
    pub fn all(self) -> u32 {
        self.kept + self.rejected
    }

    /// The share kept, when `weight` moments of which a share of `usual` was kept are added.
    #[must_use]
    pub fn share_kept(self, usual: f32, weight: f32) -> f32 {
        (self.kept as f32 + weight * usual) / (self.all() as f32 + weight)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::effect::Reason;

    /// A verdict on the moment at `trigger`, led by this kind of reason.
    pub fn verdict(trigger: i64, kind: Kind, verdict: Option<Verdict>) -> VerdictInput {
        let reason = |name: &str| Reason {
            name: name.to_owned(),
            value: 9.0,
            usual: 1.0,
            text: String::new(),
        };
        VerdictInput {
            trigger: EventTime(trigger),
            verdict,
            cause: Cause::Hype,
            score: 0.7,
            threshold: 0.6,
            reasons: vec![reason("chatters"), reason(kind.name())],
        }
    }

    /// So many moments of a kind, of which the first `kept` were kept.
    pub fn after(kept: i64, rejected: i64, kind: Kind) -> Verdicts {
        let mut verdicts = Verdicts::default();
        for at in 0..kept + rejected {
            let told = if at < kept { Verdict::Kept } else { Verdict::Rejected };
            verdicts.take(&verdict(at, kind, Some(told)));
        }
        verdicts
    }

    #[test]
    fn the_newest_moments_count() {
        let most = MOST_VERDICTS as i64;
        let verdicts = after(10, most, Kind::Emote);
        assert_eq!(verdicts.counts(), Counts { kept: 0, rejected: 256 });
        let mut older = verdicts.clone();
        older.take(&verdict(-1, Kind::Emote, Some(Verdict::Kept)));
        assert_eq!(older, verdicts);
    }

    #[test]
    fn what_somebody_asked_for_teaches_nothing() {
        let mut verdicts = Verdicts::default();
        for cause in [Cause::Manual("ann".into()), Cause::Signal("cheer".into())] {
            let asked = verdict(1, Kind::Chatters, Some(Verdict::Rejected));
            verdicts.take(&VerdictInput { cause, ..asked });
        }
        assert_eq!(verdicts, Verdicts::default());
    }

    fn an_input() -> impl Strategy<Value = VerdictInput> {
        let told = prop_oneof![
            2 => Just(Some(Verdict::Kept)),
            2 => Just(Some(Verdict::Rejected)),
            1 => Just(None),
        ];
        (0..20_i64, 0..Kind::ALL.len(), told)
            .prop_map(|(trigger, kind, told)| verdict(trigger, Kind::ALL[kind], told))
    }

    proptest! {
        /// The last word on each moment, in whatever order the moments are gone through.
        #[test]
        fn only_the_last_verdict_on_each_moment_is_left(
            inputs in prop::collection::vec(an_input(), 0..60),
        ) {
            let mut verdicts = Verdicts::default();
            inputs.iter().for_each(|input| verdicts.take(input));
            let mut last: Vec<&VerdictInput> = Vec::new();
            for input in inputs.iter().rev() {
                if last.iter().all(|one| one.trigger != input.trigger) {
                    last.push(input);
                }
            }
            let last: Vec<VerdictInput> =
                last.into_iter().filter(|one| one.verdict.is_some()).cloned().collect();
            let mut anew = after(3, 3, Kind::Forest);
            anew.replace(&last);
            prop_assert_eq!(&verdicts, &anew);
            prop_assert!(verdicts.is_sound());
            prop_assert_eq!(verdicts.counts().all() as usize, last.len());
        }
    }
}
