//! `--timeline`: a row of CSV a second.

use std::io::{self, Write};

use cliphound_engine::{EventTime, Second};

/// Names of the columns. `t_s` is the end of the second.
pub const HEADER: &str = "t_s,messages,chatters,score,threshold,triggered";

/// Writes rows; an error is kept until the end, as an engine's run never stops for it.
pub struct Timeline {
    out: Box<dyn Write>,
    result: io::Result<()>,
}

impl Timeline {
    /// A timeline into `out`, which should be buffered.
    #[must_use]
    pub fn new(mut out: Box<dyn Write>) -> Self {
        let result = writeln!(out, "{HEADER}");
        Self { out, result }
    }

    /// Writes the row of `second`; its times count from `zero`, and nothing triggers before that.
    pub fn row(&mut self, second: &Second, zero: EventTime) {
        if self.result.is_ok() {
            self.result = write_row(&mut self.out, second, zero);
        }
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// The first error met on the way.
    pub fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.out.flush()
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
    use super::*;

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
