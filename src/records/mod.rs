//! What is written for people and scripts: clip_urls.txt, moments.tsv, models.
//!
//! Everything here blocks for as long as the disk takes: call it where blocking is
//! allowed (`crew::blocking`).

mod append_file;
mod clip_urls;
pub(crate) mod durable;
pub(crate) mod erase;
pub mod kept_lines;
pub mod model_file;
mod model_frame;
mod moments_tsv;
pub(crate) mod record;
pub mod renamed;
pub mod videos;
mod viewer_clips_tsv;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use cliphound_store::{FullDisks, WaitingLine};

use append_file::{AppendFile, Line};
use erase::Whose;

pub use clip_urls::ClipUrls;
pub use model_file::Loaded;
pub use moments_tsv::{MomentState, MomentsTsv, Untitled};
pub use record::Record;
pub use viewer_clips_tsv::ViewerClipsTsv;

/// The three files in `recordings/`. What the disk does not take waits in memory (4 MiB a
/// file) and follows in order; said once, and once when it works again. Share it behind an `Arc`; it locks itself.
#[derive(Debug)]
pub struct Records {
    folder: PathBuf,
    /// Whether lines of each may be kept elsewhere, too.
    has_kept: [AtomicBool; 3],
    /// `clip_urls.txt`.
    pub clip_urls: ClipUrls,
    /// `moments.tsv`.
    pub moments: MomentsTsv,
    /// `viewer_clips.tsv`.
    pub viewer_clips: ViewerClipsTsv,
}

impl Records {
    /// Opens all files in `folder`, and makes what is missing. Where that can't be done now, lines
    /// wait. Of a full disk `disks` tell.
    ///
    /// # Errors
    /// One sentence when a file is something else.
    pub fn open(folder: &Path, disks: &FullDisks) -> anyhow::Result<Self> {
        // Of a folder that can't be read, the first line tells.
        if let Err(error) = erase::remove_unfinished(folder) {
            tracing::debug!("{error:#}");
        }
        Ok(Self {
            folder: folder.to_owned(),
            // Perhaps by an earlier run.
            has_kept: [const { AtomicBool::new(true) }; 3],
            clip_urls: ClipUrls::open(folder, disks)?,
            moments: MomentsTsv::open(folder, disks)?,
            viewer_clips: ViewerClipsTsv::open(folder, disks)?,
        })
    }

    /// Why files in `folder` can't be records, a sentence each. Nothing is changed.
    #[must_use]
    pub fn why_no_records(folder: &Path) -> Vec<String> {
        let of = |(name, header): (&str, String)| {
            let path = folder.join(name);
            if path.is_dir() {
                return Some(format!("{} is a folder: move it away", path.display()));
            }
            // What can't be read is told of the folder.
            let is_foreign = AppendFile::is_foreign(&path, &header).unwrap_or(false);
            is_foreign
                .then(|| format!("{} is no record of Cliphound: move it away", path.display()))
        };
        let all = [
            (ClipUrls::FILE_NAME, ClipUrls::header()),
            (MomentsTsv::FILE_NAME, MomentsTsv::header()),
            (ViewerClipsTsv::FILE_NAME, ViewerClipsTsv::header()),
        ];
        all.into_iter().filter_map(of).collect()
    }

    /// Writes what the disk did not take before, where it takes it by now; a folder that was
    /// deleted is made anew.
    pub fn mend(&self) {
        if !self.folder.exists()
            && let Err(error) = durable::make_folder_anew(&self.folder.join(ClipUrls::FILE_NAME))
        {
            // The next line tells it.
            tracing::debug!("{error:#}");
        }
        for (_, file) in self.files() {
            file.mend();
        }
    }

    /// The lines that wait in memory alone; whoever takes them keeps them.
    pub fn unkept(&self) -> Vec<WaitingLine> {
        let of = |(record, file): (&str, &AppendFile)| {
            let lines = file.take_unkept().into_iter();
            let record = record.to_owned();
            lines.map(move |Line { text, clip_url }| WaitingLine {
                record: record.clone(),
                text,
                clip_url,
            })
        };
        self.files().into_iter().flat_map(of).collect()
    }

    /// What was taken to be kept could not be: all that waits is to be kept anew.
    pub fn none_is_kept(&self) {
        self.files().into_iter().for_each(|(_, file)| file.none_is_kept());
    }

    /// Why one of them can't be written, as it was tried last.
    #[must_use]
    pub fn why_unwritten(&self) -> Option<String> {
        self.files().iter().find_map(|(_, file)| file.why_unwritten())
    }

    /// The records of which lines are kept elsewhere though none waits any more: somebody removes
    /// those there now.
    #[must_use]
    pub fn kept_and_written(&self) -> Vec<&'static str> {
        let files = self.files().into_iter().zip(&self.has_kept);
        files
            .filter(|((_, file), has_kept)| file.is_written() && has_kept.swap(false, Relaxed))
            .map(|((record, _), _)| record)
            .collect()
    }

    /// Takes what is about somebody out of all files and of what waits for them.
    ///
    /// # Errors
    /// One sentence when a file can't be read or rewritten; those before it are.
    pub fn erase(&self, whose: Whose<'_>) -> anyhow::Result<()> {
        for (name, file) in self.files() {
            file.erase(whose, name == ViewerClipsTsv::FILE_NAME)?;
        }
        Ok(())
    }

    /// Somebody has kept a line of this record elsewhere that is written by now, or waits.
    pub fn has_kept_lines(&self, record: &str) {
        let mut files = self.files().into_iter().zip(&self.has_kept);
        if let Some((_, has_kept)) = files.find(|((name, _), _)| *name == record) {
            has_kept.store(true, Relaxed);
        }
    }

    /// Adds a line that an earlier run could not write. `false` when it is there.
    fn put_back(&self, line: WaitingLine) -> bool {
        let WaitingLine { record, text, clip_url } = line;
        let files = self.files().into_iter();
        let mut files = files.filter(|(name, _)| *name == record);
        // A record that a newer version knows.
        let Some((_, file)) = files.next() else { return false };
        file.append(Line { text, clip_url }).unwrap_or_else(|error| {
            tracing::error!("{error:#}");
            false
        })
    }

    const fn files(&self) -> [(&'static str, &AppendFile); 3] {
        [
            (ClipUrls::FILE_NAME, self.clip_urls.file()),
            (MomentsTsv::FILE_NAME, self.moments.file()),
            (ViewerClipsTsv::FILE_NAME, self.viewer_clips.file()),
        ]
    }
}
