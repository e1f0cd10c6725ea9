//! What an editor does to a moment. The pages and the API call the same functions.

use cliphound_store::{IntentKey, IntentState, Listed, NewRecut, RecutAsked, Undone, Verdict};
use cliphound_twitch::ChannelLogin;

use crate::{
    clips::stands::Stands,
    config::title::{neutral_title, plain_title},
    web::{
        App,
        access::{Role, Viewer},
        problem::Problem,
    },
};

/// Shortest and longest clip, in seconds (Twitch's limits).
pub const LENGTH_S: (f64, f64) = (5.0, 60.0);
/// How far from its trigger a moment may be cut anew, in seconds.
const REACH_S: f64 = 600.0;
/// Twitch keeps VODs for 60 days at most.
const VODS_MS: i64 = 60 * 86_400_000;

/// A moment that the viewer may look at or work on.
///
/// # Errors
/// 404 for one that is not there or not theirs to see, 403 when they may do less.
pub async fn entry(
    app: &App,
    viewer: &Viewer,
    key: &str,
    least: Role,
) -> Result<(Listed, ChannelLogin), Problem> {
    let nothing = || Problem::not_found(format!("there is no moment {key} here"));
    let parsed: IntentKey = key.parse().map_err(|_| nothing())?;
    let listed = app.store.listed(&parsed).await?.ok_or_else(nothing)?;
    let login = ChannelLogin::parse(&listed.moment.login).map_err(|_| nothing())?;
    // Whose moment it is is not told either.
    let unseen = |problem: Problem| if problem.status == 404 { nothing() } else { problem };
    viewer.must_be(least, &login).map_err(unseen)?;
    Ok((listed, login))
}

/// What came of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It holds.
    Holds,
    /// Somebody else had said the opposite, which nobody has seen yet: that holds.
    Crossed,
}

/// Keeps or rejects a moment; where its clip waits for that, it is made or not made. `seen`: the
/// newest change of what was said of it that the viewer knows of; without it, whatever others said
/// since is overruled.
///
/// # Errors
/// Of [`entry`]; or the database fails.
pub async fn judge(
    app: &App,
    viewer: &Viewer,
    key: &str,
    verdict: Verdict,
    seen: Option<i64>,
) -> Result<Judged, Problem> {
    let (listed, _) = entry(app, viewer, key, Role::Editor).await?;
    let (key, by, now_ms) = (&listed.moment.key, &viewer.name, app.clock.now_ms());
    let judged = match seen {
        Some(seen) => app.store.judge_unless_crossed(key, verdict, by, seen, now_ms).await?,
        None => app.store.judge(key, verdict, by, now_ms).await?,
    };
    if judged.is_crossed {
        return Ok(Judged::Crossed);
    }
    app.desk.decided();
    Ok(Judged::Holds)
}

/// Takes back the last verdict on a moment; with `only` that of this number, or none when
/// another one was given since.
///
/// # Errors
/// Of [`entry`]; 409 when there is none; or the database fails.
pub async fn undo(
    app: &App,
    viewer: &Viewer,
    key: &str,
    only: Option<i64>,
) -> Result<(Listed, Undone), Problem> {
    let (listed, _) = entry(app, viewer, key, Role::Editor).await?;
    let key = &listed.moment.key;
    let undone = app.store.undo_verdict(key, only, &viewer.name, app.clock.now_ms()).await?;
    let undone = undone.ok_or_else(|| Problem::conflict(not_undone(only)))?;
    app.desk.decided();
    Ok((listed, undone))
}

fn not_undone(only: Option<i64>) -> &'static str {
    match only {
        None => "there is no verdict to take back",
        Some(_) => {
            "this verdict was taken back, or another one was given since, and nothing was undone: look at the moment again"
        }
    }
}

/// Names a moment; whether its clip will be called so.
///
/// # Errors
/// Of [`entry`]; 422 for an empty title; or the database fails.
pub async fn entitle(app: &App, viewer: &Viewer, key: &str, title: &str) -> Result<bool, Problem> {
    let (listed, _) = entry(app, viewer, key, Role::Editor).await?;
    let title = plain_title(title);
    if title.is_empty() {
        return Err(Problem::bad("a title needs at least one letter"));
    }
    let key = &listed.moment.key;
    Ok(app.store.entitle(key, &title, &viewer.name, app.clock.now_ms()).await?)
}

/// Where to cut, in seconds from the trigger: before it below 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Its start.
    pub start_s: f64,
    /// Its end.
    pub end_s: f64,
}

impl Cut {
    /// Start and end in ms from the trigger, in tenths of a second.
    ///
    /// # Errors
    /// In plain words, what Twitch or we can't make.
    pub fn checked(self) -> Result<(i64, i64), String> {
        let Self { start_s, end_s } = self;
        let is_near = |s: f64| s.is_finite() && s.abs() <= REACH_S;
        if !(is_near(start_s) && is_near(end_s)) {
            return Err(format!(
                "start and end must be at most {REACH_S:.0} s from the moment's trigger"
            ));
        }
        let tenths = |s: f64| (s * 10.0).round() as i64;
        let length = tenths(end_s) - tenths(start_s);
        let (shortest, longest) = (tenths(LENGTH_S.0), tenths(LENGTH_S.1));
        if length < shortest {
            let has = length as f64 / 10.0;
            return Err(format!("a clip is at least 5 s long, this one would be {has:.1} s"));
        }
        if length > longest {
            let has = length as f64 / 10.0;
            return Err(format!("Twitch makes no clip over 60 s, this one would be {has:.1} s"));
        }
        Ok((tenths(start_s) * 100, tenths(end_s) * 100))
    }
}

/// Has a clip of a moment made anew from the VOD.
///
/// # Errors
/// Of [`entry`]; 422 for a length that Twitch does not make; 409 with the reason when it
/// can't be made as things are; or the database fails.
pub async fn recut(app: &App, viewer: &Viewer, key: &str, cut: Cut) -> Result<RecutAsked, Problem> {
    let (listed, login) = entry(app, viewer, key, Role::Editor).await?;
    let (start_ms, end_ms) = cut.checked().map_err(Problem::bad)?;
    let moment = &listed.moment;
    if let Some(why) = why_no_recut(app, &listed) {
        return Err(Problem::conflict(why));
    }
    // Of one that was cut anew itself, the moment that it is of.
    let of = app.store.recut(&moment.key).await?;
    let of_ms = of.map_or(moment.key.trigger_ms, |cut| cut.of_ms);
    let trigger_ms = moment.key.trigger_ms;
    let title = listed.title.filter(|title| !title.trim().is_empty());
    let new = NewRecut {
        of: IntentKey { trigger_ms: of_ms, ..moment.key.clone() },
        start_ms: trigger_ms + start_ms,
        end_ms: trigger_ms + end_ms,
        title: title.unwrap_or_else(|| neutral_title(&moment.login, trigger_ms)),
        by: viewer.name.clone(),
        now_ms: app.clock.now_ms(),
    };
    let is_first = app.store.recuts_of(&new.of).await?.is_empty();
    let asked = app.store.ask_recut(&new).await?;
    match asked {
        RecutAsked::TooMany => {
            let words = "this moment has been cut anew 20 times: that is enough";
            return Err(Problem::conflict(words));
        }
        // One moment is one piece of evidence, however often it is cut.
        RecutAsked::Asked(_) if is_first => app.desk.was_cut(&login, new.start_ms, new.end_ms),
        RecutAsked::Asked(_) | RecutAsked::Repeated(_) => {}
    }
    app.desk.decided();
    Ok(asked)
}

/// Why a moment can't be cut anew, in plain words; `None` when it can, as far as is known.
#[must_use]
pub fn why_no_recut(app: &App, listed: &Listed) -> Option<String> {
    let key = &listed.moment.key;
    if key.broadcaster_id.starts_with("login:") {
        return Some("the channel's id was not known then: clips need an account at Twitch (cliphound login)".to_owned());
    }
    if app.clock.now_ms() - key.trigger_ms > VODS_MS {
        return Some("it is too old: Twitch keeps VODs for 60 days at most".to_owned());
    }
    app.desk.why_no_vod()
}

/// Has the video of a moment's clip fetched.
///
/// # Errors
/// Of [`entry`]; 409 with the reason when there is none to be had; or the database fails.
pub async fn download(app: &App, viewer: &Viewer, key: &str) -> Result<(), Problem> {
    let (listed, _) = entry(app, viewer, key, Role::Editor).await?;
    let clip = app.store.clip_of(&listed.moment.key).await?;
    let clip = clip.filter(|_| Stands::of_listed(&listed).has_clip());
    let clip = clip.ok_or_else(|| Problem::conflict(no_clip(listed.state)))?;
    if let Some(why) = app.desk.why_no_download() {
        return Err(Problem::conflict(why));
    }
    app.store.want_download(&clip.clip_id).await?;
    app.desk.download_wanted();
    Ok(())
}

fn no_clip(state: Option<IntentState>) -> &'static str {
    match state {
        Some(state) if state.is_open() => "the clip is not made yet: ask again when it is",
        _ => "there is no clip of this moment: cut it anew first",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_to_what_twitch_makes() {
        let check = |start_s: f64, end_s: f64, expected: Result<(i64, i64), &str>| {
            let cut = Cut { start_s, end_s }.checked();
            match expected {
                Ok(expected) => assert_eq!(cut, Ok(expected)),
                Err(words) => assert!(cut.as_ref().is_err_and(|e| e.contains(words)), "{cut:?}"),
            }
        };
        check(-30.0, 5.0, Ok((-30_000, 5_000)));
        check(-30.04, 5.06, Ok((-30_000, 5_100)));
        check(0.0, 5.0, Ok((0, 5_000)));
        check(-60.0, 0.0, Ok((-60_000, 0)));
        check(0.0, 4.9, Err("at least 5 s"));
        check(5.0, 0.0, Err("at least 5 s"));
        check(-60.0, 0.1, Err("no clip over 60 s"));
        check(-601.0, -560.0, Err("at most 600 s"));
        check(f64::NAN, 0.0, Err("at most 600 s"));
        check(0.0, f64::INFINITY, Err("at most 600 s"));
    }
}
