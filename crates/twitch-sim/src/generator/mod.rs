//! Chat of one channel, made up: pure, seeded, with time as an argument.
//!
//! It lives in ticks of one second of stream time. A tick adds ordinary talk and, when
//! the plan says so, a happening with all its later lines. The same seed gives the same
//! lines, however the time is cut into calls.

mod cast;
mod catalogue;
mod decoy;
mod plan;
mod reaction;
mod ripple;
mod stage;
mod stream;
mod style;
mod talk;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, VecDeque};
use std::f64::consts::TAU;

use rand::RngExt;
use serde::Serialize;

use crate::chat::{Author, ChatEvent, Standing, display_name};
pub use plan::Kind;
use plan::{Happening, Plan};
use stage::{Stage, normal, poisson};
pub use stream::{ChatForm, MadeLine, MadeStream, make_stream};
pub(crate) use style::Style;
use words::TONGUES;

const TICK_MS: i64 = 1000;
/// Happenings that are remembered; the oldest go first.
const MAX_TRUTH: usize = 10_000;
/// The bot says something by itself this often.
const BOT_NOTE_MS: i64 = 900_000;

/// What truly happened in a channel: a moment to clip, or a decoy to leave alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Login of the channel.
    pub channel: String,
    /// What it was.
    pub kind: Kind,
    /// Start, Unix milliseconds on the simulator's clock.
    pub start_ms: i64,
    /// End, the same.
    pub end_ms: i64,
    /// Not a moment: it should not be clipped.
    pub decoy: bool,
    /// How many joined in: 0 (few) to 1 (most).
    pub strength: f64,
}

/// A channel to make chat for.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub login: String,
    pub room_id: u64,
    /// Viewers on the average.
    pub viewers: u32,
    /// The other room of a shared chat.
    pub partner: Option<u64>,
    /// What is particular about its chat.
    pub style: Style,
}

/// Makes the chat of one channel.
pub(crate) struct Generator {
    profile: Profile,
    stage: Stage,
    plan: Plan,
    upcoming: Happening,
    /// The viewers' slow waves: phases of two periods.
    phases: [f64; 2],
    /// Start and number of viewers of the newest raid.
    raid: Option<(i64, u32)>,
    /// Logarithm of the rate against its usual value: a fast and a slow part.
    mood: [f64; 2],
    start_ms: i64,
    tick_ms: i64,
    /// Events of ticks that are over.
    ready: VecDeque<(i64, ChatEvent)>,
    live: bool,
    /// Nothing begins that would end later: the stream ends soon.
    last_end_ms: i64,
    truth: Vec<Truth>,
    /// By id of a line the happening it belongs to; only when somebody will ask.
    scenes: Option<BTreeMap<String, usize>>,
}

impl Generator {
    pub fn new(profile: Profile, seed: u64, start_ms: i64) -> Self {
        let broadcaster = Author {
            login: profile.login.clone(),
            display: display_name(&profile.login),
            id: profile.room_id,
            color: "#9ACD32".to_owned(),
            standing: Standing::Broadcaster,
            months: 0,
        };
        let mut stage =
            Stage::new(seed, start_ms, profile.viewers, broadcaster, profile.style.clone());
        let mut plan = Plan::new(start_ms, profile.partner.is_some(), &mut stage.rng);
        let upcoming = match profile.style.begins {
            true => Plan::greetings(start_ms, &mut stage.rng),
            false => plan.next(&mut stage.rng),
        };
        let phases = [stage.rng.random::<f64>() * TAU, stage.rng.random::<f64>() * TAU];
        Self {
            profile,
            stage,
            plan,
            upcoming,
            phases,
            raid: None,
            mood: [0.0; 2],
            start_ms,
            tick_ms: start_ms,
            ready: VecDeque::new(),
            live: true,
            last_end_ms: i64::MAX,
            truth: Vec::new(),
            scenes: None,
        }
    }

    /// What happens before `until_ms` and was not given out yet, in order of time.
    pub fn advance(&mut self, until_ms: i64) -> Vec<(i64, ChatEvent)> {
        while self.tick_ms < until_ms {
            self.tick();
            let events = self.stage.take_until(self.tick_ms);
            let shown = self.thinned(events);
            self.ready.extend(shown);
        }
        let due = self.ready.partition_point(|(at, _)| *at < until_ms);
        self.ready.drain(..due).collect()
    }

    /// The stream goes on or off line: from the next tick on chat falls asleep or wakes.
    pub fn set_live(&mut self, live: bool) {
        self.live = live;
    }

    /// The stream ends soon: nothing begins that would end after `last_end_ms`.
    pub fn wind_up(&mut self, last_end_ms: i64) {
        self.last_end_ms = last_end_ms;
    }

    /// Keeps which line belongs to what; for streams that end, as it only grows.
    pub fn keep_scenes(&mut self) {
        self.scenes = Some(BTreeMap::new());
    }

    /// Which of [`Generator::truth`] a line belongs to, when scenes are kept.
    pub fn scene_of(&self, line_id: &str) -> Option<usize> {
        self.scenes.as_ref()?.get(line_id).copied()
    }

    /// Moments and decoys that began, oldest first.
    pub fn truth(&self) -> &[Truth] {
        &self.truth
    }

    /// People watching at a time: slow waves, and guests that a raid brought.
    pub fn viewers(&self, at_ms: i64) -> u32 {
        let minutes = (at_ms - self.start_ms) as f64 / 60_000.0;
        let wave = 1.0
            + 0.15 * (TAU * minutes / 50.0 + self.phases[0]).sin()
            + 0.10 * (TAU * minutes / 130.0 + self.phases[1]).sin();
        let guests = self.raid.map_or(0.0, |(since_ms, count)| {
            let minutes = (at_ms - since_ms).max(0) as f64 / 60_000.0;
            f64::from(count) * (-minutes / 20.0).exp()
        });
        (f64::from(self.profile.viewers) * wave + guests).round() as u32
    }

    fn tick(&mut self) {
        let now = self.tick_ms;
        self.stage.viewers = self.viewers(now);
        self.happen(now);
        let mean = self.rate_per_s();
        for _ in 0..poisson(&mut self.stage.rng, mean * (1.0 - ripple::SHARE)) {
            let at_ms = self.stage.between(now, now + TICK_MS);
            talk::ordinary(&mut self.stage, at_ms);
        }
        let ripples = ripple::SHARE * mean / ripple::mean_lines(mean, self.stage.style.lively);
        for _ in 0..poisson(&mut self.stage.rng, ripples) {
            let at_ms = self.stage.between(now, now + TICK_MS);
            ripple::play(&mut self.stage, at_ms, mean);
        }
        if let Some(room) = self.profile.partner {
            self.partner_talk(now, room, mean * 0.2);
        }
        if self.live && (now - self.start_ms + TICK_MS) % BOT_NOTE_MS == 0 {
            talk::bot_note(&mut self.stage, now);
        }
        self.tick_ms += TICK_MS;
    }

    /// What Twitch shows of one second's events: in a chat that is too fast, lines get lost.
    fn thinned(&mut self, events: Vec<(i64, ChatEvent)>) -> Vec<(i64, ChatEvent)> {
        let Some(most) = self.stage.style.most_a_second else { return events };
        let is_line = |(_, event): &&(i64, ChatEvent)| matches!(event, ChatEvent::Line(_));
        let lines = events.iter().filter(is_line).count();
        if lines <= most {
            return events;
        }
        let kept = rand::seq::index::sample(&mut self.stage.rng, lines, most).into_vec();
        let mut number = 0;
        let shown = |event: &(i64, ChatEvent)| {
            let line = is_line(&event);
            number += usize::from(line);
            !line || kept.contains(&(number - 1))
        };
        let mut events = events;
        events.retain(shown);
        events
    }

    /// Starts what the plan has for this tick; off line, it is dropped.
    fn happen(&mut self, now: i64) {
        if self.upcoming.start_ms >= now + TICK_MS {
            return;
        }
        let next = self.plan.next(&mut self.stage.rng);
        let happening = std::mem::replace(&mut self.upcoming, next);
        if !self.live || happening.end_ms > self.last_end_ms {
            return;
        }
        if happening.kind == Kind::Raid {
            self.raid = Some((happening.start_ms, decoy::raiders(&happening, self.stage.viewers)));
        }
        let newest = self.stage.newest();
        if happening.kind.is_decoy() {
            decoy::play(&mut self.stage, &happening, self.profile.partner);
        } else {
            reaction::react(&mut self.stage, &happening);
        }
        self.record(&happening);
        if let Some(scenes) = &mut self.scenes {
            let scene = self.truth.len() - 1;
            scenes.extend(self.stage.lines_after(newest).into_iter().map(|id| (id, scene)));
        }
    }

    fn record(&mut self, happening: &Happening) {
        if self.truth.len() == MAX_TRUTH {
            self.truth.remove(0);
        }
        self.truth.push(Truth {
            channel: self.profile.login.clone(),
            kind: happening.kind,
            start_ms: happening.start_ms,
            end_ms: happening.end_ms,
            decoy: happening.kind.is_decoy(),
            strength: happening.strength,
        });
    }

    /// Ordinary events a second now. It grows slower than the viewers, drifts slowly and
    /// trembles fast: real chat varies more than chance alone would let it.
    fn rate_per_s(&mut self) -> f64 {
        for (mood, (seconds, spread)) in self.mood.iter_mut().zip([(30.0, 0.2), (600.0, 0.2)]) {
            let keep = 1.0_f64 - 1.0 / seconds;
            let shock = spread * (1.0 - keep * keep).sqrt();
            *mood = *mood * keep + shock * normal(&mut self.stage.rng);
        }
        let asleep = if self.live { 1.0 } else { 0.1 };
        let usual = 0.35 * f64::from(self.stage.viewers).powf(0.68) / 60.0;
        let usual = usual * self.stage.style.tempo;
        usual * (self.mood[0] + self.mood[1]).exp() * asleep
    }

    /// Lines of the other room of a shared chat.
    fn partner_talk(&mut self, now: i64, room: u64, mean: f64) {
        for _ in 0..poisson(&mut self.stage.rng, mean) {
            let at_ms = self.stage.between(now, now + TICK_MS);
            let guest = cast::stranger(&self.stage.style, &mut self.stage.rng);
            let text = self.stage.word(TONGUES[guest.language].talk).to_owned();
            self.stage.line(at_ms, &guest.author, text, |line| line.source_room = Some(room));
        }
    }
}
