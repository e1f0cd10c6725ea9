//! What `night` tells, from what the database knows. Pure.

use std::collections::BTreeMap;

use cliphound_store::{Intent, IntentKey, Run, StretchRow, VodRow, WatchLog};
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::count::{Clips, clips};
use crate::daemon::watched::{MARK_EVERY, cause::Cause};

/// The share of the live time that is to be watched.
pub const AIM: f64 = 0.999;

/// What the database knows of the time.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Runs and stretches.
    pub watched: WatchLog,
    /// The moments, the newest first.
    pub moments: Vec<Found>,
    /// The intents, the newest first.
    pub intents: Vec<Intent>,
    /// There are more moments or intents, and older ones.
    pub is_cut: bool,
    /// VODs that are known.
    pub vods: Vec<VodRow>,
    /// A daemon holds the folder now; `None`: that can't be told.
    pub is_held: Option<bool>,
}

/// A moment, as far as it is counted.
#[derive(Debug, Clone)]
pub struct Found {
    /// What it goes by.
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// Nobody asked for it.
    pub automatic: bool,
}

/// How it went.
#[derive(Debug, Serialize)]
pub struct Night {
    /// From when on it is told.
    pub since: Timestamp,
    /// Until when: now.
    pub until: Timestamp,
    /// The zone in which the page tells times; JSON has UTC.
    pub zone: String,
    /// The share that is to be watched.
    pub aim: f64,
    /// Cliphound runs now.
    pub running: bool,
    /// The newest sign of life; `null`: it never ran.
    pub as_of: Option<Timestamp>,
    /// Seconds in which it ran.
    pub ran_s: f64,
    /// When it did not run between its first and now.
    pub not_running: Vec<Down>,
    /// Channels that were live when it last ended, where it does not run now: what was missed of
    /// them since is not known, and counted nowhere.
    pub live_when_it_ended: Vec<String>,
    /// All channels together.
    pub total: Share,
    /// Each channel, by name.
    pub channels: Vec<Channel>,
    /// The moments are all those of the time; else only the newest of very many.
    pub complete: bool,
    /// Moments and clips.
    #[serde(flatten)]
    pub clips: Clips,
}

/// Cliphound did not run.
#[derive(Debug, Serialize)]
pub struct Down {
    /// From when on.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// How long.
    pub seconds: f64,
    /// It had been stopped; else it had crashed or was cut off.
    pub stopped: bool,
}

/// How much was watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// Whether it is known when the channel was live. If not, all is told of the time in
    /// which Cliphound ran and did not know it.
    pub live_known: bool,
    /// Seconds that should have been watched.
    pub live_s: f64,
    /// Seconds of these that were.
    pub watched_s: f64,
    /// Seconds of these that were not.
    pub gap_s: f64,
    /// The share that was watched, 0 to 1; `null`: nothing was live, or nothing is known yet.
    pub watched_share: Option<f64>,
}

/// A channel.
#[derive(Debug, Serialize)]
pub struct Channel {
    /// Its login.
    pub channel: String,
    /// How much of it was watched.
    #[serde(flatten)]
    pub share: Share,
    /// Seconds in which it was followed and not known whether it was live.
    pub unknown_s: f64,
    /// When it was not watched.
    pub gaps: Vec<Gap>,
    /// When moments were held back by a pause or a mute.
    pub held: Vec<Held>,
    /// Moments.
    pub moments: usize,
    /// Clips that were made.
    pub clips: usize,
}

/// A live channel was not watched.
#[derive(Debug, Serialize)]
pub struct Gap {
    /// From when on.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// How long.
    pub seconds: f64,
    /// Why, as a word.
    pub cause: String,
    /// Why, in words.
    pub text: String,
    /// It is known that the channel was live.
    pub live_known: bool,
}

/// Moments were held back.
#[derive(Debug, Serialize)]
pub struct Held {
    /// From when on.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// How long.
    pub seconds: f64,
}

impl Night {
    /// Sums up. `speed`: how many times as fast as real time the clock runs.
    pub fn new(since: &Zoned, now: &Zoned, speed: f64, facts: &Facts) -> Self {
        let (since_ms, now_ms) =
            (since.timestamp().as_millisecond(), now.timestamp().as_millisecond());
        let runs = &facts.watched.runs;
        let (running, as_of) =
            (is_running(facts, now_ms, speed), runs.last().map(|run| run.end_ms));
        let clips = clips(facts);
        let channels = channels(facts, since_ms, now_ms);
        let zone = now.time_zone();
        let zone = zone.iana_name().map_or_else(|| now.offset().to_string(), str::to_owned);
        Self {
            since: since.timestamp(),
            until: now.timestamp(),
            zone,
            aim: AIM,
            running,
            as_of: as_of.map(time),
            ran_s: sum(runs.iter().map(|run| within(run.start_ms, run.end_ms, since_ms, now_ms))),
            not_running: downs(runs, running, since_ms, now_ms),
            live_when_it_ended: live_at_the_end(facts, running),
            total: Share::of_all(channels.iter().map(|channel| channel.share)),
            channels,
            complete: !facts.is_cut,
            clips,
        }
    }

    /// Nothing is known of that time.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.clips.moments == 0 && self.ran_s == 0.0
    }

    /// How many channels' time is in [`Night::total`].
    pub fn counted(&self) -> usize {
        let is_in = |share: &Share| share.live_known == self.total.live_known && share.live_s > 0.0;
        self.channels.iter().filter(|channel| is_in(&channel.share)).count()
    }
}

impl Share {
    /// Known live time counts; only where there is none at all, the other.
    fn of_all(shares: impl Iterator<Item = Self> + Clone) -> Self {
        let live_known = shares.clone().any(|share| share.live_known);
        let mut total = Self { live_known, ..Self::default() };
        for share in shares.filter(|share| share.live_known == live_known) {
            total.live_s += share.live_s;
            total.gap_s += share.gap_s;
        }
        total.settled()
    }

    fn settled(mut self) -> Self {
        self.watched_s = sum([self.live_s, -self.gap_s].into_iter()).max(0.0);
        self.watched_share = (self.live_s > 0.0).then(|| self.watched_s / self.live_s);
        self
    }
}

/// Who holds the folder runs, however old its last mark is (the disk may be full). Where that
/// can't be told: a mark is a minute old at most; a program that hangs a little is no dead one.
fn is_running(facts: &Facts, now_ms: i64, speed: f64) -> bool {
    let stale_ms = MARK_EVERY.as_millis() as f64 * 2.5 * speed.max(1.0);
    let is_fresh = |run: &Run| ((now_ms - run.end_ms) as f64) < stale_ms;
    let run = facts.watched.runs.last().filter(|run| !run.is_clean);
    run.is_some_and(|run| facts.is_held.unwrap_or_else(|| is_fresh(run)))
}

fn downs(runs: &[Run], running: bool, since_ms: i64, now_ms: i64) -> Vec<Down> {
    let next = runs.iter().skip(1).map(|run| run.start_ms);
    let now = (!running).then_some(now_ms);
    let all = runs.iter().zip(next.chain(now));
    let down = |(run, until): (&Run, i64)| {
        let (from_ms, until_ms) = (run.end_ms.max(since_ms), until.min(now_ms));
        (from_ms < until_ms).then(|| Down {
            start: time(from_ms),
            end: time(until_ms),
            seconds: seconds(from_ms, until_ms),
            stopped: run.is_clean,
        })
    };
    all.filter_map(down).collect()
}

/// Who was live up to the last sign of life, where there is none any more.
fn live_at_the_end(facts: &Facts, running: bool) -> Vec<String> {
    // One that ended before its first mark has left nothing.
    let last = facts.watched.runs.iter().rfind(|run| run.start_ms < run.end_ms);
    let last = last.filter(|_| !running);
    let Some(Run { end_ms, .. }) = last else { return Vec::new() };
    let rows = facts.watched.stretches.iter();
    let live = rows.filter(|row| row.kind == "live" && row.word == "online");
    live.filter(|row| row.end_ms >= *end_ms).map(|row| row.login.clone()).collect()
}

fn channels(facts: &Facts, since_ms: i64, now_ms: i64) -> Vec<Channel> {
    let mut by_login: BTreeMap<&str, Vec<&StretchRow>> = BTreeMap::new();
    for row in &facts.watched.stretches {
        by_login.entry(&row.login).or_default().push(row);
    }
    for moment in &facts.moments {
        by_login.entry(&moment.login).or_default();
    }
    let of =
        |(login, rows): (&str, Vec<&StretchRow>)| channel(login, &rows, facts, since_ms, now_ms);
    by_login.into_iter().map(of).collect()
}

fn channel(
    login: &str,
    rows: &[&StretchRow],
    facts: &Facts,
    since_ms: i64,
    now_ms: i64,
) -> Channel {
    let cut = |row: &&StretchRow| (row.start_ms.max(since_ms), row.end_ms.min(now_ms));
    let of_kind = |kind: &'static str| rows.iter().copied().filter(move |row| row.kind == kind);
    let live: Vec<_> = of_kind("live").collect();
    let lasting = |word: &str| -> f64 {
        let fits = live.iter().filter(|row| row.word == word);
        sum(fits.map(|row| within(row.start_ms, row.end_ms, since_ms, now_ms)))
    };
    let was_online = |ms: i64| {
        live.iter().any(|row| row.word == "online" && row.start_ms <= ms && ms < row.end_ms)
    };
    let mut gaps: Vec<Gap> = Vec::new();
    for (row, (start_ms, end_ms)) in of_kind("gap").map(|row| (row, cut(&row))) {
        if start_ms < end_ms {
            add(&mut gaps, gap(start_ms, end_ms, &row.word, was_online(row.start_ms)));
        }
    }
    let held = of_kind("held").map(|row| cut(&row)).filter(|(start, end)| start < end);
    let held = held.map(|(start_ms, end_ms)| Held {
        start: time(start_ms),
        end: time(end_ms),
        seconds: seconds(start_ms, end_ms),
    });
    let (online_s, unknown_s) = (lasting("online"), lasting("unknown"));
    // Of one that was just begun to be followed, nothing is known at all.
    let live_known = online_s > 0.0 || (unknown_s == 0.0 && lasting("offline") > 0.0);
    let counted = gaps.iter().filter(|gap| gap.live_known == live_known);
    let share = Share {
        live_known,
        live_s: if live_known { online_s } else { unknown_s },
        gap_s: sum(counted.map(|gap| gap.seconds)),
        ..Share::default()
    };
    let is_clip = |intent: &&Intent| intent.login == login && intent.state.has_clip();
    Channel {
        channel: login.to_owned(),
        share: share.settled(),
        unknown_s,
        gaps,
        held: held.collect(),
        moments: facts.moments.iter().filter(|moment| moment.login == login).count(),
        clips: facts.intents.iter().filter(is_clip).count(),
    }
}

fn gap(start_ms: i64, end_ms: i64, word: &str, live_known: bool) -> Gap {
    let text = word.parse::<Cause>().map_or_else(|_| word.to_owned(), |c| c.in_words().to_owned());
    Gap {
        start: time(start_ms),
        end: time(end_ms),
        seconds: seconds(start_ms, end_ms),
        cause: word.to_owned(),
        text,
        live_known,
    }
}

/// Adds a gap; one that goes on where the last one ended is the same one.
fn add(gaps: &mut Vec<Gap>, gap: Gap) {
    match gaps.last_mut() {
        Some(last)
            if last.end == gap.start
                && last.cause == gap.cause
                && last.live_known == gap.live_known =>
        {
            last.end = gap.end;
            last.seconds += gap.seconds;
        }
        _ => gaps.push(gap),
    }
}

/// Seconds of a stretch that lie between two times.
fn within(start_ms: i64, end_ms: i64, from_ms: i64, to_ms: i64) -> f64 {
    seconds(start_ms.max(from_ms), end_ms.min(to_ms)).max(0.0)
}

fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    (to_ms - from_ms) as f64 / 1000.0
}

/// A time of the database; nothing beyond the calendar.
pub fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

/// Seconds together, in whole milliseconds as their parts are.
fn sum(seconds: impl Iterator<Item = f64>) -> f64 {
    // The sum of nothing is a negative zero.
    (seconds.fold(0.0, |all, one| all + one) * 1000.0).round() / 1000.0
}

#[cfg(test)]
pub mod tests;
