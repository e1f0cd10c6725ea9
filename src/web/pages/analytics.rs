//! Clips in figures: by day, channel, trigger, hour of the week.

use std::{cmp::Reverse, collections::BTreeMap};

use askama::Template;
use axum::{Router, extract::State, routing::get};
use cliphound_twitch::ChannelLogin;
use jiff::civil::Date;

use crate::{
    analytics::{Count, Step, Sums, WEEKDAYS},
    web::{
        App,
        access::Viewer,
        figures::{channels, figures, range},
        narrowed::STATES,
        page::{Frame, PageResult, Tab, page},
        range::{Asked, Range},
        sent::Address,
    },
};

/// Rows of a table: of more those with the most moments, and the exports have all.
const ROWS: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/analytics", get(analytics))
}

#[derive(Template)]
#[template(path = "analytics.html")]
struct AnalyticsPage {
    frame: Frame,
    range: Range,
    query: String,
    asked: Asked,
    channels: Vec<ChannelLogin>,
    sums: Sums,
    /// What a row of the time stands for …
    step: Step,
    /// … and those in which there was a moment, by their first day.
    rows: BTreeMap<Date, Count>,
    is_cut: bool,
    weekdays: [&'static str; 7],
}

async fn analytics(
    State(app): State<App>,
    viewer: Viewer,
    Address(asked, _): Address<Asked>,
) -> PageResult {
    let range = range(&app, &viewer, &asked).await?;
    let found = figures(&app, &viewer, &range).await?;
    let step = Step::of(range.days());
    page(&AnalyticsPage {
        channels: channels(&app.store, &viewer).await?,
        frame: Frame::new(viewer, Tab::Analytics, "Analytics"),
        query: asked.query(),
        asked,
        step,
        rows: step.rows(&found.sums.days, range.from),
        range,
        sums: found.sums,
        is_cut: found.is_cut,
        weekdays: WEEKDAYS,
    })
}

impl AnalyticsPage {
    /// The most moments of a row, for bars.
    fn most(&self) -> u32 {
        self.rows.values().map(|row| row.moments).max().unwrap_or(1).max(1)
    }

    /// A share in whole percent.
    fn percent(share: Option<f64>) -> String {
        share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
    }

    /// The strongest reasons, those of most moments first.
    fn reasons(&self) -> Vec<(&str, &Count)> {
        let mut all: Vec<_> =
            self.sums.reasons.iter().map(|(name, count)| (name.as_str(), count)).collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(count.moments));
        all
    }

    /// Tables of the same shape.
    fn tables(&self) -> Vec<Table<'_>> {
        let channels = self.sums.channels.iter().map(|(name, count)| (name.as_str(), count));
        let triggers = self.sums.triggers.iter().map(|(name, count)| (name.as_str(), count));
        let emotes = self.sums.emotes.iter().map(|(name, count)| (name.as_str(), count));
        vec![
            Table::of("By channel", "Channel", channels.collect()),
            Table { words: set_off_by, ..Table::of("By trigger", "Trigger", triggers.collect()) },
            Table::of("By strongest reason beyond the number of people", "Reason", self.reasons()),
            Table::of("Best emotes", "Emote", emotes.collect()),
        ]
    }
}

/// Counts by a name.
struct Table<'a> {
    caption: &'static str,
    /// Name of the first column.
    first: &'static str,
    rows: Vec<(&'a str, &'a Count)>,
    /// What a name is called here.
    words: fn(&str) -> &str,
    /// So many more there are, with fewer moments.
    left: usize,
}

impl<'a> Table<'a> {
    fn of(caption: &'static str, first: &'static str, mut rows: Vec<(&'a str, &'a Count)>) -> Self {
        let left = rows.len().saturating_sub(ROWS);
        if left > 0 {
            rows.sort_by_key(|(_, count)| Reverse(count.moments));
            rows.truncate(ROWS);
        }
        Self { caption, first, rows, words: |name| name, left }
    }

    fn named<'n>(&self, name: &'n str) -> &'n str {
        (self.words)(name)
    }
}

/// A kind of trigger in the words of the review, where they are chosen from.
fn set_off_by(kind: &str) -> &str {
    match kind {
        "hype" => "many people",
        "emote" => "an emote",
        "signal" => "a signal",
        "manual" => "somebody by hand",
        other => other,
    }
}
