//! `recordings/viewer_clips.tsv`: one line a clip that somebody else made of a channel.

use std::path::Path;

use cliphound_store::{FullDisks, ViewerClip};

use super::{
    append_file::{AppendFile, Line},
    record::{header, text, time},
};

/// The names of the columns, in their order.
const COLUMNS: [&str; 9] = [
    "found",
    "channel",
    "clip_url",
    "creator",
    "created_at",
    "vod_offset",
    "duration",
    "title",
    "views",
];

/// Once the file is larger than this, the older half of its lines goes: some half a million clips. Unlike
/// our own, no budget bounds them.
const MOST_BYTES: u64 = 100_000_000;

/// The clips of viewers, beside our own.
#[derive(Debug)]
pub struct ViewerClipsTsv(AppendFile);

impl ViewerClipsTsv {
    /// The file's name in its folder.
    pub const FILE_NAME: &str = "viewer_clips.tsv";

    /// Opens the file in `folder`, and makes what is missing.
    ///
    /// # Errors
    /// One sentence when the place can't be written or the file is something else.
    pub fn open(folder: &Path, disks: &FullDisks) -> anyhow::Result<Self> {
        Ok(Self(AppendFile::open(folder.join(Self::FILE_NAME), Self::header(), disks)?))
    }

    /// Adds a clip; the same one is not written twice in a row of about a hundred (`false`).
    ///
    /// # Errors
    /// One sentence when it can be neither written nor kept.
    pub fn append(&self, url: &str, clip: &ViewerClip) -> anyhow::Result<bool> {
        let url = text(Some(url));
        let is_new = self.0.append(Line { text: line(&url, clip), clip_url: Some(url) })?;
        // The clip is in it all the same; that the disk fails is said elsewhere.
        if let Err(error) = self.0.keep_within(MOST_BYTES) {
            tracing::debug!("{error:#}");
        }
        Ok(is_new)
    }

    pub(super) fn header() -> String {
        header(&COLUMNS)
    }

    pub(super) const fn file(&self) -> &AppendFile {
        &self.0
    }
}

fn line(url: &str, clip: &ViewerClip) -> String {
    [
        time(clip.found_ms),
        text(Some(&clip.login)),
        url.to_owned(),
        text(Some(&clip.creator)),
        time(clip.created_ms),
        text(clip.vod_offset.map(|offset| offset.to_string()).as_deref()),
        format!("{:.1}", clip.duration_s),
        text(Some(&clip.title)),
        clip.views.to_string(),
    ]
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_a_line_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = ViewerClipsTsv::open(dir.path(), &FullDisks::default()).unwrap();
        let clip = ViewerClip {
            clip_id: "A".into(),
            broadcaster_id: "7".into(),
            login: "ninja".into(),
            creator: "Ann".into(),
            created_ms: 1_772_366_400_000,
            vod_offset: None,
            start_ms: None,
            duration_s: 28.04,
            title: "wow\ttab".into(),
            views: 31,
            found_ms: 1_772_366_500_000,
        };
        let url = "https://clips.twitch.tv/A";
        assert!(file.append(url, &clip).unwrap());
        assert!(!file.append(url, &ViewerClip { views: 99, ..clip.clone() }).unwrap());
        let later = ViewerClip { vod_offset: Some(61), ..clip };
        assert!(file.append("https://clips.twitch.tv/B", &later).unwrap());
        let text = std::fs::read_to_string(dir.path().join("viewer_clips.tsv")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "# found\tchannel\tclip_url\tcreator\tcreated_at\tvod_offset\tduration\ttitle\tviews",
                "2026-03-01T12:01:40.000Z\tninja\thttps://clips.twitch.tv/A\tAnn\t2026-03-01T12:00:00.000Z\t-\t28.0\twow tab\t31",
                "2026-03-01T12:01:40.000Z\tninja\thttps://clips.twitch.tv/B\tAnn\t2026-03-01T12:00:00.000Z\t61\t28.0\twow tab\t31",
            ]
        );
    }
}
