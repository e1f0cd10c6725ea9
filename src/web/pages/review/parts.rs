//! The parts of the page of moments that the script gets anew: a line of the list, the moment
//! that is shown, and how its clips stand.

use askama::Template;
use cliphound_store::{IntentKey, Listed, Verdict};
use cliphound_twitch::ChannelLogin;

use super::{time, written::Written};
use crate::{
    clips::stands::Stands,
    web::{
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
        zone::Zone,
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
    verdict: Option<(String, &'static str)>,
    is_current: bool,
}

impl Line {
    pub fn of(row: &Listed, query: String, is_current: bool, zone: &Zone) -> Self {
        let summary = Summary { title: view::title(row, zone), ..Summary::of(row) };
        let strongest = summary.reasons.first().map(|reason| reason.text.clone());
        Self {
            id: words::id(&row.moment.key),
            href: format!("/review/{}{query}", row.moment.key),
            utc: words::utc(row.moment.key.trigger_ms),
            reason: strongest.unwrap_or_else(|| words::cause(&row.moment.cause)),
            clip: Stands::of_listed(row).tag(),
            verdict: view::verdict_tag(row),
            summary,
            is_current,
        }
    }
}

/// What was said of the moment that is shown, and up to which change whoever looks knows it.
#[derive(Template)]
#[template(path = "review/said.html")]
pub struct SaidPart {
    id: String,
    verdict: Option<(String, &'static str)>,
    crossed: Option<String>,
    change: i64,
    may_edit: bool,
}

impl SaidPart {
    /// `wanted`: what somebody said who had not seen the opposite.
    pub fn of(viewer: &Viewer, row: &Listed, wanted: Option<Verdict>) -> Self {
        let wanted = wanted.filter(|wanted| row.verdict.is_some_and(|verdict| verdict != *wanted));
        Self {
            id: format!("said-{}", words::id(&row.moment.key)),
            verdict: view::verdict_tag(row),
            crossed: wanted.map(|wanted| words::crossed(row, wanted)),
            change: row.change,
            may_edit: may_edit(viewer, row),
        }
    }
}

/// What U takes back while a moment is shown, or while none is left.
#[derive(Template)]
#[template(path = "review/undo.html")]
pub struct UndoPart {
    frame: Frame,
    /// Of this moment alone: on a page that shows another one it takes nothing's place.
    id: String,
    change: i64,
    last: Option<Last>,
}

impl UndoPart {
    /// While this one is shown, the verdict on it, whose it ever is; else the viewer's `last` one.
    pub fn of(
        viewer: &Viewer,
        row: &Listed,
        verdicts: &[view::Said],
        last: Option<Last>,
        query: &str,
    ) -> Self {
        let standing = verdicts.iter().find(|said| said.undone.is_none());
        let own = standing.and_then(|said| {
            let by = row.by.clone().filter(|by| *by != viewer.name);
            Some(Last {
                by,
                ..Last::of(said.id, &row.moment.key, said.verdict.parse().ok()?, query)
            })
        });
        Self {
            frame: Frame::new(viewer.clone(), Tab::Review, ""),
            id: format!("undo-{}", words::id(&row.moment.key)),
            change: row.change,
            last: own.or(last),
        }
    }

    fn of_nothing(viewer: &Viewer, last: Option<Last>) -> Self {
        let (frame, id) = (Frame::new(viewer.clone(), Tab::Review, ""), "undo".to_owned());
        Self { frame, id, change: 0, last }
    }
}

/// A verdict that can be taken back.
#[derive(Clone)]
pub struct Last {
    href: String,
    /// The verdict's number: what somebody else says meanwhile is not taken back.
    id: i64,
    verdict: Verdict,
    /// Whose it is, if not the viewer's.
    by: Option<String>,
    /// On which moment, if not on the one that is shown.
    moment: Option<String>,
}

impl Last {
    /// The viewer's own, on the moment that is shown.
    pub fn of(id: i64, key: &IntentKey, verdict: Verdict, query: &str) -> Self {
        let href = format!("/review/{key}/undo{query}");
        Self { href, id, verdict, by: None, moment: None }
    }

    /// On another one, by what that is called: [`named`].
    pub fn on(self, moment: String) -> Self {
        Self { moment: Some(moment), ..self }
    }
}

/// What a moment is called among others, as HTML: its channel and its time; of one that is not
/// from today also the day.
pub fn named(app: &App, viewer: &Viewer, row: &Listed) -> String {
    let (login, at_ms) = (&row.moment.login, row.moment.key.trigger_ms);
    let (zone, rfc3339) = (&viewer.zone, words::rfc3339(at_ms));
    let (day, minute) = (zone.day(at_ms), zone.minute(at_ms));
    // Names of channels are letters, digits and `_`.
    if day == zone.day(app.clock.now_ms()) {
        return format!("{login}, <time datetime=\"{rfc3339}\" data-as=\"time\">{minute}</time>");
    }
    format!("{login}, <time datetime=\"{rfc3339}\" data-as=\"both\">{day} {minute}</time>")
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
            whole: Whole { stands: view::stands(seen, &viewer.zone), ..seen.whole.clone() },
            clip: Stands::of_listed(&seen.row).tag(),
            video: seen.video.words(),
            is_here: matches!(seen.video, Video::Here(_)),
            is_coming: matches!(seen.video, Video::Coming(_)),
            is_moving: seen.is_moving,
            may_edit: may_edit(viewer, &seen.row),
            why_no_download: app.desk.why_no_download(),
        }
    }
}

pub fn may_edit(viewer: &Viewer, row: &Listed) -> bool {
    ChannelLogin::parse(&row.moment.login).is_ok_and(|login| viewer.is(Role::Editor, &login))
}

/// What plays a moment.
enum Player {
    /// Twitch does. Its player comes once the page is painted; without the script, its page is one
    /// link away.
    Twitch {
        /// Its player.
        src: String,
        /// Its page.
        href: String,
        /// What it plays.
        what: &'static str,
    },
    /// The video that is here.
    Video(String),
    /// Nothing does, and why.
    Nothing(&'static str),
}

/// The moment that is shown.
#[derive(Template)]
#[template(path = "review/detail.html")]
pub struct Detail {
    frame: Frame,
    query: String,
    shown: Option<Shown>,
    undo: String,
}

/// What is known of it.
struct Shown {
    at: String,
    whole: Whole,
    cause: String,
    trigger: (String, String),
    player: Player,
    said: String,
    asks: bool,
    is_undecided: bool,
    curve: String,
    state: String,
    written: Written,
    may_edit: bool,
    has_clip: bool,
    cut: (f64, f64),
    reach: (i64, i64),
    why_no_recut: Option<String>,
}

impl Detail {
    /// Nothing is left to be shown.
    pub fn empty(viewer: &Viewer, query: String, last: Option<Last>) -> Result<Self, Problem> {
        let undo = UndoPart::of_nothing(viewer, last).render()?;
        Ok(Self { frame: Frame::new(viewer.clone(), Tab::Review, ""), query, shown: None, undo })
    }

    pub async fn of(
        app: &App,
        viewer: &Viewer,
        seen: Seen,
        query: String,
        last: Option<Last>,
        host: &str,
        wanted: Option<Verdict>,
    ) -> Result<Self, Problem> {
        let moment = &seen.row.moment;
        let stands = Stands::of_listed(&seen.row);
        let undo = UndoPart::of(viewer, &seen.row, &seen.whole.verdicts, last, &query).render()?;
        let shown = Shown {
            at: format!("/review/{}", moment.key),
            cause: words::cause(&moment.cause),
            trigger: time(moment.key.trigger_ms),
            player: player_of(&seen, host),
            said: SaidPart::of(viewer, &seen.row, wanted).render()?,
            asks: matches!(stands, Stands::InReview | Stands::Accepted | Stands::Declined),
            is_undecided: stands == Stands::InReview,
            curve: curve::around(&app.store, moment, &seen.recuts, &viewer.zone).await?,
            state: StatePart::of(app, viewer, &seen, &query).render()?,
            written: Written::of(app, viewer, &seen.row, &seen.lines, &query),
            may_edit: may_edit(viewer, &seen.row),
            has_clip: seen.whole.clip_id.is_some(),
            cut: cut_of(&seen.row),
            reach: (-curve::BEFORE_S, curve::AFTER_S),
            why_no_recut: act::why_no_recut(app, &seen.row),
            whole: seen.whole,
        };
        let frame = Frame::new(viewer.clone(), Tab::Review, "");
        Ok(Self { frame, query, shown: Some(shown), undo })
    }
}

/// The video that is here needs nobody; else the clip, and before there is one, the VOD.
fn player_of(seen: &Seen, host: &str) -> Player {
    if matches!(seen.video, Video::Here(_)) {
        return Player::Video(format!("/api/v1/moments/{}/video", seen.whole.summary.key));
    }
    let (whole, at_ms) = (&seen.whole, seen.row.moment.start_ms);
    if let (Some(id), Some(href)) = (&whole.clip_id, &whole.clip_url) {
        let (src, href) = (player::clip(id, host), href.clone());
        return Player::Twitch { src, href, what: "clip" };
    }
    match &seen.vod {
        Some(vod) => Player::Twitch {
            src: player::vod(vod, at_ms, host),
            href: player::vod_page(vod, at_ms),
            what: "VOD at this moment",
        },
        None => Player::Nothing(Stands::of_listed(&seen.row).nothing_to_play()),
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
