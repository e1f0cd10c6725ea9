//! Which streams have ended without anybody asking for their viewers' clips, because Cliphound was
//! not running then or was stopped before the last question. Pure; told by what was watched.

use cliphound_store::{Kind, Run, WatchLog};

/// So far back is looked: older streams are left alone.
pub const BACK_MS: i64 = 24 * 3_600_000;
/// The word of a stretch in which a channel was live.
const LIVE: &str = "online";
/// Stretches of one stream are no further apart: it dropped out, or Cliphound was started anew.
const APART_MS: i64 = 1_800_000;
/// A run that goes on for so long after the end of a stream has asked the last question, with
/// all its repetitions.
const SETTLED_MS: i64 = 3_600_000;

/// A stream that ended, as far as it was watched. Times are Unix milliseconds on our clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastStream {
    /// The broadcaster's id.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// From when on it was known to be live; it may have begun before.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
}

/// The streams that nobody has asked for to the end, at `now_ms`.
#[must_use]
pub fn unasked(log: &WatchLog, now_ms: i64) -> Vec<PastStream> {
    let mut streams: Vec<PastStream> = Vec::new();
    let live = log.stretches.iter().filter(|row| row.kind == Kind::Live.as_str());
    let live = live.filter(|row| row.word == LIVE && !row.broadcaster_id.starts_with("login:"));
    // Those of a channel come in the order of their starts.
    for row in live {
        let known = streams.iter_mut().rev().find(|stream| {
            stream.broadcaster_id == row.broadcaster_id && row.start_ms - stream.to_ms <= APART_MS
        });
        match known {
            Some(stream) => stream.to_ms = stream.to_ms.max(row.end_ms),
            None => streams.push(PastStream {
                broadcaster_id: row.broadcaster_id.clone(),
                login: row.login.clone(),
                from_ms: row.start_ms,
                to_ms: row.end_ms,
            }),
        }
    }
    streams.retain(|stream| {
        (now_ms - BACK_MS..=now_ms).contains(&stream.to_ms)
            && !log.runs.iter().any(|run| has_asked(run, stream))
    });
    streams
}

fn has_asked(run: &Run, stream: &PastStream) -> bool {
    run.start_ms <= stream.to_ms && run.end_ms >= stream.to_ms + SETTLED_MS
}

#[cfg(test)]
mod tests {
    use cliphound_store::StretchRow;

    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: i64 = 2_000 * MINUTE;

    fn run(from: i64, to: i64) -> Run {
        Run { start_ms: from * MINUTE, end_ms: to * MINUTE, is_clean: false }
    }

    fn live(id: &str, from: i64, to: i64, word: &str) -> StretchRow {
        StretchRow {
            broadcaster_id: id.to_owned(),
            login: "ninja".to_owned(),
            kind: "live".to_owned(),
            start_ms: from * MINUTE,
            end_ms: to * MINUTE,
            word: word.to_owned(),
        }
    }

    fn check(runs: &[Run], stretches: Vec<StretchRow>, expected: &[(i64, i64)]) {
        let log = WatchLog { runs: runs.to_vec(), stretches };
        let found: Vec<_> = unasked(&log, NOW)
            .into_iter()
            .map(|stream| (stream.from_ms / MINUTE, stream.to_ms / MINUTE))
            .collect();
        assert_eq!(found, expected, "{log:?}");
    }

    #[test]
    fn a_stream_that_ended_unseen_is_asked_for() {
        let on = |from, to| live("7", from, to, "online");
        check(&[run(1_000, 1_500)], vec![on(1_100, 1_500)], &[(1_100, 1_500)]);
        check(&[run(1_000, 1_510)], vec![on(1_100, 1_500)], &[(1_100, 1_500)]);
        check(&[run(1_000, 1_560)], vec![on(1_100, 1_500)], &[]);
        check(&[run(1_000, 1_300)], vec![on(100, 500)], &[]);
        check(&[run(1_000, 1_300)], vec![live("login:ninja", 1_100, 1_300, "online")], &[]);
        check(&[run(1_000, 1_300)], vec![live("7", 1_100, 1_300, "offline")], &[]);
        check(&[], vec![], &[]);
    }

    #[test]
    fn a_restart_in_the_middle_makes_no_second_stream() {
        let on = |from, to| live("7", from, to, "online");
        let runs = [run(1_000, 1_200), run(1_210, 1_500)];
        check(&runs, vec![on(1_100, 1_200), on(1_211, 1_490)], &[(1_100, 1_490)]);
        let evening = vec![on(1_100, 1_200), on(1_300, 1_490), live("8", 1_480, 1_500, "online")];
        check(&runs, evening, &[(1_100, 1_200), (1_300, 1_490), (1_480, 1_500)]);
    }
}
