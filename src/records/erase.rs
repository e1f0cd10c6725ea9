//! Rewrites lines of the records, the whole file or nothing of it: where a channel or a user is
//! forgotten, where chat deletes a title that a moment without a clip has, and where one is too long.

use std::{
    borrow::Cow,
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;
use cliphound_store::SaidRecut;

use super::{
    durable,
    record::{MISSING, text, time},
};

/// The columns of the records that tell about people, or which clip it is.
const TIME: usize = 0;
const CHANNEL: usize = 1;
const CLIP_URL: usize = 2;
const CREATOR: usize = 3;
const TRIGGER: usize = 7;
const TITLE: usize = 8;

/// How files begin that are to take a record's place.
const UNFINISHED: &str = ".erasing-";

/// Stands for a name that was taken out.
const NOBODY: &str = "deleted";

/// Whose lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// All lines about a channel go.
    Channel(&'a str),
    /// A user: their name and title go from the lines of the clips that they asked for, their words
    /// from those of what others cut anew under these, and the lines of clips that they made
    /// themselves go.
    User(&'a str, &'a [SaidRecut]),
}

/// How many lines of the file at `path` are about them. Without a file, none.
///
/// # Errors
/// When it can't be read.
pub fn count(path: &Path, whose: Whose<'_>, is_viewers: bool) -> anyhow::Result<usize> {
    let Some(text) = read(path)? else { return Ok(0) };
    Ok(text
        .lines()
        .filter(|line| erased(line, whose, is_viewers) != Some((*line).to_owned()))
        .count())
}

/// Rewrites the file at `path` without them, and says how many lines that were.
///
/// # Errors
/// When it can't be read or written; then it is as before.
pub fn erase(path: &Path, whose: Whose<'_>, is_viewers: bool) -> anyhow::Result<usize> {
    let lines = count(path, whose, is_viewers)?;
    if lines == 0 {
        return Ok(0);
    }
    let text = read(path)?.unwrap_or_default();
    let kept = text.lines().filter_map(|line| erased(line, whose, is_viewers).map(Cow::Owned));
    replace(path, kept)
        .with_context(|| format!("{} can't be rewritten: it is as before", path.display()))?;
    Ok(lines)
}

/// Rewrites the file at `path` with the lines for which `change` has another text, and says how
/// many those were. Without a file, none.
///
/// # Errors
/// When it can't be read or written; then it is as before.
pub fn rewrite(path: &Path, change: impl Fn(&str) -> Option<String>) -> anyhow::Result<usize> {
    let Some(text) = read(path)? else { return Ok(0) };
    let mut count = 0;
    let lines: Vec<Cow<'_, str>> = text
        .lines()
        .map(|line| match change(line) {
            Some(changed) => {
                count += 1;
                Cow::Owned(changed)
            }
            None => Cow::Borrowed(line),
        })
        .collect();
    if count > 0 {
        replace(path, lines.into_iter())?;
    }
    Ok(count)
}

/// Rewrites the file at `path` with the newest lines that have room in `most` bytes, below its header,
/// and says how many went.
///
/// # Errors
/// When it can't be read or written; then it is as before.
pub fn shorten(path: &Path, most: u64) -> anyhow::Result<usize> {
    let Some(text) = read(path)? else { return Ok(0) };
    let (header, lines): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with('#'));
    let mut room = most;
    let has_room = |line: &&&str| {
        let left = room.checked_sub(line.len() as u64 + 1);
        room = left.unwrap_or(0);
        left.is_some()
    };
    let gone = lines.len() - lines.iter().rev().take_while(has_room).count();
    replace(path, header.into_iter().chain(lines.into_iter().skip(gone)).map(Cow::Borrowed))?;
    Ok(gone)
}

/// Deletes what a crash in the middle of that left in `folder`: the next who is forgotten may be in it.
/// Nobody else may be at it.
///
/// # Errors
/// One sentence when the folder can't be read, or a file not be deleted.
pub fn remove_unfinished(folder: &Path) -> anyhow::Result<()> {
    durable::remove_files(folder, |name| name.starts_with(UNFINISHED)).with_context(|| {
        format!("the folder {} can't be tidied: check its rights", folder.display())
    })?;
    Ok(())
}

/// Puts a file of these lines in the place of the one at `path`, with the same rights.
fn replace<'a>(path: &Path, lines: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    {
        let mut out = io::BufWriter::new(file.as_file_mut());
        for line in lines {
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    durable::sync_folder_of(path)
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => {
            let bytes = read.with_context(|| format!("{} can't be read", path.display()))?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
    }
}

/// What stays of a line.
pub(crate) fn erased(line: &str, whose: Whose<'_>, is_viewers: bool) -> Option<String> {
    let mut columns: Vec<&str> = line.split('\t').collect();
    if line.starts_with('#') {
        return Some(line.to_owned());
    }
    let is = |column: usize, name: &str| {
        columns.get(column).is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    match whose {
        Whose::Channel(login) => (!is(CHANNEL, login)).then(|| line.to_owned()),
        Whose::User(login, _) if is_viewers => (!is(CREATOR, login)).then(|| line.to_owned()),
        Whose::User(login, said) => {
            let has_asked = is(TRIGGER, &format!("manual:{login}"));
            if !has_asked && !said.iter().any(|recut| is_of(&columns, recut)) {
                return Some(line.to_owned());
            }
            let trigger = format!("manual:{NOBODY}");
            if let Some(column) = columns.get_mut(TRIGGER).filter(|_| has_asked) {
                *column = &trigger;
            }
            if let Some(column) = columns.get_mut(TITLE) {
                *column = MISSING;
            }
            Some(columns.join("\t"))
        }
    }
}

/// Whether a line is of this clip, or of this moment that has none. Not by the channel's name: it may
/// have been another one then.
fn is_of(columns: &[&str], recut: &SaidRecut) -> bool {
    let column = |nth: usize| columns.get(nth).copied().unwrap_or(MISSING);
    match column(CLIP_URL) {
        MISSING => {
            column(TIME) == time(recut.key.trigger_ms)
                && column(TRIGGER) == text(Some(&recut.cause))
        }
        url => url.rsplit('/').next() == recut.clip_id.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use cliphound_store::IntentKey;

    use super::*;

    const HEADER: &str =
        "# time\tchannel\tclip_url\tedit_url\tmoment_start\tmoment_end\tscore\ttrigger\ttitle";

    fn line(channel: &str, trigger: &str, title: &str) -> String {
        of("t", channel, "u", trigger, title)
    }

    fn of(at: &str, channel: &str, url: &str, trigger: &str, title: &str) -> String {
        format!("{at}\t{channel}\t{url}\te\ts\te\t0.9\t{trigger}\t{title}")
    }

    fn check(whose: Whose<'_>, expected: &[String]) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clip_urls.txt");
        let lines = [
            HEADER.to_owned(),
            line("ninja", "hype", "wow"),
            line("other", "manual:ann", "look at ann"),
            line("ninja", "manual:bob", "bob"),
        ];
        fs::write(&path, lines.map(|line| line + "\n").concat()).unwrap();
        let told = count(&path, whose, false).unwrap();
        assert_eq!(erase(&path, whose, false).unwrap(), told);
        assert_eq!(count(&path, whose, false).unwrap(), 0, "{whose:?}");
        let left: Vec<String> =
            fs::read_to_string(&path).unwrap().lines().skip(1).map(str::to_owned).collect();
        assert_eq!(left, expected, "{whose:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_crash_left_goes_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".erasing-aB3", "moments.tsv", ".mine"] {
            fs::write(dir.path().join(name), "a name").unwrap();
        }
        remove_unfinished(dir.path()).unwrap();
        let left = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".mine", "moments.tsv"]);
        remove_unfinished(&dir.path().join("none")).unwrap();
    }

    #[test]
    fn a_channel_goes_and_a_user_is_nobody() {
        let (ours, bob) = (line("ninja", "hype", "wow"), line("ninja", "manual:bob", "bob"));
        let ann = line("other", "manual:ann", "look at ann");
        check(Whose::Channel("ninja"), std::slice::from_ref(&ann));
        check(
            Whose::User("ann", &[]),
            &[ours.clone(), line("other", "manual:deleted", "-"), bob.clone()],
        );
        check(Whose::User("an", &[]), &[ours, ann, bob]);
    }

    #[test]
    fn words_go_from_what_others_cut_anew_under_them() {
        let recut = |trigger_ms, clip_id: Option<&str>| SaidRecut {
            key: IntentKey::new(Some("7"), "ninja", trigger_ms),
            cause: "manual:editor".to_owned(),
            clip_id: clip_id.map(str::to_owned),
        };
        let said = [recut(1_772_366_400_250, None), recut(5, Some("Abc-1"))];
        let at = "2026-03-01T12:00:00.250Z";
        let url = "https://clips.twitch.tv/Abc-1";
        for (line, is_theirs) in [
            (of("t", "renamed", url, "manual:editor", "their words"), true),
            (of(at, "renamed", "-", "manual:editor", "their words"), true),
            (of(at, "ninja", "-", "manual:other", "their words"), false),
            (of("t", "ninja", "-", "manual:editor", "their words"), false),
            (of(at, "ninja", "https://clips.twitch.tv/Abc-12", "manual:editor", "mine"), false),
        ] {
            let stays = erased(&line, Whose::User("ann", &said), false).unwrap();
            let without = line.replace("their words", "-");
            assert_eq!(stays, if is_theirs { without } else { line });
        }
    }

    #[test]
    fn clips_of_a_viewer_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("viewer_clips.tsv");
        fs::write(&path, "# found\nt\tninja\tu\tAnn\tc\nt\tninja\tu\tBob\tc\n").unwrap();
        assert_eq!(erase(&path, Whose::User("ann", &[]), true).unwrap(), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "# found\nt\tninja\tu\tBob\tc\n");
        assert_eq!(erase(&dir.path().join("none"), Whose::User("ann", &[]), true).unwrap(), 0);
    }
}
