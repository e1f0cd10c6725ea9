//! When a stream that is live is news: once a stream, however often it drops out or Cliphound
//! is started anew. Pure; times are Unix milliseconds on our clock.

use std::collections::BTreeMap;

use cliphound_store::StretchRow;

use super::news::News;
use crate::clips::viewers::LiveNow;

/// What a stretch is in which a channel was live.
const ONLINE: &str = "online";
/// A stream that comes back within this is the same one.
pub const FLAP_MS: i64 = 3_600_000;
/// So long after its start it still is news.
const NEWS_MS: i64 = 3_600_000;
/// EventSub is faster than Get Streams, which knows what it is called: so long that is waited
/// for.
const NAME_WITHIN_MS: i64 = 90_000;
/// Channels that are remembered; then those that were not seen for longest go.
const MOST: usize = 10_000;

/// What is known of streams.
#[derive(Debug, Clone, Default)]
pub struct Starts {
    /// When each channel was last known to be live, or last told of, by login.
    seen: BTreeMap<String, i64>,
    /// Starts of which only EventSub told, since when, and the broadcaster's id.
    heard: BTreeMap<String, (i64, Option<String>)>,
}

impl Starts {
    /// What an earlier run told, and when.
    pub fn remember(&mut self, told: BTreeMap<String, i64>) {
        for (login, at_ms) in told {
            let seen = self.seen.entry(login).or_insert(at_ms);
            *seen = at_ms.max(*seen);
        }
    }

    /// The streams that an earlier run saw, which ended or was cut off before `begun_ms`: also such as
    /// nobody was told of, because it was in quiet hours.
    pub fn remember_streams(&mut self, stretches: &[StretchRow], begun_ms: i64) {
        let of_before = stretches.iter().filter(|row| row.word == ONLINE && row.end_ms <= begun_ms);
        for row in of_before {
            self.remember([(row.login.clone(), row.end_ms)].into());
        }
    }

    /// EventSub tells of a start.
    pub fn heard(&mut self, now_ms: i64, login: &str, broadcaster_id: Option<String>) {
        if self.is_new(now_ms, login) && self.heard.len() < MOST {
            self.heard.entry(login.to_owned()).or_insert((now_ms, broadcaster_id));
        }
    }

    /// Get Streams tells who is live. `to_ours` turns Twitch's time into ours.
    pub fn live(&mut self, now_ms: i64, live: &LiveNow, to_ours: impl Fn(i64) -> i64) -> Vec<News> {
        let mut news = Vec::new();
        for (id, stream) in live {
            let is_new = self.is_new(now_ms, &stream.login);
            let was_heard = self.heard.remove(&stream.login).is_some();
            let is_young = now_ms - to_ours(stream.started_ms) <= NEWS_MS;
            if is_new && (is_young || was_heard) {
                let (title, game) = (&stream.title, &stream.game);
                news.push(News::of_stream(&stream.login, Some(id), stream.started_ms, title, game));
            }
            self.seen.insert(stream.login.clone(), now_ms);
        }
        while self.seen.len() > MOST {
            let oldest = self.seen.iter().min_by_key(|(_, at_ms)| **at_ms);
            let Some(login) = oldest.map(|(login, _)| login.clone()) else { break };
            self.seen.remove(&login);
        }
        news
    }

    /// Starts that Get Streams has not shown in time are told without a name.
    pub fn overdue(&mut self, now_ms: i64) -> Vec<News> {
        let is_overdue = |since_ms: i64| now_ms - since_ms >= NAME_WITHIN_MS;
        let overdue = self.heard.extract_if(.., |_, (since_ms, _)| is_overdue(*since_ms));
        let overdue: Vec<_> = overdue.collect();
        let mut news = Vec::new();
        for (login, (since_ms, id)) in overdue {
            news.push(News::of_stream(&login, id.as_deref(), since_ms, "", ""));
            self.seen.insert(login, now_ms);
        }
        news
    }

    fn is_new(&self, now_ms: i64, login: &str) -> bool {
        self.seen.get(login).is_none_or(|seen_ms| now_ms - seen_ms > FLAP_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::viewers::LiveStream;

    const MINUTE: i64 = 60_000;

    fn live(started_ms: Option<i64>) -> LiveNow {
        let stream = |started_ms| LiveStream {
            login: "ninja".to_owned(),
            started_ms,
            title: "Ranked".to_owned(),
            game: "Chess".to_owned(),
        };
        started_ms.map(|started_ms| ("7".to_owned(), stream(started_ms))).into_iter().collect()
    }

    /// Looks (minute, start of the stream or off line), and in which minutes it was told.
    fn check(looks: &[(i64, Option<i64>)], expected: &[i64]) {
        let mut starts = Starts::default();
        let mut told = Vec::new();
        for (minute, started) in looks {
            let now_ms = minute * MINUTE;
            let news = starts.live(now_ms, &live(started.map(|start| start * MINUTE)), |ms| ms);
            told.extend(news.iter().map(|_| *minute));
        }
        assert_eq!(told, expected, "{looks:?}");
    }

    #[test]
    fn a_stream_that_an_earlier_run_saw_is_no_news() {
        let row = |word: &str, end_minute: i64| StretchRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            kind: "live".to_owned(),
            start_ms: 0,
            end_ms: end_minute * MINUTE,
            word: word.to_owned(),
        };
        for (rows, is_news) in [
            (vec![row("online", 90)], false),
            (vec![row("online", 20), row("unknown", 99)], true),
            // Of this run.
            (vec![row("online", 101)], true),
        ] {
            let mut starts = Starts::default();
            starts.remember_streams(&rows, 100 * MINUTE);
            let news = starts.live(101 * MINUTE, &live(Some(100 * MINUTE)), |ms| ms);
            assert_eq!(!news.is_empty(), is_news, "{rows:?}");
        }
    }

    #[test]
    fn a_stream_is_told_once() {
        check(&[(100, Some(99)), (101, Some(99)), (102, Some(99))], &[100]);
        // It drops out, and comes back as itself or as a new one.
        check(
            &[(100, Some(99)), (101, None), (105, Some(99)), (106, None), (110, Some(109))],
            &[100],
        );
        check(&[(100, Some(99)), (101, None), (300, Some(299))], &[100, 300]);
        // Cliphound is started in the middle.
        check(&[(300, Some(100)), (301, Some(100))], &[]);
    }

    #[test]
    fn a_restart_remembers() {
        let mut starts = Starts::default();
        starts.remember(BTreeMap::from([("ninja".to_owned(), 100 * MINUTE)]));
        assert!(starts.live(120 * MINUTE, &live(Some(99 * MINUTE)), |ms| ms).is_empty());
    }

    #[test]
    fn eventsub_waits_for_the_title_but_not_for_long() {
        let mut starts = Starts::default();
        starts.heard(0, "ninja", Some("7".to_owned()));
        assert!(starts.overdue(NAME_WITHIN_MS - 1).is_empty());
        let mut other = starts.clone();
        let told = starts.live(MINUTE, &live(Some(-5 * MINUTE)), |ms| ms);
        assert_eq!(told[0].title, "Ranked");
        assert!(starts.overdue(10 * MINUTE).is_empty());
        let told = other.overdue(NAME_WITHIN_MS);
        assert_eq!((told[0].title.as_str(), told[0].key.as_str()), ("", "7@0"));
        assert!(other.live(2 * MINUTE, &live(Some(0)), |ms| ms).is_empty());
        other.heard(3 * MINUTE, "ninja", None);
        assert!(other.overdue(60 * MINUTE).is_empty(), "it flaps");
    }
}
