//! `recordings/moments.tsv`: one line a moment, clipped or not, written once its fate is known.

use std::{collections::BTreeSet, fmt, path::Path};

use cliphound_store::{FullDisks, IntentState, WaitingLine};

use super::{
    append_file::{AppendFile, Line},
    record::{COLUMNS, MISSING, Record, header, text, time, url_column},
};

/// What became of a moment, in the end: the last column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentState {
    /// No clip was asked for: `--dry-run`, or no account.
    DryRun,
    /// It lies within a stretch that another moment's clip has: no clip was asked for.
    Overlaps,
    /// The clip can be seen.
    Confirmed,
    /// Twitch gave a clip id, but the clip never appeared.
    Unconfirmed,
    /// Twitch would not make the clip.
    Refused,
    /// The time to ask went by, or an answer was lost and no clip came.
    Missed,
    /// Somebody said no in review.
    Rejected,
}

impl MomentState {
    /// The fate that a final state of an intent means; `None` while it is still open.
    #[must_use]
    pub const fn of(state: IntentState) -> Option<Self> {
        match state {
            IntentState::Confirmed => Some(Self::Confirmed),
            IntentState::Unconfirmed => Some(Self::Unconfirmed),
            IntentState::Refused => Some(Self::Refused),
            IntentState::Missed => Some(Self::Missed),
            IntentState::Rejected => Some(Self::Rejected),
            IntentState::Waiting
            | IntentState::Requested
            | IntentState::Created
            | IntentState::Vod
            | IntentState::Unknown => None,
        }
    }

    /// The fate of a word in the file.
    fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::DryRun,
            Self::Overlaps,
            Self::Confirmed,
            Self::Unconfirmed,
            Self::Refused,
            Self::Missed,
            Self::Rejected,
        ];
        all.into_iter().find(|fate| fate.as_str() == word)
    }

    /// The word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DryRun => "dry_run",
            Self::Overlaps => "overlaps",
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Refused => "refused",
            Self::Missed => "missed",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for MomentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The moments, for whoever wants to know why something was or was not clipped.
#[derive(Debug)]
pub struct MomentsTsv(AppendFile);

impl MomentsTsv {
    /// The file's name in its folder.
    pub const FILE_NAME: &str = "moments.tsv";

    /// Opens the file in `folder`, and makes what is missing.
    ///
    /// # Errors
    /// One sentence when the place can't be written or the file is something else.
    pub fn open(folder: &Path, disks: &FullDisks) -> anyhow::Result<Self> {
        Ok(Self(AppendFile::open(folder.join(Self::FILE_NAME), Self::header(), disks)?))
    }

    /// The line of a moment, for who keeps it until it is written.
    #[must_use]
    pub fn waiting(moment: &Record, state: MomentState) -> WaitingLine {
        let Line { text, clip_url } = line(moment, state);
        WaitingLine { record: Self::FILE_NAME.to_owned(), text, clip_url }
    }

    /// Adds a moment; when it returns, the line is on the disk, or kept until the disk
    /// takes it. Do it before the final
    /// state is set in the database: after a crash between the two the restart does it
    /// again, and the same line, or another with the same clip, is not written twice (`false`).
    ///
    /// # Errors
    /// One sentence when it can be neither written nor kept.
    pub fn append(&self, moment: &Record, state: MomentState) -> anyhow::Result<bool> {
        self.0.append(line(moment, state))
    }

    /// The fate of a moment whose line is one of the last hundred or so: after a crash, the
    /// database may not know it yet. The same moment is the one of the same channel, stretch,
    /// cause and clip; a line without a clip has the trigger for its time, and must have that of
    /// `moment`: a stretch may be cut again after a refusal.
    ///
    /// # Errors
    /// One sentence when the file can't be read.
    pub fn fate_of(&self, moment: &Record) -> anyhow::Result<Option<MomentState>> {
        self.0.newest(|line| fate_in(line, moment))
    }

    /// Takes the titles of these moments out of their lines, as long as these name no clip, and
    /// says of how many. The only case beside a deletion on request in which lines are rewritten:
    /// the whole file or nothing of it.
    ///
    /// # Errors
    /// One sentence when the file can't be read or written; then it is as before.
    pub fn untitle(&self, moments: &Untitled) -> anyhow::Result<usize> {
        self.0.rewrite(|line| moments.line(line))
    }

    pub(super) fn header() -> String {
        let columns: Vec<&str> = COLUMNS.into_iter().chain(["state"]).collect();
        header(&columns)
    }

    pub(super) const fn file(&self) -> &AppendFile {
        &self.0
    }
}

/// Moments whose titles are to go: when they were set off, and by what. Not their channel's name:
/// it may have been another one then.
#[derive(Debug, Default)]
pub struct Untitled(BTreeSet<(String, String)>);

impl Untitled {
    /// Those of these triggers (in Unix milliseconds) and causes.
    pub fn new<'a>(moments: impl IntoIterator<Item = (i64, &'a str)>) -> Self {
        Self(moments.into_iter().map(|(at_ms, cause)| (time(at_ms), text(Some(cause)))).collect())
    }

    /// A line of one of these moments without its title; `None` when it stays as it is.
    #[must_use]
    pub fn line(&self, line: &str) -> Option<String> {
        let mut columns: Vec<&str> = line.split('\t').collect();
        let [at, _, clip_url, .., trigger, title, _] = columns[..] else { return None };
        let is_one = clip_url == MISSING && self.0.contains(&(at.to_owned(), trigger.to_owned()));
        if !is_one || title == MISSING {
            return None;
        }
        let title = columns.len() - 2;
        columns[title] = MISSING;
        Some(columns.join("\t"))
    }
}

fn line(moment: &Record, state: MomentState) -> Line {
    let text = format!("{}\t{state}", moment.to_line());
    Line { text, clip_url: url_column(moment) }
}

/// The fate in a line of this moment. With a clip, its time is that of the call; its title
/// depends on how it ended.
fn fate_in(line: &str, moment: &Record) -> Option<MomentState> {
    let (columns, fate) = line.rsplit_once('\t')?;
    let known = Record::parse(columns)?;
    let is_of = (&known.channel, known.start_ms, known.end_ms, &known.trigger)
        == (&moment.channel, moment.start_ms, moment.end_ms, &moment.trigger);
    let is_it = match &known.clip_url {
        Some(_) => known.clip_url == moment.clip_url,
        None => known.time_ms == moment.time_ms,
    };
    MomentState::of_word(fate).filter(|_| is_of && is_it)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::records::record::tests::sample;

    #[test]
    fn the_file_is_as_promised() {
        let dir = tempfile::tempdir().unwrap();
        let file = MomentsTsv::open(dir.path(), &FullDisks::default()).unwrap();
        let dry = Record { clip_url: None, edit_url: None, ..sample() };
        assert!(file.append(&dry, MomentState::DryRun).unwrap());
        assert!(file.append(&sample(), MomentState::Confirmed).unwrap());
        let again = Record { edit_url: None, ..sample() };
        assert!(!file.append(&again, MomentState::Confirmed).unwrap(), "the same clip");
        let text = fs::read_to_string(dir.path().join("moments.tsv")).unwrap();
        let columns = "# time\tchannel\tclip_url\tedit_url\tmoment_start\tmoment_end\tscore\ttrigger\ttitle\tstate";
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            columns.to_owned(),
            format!("{}\tdry_run", dry.to_line()),
            format!("{}\tconfirmed", sample().to_line()),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn titles_go_from_lines_without_a_clip() {
        let dir = tempfile::tempdir().unwrap();
        let file = MomentsTsv::open(dir.path(), &FullDisks::default()).unwrap();
        let bare = Record { clip_url: None, edit_url: None, ..sample() };
        let other = Record { time_ms: bare.time_ms + 1, ..bare.clone() };
        let else_ = Record { trigger: "manual:other".into(), ..bare.clone() };
        for record in [&bare, &other, &else_] {
            file.append(record, MomentState::Refused).unwrap();
        }
        file.append(&sample(), MomentState::Confirmed).unwrap();
        let key = Untitled::new([(bare.time_ms, bare.trigger.as_str())]);
        assert_eq!(file.untitle(&key).unwrap(), 1);
        assert_eq!(file.untitle(&key).unwrap(), 0, "once is enough");
        file.append(&Record { time_ms: 0, ..bare.clone() }, MomentState::Missed).unwrap();
        let text = fs::read_to_string(dir.path().join("moments.tsv")).unwrap();
        let untitled = Record { title: String::new(), ..bare.clone() };
        let expected = [
            format!("{}\trefused", untitled.to_line()),
            format!("{}\trefused", other.to_line()),
            format!("{}\trefused", else_.to_line()),
            format!("{}\tconfirmed", sample().to_line()),
            format!("{}\tmissed", Record { time_ms: 0, ..bare }.to_line()),
        ];
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_fate_of_a_moment_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = MomentsTsv::open(dir.path(), &FullDisks::default()).unwrap();
        let fate_of = |moment: &Record| file.fate_of(moment).unwrap();
        assert_eq!(fate_of(&sample()), None);
        file.append(&sample(), MomentState::Refused).unwrap();
        file.append(&Record { start_ms: 0, ..sample() }, MomentState::Missed).unwrap();
        let later = Record { time_ms: 0, title: "x".into(), ..sample() };
        assert_eq!(fate_of(&later), Some(MomentState::Refused));
        for other in [
            Record { clip_url: None, ..sample() },
            Record { channel: "other".into(), ..sample() },
            Record { end_ms: 0, ..sample() },
            Record { trigger: "hype!".into(), ..sample() },
        ] {
            assert_eq!(fate_of(&other), None, "{other:?}");
        }
    }

    /// Asked for again after a refusal, it is another promise of the very same stretch.
    #[test]
    fn a_line_without_a_clip_is_of_its_own_trigger() {
        let dir = tempfile::tempdir().unwrap();
        let file = MomentsTsv::open(dir.path(), &FullDisks::default()).unwrap();
        let refused = Record { clip_url: None, edit_url: None, ..sample() };
        file.append(&refused, MomentState::Refused).unwrap();
        let fate_of = |moment: &Record| file.fate_of(moment).unwrap();
        assert_eq!(
            fate_of(&Record { title: "x".into(), ..refused.clone() }),
            Some(MomentState::Refused)
        );
        assert_eq!(fate_of(&Record { time_ms: refused.time_ms + 1, ..refused }), None);
    }

    #[test]
    fn every_final_state_is_a_fate_and_no_open_one() {
        for state in cliphound_store::state::ALL_STATES {
            let fate = MomentState::of(state);
            assert_eq!(fate.is_none(), state.is_open(), "{state}");
            assert!(fate.is_none_or(|fate| fate.as_str() == state.as_str()));
        }
    }
}
