//! What a demo shows: where it is, each clip as a line of a table, and how it went.

use std::{io::Write as _, path::PathBuf};

use cliphound_twitch_sim::{Report, SimHandle, SimInfo};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{config::Dir, records::Record, replay::report::counted, web::At};

/// Says what this is and where.
///
/// # Errors
/// When nobody reads it.
pub(super) fn introduce(dir: &Dir, sim: &SimInfo, seconds: u32, speed: f64) -> anyhow::Result<()> {
    let channels: Vec<String> =
        sim.channels.iter().map(|c| format!("{} ({} viewers)", c.login, c.viewers)).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "A simulated Twitch, {seconds} s of it, {speed} times faster than real time.")?;
    writeln!(out, "Channels: {}", channels.join(", "))?;
    writeln!(out, "Files:    {}", dir.path().display())?;
    writeln!(out, "Truth:    {}/truth", sim.control)?;
    Ok(out.flush()?)
}

/// What is shown while the demo runs: new lines of `clip_urls.txt`, and how far it is.
pub(super) struct Screen {
    clip_urls: PathBuf,
    shown: usize,
    has_head: bool,
    seconds: u32,
    bar: ProgressBar,
}

impl Screen {
    /// Shows the clips that are not made yet.
    pub(super) fn new(dir: &Dir, seconds: u32) -> Self {
        let clip_urls = dir.recordings().join("clip_urls.txt");
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} simulated seconds");
        let bar = ProgressBar::new(u64::from(seconds));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let shown = lines_of(&clip_urls).len();
        Self { clip_urls, shown, has_head: false, seconds, bar }
    }

    /// Shows what is new, with so much of the demo left.
    pub(super) fn update(&mut self, left_ms: i64) {
        let passed = i64::from(self.seconds) - left_ms.max(0) / 1000;
        self.bar.set_position(u64::try_from(passed).unwrap_or(0));
        let lines = lines_of(&self.clip_urls);
        for record in lines.iter().skip(self.shown).filter_map(|line| Record::parse(line)) {
            self.head();
            self.say(&row(&record));
        }
        self.shown = self.shown.max(lines.len());
    }

    /// Where the daemon can be looked at; the table comes below.
    pub(super) fn tell_of(&mut self, at: Option<&At>) {
        let Some(at) = at else { return };
        match &at.link {
            Some(link) => self.say(&format!("Look:     {link} (sets a password, once)")),
            None => self.say(&format!("Look:     {}", at.page())),
        }
        self.head();
    }

    /// Shows the rest.
    pub(super) fn finish(&mut self) {
        self.update(0);
        self.bar.finish_and_clear();
    }

    fn head(&mut self) {
        if !std::mem::replace(&mut self.has_head, true) {
            self.say(&format!("\n{:8}  {:18}{:>5}  why", "time", "channel", "score"));
        }
    }

    fn say(&self, text: &str) {
        // A reader that went away does not end the demo.
        self.bar.suspend(|| writeln!(std::io::stdout(), "{text}")).unwrap_or_default();
    }
}

/// The complete lines of a file; none while there is no file.
fn lines_of(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let complete = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    complete.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn row(record: &Record) -> String {
    let time = jiff::Timestamp::from_millisecond(record.time_ms)
        .map_or_else(|_| "-".to_owned(), |time| time.strftime("%H:%M:%S").to_string());
    let score = record.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}"));
    format!("{time}  {:18}{score:>5}  {} [{}]", record.channel, record.title, record.trigger)
}

/// Says how it went, and how to see it again.
///
/// # Errors
/// When nobody reads it.
pub(super) fn conclude(sim: &SimHandle, dir: &Dir) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let folder = dir.path().display();
    write!(out, "\n{}", in_words(&sim.report()))?;
    writeln!(out, "See {}", dir.recordings().display())?;
    writeln!(out, "The dashboard again, and on from here: cliphound demo --dir {folder}")?;
    Ok(out.flush()?)
}

fn in_words(report: &Report) -> String {
    let Report {
        moments,
        moments_clipped,
        share_clipped,
        most_clips_of_a_moment,
        decoys,
        decoys_clipped,
        clips,
        clips_elsewhere,
        clips_too_new,
        ..
    } = report;
    let share = share_clipped.map_or_else(String::new, |s| format!(" ({:.0} %)", s * 100.0));
    let of = |count: usize, what: &str| counted(count as u64, what);
    let too_new = match clips_too_new {
        0 => String::new(),
        count => format!(", {count} too new to be judged"),
    };
    format!(
        "{moments_clipped} of {}{share} clipped\n{} of one moment at most\n{decoys_clipped} of {} clipped\n{} in all, {clips_elsewhere} of something else{too_new}\n",
        of(*moments, "true moment"),
        of(*most_clips_of_a_moment, "clip"),
        of(*decoys, "decoy"),
        of(*clips, "clip"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_a_share_is_rounded() {
        let report = Report {
            moments: 30,
            moments_clipped: 11,
            share_clipped: Some(11.0 / 30.0),
            most_clips_of_a_moment: 1,
            decoys: 1,
            clips: 12,
            clips_elsewhere: 1,
            ..Report::default()
        };
        let expected = "11 of 30 true moments (37 %) clipped\n1 clip of one moment at most\n0 of 1 decoy clipped\n12 clips in all, 1 of something else\n";
        assert_eq!(in_words(&report), expected);
        let early = in_words(&Report { clips: 2, clips_too_new: 2, ..Report::default() });
        assert!(early.ends_with("2 clips in all, 0 of something else, 2 too new to be judged\n"));
    }
}
