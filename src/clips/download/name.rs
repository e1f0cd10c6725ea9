//! Where a clip's video lies: `<channel>/<date>_<slug>.mp4`. Pure.

use std::path::{Path, PathBuf};

use cliphound_store::WantedDownload;

/// Longest part of a slug that goes into the name, in characters.
const MAX_SLUG: usize = 100;

/// The video's place below `recordings`. Nothing in it can lead elsewhere.
#[must_use]
pub fn path(recordings: &Path, wanted: &WantedDownload) -> PathBuf {
    let date = jiff::Timestamp::from_millisecond(wanted.called_ms).unwrap_or_default();
    let file = format!("{}_{}.mp4", date.strftime("%Y-%m-%d"), plain(&wanted.clip_id));
    recordings.join(plain(&wanted.login)).join(file)
}

/// What is there of it until it is whole.
#[must_use]
pub fn part(path: &Path) -> PathBuf {
    path.with_extension("mp4.part")
}

fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.chars().take(MAX_SLUG).map(|c| if is_plain(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(login: &str, clip_id: &str, expected: &str) {
        let wanted = WantedDownload {
            clip_id: clip_id.to_owned(),
            broadcaster_id: "7".to_owned(),
            login: login.to_owned(),
            called_ms: 1_772_366_400_250,
        };
        assert_eq!(path(Path::new("r"), &wanted), Path::new(expected));
    }

    #[test]
    fn a_video_has_its_place() {
        check("ninja", "BraveOtter-x_1", "r/ninja/2026-03-01_BraveOtter-x_1.mp4");
        check("../x", "../../etc/passwd", "r/___x/2026-03-01_______etc_passwd.mp4");
        assert_eq!(part(Path::new("r/a.mp4")), Path::new("r/a.mp4.part"));
    }
}
