//! One channel: whether it is live, who watches, and where its chat comes from.

use crate::chat::{ChatEvent, id_of};
use crate::generator::{Generator, Profile, Style, Truth};
use crate::irc::Room;

use super::clips::LiveChannel;
use super::playback::Recording;

/// Streams that are live at the start began so long ago.
const LIVE_SINCE_MS: i64 = 2_700_000;

/// Strength of a moment, 0 to 1, from which on somebody makes a clip of it.
const MANY: f64 = 0.25;

/// What a channel's chat is made of.
enum Source {
    Generator(Box<Generator>),
    Recording { recording: Recording, start_ms: i64 },
    Silence,
}

/// A channel.
pub(crate) struct Channel {
    profile: Profile,
    source: Source,
    live_since_ms: Option<i64>,
}

impl Channel {
    /// A channel whose chat is made up.
    pub fn generated(
        login: &str,
        viewers: u32,
        partner: Option<u64>,
        seed: u64,
        now_ms: i64,
    ) -> Self {
        let profile = profile(login, viewers, partner);
        let generator = Generator::new(profile.clone(), seed ^ profile.room_id, now_ms);
        Self::new(profile, Source::Generator(Box::new(generator)), now_ms)
    }

    /// A channel that plays a recording from now on.
    pub fn recorded(login: &str, viewers: u32, recording: Recording, now_ms: i64) -> Self {
        let source = Source::Recording { recording, start_ms: now_ms };
        Self::new(profile(login, viewers, None), source, now_ms)
    }

    /// A channel in which nobody writes.
    pub fn silent(login: &str, viewers: u32, now_ms: i64) -> Self {
        Self::new(profile(login, viewers, None), Source::Silence, now_ms)
    }

    fn new(profile: Profile, source: Source, now_ms: i64) -> Self {
        Self { profile, source, live_since_ms: Some(now_ms - LIVE_SINCE_MS) }
    }

    pub fn login(&self) -> &str {
        &self.profile.login
    }

    /// Its owner takes another login; the id stays.
    pub fn rename(&mut self, login: &str) {
        login.clone_into(&mut self.profile.login);
    }

    /// User id of the broadcaster.
    pub fn id(&self) -> u64 {
        self.profile.room_id
    }

    /// Viewers on the average.
    pub fn usual_viewers(&self) -> u32 {
        self.profile.viewers
    }

    pub fn room(&self) -> Room {
        let shared = self.profile.partner.is_some();
        Room { login: self.profile.login.clone(), id: self.profile.room_id, shared }
    }

    /// When the stream began; `None`: off line.
    pub fn live_since_ms(&self) -> Option<i64> {
        self.live_since_ms
    }

    /// The stream as its viewers see it; `None`: off line.
    pub fn live(&self, now_ms: i64) -> Option<LiveChannel> {
        let since_ms = self.live_since_ms?;
        let many = |truth: &&Truth| !truth.decoy && truth.strength >= MANY;
        let over = self.truth().iter().rev().find(|truth| many(truth) && truth.end_ms <= now_ms);
        let moment_ms = over.map(|truth| truth.end_ms).filter(|end_ms| *end_ms >= since_ms);
        Some(LiveChannel { login: self.login().to_owned(), id: self.id(), since_ms, moment_ms })
    }

    /// People watching now.
    pub fn viewers(&self, now_ms: i64) -> u32 {
        match &self.source {
            Source::Generator(generator) => generator.viewers(now_ms),
            _ => self.profile.viewers,
        }
    }

    /// The stream begins or ends; nothing happens when it did already.
    pub fn set_live(&mut self, live: bool, now_ms: i64) {
        if live == self.live_since_ms.is_some() {
            return;
        }
        self.live_since_ms = live.then_some(now_ms);
        if let Source::Generator(generator) = &mut self.source {
            generator.set_live(live);
        }
    }

    /// What happens in chat before a time and was not given out yet.
    pub fn advance(&mut self, until_ms: i64) -> Vec<(i64, ChatEvent)> {
        match &mut self.source {
            Source::Generator(generator) => generator.advance(until_ms),
            Source::Recording { recording, start_ms } => {
                let due = recording.take_until(until_ms - *start_ms);
                due.into_iter().map(|(offset, event)| (*start_ms + offset, event)).collect()
            }
            Source::Silence => Vec::new(),
        }
    }

    /// Moments and decoys so far.
    pub fn truth(&self) -> &[Truth] {
        match &self.source {
            Source::Generator(generator) => generator.truth(),
            _ => &[],
        }
    }
}

fn profile(login: &str, viewers: u32, partner: Option<u64>) -> Profile {
    let (login, room_id) = (login.to_owned(), id_of(login));
    Profile { login, room_id, viewers, partner, style: Style::default() }
}
