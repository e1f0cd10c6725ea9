//! From the crate's types to ours.

use jiff::Timestamp;
use twitch_api::{
    helix::{clips, streams, users, videos},
    types,
};

use super::types::{Clip, ClipDownload, CreatedClip, Stream, User, Vod};

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
        creator_name: clip.creator_name.to_string(),
        title: clip.title,
        created_ms: unix_ms(&clip.created_at)?,
        duration_s: clip.duration as f32,
        thumbnail_url: clip.thumbnail_url,
        vod_offset: clip.vod_offset,
        views: clip.view_count,
    })
}

/// `None` for one whose start or length makes no sense.
pub(super) fn vod(video: &videos::Video) -> Option<Vod> {
    Some(Vod {
        id: video.id.to_string(),
        started_ms: unix_ms(&video.created_at)?,
        length_s: length_s(&video.duration)?,
    })
}

pub(super) fn download(clip: clips::get_clips_download::DownloadableClip) -> ClipDownload {
    let usable = |url: Option<String>| url.filter(|url| !url.is_empty());
    ClipDownload {
        clip_id: clip.clip_id.to_string(),
        landscape_url: usable(clip.landscape_download_url),
        portrait_url: usable(clip.portrait_download_url),
    }
}

/// A length as Twitch writes it: `3h8m33s`, `8m33s`, `33s`.
fn length_s(text: &str) -> Option<i64> {
    let (mut total, mut number) = (0_i64, None::<i64>);
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                let digit = i64::from(c.to_digit(10)?);
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                continue;
            }
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    (number.is_none() && !text.is_empty()).then_some(total)
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
    fn lengths_of_vods() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(length_s(text), expected);
        check("3h8m33s", Some(11_313));
        check("33s", Some(33));
        check("2h", Some(7_200));
        for wrong in ["", "33", "s", "3x", "h3m", "99999999999999999999s"] {
            check(wrong, None);
        }
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
