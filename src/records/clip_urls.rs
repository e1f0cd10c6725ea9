//! `recordings/clip_urls.txt`: one line a clip, written when Twitch answers with its id.

use std::path::Path;

use cliphound_store::FullDisks;

use super::{
    append_file::{AppendFile, Line},
    record::{COLUMNS, Record, header, url_column},
};

/// The clips, for editors and their scripts.
#[derive(Debug)]
pub struct ClipUrls(AppendFile);

impl ClipUrls {
    /// The file's name in its folder.
    pub const FILE_NAME: &str = "clip_urls.txt";

    /// Opens the file in `folder`, and makes what is missing.
    ///
    /// # Errors
    /// One sentence when the place can't be written or the file is something else.
    pub fn open(folder: &Path, disks: &FullDisks) -> anyhow::Result<Self> {
        Ok(Self(AppendFile::open(folder.join(Self::FILE_NAME), Self::header(), disks)?))
    }

    /// Adds a clip; when it returns, the line is on the disk, or kept until the disk takes it.
    /// The same clip is not written twice in a row of about a hundred (`false`), so a restart
    /// may repeat it safely, even when it knows less of the clip than before.
    ///
    /// # Errors
    /// One sentence when it can be neither written nor kept.
    pub fn append(&self, clip: &Record) -> anyhow::Result<bool> {
        self.0.append(Line { text: clip.to_line(), clip_url: url_column(clip) })
    }

    pub(super) fn header() -> String {
        header(&COLUMNS)
    }

    pub(super) const fn file(&self) -> &AppendFile {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::records::record::tests::{any_record, sample};

    #[test]
    fn the_file_is_as_promised() {
        let dir = tempfile::tempdir().unwrap();
        let file = ClipUrls::open(dir.path(), &FullDisks::default()).unwrap();
        assert!(file.append(&sample()).unwrap());
        assert!(!file.append(&sample()).unwrap());
        assert!(!file.append(&Record { edit_url: None, ..sample() }).unwrap(), "the same clip");
        let text = fs::read_to_string(dir.path().join("clip_urls.txt")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let columns =
            "# time\tchannel\tclip_url\tedit_url\tmoment_start\tmoment_end\tscore\ttrigger\ttitle";
        assert_eq!(lines, [columns, &sample().to_line()]);
        assert!(text.ends_with('\n'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_clips_are_a_line_each(records in vec(any_record(), 0..6)) {
            let dir = tempfile::tempdir().unwrap();
            let mut written = 0;
            for record in &records {
                // Opened anew each time: no restart may spoil what is there.
                let file = ClipUrls::open(dir.path(), &FullDisks::default()).unwrap();
                written += usize::from(file.append(record).unwrap());
            }
            if !records.is_empty() {
                let text = fs::read_to_string(dir.path().join("clip_urls.txt")).unwrap();
                prop_assert_eq!(text.lines().skip(1).filter_map(Record::parse).count(), written);
                prop_assert_eq!(text.lines().count(), written + 1);
            }
        }
    }
}
