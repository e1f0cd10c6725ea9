//! What is marked in a stream: highlights, `{"labels": [[start_s, end_s], …]}`, and where it is
//! known also decoys, `"decoys": [{"kind", "start_s", "end_s"}, …]`. Pure.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// A highlight from start to end, in seconds of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Label {
    /// First second of it.
    pub start_s: f64,
    /// Last second of it; not before the start.
    pub end_s: f64,
}

/// No stream is longer, seconds: what lies beyond is milliseconds or a date.
pub const LONGEST_S: f64 = 604_800.0;

/// How long before a highlight a predicted start is still right, seconds.
pub const EARLY_S: f64 = 10.0;

impl Label {
    /// Whether `start_s` is a right prediction of this highlight's start.
    #[must_use]
    pub fn is_hit_by(&self, start_s: f64) -> bool {
        self.start_s - EARLY_S <= start_s && start_s <= self.end_s
    }
}

/// Something that looks like a highlight to a careless detector and is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Decoy {
    /// What it is, such as `giveaway`.
    pub kind: String,
    /// First second of it.
    pub start_s: f64,
    /// Last second of it; not before the start.
    pub end_s: f64,
}

/// All that is marked in a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    /// Highlights by start.
    pub labels: Vec<Label>,
    /// Decoys by start.
    pub decoys: Vec<Decoy>,
}

#[derive(Deserialize)]
struct File {
    labels: Vec<(f64, f64)>,
    #[serde(default)]
    decoys: Vec<Decoy>,
}

/// Reads marks, sorted by start. Other keys are left alone.
///
/// # Errors
/// A sentence that says what is wrong, without the file's name.
pub fn parse(text: &str) -> Result<Marks> {
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            bail!("labels must look like {{\"labels\": [[12, 30.5], …]}} in seconds, but {error}")
        }
    };
    let File { labels, mut decoys } = file;
    let stretches = labels.iter().copied();
    for (start_s, end_s) in stretches.chain(decoys.iter().map(|d| (d.start_s, d.end_s))) {
        if !(start_s <= end_s && start_s.abs() <= LONGEST_S && end_s.abs() <= LONGEST_S) {
            bail!("[{start_s}, {end_s}] is no stretch of a stream: give start and end in seconds");
        }
    }
    let mut labels: Vec<Label> =
        labels.into_iter().map(|(start_s, end_s)| Label { start_s, end_s }).collect();
    labels.sort_by(|a, b| a.start_s.total_cmp(&b.start_s).then(a.end_s.total_cmp(&b.end_s)));
    decoys.sort_by(|a, b| a.start_s.total_cmp(&b.start_s).then(a.end_s.total_cmp(&b.end_s)));
    Ok(Marks { labels, decoys })
}

impl Marks {
    /// Whether the highlights may be of a chat whose last message is at `last_s`; a sentence when
    /// some are not.
    ///
    /// # Errors
    /// One sentence when none is.
    pub fn fit(&self, last_s: f64) -> Result<Option<String>> {
        let after = self.labels.iter().filter(|label| label.start_s > last_s + EARLY_S).count();
        match (after, self.labels.len()) {
            (0, _) => Ok(None),
            (after, all) if after == all => bail!(
                "its labels begin after its last message, which is at {last_s:.0} s: give them in seconds, from the same zero as the chat"
            ),
            (after, all) => {
                Ok(Some(format!("{after} of its {all} labels begin after its last message")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        let check = |text: &str, expected: &[(f64, f64)]| {
            let labels = parse(text).unwrap().labels;
            let found: Vec<_> = labels.iter().map(|label| (label.start_s, label.end_s)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(r#"{"labels": []}"#, &[]);
        check(r#"{"labels": [[30, 40.5], [1, 2]], "by": "ann"}"#, &[(1.0, 2.0), (30.0, 40.5)]);
        check(r#"{"labels": [[-3, 0], [5, 5]]}"#, &[(-3.0, 0.0), (5.0, 5.0)]);
    }

    #[test]
    fn labels_are_of_the_chat() {
        let fit = |text: &str| parse(text).unwrap().fit(2_400.0);
        assert_eq!(fit(r#"{"labels": []}"#).unwrap(), None);
        assert_eq!(fit(r#"{"labels": [[5, 10], [2405, 2500]]}"#).unwrap(), None);
        let some = fit(r#"{"labels": [[5, 10], [3000, 3001]]}"#).unwrap().unwrap();
        assert!(some.starts_with("1 of its 2 labels"), "{some}");
        let told = fit(r#"{"labels": [[595000, 604000]]}"#).unwrap_err().to_string();
        assert!(told.contains("give them in seconds"), "{told}");
    }

    #[test]
    fn decoys() {
        let text = r#"{"labels": [], "decoys": [{"kind": "raid", "start_s": 9, "end_s": 12.5},
            {"kind": "poll", "start_s": 3, "end_s": 4, "people": 7}]}"#;
        let decoys = parse(text).unwrap().decoys;
        let found: Vec<_> = decoys.iter().map(|d| (d.kind.as_str(), d.start_s, d.end_s)).collect();
        assert_eq!(found, [("poll", 3.0, 4.0), ("raid", 9.0, 12.5)]);
    }

    #[test]
    fn broken_labels_are_told() {
        for (text, part) in [
            ("", "must look like"),
            ("[]", "must look like"),
            ("{}", "missing field `labels`"),
            (r#"{"labels": [[1]]}"#, "must look like"),
            (r#"{"labels": [[1, 2, 3]]}"#, "must look like"),
            (r#"{"labels": [[4, 2]]}"#, "[4, 2] is no stretch"),
            (r#"{"labels": [[1, 1714586405123]]}"#, "is no stretch"),
            (r#"{"labels": [], "decoys": [{"kind": "x", "start_s": 1}]}"#, "missing field `end_s`"),
            (
                r#"{"labels": [], "decoys": [{"kind": "x", "start_s": 3, "end_s": 2}]}"#,
                "[3, 2] is no stretch",
            ),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_start_hits_from_ten_seconds_before_to_the_end() {
        let label = Label { start_s: 100.0, end_s: 120.0 };
        for (start, expected) in
            [(89.9, false), (90.0, true), (110.0, true), (120.0, true), (120.1, false)]
        {
            assert_eq!(label.is_hit_by(start), expected, "{start}");
        }
    }
}
