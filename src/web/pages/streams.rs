//! Streams: the list, and a page for each with its curve, its moments and the mirror of what
//! viewers clipped.

mod curve;

use std::{cmp::Reverse, collections::BTreeMap};

use askama::Template;
use axum::{Router, extract::State, response::Html, routing::get};
use cliphound_store::Outcome;
use cliphound_twitch::ChannelLogin;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    clips::{links::clip_url, stands::Stands},
    mirror::{Compared, Highlight, Remedy, Stream},
    web::{
        App,
        access::{Role, Viewer},
        chart::{Chart, Line},
        figures::{self, channels},
        page::{ByScript, Frame, PageResult, Tab, page},
        paging::{Part, Wish},
        problem::Problem,
        range::{Asked, Range},
        sent::{Address, Path},
        settings::{Shown, login_of},
        streams::{self, Fetching, Found, Listed, TOP, Whole},
        words::At,
    },
};

/// Highlights, and moments of which no viewer made a clip, on a page: each has up to three clips
/// with long titles, and a form.
const SHOWN: usize = 15;
/// The longest part of a stream of which the curve is drawn, ms.
const PART_MS: i64 = 24 * 3_600_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/streams", get(list))
        .route("/streams/{login}/{at_ms}", get(one))
        .route("/streams/{login}/{at_ms}/curve", get(curve_of))
}

#[derive(Template)]
#[template(path = "streams.html")]
struct StreamsPage<'a> {
    frame: Frame,
    range: Range,
    channels: Vec<ChannelLogin>,
    /// Of all of the time that was asked for, at most [`streams::STREAMS`], those on this page …
    part: Part<'a, Stream>,
    /// … with what is counted of each.
    rows: &'a [Listed],
    /// Of the top highlights of all of them, how many were caught, and how many these are. It
    /// stands on the first page alone: for it all of them are read.
    caught: Option<(usize, usize)>,
    /// Where that is.
    first: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
    /// There were more.
    is_cut: bool,
    /// Share of the top highlights that were caught, stream by stream.
    chart: Option<String>,
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Address(asked, wish): Address<Asked, Wish>,
) -> PageResult {
    let range = figures::range(&app, &viewer, &asked).await?;
    let Found { streams, is_cut } = streams::between(&app, &viewer, &range).await?;
    let part = Part::of(&streams, &wish, |_| true);
    let is_first = part.before == 0;
    let wanted =
        if is_first { streams.clone() } else { part.rows.iter().copied().cloned().collect() };
    let counted = streams::counted(&app, wanted).await?;
    let at = |page: usize| {
        let mut query = url::form_urlencoded::Serializer::new(asked.query());
        format!("/streams?{}", query.append_pair("page", &page.to_string()).finish())
    };
    page(&StreamsPage {
        newer: part.newer().map(at),
        older: part.older().map(at),
        channels: channels(&app.store, &viewer).await?,
        chart: if is_first { caught_over_time(&counted, &range) } else { None },
        caught: is_first.then(|| caught(&counted)),
        first: at(1),
        frame: Frame::new(viewer, Tab::Streams, "Streams"),
        range,
        rows: counted.get(..part.rows.len()).unwrap_or(&counted),
        part,
        is_cut,
    })
}

/// Of the top highlights of all these streams, how many were caught, and how many these are.
fn caught(streams: &[Listed]) -> (usize, usize) {
    streams.iter().fold((0, 0), |(caught, all), one| (caught + one.caught.0, all + one.caught.1))
}

impl StreamsPage<'_> {
    /// The page of a stream. A day is one of the zone that was asked for.
    fn path(&self, stream: &Stream) -> String {
        let zone = if stream.is_known { "" } else { &self.range.zone_asked };
        format!("/streams/{}/{}{}", stream.login, stream.start_ms, in_zone(zone, '?'))
    }
}

fn caught_over_time(streams: &[Listed], range: &Range) -> Option<String> {
    let points = by_day(streams, range);
    (points.len() > 1).then(|| {
        let chart = Chart {
            label: "Share of the viewers' top clips that were caught, day by day".to_owned(),
            from_ms: range.from_ms,
            to_ms: range.to_ms,
            lines: vec![Line {
                name: "caught",
                unit: " %",
                top: Some(100.0),
                points,
                ..Line::default()
            }],
            is_low: true,
            zone: range.zone.clone(),
            ..Chart::default()
        };
        chart.html()
    })
}

/// In percent, of all streams that began on a day: those that go on beside each other are one figure.
fn by_day(streams: &[Listed], range: &Range) -> Vec<(i64, Option<f32>)> {
    let mut days: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    for one in streams.iter().filter(|one| one.caught.1 > 0) {
        let day = Timestamp::from_millisecond(one.stream.start_ms).unwrap_or_default();
        let day = day.to_zoned(range.zone.days().clone()).date();
        // One that began before the time that is shown belongs to its first day.
        let sums = days.entry(range.zone.start_of(day).max(range.from_ms)).or_default();
        *sums = (sums.0 + one.caught.0, sums.1 + one.caught.1);
    }
    let share = |(day_ms, (caught, all)): (i64, (usize, usize))| {
        (day_ms, Some(100.0 * caught as f32 / all as f32))
    };
    days.into_iter().map(share).collect()
}

#[derive(Template)]
#[template(path = "stream.html")]
struct StreamPage<'a> {
    frame: Frame,
    login: String,
    whole: &'a Whole,
    /// Highlights on this page: the most watched come first, and a page has its own by time.
    highlights: Part<'a, &'a (Highlight, Compared)>,
    /// What only Cliphound found: the most unusual first, in the same way.
    only_ours: Part<'a, &'a Outcome>,
    pages: Pages,
    chart: String,
    /// Where days begin, as the address said it.
    zone: String,
    /// May change what the channel's clips are like.
    may_apply: bool,
    /// What holds in the channel.
    settings: Vec<Shown>,
}

/// Which page of its highlights, and of what only Cliphound found; the first is 1.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Pages {
    highlights: usize,
    moments: usize,
}

async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Address(Asked { zone, .. }, pages): Address<Asked, Pages>,
) -> PageResult {
    let whole = streams::found(&app, &viewer, &login, at_ms, &zone).await?;
    let channel = login_of(&whole.stream.login)?;
    let login = channel.to_string();
    let mut watched: Vec<_> = whole.mirror.highlights.iter().collect();
    watched.sort_by_key(|(highlight, _)| Reverse(highlight.views()));
    let ours = whole.mirror.only_ours.iter();
    let mut ours: Vec<_> = ours.filter_map(|nth| whole.outcomes.get(*nth)).collect();
    ours.sort_by(|a, b| b.moment.score.total_cmp(&a.moment.score));
    page(&StreamPage {
        may_apply: viewer.is(Role::Editor, &channel),
        settings: app.settings.of(&channel),
        frame: Frame::new(viewer, Tab::Streams, format!("Stream of {login}")),
        chart: curve::chart(&whole),
        highlights: by_time(&watched, pages.highlights, |(highlight, _)| highlight.start_ms),
        only_ours: by_time(&ours, pages.moments, |one| one.moment.key.trigger_ms),
        pages,
        login,
        whole: &whole,
        zone,
    })
}

/// The rows of a page, which are the next ones of all, by time.
fn by_time<'a, T>(all: &'a [&'a T], page: usize, at_ms: fn(&T) -> i64) -> Part<'a, &'a T> {
    let mut part = Part::by(SHOWN, all, &Wish::new("", page), |_| true);
    part.rows.sort_by_key(|row| at_ms(row));
    part
}

/// Which part of a stream, ms since 1970.
#[derive(Deserialize)]
struct Piece {
    start_ms: i64,
    end_ms: i64,
    /// Where days begin, as for the stream's page.
    #[serde(default)]
    zone: String,
}

#[derive(Template)]
#[template(path = "stream_curve.html")]
struct CurvePage {
    frame: Frame,
    whole: Whole,
    /// Of the stream's page.
    back: String,
    start_ms: i64,
    chart: String,
}

/// The curve around a part of a stream: a page, and with the script its drawing alone.
async fn curve_of(
    State(app): State<App>,
    viewer: Viewer,
    by_script: ByScript,
    Path((login, at_ms)): Path<(String, i64)>,
    Address(piece, _): Address<Piece>,
) -> PageResult {
    let Piece { start_ms, end_ms, zone } = piece;
    let length_ms = end_ms.checked_sub(start_ms);
    if !length_ms.is_some_and(|length_ms| (0..=PART_MS).contains(&length_ms)) {
        return Err(Problem::bad("the part must end after its start, and be a day at most"));
    }
    let around = streams::around(start_ms, end_ms);
    let whole = streams::part(&app, &viewer, &login, at_ms, &zone, around).await?;
    let chart = curve::around(&whole, start_ms, end_ms);
    if by_script.0 {
        return Ok(Html(format!("<div id=\"{}\">{chart}</div>", curve_id(start_ms))));
    }
    let login = &whole.stream.login;
    page(&CurvePage {
        frame: Frame::new(viewer, Tab::Streams, format!("Stream of {login}")),
        back: format!("/streams/{login}/{at_ms}{}", in_zone(&zone, '?')),
        whole,
        start_ms,
        chart,
    })
}

/// The id of the element with the curve around a part.
fn curve_id(start_ms: i64) -> String {
    format!("curve-{start_ms}")
}

/// The zone that was asked for, as the end of an address.
fn in_zone(zone: &str, after: char) -> String {
    if zone.is_empty() {
        return String::new();
    }
    let zone: String = url::form_urlencoded::byte_serialize(zone.as_bytes()).collect();
    format!("{after}zone={zone}")
}

impl StreamPage<'_> {
    /// This stream with another page of one of its lists.
    fn at_page(&self, highlights: usize, moments: usize) -> String {
        let Whole { stream, .. } = self.whole;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs((!self.zone.is_empty()).then_some(("zone", &self.zone)));
        let pages = [("highlights", highlights), ("moments", moments)].into_iter();
        query.extend_pairs(
            pages.filter(|(_, page)| *page > 1).map(|(k, page)| (k, page.to_string())),
        );
        let path = format!("/streams/{}/{}", stream.login, stream.start_ms);
        match query.finish() {
            query if query.is_empty() => path,
            query => format!("{path}?{query}"),
        }
    }

    /// The pages before and after this one of the highlights …
    fn highlight_ways(&self) -> (Option<String>, Option<String>) {
        let at = |page| self.at_page(page, self.pages.moments) + "#highlights";
        (self.highlights.newer().map(at), self.highlights.older().map(at))
    }

    /// … and of what only Cliphound found.
    fn moment_ways(&self) -> (Option<String>, Option<String>) {
        let at = |page| self.at_page(self.pages.highlights, page) + "#moments";
        (self.only_ours.newer().map(at), self.only_ours.older().map(at))
    }

    /// Where the curve around a highlight is.
    fn curve_path(&self, highlight: &Highlight) -> String {
        let (stream, Highlight { start_ms, end_ms, .. }) = (&self.whole.stream, highlight);
        let zone = in_zone(&self.zone, '&');
        let path = format!("/streams/{}/{}/curve", stream.login, stream.start_ms);
        format!("{path}?start_ms={start_ms}&end_ms={end_ms}{zone}")
    }

    fn curve_id(start_ms: &i64) -> String {
        curve_id(*start_ms)
    }

    /// The address of a moment's clip, where there is one.
    fn clip(&self, outcome: &Outcome) -> Option<String> {
        let id = outcome.intent.as_ref()?.clip_id.as_deref();
        id.filter(|_| outcome.has_clip()).map(clip_url)
    }

    /// Where a moment of ours is judged.
    fn moment(outcome: &Outcome) -> String {
        format!("/review/{}", outcome.moment.key)
    }

    fn url(clip_id: &str) -> String {
        clip_url(clip_id)
    }

    /// What became of a moment, in a few words.
    fn state(outcome: &Outcome) -> &'static str {
        Stands::of_intent(outcome.intent.as_ref()).tag().0
    }

    /// The same in a sentence.
    fn stands(outcome: &Outcome) -> String {
        let intent = outcome.intent.as_ref();
        let reason = intent.and_then(|intent| intent.reason.as_deref());
        let from_vod = intent.is_some_and(|intent| intent.from_vod);
        Stands::of_intent(intent).sentence(reason, from_vod)
    }

    fn outcome(&self, nth: &usize) -> Option<&Outcome> {
        self.whole.outcomes.get(*nth)
    }

    /// So many seconds ahead of the first viewer, in words.
    fn ahead(ahead_ms: &Option<i64>) -> String {
        match ahead_ms {
            Some(ms) if *ms > 0 => format!("{} s before any viewer", ms / 1000),
            Some(ms) => format!("{} s after the first viewer", -ms / 1000),
            None => String::new(),
        }
    }

    /// What is set for the channel itself of what a remedy changes; nothing: nothing is.
    fn own(&self, remedy: &Remedy) -> &str {
        let shown = self.settings.iter().find(|shown| shown.key == remedy.key());
        shown.map_or("", Shown::own)
    }

    fn remedy(remedy: &Remedy) -> String {
        match remedy {
            Remedy::Budget(budget) => format!("Apply: budget {budget} clips an hour"),
            Remedy::Sensitivity(times) => format!("Apply: sensitivity {times}"),
            Remedy::Cooldown(seconds) => format!("Apply: cooldown {seconds} s"),
        }
    }

    /// A time as `datetime` wants it.
    fn at(ms: &i64) -> String {
        jiff::Timestamp::from_millisecond(*ms).map(|time| time.to_string()).unwrap_or_default()
    }

    /// Its hours and minutes, in UTC.
    fn minute(ms: &i64) -> String {
        At(*ms).minute()
    }

    fn length(&self) -> String {
        let minutes = (self.whole.stream.end_ms - self.whole.stream.start_ms) / 60_000;
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }

    fn reasons(outcome: &Outcome) -> String {
        let reasons: Vec<cliphound_engine::Reason> =
            serde_json::from_str(&outcome.moment.reasons).unwrap_or_default();
        reasons.into_iter().map(|reason| reason.text).collect::<Vec<_>>().join("; ")
    }
}

impl CurvePage {
    fn at(ms: &i64) -> String {
        StreamPage::at(ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::zone::Zone;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn streams_beside_each_other_are_one_figure_of_their_day() {
        let asked = Asked {
            from: "2026-11-01".to_owned(),
            to: "2026-11-05".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            ..Asked::default()
        };
        let range = asked.range(0, &Zone::default()).unwrap();
        let listed = |login: &str, at_h: i64, caught: (usize, usize)| Listed {
            stream: Stream {
                broadcaster_id: login.to_owned(),
                login: login.to_owned(),
                start_ms: range.from_ms + at_h * HOUR_MS,
                end_ms: range.from_ms + (at_h + 3) * HOUR_MS,
                is_known: true,
            },
            moments: 0,
            clips: 0,
            highlights: caught.1,
            caught,
            is_cut: false,
            fetching: Fetching::Over,
        };
        // The newest first, as they are listed.
        let streams = [
            listed("ann", 71, (1, 4)),
            listed("bob", 25, (0, 0)),
            listed("ann", 20, (3, 4)),
            listed("bob", 20, (0, 2)),
            listed("cy", -1, (2, 2)),
        ];
        let day = |nth: i64| range.from_ms + nth * 24 * HOUR_MS;
        let expected = [(day(0), Some(62.5)), (day(2), Some(25.0))];
        assert_eq!(by_day(&streams, &range), expected);
    }
}
