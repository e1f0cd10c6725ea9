//! Streams: the list, and a page for each with its curve, its moments and the mirror of what
//! viewers clipped.

mod curve;

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use cliphound_store::{Intent, Outcome};
use cliphound_twitch::ChannelLogin;

use crate::{
    clips::links::clip_url,
    mirror::{Compared, Highlight, Remedy, Stream},
    web::{
        App,
        access::{Role, Viewer},
        chart::{Chart, Line},
        figures::channels,
        page::{Frame, PageResult, Tab, page},
        problem::Problem,
        range::{Asked, Range},
        review::words,
        streams::{self, Fetching, Listed, TOP, Whole},
        words::At,
    },
};

/// Highlights, and moments of which no viewer made a clip, that are shown of a stream at most: a
/// day without end has thousands, and the export has all.
const SHOWN: usize = 50;
/// Of what was missed, so many of the most watched have their curves.
const CURVES: usize = 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/streams", get(list)).route("/streams/{login}/{at_ms}", get(one))
}

#[derive(Template)]
#[template(path = "streams.html")]
struct StreamsPage {
    frame: Frame,
    range: Range,
    channels: Vec<ChannelLogin>,
    streams: Vec<Listed>,
    /// There were more.
    is_cut: bool,
    /// Share of the top highlights that were caught, stream by stream.
    chart: Option<String>,
}

async fn list(State(app): State<App>, viewer: Viewer, Query(asked): Query<Asked>) -> PageResult {
    let range = asked.range(app.clock.now_ms(), &viewer.zone)?;
    let streams::List { streams, is_cut } = streams::list(&app, &viewer, &range).await?;
    page(&StreamsPage {
        channels: channels(&app.store, &viewer).await?,
        chart: caught_over_time(&streams, &range),
        frame: Frame::new(viewer, Tab::Streams, "Streams"),
        range,
        streams,
        is_cut,
    })
}

impl StreamsPage {
    /// Of the top highlights of all these streams, how many were caught, and how many these are.
    fn caught(&self) -> (usize, usize) {
        self.streams
            .iter()
            .fold((0, 0), |(caught, all), one| (caught + one.caught.0, all + one.caught.1))
    }

    /// The page of a stream. A day is one of the zone that was asked for.
    fn path(&self, stream: &Stream) -> String {
        let path = format!("/streams/{}/{}", stream.login, stream.start_ms);
        if stream.is_known || self.range.zone_asked.is_empty() {
            return path;
        }
        let zone: String =
            url::form_urlencoded::byte_serialize(self.range.zone_asked.as_bytes()).collect();
        format!("{path}?zone={zone}")
    }
}

fn caught_over_time(streams: &[Listed], range: &Range) -> Option<String> {
    let share = |one: &Listed| {
        let (caught, all) = one.caught;
        (all > 0).then(|| (one.stream.start_ms, Some(100.0 * caught as f32 / all as f32)))
    };
    let points: Vec<_> = streams.iter().rev().filter_map(share).collect();
    (points.len() > 1).then(|| {
        let chart = Chart {
            label: "Share of the viewers' top clips that were caught, stream by stream".to_owned(),
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

#[derive(Template)]
#[template(path = "stream.html")]
struct StreamPage {
    frame: Frame,
    login: ChannelLogin,
    whole: Whole,
    chart: String,
    /// May change what the channel's clips are like.
    may_apply: bool,
}

async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Query(Asked { zone, .. }): Query<Asked>,
) -> PageResult {
    let login =
        ChannelLogin::parse(&login).map_err(|error| Problem::not_found(error.to_string()))?;
    viewer.must_be(Role::Viewer, &login)?;
    let zone = viewer.zone.or_typed(&zone)?;
    let whole = streams::whole(&app, &viewer, &login, at_ms, &zone).await?;
    let whole = whole.ok_or_else(|| {
        Problem::not_found(format!(
            "no stream of {login} is known of that time: it may be older than what is kept"
        ))
    })?;
    page(&StreamPage {
        may_apply: viewer.is(Role::Editor, &login),
        frame: Frame::new(viewer, Tab::Streams, format!("Stream of {login}")),
        chart: curve::chart(&whole),
        login,
        whole,
    })
}

impl StreamPage {
    /// The most watched highlights, by time; whether the curve around each is shown.
    fn shown(&self) -> Vec<(&Highlight, &Compared, bool)> {
        let mut order: Vec<_> = self.whole.mirror.highlights.iter().enumerate().collect();
        order.sort_by_key(|(_, (highlight, _))| -highlight.views());
        order.truncate(SHOWN);
        let missed = order.iter().filter(|(_, (_, became))| matches!(became, Compared::Missed(_)));
        let curves: BTreeSet<usize> = missed.take(CURVES).map(|(nth, _)| *nth).collect();
        order.sort_by_key(|(nth, _)| *nth);
        let shown = order.into_iter();
        shown.map(|(nth, (highlight, became))| (highlight, became, curves.contains(&nth))).collect()
    }

    /// What only Cliphound found, by time; of very much what was most unusual.
    fn only_ours(&self) -> Vec<&Outcome> {
        let all = self.whole.mirror.only_ours.iter();
        let mut found: Vec<&Outcome> = all.filter_map(|nth| self.outcome(nth)).collect();
        found.sort_by(|a, b| b.moment.score.total_cmp(&a.moment.score));
        found.truncate(SHOWN);
        found.sort_by_key(|one| one.moment.key.trigger_ms);
        found
    }

    fn clips(&self) -> usize {
        self.whole.outcomes.iter().filter(|one| self.clip(one).is_some()).count()
    }

    /// The address of a moment's clip.
    fn clip(&self, outcome: &Outcome) -> Option<String> {
        outcome.intent.as_ref()?.clip_id.as_deref().map(clip_url)
    }

    fn url(clip_id: &str) -> String {
        clip_url(clip_id)
    }

    /// What became of a moment, in a few words.
    fn state(outcome: &Outcome) -> &'static str {
        let intent = outcome.intent.as_ref();
        let review = intent.map(|intent| intent.review).unwrap_or_default();
        let is_dry = intent.is_some_and(Intent::is_dry);
        words::clip(intent.map(|intent| intent.state), is_dry, review).0
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

    /// The curve around a highlight.
    fn around(&self, start_ms: &i64, end_ms: &i64) -> String {
        curve::around(&self.whole, *start_ms, *end_ms)
    }
}
