//! What is written for people and scripts: clip_urls.txt, moments.tsv, models.
//!
//! Everything here blocks for as long as the disk takes: call it where blocking is
//! allowed (`spawn_blocking`).

mod append_file;
mod clip_urls;
pub(crate) mod durable;
pub(crate) mod erase;
pub mod model_file;
mod model_frame;
mod moments_tsv;
pub(crate) mod record;
pub mod renamed;
pub mod videos;
mod viewer_clips_tsv;

use std::path::Path;

pub use clip_urls::ClipUrls;
pub use model_file::Loaded;
pub use moments_tsv::{MomentState, MomentsTsv};
pub use record::Record;
pub use viewer_clips_tsv::ViewerClipsTsv;

/// The three files in `recordings/`. What the disk does not take waits in memory (4 MiB a
/// file) and follows in order; said once, and once when it works again. Share it behind an `Arc`; it locks itself.
#[derive(Debug)]
pub struct Records {
    /// `clip_urls.txt`.
    pub clip_urls: ClipUrls,
    /// `moments.tsv`.
    pub moments: MomentsTsv,
    /// `viewer_clips.tsv`.
    pub viewer_clips: ViewerClipsTsv,
}

impl Records {
    /// Opens all files in `folder`, and makes what is missing.
    ///
    /// # Errors
    /// One sentence when the folder or a file can't be written, or is something else.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            clip_urls: ClipUrls::open(folder)?,
            moments: MomentsTsv::open(folder)?,
            viewer_clips: ViewerClipsTsv::open(folder)?,
        })
    }

    /// Writes what the disk did not take before, where it takes it by now.
    pub fn mend(&self) {
        self.clip_urls.mend();
        self.moments.mend();
        self.viewer_clips.mend();
    }
}
