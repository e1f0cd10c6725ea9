//! Reads streams from the database and holds them against the mirror. Pages and the API ask here.

use cliphound_engine::Live;
use cliphound_store::{Outcome, Span, Store, StretchRow, ViewerClip, VodRow, WindowRow};
use cliphound_twitch::ChannelLogin;
use jiff::tz::TimeZone;

use super::{App, access::Viewer, figures, problem::Problem, range::Range, settings::Shown};
use crate::{
    clips::viewers::plan::asked_until_ms,
    mirror::{self, By, Known, MADE_LATER_MS, Mirror, Ours, Stream},
};

/// Viewers' clips of a stream that are read at most; of more the later ones are left out.
const VIEWERS_CLIPS: u32 = 20_000;
/// Windows of a stream that are read at most: two days of them.
const WINDOWS: u32 = 34_560;
/// Of viewers' highlights, so many of the most watched count as the top.
pub const TOP: usize = 10;

/// What is known of a stream that goes on is kept every minute: one that ends earlier has ended.
const KEPT_WITHIN_MS: i64 = 3 * 60_000;

/// Whether more of the viewers' clips are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    /// The stream is live: they are asked for every hour.
    Live,
    /// It has ended: they are asked for a last time at about this time, ms since 1970.
    Until(i64),
    /// All are there that will be.
    Over,
}

/// A stream in a list.
#[derive(Debug)]
pub struct Listed {
    /// The stream.
    pub stream: Stream,
    /// Moments found.
    pub moments: usize,
    /// Clips made.
    pub clips: usize,
    /// Highlights that viewers clipped.
    pub highlights: usize,
    /// Of the top ones, how many were caught, and how many these are.
    pub caught: (usize, usize),
    /// Whether there will be more of them.
    pub fetching: Fetching,
}

/// A stream with all that is known of it.
#[derive(Debug)]
pub struct Whole {
    /// The stream.
    pub stream: Stream,
    /// Its moments, by time.
    pub outcomes: Vec<Outcome>,
    /// The same beside the viewers' highlights.
    pub mirror: Mirror,
    /// Its windows, by time.
    pub windows: Vec<WindowRow>,
    /// When it was not heard or held.
    pub stretches: Vec<StretchRow>,
    /// Its VOD, where Twitch told of one.
    pub vod: Option<VodRow>,
    /// Whether more highlights are to come.
    pub fetching: Fetching,
}

/// The streams of a time that the viewer may see, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, viewer: &Viewer, range: &Range) -> Result<Vec<Listed>, Problem> {
    let store = &app.store;
    let streams = seen(store, viewer, range.from_ms, &range.zone).await?;
    let streams = streams.into_iter().filter(|stream| {
        let is_wanted = range.channel.as_ref().is_none_or(|own| own.as_str() == stream.login);
        is_wanted && stream.start_ms < range.to_ms && stream.end_ms >= range.from_ms
    });
    let streams: Vec<Stream> = streams.collect();
    let from_ms = streams.iter().map(|one| one.start_ms).min().unwrap_or(range.from_ms);
    let vods = store.vods_since(from_ms).await?;
    let mut listed = Vec::with_capacity(streams.len());
    for stream in streams {
        let id = Some(stream.broadcaster_id.as_str());
        let outcomes = figures::all(store, Span::new(id, stream.start_ms, stream.end_ms)).await?;
        let ours: Vec<Ours> = outcomes.iter().map(ours).collect();
        let clips = clips_around(store, &stream).await?;
        let highlights = mirror::highlights(&stream, &clips, &vods);
        // Why some were missed is told where the stream is shown.
        let mirror = mirror::mirror(highlights, &ours, &[], &[], Known::default());
        listed.push(Listed {
            moments: ours.len(),
            clips: ours.iter().filter(|own| own.is_clipped()).count(),
            highlights: mirror.highlights.len(),
            caught: mirror.caught_of_top(TOP),
            fetching: fetching(app, &stream),
            stream,
        });
    }
    Ok(listed)
}

/// What viewers clipped while a stream was live, and shortly after.
async fn clips_around(store: &Store, stream: &Stream) -> Result<Vec<ViewerClip>, Problem> {
    let to_ms = stream.end_ms + MADE_LATER_MS;
    let span = Span::new(Some(&stream.broadcaster_id), stream.start_ms, to_ms);
    Ok(store.viewer_clips_in(&span, VIEWERS_CLIPS).await?)
}

/// The stream of a channel that was live at `at_ms`; `None`: there was none, or the viewer may
/// not see it.
///
/// # Errors
/// When the database fails.
pub async fn whole(
    app: &App,
    viewer: &Viewer,
    login: &ChannelLogin,
    at_ms: i64,
) -> Result<Option<Whole>, Problem> {
    let store = &app.store;
    let zone = TimeZone::system();
    let streams = seen(store, viewer, at_ms, &zone).await?;
    let is_it = |stream: &Stream| {
        stream.login == login.as_str() && (stream.start_ms..stream.end_ms).contains(&at_ms)
    };
    let Some(stream) = streams.into_iter().find(is_it) else { return Ok(None) };
    let id = stream.broadcaster_id.as_str();
    let span = Span::new(Some(id), stream.start_ms, stream.end_ms);
    let outcomes = figures::all(store, span).await?;
    let windows = store.windows(id, stream.start_ms, stream.end_ms, WINDOWS).await?;
    let stretches = store.watched_since(stream.start_ms).await?.stretches;
    let stretches: Vec<StretchRow> = stretches
        .into_iter()
        .filter(|row| {
            row.broadcaster_id == id && row.start_ms < stream.end_ms && row.kind != "live"
        })
        .collect();
    let clips = clips_around(store, &stream).await?;
    let vods = store.vods_since(stream.start_ms).await?;
    let vod = vods.iter().find(|vod| vod.broadcaster_id == id && vod.started_ms < stream.end_ms);
    let vod = vod.cloned();
    let own: Vec<Ours> = outcomes.iter().map(ours).collect();
    let (start_ms, hours) = (stream.start_ms, stream.hours());
    let known = Known { start_ms, hours, ..known(app, login).await };
    let highlights = mirror::highlights(&stream, &clips, &vods);
    let mirror = mirror::mirror(highlights, &own, &windows, &stretches, known);
    let fetching = fetching(app, &stream);
    Ok(Some(Whole { stream, outcomes, mirror, windows, stretches, vod, fetching }))
}

/// Whether more of the viewers' clips of a stream are to come. Of a channel of which nobody knows
/// when it is live, none are asked for.
fn fetching(app: &App, stream: &Stream) -> Fetching {
    let now_ms = app.clock.now_ms();
    let is_live = || {
        let login = ChannelLogin::parse(&stream.login).ok()?;
        app.board.read(&login, |state| state.live == Live::Online)
    };
    let until_ms = asked_until_ms(stream.end_ms);
    if !stream.is_known || now_ms >= until_ms {
        Fetching::Over
    } else if now_ms - stream.end_ms < KEPT_WITHIN_MS && is_live() == Some(true) {
        Fetching::Live
    } else {
        Fetching::Until(until_ms)
    }
}

/// What holds in a channel now: the best that is known of what held in its streams.
async fn known(app: &App, login: &ChannelLogin) -> Known {
    let taught = app.desk.teaching(login).await.map(|teaching| teaching.aim);
    set(&app.settings.of(login), taught.unwrap_or(1.0))
}

fn set(settings: &[Shown], taught: f32) -> Known {
    let of = |key: &str| settings.iter().find(|shown| shown.key == key).map(|shown| &shown.value);
    let number = |key: &str| of(key).and_then(|value| value.parse::<f32>().ok());
    let usual = Known::default();
    Known {
        budget_per_hour: number("clips.budget_per_hour").unwrap_or(usual.budget_per_hour),
        sensitivity: number("clips.sensitivity").unwrap_or(usual.sensitivity),
        cooldown_s: of("clips.cooldown_s")
            .and_then(|value| value.parse().ok())
            .unwrap_or(usual.cooldown_s),
        taught,
        ..usual
    }
}

async fn seen(
    store: &Store,
    viewer: &Viewer,
    since_ms: i64,
    zone: &TimeZone,
) -> Result<Vec<Stream>, Problem> {
    let log = store.watched_since(since_ms).await?;
    let mut streams = mirror::streams(&log.stretches, zone);
    streams.retain(|one| ChannelLogin::parse(&one.login).is_ok_and(|login| viewer.sees(&login)));
    Ok(streams)
}

fn ours(outcome: &Outcome) -> Ours {
    let (moment, intent) = (&outcome.moment, outcome.intent.as_ref());
    Ours {
        trigger_ms: moment.key.trigger_ms,
        start_ms: moment.start_ms,
        end_ms: moment.end_ms,
        score: moment.score,
        state: intent.map(|intent| intent.state),
        called_ms: intent.and_then(|intent| intent.called_ms),
        clip_id: intent.and_then(|intent| intent.clip_id.clone()),
        by: By::cause(&moment.cause),
    }
}
