//! Reads streams from the database and holds them against the mirror. Pages and the API ask here.

pub mod points;

use cliphound_engine::Live;
use cliphound_store::{Outcome, Span, Store, StretchRow, ViewerClip, VodRow, WindowRow};
use cliphound_twitch::ChannelLogin;
use jiff::tz::TimeZone;

use super::{
    App,
    access::{Role, Viewer},
    figures::{self, All},
    problem::Problem,
    range::Range,
    review::player,
    settings::{Shown, login_of},
    zone::Zone,
};
use crate::{
    clips::viewers::plan::asked_until_ms,
    mirror::{self, By, Known, MADE_LATER_MS, Mirror, Ours, Record, Stream},
};

/// Viewers' clips of a stream that are read at most; of more the later ones are left out.
const VIEWERS_CLIPS: u32 = 20_000;
/// Windows of a stream that are read at most: two days of them.
const WINDOWS: u32 = 34_560;
/// Streams of a list at most; of more the newest.
pub const STREAMS: usize = 500;
/// What is known of a stream, piece by piece, is read from so long before the time that was asked
/// for, and up to so long after it: hardly one is longer.
const EARLIER_MS: i64 = 48 * 3_600_000;
/// Of viewers' highlights, so many of the most watched count as the top.
pub const TOP: usize = 10;

/// The threshold follows the hour before, and some minutes of it may be silent.
const BEFORE_MS: i64 = 90 * 60_000;
/// What a channel's last stream taught about its threshold is as good as forgotten after so long.
const LAST_STREAM_MS: i64 = 30 * 24 * 3_600_000;

/// What is shown before and after a part of a stream.
const AROUND_MS: i64 = 120_000;
/// Of a part so much more is read at both ends: a moment is near a highlight by its stretch, and
/// is found by its trigger. No moment is longer.
const BESIDE_MS: i64 = 300_000;

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

/// Streams of a time.
#[derive(Debug)]
pub struct List {
    /// The newest first, at most [`STREAMS`].
    pub streams: Vec<Listed>,
    /// There were more.
    pub is_cut: bool,
}

/// The same, with nothing counted yet.
#[derive(Debug)]
pub struct Found {
    /// The newest first, at most [`STREAMS`].
    pub streams: Vec<Stream>,
    /// There were more.
    pub is_cut: bool,
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
    /// There is more of it than is read: not all is counted.
    pub is_cut: bool,
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
    /// There is more of it than is read.
    pub is_cut: bool,
    /// Whether more highlights are to come.
    pub fetching: Fetching,
    /// Whose times are shown.
    pub zone: Zone,
}

/// The streams of a time that the viewer may see, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, viewer: &Viewer, range: &Range) -> Result<List, Problem> {
    let Found { streams, is_cut } = between(app, viewer, range).await?;
    Ok(List { streams: counted(app, streams).await?, is_cut })
}

/// The same without what is counted of each.
///
/// # Errors
/// When the database fails.
pub async fn between(app: &App, viewer: &Viewer, range: &Range) -> Result<Found, Problem> {
    let (from_ms, to_ms) = (range.from_ms, range.to_ms);
    let mut streams = seen(&app.store, viewer, (from_ms, to_ms), range.zone.days()).await?;
    streams.retain(|stream| {
        let is_wanted = range.channel.as_ref().is_none_or(|own| own.as_str() == stream.login);
        is_wanted && stream.start_ms < to_ms && stream.end_ms >= from_ms
    });
    let is_cut = streams.len() > STREAMS;
    streams.truncate(STREAMS);
    Ok(Found { streams, is_cut })
}

/// Counts what became of each of these: all of its moments and of its viewers' clips are read.
///
/// # Errors
/// When the database fails.
pub async fn counted(app: &App, streams: Vec<Stream>) -> Result<Vec<Listed>, Problem> {
    let (turn, store) = (app.turns.turn().await?, &app.store);
    let mut listed = Vec::with_capacity(streams.len());
    for stream in streams {
        let span = Span::new(Some(&stream.broadcaster_id), stream.start_ms, stream.end_ms);
        let own = figures::all(store, span, |one| ours(&one)).await?;
        let clips = clips_around(store, &stream).await?;
        let vods = vods_of(store, &stream).await?;
        let fetching = fetching(app, &stream);
        listed.push(turn.work(move || line(stream, &own, &clips, &vods, fetching)).await?);
    }
    Ok(listed)
}

fn line(
    stream: Stream,
    own: &All<Ours>,
    clips: &[ViewerClip],
    vods: &[VodRow],
    fetching: Fetching,
) -> Listed {
    let highlights = mirror::highlights(&stream, clips, vods);
    // Why some were missed is told where the stream is shown.
    let mirror = mirror::mirror(highlights, &Record { ours: &own.rows, ..Record::default() });
    Listed {
        moments: own.rows.len(),
        clips: own.rows.iter().filter(|own| own.is_clipped()).count(),
        highlights: mirror.highlights.len(),
        caught: mirror.caught_of_top(TOP),
        is_cut: own.is_cut || clips.len() >= VIEWERS_CLIPS as usize,
        fetching,
        stream,
    }
}

/// What viewers clipped while a stream was live, and shortly after.
async fn clips_around(store: &Store, stream: &Stream) -> Result<Vec<ViewerClip>, Problem> {
    let to_ms = stream.end_ms + MADE_LATER_MS;
    let span = Span::new(Some(&stream.broadcaster_id), stream.start_ms, to_ms);
    Ok(store.viewer_clips_in(&span, VIEWERS_CLIPS).await?)
}

/// The VODs that have something of a stream.
async fn vods_of(store: &Store, stream: &Stream) -> Result<Vec<VodRow>, Problem> {
    let Stream { broadcaster_id, start_ms, end_ms, .. } = stream;
    Ok(store.vods_of(broadcaster_id, *start_ms, *end_ms).await?)
}

/// The stream of a channel that was live at `at_ms`; `None`: there was none, or the viewer may
/// not see it. `zone` is where days begin, and whose times are shown; `part`, what of it is read.
///
/// # Errors
/// When the database fails.
async fn whole(
    app: &App,
    viewer: &Viewer,
    login: &ChannelLogin,
    at_ms: i64,
    zone: &Zone,
    part: (i64, i64),
) -> Result<Option<Whole>, Problem> {
    let (turn, store) = (app.turns.turn().await?, &app.store);
    let streams = seen(store, viewer, (at_ms, at_ms.saturating_add(1)), zone.days()).await?;
    let is_it = |stream: &Stream| {
        stream.login == login.as_str() && (stream.start_ms..stream.end_ms).contains(&at_ms)
    };
    let Some(stream) = streams.into_iter().find(is_it) else { return Ok(None) };
    let id = stream.broadcaster_id.as_str();
    let from_ms = part.0.saturating_sub(BESIDE_MS).max(stream.start_ms);
    let to_ms = part.1.saturating_add(BESIDE_MS).min(stream.end_ms);
    let span = Span::new(Some(id), from_ms, to_ms);
    let All { rows: outcomes, is_cut } = figures::all(store, span, |one| one).await?;
    let windows = store.windows(id, from_ms, to_ms, WINDOWS).await?;
    let stretches = store.gaps_between(id, from_ms, to_ms).await?;
    // All of them: which clips are one highlight depends on those before.
    let clips = clips_around(store, &stream).await?;
    let vods = vods_of(store, &stream).await?;
    let now_ms = app.clock.now_ms();
    let vod = vods.iter().find(|vod| player::is_kept(vod, now_ms)).cloned();
    let known = known(app, login).await;
    let before = before(store, &stream).await?;
    let is_full = |rows: usize, most: u32| rows >= most as usize;
    let is_cut = is_cut || is_full(windows.len(), WINDOWS) || is_full(clips.len(), VIEWERS_CLIPS);
    let fetching = fetching(app, &stream);
    let zone = zone.clone();
    let whole = move || {
        let own: Vec<Ours> = outcomes.iter().map(ours).collect();
        let mut highlights = mirror::highlights(&stream, &clips, &vods);
        highlights.retain(|one| one.start_ms <= part.1 && one.end_ms >= part.0);
        let record =
            Record { ours: &own, before: &before, windows: &windows, stretches: &stretches, known };
        let mirror = mirror::mirror(highlights, &record);
        Whole { stream, outcomes, mirror, windows, stretches, vod, is_cut, fetching, zone }
    };
    turn.work(whole).await.map(Some)
}

/// The windows from which a stream's first threshold came: the end of the channel's stream before
/// it, or of what was heard before, where nobody knows when it is live.
async fn before(store: &Store, stream: &Stream) -> Result<Vec<WindowRow>, Problem> {
    let (id, start_ms) = (stream.broadcaster_id.as_str(), stream.start_ms);
    let end_ms = if stream.is_known {
        let rows = store.streams_between(start_ms.saturating_sub(LAST_STREAM_MS), start_ms).await?;
        let is_of = |row: &&StretchRow| row.broadcaster_id == id && row.word == "online";
        let ends = rows.iter().filter(is_of).map(|row| row.end_ms);
        ends.filter(|end_ms| *end_ms < start_ms).max()
    } else {
        Some(start_ms)
    };
    let Some(end_ms) = end_ms else { return Ok(Vec::new()) };
    Ok(store.windows(id, end_ms.saturating_sub(BEFORE_MS), end_ms, WINDOWS).await?)
}

impl Whole {
    /// How many of its moments have a clip.
    #[must_use]
    pub fn clips(&self) -> usize {
        self.outcomes.iter().filter(|one| one.has_clip()).count()
    }
}

/// What is shown of a stream around a part of it.
#[must_use]
pub fn around(start_ms: i64, end_ms: i64) -> (i64, i64) {
    (start_ms.saturating_sub(AROUND_MS), end_ms.saturating_add(AROUND_MS))
}

/// The stream of an address.
///
/// # Errors
/// 404 for none, or one of a channel that the viewer may not see; 422 for what is no zone; or the
/// database fails.
pub async fn found(
    app: &App,
    viewer: &Viewer,
    login: &str,
    at_ms: i64,
    zone: &str,
) -> Result<Whole, Problem> {
    part(app, viewer, login, at_ms, zone, (i64::MIN, i64::MAX)).await
}

/// The same, of whose windows, moments and gaps no more is read than belongs to a part, and which has
/// its highlights only. What could have caught these is told by the whole stream alone.
///
/// # Errors
/// As [`found`].
pub async fn part(
    app: &App,
    viewer: &Viewer,
    login: &str,
    at_ms: i64,
    zone: &str,
    part: (i64, i64),
) -> Result<Whole, Problem> {
    let login = login_of(login)?;
    viewer.must_be(Role::Viewer, &login)?;
    let zone = viewer.zone.or_typed(zone)?;
    whole(app, viewer, &login, at_ms, &zone, part).await?.ok_or_else(|| {
        Problem::not_found(format!(
            "no stream of {login} is known of that time: it may be older than what is kept"
        ))
    })
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
    }
}

/// The streams that share some time with these instants, the newest first. What is known of them
/// begins earlier and ends later.
async fn seen(
    store: &Store,
    viewer: &Viewer,
    (from_ms, to_ms): (i64, i64),
    zone: &TimeZone,
) -> Result<Vec<Stream>, Problem> {
    let (earlier_ms, later_ms) =
        (from_ms.saturating_sub(EARLIER_MS), to_ms.saturating_add(EARLIER_MS));
    let rows = store.streams_between(earlier_ms, later_ms).await?;
    let mut streams = mirror::streams(&rows, zone);
    streams.retain(|one| one.end_ms >= from_ms && one.start_ms < to_ms);
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
