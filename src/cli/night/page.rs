//! `night` as one page for people, at most 80 columns wide. Pure.

use std::fmt::Write as _;

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{
    count::{LATE_MS, Line},
    summary::{Channel, Night, Share},
};
use crate::config::title::plain_title;

/// Lines of a list; JSON has all.
const LINES: usize = 8;
/// Channels in the table.
const CHANNELS: usize = 20;
/// Longest title or reason that is shown, in characters.
const LONGEST: usize = 74;

/// The page. Whatever came from outside is made plain text.
pub fn write(night: &Night, since: &Zoned, now: &Zoned) -> String {
    let mut page = Page { out: String::new(), zone: now.time_zone().clone() };
    page.head(night, since, now);
    if night.is_empty() {
        page.line("");
        page.line(
            "Nothing is known of this time. While `cliphound run` runs, this page tells what",
        );
        page.line("share of the live time was watched, each gap and its cause, and what became of");
        page.line("the moments.");
        return page.out;
    }
    page.table(&night.channels);
    page.gaps(&night.channels);
    page.held(&night.channels);
    page.clips(night);
    page.out
}

struct Page {
    out: String,
    zone: TimeZone,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn head(&mut self, night: &Night, since: &Zoned, now: &Zoned) {
        let day = "%a %Y-%m-%d %H:%M";
        let (since, until) = (since.strftime(day), now.strftime(day));
        self.line(&format!("Since {since} until {until} ({})", night.zone));
        if night.is_empty() {
            return;
        }
        let Share { live_known, live_s, watched_share, gap_s, .. } = night.total;
        let what = if live_known { "live" } else { "of the time Cliphound ran" };
        match watched_share {
            None if live_known => self.line("Watched: no channel was live"),
            None => self.line(
                "Watched: nothing is known yet of when channels were live (a minute after the start)",
            ),
            Some(share) => {
                let verdict = match (share >= night.aim, night.live_when_it_ended.is_empty()) {
                    (false, _) => "missed",
                    (true, true) => "reached",
                    (true, false) => "not known",
                };
                let (share, live, gaps) = (percent(share), lasting(live_s), lasting(gap_s));
                self.line(&format!(
                    "Watched: {share} of {live} {what}; {gaps} of gaps (aim 99.9 %: {verdict})"
                ));
            }
        }
        let counted = night.counted();
        if counted > 1 {
            let ran = lasting(night.ran_s);
            self.line(&format!(
                "This is the time of {counted} channels added up; Cliphound itself ran {ran}"
            ));
        }
        if !live_known && live_s > 0.0 {
            self.line("Whether channels were live is not known (that needs an account: `cliphound login`)");
        }
        self.running(night);
    }

    fn running(&mut self, night: &Night) {
        if let (true, Some(as_of)) = (night.running, night.as_of) {
            self.line(&format!("Cliphound runs; this is known up to {}", self.time(as_of)));
        }
        let down: f64 = night.not_running.iter().map(|down| down.seconds).sum();
        if let Some(last) = night.not_running.last() {
            let (times, total) = (counted(night.not_running.len(), "time"), lasting(down));
            self.line(&format!("Cliphound was not running {times}, {total} in all:"));
            let skipped = night.not_running.len().saturating_sub(LINES);
            for down in &night.not_running[skipped..] {
                let why = if down.stopped { "stopped" } else { "crash, kill or power cut" };
                let (start, seconds) = (self.time(down.start), lasting(down.seconds));
                self.line(&format!("  {start}  {seconds:>12}  {why}"));
            }
            if !night.running && last.end == night.until {
                self.line("  … and it is not running now: start it with `cliphound run`");
                self.not_known_since(&night.live_when_it_ended);
            }
        }
    }

    /// What is missed of them is no gap yet: nobody has asked how long they stayed live.
    fn not_known_since(&mut self, live: &[String]) {
        if live.is_empty() {
            return;
        }
        let names: Vec<_> = live.iter().take(LINES).map(|name| plain(name)).collect();
        let more = live.len().saturating_sub(LINES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = format!("{}{more}", names.join(", "));
        self.line("  What was missed since is not counted yet; live when it ended:");
        self.wrapped(&format!("  {names}"));
    }

    fn table(&mut self, channels: &[Channel]) {
        if channels.is_empty() {
            return;
        }
        let mut sorted: Vec<_> = channels.iter().collect();
        sorted.sort_by(|a, b| {
            let by = |channel: &Channel| (channel.share.gap_s, channel.share.live_s);
            by(b).partial_cmp(&by(a)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let shown = &sorted[..sorted.len().min(CHANNELS)];
        let wide =
            shown.iter().map(|channel| channel.channel.len()).max().unwrap_or(0).clamp(7, 25);
        self.line("");
        self.line(&format!(
            "{:wide$}  {:>12}  {:>8}  {:>15} {:>7} {:>5}",
            "Channel", "Live", "Watched", "Gaps", "Moments", "Clips"
        ));
        for channel in shown {
            let Share { live_known, live_s, watched_share, gap_s, .. } = channel.share;
            let live = match (live_known, live_s > 0.0) {
                (true, true) => lasting(live_s),
                (true, false) => "off line".to_owned(),
                (false, false) => "not known".to_owned(),
                (false, true) => format!("({})", lasting(live_s)),
            };
            let counted = channel.gaps.iter().filter(|gap| gap.live_known == live_known).count();
            let gaps = if counted == 0 {
                "-".to_owned()
            } else {
                format!("{counted}: {}", lasting(gap_s))
            };
            let share = watched_share.map_or_else(|| "-".to_owned(), percent);
            let (name, moments, clips) = (plain(&channel.channel), channel.moments, channel.clips);
            self.line(&format!(
                "{name:wide$}  {live:>12}  {share:>8}  {gaps:>15} {moments:>7} {clips:>5}"
            ));
        }
        self.more(sorted.len(), CHANNELS);
        let is_bracketed = |share: &Share| !share.live_known && share.live_s > 0.0;
        if shown.iter().any(|channel| is_bracketed(&channel.share)) {
            self.line("(in brackets: the time it was followed; whether it was live is not known)");
        }
    }

    fn gaps(&mut self, channels: &[Channel]) {
        let all =
            channels.iter().flat_map(|channel| channel.gaps.iter().map(move |gap| (channel, gap)));
        let mut all: Vec<_> = all.collect();
        if all.is_empty() {
            return;
        }
        self.line("");
        let which = if all.len() > LINES { " (the longest ones)" } else { "" };
        self.line(&format!("Gaps: {}{which}", all.len()));
        all.sort_by(|(_, a), (_, b)| b.seconds.total_cmp(&a.seconds));
        let count = all.len();
        all.truncate(LINES);
        all.sort_by_key(|(_, gap)| gap.start);
        for (channel, gap) in all {
            let (start, seconds) = (self.time(gap.start), lasting(gap.seconds));
            let doubt = if gap.live_known { "" } else { " (perhaps not live)" };
            let (name, text) = (plain(&channel.channel), plain(&gap.text));
            self.line(&format!("  {start}  {seconds:>12}  {name}"));
            self.line(&format!("      {text}{doubt}"));
        }
        self.more(count, LINES);
    }

    fn held(&mut self, channels: &[Channel]) {
        let paused = channels.iter().filter(|channel| !channel.held.is_empty());
        let paused: Vec<_> = paused.collect();
        if paused.is_empty() {
            return;
        }
        self.line("");
        self.line("Paused or muted by somebody (no gap: chat was heard, no moments were wanted)");
        for channel in paused.iter().take(LINES) {
            let seconds: f64 = channel.held.iter().map(|held| held.seconds).sum();
            let times = counted(channel.held.len(), "time");
            self.line(&format!("  {}  {}, {times}", plain(&channel.channel), lasting(seconds)));
        }
        self.more(paused.len(), LINES);
    }

    fn clips(&mut self, night: &Night) {
        let clips = &night.clips;
        self.line("");
        let mut told =
            format!("Moments: {} ({} asked for by people)", clips.moments, clips.asked_for);
        let _ = write!(told, "; clips: {}", clips.clips);
        let some = in_words(&[(clips.late.len(), "late"), (clips.from_vod, "from the VOD")]);
        if !some.is_empty() {
            let _ = write!(told, ", of them {some}");
        }
        self.wrapped(&told);
        let others = in_words(&clips.others());
        if !others.is_empty() {
            self.wrapped(&format!("  The others: {others}"));
        }
        let late_s = LATE_MS / 1000;
        self.list(&format!("Late (asked for more than {late_s} s after it was due)"), &clips.late);
        self.list("Unknown (the answer was lost; the clip may exist)", &clips.unknown);
        self.list("Missed", &clips.missed);
        self.refused(night);
        if !night.complete {
            self.line("");
            self.line("There were more moments than are counted here: these are the newest");
        }
    }

    fn list(&mut self, title: &str, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        self.line("");
        self.line(title);
        let skipped = lines.len().saturating_sub(LINES);
        lines[skipped..].iter().for_each(|line| self.moment(line));
        self.more(lines.len(), LINES);
    }

    fn moment(&mut self, line: &Line) {
        let (time, name) = (self.time(line.time), plain(&line.channel));
        let late = line.late_s.map(|late| format!("  {} late", lasting(late))).unwrap_or_default();
        self.line(&format!("  {time}  {name}{late}"));
        let about = if line.late_s.is_some() {
            &line.title
        } else {
            line.reason.as_ref().unwrap_or(&line.title)
        };
        if !about.is_empty() {
            self.line(&format!("      {}", plain(about)));
        }
        if let Some(url) = &line.vod_url {
            self.line(&format!("      see {url}"));
        }
    }

    fn refused(&mut self, night: &Night) {
        let refused = &night.clips.refused;
        if refused.is_empty() {
            return;
        }
        self.line("");
        self.line("Not made, and why");
        for refusal in refused.iter().take(LINES) {
            self.line(&format!("  {:>4} x  {}", refusal.count, plain(&refusal.reason)));
        }
        self.more(refused.len(), LINES);
    }

    fn more(&mut self, count: usize, shown: usize) {
        if count > shown {
            self.line(&format!("  … and {} more (--json has all)", count - shown));
        }
    }

    fn wrapped(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_inclusive(", ") {
            if line.len() + word.len() > LONGEST {
                self.line(&line);
                line = "  ".to_owned();
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    fn time(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%a %d %H:%M:%S").to_string()
    }
}

/// What there is of each, with commas.
fn in_words(parts: &[(usize, &str)]) -> String {
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

/// Text from outside: nothing in it moves the cursor, and it fits a line.
fn plain(text: &str) -> String {
    let plain = plain_title(text);
    if plain.chars().count() <= LONGEST - 6 {
        return plain;
    }
    plain.chars().take(LONGEST - 7).chain(['…']).collect()
}

/// `99.93 %`; never rounded up, so that 100.00 % means all of it.
fn percent(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
}

/// `8 h 12 min`, `3 min 20 s`, `20 s`; never rounded down to nothing.
fn lasting(seconds: f64) -> String {
    let whole = seconds.ceil() as i64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes} min {rest} s"),
        _ => format!("{hours} h {minutes} min"),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use cliphound_store::StretchRow;

    use super::*;
    use crate::cli::night::summary::{Facts, tests::facts};

    fn page(facts: &Facts) -> String {
        let since: Zoned = "2026-11-20T12:00:00+01:00[+01:00]".parse().unwrap();
        let now: Zoned = "2026-11-21T09:00:00+01:00[+01:00]".parse().unwrap();
        write(&Night::new(&since, &now, 1.0, facts), &since, &now)
    }

    #[test]
    fn a_page_fits_a_terminal_and_moves_no_cursor() {
        let page = page(&facts());
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert!(page.lines().count() <= 60, "{page}");
        assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page}");
        for expected in [
            "Since Fri 2026-11-20 12:00 until Sat 2026-11-21 09:00 (+01)",
            "Watched: 99.65 % of 8 h 0 min live; 1 min 40 s of gaps (aim 99.9 %: missed)",
            "Cliphound runs; this is known up to Sat 21 08:59:30",
            "ninja       8 h 0 min   99.65 %    2: 1 min 40 s       3     1",
            "mossy        off line         -                -       0     0",
            "  Fri 20 20:00:00    1 min 30 s  ninja",
            "      the connection to chat was lost",
            "      see https://www.twitch.tv/videos/77?t=1h59m55s",
            "     1 x  the channel does not allow clips",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn time_of_several_channels_is_told_as_such() {
        let mut facts = facts();
        assert!(!page(&facts).contains("added up"), "one channel was live");
        let live = facts.watched.stretches.iter().find(|row| row.word == "online").cloned();
        let second = StretchRow { login: "mossy".to_owned(), ..live.unwrap() };
        facts.watched.stretches.push(second);
        let page = page(&facts);
        let words = "\nThis is the time of 2 channels added up; Cliphound itself ran 15 h 59 min\n";
        assert!(page.contains(words), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }

    #[test]
    fn without_anything_it_says_what_will_appear() {
        let page = page(&Facts::default());
        assert_eq!(page.lines().count(), 5, "{page}");
        assert!(page.contains("While `cliphound run` runs, this page tells"), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }

    #[test]
    fn a_crash_that_lasts_is_no_good_night() {
        let mut facts = Facts { is_held: Some(false), ..facts() };
        let last = facts.watched.runs[0].end_ms;
        facts.watched.stretches.retain(|row| row.kind == "live" && row.word == "online");
        facts.watched.stretches[0].end_ms = last;
        let page = page(&facts);
        for expected in [
            "of gaps (aim 99.9 %: not known)\n",
            "\n  … and it is not running now: start it with `cliphound run`\n  What was missed since is not counted yet; live when it ended:\n  ninja\n",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn lengths_and_shares() {
        for (seconds, expected) in [
            (0.0, "0 s"),
            (0.2, "1 s"),
            (59.0, "59 s"),
            (200.0, "3 min 20 s"),
            (29_520.0, "8 h 12 min"),
        ] {
            assert_eq!(lasting(seconds), expected);
        }
        assert_eq!((percent(0.999_99), percent(1.0)), ("99.99 %".into(), "100.00 %".into()));
    }
}
