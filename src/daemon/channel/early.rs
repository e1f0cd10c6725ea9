//! What a channel is told before Twitch's time is known: hours, when the service starts long
//! before the stream. Pure.

use std::collections::{VecDeque, vec_deque::Drain};

use cliphound_engine::{EventTime, Input};

/// Inputs kept besides those that only replace one another; the oldest go first.
const ROOM: usize = 64;
/// Verdicts kept: somebody may go through an evening's moments meanwhile; the oldest go first.
const VERDICTS: usize = 256;

/// Inputs that wait for Twitch's time, the oldest first.
#[derive(Debug, Default)]
pub struct Early(VecDeque<Input>);

/// What an input tells the newest of.
#[derive(PartialEq)]
enum Newest {
    Live,
    Viewers,
    Emotes,
    Settings,
    Lost,
    HeardAgain,
    /// Of the moment at this trigger.
    Verdict(EventTime),
    Verdicts,
}

impl Early {
    /// Keeps an input in place of those that it makes void.
    pub fn push(&mut self, input: Input) {
        if let Some(newest) = newest(&input) {
            self.0.retain(|old| !is_void(old, &newest));
        }
        self.0.push_back(input);
        self.bound(ROOM, |input| newest(input).is_none());
        self.bound(VERDICTS, |input| matches!(input, Input::Verdict(_)));
    }

    /// Keeps so many of one kind.
    fn bound(&mut self, most: usize, is_one: impl Fn(&Input) -> bool) {
        if self.0.iter().filter(|input| is_one(input)).count() > most
            && let Some(oldest) = self.0.iter().position(is_one)
        {
            self.0.remove(oldest);
        }
    }

    /// Gives all of them.
    pub fn drain(&mut self) -> Drain<'_, Input> {
        self.0.drain(..)
    }
}

/// `None` when the input stands for itself.
fn newest(input: &Input) -> Option<Newest> {
    match input {
        Input::Live(_) => Some(Newest::Live),
        Input::Viewers(_) => Some(Newest::Viewers),
        Input::Emotes(_) => Some(Newest::Emotes),
        Input::Settings(_) => Some(Newest::Settings),
        Input::Disconnected => Some(Newest::Lost),
        Input::Reconnected => Some(Newest::HeardAgain),
        Input::Verdict(verdict) => Some(Newest::Verdict(verdict.trigger)),
        Input::Verdicts(_) => Some(Newest::Verdicts),
        _ => None,
    }
}

/// Chat that is heard again leaves its loss standing: together they are a gap.
fn is_void(old: &Input, now: &Newest) -> bool {
    match (newest(old), now) {
        (Some(Newest::HeardAgain), Newest::Lost) => true,
        (Some(Newest::Verdict(_)), Newest::Verdicts) => true,
        (old, now) => old.as_ref() == Some(now),
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Cause, EmoteSet, Live, Message, Settings, Verdict, VerdictInput};

    use super::*;

    fn check(pushed: Vec<Input>, expected: &[Input]) {
        let mut early = Early::default();
        pushed.into_iter().for_each(|input| early.push(input));
        assert_eq!(early.drain().collect::<Vec<_>>(), expected);
    }

    fn emotes() -> Input {
        Input::Emotes(EmoteSet::new(["GlimmerToad"]))
    }

    #[test]
    fn hours_of_polls_push_nothing_out() {
        let settings = Input::Settings(Settings::default());
        let mut pushed = vec![settings.clone(), Input::Reconnected, emotes()];
        for minute in 0..600 {
            pushed.extend([Input::Live(Live::Offline), Input::Viewers(Some(minute))]);
        }
        let newest = [Input::Live(Live::Offline), Input::Viewers(Some(599))];
        let expected: Vec<Input> =
            [settings, Input::Reconnected, emotes()].into_iter().chain(newest).collect();
        check(pushed, &expected);
    }

    #[test]
    fn of_losses_the_last_gap_stays() {
        use Input::{Disconnected as Lost, Reconnected as Again};
        for (pushed, expected) in [
            (vec![Again, Lost], [Lost].as_slice()),
            (vec![Again, Again], &[Again]),
            (vec![Lost, Lost], &[Lost]),
            (vec![Again, Lost, Again], &[Lost, Again]),
            (vec![Lost, Again, Lost, Again, Again], &[Lost, Again]),
            (vec![Lost, Again, Lost], &[Lost]),
        ] {
            check(pushed, expected);
        }
    }

    #[test]
    fn of_verdicts_the_newest_of_each_moment_stays() {
        let on = |trigger, verdict| {
            Input::Verdict(VerdictInput {
                trigger: EventTime(trigger),
                verdict: Some(verdict),
                cause: Cause::Hype,
                score: 0.7,
                threshold: 0.6,
                reasons: Vec::new(),
            })
        };
        let (kept, rejected) = (|at| on(at, Verdict::Kept), |at| on(at, Verdict::Rejected));
        check(vec![kept(1), kept(2), rejected(1)], &[kept(2), rejected(1)]);
        let all = || Input::Verdicts(Vec::new());
        check(vec![all(), kept(1), all(), kept(2)], &[all(), kept(2)]);
        let many: Vec<Input> = (0..2 * VERDICTS as i64).map(kept).collect();
        let newest = many[VERDICTS..].to_vec();
        check(many, &newest);
    }

    #[test]
    fn many_messages_push_out_the_oldest_messages_only() {
        let message =
            |n: usize| Input::Message(Message { text: format!("line {n}"), ..Message::default() });
        let mut pushed = vec![message(0), emotes()];
        pushed.extend((1..=ROOM).map(message));
        let expected: Vec<Input> =
            std::iter::once(emotes()).chain((1..=ROOM).map(message)).collect();
        check(pushed, &expected);
    }
}
