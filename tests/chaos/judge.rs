//! Holds everything that was found against everything else. Pure; it is never loosened so
//! that a seed passes: each excuse is named, exact, and counted.

use std::collections::BTreeMap;

use cliphound_store::{Intent, IntentState, MomentRow};
use cliphound_twitch_sim::ClipRecord;
use serde_json::Value;

use crate::{
    dead::Found,
    evidence::Evidence,
    lines::{self, Line},
};

/// The daemon looks for a clip for so long (ADR 0009): what Twitch shows for the first time
/// later is taken for a clip that was not made.
const LOOKED_FOR_MS: i64 = 300_000;
/// Real seconds within which an answer, or a moment, is on the disk: what a kill cuts off.
const ON_DISK_WITHIN_S: f64 = 2.0;

/// Trouble with the network lasts for so long …
const NET_BEFORE_MS: i64 = 30_000;
/// … and meets answers to calls that came so long before it.
const NET_AFTER_MS: i64 = 30_000;

/// Why something that looks wrong is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excuse {
    /// ADR 0009, 0012: Twitch made a clip, its answer did not come, and it was not shown
    /// within five minutes. It has no line, and its moment may have another from the VOD.
    NeverShown,
    /// A kill came between the engine's decision and the promise: nothing was accepted, and
    /// nothing of it is kept. Or it came between the row and the line of a moment whose stretch
    /// had been promised before.
    CutOff,
    /// ADR 0012: a kill came while the clip was asked of the VOD, and none is there. After
    /// that there is no third way.
    VodCallCut,
}

/// What the comparison says.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// What is wrong, a sentence each; empty when all is well.
    pub complaints: Vec<String>,
    pub excused: BTreeMap<Excuse, u32>,
}

/// Compares.
pub fn judge(evidence: &Evidence) -> Verdict {
    let mut judge = Judge { evidence, told: told(evidence), verdict: Verdict::default() };
    let clip_urls = judge.lines("clip_urls.txt", &evidence.clip_urls, lines::CLIPS);
    let moments = judge.lines("moments.tsv", &evidence.moments_tsv, lines::MOMENTS);
    judge.disk();
    judge.dead();
    judge.log();
    judge.intents();
    judge.fates(&moments);
    judge.clips(&clip_urls);
    judge.claims();
    judge.verdict
}

struct Judge<'a> {
    evidence: &'a Evidence,
    /// What the log tells of moments, by login and trigger.
    told: BTreeMap<(String, i64), Told>,
    verdict: Verdict,
}

/// The log's line of a moment: the only witness of when it was decided on the clock of the
/// kills. Its trigger is on Twitch's, which jumps in storms.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Line of the log.
    nth: usize,
    at_ms: i64,
}

fn told(evidence: &Evidence) -> BTreeMap<(String, i64), Told> {
    let mut all = BTreeMap::new();
    for (nth, line) in evidence.log.iter().enumerate() {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        let is_moment = line["message"].as_str().is_some_and(|words| words.starts_with("moment: "));
        let at_ms = line["timestamp"].as_str().and_then(lines::time_ms);
        let (login, trigger_ms) = (line["channel"].as_str(), line["trigger_ms"].as_i64());
        if let (true, Some(at_ms), Some(login), Some(trigger_ms)) =
            (is_moment, at_ms, login, trigger_ms)
        {
            all.entry((login.to_owned(), trigger_ms)).or_insert(Told { nth, at_ms });
        }
    }
    all
}

impl Judge<'_> {
    fn complain(&mut self, complaint: String) {
        self.verdict.complaints.push(complaint);
    }

    fn excuse(&mut self, excuse: Excuse) {
        *self.verdict.excused.entry(excuse).or_default() += 1;
    }

    fn lines(&mut self, name: &str, bytes: &[u8], columns: &[&str]) -> Vec<Line> {
        let (lines, torn) = lines::read(bytes, columns);
        self.verdict.complaints.extend(torn.iter().map(|why| format!("{name}: {why}")));
        lines
    }

    fn disk(&mut self) {
        let Evidence { damage, bad_models, bad_videos, .. } = self.evidence;
        for damage in damage.iter().chain(bad_models).chain(bad_videos) {
            self.complain(format!("damaged: {damage}"));
        }
    }

    /// A kill tears nothing that the next start would have to salvage. Before its tables are made a
    /// database may be missing; the last line of a record may be half, if it is written whole later.
    fn dead(&mut self) {
        for name in &self.evidence.set_aside {
            self.complain(format!("{name} was set aside as damaged"));
        }
        let (mut had_tables, evidence) = (false, self.evidence);
        for (nth, dead) in evidence.dead.iter().enumerate() {
            match &dead.database {
                Found::Whole(_) => had_tables = true,
                Found::Nothing if !had_tables => {}
                Found::Nothing => self.complain(format!("kill {nth} left no database")),
                Found::Damaged(why) => {
                    self.complain(format!("kill {nth} left a damaged database: {why}"));
                }
            }
        }
        let clip_urls = evidence.dead.iter().map(|dead| &dead.clip_urls);
        self.left("clip_urls.txt", clip_urls, &evidence.clip_urls, lines::CLIPS);
        let moments = evidence.dead.iter().map(|dead| &dead.moments_tsv);
        self.left("moments.tsv", moments, &evidence.moments_tsv, lines::MOMENTS);
    }

    /// What kills left of a record, and what it is at the end.
    fn left<'e>(
        &mut self,
        name: &str,
        left: impl Iterator<Item = &'e Option<Vec<u8>>>,
        end: &[u8],
        columns: &[&str],
    ) {
        let mut was_there = false;
        for (nth, record) in left.enumerate() {
            let Some(record) = record else {
                if was_there {
                    self.complain(format!("kill {nth} left no {name}"));
                }
                continue;
            };
            was_there = true;
            let (torn, half) = lines::left(record, columns);
            for why in torn {
                self.complain(format!("kill {nth} left a torn {name}: {why}"));
            }
            if !lines::is_made_whole(end, half) {
                let half = String::from_utf8_lossy(half);
                self.complain(format!("{name}: what kill {nth} cut off is not there: {half:?}"));
            }
        }
    }

    /// Whether a kill came within the time that it takes to put something on the disk.
    fn killed_after(&self, at_ms: i64) -> bool {
        let within_ms = (ON_DISK_WITHIN_S * 1000.0 * self.evidence.speed) as i64;
        let during = at_ms - self.early_ms()..=at_ms + within_ms;
        self.evidence.kills_ms.iter().any(|kill_ms| during.contains(kill_ms))
    }

    /// Whether a kill came before the promise of a moment that the log told. Promises are made
    /// in order: none that was told later in that channel was made before the kill.
    fn was_cut_off(&self, login: &str, trigger_ms: i64) -> bool {
        let told_of = |trigger_ms| self.told.get(&(login.to_owned(), trigger_ms)).copied();
        let Some(Told { nth, at_ms }) = told_of(trigger_ms) else { return false };
        let is_of_killed = |kill_ms: &&i64| **kill_ms >= at_ms - self.early_ms();
        let Some(kill_ms) = self.evidence.kills_ms.iter().filter(is_of_killed).min() else {
            return false;
        };
        let came_later = |intent: &Intent| {
            intent.login == login
                && intent.created_ms < *kill_ms - self.early_ms()
                && told_of(intent.key.trigger_ms).is_some_and(|other| other.nth > nth)
        };
        self.killed_after(at_ms) && !self.evidence.intents.iter().any(came_later)
    }

    /// Both processes know the time to a real millisecond.
    fn early_ms(&self) -> i64 {
        self.evidence.speed as i64
    }

    /// No panic, no lost record, nothing damaged; each moment that was told is kept.
    fn log(&mut self) {
        for line in &self.evidence.log {
            let Ok(told) = serde_json::from_str::<Value>(line) else {
                // A kill cuts a line short; a panic is no JSON at all.
                if line.contains("panicked") {
                    self.complain(format!("the log: {line}"));
                }
                continue;
            };
            let message = told["message"].as_str().unwrap_or_default();
            let bad = ["is lost", "panicked", "is damaged"];
            if bad.iter().any(|words| message.contains(words)) {
                self.complain(format!("the log: {line}"));
            }
            if self.evidence.log_ins == 0 && message.contains("can't be renewed any more") {
                self.complain(format!("nobody revoked the token; the log: {line}"));
            }
        }
        self.told_moments();
    }

    fn told_moments(&mut self) {
        let told: Vec<(String, i64)> = self.told.keys().cloned().collect();
        for (login, trigger_ms) in told {
            let is_it = |row: &MomentRow| row.login == login && row.key.trigger_ms == trigger_ms;
            if self.evidence.moments.iter().any(is_it) {
                continue;
            }
            if self.was_cut_off(&login, trigger_ms) {
                self.excuse(Excuse::CutOff);
            } else {
                self.complain(format!("{login}@{trigger_ms} was told in the log and is not kept"));
            }
        }
    }

    /// What was accepted is there, has ended, and says why where there is no clip.
    fn intents(&mut self) {
        for key in &self.evidence.accepted {
            if self.evidence.intents.iter().all(|intent| intent.key != *key) {
                self.complain(format!("{key} was accepted and is gone"));
            }
        }
        for intent in &self.evidence.intents {
            self.intent(intent);
        }
    }

    fn intent(&mut self, intent: &Intent) {
        let (key, state) = (&intent.key, intent.state);
        let reason = intent.reason.as_deref().unwrap_or_default();
        if state.is_open() {
            self.complain(format!("{key} has not ended: {state} ({reason})"));
        }
        let is_clipped = state.is_open() || state == IntentState::Confirmed;
        if self.evidence.is_fair && !is_clipped && self.was_cut_at_vod(intent) {
            self.excuse(Excuse::VodCallCut);
        } else if self.evidence.is_fair && !is_clipped {
            self.complain(format!("{key} is {state} in fair weather ({reason})"));
        }
        if matches!(state, IntentState::Missed | IntentState::Refused) && reason.is_empty() {
            self.complain(format!("{key} is {state} and says not why"));
        }
        let moment = self.evidence.moments.iter().find(|moment| moment.key == *key);
        match moment {
            None => self.complain(format!("{key} has no moment")),
            Some(moment)
                if (moment.start_ms, moment.end_ms) != (intent.start_ms, intent.end_ms) =>
            {
                self.complain(format!("{key} and its moment are of different stretches"));
            }
            Some(_) => {}
        }
        self.seen(intent);
    }

    fn was_cut_at_vod(&self, intent: &Intent) -> bool {
        let is_cut = intent.called_ms.is_some_and(|at_ms| self.killed_after(at_ms));
        intent.state == IntentState::Missed && intent.from_vod && is_cut
    }

    /// What is said of a clip is true.
    fn seen(&mut self, intent: &Intent) {
        let key = &intent.key;
        let made = |clip: &&ClipRecord| Some(clip.id.as_str()) == intent.clip_id.as_deref();
        let clip = self.evidence.clips.iter().find(made);
        let is_owner = |clip: &ClipRecord| self.evidence.owners.get(&clip.id) == Some(key);
        match (intent.state, clip) {
            (IntentState::Confirmed | IntentState::Unconfirmed, None) => {
                self.complain(format!("{key} is {}, but Twitch made no such clip", intent.state));
            }
            (IntentState::Confirmed | IntentState::Unconfirmed, Some(clip)) if !is_owner(clip) => {
                self.complain(format!("{key} has the clip {} of somebody else", clip.id));
            }
            (IntentState::Unconfirmed, Some(clip)) if shown_in_time(clip) => {
                self.complain(format!("{key} is unconfirmed, though {} was shown", clip.id));
            }
            (IntentState::Confirmed, Some(clip)) if !shown_in_time(clip) => {
                self.complain(format!("{key} is confirmed, though {} was never shown", clip.id));
            }
            _ => {}
        }
    }

    /// Each moment has one line with the right state, and there is no other line.
    fn fates(&mut self, lines: &[Line]) {
        let mut by_moment: BTreeMap<MomentId, Vec<&Line>> = BTreeMap::new();
        for line in lines {
            by_moment.entry(MomentId::of_line(line)).or_default().push(line);
        }
        for moment in &self.evidence.moments {
            let lines = by_moment.remove(&MomentId::of_row(moment)).unwrap_or_default();
            self.fate(moment, &lines);
        }
        for (moment, lines) in by_moment {
            self.complain(format!("moments.tsv: {} lines of no moment: {moment:?}", lines.len()));
        }
    }

    fn fate(&mut self, moment: &MomentRow, lines: &[&Line]) {
        let key = &moment.key;
        let intent = self.evidence.intents.iter().find(|intent| intent.key == *key);
        match (intent, lines) {
            (Some(intent), [line]) => {
                let expected = intent.state.as_str();
                // The database has no word of its own for a dry run.
                let is_dry = intent.state == IntentState::Refused && line.state() == "dry_run";
                if line.state() != expected && !is_dry {
                    let state = line.state();
                    self.complain(format!("{key} is {expected}; moments.tsv says {state}"));
                }
                let clip = intent.clip_id.as_deref().map(url);
                if clip.as_deref() != line.clip_url() {
                    self.complain(format!("{key} has {clip:?}; moments.tsv another"));
                }
            }
            (None, [line]) if line.state() == "overlaps" => {}
            (None, [])
                if self.is_overlapped(moment)
                    && self.was_cut_off(&moment.login, key.trigger_ms) =>
            {
                self.excuse(Excuse::CutOff);
            }
            (Some(intent), []) if intent.state.is_open() => {}
            (intent, lines) => {
                let states: Vec<_> = lines.iter().map(|line| line.state()).collect();
                let state = intent.map(|intent| intent.state.as_str());
                self.complain(format!("{key} is {state:?}; moments.tsv says {states:?}"));
            }
        }
    }

    /// Whether the stretch of this moment is promised to another: a moment and its promise are
    /// one transaction, so that only such a one is kept without.
    fn is_overlapped(&self, moment: &MomentRow) -> bool {
        let others = self.evidence.intents.iter().filter(|intent| intent.key != moment.key);
        let mut others = others.filter(|intent| intent.login == moment.login && intent.automatic);
        let touches = |i: &Intent| i.end_ms >= moment.start_ms && i.start_ms <= moment.end_ms;
        moment.automatic && others.any(touches)
    }

    /// Each clip has one line, and there is no other line.
    fn clips(&mut self, lines: &[Line]) {
        let mut by_url: BTreeMap<&str, u32> = BTreeMap::new();
        for line in lines {
            *by_url.entry(line.clip_url().unwrap_or("-")).or_default() += 1;
        }
        for clip in &self.evidence.clips {
            match by_url.remove(clip.url.as_str()).unwrap_or(0) {
                1 => {}
                0 if self.may_be_unknown(clip) => {}
                0 => self.complain(format!("clip_urls.txt has no line of {}", about(clip))),
                many => self.complain(format!("clip_urls.txt has {many} lines of {}", about(clip))),
            }
        }
        for (url, count) in by_url {
            self.complain(format!("clip_urls.txt: {count} lines of no clip: {url}"));
        }
    }

    /// Each clip belongs to one intent, so each intent has one at most: one that belongs to
    /// none would be a second one, or one that nobody asked for.
    fn claims(&mut self) {
        for clip in &self.evidence.clips {
            if self.evidence.owners.contains_key(&clip.id) {
                continue;
            }
            if self.may_be_unknown(clip) {
                self.excuse(Excuse::NeverShown);
                continue;
            }
            let near = self.evidence.intents.iter().filter(|intent| {
                intent.login == clip.channel
                    && intent.called_ms.is_some_and(|ms| (ms - clip.call_ms).abs() < 120_000)
            });
            let near: Vec<String> =
                near.map(|intent| format!("{} ({})", intent.key, intent.state)).collect();
            self.complain(format!("{} belongs to no intent; near it: {near:?}", about(clip)));
        }
    }

    /// Nobody could know of this clip.
    fn may_be_unknown(&self, clip: &ClipRecord) -> bool {
        let is_lost = !clip.answered || self.killed_after(clip.call_ms);
        !shown_in_time(clip) && (is_lost || self.net_is_bad(clip.call_ms))
    }

    /// Whether the network may have swallowed an answer: the simulator's Twitch does not know.
    fn net_is_bad(&self, at_ms: i64) -> bool {
        let during = at_ms - NET_BEFORE_MS..=at_ms + NET_AFTER_MS;
        self.evidence.net_ms.iter().any(|net_ms| during.contains(net_ms))
    }
}

fn shown_in_time(clip: &ClipRecord) -> bool {
    clip.ready_ms - clip.call_ms <= LOOKED_FOR_MS
}

fn url(id: &str) -> String {
    format!("https://clips.twitch.tv/{id}")
}

fn about(clip: &ClipRecord) -> String {
    let ClipRecord { id, channel, title, call_ms, answered, from_vod, .. } = clip;
    let shown_s = (clip.ready_ms - call_ms) / 1000;
    format!(
        "the clip {id} of {channel} “{title}” (called {call_ms}, answered: {answered}, from the VOD: {from_vod}, shown after {shown_s} s)"
    )
}

/// What a moment and its line have in common.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MomentId {
    login: String,
    start_ms: i64,
    end_ms: i64,
    cause: String,
}

impl MomentId {
    fn of_line(line: &Line) -> Self {
        let (login, cause) = (line.channel().to_owned(), line.cause().to_owned());
        Self { login, start_ms: line.start_ms(), end_ms: line.end_ms(), cause }
    }

    fn of_row(row: &MomentRow) -> Self {
        let (login, cause) = (row.login.clone(), row.cause.clone());
        Self { login, start_ms: row.start_ms, end_ms: row.end_ms, cause }
    }
}

#[cfg(test)]
mod tests;
