//! All channels at a glance, those first where something happens, a page at a time.

mod part;

use std::cmp::Reverse;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use cliphound_twitch::ChannelLogin;

pub use part::{Part, Wish};

use crate::{
    board::{
        Board,
        history::SPAN_MS,
        state::{Mode, State as Shown},
    },
    web::{
        App,
        access::Viewer,
        chart::spark,
        glance::{Glance, MomentGlance},
        page::{Frame, PageResult, Tab, page},
        sent::Address,
        words::{self, Tag, grouped, rate},
        zone::Zone,
    },
};

/// Dots of a row's curve: one a half minute.
const DOTS: usize = 60;
/// Letters of a clip's title in a row.
const TITLE: usize = 60;
/// A moment lifts its channel to the top for so long.
const LIFTS_MS: i64 = 5 * 60_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(show)).route("/live/events", get(follow))
}

async fn show(
    viewer: Viewer,
    State(app): State<App>,
    Address(wish, _): Address<Wish>,
) -> PageResult {
    let rows = Row::all(&app.board, &viewer.zone);
    let part = Part::of(&rows, &viewer, &wish);
    page(&Overview {
        list: part.whole(&wish),
        has_finder: part.is_long() || !wish.name().is_empty(),
        frame: Frame::new(viewer, Tab::Live, "Live"),
        wish,
    })
}

async fn follow(
    viewer: Viewer,
    State(app): State<App>,
    Address(wish, _): Address<Wish>,
) -> Response {
    let over = app.access.until_changed(viewer.clone());
    app.feeds.overview(viewer, wish, app.live.troubles(), over)
}

/// A channel's row, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The channel.
    pub login: ChannelLogin,
    /// The row.
    pub html: String,
}

impl Row {
    /// All rows, those first where something happens, with times of a zone.
    #[must_use]
    pub fn all(board: &Board, zone: &Zone) -> Vec<Self> {
        let now_ms = board.now_ms();
        let mut rows = board.each(|login, state| {
            let glance = Glance::of(login, state, now_ms);
            let curve = curve(state, now_ms);
            (login.clone(), rank(&glance, &curve, now_ms), Strip::of(glance, &curve, zone))
        });
        rows.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        let drawn = rows.into_iter();
        drawn
            .map(|(login, _, row)| Self { login, html: row.render().unwrap_or_default() })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    wish: Wish,
    /// There are so many that one wants to look for a name.
    has_finder: bool,
    list: String,
}

#[derive(Template)]
#[template(path = "overview_row.html")]
struct Strip {
    glance: Glance,
    mode: Tag,
    rate: String,
    viewers: Option<String>,
    now: u32,
    limit: u32,
    curve: String,
    busiest: String,
    /// When it was, as an element, and the clip.
    clip: Option<(String, MomentGlance)>,
}

impl Strip {
    fn of(glance: Glance, curve: &[Option<f32>], zone: &Zone) -> Self {
        let busiest = curve.iter().flatten().copied().fold(0.0, f32::max);
        Self {
            mode: words::mode(glance.mode, glance.unclipped),
            rate: rate(glance.messages_per_second),
            viewers: glance.viewers.map(|viewers| grouped(viewers.into())),
            now: percent(glance.score),
            limit: percent(glance.threshold),
            curve: spark(curve, 1.0),
            busiest: rate(busiest),
            clip: glance.last_clip.clone().map(|clip| {
                let title = short(&clip.title);
                (zone.time(clip.at.as_millisecond()), MomentGlance { title, ..clip })
            }),
            glance,
        }
    }
}

fn short(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", &title[..end]),
        None => title.to_owned(),
    }
}

fn percent(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

/// Messages a second of the last half hour, by half minutes.
fn curve(state: &Shown, now_ms: i64) -> Vec<Option<f32>> {
    let (mut sums, step_ms) = ([(0.0, 0_u32); DOTS], SPAN_MS / DOTS as i64);
    for point in state.history.since(now_ms) {
        let at = (point.end_ms - (now_ms - SPAN_MS) - 1) / step_ms;
        if let Some(sum) = usize::try_from(at).ok().and_then(|at| sums.get_mut(at)) {
            *sum = (sum.0 + point.rate(), sum.1 + 1);
        }
    }
    sums.iter().map(|(sum, count)| (*count > 0).then(|| sum / *count as f32)).collect()
}

/// Where a channel stands: one that may be live and is not heard comes first, for somebody has to
/// see to it, and those that rest come last; then the newest moments, then the busiest; coarse, so that
/// rows do not dance.
fn rank(glance: &Glance, curve: &[Option<f32>], now_ms: i64) -> impl Ord + use<> {
    let is_deaf = glance.mode == Mode::Deaf && glance.live != Some(false);
    let rests = glance.mode == Mode::Offline || glance.live == Some(false);
    let moment_ms = glance.last_moment.as_ref().map(|moment| moment.at.as_millisecond());
    let lifted = moment_ms.filter(|at_ms| now_ms - at_ms < LIFTS_MS);
    let late = curve.iter().rev().take(10).flatten().sum::<f32>();
    (!is_deaf, rests, Reverse(lifted), Reverse((late + 1.0).log2().floor() as u32))
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Cause, EventTime, Live, Moment, Window};

    use super::*;
    use crate::{
        board::{Place, noted::Fate},
        clips::{ClipOrder, OfflineFlag, Said, stands::Stands},
        web::{
            assets::taken,
            testing::{NOW_MS, Rig},
        },
    };

    fn state(live: Live) -> Shown {
        let mut state = Shown::default();
        (state.live, state.is_heard) = (live, true);
        state
    }

    #[test]
    fn where_something_happens_comes_first() {
        let login = ChannelLogin::parse("ann").unwrap();
        let glance = |state: &Shown| Glance::of(&login, state, 1_000_000);
        let rank = |glance: &Glance, busy: f32| rank(glance, &[Some(busy)], 1_000_000);
        let (online, offline) = (glance(&state(Live::Online)), glance(&state(Live::Offline)));
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
        let lifted = |ms| {
            let mut glance = online.clone();
            glance.last_moment = Some(MomentGlance {
                at: at(ms),
                start: at(ms),
                end: at(ms),
                score: 0.7,
                threshold: 0.6,
                trigger: "hype".to_owned(),
                reasons: Vec::new(),
                title: String::new(),
                fate: crate::board::noted::Fate::default(),
            });
            glance
        };
        let deaf = |live| {
            let mut deaf = state(live);
            deaf.is_heard = false;
            glance(&deaf)
        };
        assert_eq!(deaf(Live::Online).state, "not_heard");
        let order = [
            rank(&deaf(Live::Online), 9.0),
            rank(&deaf(Live::Unknown), 0.0),
            rank(&lifted(990_000), 0.0),
            rank(&lifted(800_000), 9.0),
            rank(&online, 90.0),
            rank(&lifted(100_000), 9.0),
            rank(&offline, 99.0),
            rank(&deaf(Live::Offline), 0.0),
        ];
        assert!(order.is_sorted());
        assert!(rank(&online, 9.0).cmp(&rank(&online, 9.5)).is_eq(), "a little more is nothing");
    }

    #[test]
    fn text_is_escaped() {
        let mut glance = Glance::of(&ChannelLogin::parse("ann").unwrap(), &state(Live::Online), 0);
        glance.channel = "<b>".to_owned();
        let html = Strip::of(glance, &[], &Zone::default()).render().unwrap();
        assert!(html.contains("&#60;b&#62;") && !html.contains("<b>"), "{html}");
    }

    /// A channel of the longest name, live for long, with a clip of the longest title.
    fn busy(board: &Board, nth: usize) -> Place {
        let name = format!("_{nth}");
        let login = ChannelLogin::parse(&format!("{name:a>25}")).unwrap();
        let place = board.enter(&login);
        place.stream(Live::Online, Some(1_234_567));
        for step in 0..360 {
            place.window(&Window {
                end: EventTime(NOW_MS - (360 - step) * 5_000),
                messages: 1_000 + (step * 7 % 500) as u32,
                chatters: 31,
                score: 0.5,
                threshold: 0.6,
                sentiment: 0.0,
                viewers: None,
            });
        }
        let moment = Moment {
            trigger: EventTime(NOW_MS - 10_000),
            start: EventTime(NOW_MS - 30_000),
            end: EventTime(NOW_MS - 10_000),
            score: 0.9,
            threshold: 0.6,
            cause: Cause::Hype,
            reasons: Vec::new(),
            learning: false,
            title: None,
        };
        let order = ClipOrder {
            login: login.clone(),
            broadcaster_id: Some(nth.to_string()),
            moment,
            title: "<".repeat(140),
            duration_s: 30.0,
            said: Said::default(),
            offline: OfflineFlag::default(),
            publish: crate::config::Publish::Auto,
        };
        place.moment(&order);
        let clip_url = Some(format!("https://clips.twitch.tv/{}", "BraveOtter".repeat(6)));
        let fate = Fate { clip_url, stands: Stands::Confirmed, ..Fate::default() };
        board.clip(&login, &order.key(), fate);
        place
    }

    #[tokio::test]
    async fn three_hundred_channels_are_a_small_page() {
        let rig = Rig::new().await;
        let places: Vec<Place> = (0..300).map(|nth| busy(&rig.app.board, nth)).collect();
        let owner = Viewer::owner("ann");
        let get = async |path: &str| rig.get(&owner, path).await.text;
        for (path, shown) in [("/", "1 to 40 of 300"), ("/?page=8", "281 to 300 of 300")] {
            let page = get(path).await;
            assert!(page.len() + taken() < 100_000, "{path} has {} bytes", page.len());
            assert!(page.contains(shown) && page.contains("role=\"search\""), "{page}");
        }
        let order = "Channels that are not heard first, then live ones, those where something";
        assert!(get("/").await.contains(order), "as `rank` has it");
        let page = get("/?name=_299").await;
        assert_eq!(page.matches("<tr id=").count(), 1, "{page}");
        assert!(page.contains("data-live=\"/live/events?name=_299\""), "{page}");
        drop(places);
        let page = get("/").await;
        assert!(page.contains("No channel yet") && !page.contains("role=\"search\""), "{page}");
    }
}
