//! Finds streams below a folder: `NAME.chat.jsonl.gz` and other formats, and the
//! `NAME.labels.json` beside them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::labels::{self, Marks};
use crate::cli::UsageError;

/// How the chat of a stream is named when it is written, as JSON lines …
pub const CHAT: &str = ".chat.jsonl.gz";
/// … or as raw tagged IRC lines, which know raids, gifts and deletions, too.
pub const IRC_CHAT: &str = ".chat.irc.gz";
/// What is read: NAME, this, and one of [`ENDINGS`], also with `.gz`.
const BETWEEN: &str = ".chat.";
/// The formats that chat may come in. Where a stream has several files, the first of these counts:
/// IRC's tags say the most.
const ENDINGS: [&str; 5] = ["irc", "jsonl", "json", "log", "txt"];
/// How the labels beside it are named.
pub const LABELS: &str = ".labels.json";
/// Folders inside each other that are looked at: a link that leads back must end.
const DEPTH: usize = 16;

/// Where a stream lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path from the folder, without the ending; with `/` on every system.
    pub name: String,
    /// The chat's file.
    pub chat: PathBuf,
    /// The labels' file, whether it exists or not.
    pub labels: PathBuf,
    /// Size of the chat's file, bytes.
    pub bytes: u64,
    /// Place of its format in [`ENDINGS`].
    format: usize,
}

/// All streams below `dir`, by name.
///
/// # Errors
/// A [`UsageError`] when there is no such folder, or no stream in it.
pub fn find(dir: &Path) -> Result<Vec<Place>> {
    match fs::metadata(dir) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            bail!(UsageError(format!("{} is a file; give the folder it lies in", dir.display())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(UsageError(format!("there is no folder {}; check the path", dir.display())))
        }
        Err(error) => return Err(error).with_context(|| cannot_look(dir)),
    }
    let mut files = Vec::new();
    look(dir, "", DEPTH, &mut files)?;
    let mut places: Vec<Place> = files.iter().filter_map(place).collect();
    if places.is_empty() {
        bail!(UsageError(format!(
            "there are no streams in {}: no file below it ends in {CHAT}, {IRC_CHAT} (or .chat.json, \
             .chat.log, .chat.txt)",
            dir.display()
        )));
    }
    places.sort_by(|a, b| (&a.name, a.format, &a.chat).cmp(&(&b.name, b.format, &b.chat)));
    places.dedup_by(|later, first| later.name == first.name);
    Ok(places)
}

/// What is marked in a stream; nothing when it has no file of labels.
///
/// # Errors
/// When the file can't be read or says nothing that can be used: names it and says why.
pub fn marks_of(place: &Place) -> Result<Marks> {
    match fs::read_to_string(&place.labels) {
        Ok(text) => labels::parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Marks::default()),
        Err(error) => Err(error.into()),
    }
    .with_context(|| place.labels.display().to_string())
}

/// Files of labels below `dir` that belong to none of `places`: chat with another name, or none.
///
/// # Errors
/// When a folder can't be read.
pub fn lonely_labels(dir: &Path, places: &[Place]) -> Result<Vec<String>> {
    let mut files = Vec::new();
    look(dir, "", DEPTH, &mut files)?;
    let mut lonely: Vec<String> = files
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            name.strip_suffix(LABELS).is_some_and(|stem| !places.iter().any(|p| p.name == stem))
        })
        .collect();
    lonely.sort();
    Ok(lonely)
}

/// Every file below `dir`, with its path from there.
fn look(dir: &Path, prefix: &str, depth: usize, files: &mut Vec<(String, PathBuf)>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| cannot_look(dir))? {
        let path = entry.with_context(|| cannot_look(dir))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !path.is_dir() {
            files.push((format!("{prefix}{name}"), path));
        } else if depth > 0 {
            look(&path, &format!("{prefix}{name}/"), depth - 1, files)?;
        }
    }
    Ok(())
}

/// The stream whose chat a file is, if it is one's.
fn place((name, path): &(String, PathBuf)) -> Option<Place> {
    let (stem, format) = chat_of(name)?;
    let last = stem.rsplit('/').next()?;
    Some(Place {
        name: stem.to_owned(),
        chat: path.clone(),
        labels: path.with_file_name(format!("{last}{LABELS}")),
        bytes: fs::metadata(path).map_or(0, |about| about.len()),
        format,
    })
}

/// The stream whose chat a file of this name is, and the place of its format in [`ENDINGS`].
fn chat_of(file: &str) -> Option<(&str, usize)> {
    let (stem, ending) = file.rsplit_once(BETWEEN)?;
    let ending = ending.strip_suffix(".gz").unwrap_or(ending);
    let format = ENDINGS.iter().position(|known| *known == ending)?;
    let is_named = !stem.is_empty() && !stem.ends_with('/');
    is_named.then_some((stem, format))
}

fn cannot_look(dir: &Path) -> String {
    format!("the folder {} can't be read", dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_found_by_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("b/c")).unwrap();
        for file in ["b/two.chat.jsonl.gz", "b/c/three.chat.jsonl.gz", "one.chat.jsonl.gz"] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        fs::create_dir(dir.path().join("a")).unwrap();
        for other in
            ["a/x.labels.json", "b/two.labels.json", "readme.txt", ".chat.jsonl.gz", "x.jsonl.gz"]
        {
            fs::write(dir.path().join(other), r#"{"labels": [[1, 2]]}"#).unwrap();
        }
        let places = find(dir.path()).unwrap();
        let names: Vec<_> = places.iter().map(|place| place.name.as_str()).collect();
        assert_eq!(names, ["b/c/three", "b/two", "one"]);
        let labelled: Vec<_> = places.iter().map(|p| marks_of(p).unwrap().labels.len()).collect();
        assert_eq!(labelled, [0, 1, 0]);
        assert_eq!(lonely_labels(dir.path(), &places).unwrap(), ["a/x.labels.json"]);
    }

    #[test]
    fn a_stream_counts_once_by_the_format_that_says_most() {
        let dir = tempfile::tempdir().unwrap();
        for file in
            ["a.chat.jsonl.gz", "a.chat.irc.gz", "b.chat.log", "b.chat.jsonl", "c.chat.irc.bak"]
        {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let places = find(dir.path()).unwrap();
        let files: Vec<_> = places.iter().map(|p| p.chat.file_name().unwrap()).collect();
        assert_eq!(files, ["a.chat.irc.gz", "b.chat.jsonl"]);
    }

    #[test]
    fn what_is_no_folder_of_streams_is_wrong_usage() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        for (path, part) in [
            (dir.path().join("missing"), "there is no folder"),
            (dir.path().join("file"), "is a file"),
            (dir.path().to_path_buf(), "no streams in"),
        ] {
            let error = find(&path).unwrap_err();
            assert!(error.is::<UsageError>() && error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn broken_labels_name_their_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.chat.jsonl.gz"), "").unwrap();
        fs::write(dir.path().join("a.labels.json"), "oops").unwrap();
        let error = marks_of(&find(dir.path()).unwrap()[0]).unwrap_err();
        assert!(format!("{error:#}").contains("a.labels.json: labels must look like"), "{error:#}");
    }
}
