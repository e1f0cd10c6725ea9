//! Clips in figures: by day, channel, trigger, hour of the week.

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use cliphound_twitch::ChannelLogin;

use crate::{
    analytics::{Count, Sums, WEEKDAYS},
    web::{
        App,
        access::Viewer,
        figures::{channels, figures},
        page::{Frame, PageResult, Tab, page},
        range::{Asked, Range},
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/analytics", get(analytics))
}

#[derive(Template)]
#[template(path = "analytics.html")]
struct AnalyticsPage {
    frame: Frame,
    range: Range,
    query: String,
    channels: Vec<ChannelLogin>,
    sums: Sums,
    is_cut: bool,
    weekdays: [&'static str; 7],
}

async fn analytics(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> PageResult {
    let range = asked.range(app.clock.now_ms(), &viewer.zone)?;
    let found = figures(&app, &viewer, &range).await?;
    page(&AnalyticsPage {
        channels: channels(&app.store, &viewer).await?,
        frame: Frame::new(viewer, Tab::Analytics, "Analytics"),
        query: asked.query(),
        range,
        sums: found.sums,
        is_cut: found.is_cut,
        weekdays: WEEKDAYS,
    })
}

impl AnalyticsPage {
    /// The most moments on a day, for bars.
    fn most(&self) -> u32 {
        self.sums.days.values().map(|day| day.moments).max().unwrap_or(1).max(1)
    }

    /// A share in whole percent.
    fn percent(share: Option<f64>) -> String {
        share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
    }

    /// Tables of the same shape.
    fn tables(&self) -> Vec<Table<'_>> {
        let channels = self.sums.channels.iter().map(|(name, count)| (name.as_str(), count));
        let triggers = self.sums.triggers.iter().map(|(name, count)| (name.as_str(), count));
        let emotes = self.sums.emotes.iter().map(|(name, count)| (name.as_str(), count));
        vec![
            Table { caption: "By channel", first: "Channel", rows: channels.collect() },
            Table { caption: "By trigger", first: "Trigger", rows: triggers.collect() },
            Table { caption: "Best emotes", first: "Emote", rows: emotes.collect() },
        ]
    }
}

/// Counts by a name.
struct Table<'a> {
    caption: &'static str,
    /// Name of the first column.
    first: &'static str,
    rows: Vec<(&'a str, &'a Count)>,
}
