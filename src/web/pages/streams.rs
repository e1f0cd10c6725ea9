//! Streams: the list, and a page for each with its curve, its moments and the mirror of what
//! viewers clipped.

mod curve;

use std::borrow::Borrow;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use cliphound_store::Outcome;
use cliphound_twitch::ChannelLogin;

use crate::{
    clips::links::clip_url,
    mirror::{Compared, Remedy},
    web::{
        App,
        access::{Role, Viewer},
        chart::{Chart, Line},
        figures::channels,
        page::{Frame, PageResult, Tab, page},
        problem::Problem,
        range::{Asked, Range},
        streams::{self, Fetching, Listed, TOP, Whole},
        words::At,
    },
};

/// Highlights that are listed, the most watched: more would neither be read nor stay below 100 KB.
const LISTED: usize = 50;

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
    /// Share of the top highlights that were caught, stream by stream.
    chart: Option<String>,
}

async fn list(State(app): State<App>, viewer: Viewer, Query(asked): Query<Asked>) -> PageResult {
    let range = asked.range(app.clock.now_ms())?;
    let streams = streams::list(&app, &viewer, &range).await?;
    page(&StreamsPage {
        channels: channels(&app.store, &viewer).await?,
        chart: caught_over_time(&streams, &range),
        frame: Frame::new(viewer, Tab::Streams, "Streams"),
        range,
        streams,
    })
}

impl StreamsPage {
    /// Of the top highlights of all these streams, how many were caught, and how many these are.
    fn caught(&self) -> (usize, usize) {
        self.streams
            .iter()
            .fold((0, 0), |(caught, all), one| (caught + one.caught.0, all + one.caught.1))
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
    /// Of each highlight, how many were watched more often.
    ranks: Vec<usize>,
    chart: String,
    /// May change what the channel's clips are like.
    may_apply: bool,
}

async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
) -> PageResult {
    let login =
        ChannelLogin::parse(&login).map_err(|error| Problem::not_found(error.to_string()))?;
    viewer.must_be(Role::Viewer, &login)?;
    let whole = streams::whole(&app, &viewer, &login, at_ms).await?;
    let whole = whole.ok_or_else(|| {
        Problem::not_found(format!(
            "no stream of {login} is known of that time: it may be older than what is kept"
        ))
    })?;
    page(&StreamPage {
        may_apply: viewer.is(Role::Editor, &login),
        frame: Frame::new(viewer, Tab::Streams, format!("Stream of {login}")),
        chart: curve::chart(&whole),
        ranks: ranks(&whole),
        login,
        whole,
    })
}

/// Of each highlight, how many were watched more often; of equals the earlier one is first.
fn ranks(whole: &Whole) -> Vec<usize> {
    let views: Vec<i64> = whole.mirror.highlights.iter().map(|(one, _)| one.views()).collect();
    let mut order: Vec<usize> = (0..views.len()).collect();
    order.sort_by_key(|nth| views.get(*nth).map(|views| -views));
    let mut ranks = vec![0; order.len()];
    for (rank, nth) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(nth) {
            *place = rank;
        }
    }
    ranks
}

impl StreamPage {
    /// Whether a highlight is among so many of the most watched.
    fn is_of_first(&self, nth: impl Borrow<usize>, most: impl Borrow<usize>) -> bool {
        self.ranks.get(*nth.borrow()).is_some_and(|rank| rank < most.borrow())
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

    /// What became of a moment, in a word.
    fn state(outcome: &Outcome) -> &'static str {
        outcome.intent.as_ref().map_or("recorded", |intent| intent.state.as_str())
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
