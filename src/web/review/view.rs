//! A moment as it is shown: in a list, and whole.

use cliphound_engine::Reason;
use cliphound_store::{Intent, Listed, MomentRow, Recut, Verdict, VerdictRow, VodRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{player, video, words};
use crate::{
    clips::{
        links::clip_url,
        order::{covered_at, covered_by},
        stands::Stands,
    },
    config::title::neutral_title,
    web::{App, problem::Problem, zone::Zone},
};

/// A moment of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Summary {
    /// Names it in the API: `BROADCASTER_ID@TRIGGER_MS`.
    pub key: String,
    /// The channel's login.
    pub channel: String,
    /// The instant of the decision, RFC 3339 UTC.
    pub trigger: String,
    /// Start of the moment.
    pub start: String,
    /// End of the moment.
    pub end: String,
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// `hype`, `emote:NAME`, `manual:LOGIN` or `signal:NAME`.
    pub cause: String,
    /// What it or its clip is called.
    pub title: String,
    /// `kept` or `rejected`; nothing while it is undecided.
    pub verdict: Option<String>,
    /// Who said that.
    pub by: Option<String>,
    /// Grows whenever somebody says something else of it; 0 before the first. See `seen` of a new
    /// verdict.
    pub change: i64,
    /// How far its clip has come: a state as in moments.tsv, or that of a clip that is open.
    pub state: String,
    /// `none`, `asked`, `accepted` or `rejected`: whether somebody has to say yes.
    pub review: String,
    /// The forest had not seen enough of the channel yet: the rules alone decided.
    pub learning: bool,
    /// Why, the strongest first.
    #[schema(value_type = Vec<Object>)]
    pub reasons: Vec<Reason>,
}

impl Summary {
    /// Of a row.
    #[must_use]
    pub fn of(row: &Listed) -> Self {
        let moment = &row.moment;
        let title = row.title.clone().filter(|title| !title.trim().is_empty());
        Self {
            key: moment.key.to_string(),
            channel: moment.login.clone(),
            trigger: words::rfc3339(moment.key.trigger_ms),
            start: words::rfc3339(moment.start_ms),
            end: words::rfc3339(moment.end_ms),
            score: moment.score,
            threshold: moment.threshold,
            cause: moment.cause.clone(),
            title: title.unwrap_or_else(|| neutral_title(&moment.login, moment.key.trigger_ms)),
            verdict: row.verdict.map(|verdict| verdict.as_str().to_owned()),
            by: row.by.clone().filter(|_| row.verdict.is_some()),
            change: row.change,
            state: row.word().to_owned(),
            review: row.review.as_str().to_owned(),
            learning: moment.learning,
            reasons: serde_json::from_str(&moment.reasons).unwrap_or_default(),
        }
    }
}

/// A moment with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Whole {
    /// What lists show, too.
    #[serde(flatten)]
    pub summary: Summary,
    /// How its clip stands and why, in a sentence.
    pub stands: String,
    /// The reason that its promise keeps, perhaps of a step before: `stands` says what it means.
    pub why: Option<String>,
    /// Twitch's id of the clip; nothing for one that Twitch never showed.
    pub clip_id: Option<String>,
    /// The clip's address.
    pub clip_url: Option<String>,
    /// The clip's editor, for a day.
    pub edit_url: Option<String>,
    /// The VOD at the start of the moment.
    pub vod_url: Option<String>,
    /// The clip's video: `none`, `coming`, `here` or `failed`.
    pub video: String,
    /// Bytes of the video that are here.
    pub video_bytes: u64,
    /// What was said of it, the newest first, also what was taken back.
    pub verdicts: Vec<Said>,
    /// Clips that were cut anew of it, the newest first.
    pub recuts: Vec<CutAnew>,
}

/// A verdict of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Said {
    /// Its number: later ones have higher ones.
    pub id: i64,
    /// `kept` or `rejected`.
    pub verdict: String,
    /// Who said it.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// When it was taken back, if it was.
    pub undone: Option<String>,
    /// Who took it back.
    pub undone_by: Option<String>,
}

impl From<VerdictRow> for Said {
    fn from(row: VerdictRow) -> Self {
        Self {
            id: row.id,
            verdict: row.verdict.as_str().to_owned(),
            by: row.by,
            at: words::rfc3339(row.at_ms),
            undone: row.undone_ms.map(words::rfc3339),
            undone_by: row.undone_by,
        }
    }
}

/// A clip that was cut anew.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CutAnew {
    /// Its own key.
    pub key: String,
    /// Its start, in seconds from the trigger of its moment.
    pub start_s: f64,
    /// Its end.
    pub end_s: f64,
    /// Who asked for it.
    pub by: String,
    /// How far it has come.
    pub state: Option<String>,
    /// The same for people.
    pub words: String,
    /// The same in a sentence.
    pub stands: String,
    /// What was changed beside the moment, in words.
    pub stretch: String,
    /// The reason that its promise keeps.
    pub why: Option<String>,
    /// Its address, once there is one.
    pub clip_url: Option<String>,
    /// Something more may become of it by itself.
    pub is_open: bool,
}

/// A moment whole, and what a page needs besides.
#[derive(Debug)]
pub struct Seen {
    /// The moment.
    pub whole: Whole,
    /// The row that it was made of.
    pub row: Listed,
    /// How far its video has come.
    pub video: video::Video,
    /// The rows of its clips cut anew.
    pub recuts: Vec<Recut>,
    /// The lines of chat around it that are kept.
    pub lines: Vec<cliphound_store::ChatLine>,
    /// Its VOD, where one is known that has it.
    pub vod: Option<VodRow>,
    /// Something more may become of its clips or video by itself.
    pub is_moving: bool,
}

/// Looks at a moment.
///
/// # Errors
/// When the database fails.
pub async fn whole(app: &App, row: Listed) -> Result<Seen, Problem> {
    let key = row.moment.key.clone();
    let intent = app.store.intent(&key).await?;
    let has_clip = Stands::of_intent(intent.as_ref()).has_clip();
    // One that Twitch never showed is known by its id, and leads nowhere.
    let clip = app.store.clip_of(&key).await?.filter(|_| has_clip);
    let recuts = app.store.recuts_of(&key).await?;
    let lines = app.store.chat_around(&key).await?;
    let vod = app.store.vod_at(&key.broadcaster_id, row.moment.start_ms).await?;
    let now_ms = app.clock.now_ms();
    let shows = |vod: &VodRow| {
        player::reaches(vod, row.moment.end_ms, now_ms) && player::is_kept(vod, now_ms)
    };
    let vod = vod.filter(shows);
    let video = match &clip {
        Some(clip) => video::look(app.desk.as_ref(), &row.moment, clip).await,
        None => video::Video::None,
    };
    let mut cuts = Vec::new();
    for recut in &recuts {
        cuts.push(cut_anew(&row.moment, recut, app.store.intent(&recut.key).await?));
    }
    let verdicts = app.store.verdicts(&key).await?.into_iter().map(Said::from).collect();
    let (video_bytes, is_coming) = match video {
        video::Video::Coming(bytes) => (bytes, true),
        video::Video::Here(bytes) => (bytes, false),
        _ => (0, false),
    };
    let is_moving =
        is_coming || intent.as_ref().is_some_and(moves) || cuts.iter().any(|cut| cut.is_open);
    let url = clip.as_ref().map(|clip| clip_url(&clip.clip_id));
    let covered = row.covered_by_ms.map(covered_by);
    let covers = |reason: &str| Stands::Covered.sentence(Some(reason), false);
    let (stands, why) = (
        covered.as_deref().map_or_else(|| Stands::tell(intent.as_ref(), row.verdict), covers),
        intent.as_ref().and_then(|intent| intent.reason.clone()).or_else(|| covered.clone()),
    );
    let shown = intent.filter(|_| has_clip);
    let whole = Whole {
        summary: Summary::of(&row),
        stands,
        why,
        clip_url: shown.as_ref().and_then(|intent| intent.clip_url.clone()).or(url),
        edit_url: shown.and_then(|intent| intent.edit_url).filter(|url| !url.is_empty()),
        clip_id: clip.map(|clip| clip.clip_id),
        vod_url: vod.as_ref().map(|vod| player::vod_page(vod, row.moment.start_ms)),
        video: video.word().to_owned(),
        video_bytes,
        verdicts,
        recuts: cuts,
    };
    Ok(Seen { whole, row, video, recuts, lines, vod, is_moving })
}

/// What a moment is called on a page: one without a clip that nobody named, by its time there.
#[must_use]
pub fn title(row: &Listed, zone: &Zone) -> String {
    let (login, at_ms) = (&row.moment.login, row.moment.key.trigger_ms);
    let title = Summary::of(row).title;
    if Stands::of_listed(row).has_clip() || title != neutral_title(login, at_ms) {
        return title;
    }
    format!("{login} {} {}", zone.day(at_ms), zone.minute(at_ms))
}

/// How the clip stands, with times as whoever looks at a page reads them.
#[must_use]
pub fn stands(seen: &Seen, zone: &Zone) -> String {
    let Some(by_ms) = seen.row.covered_by_ms else { return seen.whole.stands.clone() };
    Stands::Covered.sentence(Some(&covered_at(&zone.clock(by_ms))), false)
}

/// Something becomes of it without anybody's word.
fn moves(intent: &Intent) -> bool {
    intent.state.is_open() && intent.review != cliphound_store::Review::Asked
}

fn cut_anew(moment: &MomentRow, recut: &Recut, intent: Option<Intent>) -> CutAnew {
    let seconds = |at_ms: i64| (at_ms - recut.of_ms) as f64 / 1000.0;
    let stands = Stands::of_intent(intent.as_ref());
    let (said, _) = stands.tag();
    let shown = intent.as_ref().filter(|_| stands.has_clip());
    let clip_id = shown.and_then(|intent| intent.clip_id.as_deref());
    CutAnew {
        key: recut.key.to_string(),
        start_s: seconds(recut.start_ms),
        end_s: seconds(recut.end_ms),
        by: recut.by.clone(),
        state: intent.as_ref().map(|intent| intent.word().to_owned()),
        words: said.to_owned(),
        stands: Stands::tell(intent.as_ref(), None),
        stretch: words::cut(moment, recut.start_ms, recut.end_ms),
        clip_url: clip_id.map(clip_url),
        is_open: intent.as_ref().is_some_and(moves),
        why: intent.and_then(|intent| intent.reason),
    }
}

/// The verdict that holds, with who gave it: words and the class of their tag.
#[must_use]
pub fn verdict_tag(row: &Listed) -> Option<(String, &'static str)> {
    let verdict = row.verdict?;
    let class = match verdict {
        Verdict::Kept => "good",
        Verdict::Rejected => "bad",
    };
    let words = match &row.by {
        Some(by) => format!("{} by {by}", verdict.as_str()),
        None => verdict.as_str().to_owned(),
    };
    Some((words, class))
}
