//! The parts of the page of moments that the script gets anew: a line of the list, the moment
//! that is shown, and how its clips stand.

use askama::Template;
use cliphound_store::{ChatLine, IntentKey, Listed, Verdict};
use cliphound_twitch::ChannelLogin;

use super::time;
use crate::web::{
    App,
    access::{Role, Viewer},
    page::{Frame, Tab},
    problem::Problem,
    review::{
        act, curve, player,
        video::Video,
        view::{self, Seen, Summary, Whole},
        words,
    },
};

/// A line of the list.
#[derive(Template)]
#[template(path = "review/line.html")]
pub struct Line {
    id: String,
    href: String,
    summary: Summary,
    utc: String,
    reason: String,
    clip: (&'static str, &'static str),
    verdict: Option<(&'static str, &'static str)>,
    is_current: bool,
}

impl Line {
    pub fn of(row: &Listed, query: String, is_current: bool) -> Self {
        let summary = Summary::of(row);
        let strongest = summary.reasons.first().map(|reason| reason.text.clone());
        Self {
            id: words::id(&row.moment.key),
            href: format!("/review/{}{query}", row.moment.key),
            utc: words::utc(row.moment.key.trigger_ms),
            reason: strongest.unwrap_or_else(|| words::cause(&row.moment.cause)),
            clip: words::clip(row.state, row.is_dry, row.review),
            verdict: view::verdict_tag(row.verdict),
            summary,
            is_current,
        }
    }
}

/// What U takes back.
pub struct Last {
    href: String,
    verdict: Verdict,
}

/// How the clips and the video of a moment stand.
#[derive(Template)]
#[template(path = "review/state.html")]
pub struct StatePart {
    frame: Frame,
    at: String,
    query: String,
    whole: Whole,
    clip: (&'static str, &'static str),
    video: String,
    is_here: bool,
    is_coming: bool,
    is_moving: bool,
    may_edit: bool,
    why_no_download: Option<String>,
}

impl StatePart {
    pub fn of(app: &App, viewer: &Viewer, seen: &Seen, query: &str) -> Self {
        Self {
            frame: Frame::new(viewer.clone(), Tab::Review, ""),
            at: format!("/review/{}", seen.whole.summary.key),
            query: query.to_owned(),
            whole: seen.whole.clone(),
            clip: words::clip(seen.row.state, seen.row.is_dry, seen.row.review),
            video: seen.video.words(),
            is_here: matches!(seen.video, Video::Here(_)),
            is_coming: matches!(seen.video, Video::Coming(_)),
            is_moving: seen.is_moving,
            may_edit: may_edit(viewer, &seen.row),
            why_no_download: app.desk.why_no_download(),
        }
    }
}

fn may_edit(viewer: &Viewer, row: &Listed) -> bool {
    ChannelLogin::parse(&row.moment.login).is_ok_and(|login| viewer.is(Role::Editor, &login))
}

/// What plays a moment.
enum Player {
    /// The clip, at Twitch.
    Clip(String),
    /// The VOD, at Twitch.
    Vod(String),
    /// The video that is here.
    Video(String),
    /// Nothing does.
    Nothing,
}

/// The moment that is shown.
#[derive(Template)]
#[template(path = "review/detail.html")]
pub struct Detail {
    frame: Frame,
    query: String,
    shown: Option<Shown>,
    last: Option<Last>,
}

/// A line of chat.
struct Said {
    time: (String, String),
    login: String,
    text: String,
    is_after: bool,
}

impl Said {
    fn of(line: &ChatLine, trigger_ms: i64) -> Self {
        Self {
            time: time(line.sent_ms),
            login: line.login.clone(),
            text: line.text.clone(),
            is_after: line.sent_ms > trigger_ms,
        }
    }
}

/// What is known of it.
struct Shown {
    at: String,
    whole: Whole,
    cause: String,
    trigger: (String, String),
    player: Player,
    verdict: Option<(&'static str, &'static str)>,
    asks: bool,
    curve: String,
    state: String,
    lines: Vec<Said>,
    may_edit: bool,
    has_clip: bool,
    cut: (f64, f64),
    reach: (i64, i64),
    why_no_recut: Option<String>,
}

impl Detail {
    /// Nothing is left to be shown.
    pub fn empty(viewer: &Viewer, query: String, last: Option<(IntentKey, Verdict)>) -> Self {
        let last = last.map(|last| last_of(last, &query));
        Self { frame: Frame::new(viewer.clone(), Tab::Review, ""), query, shown: None, last }
    }

    pub async fn of(
        app: &App,
        viewer: &Viewer,
        seen: Seen,
        query: String,
        last: Option<(IntentKey, Verdict)>,
        host: &str,
    ) -> Result<Self, Problem> {
        let moment = &seen.row.moment;
        let own = seen.row.verdict.map(|verdict| (moment.key.clone(), verdict));
        let shown = Shown {
            at: format!("/review/{}", moment.key),
            cause: words::cause(&moment.cause),
            trigger: time(moment.key.trigger_ms),
            player: player_of(&seen, host),
            verdict: view::verdict_tag(seen.row.verdict),
            asks: seen.row.review != cliphound_store::Review::None
                && seen.row.state == Some(cliphound_store::IntentState::Waiting),
            curve: curve::around(&app.store, moment, &seen.recuts, &viewer.zone).await?,
            state: StatePart::of(app, viewer, &seen, &query).render()?,
            lines: seen.lines.iter().map(|line| Said::of(line, moment.key.trigger_ms)).collect(),
            may_edit: may_edit(viewer, &seen.row),
            has_clip: seen.whole.clip_id.is_some(),
            cut: cut_of(&seen.row),
            reach: (-curve::BEFORE_S, curve::AFTER_S),
            why_no_recut: act::why_no_recut(app, &seen.row),
            whole: seen.whole,
        };
        let frame = Frame::new(viewer.clone(), Tab::Review, "");
        let last = own.or(last).map(|last| last_of(last, &query));
        Ok(Self { frame, query, shown: Some(shown), last })
    }
}

fn last_of((key, verdict): (IntentKey, Verdict), query: &str) -> Last {
    Last { href: format!("/review/{key}/undo{query}"), verdict }
}

/// The video that is here needs nobody; else the clip, and before there is one, the VOD.
fn player_of(seen: &Seen, host: &str) -> Player {
    if matches!(seen.video, Video::Here(_)) {
        return Player::Video(format!("/api/v1/moments/{}/video", seen.whole.summary.key));
    }
    if let Some(id) = &seen.whole.clip_id {
        return Player::Clip(player::clip(id, host));
    }
    match &seen.vod {
        Some(vod) => Player::Vod(player::vod(vod, seen.row.moment.start_ms, host)),
        None => Player::Nothing,
    }
}

/// What is cut if nothing is moved: the moment with some seconds around it, as long as Twitch
/// allows. In seconds from the trigger.
fn cut_of(row: &Listed) -> (f64, f64) {
    let seconds = |at_ms: i64| (at_ms - row.moment.key.trigger_ms) as f64 / 1000.0;
    let end = (seconds(row.moment.end_ms) + 5.0).clamp(-60.0, curve::AFTER_S as f64).round();
    let start = (seconds(row.moment.start_ms) - 5.0).round();
    (start.clamp(end - act::LENGTH_S.1, end - act::LENGTH_S.0), end)
}
