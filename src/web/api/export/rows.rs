//! The rows of exports, read page by page.

use cliphound_store::{Listed, Outcome, Page, Span, Store, ViewerClip, WindowRow};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    clips::{links::clip_url, order::covered_by},
    plain,
    web::{
        access::Viewer,
        figures::{is_wanted, sees, span},
        narrowed::Narrowed,
        problem::Problem,
        range::Range,
    },
};

/// Rows of windows and of viewers' clips read at a time.
const AT_ONCE: u32 = 2_000;

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Moments,
    Clips,
    Windows,
    ViewerClips,
}

impl What {
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::Moments, Self::Clips, Self::Windows, Self::ViewerClips];
        all.into_iter().find(|what| what.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Moments => "moments",
            Self::Clips => "clips",
            Self::Windows => "windows",
            Self::ViewerClips => "viewer_clips",
        }
    }

    /// Its rows have a verdict and a state.
    pub(super) fn is_judged(self) -> bool {
        matches!(self, Self::Moments | Self::Clips)
    }

    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Moments | Self::Clips => &[
                "trigger_time",
                "channel",
                "moment_start",
                "moment_end",
                "score",
                "threshold",
                "trigger",
                "state",
                "verdict",
                "title",
                "clip_url",
                "edit_url",
                "reason",
                "reasons",
                "cut_of",
            ],
            Self::Windows => &[
                "end",
                "channel",
                "messages",
                "chatters",
                "score",
                "threshold",
                "sentiment",
                "viewers",
            ],
            Self::ViewerClips => &[
                "created_at",
                "channel",
                "creator",
                "title",
                "clip_url",
                "vod_offset_s",
                "duration_s",
                "views",
            ],
        }
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing is known.
    None,
    Text(String),
    Number(f64),
    /// ms since 1970.
    Time(i64),
}

impl Cell {
    fn text(text: Option<&str>) -> Self {
        text.map_or(Self::None, |text| Self::Text(plain::plain(text)))
    }

    pub(super) fn csv(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => plain::quoted(text),
            Self::Number(number) => number.to_string(),
            Self::Time(ms) => time(*ms),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
            Self::Time(ms) => Value::from(time(*ms)),
        }
    }
}

fn time(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms);
    time.map(|time| format!("{time:.3}")).unwrap_or_default()
}

/// Where an export has come to.
pub(super) struct Cursor {
    store: Store,
    what: What,
    viewer: Viewer,
    range: Range,
    narrowed: Narrowed,
    /// Moments, and viewers' clips.
    span: Span,
    /// Windows: channels that are left (broadcaster's ids, the last first) …
    channels: Vec<String>,
    /// … and the end of the last window sent of the one that is read.
    after_ms: i64,
    is_over: bool,
    has_sent: bool,
}

impl Cursor {
    pub(super) fn new(
        store: Store,
        what: What,
        viewer: Viewer,
        range: Range,
        narrowed: Narrowed,
        mut channels: Vec<String>,
    ) -> Self {
        channels.reverse();
        let (span, after_ms) = (span(&range, &channels), range.from_ms);
        // What editors cut by hand is what they want to find again.
        let span = Span { with_recuts: true, ..span };
        Self {
            store,
            what,
            viewer,
            range,
            narrowed,
            span,
            channels,
            after_ms,
            is_over: false,
            has_sent: false,
        }
    }

    pub(super) fn what(&self) -> What {
        self.what
    }

    pub(super) fn has_sent(&self) -> bool {
        self.has_sent
    }

    pub(super) fn sent(&mut self, rows: usize) {
        self.has_sent |= rows > 0;
    }

    /// The next rows, perhaps none; `None`: there are no more.
    pub(super) async fn rows(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Problem> {
        if self.is_over {
            return Ok(None);
        }
        match self.what {
            What::Moments | What::Clips => self.moments().await,
            What::Windows => self.windows().await,
            What::ViewerClips => self.viewer_clips().await,
        }
    }

    async fn moments(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Problem> {
        let part = self.store.outcomes(&self.span, Page::MAX).await?;
        let Some(last) = part.last() else { return Ok(None) };
        self.span.after = Some(last.moment.key.clone());
        let clips_only = self.what == What::Clips;
        let is_meant = |one: &&Outcome| {
            is_wanted(one, &self.viewer, &self.range) && (one.has_clip() || !clips_only)
        };
        let mut rows = Vec::new();
        for one in part.iter().filter(is_meant) {
            let (state, reason) = self.state(one).await?;
            if self.narrowed.takes(one, state) {
                rows.push(moment(one, state, reason.as_deref()));
            }
        }
        Ok(Some(rows))
    }

    /// How far its clip has come, in one word, and why.
    async fn state(&self, one: &Outcome) -> Result<(&'static str, Option<String>), Problem> {
        if let Some(intent) = &one.intent {
            return Ok((intent.word(), intent.reason.clone()));
        }
        // Without a promise there are few; forgotten meanwhile, it is as good as missed.
        let listed = self.store.listed(&one.moment.key).await?;
        let word = listed.as_ref().map_or("missed", Listed::word);
        Ok((word, listed.and_then(|row| row.covered_by_ms).map(covered_by)))
    }

    async fn windows(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Problem> {
        let Some(channel) = self.channels.last() else { return Ok(None) };
        let part = self.store.windows(channel, self.after_ms, self.range.to_ms, AT_ONCE).await?;
        match part.last() {
            Some(last) if part.len() >= AT_ONCE as usize => self.after_ms = last.end_ms,
            _ => {
                self.channels.pop();
                self.after_ms = self.range.from_ms;
            }
        }
        Ok(Some(part.iter().map(window).collect()))
    }

    /// They are read in steps of time, as several can be made in one instant.
    async fn viewer_clips(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Problem> {
        const DAY_MS: i64 = 24 * 3_600_000;
        let to_ms = (self.span.from_ms + DAY_MS).min(self.range.to_ms);
        let day = Span { to_ms, ..self.span.clone() };
        let part = self.store.viewer_clips_in(&day, u32::MAX).await?;
        self.span.from_ms = to_ms;
        self.is_over = to_ms >= self.range.to_ms;
        let is_meant = |clip: &&ViewerClip| {
            let of = self.range.channel.as_ref();
            sees(&self.viewer, &clip.login) && of.is_none_or(|own| own.as_str() == clip.login)
        };
        Ok(Some(part.iter().filter(is_meant).map(viewer_clip).collect()))
    }
}

fn moment(outcome: &Outcome, state: &str, reason: Option<&str>) -> Vec<Cell> {
    let (moment, intent) = (&outcome.moment, outcome.intent.as_ref());
    let url = intent.and_then(|intent| intent.clip_id.as_deref()).map(clip_url);
    vec![
        Cell::Time(moment.key.trigger_ms),
        Cell::text(Some(&moment.login)),
        Cell::Time(moment.start_ms),
        Cell::Time(moment.end_ms),
        score(moment.score),
        score(moment.threshold),
        Cell::text(Some(&moment.cause)),
        Cell::text(Some(state)),
        Cell::text(outcome.verdict.map(cliphound_store::Verdict::as_str)),
        Cell::text(outcome.title()),
        Cell::text(url.as_deref()),
        Cell::text(intent.and_then(|intent| intent.edit_url.as_deref())),
        Cell::text(reason),
        Cell::text(Some(&reasons(&moment.reasons))),
        outcome.recut_of_ms.map_or(Cell::None, Cell::Time),
    ]
}

/// The reasons in words.
fn reasons(json: &str) -> String {
    let reasons: Vec<cliphound_engine::Reason> = serde_json::from_str(json).unwrap_or_default();
    reasons.into_iter().map(|reason| reason.text).collect::<Vec<_>>().join("; ")
}

fn window(row: &WindowRow) -> Vec<Cell> {
    vec![
        Cell::Time(row.end_ms),
        Cell::text(Some(&row.login)),
        Cell::Number(f64::from(row.messages)),
        Cell::Number(f64::from(row.chatters)),
        score(row.score),
        score(row.threshold),
        score(row.sentiment),
        row.viewers.map_or(Cell::None, |viewers| Cell::Number(f64::from(viewers))),
    ]
}

fn viewer_clip(clip: &ViewerClip) -> Vec<Cell> {
    vec![
        Cell::Time(clip.created_ms),
        Cell::text(Some(&clip.login)),
        Cell::text(Some(&clip.creator)),
        Cell::text(Some(&clip.title)),
        Cell::text(Some(&clip_url(&clip.clip_id))),
        clip.vod_offset.map_or(Cell::None, |offset| Cell::Number(offset as f64)),
        Cell::Number((f64::from(clip.duration_s) * 10.0).round() / 10.0),
        Cell::Number(clip.views as f64),
    ]
}

/// Three decimals, as in the records.
fn score(value: f32) -> Cell {
    Cell::Number((f64::from(value) * 1000.0).round() / 1000.0)
}
