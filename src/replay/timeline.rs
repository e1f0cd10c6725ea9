//! `--timeline`: a row of CSV a second.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use cliphound_engine::{EventTime, Second};

/// Names of the columns. `t_s` is the end of the second.
pub const HEADER: &str = "t_s,messages,chatters,score,threshold,triggered";

/// Longer silence than this, in milliseconds, gets no rows: a stream is not that long asleep,
/// and one message a month must not fill a disk.
pub const MAX_SILENCE_MS: i64 = 6 * 60 * 60 * 1000;
/// Rows of silence in one file at most: a month of seconds.
const MAX_SILENT_ROWS: u32 = 31 * 24 * 60 * 60;

/// Writes rows; an error is kept until the end, as an engine's run never stops for it. What was there
/// before stays until the first row: a file without chat takes nobody's timeline.
pub struct Timeline {
    path: PathBuf,
    out: Option<BufWriter<File>>,
    result: io::Result<()>,
    last: Option<Second>,
    silent_rows: u32,
}

impl Timeline {
    /// A timeline that will be the file `path`.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, out: None, result: Ok(()), last: None, silent_rows: 0 }
    }

    /// Writes the row of `second`; its times count from `zero`, and nothing triggers before
    /// that. The engine sleeps through long silence: its seconds get rows without chat, up to
    /// six hours of them.
    pub fn row(&mut self, second: &Second, zero: EventTime) {
        let is_break = |last: &Second| second.end.ms_since(last.end) > MAX_SILENCE_MS;
        self.last = self.last.filter(|last| !is_break(last));
        while let Some(silent) = self.last.filter(|last| last.end + 1000 < second.end) {
            if self.silent_rows >= MAX_SILENT_ROWS {
                break;
            }
            self.silent_rows += 1;
            let end = silent.end + 1000;
            self.write(
                &Second { end, messages: 0, chatters: 0, score: 0.0, triggered: false, ..silent },
                zero,
            );
        }
        self.write(second, zero);
    }

    fn write(&mut self, second: &Second, zero: EventTime) {
        self.last = Some(*second);
        if self.result.is_ok() {
            self.result = self.out().and_then(|out| write_row(out, second, zero));
        }
    }

    fn out(&mut self) -> io::Result<&mut impl Write> {
        match &mut self.out {
            Some(out) => Ok(out),
            none => {
                let mut out = BufWriter::new(File::create(&self.path)?);
                writeln!(out, "{HEADER}")?;
                Ok(none.insert(out))
            }
        }
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// The first error met on the way.
    pub fn finish(self) -> io::Result<()> {
        self.result?;
        self.out.map_or(Ok(()), |mut out| out.flush())
    }
}

fn write_row(out: &mut dyn Write, second: &Second, zero: EventTime) -> io::Result<()> {
    let t_ms = second.end.ms_since(zero);
    writeln!(
        out,
        "{},{},{},{},{},{}",
        super::report::thousandths(t_ms as f64 / 1000.0),
        second.messages,
        second.chatters,
        super::report::thousandths(second.score.into()),
        super::report::thousandths(second.threshold.into()),
        u8::from(second.triggered && t_ms >= 0),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn silence_has_rows() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut timeline = Timeline::at(file.path().to_owned());
        let (messages, chatters, score, threshold, triggered) = (1, 1, 0.25, 0.5, false);
        for end in [1000, 4000].map(EventTime) {
            let second = Second { end, messages, chatters, score, threshold, triggered };
            timeline.row(&second, EventTime(0));
        }
        timeline.finish().unwrap();
        let rows = "1,1,1,0.25,0.5,0\n2,0,0,0,0.5,0\n3,0,0,0,0.5,0\n4,1,1,0.25,0.5,0\n";
        assert_eq!(fs::read_to_string(file.path()).unwrap(), format!("{HEADER}\n{rows}"));
    }

    #[test]
    fn very_long_silence_has_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut timeline = Timeline::at(file.path().to_owned());
        let (messages, chatters, score, threshold, triggered) = (1, 1, 0.25, 0.5, false);
        for end in [1000, MAX_SILENCE_MS + 2000].map(EventTime) {
            let second = Second { end, messages, chatters, score, threshold, triggered };
            timeline.row(&second, EventTime(0));
        }
        timeline.finish().unwrap();
        let rows = "1,1,1,0.25,0.5,0\n21602,1,1,0.25,0.5,0\n";
        assert_eq!(fs::read_to_string(file.path()).unwrap(), format!("{HEADER}\n{rows}"));
    }

    #[test]
    fn rows() {
        for (end, triggered, expected) in
            [(12_000, true, "2,3,2,0.123,0.5,1\n"), (9500, true, "-0.5,3,2,0.123,0.5,0\n")]
        {
            let mut out = Vec::new();
            let (messages, chatters, score, threshold) = (3, 2, 0.1234, 0.5);
            let end = EventTime(end);
            let second = Second { end, messages, chatters, score, threshold, triggered };
            write_row(&mut out, &second, EventTime(10_000)).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
