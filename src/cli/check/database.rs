//! Whether the database can be used, by a look that changes nothing.

use cliphound_store::{Looked, look};

use super::finding::Finding;
use crate::config::Config;

pub(super) async fn check(config: &Config) -> Finding {
    let subject = "cliphound.db";
    match look(&config.dir.database()).await {
        Ok(Looked::Missing) => Finding::ok(subject, "will be created"),
        Ok(Looked::Ready) => Finding::ok(subject, "can be opened"),
        Ok(Looked::Older) => {
            Finding::ok(subject, "of an older version; cliphound run brings it up to date")
        }
        Err(error) => Finding::bad(subject, error.to_string()),
    }
}
