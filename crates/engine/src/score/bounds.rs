//! From the instant chat reacted to the stretch it reacted to.
//!
//! Chat is late: people see the stream some seconds after it happens, then they type. How
//! late is the channel's own (see [`super::delay`]); onsets found in the chat itself do not
//! beat it (their correlation with the true delay is below 0.2). The constants are the
//! middle of the plateau on labelled streams.

use crate::time::EventTime;

/// A moment reaches so far to both sides of its middle.
const HALF_MS: i64 = 7_000;
/// The same where it is known by its peak, which is less exact.
const HALF_OF_PEAK_MS: i64 = 8_000;
/// A peak comes so long after the rising edge.
const PEAK_AFTER_EDGE_MS: i64 = 9_000;

/// Start and end of what chat reacts to, seen at the rising edge; `delay_ms` from the
/// middle of that until the edge.
#[must_use]
pub fn from_edge(edge: EventTime, delay_ms: f32) -> (EventTime, EventTime) {
    around(edge - delay_ms as i64, HALF_MS)
}

/// The same seen at the peak.
#[must_use]
pub fn from_peak(peak: EventTime, delay_ms: f32) -> (EventTime, EventTime) {
    around(peak - delay_ms as i64 - PEAK_AFTER_EDGE_MS, HALF_OF_PEAK_MS)
}

fn around(middle: EventTime, half_ms: i64) -> (EventTime, EventTime) {
    (middle - half_ms, middle + half_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_move_with_the_delay() {
        let at = EventTime::from_secs;
        assert_eq!(from_edge(at(100), 16_000.0), (at(77), at(91)));
        assert_eq!(from_peak(at(100), 16_000.0), (at(67), at(83)));
        assert_eq!(from_edge(at(100), 20_000.0), (at(73), at(87)));
    }
}
