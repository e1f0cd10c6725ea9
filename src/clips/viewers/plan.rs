//! When which channel's viewers' clips are asked for: hourly while it is live, at the end of
//! its stream, once more when Twitch knows where the last ones are in the VOD, and a day later for
//! how often they were watched. Pure; times in Unix milliseconds.

use std::collections::BTreeMap;

use super::past::PastStream;

/// How often while a channel is live.
const EVERY_MS: i64 = 3_600_000;
/// Twitch does not show a clip at once, and knows some minutes later where it is in the VOD:
/// so much is asked for again.
const OVERLAP_MS: i64 = 1_200_000;
/// From the end of a stream to the last question.
const LAST_AFTER_MS: i64 = 900_000;
/// The last question is asked so often until it is answered …
const LAST_TRIES: u32 = 5;
/// … with this pause.
const RETRY_MS: i64 = 300_000;

/// A day later most of those who watch a clip have watched it: once more, to count them.
const COUNTED_AFTER_MS: i64 = 86_400_000;

/// Until an ended stream is known to have ended: Get Streams is asked every minute.
const NOTICED_MS: i64 = 60_000;

/// Until when viewers' clips of a stream that ended at `ended_ms` are asked for, if Twitch answers.
#[must_use]
pub fn asked_until_ms(ended_ms: i64) -> i64 {
    ended_ms + NOTICED_MS + LAST_AFTER_MS
}

/// A stream that is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveStream {
    /// The channel's login.
    pub login: String,
    /// When it began, on Twitch's clock.
    pub started_ms: i64,
    /// What it is called.
    pub title: String,
    /// Its category.
    pub game: String,
}

/// The streams that are live, by broadcaster id.
pub type LiveNow = BTreeMap<String, LiveStream>;

/// A span of a channel to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The broadcaster's id.
    pub broadcaster_id: String,
    /// The stream.
    pub stream: LiveStream,
    /// From here …
    pub from_ms: i64,
    /// … to here.
    pub to_ms: i64,
    /// Nobody will ask again: what Twitch does not know now, it will not know.
    pub is_last: bool,
    /// All clips of the span were told of already: only how often they were watched is asked for.
    pub counts_only: bool,
    /// `stream.started_ms` is when the stream began, and not only since when it was watched.
    pub is_start_known: bool,
}

/// What is known of a stream.
#[derive(Debug, Clone)]
struct Watched {
    stream: LiveStream,
    next_ms: i64,
    /// Up to where an answer came.
    asked_to_ms: i64,
    ended_ms: Option<i64>,
    /// Last questions that were not answered.
    tries: u32,
    /// It was left by an earlier run, which knew it to be live until then.
    left_ms: Option<i64>,
    /// The last question is over; only how often clips were watched is asked for, …
    is_over: bool,
    /// … if that was answered: then whatever is not known is not to be known, because it was
    /// forgotten.
    is_told: bool,
}

/// From a start until it is asked for streams that an earlier run left: first Get Streams tells
/// which of them still run.
const RESUME_MS: i64 = 120_000;

/// Which streams are watched.
#[derive(Debug, Clone, Default)]
pub struct Plan(BTreeMap<(String, i64), Watched>);

impl Plan {
    /// Takes over streams that an earlier run left: they are asked for as if they had ended now.
    pub fn resume(&mut self, past: Vec<PastStream>, now_ms: i64) {
        for PastStream { broadcaster_id, login, from_ms, to_ms } in past {
            let (title, game) = (String::new(), String::new());
            let watched = Watched {
                stream: LiveStream { login, started_ms: from_ms, title, game },
                next_ms: now_ms + RESUME_MS,
                asked_to_ms: from_ms,
                ended_ms: Some(now_ms),
                tries: 0,
                left_ms: Some(to_ms),
                is_over: false,
                is_told: false,
            };
            self.0.insert((broadcaster_id, from_ms), watched);
        }
    }

    /// Takes over which streams are live.
    pub fn see(&mut self, live: &LiveNow, now_ms: i64) {
        // One that an earlier run left and that still runs is known better now.
        self.0.retain(|(id, _), watched| match (live.get(id), watched.left_ms) {
            (Some(stream), Some(left_ms)) => stream.started_ms > left_ms,
            _ => true,
        });
        for (id, stream) in live {
            let key = (id.clone(), stream.started_ms);
            let watched = self.0.entry(key).or_insert_with(|| Watched {
                stream: stream.clone(),
                next_ms: now_ms + EVERY_MS,
                asked_to_ms: stream.started_ms,
                ended_ms: None,
                tries: 0,
                left_ms: None,
                is_over: false,
                is_told: false,
            });
            // It may be called otherwise by now.
            watched.stream.login.clone_from(&stream.login);
        }
        for ((id, started_ms), watched) in &mut self.0 {
            let is_live = live.get(id).is_some_and(|stream| stream.started_ms == *started_ms);
            match (is_live, watched.ended_ms) {
                (false, None) => (watched.ended_ms, watched.next_ms) = (Some(now_ms), now_ms),
                // Get Streams had lost it for a while.
                (true, Some(_)) => {
                    (watched.ended_ms, watched.next_ms) = (None, now_ms + EVERY_MS);
                    (watched.tries, watched.is_over) = (0, false);
                }
                _ => {}
            }
        }
    }

    /// What to ask for now; what came of each must be told to [`Plan::heard`].
    pub fn due(&mut self, now_ms: i64) -> Vec<Question> {
        let mut questions = Vec::new();
        let starts: Vec<(String, i64)> = self.0.keys().cloned().collect();
        for ((id, started_ms), watched) in &mut self.0 {
            if now_ms < watched.next_ms {
                continue;
            }
            let is_last = watched.ended_ms.is_some_and(|ended| now_ms >= ended + LAST_AFTER_MS);
            let overlap_ms = (watched.asked_to_ms - OVERLAP_MS).max(*started_ms);
            // What is made in the next stream is asked for with that: its places count from there.
            let next_ms = starts.iter().filter(|(of, at_ms)| of == id && at_ms > started_ms);
            let next_ms = next_ms.map(|(_, at_ms)| *at_ms).min().unwrap_or(i64::MAX);
            let end_ms = watched.ended_ms.filter(|_| watched.is_over);
            let until_ms = end_ms.map_or(now_ms, |end_ms| end_ms + LAST_AFTER_MS).min(next_ms);
            questions.push(Question {
                broadcaster_id: id.clone(),
                stream: watched.stream.clone(),
                from_ms: if watched.ended_ms.is_some() { *started_ms } else { overlap_ms },
                to_ms: until_ms,
                is_last,
                counts_only: watched.is_over && watched.is_told,
                is_start_known: watched.left_ms.is_none(),
            });
            watched.next_ms = match watched.ended_ms {
                Some(_) if is_last => now_ms + RETRY_MS,
                Some(ended_ms) => ended_ms + LAST_AFTER_MS,
                None => now_ms + EVERY_MS,
            };
        }
        questions
    }

    /// What came of a question. A span without an answer is part of the next question; the
    /// last question is repeated a few times.
    pub fn heard(&mut self, question: &Question, is_answered: bool) {
        let key = (question.broadcaster_id.clone(), question.stream.started_ms);
        let Some(watched) = self.0.get_mut(&key) else { return };
        if is_answered {
            watched.asked_to_ms = question.to_ms;
        }
        if question.is_last {
            watched.tries += 1;
            let ends = is_answered || watched.tries >= LAST_TRIES;
            if ends && watched.is_over {
                self.0.remove(&key);
            } else if ends {
                (watched.is_over, watched.is_told, watched.tries) = (true, is_answered, 0);
                watched.next_ms = watched.ended_ms.unwrap_or(question.to_ms) + COUNTED_AFTER_MS;
            }
        }
    }

    /// Nothing more is asked about these channels, by broadcaster id and login.
    pub fn forget(&mut self, is_one: impl Fn(&str, &str) -> bool) {
        self.0.retain(|(id, _), watched| !is_one(id, &watched.stream.login));
    }

    /// When the next question is due.
    #[must_use]
    pub fn next_ms(&self) -> Option<i64> {
        self.0.values().map(|watched| watched.next_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn stream(started_ms: i64) -> LiveStream {
        let (title, game) = (String::new(), String::new());
        LiveStream { login: "ninja".to_owned(), started_ms, title, game }
    }

    fn live(started_ms: i64) -> LiveNow {
        LiveNow::from([("7".to_owned(), stream(started_ms))])
    }

    fn spans(plan: &mut Plan, now_ms: i64) -> Vec<(i64, i64, bool)> {
        answered(plan, now_ms, true)
    }

    fn answered(plan: &mut Plan, now_ms: i64, is_answered: bool) -> Vec<(i64, i64, bool)> {
        let due = plan.due(now_ms);
        due.iter().for_each(|question| plan.heard(question, is_answered));
        due.into_iter().map(|q| (q.from_ms, q.to_ms, q.is_last)).collect()
    }

    #[test]
    fn a_stream_is_asked_for_hourly_at_its_end_and_once_more() {
        let mut plan = Plan::default();
        plan.see(&live(-HOUR), 0);
        assert_eq!(spans(&mut plan, HOUR - 1), []);
        assert_eq!(spans(&mut plan, HOUR), [(-HOUR, HOUR, false)], "from its start");
        plan.see(&live(-HOUR), HOUR + 1);
        assert_eq!(spans(&mut plan, 2 * HOUR), [(HOUR - OVERLAP_MS, 2 * HOUR, false)]);
        let end = 2 * HOUR + 500_000;
        plan.see(&LiveNow::new(), end);
        assert_eq!(spans(&mut plan, end), [(-HOUR, end, false)]);
        plan.see(&LiveNow::new(), end + 60_000);
        assert_eq!(plan.next_ms(), Some(end + LAST_AFTER_MS));
        let last = end + LAST_AFTER_MS;
        assert_eq!(spans(&mut plan, last), [(-HOUR, last, true)]);
        // A day later how often they were watched.
        let day = end + COUNTED_AFTER_MS;
        assert_eq!(plan.next_ms(), Some(day));
        assert_eq!(spans(&mut plan, day + 7), [(-HOUR, last, true)]);
        assert_eq!((plan.next_ms(), spans(&mut plan, 99 * HOUR).len()), (None, 0));
    }

    #[test]
    fn what_was_not_answered_is_asked_for_again() {
        let mut plan = Plan::default();
        plan.see(&live(0), 0);
        assert_eq!(answered(&mut plan, HOUR, false), [(0, HOUR, false)]);
        assert_eq!(spans(&mut plan, 2 * HOUR), [(0, 2 * HOUR, false)]);
        plan.see(&LiveNow::new(), 2 * HOUR);
        spans(&mut plan, 2 * HOUR);
        let last = 2 * HOUR + LAST_AFTER_MS;
        assert_eq!(answered(&mut plan, last, false), [(0, last, true)]);
        assert_eq!(answered(&mut plan, last + RETRY_MS - 1, false), []);
        assert_eq!(spans(&mut plan, last + RETRY_MS), [(0, last + RETRY_MS, true)]);
        assert_eq!(plan.next_ms(), Some(2 * HOUR + COUNTED_AFTER_MS));
    }

    #[test]
    fn the_last_question_is_given_up_after_some_tries() {
        let mut plan = Plan::default();
        plan.see(&live(0), 0);
        plan.see(&LiveNow::new(), HOUR);
        let (mut last, mut now_ms) = (0, HOUR);
        while let Some(next_ms) = plan.next_ms() {
            now_ms = next_ms;
            last += answered(&mut plan, now_ms, false).iter().filter(|(_, _, last)| *last).count();
        }
        // Five times at the end, and five times a day later.
        assert_eq!((last, now_ms), (10, HOUR + COUNTED_AFTER_MS + 4 * RETRY_MS));
    }

    fn past(from_ms: i64, to_ms: i64) -> Vec<PastStream> {
        let (broadcaster_id, login) = ("7".to_owned(), "ninja".to_owned());
        vec![PastStream { broadcaster_id, login, from_ms, to_ms }]
    }

    #[test]
    fn a_stream_that_an_earlier_run_left_is_asked_for_twice() {
        let (mut plan, start) = (Plan::default(), 5 * HOUR);
        plan.resume(past(HOUR, 2 * HOUR), start);
        // Another stream runs by now.
        plan.see(&live(3 * HOUR), start + 1_000);
        assert_eq!(spans(&mut plan, start + RESUME_MS - 1), []);
        let first = start + RESUME_MS;
        let due = plan.due(first);
        assert_eq!((due.len(), due[0].is_start_known), (1, false));
        // What is made in the other one is asked for with that.
        assert_eq!((due[0].from_ms, due[0].to_ms, due[0].is_last), (HOUR, 3 * HOUR, false));
        let last = start + LAST_AFTER_MS;
        assert_eq!(spans(&mut plan, last), [(HOUR, 3 * HOUR, true)]);
        assert_eq!(plan.next_ms(), Some(start + 1_000 + HOUR), "the one that runs");
    }

    #[test]
    fn a_stream_that_still_runs_is_not_asked_for_twice() {
        let mut plan = Plan::default();
        plan.resume(past(HOUR, 2 * HOUR), 3 * HOUR);
        plan.see(&live(HOUR - 60_000), 3 * HOUR + 1_000);
        assert_eq!(plan.next_ms(), Some(4 * HOUR + 1_000));
        assert!(plan.due(4 * HOUR + 1_000)[0].is_start_known);
    }

    #[test]
    fn a_new_stream_ends_the_one_before() {
        let mut plan = Plan::default();
        plan.see(&live(0), 0);
        plan.see(&live(500_000), 600_000);
        let due = plan.due(600_000);
        assert_eq!((due.len(), due[0].stream.started_ms), (1, 0));
        assert_eq!(due[0].to_ms, 500_000, "what is made later counts from the new one's start");
        plan.see(&live(500_000), 700_000);
        assert_eq!(plan.due(700_000), []);
    }

    #[test]
    fn a_stream_that_comes_back_goes_on() {
        let mut plan = Plan::default();
        plan.see(&live(0), 0);
        plan.see(&LiveNow::new(), 60_000);
        plan.see(&live(0), 120_000);
        assert_eq!(plan.next_ms(), Some(120_000 + HOUR));
    }

    #[test]
    fn a_channel_that_is_renamed_in_its_stream_is_called_as_it_is_now() {
        let mut plan = Plan::default();
        plan.see(&live(0), 0);
        let renamed = LiveStream { login: "tyler".to_owned(), ..stream(0) };
        plan.see(&LiveNow::from([("7".to_owned(), renamed)]), 60_000);
        let due = plan.due(HOUR);
        assert_eq!((due.len(), due[0].stream.login.as_str()), (1, "tyler"));
    }

    /// What is not known by then was forgotten, or nobody answered before.
    #[test]
    fn a_day_later_clips_are_counted_and_no_new_ones_looked_for() {
        for is_answered in [true, false] {
            let mut plan = Plan::default();
            plan.see(&live(0), 0);
            plan.see(&LiveNow::new(), HOUR);
            let mut counting = Vec::new();
            while let Some(next_ms) = plan.next_ms() {
                let is_later = next_ms >= HOUR + COUNTED_AFTER_MS;
                for question in plan.due(next_ms) {
                    plan.heard(&question, is_answered || is_later);
                    counting.push(question.counts_only);
                }
            }
            assert_eq!(counting.pop(), Some(is_answered));
            assert!(counting.len() > 1 && !counting.contains(&true), "{counting:?}");
        }
    }

    #[test]
    fn a_forgotten_channel_is_asked_for_no_more() {
        for (is_one, is_left) in [(("7", "x"), false), (("x", "ninja"), false), (("8", "x"), true)]
        {
            let mut plan = Plan::default();
            plan.see(&live(0), 0);
            plan.see(&LiveNow::new(), HOUR);
            plan.forget(|id, login| id == is_one.0 || login == is_one.1);
            assert_eq!(plan.next_ms().is_some(), is_left, "{is_one:?}");
        }
    }
}
