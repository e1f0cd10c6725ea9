//! Addresses of Twitch's players (<https://dev.twitch.tv/docs/embed/>). Pure.

use cliphound_store::VodRow;
use url::form_urlencoded::Serializer;

/// Twitch's player of a clip, embedded in a page of `host`.
#[must_use]
pub fn clip(clip_id: &str, host: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("clip", clip_id)
        .append_pair("parent", parent(host))
        .append_pair("autoplay", "true")
        .finish();
    format!("https://clips.twitch.tv/embed?{query}")
}

/// Twitch's player of a VOD from an instant on.
#[must_use]
pub fn vod(vod: &VodRow, at_ms: i64, host: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("video", &vod.vod_id)
        .append_pair("time", &offset(vod, at_ms))
        .append_pair("parent", parent(host))
        .append_pair("autoplay", "false")
        .finish();
    format!("https://player.twitch.tv/?{query}")
}

/// The page of a VOD at Twitch, at an instant.
#[must_use]
pub fn vod_page(vod: &VodRow, at_ms: i64) -> String {
    let id = Serializer::new(String::new()).append_key_only(&vod.vod_id).finish();
    format!("https://www.twitch.tv/videos/{id}?t={}", offset(vod, at_ms))
}

/// Whether the VOD has this instant, or may have it soon: that of a live stream grows.
#[must_use]
pub fn reaches(vod: &VodRow, at_ms: i64, now_ms: i64) -> bool {
    let known_end_ms = vod.started_ms + vod.length_s * 1000;
    at_ms <= known_end_ms || now_ms - known_end_ms < GROWS_MS
}

/// Whether Twitch may still have it: it keeps VODs for 60 days at most.
#[must_use]
pub fn is_kept(vod: &VodRow, now_ms: i64) -> bool {
    now_ms - (vod.started_ms + vod.length_s * 1000) < KEPT_MS
}

/// How old the known end of a VOD may be that still grows.
const GROWS_MS: i64 = 3_600_000;
const KEPT_MS: i64 = 60 * 86_400_000;

fn offset(vod: &VodRow, at_ms: i64) -> String {
    let s = ((at_ms - vod.started_ms) / 1000).max(0);
    format!("{}h{}m{}s", s / 3600, s / 60 % 60, s % 60)
}

/// The host without its port.
fn parent(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_know_who_embeds_them() {
        assert_eq!(
            clip("Brave&Otter", "localhost:8787"),
            "https://clips.twitch.tv/embed?clip=Brave%26Otter&parent=localhost&autoplay=true"
        );
        let row = VodRow {
            vod_id: "33".to_owned(),
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            started_ms: 1_000_000,
            length_s: 600,
        };
        let at_ms = 1_000_000 + 3_725_900;
        assert_eq!(
            vod(&row, at_ms, "127.0.0.1"),
            "https://player.twitch.tv/?video=33&time=1h2m5s&parent=127.0.0.1&autoplay=false"
        );
        assert_eq!(vod_page(&row, 0), "https://www.twitch.tv/videos/33?t=0h0m0s");
        assert!(reaches(&row, 1_600_000, i64::MAX / 2));
        assert!(reaches(&row, 1_600_001, 1_600_000 + GROWS_MS - 1));
        assert!(!reaches(&row, 1_600_001, 1_600_000 + GROWS_MS));
        assert!(is_kept(&row, 1_600_000 + KEPT_MS - 1) && !is_kept(&row, 1_600_000 + KEPT_MS));
    }
}
