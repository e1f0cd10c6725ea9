//! What is told: the facts of a clip, a moment, a stream or trouble, as they lie in the outbox. Pure.

use cliphound_engine::{Cause, Moment};
use cliphound_store::{Intent, IntentKey, IntentState, Review};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    clips::{ClipNews, links::clip_url, state::State},
    config::AlertEvent,
    trouble::{Kind, Trouble},
};

/// Reasons of a moment that are told.
const REASONS: usize = 3;
/// Longest texts, in characters; each kind of receiver has its own limit besides.
const LONGEST: usize = 500;
/// Ends the key of trouble that is over.
pub const OVER: &str = "/over";

/// What is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// What happened.
    pub event: AlertEvent,
    /// The moment's key, or the stream's: broadcaster's id, `@`, Unix milliseconds. Trouble has its
    /// word instead of an id, and `/over` behind it once it is over.
    pub key: String,
    /// The channel's login; empty for trouble, which concerns them all.
    pub channel: String,
    /// The channel's user id, once known.
    pub broadcaster_id: Option<String>,
    /// The moment's trigger or the stream's start on Twitch's clock, or since when there is trouble,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The clip's title or the stream's; of trouble, what is wrong.
    pub title: String,
    /// Why it is a moment, or why there is no clip, or what to do about trouble, in words.
    pub reason: String,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`; of trouble its word; of a stream
    /// nothing.
    pub cause: String,
    /// The moment's score, 0 to 1, where nobody asked for it by hand.
    pub score: Option<f32>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// A picture of it.
    pub thumbnail: Option<String>,
    /// The category of the stream.
    pub game: Option<String>,
    /// Of trouble: it is over.
    #[serde(default)]
    pub is_over: bool,
}

impl News {
    /// What is new about a clip; `None` where nobody is told.
    #[must_use]
    pub fn of_clip(news: &ClipNews) -> Option<Self> {
        let (event, reason) = match &news.state {
            State::Confirmed { .. } => (AlertEvent::Clip, None),
            State::InReview => (AlertEvent::Review, None),
            State::Unconfirmed { reason, .. }
            | State::Refused { reason }
            | State::Missed { reason } => (AlertEvent::Failed, Some(reason.as_str())),
            _ => return None,
        };
        let key = IntentKey::new(
            news.broadcaster_id.as_deref(),
            news.login.as_str(),
            news.moment.trigger.0,
        );
        let mut told = Self::of_moment(event, &key, news.login.as_str(), &news.moment);
        told.broadcaster_id.clone_from(&news.broadcaster_id);
        told.title = cut(&news.title);
        if let Some(reason) = reason {
            told.reason = cut(reason);
        }
        // One that Twitch never showed is no clip to look at.
        told.url = match &news.state {
            State::Confirmed { url, .. } => web(url),
            _ => None,
        };
        told.thumbnail = news.thumbnail.as_deref().and_then(web);
        Some(told)
    }

    /// The same from the database, for what was not told when it happened.
    #[must_use]
    pub fn of_intent(intent: &Intent, moment: &Moment) -> Option<Self> {
        let event = match intent.state {
            IntentState::Confirmed => AlertEvent::Clip,
            IntentState::Waiting if intent.review == Review::Asked => AlertEvent::Review,
            IntentState::Missed | IntentState::Unconfirmed => AlertEvent::Failed,
            IntentState::Refused if !intent.is_dry() => AlertEvent::Failed,
            _ => return None,
        };
        let mut told = Self::of_moment(event, &intent.key, &intent.login, moment);
        told.title = cut(&intent.title);
        if event == AlertEvent::Failed {
            told.reason = cut(intent.reason.as_deref().unwrap_or("Twitch never showed the clip"));
        }
        if event == AlertEvent::Clip {
            let id = intent.clip_id.as_deref();
            told.url =
                intent.clip_url.as_deref().and_then(web).or(id.and_then(|id| web(&clip_url(id))));
        }
        Some(told)
    }

    /// A stream has started; `title` and `game` where they are known.
    #[must_use]
    pub fn of_stream(
        login: &str,
        broadcaster_id: Option<&str>,
        started_ms: i64,
        title: &str,
        game: &str,
    ) -> Self {
        Self {
            event: AlertEvent::Online,
            key: IntentKey::new(broadcaster_id, login, started_ms).to_string(),
            channel: login.to_owned(),
            broadcaster_id: broadcaster_id.map(str::to_owned),
            at_ms: started_ms,
            title: cut(title),
            reason: String::new(),
            cause: String::new(),
            score: None,
            url: web(&format!("https://www.twitch.tv/{login}")),
            thumbnail: None,
            game: Some(cut(game)).filter(|game| !game.is_empty()),
            is_over: false,
        }
    }

    /// Something is wrong since `since_ms`.
    #[must_use]
    pub fn of_trouble(trouble: &Trouble, since_ms: i64) -> Self {
        let (kind, title) = (trouble.kind, trouble.kind.headline().trim_end_matches('.'));
        let reason = match kind {
            // Files are named on this machine only.
            Kind::Disk => {
                "What is new is kept in memory. Make room, or look at the rights of Cliphound's folder: the log and the dashboard say more"
            }
            _ => trouble.why.as_str(),
        };
        Self::of_course(kind, since_ms, title, reason)
    }

    /// What was wrong since `since_ms` is well again.
    #[must_use]
    pub fn of_trouble_over(kind: Kind, since_ms: i64) -> Self {
        let title = match kind {
            Kind::LogInEnded => "Cliphound is logged in at Twitch again",
            Kind::Disk => "The disk takes what Cliphound writes again",
            Kind::Deaf | Kind::DryRun | Kind::NoLogIn => "Well again",
        };
        let began = jiff::Timestamp::from_millisecond(since_ms).unwrap_or_default();
        let reason = format!("it had begun on {}", began.strftime("%Y-%m-%d at %H:%M UTC"));
        let told = Self::of_course(kind, since_ms, title, &reason);
        Self { key: format!("{}{OVER}", told.key), is_over: true, ..told }
    }

    fn of_course(kind: Kind, since_ms: i64, title: &str, reason: &str) -> Self {
        Self {
            event: AlertEvent::Trouble,
            key: format!("{kind}@{since_ms}"),
            channel: String::new(),
            broadcaster_id: None,
            at_ms: since_ms,
            title: cut(title),
            reason: cut(reason),
            cause: kind.to_string(),
            score: None,
            url: None,
            thumbnail: None,
            game: None,
            is_over: false,
        }
    }

    /// With a link to our own pages, where there is nothing else to look at; `pages` is what
    /// browsers call them, if that is known.
    #[must_use]
    pub fn linked(mut self, pages: Option<&Url>) -> Self {
        let path = match self.event {
            AlertEvent::Review | AlertEvent::Failed => vec!["review", &self.key],
            AlertEvent::Trouble => vec![""],
            AlertEvent::Clip | AlertEvent::Online => return self,
        };
        if let Some(mut url) = pages.cloned()
            && self.url.is_none()
            && url.path_segments_mut().is_ok_and(|mut segments| {
                segments.clear().extend(path);
                true
            })
        {
            self.url = Some(url.to_string());
        }
        self
    }

    fn of_moment(event: AlertEvent, key: &IntentKey, login: &str, moment: &Moment) -> Self {
        let by_hand = matches!(moment.cause, Cause::Manual(_) | Cause::Signal(_));
        Self {
            event,
            key: key.to_string(),
            channel: login.to_owned(),
            broadcaster_id: Some(key.broadcaster_id.clone()).filter(|id| !id.starts_with("login:")),
            at_ms: moment.trigger.0,
            title: String::new(),
            reason: cut(&why(moment)),
            cause: moment.cause.to_string(),
            score: (!by_hand).then_some(moment.score),
            url: None,
            thumbnail: None,
            game: None,
            is_over: false,
        }
    }
}

/// What chat did, in words.
fn why(moment: &Moment) -> String {
    if let Cause::Manual(login) = &moment.cause {
        return format!("asked for by {login}");
    }
    let reasons: Vec<&str> =
        moment.reasons.iter().take(REASONS).map(|reason| reason.text.as_str()).collect();
    match &moment.cause {
        Cause::Signal(name) => [vec![name.as_str()], reasons].concat().join(", "),
        _ => reasons.join(", "),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// An address that may be a link: Twitch tells it, and it goes to other people.
fn web(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (url.scheme() == "https" && url.host_str().is_some()).then(|| url.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use cliphound_engine::{EventTime, Reason};
    use cliphound_twitch::{ChannelLogin, helix::CreatedClip};

    use super::*;
    use crate::clips::sample::intent;

    pub fn clip() -> ClipNews {
        let reason = |text: &str| Reason {
            name: "chatters".into(),
            value: 31.0,
            usual: 6.0,
            text: text.into(),
        };
        let moment = Moment {
            trigger: EventTime(1_790_000_000_000),
            start: EventTime(1_789_999_980_000),
            end: EventTime(1_790_000_000_000),
            score: 0.87,
            threshold: 0.6,
            cause: Cause::Emote("Kappa".to_owned()),
            reasons: vec![reason("31 people in 15 s, usually 6"), reason("12 x Kappa")],
            learning: false,
            title: None,
        };
        let clip = CreatedClip { id: "Abc-1".to_owned(), edit_url: String::new() };
        let url = "https://clips.twitch.tv/Abc-1".to_owned();
        ClipNews {
            login: ChannelLogin::parse("ninja").unwrap(),
            key: IntentKey::new(Some("7"), "ninja", moment.trigger.0),
            broadcaster_id: Some("7".to_owned()),
            cause: moment.cause.clone(),
            moment,
            title: "wow @everyone <!channel> *bold* http://evil.example".to_owned(),
            thumbnail: Some("https://static.example/t.jpg".to_owned()),
            asked_in_chat: false,
            is_first: false,
            state: State::Confirmed { clip, url, called_ms: 0 },
        }
    }

    pub fn sample() -> News {
        News::of_clip(&clip()).unwrap()
    }

    #[test]
    fn only_what_people_want_to_know_is_news() {
        let check = |state: State, expected: Option<(AlertEvent, &str)>| {
            let news = News::of_clip(&ClipNews { state, ..clip() });
            let told = news.as_ref().map(|news| (news.event, news.reason.as_str()));
            assert_eq!(told, expected);
        };
        let no = || "no".to_owned();
        check(State::Refused { reason: no() }, Some((AlertEvent::Failed, "no")));
        check(State::Missed { reason: no() }, Some((AlertEvent::Failed, "no")));
        check(State::Rejected { reason: no() }, None);
        check(State::DryRun { reason: no() }, None);
        check(State::Vod { at_ms: 0 }, None);
        let why = "31 people in 15 s, usually 6, 12 x Kappa";
        check(State::InReview, Some((AlertEvent::Review, why)));
        check(clip().state, Some((AlertEvent::Clip, why)));
    }

    #[test]
    fn a_clip_is_told_with_its_facts() {
        let news = sample();
        assert_eq!(news.key, "7@1790000000000");
        assert_eq!((news.score, news.cause.as_str()), (Some(0.87), "emote:Kappa"));
        assert_eq!(news.url.as_deref(), Some("https://clips.twitch.tv/Abc-1"));
        let text = serde_json::to_string(&news).unwrap();
        assert_eq!(serde_json::from_str::<News>(&text).unwrap(), news);
    }

    #[test]
    fn a_clip_that_twitch_never_showed_is_no_link() {
        let created = CreatedClip { id: "Abc-1".to_owned(), edit_url: String::new() };
        let state = State::Unconfirmed { clip: created, called_ms: 0, reason: String::new() };
        let news = News::of_clip(&ClipNews { state, ..clip() }).unwrap();
        assert_eq!((news.event, news.url), (AlertEvent::Failed, None));
        let url = Some("https://clips.twitch.tv/Abc-1".to_owned());
        let intent = intent("7", 100_000, IntentState::Unconfirmed);
        let intent = Intent { clip_id: Some("Abc-1".to_owned()), clip_url: url.clone(), ..intent };
        let of = |state| {
            let own = Intent { state, ..intent.clone() };
            let news = News::of_intent(&own, &clip().moment).unwrap();
            (news.event, news.url)
        };
        assert_eq!(of(IntentState::Unconfirmed), (AlertEvent::Failed, None));
        assert_eq!(of(IntentState::Confirmed), (AlertEvent::Clip, url));
    }

    #[test]
    fn what_waits_for_somebody_leads_to_our_pages() {
        let check = |news: News, pages: Option<&str>, expected: Option<&str>| {
            let pages = pages.map(|pages| Url::parse(pages).unwrap());
            assert_eq!(news.linked(pages.as_ref()).url.as_deref(), expected);
        };
        let review = || News::of_clip(&ClipNews { state: State::InReview, ..clip() }).unwrap();
        let pages = Some("https://clips.example.org:8443");
        let there = "https://clips.example.org:8443/review/7@1790000000000";
        check(review(), pages, Some(there));
        check(review(), None, None);
        let odd = News { key: "login:a/../b?c@1".to_owned(), ..review() };
        let there = "https://clips.example.org:8443/review/login:a%2F..%2Fb%3Fc@1";
        check(odd, pages, Some(there));
        let trouble = Trouble { kind: Kind::LogInEnded, why: "log in".to_owned() };
        let trouble = News::of_trouble(&trouble, 5);
        check(trouble, pages, Some("https://clips.example.org:8443/"));
        check(sample(), pages, Some("https://clips.twitch.tv/Abc-1"));
        let failed = State::Missed { reason: "no".to_owned() };
        let failed = News::of_clip(&ClipNews { state: failed, ..clip() }).unwrap();
        let there = "https://clips.example.org:8443/review/7@1790000000000";
        check(failed, pages, Some(there));
    }

    #[test]
    fn trouble_names_no_file_of_this_machine() {
        let disk =
            Trouble { kind: Kind::Disk, why: "/home/walter/cliphound.db is full".to_owned() };
        let told = News::of_trouble(&disk, 1_790_000_000_000);
        assert_eq!(told.title, "The disk does not take what Cliphound writes");
        assert!(!format!("{told:?}").contains("walter"), "{told:?}");
        assert_eq!((told.key.as_str(), told.is_over), ("disk@1790000000000", false));
        let over = News::of_trouble_over(Kind::Disk, 1_790_000_000_000);
        assert_eq!((over.key.as_str(), over.is_over), ("disk@1790000000000/over", true));
        assert_eq!(over.reason, "it had begun on 2026-09-21 at 14:13 UTC");
        let text = serde_json::to_string(&sample()).unwrap().replace(",\"is_over\":false", "");
        assert_eq!(serde_json::from_str::<News>(&text).unwrap(), sample(), "of an older version");
    }

    #[test]
    fn only_an_encrypted_address_is_a_link() {
        for (text, is_link) in
            [("https://a.b/c", true), ("http://a.b", false), ("javascript:x", false), ("", false)]
        {
            assert_eq!(web(text).is_some(), is_link, "{text}");
        }
    }
}
