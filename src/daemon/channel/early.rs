//! What a channel is told before Twitch's time is known: hours, when the service starts long
//! before the stream. Pure.

use std::collections::{VecDeque, vec_deque::Drain};

use cliphound_engine::Input;

/// Inputs kept besides those that only replace one another; the oldest go first.
const ROOM: usize = 64;

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
}

impl Early {
    /// Keeps an input in place of those that it makes void.
    pub fn push(&mut self, input: Input) {
        if let Some(newest) = newest(&input) {
            self.0.retain(|old| !is_void(old, &newest));
        }
        self.0.push_back(input);
        let passing = self.0.iter().filter(|input| newest(input).is_none());
        if passing.count() > ROOM
            && let Some(oldest) = self.0.iter().position(|input| newest(input).is_none())
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
        _ => None,
    }
}

/// Chat that is heard again leaves its loss standing: together they are a gap.
fn is_void(old: &Input, now: &Newest) -> bool {
    let old = newest(old);
    old.as_ref() == Some(now) || (*now == Newest::Lost && old == Some(Newest::HeardAgain))
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{EmoteSet, Live, Message, Settings};

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
