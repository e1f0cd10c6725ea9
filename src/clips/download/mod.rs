//! The videos of our clips, fetched into `recordings/`: never in the way of a clip.
//!
//! The database is the queue: [`fetcher`] takes what is wanted, two at a time, and
//! [`transfer`] fetches one file, going on where it was cut off. [`name`] is pure.

pub mod fetcher;
pub mod name;
pub mod transfer;

pub use fetcher::{DownloadApi, Fetcher, Standing};
