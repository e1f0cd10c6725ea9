//! From the instant chat reacted to the stretch it reacted to.
//!
//! Chat is late: people see the stream some seconds after it happens, then they type.
//! The constants are the middle of the plateau on labelled streams; onsets found in the
//! chat itself do not beat them (their correlation with the true delay is below 0.2).

use crate::time::EventTime;

/// A moment starts so long before its rising edge (18 to 26 s do the same) …
const START_BEFORE_EDGE_MS: i64 = 23_000;
/// … and ends so long before it (half of the true ends lie from 15 to 4 s before).
const END_BEFORE_EDGE_MS: i64 = 9_000;
/// A moment starts so long before its peak (30 to 38 s do the same) …
const START_BEFORE_PEAK_MS: i64 = 33_000;
/// … and ends so long before it.
const END_BEFORE_PEAK_MS: i64 = 17_000;

/// Start and end of what chat reacts to, seen at the rising edge.
#[must_use]
pub fn from_edge(edge: EventTime) -> (EventTime, EventTime) {
    (edge - START_BEFORE_EDGE_MS, edge - END_BEFORE_EDGE_MS)
}

/// The same seen at the peak.
#[must_use]
pub fn from_peak(peak: EventTime) -> (EventTime, EventTime) {
    (peak - START_BEFORE_PEAK_MS, peak - END_BEFORE_PEAK_MS)
}
