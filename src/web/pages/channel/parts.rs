//! The parts of a channel's page that change, each an element with an id. What is in them is
//! the same for all who look from the same time zone. Pure.

use askama::Template;
use cliphound_twitch::ChannelLogin;

use super::charts;
use crate::{
    board::state::{Held, State},
    plain::plain,
    web::{
        glance::Glance,
        words::{self, Tag, grouped, rate},
        zone::Zone,
    },
};

/// Emotes shown.
const EMOTES: usize = 16;
/// Lines of chat shown.
const LINES: usize = 30;

/// The parts, drawn.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Live or not, armed or held back.
    pub state: String,
    /// The figures of now.
    pub now: String,
    /// The last half hour.
    pub charts: String,
    /// Why the score is what it is.
    pub reasons: String,
    /// The emotes of the last half hour.
    pub emotes: String,
    /// The newest lines.
    pub chat: String,
    /// The newest moments.
    pub moments: String,
}

impl Parts {
    /// Of a channel at `now_ms`, with times of a zone.
    #[must_use]
    pub fn of(login: &ChannelLogin, state: &State, now_ms: i64, zone: &Zone) -> Self {
        let charts = charts::drawn(login, state, now_ms, zone);
        Self { charts, ..Self::without_charts(login, state, now_ms, zone) }
    }

    /// The same with nothing for the charts, which are the most work.
    #[must_use]
    pub fn without_charts(login: &ChannelLogin, state: &State, now_ms: i64, zone: &Zone) -> Self {
        Self {
            state: self::state(login, state),
            now: now(login, state, now_ms),
            charts: String::new(),
            reasons: reasons(state, now_ms),
            emotes: emotes(state),
            chat: chat(state),
            moments: moments(state, zone),
        }
    }

    /// Each with its name.
    pub fn each(self) -> impl Iterator<Item = (&'static str, String)> {
        let Self { state, now, charts, reasons, emotes, chat, moments } = self;
        let all = [
            ("state", state),
            ("now", now),
            ("charts", charts),
            ("reasons", reasons),
            ("emotes", emotes),
            ("chat", chat),
            ("moments", moments),
        ];
        all.into_iter().filter(|(_, html)| !html.is_empty())
    }
}

#[derive(Template)]
#[template(path = "channel/state.html")]
struct StatePart<'a> {
    glance: Glance,
    mode: Tag,
    held: &'static str,
    game: &'a str,
    title: String,
}

/// Live or not, armed or held back.
pub(super) fn state(login: &ChannelLogin, state: &State) -> String {
    let held = match state.held() {
        // Its settings do, and nobody can resume here.
        _ if state.paused_by_settings => "no",
        Held::No => "",
        Held::Paused => "paused",
        Held::Muted(_) => "muted",
    };
    let mode = words::mode(state.mode(), state.unclipped);
    let glance = Glance::of(login, state, 0);
    let (game, title) = (state.game.as_str(), plain(&state.title));
    StatePart { glance, mode, held, game, title }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "channel/now.html")]
struct Now {
    glance: Glance,
    viewers: Option<String>,
    rate: String,
    usual: String,
    samples: usize,
    goes_on: bool,
}

fn now(login: &ChannelLogin, state: &State, now_ms: i64) -> String {
    let glance = Glance::of(login, state, now_ms);
    let now = Now {
        viewers: glance.viewers.map(|viewers| grouped(viewers.into())),
        rate: rate(glance.messages_per_second),
        usual: grouped(state.usual_per_hour.round() as u64),
        samples: state.samples,
        goes_on: state.goes_on,
        glance,
    };
    now.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "channel/reasons.html")]
struct Reasons<'a> {
    reasons: Vec<&'a str>,
}

fn reasons(state: &State, now_ms: i64) -> String {
    let reasons = state.unusual(now_ms).map(|reason| reason.text.as_str());
    Reasons { reasons: reasons.collect() }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "channel/emotes.html")]
struct EmotesPart<'a> {
    emotes: Vec<(&'a str, u32)>,
}

fn emotes(state: &State) -> String {
    EmotesPart { emotes: state.emotes.top(EMOTES).collect() }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "channel/chat.html")]
struct ChatPart<'a> {
    lines: Vec<(&'a str, &'static str, String)>,
}

fn chat(state: &State) -> String {
    let lines = state.chat.newest().take(LINES);
    let lines = lines.map(|said| (said.login.as_str(), said.role, words::line(&plain(&said.text))));
    ChatPart { lines: lines.collect() }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "channel/moments.html")]
struct MomentsPart {
    moments: Vec<Told>,
}

/// A moment in words.
struct Told {
    /// When, as an element.
    at: String,
    why: String,
    others: Vec<String>,
    score: f32,
    threshold: f32,
    fate: Tag,
    clip_url: Option<String>,
}

fn moments(state: &State, zone: &Zone) -> String {
    let moments = state.moments.newest().map(|noted| {
        let why = noted.why();
        let others = noted.reasons.iter().map(|reason| reason.text.clone());
        Told {
            at: zone.time(noted.trigger_ms),
            others: others.filter(|text| *text != why).collect(),
            why: plain(&why),
            score: noted.score,
            threshold: noted.threshold,
            fate: words::fate(&noted.fate, zone),
            clip_url: noted.fate.clip_url.clone(),
        }
    });
    MomentsPart { moments: moments.collect() }.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{EventTime, Reason, Second};
    use cliphound_twitch::chat::ChatMessage;

    use super::*;

    #[test]
    fn what_people_write_stays_text() {
        let mut state = State::default();
        let message = ChatMessage {
            login: "eve".to_owned(),
            text: "<script>alert(1)</script>\u{202e}\n&".to_owned(),
            ..ChatMessage::default()
        };
        state.chat.said(&message, 0);
        state.title = "</p><img src=x>".to_owned();
        let login = ChannelLogin::parse("ann").unwrap();
        let all: String =
            Parts::of(&login, &state, 0, &Zone::default()).each().map(|(_, html)| html).collect();
        assert!(!all.contains("<script") && !all.contains("<img"), "{all}");
        assert!(all.contains("&#60;script&#62;alert(1)&#60;/script&#62;  &#38;"), "{all}");
    }

    #[test]
    fn fewer_people_than_usual_are_no_reason() {
        let second = Second {
            end: EventTime(0),
            messages: 0,
            chatters: 0,
            score: 0.0,
            threshold: 0.6,
            triggered: false,
        };
        let mut state = State::default();
        state.second = Some(second);
        let reason = |name: &str, value, usual| Reason {
            name: name.to_owned(),
            value,
            usual,
            text: format!("{name} {value}"),
        };
        let check = |state: &State, now_ms, expected: [bool; 2]| {
            let html = reasons(state, now_ms);
            assert_eq!(
                ["chatters", "sentiment"].map(|name| html.contains(name)),
                expected,
                "{html}"
            );
        };
        state.reasons = vec![reason("chatters", 0.0, 4.9), reason("sentiment", -0.5, 0.1)];
        check(&state, 0, [false, true]);
        state.reasons[0].value = 31.0;
        check(&state, 0, [true, true]);
        check(&state, 3_600_000, [false, false]);
    }

    #[test]
    fn each_part_is_an_element_with_its_name() {
        let login = ChannelLogin::parse("ann").unwrap();
        let parts: Vec<_> =
            Parts::of(&login, &State::default(), 0, &Zone::default()).each().collect();
        assert_eq!(parts.len(), 7);
        for (name, html) in parts {
            assert!(html.starts_with('<') && html.contains(&format!("id=\"{name}\"")), "{html}");
        }
    }
}
