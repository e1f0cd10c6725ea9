//! Which moments somebody wants to see, as the query of an address tells it, and how many these are.

use cliphound_store::{ClipIs, JudgedAs, Place, Queue, Verdict};
use cliphound_twitch::ChannelLogin;
use jiff::{ToSpan as _, civil::Date};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::web::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    zone::Zone,
};

/// Counting moments ends here.
pub const MOST_COUNTED: u32 = 1_000;

/// How many a queue has on all of its pages, at most [`MOST_COUNTED`].
///
/// # Errors
/// When the database fails.
pub async fn count(app: &App, queue: &Queue) -> Result<u32, Problem> {
    let whole = Queue { after: None, ..queue.clone() };
    Ok(app.store.queue_length(&whole, MOST_COUNTED).await?)
}

/// Which moments, in which order. What is left out or empty narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Filter {
    /// Of this channel only.
    pub channel: String,
    /// `undecided` (the default), `kept`, `rejected` or `any`.
    pub verdict: String,
    /// How the clip stands: `made`, `asked` (waits for a yes), `open` (on its way) or `none`.
    pub clip: String,
    /// What set it off: `hype`, `emote`, `manual` or `signal`.
    pub kind: String,
    /// Not before this day: `2026-11-21`.
    pub from: String,
    /// Up to the end of this day.
    pub to: String,
    /// Time zone of the days, such as Europe/Berlin; without it that of the browser's cookie
    /// `cliphound_zone`, else of Cliphound's machine.
    pub zone: String,
    /// `newest` (the default) or `best`.
    pub sort: String,
    /// Only those after this place: the `next` of the page before.
    pub after: String,
}

impl Filter {
    /// The queue that it means, of the channels that the viewer sees.
    ///
    /// # Errors
    /// A word or zone that is none, a channel that they don't see.
    pub fn queue(&self, viewer: &Viewer) -> Result<Queue, Problem> {
        let zone = viewer.zone.or_typed(&self.zone)?;
        let (from_ms, to_ms) = self.days(&zone)?;
        Ok(Queue {
            channels: self.channels(viewer)?,
            judged: match self.verdict.as_str() {
                "" | "undecided" => JudgedAs::Undecided,
                "kept" => JudgedAs::As(Verdict::Kept),
                "rejected" => JudgedAs::As(Verdict::Rejected),
                "any" => JudgedAs::Any,
                word => return Err(no("verdict", word, "undecided, kept, rejected or any")),
            },
            clip: match self.clip.as_str() {
                "" => None,
                "made" => Some(ClipIs::Made),
                "asked" => Some(ClipIs::Asked),
                "open" => Some(ClipIs::Open),
                "none" => Some(ClipIs::None),
                word => return Err(no("clip", word, "made, asked, open or none")),
            },
            cause: match self.kind.as_str() {
                "" => None,
                kind @ ("hype" | "emote" | "manual" | "signal") => Some(kind.to_owned()),
                word => return Err(no("kind", word, "hype, emote, manual or signal")),
            },
            from_ms,
            to_ms,
            best_first: match self.sort.as_str() {
                "" | "newest" => false,
                "best" => true,
                word => return Err(no("sort", word, "newest or best")),
            },
            after: match self.after.as_str() {
                "" => None,
                place => Some(place.parse::<Place>().map_err(Problem::bad)?),
            },
            before: None,
        })
    }

    /// Start of the first day and end of the last one, where they are given.
    fn days(&self, zone: &Zone) -> Result<(Option<i64>, Option<i64>), Problem> {
        let from_ms = day("from", &self.from, 0, zone)?;
        let to_ms = day("to", &self.to, 1, zone)?;
        if from_ms.zip(to_ms).is_some_and(|(from_ms, to_ms)| from_ms >= to_ms) {
            let (from, to) = (&self.from, &self.to);
            return Err(Problem::bad(format!("the time from {from} to {to} must go forward")));
        }
        Ok((from_ms, to_ms))
    }

    fn channels(&self, viewer: &Viewer) -> Result<Option<Vec<String>>, Problem> {
        if !self.channel.is_empty() {
            let login = ChannelLogin::parse(&self.channel)
                .map_err(|error| Problem::bad(error.to_string()))?;
            viewer.must_be(Role::Viewer, &login)?;
            return Ok(Some(vec![login.to_string()]));
        }
        if viewer.is_everywhere(Role::Viewer) {
            return Ok(None);
        }
        Ok(Some(viewer.grants.keys().map(ToString::to_string).collect()))
    }

    /// Whether a place is this other one or comes before it, in the order of the list.
    #[must_use]
    pub fn is_up_to(&self, own: &Place, other: &Place) -> bool {
        let (key, at) = (&own.key, &other.key);
        let by_time = (key.trigger_ms, &key.broadcaster_id) >= (at.trigger_ms, &at.broadcaster_id);
        if self.sort == "best" {
            return own.score > other.score || own.score == other.score && by_time;
        }
        by_time
    }

    /// The query that means the same, without its place; it begins with `?`, or is empty.
    #[must_use]
    pub fn query(&self) -> String {
        self.query_with(&[])
    }

    /// The same with further pairs.
    #[must_use]
    pub fn query_with(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("channel", &self.channel),
            ("verdict", &self.verdict),
            ("clip", &self.clip),
            ("kind", &self.kind),
            ("from", &self.from),
            ("to", &self.to),
            ("zone", &self.zone),
            ("sort", &self.sort),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        for (name, value) in more.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

fn no(what: &str, word: &str, words: &str) -> Problem {
    Problem::bad(format!("{what} must be {words}, not “{word}”"))
}

/// The start of a day, and so many days later.
fn day(what: &str, text: &str, days: i64, zone: &Zone) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = text.parse::<Date>().ok().and_then(|date| date.checked_add(days.days()).ok());
    let date = date.ok_or_else(|| no(what, text, "a day such as 2026-11-21"))?;
    Ok(Some(zone.start_of(date)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)]) -> Filter {
        let json = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        serde_json::from_value(serde_json::Value::Object(json.collect())).unwrap()
    }

    #[test]
    fn words_mean_queues() {
        let owner = Viewer::owner("ann");
        let queue = |pairs: &[(&str, &str)]| filter(pairs).queue(&owner).unwrap();
        assert_eq!(queue(&[]), Queue::default());
        assert_eq!(queue(&[("verdict", "any"), ("clip", "")]).judged, JudgedAs::Any);
        assert!(queue(&[("sort", "best")]).best_first);
        let place = queue(&[("after", "0.5~7@10")]).after.unwrap();
        assert_eq!((place.score, place.key.trigger_ms), (0.5, 10));
        for wrong in [
            ("verdict", "good"),
            ("clip", "x"),
            ("kind", "x"),
            ("from", "today"),
            ("sort", "worst"),
            ("after", "x"),
            ("zone", "Mars"),
            ("channel", "a b"),
        ] {
            let problem = filter(&[wrong]).queue(&owner).unwrap_err();
            assert_eq!(problem.status, 422, "{wrong:?}");
        }
    }

    #[test]
    fn days_are_the_viewers_unless_a_zone_is_typed() {
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        let viewer = Viewer { zone: tokyo, ..Viewer::owner("ann") };
        let check = |zone: &str, hours_before: i64| {
            let pairs = [("from", "1970-01-03"), ("to", "1970-01-03"), ("zone", zone)];
            let queue = filter(&pairs).queue(&viewer).unwrap();
            let start = |day: i64| Some((day * 24 - hours_before) * 3_600_000);
            assert_eq!((queue.from_ms, queue.to_ms), (start(2), start(3)), "{zone}");
        };
        check("", 9);
        check("UTC", 0);
        check("America/New_York", -5);
    }

    #[test]
    fn days_go_forward() {
        let queue = |from: &str, to: &str| {
            filter(&[("from", from), ("to", to)]).queue(&Viewer::owner("ann"))
        };
        let told = queue("2026-11-24", "2026-11-23").unwrap_err().detail;
        assert_eq!(told, "the time from 2026-11-24 to 2026-11-23 must go forward");
        assert!(queue("2026-11-24", "2026-11-24").is_ok());
        assert!(queue("2026-11-24", "").is_ok() && queue("", "2026-11-20").is_ok());
    }

    #[test]
    fn nobody_sees_more_than_their_channels() {
        let mut viewer = Viewer::owner("ann");
        viewer.role = None;
        viewer.grants.insert(ChannelLogin::parse("ninja").unwrap(), Role::Viewer);
        let queue = |pairs: &[(&str, &str)]| filter(pairs).queue(&viewer);
        assert_eq!(queue(&[]).unwrap().channels, Some(vec!["ninja".to_owned()]));
        assert!(queue(&[("channel", "Ninja")]).is_ok());
        assert_eq!(queue(&[("channel", "mossy")]).unwrap_err().status, 404);
        viewer.grants.clear();
        assert_eq!(filter(&[]).queue(&viewer).unwrap().channels, Some(Vec::new()));
    }

    #[test]
    fn the_query_is_read_back() {
        let pairs = [("channel", "a&b"), ("sort", "best")];
        assert_eq!(filter(&pairs).query(), "?channel=a%26b&sort=best");
        assert_eq!(filter(&[]).query(), "");
        assert_eq!(filter(&[]).query_with(&[("at", "7@5"), ("x", "")]), "?at=7%405");
    }
}
