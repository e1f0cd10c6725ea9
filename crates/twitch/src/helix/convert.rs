//! From the crate's types to ours.

use jiff::Timestamp;
use twitch_api::{
    helix::{clips, streams, users},
    types,
};

use super::types::{Clip, CreatedClip, Stream, User};

pub(super) fn user(user: users::User) -> User {
    User {
        id: user.id.to_string(),
        login: user.login.to_string(),
        display_name: user.display_name.to_string(),
    }
}

/// `None` for one that is not live, or whose start makes no sense.
pub(super) fn stream(stream: streams::Stream) -> Option<Stream> {
    if stream.type_ != streams::StreamType::Live {
        return None;
    }
    Some(Stream {
        user_id: stream.user_id.to_string(),
        login: stream.user_login.to_string(),
        viewers: u32::try_from(stream.viewer_count).unwrap_or(u32::MAX),
        game: stream.game_name,
        title: stream.title,
        started_ms: unix_ms(&stream.started_at)?,
    })
}

pub(super) fn created(clip: clips::CreatedClip) -> CreatedClip {
    CreatedClip { id: clip.id.to_string(), edit_url: clip.edit_url }
}

/// `None` for one whose time of creation makes no sense.
pub(super) fn clip(clip: clips::Clip) -> Option<Clip> {
    Some(Clip {
        id: clip.id.to_string(),
        url: clip.url,
        broadcaster_id: clip.broadcaster_id.to_string(),
        creator_id: clip.creator_id.to_string(),
        title: clip.title,
        created_ms: unix_ms(&clip.created_at)?,
        duration_s: clip.duration as f32,
    })
}

/// A length that Twitch takes: 5 to 60 s in steps of 0.1.
pub(super) fn duration_s(wanted: f32) -> f32 {
    let wanted = if wanted.is_nan() { 5.0 } else { wanted.clamp(5.0, 60.0) };
    (wanted * 10.0).round() / 10.0
}

/// The whole second at or before an instant.
pub(super) fn second_before(ms: i64) -> Option<types::Timestamp> {
    rfc3339(ms.div_euclid(1000))
}

/// The whole second at or after an instant.
pub(super) fn second_after(ms: i64) -> Option<types::Timestamp> {
    rfc3339(ms.div_euclid(1000) + i64::from(ms.rem_euclid(1000) > 0))
}

fn rfc3339(unix_s: i64) -> Option<types::Timestamp> {
    let time = Timestamp::from_second(unix_s).ok()?;
    types::Timestamp::new(time.to_string()).ok()
}

fn unix_ms(time: &types::Timestamp) -> Option<i64> {
    Some(time.as_str().parse::<Timestamp>().ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_becomes_one_that_twitch_takes() {
        let check = |wanted: f32, expected: f32| assert_eq!(duration_s(wanted), expected);
        check(60.0, 60.0);
        check(30.04, 30.0);
        check(7.26, 7.3);
        check(1.0, 5.0);
        check(f32::INFINITY, 60.0);
        check(f32::NAN, 5.0);
    }

    #[test]
    fn a_span_is_widened_to_whole_seconds() {
        let text = |t: Option<types::Timestamp>| t.unwrap().as_str().to_owned();
        assert_eq!(text(second_before(1_500)), "1970-01-01T00:00:01Z");
        assert_eq!(text(second_after(1_500)), "1970-01-01T00:00:02Z");
        assert_eq!(text(second_after(2_000)), "1970-01-01T00:00:02Z");
        assert_eq!(second_before(i64::MAX), None);
        assert_eq!(second_after(i64::MIN), None);
    }
}
